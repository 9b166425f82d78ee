"""Archives for the proofs: invented days, into some of which a source of known truth is put.

The background is that of :mod:`seismomag.simulate`. The strength of a source is given as a
signal-to-noise ratio of the day that it is put into: in-band rms of the injected horizontal field
over in-band rms of the background's horizontal field, both during the on-time.
"""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.fft
import xarray as xr
from numpy.typing import NDArray

from seismomag.core.errors import ConfigError
from seismomag.core.progress import Progress
from seismomag.dataset.build import build_store
from seismomag.dataset.labels import make_samples
from seismomag.experiment.demo import demo_config
from seismomag.simulate import PrecursorPlan, Simulation, WeatherPlan
from seismomag.simulate.precursor import night_window, precursor_field_nt

LABELS = 77
"""Branch of the seed that draws labels and sources."""

EVENT_DAYS = 7
"""Length of the horizon of the null archives: their labels come in runs, as real ones do."""


@dataclass(frozen=True, kw_only=True)
class WorldPlan:
    """An archive with known truth.

    Attributes
    ----------
    seed
        Of background, weather and injection.
    n_stations, n_days
        Its size; the stations are those of the demo.
    positive_share
        Share of station-days that carry a source.
    snr
        Signal-to-noise ratio of a source for each magnitude class; (0, 0, 0) plants nothing.
    labels
        ``"injected"``: positive days are those with a source. ``"events"``: nothing is injected,
        and every day within seven days before an invented event is positive.
    storms_per_day
        Rate of geomagnetic storms.
    validation_from, test_from
        Shares of the time at which validation and test begin.
    gap_days
        Days without a split before each of both.
    label_seed
        Of labels and injection, beside ``seed``.
    """

    seed: int = 1
    n_stations: int = 3
    n_days: int = 300
    positive_share: float = 0.3
    snr: tuple[float, float, float] = (1.0, 1.0, 1.0)
    labels: str = "injected"
    storms_per_day: float = 0.031
    validation_from: float = 0.55
    test_from: float = 0.7
    gap_days: int = 1
    label_seed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "snr", tuple(self.snr))
        if not 0 < self.validation_from < self.test_from < 1:
            msg = f"validation_from {self.validation_from} and test_from {self.test_from} must rise"
            raise ConfigError(msg)
        if self.labels not in ("injected", "events"):
            msg = f"labels {self.labels!r} is unknown; choose injected or events"
            raise ConfigError(msg)


@dataclass(frozen=True)
class InjectedDays:
    """Gives the days of a simulation, with their sources; picklable."""

    simulation: Simulation
    sources: dict[tuple[str, np.datetime64], dict[str, float | str]] = field(repr=False)

    def load_day(self, station_code: str, day: np.datetime64) -> xr.Dataset | None:
        """Give one UTC day of one station."""
        recording = self.simulation.load_day(station_code, day)
        source = self.sources.get((station_code, day.astype("datetime64[D]")))
        if recording is None or source is None:
            return recording
        plan, stations = PrecursorPlan(event_scatter_dex=0), self.simulation.stations
        index = [s.station_code for s in stations].index(station_code)
        found = recording["field"].to_numpy()
        amplitude = float(source["snr"]) * in_band_rms(found[:2], plan, index, self.simulation)
        row = pd.DataFrame(
            [source | {"station_code": station_code, "day": day, "amplitude_nt": amplitude}]
        )
        added = precursor_field_nt(plan, row, stations, index, self.simulation.seed)
        return recording.assign(field=(recording["field"].dims, found + added))


def in_band_rms(
    horizontal_nt: NDArray[np.float64], plan: PrecursorPlan, index: int, simulation: Simulation
) -> float:
    """Root mean square of the horizontal field in the band of a source, during its on-time [nT].

    Parameters
    ----------
    horizontal_nt
        ``(2, 86400)``, without gaps.
    plan, index, simulation
        Band and night; the station.
    """
    spectrum = scipy.fft.rfft(horizontal_nt - horizontal_nt.mean(1, keepdims=True))
    frequency = scipy.fft.rfftfreq(horizontal_nt.shape[1])
    spectrum[:, (frequency < plan.band_hz[0]) | (frequency >= plan.band_hz[1])] = 0
    in_band = scipy.fft.irfft(spectrum, n=horizontal_nt.shape[1])
    is_on = night_window(plan, simulation.stations[index].solar_offset_hours) > 0.5
    return float(np.sqrt((in_band[:, is_on] ** 2).sum(0).mean()))


