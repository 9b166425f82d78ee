"""A simulated network of stations, with known truth."""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from seismomag.core.errors import CoverageError
from seismomag.core.kinds import check_kinds
from seismomag.core.recording import make_recording, sha256_of
from seismomag.core.schema import Catalogue
from seismomag.core.stations import Station
from seismomag.simulate.background import BackgroundPlan
from seismomag.simulate.checks import require
from seismomag.simulate.faults import FaultPlan, apply_faults, is_lost, step_levels
from seismomag.simulate.precursor import PrecursorPlan, plant, precursor_field_nt
from seismomag.simulate.pulsations import PulsationPlan
from seismomag.simulate.seeds import day_key
from seismomag.simulate.seismicity import SeismicityPlan, make_catalogue
from seismomag.simulate.station_day import Activity, FieldPlan, place_of, station_day_nt
from seismomag.simulate.storms import StormPlan
from seismomag.simulate.weather import (
    MARGIN_DAYS,
    Weather,
    WeatherPlan,
    make_weather,
    space_weather_table,
)

_ONE_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """Stations, a Sun, an Earth that quakes, and perhaps a precursor.

    Everything is an exact function of the fields below: a day comes out the same to the last
    bit whoever asks for it, in whatever order, in whatever process.

    Attributes
    ----------
    stations
        The network. Simulated stations have no declination: H points north, D east, Z down.
    start
        First UTC day.
    n_days
        Number of days; the catalogue covers exactly these.
    seed
        Of all randomness.
    background, pulsations, storms
        The field.
    weather
        Kp and Dst.
    faults
        What is lost or wrong.
    seismicity
        The catalogue.
    precursor
        The planted signal, or None.

    Examples
    --------
    >>> station = Station(station_code="ALR", latitude_deg=-8.14, longitude_deg=124.59)
    >>> day = np.datetime64("2030-01-01")
    >>> simulation = Simulation(stations=(station,), start=day, n_days=2, seed=1)
    >>> simulation.load_day("ALR", day)["field"].shape
    (3, 86400)
    """

    stations: tuple[Station, ...]
    start: np.datetime64
    n_days: int
    seed: int
    background: BackgroundPlan = field(default_factory=BackgroundPlan)
    pulsations: PulsationPlan = field(default_factory=PulsationPlan)
    storms: StormPlan = field(default_factory=StormPlan)
    weather: WeatherPlan = field(default_factory=WeatherPlan)
    faults: FaultPlan = field(default_factory=FaultPlan)
    seismicity: SeismicityPlan = field(default_factory=SeismicityPlan)
    precursor: PrecursorPlan | None = None

    def __post_init__(self) -> None:
        check_kinds(self)
        object.__setattr__(self, "stations", tuple(self.stations))
        object.__setattr__(self, "start", self.start.astype("datetime64[D]"))
        require(bool(self.stations), "Simulation.stations is empty; name at least one station")
        codes = [s.station_code for s in self.stations]
        twice = sorted({c for c in codes if codes.count(c) > 1})
        require(not twice, f"Simulation.stations names {', '.join(twice)} twice; keep one of each")
        require(self.n_days >= 1, f"Simulation.n_days={self.n_days} must be 1 day or more")
        require(self.seed >= 0, f"Simulation.seed={self.seed} must be 0 or more")

    @property
    def end(self) -> np.datetime64:
        """The day after the last."""
        return self.start + self.n_days * _ONE_DAY

    @property
    def days(self) -> NDArray[np.datetime64]:
        """All UTC days."""
        return np.arange(self.start, self.end)

    @cached_property
    def _drawn_catalogue(self) -> tuple[Catalogue, frozenset[str]]:
        return make_catalogue(self.seismicity, self.stations, self.start, self.n_days, self.seed)

    @property
    def catalogue(self) -> Catalogue:
        """Mainshocks and aftershocks; it covers the simulated days and no others."""
        return self._drawn_catalogue[0]

    @property
    def mainshocks(self) -> pd.DataFrame:
        """The events of the catalogue that follow no other."""
        events, names = self.catalogue.events, self._drawn_catalogue[1]
        return events[events["event_id"].isin(names)].reset_index(drop=True)

    @property
    def _weather(self) -> Weather:
        return make_weather(self.weather, self.seed, self.n_days)

    @property
    def space_weather(self) -> pd.DataFrame:
        """Kp every three hours and Dst every hour, two days longer at both ends."""
        return space_weather_table(self._weather, self.start)

    @cached_property
    def planted(self) -> pd.DataFrame:
        """Where a precursor was planted; empty without one.

        Columns ``event_id, station_code, day, azimuth_deg, distance_km, amplitude_nt``.
        """
        plan = self.precursor or PrecursorPlan(event_share=0)
        mainshocks = self._drawn_catalogue[1]
        span = (self.start, self.end)
        return plant(plan, self.catalogue.events, mainshocks, self.stations, span, self.seed)

    @cached_property
    def _planted_rows(self) -> dict[tuple[str, np.datetime64], pd.DataFrame]:
        rows: dict[tuple[str, np.datetime64], list[int]] = {}
        days = self.planted["day"].to_numpy("datetime64[D]")
        for i, key in enumerate(zip(self.planted["station_code"], days, strict=True)):
            rows.setdefault(key, []).append(i)
        return {key: self.planted.iloc[found] for key, found in rows.items()}

    def without_precursor(self) -> "Simulation":
        """Return the same world to the last bit, but for the planted days, which turn natural."""
        return replace(self, precursor=None)

    def load_day(self, station_code: str, day: np.datetime64) -> xr.Dataset | None:
        """Record one station-day.

        Parameters
        ----------
        station_code
            A station of this network.
        day
            A UTC day. The days just before the start and just after the end are recorded too,
            so that the edges have neighbours; they carry no precursor.

        Returns
        -------
        recording
            1 Hz, frame HDZ, 86,400 samples, NaN in gaps; None for a day that the faults lost
            or that lies outside of the simulation.

        Raises
        ------
        CoverageError
            The network has no such station.
        """
        index = self._index(station_code)
        day = day.astype("datetime64[D]")
        offset = int((day - self.start) / _ONE_DAY)
        key = day_key(day)
        if not -1 <= offset <= self.n_days or is_lost(self.faults, self.seed, index, key):
            return None
        field_nt = self._field_nt(index, offset, key)
        rows = self._planted_rows.get((station_code, day))
        if rows is not None and self.precursor is not None:
            field_nt += precursor_field_nt(self.precursor, rows, self.stations, index, self.seed)
        apply_faults(self.faults, self.seed, index, key, field_nt)
        return make_recording(
            field_nt,
            day,
            sampling_hz=1.0,
            frame="HDZ",
            station_code=station_code,
            source_format="simulated",
            source_sha256=self._identity(station_code, day, rows),
        )

    def _index(self, station_code: str) -> int:
        codes = [s.station_code for s in self.stations]
        if station_code not in codes:
            msg = f"simulation has no station {station_code!r}; it has {', '.join(codes)}"
            raise CoverageError(msg)
        return codes.index(station_code)

    def _field_nt(self, index: int, offset: int, key: int) -> NDArray[np.float64]:
        """Undisturbed field with the jumps of the base line: (3, 86400)."""
        first = offset + MARGIN_DAYS - 1
        activity = Activity.between_values(
            self._weather.kp[8 * first : 8 * (first + 3)],
            self._weather.dst_nt[24 * first : 24 * (first + 3)],
            1,
        )
        plan = FieldPlan(background=self.background, pulsations=self.pulsations, storms=self.storms)
        place = place_of(self.background, self.stations[index], index, self.seed)
        field_nt = station_day_nt(plan, self.seed, place, key, activity)
        level_nt, seconds, jumps_nt = step_levels(
            self.faults, self.seed, index, day_key(self.start) - 1, key
        )
        field_nt += level_nt[:, None]
        for second, jump_nt in zip(seconds, jumps_nt, strict=True):
            field_nt[:, second:] += jump_nt[:, None]
        return field_nt

    @cached_property
    def _world(self) -> str:
        return repr(replace(self, precursor=None))

    def _identity(self, station_code: str, day: np.datetime64, rows: pd.DataFrame | None) -> str:
        """Hash of everything that the samples of a station-day depend on."""
        signal = None if rows is None else (self.precursor, rows.to_csv(index=False))
        return sha256_of(repr((self._world, station_code, str(day), signal)).encode())


