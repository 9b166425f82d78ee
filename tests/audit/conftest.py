"""Networks, catalogues and forecasts whose truth is known."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from seismomag.audit import AuditCase
from seismomag.core.schema import Catalogue, Interval
from seismomag.core.stations import Station
from seismomag.dataset.labels import LabelRule, make_samples

START = np.datetime64("2010-01-01")
STATIONS = (
    Station(station_code="AAA", latitude_deg=0.0, longitude_deg=100.0),
    Station(station_code="BBB", latitude_deg=0.0, longitude_deg=110.0),
    Station(station_code="CCC", latitude_deg=0.0, longitude_deg=120.0),
)
DENSE = tuple(
    Station(station_code=f"D{i}", latitude_deg=0.1 * (i % 3), longitude_deg=100.0 + 0.1 * (i // 3))
    for i in range(6)
)
RULE = LabelRule(
    minimum_magnitude=5.0, magnitude_edges=(5.0, 6.0), horizon_days=7, mainshocks_only=True
)
Make = Callable[..., AuditCase]


def catalogue(rng: np.random.Generator, n_days: int, rate: float) -> Catalogue:
    n = rng.poisson(rate * n_days)
    days = np.sort(rng.uniform(0, n_days, n))
    origin = START.astype("datetime64[ns]") + (days * 86400e9).astype("timedelta64[ns]")
    near = rng.integers(0, 3, n)
    events = pd.DataFrame(
        {
            "event_id": [f"e{i:04d}" for i in range(n)],
            "origin_time": origin,
            "latitude_deg": rng.normal(0, 0.4, n),
            "longitude_deg": 100.0 + 10.0 * near + rng.normal(0, 0.4, n),
            "depth_km": np.full(n, 10.0),
            "magnitude": np.minimum(5.0 + rng.exponential(0.3, n), 6.5),
            "magnitude_type": "Mw",
            "source": "test",
        }
    )
    start = pd.Timestamp(START)
    return Catalogue(events, (Interval(start, start + pd.Timedelta(days=n_days)),))


def drawn_together(events: Catalogue) -> Catalogue:
    """The same earthquakes around one place."""
    # Three stations stand 10 degrees apart; every event keeps its distance from its own.
    around = (events.events["longitude_deg"] - 95) % 10 + 95
    return Catalogue(events.events.assign(longitude_deg=around), events.coverage)


def weather(rng: np.random.Generator, n_days: int) -> pd.DataFrame:
    time = START.astype("datetime64[ns]") + np.arange(n_days) * np.timedelta64(1, "D")
    return pd.DataFrame(
        {
            "time": time,
            "kp": np.round(np.clip(rng.gamma(3, 0.9, n_days), 0, 8.7) * 3) / 3,
            "dst_nt": rng.normal(-18.3, 15, n_days),
            "f107_sfu": 100.0,
            "status": "final",
            "available_time": time + np.timedelta64(2, "h"),
        }
    )


def split(samples: pd.DataFrame, days: tuple[int, int, int], gap: int) -> pd.DataFrame:
    start = pd.Timestamp(START)
    age = (samples["window_start"] - start).dt.days
    train, validation, test = days
    name = pd.Series(np.nan, index=samples.index, dtype="str")
    name[age < train] = "train"
    begin = train + gap
    name[(age >= begin) & (age < begin + validation)] = "validation"
    begin += validation + gap
    name[(age >= begin) & (age < begin + test)] = "test"
    return samples.assign(split=name)


def noise(rng: np.random.Generator, samples: pd.DataFrame, memory: float = 0.8) -> np.ndarray:
    """AR(1) along the days of each station, squeezed to (0, 1)."""
    out = np.empty(len(samples))
    for mine in samples.groupby("station_code").indices.values():
        value = rng.normal()
        for i in mine:
            value = memory * value + np.sqrt(1 - memory**2) * rng.normal()
            out[i] = value
    return 1 / (1 + np.exp(-(out - 2)))


def to_forecast(samples: pd.DataFrame, probability: np.ndarray, **more: object) -> pd.DataFrame:
    keep = ["sample_id", "station_code", "issue_time", "horizon_start", "horizon_end"]
    table = samples[keep].assign(
        probability=probability,
        azimuth_deg=np.nan,
        azimuth_kappa=np.nan,
        model_id="test",
        data_cutoff=pd.Timestamp("2009-01-01"),
    )
    return table.assign(**more)[samples["split"].isin(["validation", "test"])]


def forecast_with(rng: np.random.Generator, samples: pd.DataFrame, strength: float) -> pd.DataFrame:
    """Noise to which event rows of the given strength are added."""
    target = samples["is_target"].fillna(False).to_numpy(dtype=bool)
    probability = noise(rng, samples)
    probability = probability + strength * target * rng.uniform(0, 1, len(samples)) * (
        1 - probability
    )
    azimuth = np.where(
        rng.random(len(samples)) < strength,
        samples["azimuth_deg"].fillna(0) + rng.normal(0, 20, len(samples)),
        rng.uniform(0, 360, len(samples)),
    )
    return to_forecast(
        samples,
        probability,
        azimuth_deg=np.mod(azimuth, 360.0),
        azimuth_kappa=1.0,
        magnitude_class_0=rng.random(len(samples)),
        magnitude_class_1=rng.random(len(samples)),
    )


@pytest.fixture(scope="session")
def make_case() -> Make:
    """Case with or without skill: ``make(seed, strength=..., days=..., rate=..., **fields)``."""

    def make(
        seed: int,
        *,
        strength: float = 0.0,
        days: tuple[int, int, int] = (300, 200, 800),
        gap: int = 32,
        is_dense: bool = False,
        rate: float = 0.06,
        **fields: object,
    ) -> AuditCase:
        rng = np.random.default_rng(seed)
        n_days = sum(days) + 2 * gap + 30
        events = catalogue(rng, n_days, rate)
        network, events = (DENSE, drawn_together(events)) if is_dense else (STATIONS, events)
        station_days = pd.DataFrame(
            {
                "station_code": np.repeat([s.station_code for s in network], n_days - 30),
                "day": np.tile(START + np.arange(n_days - 30), len(network)).astype(
                    "datetime64[ns]"
                ),
            }
        )
        samples = make_samples(
            network, station_days, RULE, events, weather(rng, n_days), reach_s=540
        )
        samples = split(samples, days, gap)
        forecast = forecast_with(rng, samples, strength)
        given = {
            "forecast": forecast,
            "samples": samples,
            "stations": network,
            "catalogue": events,
            "rule": RULE,
            "state_days": 7,
            "n_bootstrap": 200,
        }
        return AuditCase(**(given | fields))

    return make
