"""An invented table of station-days without any fault, in which a canary can be planted.

Labels come from an invented catalogue by the real rule, splits by the real plan; quiet rows are
matched to event rows on station, month and Kp. Nothing in it tells the future.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from seismomag.audit.leaks.case import Claim, LeakCase
from seismomag.audit.leaks.material import Scaling
from seismomag.audit.proxies import neighbour_fit
from seismomag.core.schema import Catalogue, Interval
from seismomag.core.stations import Station
from seismomag.dataset.labels import LabelRule, make_samples
from seismomag.dataset.pairs import target_pairs
from seismomag.dataset.splits import SplitPlan, assign_splits

START = np.datetime64("2010-01-01")
N_DAYS = 1500
TRAIN_DAYS = 900
REACH_S = 540
EVENTS_PER_DAY = 0.08
SHAPE = (1, 6, 16)
"""Planes, frequencies and columns of the invented tensors."""
RULE = LabelRule(
    minimum_magnitude=5.0, magnitude_edges=(5.0, 6.0), horizon_days=7, mainshocks_only=True
)
STATIONS = tuple(
    Station(station_code=code, latitude_deg=0.0, longitude_deg=100.0 + 8 * k)
    for k, code in enumerate(("AAA", "BBB", "CCC", "DDD"))
)


class HeldTensors:
    """Tensors in memory, read like those of a store."""

    def __init__(self, held: NDArray[np.float16]) -> None:
        self.held = held

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.held)

    def read(self, rows: ArrayLike) -> NDArray[np.float16]:
        """Read rows."""
        return self.held[np.asarray(rows, dtype=np.int64)]


def clean_case(seed: int) -> LeakCase:
    """Make a table without fault; the same for the same seed."""
    generator = np.random.default_rng(seed)
    catalogue = _catalogue(generator)
    days = pd.DataFrame(
        {
            "station_code": np.repeat([s.station_code for s in STATIONS], N_DAYS - 15),
            "day": np.tile(START + np.arange(N_DAYS - 15), len(STATIONS)).astype("datetime64[ns]"),
        }
    )
    weather = _weather(generator)
    rows = make_samples(STATIONS, days, RULE, catalogue, weather, reach_s=REACH_S)
    rows = rows.rename(columns={"sample_id": "row_id"})
    rows["day"] = rows["window_start"]
    rows["coverage"] = 1 - generator.beta(1, 60, len(rows))
    rows = rows[~_holds_shock(rows, catalogue)]
    begin = pd.Timestamp(START)
    plan = SplitPlan(
        validation_start=begin + pd.Timedelta(days=TRAIN_DAYS),
        test_start=begin + pd.Timedelta(days=TRAIN_DAYS + 180),
        embargo_days=30,
        window_days=1,
        horizon_days=RULE.horizon_days,
    )
    named = rows.rename(columns={"row_id": "sample_id"})
    rows = _matched(rows.assign(split=assign_splits(named, plan)), generator)
    return _with_model(rows, catalogue, generator, seed)


def _with_model(
    rows: pd.DataFrame, catalogue: Catalogue, generator: np.random.Generator, seed: int
) -> LeakCase:
    rows = rows.reset_index(drop=True)
    n = len(rows)
    rows["store_row"] = np.arange(n)
    rows["file_name"] = rows["row_id"] + ".npy"
    rows["file_station"], rows["file_day"] = rows["station_code"], rows["day"]
    rows["template"] = "STN_DATE.npy"
    rows["is_augmented"] = False
    rows["size_bytes"] = generator.integers(1_000_000, 1_010_000, n)
    rows["probability"] = generator.random(n)
    rows["forecast_deg"] = generator.uniform(0, 360, n)
    tensors = np.exp(generator.normal(0, 1, (n, *SHAPE))).astype(np.float16)
    features = generator.normal(0, 1, (n, 6))
    mean = _mean_of(tensors)
    train = rows[rows["split"] == "train"]
    return LeakCase(
        rows=rows,
        window_days=1,
        horizon_days=RULE.horizon_days,
        stations=STATIONS,
        catalogue=catalogue,
        rule=RULE,
        tensors=HeldTensors(tensors),
        features=features,
        fit=neighbour_fit(features, rows["row_id"]),
        scaling=Scaling(stored=mean(train), refit=mean),
        decisions={"threshold": "validation", "temperature": "validation", "stopping": "train"},
        n_test_openings=1,
        claims=(Claim("28 cases", 28, 1.0, 0.615),),
        seed=seed,
    )


class _mean_of:  # noqa: N801 - called like a function
    """Mean of the tensors of some rows: the smallest scaling that can be checked."""

    def __init__(self, tensors: NDArray[np.float16]) -> None:
        self.tensors = tensors

    def __call__(self, rows: pd.DataFrame) -> dict[str, NDArray[np.float64]]:
        held = self.tensors[rows["store_row"].to_numpy(dtype=np.int64)]
        return {"mean": held.astype(np.float64).mean(axis=(0, 3))}


def _catalogue(generator: np.random.Generator) -> Catalogue:
    n = generator.poisson(EVENTS_PER_DAY * N_DAYS)
    days = np.sort(generator.uniform(0, N_DAYS, n))
    near = generator.integers(0, len(STATIONS), n)
    events = pd.DataFrame(
        {
            "event_id": [f"e{i:04d}" for i in range(n)],
            "origin_time": START.astype("datetime64[ns]")
            + (days * 86400e9).astype("timedelta64[ns]"),
            "latitude_deg": generator.normal(0, 0.3, n),
            "longitude_deg": 100.0 + 8.0 * near + generator.normal(0, 0.3, n),
            "depth_km": np.full(n, 10.0),
            "magnitude": np.minimum(5.0 + generator.exponential(0.3, n), 6.2),
            "magnitude_type": "Mw",
            "source": "invented",
        }
    )
    begin = pd.Timestamp(START)
    return Catalogue(events, (Interval(begin, begin + pd.Timedelta(days=N_DAYS)),))


def _weather(generator: np.random.Generator) -> pd.DataFrame:
    time = START.astype("datetime64[ns]") + np.arange(N_DAYS) * np.timedelta64(1, "D")
    kp = np.round(np.clip(generator.gamma(3, 0.9, N_DAYS), 0, 8.7) * 3) / 3
    return pd.DataFrame(
        {
            "time": time,
            "kp": kp,
            "dst_nt": 5.3 - 9 * kp + generator.normal(0, 8, N_DAYS),
            "f107_sfu": 100.0,
            "status": "final",
            "available_time": time + np.timedelta64(2, "h"),
        }
    )


def _holds_shock(rows: pd.DataFrame, catalogue: Catalogue) -> NDArray[np.bool_]:
    shocks = target_pairs(STATIONS, catalogue, LabelRule(horizon_days=7))
    shaken = set(zip(shocks["station_code"], shocks["origin_time"].dt.floor("D"), strict=True))
    pairs = zip(rows["station_code"], rows["day"], strict=True)
    return np.array([pair in shaken for pair in pairs])


def _matched(rows: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    """Keep as many quiet rows as event rows in each stratum of station, month, Kp and split."""
    rows = rows[rows["is_target"].notna()]
    event = rows["is_target"].astype(bool)
    storm = np.searchsorted([1.5, 2.5, 4.0], rows["kp_max"].to_numpy(dtype=np.float64))
    month = rows["day"].dt.year * 12 + rows["day"].dt.month
    columns = {"station": rows["station_code"], "month": month, "storm": storm}
    keys = pd.DataFrame(columns | {"split": rows["split"].fillna("-")}, index=rows.index)
    stratum = keys.groupby(list(keys)).ngroup()
    order = pd.Series(generator.random(len(rows)), rows.index)
    # Within a stratum, each class in random order, up to the size of the smaller class.
    place = order.groupby([stratum, event]).rank(method="first")
    sizes = event.groupby(stratum).agg(["sum", "size"])
    least = pd.concat([sizes["sum"], sizes["size"] - sizes["sum"]], axis=1).min(axis=1)
    return rows[place.to_numpy() <= least.loc[stratum].to_numpy()]