def simulate_like(
    *,
    station: Station,
    day: np.datetime64,
    kp: ArrayLike,
    dst_nt: ArrayLike,
    sensor_noise_nt: float | tuple[float, float, float],
    seed: int,
    plan: FieldPlan | None = None,
) -> xr.Dataset:
    """Simulate one day as it might have been under the space weather that it really had.

    Parameters
    ----------
    station
        Where; the geomagnetic latitude rules amplitudes and polarisation.
    day
        UTC day.
    kp
        Shape (8,): the three-hourly Kp.
    dst_nt
        Shape (24,): hourly Dst [nT]; missing values count as no ring current.
    sensor_noise_nt
        rms of the noise of H, D, Z at 1 Hz sampling [nT], one number or three; see
        :func:`~seismomag.simulate.background.sensor_noise_nt`.
    seed
        Of the randomness.
    plan
        Background, pulsations and storms; without it the defaults.

    Returns
    -------
    recording
        1 Hz, frame HDZ, without faults.

    Raises
    ------
    ConfigError
        Kp or Dst have another number of values, or a Kp is missing.
    """
    plan = plan or FieldPlan()
    kp, dst_nt = np.asarray(kp, np.float64), np.asarray(dst_nt, np.float64)
    require(
        kp.shape == (8,) and bool(np.isfinite(kp).all()),
        f"simulate_like needs the 8 values of Kp of the day, found {kp}",
    )
    require(dst_nt.shape == (24,), f"simulate_like needs 24 values of Dst, found {dst_nt.shape}")
    noise = np.broadcast_to(np.asarray(sensor_noise_nt, np.float64), 3)
    background = replace(plan.background, sensor_noise_nt=tuple(float(v) for v in noise))
    place = place_of(plan.background, station, 0, seed)
    field_nt = station_day_nt(
        replace(plan, background=background),
        seed,
        place,
        day_key(day),
        Activity.between_values(kp, np.nan_to_num(dst_nt), 0),
    )
    identity = repr((station, str(day), plan, kp.tolist(), dst_nt.tolist(), noise.tolist(), seed))
    return make_recording(
        field_nt,
        day.astype("datetime64[D]"),
        sampling_hz=1.0,
        frame="HDZ",
        station_code=station.station_code,
        source_format="simulated",
        source_sha256=sha256_of(identity.encode()),
    )