def make_world(plan: WorldPlan, path: Path, progress: Progress) -> Path:
    """Build the store of an archive; one that stands there already is gone on with.

    Parameters
    ----------
    plan
        What to invent.
    path
        The store.
    progress
        Told how far the work is.
    """
    finished = path.with_suffix(".finished")
    if path.is_file() and finished.is_file():
        return path
    config = demo_config()
    base = replace(
        replace(config, run=replace(config.run, seed=plan.seed)).simulated(),
        stations=config.stations[: plan.n_stations],
        n_days=plan.n_days,
        precursor=None,
        weather=WeatherPlan(storms_per_day=plan.storms_per_day),
    )
    pairs = [(s.station_code, day) for day in base.days for s in base.stations]
    samples = make_samples(
        base.stations,
        pd.DataFrame(pairs, columns=["station_code", "day"]),
        config.labels,
        base.catalogue,
        base.space_weather,
        reach_s=config.grid.reach_s,
    )
    samples = labelled(samples, plan, config.labels.magnitude_edges)
    path.parent.mkdir(parents=True, exist_ok=True)
    days = InjectedDays(base, _sources(samples, plan))
    # The name of the store is the digest of the plan: finished rows need no second look.
    build_store(
        path,
        samples,
        days.load_day,
        config.grid,
        chunk="day",
        progress=progress,
        verify_inputs=False,
    )
    # A build would look again for the days that a fault has taken away.
    finished.touch()
    return path


def labelled(samples: pd.DataFrame, plan: WorldPlan, edges: tuple[float, ...]) -> pd.DataFrame:
    """Samples whose labels are the known truth, split in time."""
    vary = np.random.default_rng(
        np.random.SeedSequence(
            plan.seed, spawn_key=(77, plan.label_seed) if plan.label_seed else (77,)
        )
    )
    n = len(samples)
    is_target = vary.random(n) < plan.positive_share
    if plan.labels == "events":
        is_target = _before_events(samples, plan, vary)
    classes = vary.integers(0, len(edges), n)
    azimuth = vary.uniform(0, 360, n)
    samples = samples.assign(
        is_target=pd.array(is_target, dtype="boolean"),
        event_id=pd.Series([f"E{k}" if t else "" for k, t in enumerate(is_target)], dtype="str"),
        cluster_id=pd.Series([f"E{k}" if t else "" for k, t in enumerate(is_target)], dtype="str"),
        magnitude=np.where(is_target, np.array(edges)[classes] + 0.2, np.nan),
        azimuth_deg=np.where(is_target, azimuth, np.nan),
        distance_km=np.where(is_target, 100.0, np.nan),
        lead_time_days=np.where(is_target, 1.0, np.nan),
    )
    day = (samples["window_start"] - samples["window_start"].min()).dt.days.to_numpy()
    share, gap = day / plan.n_days, plan.gap_days / plan.n_days
    split = pd.Series(pd.NA, index=samples.index, dtype="str")
    split[share < plan.validation_from - gap] = "train"
    split[(share >= plan.validation_from) & (share < plan.test_from - gap)] = "validation"
    split[share >= plan.test_from] = "test"
    return samples.assign(split=split)


def _before_events(
    samples: pd.DataFrame, plan: WorldPlan, vary: np.random.Generator
) -> NDArray[np.bool_]:
    """Days within the horizon before an event; events fall at a constant rate."""
    rate = -np.log(1 - plan.positive_share) / EVENT_DAYS
    day = samples["window_start"].to_numpy("datetime64[D]")
    first = day.min()
    found = np.zeros(len(samples), bool)
    for code in sorted(samples["station_code"].unique()):
        events = vary.random(plan.n_days + EVENT_DAYS) < rate
        near = np.array([events[k : k + EVENT_DAYS].any() for k in range(plan.n_days)])
        rows = (samples["station_code"] == code).to_numpy()
        found[rows] = near[(day[rows] - first).astype(int)]
    return found


def _sources(
    samples: pd.DataFrame, plan: WorldPlan
) -> dict[tuple[str, np.datetime64], dict[str, float | str]]:
    if plan.labels == "events":
        return {}
    positive = samples[samples["is_target"].fillna(value=False)]
    strength = dict(zip(sorted(positive["magnitude"].unique()), plan.snr, strict=False))
    days = positive["window_start"].to_numpy("datetime64[D]")
    return {
        (str(row.station_code), day): {
            "event_id": str(row.event_id),
            "azimuth_deg": float(row.azimuth_deg),  # type: ignore[arg-type]
            "snr": float(strength[row.magnitude]),
        }
        for row, day in zip(positive.itertuples(), days, strict=True)
        if strength[row.magnitude] > 0
    }
