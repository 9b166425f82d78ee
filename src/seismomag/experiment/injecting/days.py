"""Test days without a target as background: loaded, added to, taken through the same stages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from seismomag.audit.dipole import dipole_field_nt
from seismomag.audit.injection.signals import (
    SignalPlan,
    added_field_nt,
    band_rms_nt,
    nights_of,
    weight_of,
    with_added,
)
from seismomag.core.constants import SECONDS_PER_DAY
from seismomag.core.recording import time_axis
from seismomag.core.stations import Station
from seismomag.dataset.context import ContextCache, LoadDay, read_field
from seismomag.experiment.injecting.jobs import Job
from seismomag.signal import quality
from seismomag.signal.day import DayTensor, transform
from seismomag.signal.grid import ScalogramGrid

Floats = NDArray[np.float64]
Days = Mapping[np.datetime64, xr.Dataset]

_DAY = np.timedelta64(1, "D")
RUN_COLUMNS = ("station_code", "day", "kp_max", "is_alarm")


def runs_without_target(
    samples: pd.DataFrame, forecast: pd.DataFrame, threshold: float, nights: int
) -> pd.DataFrame:
    """List runs of consecutive test days of one station, all forecast, none before a target.

    A day counts unless it is known to precede a target event; days of unknown label count, and
    so do storms: nothing is said of the field.

    Parameters
    ----------
    samples, forecast
        Tables of the run.
    threshold
        Frozen on validation.
    nights
        Days of a run.

    Returns
    -------
    runs
        Columns :data:`RUN_COLUMNS`: first day, largest Kp, and whether the run itself raised an
        alarm on any of its days.
    """
    said = forecast.set_index("sample_id")["probability"]
    is_event = samples["is_target"].astype("boolean").fillna(value=False)
    test = samples[(samples["split"] == "test") & ~is_event]
    test = test.assign(
        probability=test["sample_id"].map(said), day=test["window_start"].dt.floor("D")
    )
    known = test.dropna(subset=["probability"]).set_index(["station_code", "day"])
    lines = []
    for code, day in known.index:
        wanted = [(code, day + pd.Timedelta(days=i)) for i in range(nights)]
        if all(one in known.index for one in wanted):
            mine = known.loc[wanted]
            is_alarm = bool((mine["probability"] >= threshold).any())
            lines.append((code, day, mine["kp_max"].max(), is_alarm))
    return pd.DataFrame(lines, columns=list(RUN_COLUMNS))


def choose(runs: pd.DataFrame, most: int) -> pd.DataFrame:
    """Choose runs evenly in time, the stations in turn."""
    codes = sorted(runs["station_code"].unique())
    each = -(-most // max(len(codes), 1))
    parts = []
    for code in codes:
        mine = runs[runs["station_code"] == code].sort_values("day")
        place = np.unique(np.linspace(0, len(mine) - 1, min(each, len(mine))).astype(np.int64))
        parts.append(mine.iloc[place].assign(turn=np.arange(place.size)))
    if not parts:
        return runs
    chosen = pd.concat(parts).sort_values(["turn", "station_code"], ignore_index=True)
    found: pd.DataFrame = chosen[list(RUN_COLUMNS)].head(most)
    return found


@dataclass(frozen=True, eq=False)
class Background:
    """Days of one station without a signal, their neighbours included.

    Attributes
    ----------
    station
        Where.
    day
        The first day of the run.
    nights
        Days of the run.
    days
        Raw recordings of the run and of the day on each side, where there are any.
    orientation
        Of the store.
    """

    station: Station
    day: np.datetime64
    nights: int
    days: Days
    orientation: str
    _flagged: dict[int, xr.Dataset] = field(default_factory=dict, repr=False)
    _weights: dict[object, Floats] = field(default_factory=dict, repr=False)

    @property
    def own_days(self) -> list[np.datetime64]:
        """The days that are forecast."""
        return [self.day + i * _DAY for i in range(self.nights)]

    @cached_property
    def time(self) -> NDArray[np.datetime64]:
        """Every sample time from the day before to the day after, at the fastest rate."""
        n = round((self.nights + 2) * SECONDS_PER_DAY * self.sampling_hz)
        return time_axis(self.day - _DAY, n, self.sampling_hz)

    @property
    def sampling_hz(self) -> float:
        """Fastest rate of the recordings [Hz]."""
        return max(float(day.attrs["sampling_hz"]) for day in self.days.values())

    def with_job(self, job: Job, seed: int) -> Days:
        """Recordings with the signal of a job in their raw samples; the rest are the same."""
        if job.strength == 0:
            return self.days
        added = self._added(job, np.random.default_rng([seed, job.number]))
        out = {}
        for day, recording in self.days.items():
            since = recording["time"].values - self.time[0]
            place = np.rint(since / np.timedelta64(1, "s") * self.sampling_hz).astype(np.int64)
            mine = added[:, place]
            out[day] = with_added(recording, mine) if mine.any() else recording
        return out

    def _added(self, job: Job, generator: np.random.Generator) -> Floats:
        weight = self._weight(job.signal)
        if job.source is None:
            return added_field_nt(job.signal, job.strength, weight, self.sampling_hz, generator)
        return dipole_field_nt(
            job.source, job.signal, job.strength, weight, self.sampling_hz, generator
        )

    def _weight(self, signal: SignalPlan) -> Floats:
        """Nights of the run itself: its neighbours were without a signal. Kept once computed."""
        key = (signal.kind == "step", signal.night_local_h, signal.ramp_s)
        if key not in self._weights:
            time, longitude = self.time, self.station.longitude_deg
            weight = weight_of(time, longitude, signal)
            if signal.kind != "step":
                span = (self.day, self.day + self.nights * _DAY)
                weight = weight * nights_of(time, longitude, signal, span)
            self._weights[key] = weight
        return self._weights[key]

    def tensors(self, days: Days, grid: ScalogramGrid) -> list[DayTensor | None]:
        """Take the days of the run through quality, gaps and transform; None where unusable."""
        cache = ContextCache(
            _load(days, self.station.station_code),
            self._flag,
            reach_s=grid.reach_s,
            orientation=self.orientation,
        )
        found: list[DayTensor | None] = []
        for day in self.own_days:
            context = cache.get(self.station.station_code, day)
            field_nt = context.field_nt
            found.append(None if field_nt is None else transform(field_nt, grid))
        return found

    def _flag(self, recording: xr.Dataset) -> xr.Dataset:
        """Flag a recording; those without a signal only once."""
        if not any(recording is own for own in self.days.values()):
            return quality.flag(recording)
        if id(recording) not in self._flagged:
            self._flagged[id(recording)] = quality.flag(recording)
        return self._flagged[id(recording)]

    def noise_nt(self, job: Job) -> float:
        """Rms of the horizontal field in the band of a job during its on-time [nT]."""
        load = _load(self.days, self.station.station_code)
        parts = [
            read_field(load, None, self.station.station_code, day).field_nt for day in self.own_days
        ]
        known = [np.full((3, SECONDS_PER_DAY), np.nan) if p is None else p for p in parts]
        time = time_axis(self.day, self.nights * SECONDS_PER_DAY, 1.0)
        span = (self.day, self.day + self.nights * _DAY)
        on = nights_of(time, self.station.longitude_deg, job.signal, span)
        return band_rms_nt(np.concatenate(known, axis=1), 1.0, job.signal.band_hz, on)


def load_background(
    load_day: LoadDay, station: Station, day: np.datetime64, nights: int, orientation: str
) -> Background:
    """Load a run of days and its neighbours."""
    found = {}
    for i in range(-1, nights + 1):
        recording = load_day(station.station_code, day + i * _DAY)
        if recording is not None and recording["time"].size:
            found[day + i * _DAY] = recording
    return Background(station, day, nights, found, orientation)


def _load(days: Days, code: str) -> Callable[[str, np.datetime64], xr.Dataset | None]:
    def load_day(station_code: str, day: np.datetime64) -> xr.Dataset | None:
        return days.get(day) if station_code == code else None

    return load_day


class HeldTensors:
    """Tensors in memory, read by row as from a store.

    Parameters
    ----------
    grid
        Their axes.
    tensors
        In the order of the rows.
    """

    def __init__(self, grid: ScalogramGrid, tensors: Sequence[DayTensor]) -> None:
        self._grid, self._tensors = grid, tensors

    @property
    def grid(self) -> ScalogramGrid:
        """The axes."""
        return self._grid

    def read(self, rows: NDArray[np.int64]) -> NDArray[np.float16]:
        """Tensors ``(n, P, F, T)`` of these rows."""
        return np.stack([self._tensors[int(row)].planes for row in rows])
