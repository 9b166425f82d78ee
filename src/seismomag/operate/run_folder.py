"""A working directory made from a finished run on an invented network, to look at it on the page.

Everything goes the way of the operation: day files are written as instruments write them, and
the daily job reads, flags, transforms and forecasts them with the model of the run. What it
issues at once for many days is late, kept, and never scored.
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from seismomag.core.atomic import write_bytes
from seismomag.core.errors import ConfigError
from seismomag.core.progress import Progress, silent
from seismomag.core.schema import Catalogue
from seismomag.experiment.config import RunConfig, read_config
from seismomag.experiment.simulating import day_path
from seismomag.operate.audits import take_audit
from seismomag.operate.canonical import canonical
from seismomag.operate.clock import stamp
from seismomag.operate.daily.job import run_daily
from seismomag.operate.database import migrate, open_database
from seismomag.operate.network_sources import put_events
from seismomag.operate.rehearsal.clock import FILE_NAME as CLOCK_FILE
from seismomag.operate.settings import FILE_NAME, AlarmPlan, read_settings
from seismomag.readers import frg604rc
from seismomag.readers.catalogues import read_catalogue

RECORD = "run.json"
PLANTED = "planted"
OPERATION = "operation"
DAYS = 14
_RUN_AFTER = pd.Timedelta(hours=2, minutes=5)
_SEEN_AFTER = pd.Timedelta(minutes=15)

CONFIGURATION = """\
# Made from a finished run. An invented network; nothing here says anything about the earth.

[operation]
mode = "test"
start_day = {start}
least_free_gb = 0.0

[source]
settle_s = 0.0

[space_weather]
files = ["weather.csv"]

[alarm]
threshold = {alarm.threshold!r}
window_days = {alarm.window_days}
warning_probability = {alarm.warning_probability!r}
critical_probability = {alarm.critical_probability!r}
"""


@dataclass(frozen=True)
class _Run:
    """A finished run and the days of it that are shown."""

    folder: Path
    config: RunConfig
    days: tuple[np.datetime64, ...]

    @property
    def last_run_at(self) -> pd.Timestamp:
        """Time of the daily job after the last day."""
        return pd.Timestamp(self.days[-1]) + pd.Timedelta(days=1) + _RUN_AFTER


def find_run(path: Path) -> Path | None:
    """Return the run that a folder holds: itself, or the planted arm of a demo; None if none."""
    for place in (path, path / PLANTED):
        if (place / RECORD).is_file():
            return place
    return None


def open_run(path: Path, *, n_days: int = DAYS, progress: Progress = silent) -> Path:
    """Return the working directory beside a run; made when it is not there.

    Parameters
    ----------
    path
        The run folder, or that of a demo.
    n_days
        Last days of the run that are shown.
    progress
        Told how far the work is.

    Returns
    -------
    folder
        ``operation`` in the run folder.

    Raises
    ------
    ConfigError
        There is no finished run, or it read a real archive: that has an operation of its own.
    """
    run = find_run(path)
    if run is None:
        msg = f"{path}: neither a working directory ({FILE_NAME}) nor a run ({RECORD})"
        raise ConfigError(msg)
    folder = run / OPERATION
    if (folder / FILE_NAME).is_file():
        return folder
    part = run / f".{OPERATION}.part"
    shutil.rmtree(part, ignore_errors=True)
    _lay_out(_read(run, n_days), part, progress)
    # Last: a folder that is there is whole.
    return part.rename(folder)


def _read(run: Path, n_days: int) -> _Run:
    for name in ("model/manifest.json", "audit/verdict.json"):
        if not (run / name).is_file():
            msg = f"{run}: no {name}; finish the run first"
            raise ConfigError(msg)
    config = read_config(run / "config.toml")
    if config.simulation is None:
        msg = f"{run}: it read a real archive; serve its operation, or make one: seismomag init"
        raise ConfigError(msg)
    return _Run(run, config, tuple(config.simulated().days[-n_days:]))


def _lay_out(run: _Run, folder: Path, progress: Progress) -> None:
    _write_days(run, folder / "incoming", progress)
    shutil.copytree(run.folder / "model", folder / "models" / "champion")
    shutil.copy(run.folder / "space_weather.csv", folder / "weather.csv")
    take_audit(folder, run.folder)
    _write_configuration(run, folder)
    settings = read_settings(folder)
    engine = open_database(settings.database_url)
    try:
        migrate(engine)
        put_events(engine, _catalogue(run), "simulated", run.last_run_at)
    finally:
        engine.dispose()
    progress("daily job", 0, 1)
    run_daily(settings, catch_up=True, clock=lambda: run.last_run_at)
    progress("daily job", 1, 1)
    told = {
        "simulated_now": stamp(run.last_run_at + _SEEN_AFTER),
        "mode": "test",
        "sentence": "a finished run on an invented network; nothing here is an observation",
    }
    write_bytes(folder / CLOCK_FILE, canonical(told) + b"\n")


def _write_days(run: _Run, incoming: Path, progress: Progress) -> None:
    simulation = run.config.simulated()
    total = len(run.days) * len(simulation.stations)
    tasks = [(station.station_code, day) for day in run.days for station in simulation.stations]
    for done, (code, day) in enumerate(tasks):
        progress("write day files", done, total)
        recording = simulation.load_day(code, day)
        if recording is not None:
            path = day_path(incoming, "flat", code, day)
            path.parent.mkdir(parents=True, exist_ok=True)
            frg604rc.write(recording, path)
    progress("write day files", total, total)


def _catalogue(run: _Run) -> Catalogue:
    """Earthquakes until now: nobody knows the rest of the invented future."""
    found = read_catalogue([run.folder / "catalogue.csv"])
    before = found.events["origin_time"] < run.last_run_at
    return Catalogue(events=found.events[before].reset_index(drop=True), coverage=())


def _write_configuration(run: _Run, folder: Path) -> None:
    stations = ["station_code,latitude_deg,longitude_deg,name,time_zone"]
    stations += [
        f"{s.station_code},{s.latitude_deg},{s.longitude_deg},{s.name},{s.time_zone}"
        for s in run.config.stations
    ]
    write_bytes(folder / "stations.csv", "\n".join([*stations, ""]).encode())
    text = CONFIGURATION.format(start=run.days[0], alarm=_alarm(run))
    write_bytes(folder / FILE_NAME, text.encode())


def _alarm(run: _Run) -> AlarmPlan:
    """Frozen threshold of the run, as its audit keeps it."""
    told = json.loads((run.folder / "audit" / "audit.json").read_bytes())
    rule = told["provenance"]["alarm_rule"]
    threshold = min(max(float(rule["threshold"]), 1e-6), 0.999)
    return AlarmPlan(
        threshold=threshold,
        window_days=int(rule["state_days"]),
        warning_probability=max(threshold, 0.7),
        critical_probability=max(threshold, 0.9),
    )
