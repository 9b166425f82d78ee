"""The invented network of a rehearsal: who sends what and when, and what is wrong with it."""

import gzip
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from seismomag.core.atomic import write_bytes
from seismomag.core.schema import Catalogue, Interval
from seismomag.core.stations import Station
from seismomag.operate.rehearsal.models import PLANTED
from seismomag.readers import frg604rc, iaga2002
from seismomag.readers.catalogues import write_catalogue
from seismomag.readers.file_names import day_file_name
from seismomag.readers.space_weather import write_space_weather
from seismomag.simulate import SeismicityPlan, Simulation

FIRST_DAY = np.datetime64("2025-03-01")
"""Behind every wall clock: files of days to come are refused, as they should be."""

ROLES = ("silent", "clock", "late", "torn")
CLOCK_FAULTS = ("drift", "offset", "jump back", "jump ahead", "stamp twice")
SPOOL_HOURS = 24
"""After this, what the archive has leaves the folder of incoming files."""

_DAY = pd.Timedelta(days=1)
_SEISMICITY = SeismicityPlan(aftershock_productivity=0.4)


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """A file that arrives.

    Attributes
    ----------
    moment
        Simulated time of its arrival.
    station_code, day
        What it claims to be about.
    kind
        ``whole``; ``twin`` (the same, compressed); ``half`` (the first half only); ``garbage``;
        ``clock NAME`` with one of :data:`CLOCK_FAULTS`; ``other day`` (yesterday's under
        today's name).
    """

    moment: pd.Timestamp
    station_code: str
    day: np.datetime64
    kind: str


@dataclass
class InventedNetwork:
    """Stations that record, send late, twice, torn or not at all; Kp, Dst and earthquakes.

    Attributes
    ----------
    folder
        The working directory.
    simulation
        The recordings and their truth.
    roles
        Station code of each of :data:`ROLES`, as far as there are stations.
    deliveries
        All that will arrive, in order of time.
    """

    folder: Path
    simulation: Simulation
    roles: Mapping[str, str]
    deliveries: Sequence[Delivery]
    _next: int = field(default=0, init=False)

    @classmethod
    def invent(
        cls,
        folder: Path,
        stations: tuple[Station, ...],
        n_days: int,
        seed: int,
        start: np.datetime64 = FIRST_DAY,
    ) -> "InventedNetwork":
        """Draw a network and its misfortunes."""
        simulation = Simulation(
            stations=stations,
            start=start,
            n_days=n_days,
            seed=seed,
            precursor=PLANTED,
            seismicity=_SEISMICITY,
        )
        vary = np.random.default_rng([seed, n_days])
        codes = [s.station_code for s in stations]
        drawn = vary.choice(codes, min(len(ROLES), len(codes)), replace=False)
        roles = dict(zip(ROLES, drawn.tolist(), strict=False))
        sent = [
            delivery
            for number, day in enumerate(simulation.days)
            for code in codes
            for delivery in _sent(roles, code, day, number, n_days, vary)
        ]
        return cls(folder, simulation, roles, sorted(sent, key=lambda d: (d.moment, d.day)))

    def deliver(self, until: pd.Timestamp) -> list[Delivery]:
        """Let everything arrive that has arrived by then."""
        arrived = []
        while self._next < len(self.deliveries) and self.deliveries[self._next].moment <= until:
            delivery = self.deliveries[self._next]
            self._next += 1
            if self._write(delivery):
                arrived.append(delivery)
        self._write_indices(until)
        self._write_earthquakes(until)
        return arrived

    def sweep(self, moment: pd.Timestamp, archived: set[tuple[str, str]]) -> None:
        """Take what is old and in the archive out of the folder of incoming files."""
        for path in self.incoming.glob("*/S*"):
            old = path.stat().st_mtime < (moment - pd.Timedelta(hours=SPOOL_HOURS)).timestamp()
            day = f"20{path.name[1:3]}-{path.name[3:5]}-{path.name[5:7]}"
            if old and (path.parent.name, day) in archived:
                path.unlink()

    @property
    def incoming(self) -> Path:
        """Where the files arrive."""
        return self.folder / "incoming"

    def _write(self, delivery: Delivery) -> bool:
        """Write a file with the time of its arrival; False where nothing was recorded."""
        code, day = delivery.station_code, delivery.day
        told = day - np.timedelta64(1, "D") if delivery.kind == "other day" else day
        recording = self.simulation.load_day(code, told)
        if recording is None:
            return False
        path = self.incoming / code / day_file_name(code, day)
        data = _content(delivery.kind, recording, path)
        if delivery.kind == "twin":
            path = path.with_name(path.name + ".gz")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        _set_time(path, delivery.moment)
        return True

    def _write_indices(self, until: pd.Timestamp) -> None:
        table = self.simulation.space_weather
        known = table[table["available_time"] <= until].reset_index(drop=True)
        write_space_weather(known, self.folder / "weather.csv")

    def _write_earthquakes(self, until: pd.Timestamp) -> None:
        start = pd.Timestamp(self.simulation.start)
        write_catalogue(self.catalogue(max(until, start + _DAY)), self.folder / "catalogue.csv")

    def catalogue(self, until: pd.Timestamp) -> Catalogue:
        """Earthquakes up to a moment, and the claim that there were no others."""
        whole = self.simulation.catalogue
        events = whole.events[whole.events["origin_time"] < until].reset_index(drop=True)
        end = min(until, whole.coverage[0].end)
        return Catalogue(events, (Interval(whole.coverage[0].start, end),))


