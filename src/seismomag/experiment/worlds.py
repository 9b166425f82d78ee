"""Where the days of a run come from: an invented network, its files, or a real archive."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd
import xarray as xr

from seismomag.core.errors import ConfigError, CoverageError, FormatError
from seismomag.core.progress import Progress
from seismomag.core.recording import cut, utc_days
from seismomag.core.schema import SPACE_WEATHER_COLUMNS, Catalogue, Interval, empty_table
from seismomag.experiment.config import ArchiveFile, ArchivePlan, RunConfig
from seismomag.experiment.runs import RunFolder
from seismomag.readers import read
from seismomag.readers.archive import DayFolder, find_days
from seismomag.readers.catalogues import read_catalogue_with_report
from seismomag.readers.space_weather import read_space_weather
from seismomag.signal.rotation import rotate


class DaySource(Protocol):
    """Anything that gives the recording of a station-day, or None where there is none."""

    def load_day(self, station_code: str, day: np.datetime64) -> xr.Dataset | None:
        """Give one UTC day of one station."""
        ...


@dataclass(frozen=True)
class World:
    """All that a run takes from outside.

    Attributes
    ----------
    days
        Columns ``station_code, day``: station-days that may exist.
    source
        Gives their recordings.
    catalogue, space_weather
        What labels and conditions them.
    reasons
        Sentences about what is missing.
    """

    days: pd.DataFrame
    source: DaySource
    catalogue: Catalogue
    space_weather: pd.DataFrame
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class ListedFiles:
    """An archive of files listed by hand; picklable, and it keeps the last file it read.

    Attributes
    ----------
    root
        Folder of the files.
    by_day
        ``(station_code, ISO day) -> file``.
    frame
        Frame that every day is brought into.
    """

    root: Path
    by_day: dict[tuple[str, str], ArchiveFile]
    frame: str
    _kept: dict[str, xr.Dataset] = field(default_factory=dict, repr=False, compare=False)

    def load_day(self, station_code: str, day: np.datetime64) -> xr.Dataset | None:
        """Give one UTC day of one station."""
        file = self.by_day.get((station_code, str(day)))
        if file is None:
            return None
        if file.path not in self._kept:
            self._kept.clear()
            self._kept[file.path] = _in_frame(_open(self.root, file), file, self.frame)
        return cut(self._kept[file.path], day, day + np.timedelta64(1, "D"))


def find_world(config: RunConfig, folder: RunFolder, progress: Progress) -> World:
    """Bring together everything that a run takes from outside.

    Raises
    ------
    ConfigError, CoverageError, FormatError
        A folder is missing or empty, a file is not what it should be.
    """
    if config.simulation is not None:
        return _simulated_world(config, folder)
    catalogue, reasons = _catalogue(config)
    weather, more = _space_weather(config)
    days, source, unread = _archive(config, progress)
    return World(days, source, catalogue, weather, (*reasons, *more, *unread))


def lists_of(config: RunConfig) -> tuple[Catalogue, pd.DataFrame, tuple[str, ...]]:
    """Earthquakes and space weather of a run, without looking for its recordings.

    Returns
    -------
    catalogue, space_weather, reasons
        With sentences about what is missing.
    """
    if config.simulation is not None:
        simulation = config.simulated()
        return simulation.catalogue, simulation.space_weather, ()
    catalogue, reasons = _catalogue(config)
    weather, more = _space_weather(config)
    return catalogue, weather, (*reasons, *more)


def _simulated_world(config: RunConfig, folder: RunFolder) -> World:
    simulation = config.simulated()
    pairs = [(s.station_code, day) for day in simulation.days for s in config.stations]
    days = pd.DataFrame(pairs, columns=["station_code", "day"])
    source: DaySource = simulation
    if config.simulation is not None and config.simulation.write_files:
        root = folder / "archive"
        found = find_days(root)
        if found.empty:
            msg = f"{root}: no day files; run `seismomag simulate` first"
            raise CoverageError(msg)
        days, source = found[["station_code", "day"]], DayFolder(root)
    return World(days, source, simulation.catalogue, simulation.space_weather)


def _catalogue(config: RunConfig) -> tuple[Catalogue, tuple[str, ...]]:
    plan = config.catalogue
    if plan is None:
        msg = f"{config.source.path}: no [catalogue]"
        raise ConfigError(msg)
    paths = [config.source.resolve(f) for f in plan.files]
    declared = [Interval(pd.Timestamp(a), pd.Timestamp(b)) for a, b in plan.coverage]
    catalogue, report = read_catalogue_with_report(paths, coverage=declared or None)
    return catalogue, tuple(report.sentences)


def _space_weather(config: RunConfig) -> tuple[pd.DataFrame, tuple[str, ...]]:
    if config.space_weather is None:
        said = "No Kp or Dst was given: every sample is storm unknown."
        return empty_table(SPACE_WEATHER_COLUMNS), (said,)
    return read_space_weather([config.source.resolve(f) for f in config.space_weather.files]), ()


def _archive(
    config: RunConfig, progress: Progress
) -> tuple[pd.DataFrame, DaySource, tuple[str, ...]]:
    plan = config.archive
    if plan is None:
        msg = f"{config.source.path}: no [archive]"
        raise ConfigError(msg)
    root = config.source.resolve(plan.root)
    if not root.is_dir():
        msg = f"{config.source.path}: archive.root {root} is not a folder"
        raise CoverageError(msg)
    codes = {s.station_code for s in config.stations}
    if plan.files:
        source, unread = _listed(root, plan, config, progress)
        rows = [(code, np.datetime64(day)) for code, day in source.by_day]
        return pd.DataFrame(rows, columns=["station_code", "day"]), source, unread
    found = find_days(root)
    known = found[found["station_code"].isin(codes)]
    if known.empty:
        msg = (
            f"{root}: no day files of the stations {', '.join(sorted(codes))}; expected "
            "STATION/SData/yymm/Syymmdd.STATION or STATION/Syymmdd.STATION, plain or .gz"
        )
        raise CoverageError(msg)
    days = known[["station_code", "day"]].reset_index(drop=True)
    return days, DayFolder(root), ()


def _listed(
    root: Path, plan: ArchivePlan, config: RunConfig, progress: Progress
) -> tuple[ListedFiles, tuple[str, ...]]:
    by_day: dict[tuple[str, str], ArchiveFile] = {}
    unread: list[str] = []
    for done, file in enumerate(plan.files):
        progress("look into the archive", done, len(plan.files))
        try:
            recording = _open(root, file)
        except (FormatError, FileNotFoundError) as error:
            unread.append(f"Left out: {error}")
            continue
        for day in file.days or tuple(str(day) for day in utc_days(recording)):
            _claim(by_day, _code_of(recording, root / file.path, config), day, file, config)
    progress("look into the archive", len(plan.files), len(plan.files))
    if not by_day:
        msg = f"{root}: none of the {len(plan.files)} listed files can be used: {unread[0]}"
        raise CoverageError(msg)
    return ListedFiles(root, by_day, plan.frame), tuple(unread)


def _code_of(recording: xr.Dataset, path: Path, config: RunConfig) -> str:
    code = str(recording.attrs["station_code"])
    codes = sorted(s.station_code for s in config.stations)
    if code not in codes:
        msg = f"{path}: station {code!r} is none of {', '.join(codes)}; give station_code"
        raise ConfigError(msg)
    return code


def _claim(
    by_day: dict[tuple[str, str], ArchiveFile],
    code: str,
    day: str,
    file: ArchiveFile,
    config: RunConfig,
) -> None:
    other = by_day.setdefault((code, day), file)
    if other is not file:
        msg = (
            f"{config.source.path}: {code} {day} stands in {other.path} and in {file.path}; "
            "name the days to take from each with days = [...]"
        )
        raise ConfigError(msg)


def _open(root: Path, file: ArchiveFile) -> xr.Dataset:
    return read(root / file.path, station_code=file.station_code or None)


def _in_frame(recording: xr.Dataset, file: ArchiveFile, frame: str) -> xr.Dataset:
    if recording.attrs["frame"] == frame:
        return recording
    if file.declination_deg is None:
        msg = (
            f"{file.path}: frame {recording.attrs['frame']}, the store holds {frame}; "
            "give declination_deg for this file"
        )
        raise ConfigError(msg)
    return rotate(recording, frame, declination_deg=file.declination_deg)