def _sent(
    roles: Mapping[str, str],
    code: str,
    day: np.datetime64,
    number: int,
    n_days: int,
    vary: np.random.Generator,
) -> list[Delivery]:
    """What a station sends of a day."""
    end = pd.Timestamp(day) + _DAY
    chance, hours = vary.random(), float(vary.uniform(0.2, 6))
    role = next((name for name, who in roles.items() if who == code), "")
    # Nobody is at fault on the first day, so that there is a last success to be late of.
    plan = _PLANS.get(role, _ordinary) if number else _ordinary
    return [
        Delivery(
            moment=end + pd.Timedelta(hours=round(after, 3)),
            station_code=code,
            day=day,
            kind=kind,
        )
        for kind, after in plan(number, n_days, hours, chance)
    ]


def _ordinary(number: int, n_days: int, hours: float, chance: float) -> list[tuple[str, float]]:
    return [("whole", hours)]


def _silent(number: int, n_days: int, hours: float, chance: float) -> list[tuple[str, float]]:
    # For good after seven tenths of the time; in the shortest rehearsal after the first day.
    return [] if number >= max(1, round(0.7 * n_days)) else [("whole", hours)]


def _clock(number: int, n_days: int, hours: float, chance: float) -> list[tuple[str, float]]:
    at_fault = number == 1 or number >= n_days // 2
    return [(f"clock {CLOCK_FAULTS[number % len(CLOCK_FAULTS)]}" if at_fault else "whole", hours)]


def _late(number: int, n_days: int, hours: float, chance: float) -> list[tuple[str, float]]:
    # The first delay is past "no data" and in time, the others may be past all.
    delay = 21.0 if number == 1 else 20.5 + 40 * chance if chance < 0.6 else hours
    return [("whole", delay)]


def _torn(number: int, n_days: int, hours: float, chance: float) -> list[tuple[str, float]]:
    broken = ("half", "twin", "garbage", "other day")[(number - 1) % 4]
    if broken == "twin":
        return [("whole", hours), ("twin", hours + 4)]
    return [(broken, hours), ("whole", hours + 7)]


_PLANS = {"silent": _silent, "clock": _clock, "late": _late, "torn": _torn}


def _content(kind: str, recording: xr.Dataset, path: Path) -> bytes:
    scratch = path.parent.parent / ".being_written"
    if kind == "garbage":
        return b"\x00garbage" * 5000
    if kind.startswith("clock "):
        scratch.unlink(missing_ok=True)
        return _spoilt(iaga2002.write(recording, scratch).read_bytes(), kind.partition(" ")[2])
    if kind == "other day":
        return frg604rc.write(recording, scratch).read_bytes()
    data = frg604rc.write(recording, scratch).read_bytes()
    if kind == "half":
        return data[: len(data) // 2]
    return gzip.compress(data, 1, mtime=0) if kind == "twin" else data


def _spoilt(data: bytes, fault: str) -> bytes:
    """Give the records of an IAGA-2002 file the stamps of a clock at fault."""
    head, mark, body = data.partition(b"DATE       TIME")
    titles, _, rows = (mark + body).partition(b"\r\n")
    lines = rows.decode().split("\r\n")[:-1]
    stamps = pd.Series(pd.to_datetime([line[:23] for line in lines], format="%Y-%m-%d %H:%M:%S.%f"))
    moved = _moved(stamps, fault)
    inside = moved.dt.normalize() == stamps.iloc[len(stamps) // 2].normalize()
    texts = np.datetime_as_string(moved.to_numpy("datetime64[ms]")).tolist()
    told = [
        text.replace("T", " ") + line[23:]
        for text, line, keep in zip(texts, lines, inside, strict=True)
        if keep
    ]
    return head + titles + b"\r\n" + "\r\n".join([*told, ""]).encode()


def _moved(stamps: pd.Series, fault: str) -> pd.Series:
    moved = stamps.copy()
    middle = len(stamps) // 2
    if fault == "drift":
        return stamps + pd.to_timedelta(np.arange(len(stamps)) // 3600 * 0.05, unit="s")
    if fault == "offset":
        return stamps + pd.Timedelta(milliseconds=300)
    if fault == "stamp twice":
        moved.iloc[middle] = moved.iloc[middle - 1]
        return moved
    # Whole seconds ahead would be a gap like any other.
    moved.iloc[middle:] += pd.Timedelta(seconds=-60.0 if fault == "jump back" else 7.3)
    return moved


def _set_time(path: Path, moment: pd.Timestamp) -> None:
    seconds = moment.timestamp()
    os.utime(path, (seconds, seconds))


def write_configuration(folder: Path, text: str, stations: Sequence[Station]) -> None:
    """Write what an operator writes: the list of stations and the configuration."""
    lines = [
        f"{s.station_code},{s.latitude_deg},{s.longitude_deg},{s.name},{s.time_zone}"
        for s in stations
    ]
    title = "station_code,latitude_deg,longitude_deg,name,time_zone"
    write_bytes(folder / "stations.csv", "\n".join([title, *lines, ""]).encode())
    write_bytes(folder / "operate.toml", text.encode())
