"""Day files in a folder of this machine, or of a share that it mounts."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
import xarray as xr

from seismomag.core.errors import ConfigError
from seismomag.core.recording import sha256_of
from seismomag.operate.sources.answer import (
    DAMAGED,
    GROWING,
    NO_DATA,
    TOO_LARGE,
    UNSAFE,
    Answer,
    Body,
    Journal,
    Provenance,
    SourceError,
    answer,
)
from seismomag.operate.sources.day_pattern import fill
from seismomag.operate.sources.recordings import check_station, day_bounds, within
from seismomag.readers.archive import day_paths
from seismomag.readers.recognition import read_bytes
from seismomag.readers.unwrap import LIMIT_BYTES

_CLOCK_TOLERANCE = pd.Timedelta(minutes=2)
# No zone is further from UTC than this; more is a file whose own time says nothing.
_WIDEST_ZONE = pd.Timedelta(hours=15)


@dataclass(frozen=True, kw_only=True)
class FolderPlan:
    """Where the day files of a network lie.

    Attributes
    ----------
    root
        The folder above the stations.
    pattern
        Path below ``root`` of one station-day, with ``{code} {code_lower} {yyyy} {yy} {mm} {dd}
        {doy}``; empty for the two BMKG layouts of :mod:`seismomag.readers.archive`.
    settle_s
        A file changed less than this ago may still be written.
    period_s
        Seconds between samples that the files must have; None takes what comes.
    """

    root: Path
    pattern: str = ""
    settle_s: float = 30.0
    period_s: float | None = None

    def __post_init__(self) -> None:
        if self.settle_s < 0 or (self.period_s is not None and not self.period_s > 0):
            msg = (
                f"settle_s {self.settle_s} must not be negative, period_s {self.period_s} must be "
                "positive or None"
            )
            raise ConfigError(msg)
        path = PurePosixPath(self.pattern)
        if path.is_absolute() or ".." in path.parts:
            msg = f"pattern {self.pattern!r} must stay below the root folder"
            raise ConfigError(msg)
        if self.pattern:
            self.fill("AAA", np.datetime64("2025-01-01"))

    def fill(self, station_code: str, day: np.datetime64) -> str:
        """Path of one station-day below the root.

        Examples
        --------
        >>> plan = FolderPlan(root=Path("."), pattern="{yyyy}/{code_lower}{yyyy}{mm}{dd}vsec.sec")
        >>> plan.fill("WIC", np.datetime64("2024-05-10"))
        '2024/wic20240510vsec.sec'
        """
        return fill(self.pattern, station_code, day)


def get_folder_day(
    plan: FolderPlan,
    station_code: str,
    day: np.datetime64,
    *,
    now_s: Callable[[], float] = time.time,
) -> Answer[xr.Dataset]:
    """Read one station-day from a folder.

    Parameters
    ----------
    plan
        Where it lies.
    station_code, day
        What is asked; the content must agree with both.
    now_s
        The clock.

    Returns
    -------
    answer
        A recording of the UTC day; or a reason: no file, still growing, two files that disagree,
        damaged, a link that leaves the folder, another day or station, nothing but missing values.
    """

    def work(journal: Journal) -> xr.Dataset:
        contents = {}
        for path in _candidates(plan, station_code, day):
            data = _read(plan, path, now_s, journal)
            contents[journal.provenance[-1].sha256] = (path, data)
        if not contents:
            msg = f"{plan.root}: no file of station {station_code} for {day}"
            raise SourceError(NO_DATA, msg)
        recordings = [_recording(data, path, station_code) for path, data in contents.values()]
        if any(not recordings[0].equals(other) for other in recordings[1:]):
            names = ", ".join(str(path) for path, _ in contents.values())
            msg = f"{names}: files of one day that disagree; keep the right one"
            raise SourceError(UNSAFE, msg)
        path = next(iter(contents.values()))[0]
        _check_clock(recordings[0], plan, path, now_s(), journal)
        return within(recordings[0], *day_bounds(day), str(path))

    return answer(work)


def has_file(plan: FolderPlan, station_code: str, day: np.datetime64) -> bool:
    """Whether there is a file of a station-day, whatever is in it."""
    return bool(_candidates(plan, station_code, day))


def _candidates(plan: FolderPlan, station_code: str, day: np.datetime64) -> list[Path]:
    if not station_code.isalnum():
        msg = f"station code {station_code!r} must be letters and digits"
        raise SourceError(UNSAFE, msg)
    if not plan.pattern:
        return day_paths(plan.root, station_code, day)
    path = plan.root / plan.fill(station_code, day)
    return [path] if path.is_file() else []


def _read(plan: FolderPlan, path: Path, now_s: Callable[[], float], journal: Journal) -> bytes:
    if not path.resolve().is_relative_to(plan.root.resolve()):
        msg = f"{path}: a link that leaves {plan.root}; copy the file there"
        raise SourceError(UNSAFE, msg)
    before = path.stat()
    if now_s() - before.st_mtime < plan.settle_s:
        msg = f"{path}: changed less than {plan.settle_s:g} s ago, may still be written"
        raise SourceError(GROWING, msg)
    if before.st_size > LIMIT_BYTES:
        msg = f"{path}: {before.st_size:,} bytes, more than the {LIMIT_BYTES:,} of a recording"
        raise SourceError(TOO_LARGE, msg)
    data = path.read_bytes()
    after = path.stat()
    if (after.st_size, after.st_mtime_ns) != (len(data), before.st_mtime_ns):
        msg = f"{path}: changed while it was read"
        raise SourceError(GROWING, msg)
    journal.provenance.append(
        Provenance(
            url=path.resolve().as_uri(),
            fetched_at=pd.Timestamp(round(now_s() * 1000), unit="ms"),
            sha256=sha256_of(data),
            status=0,
            n_bytes=len(data),
        )
    )
    journal.bodies.append(Body(name=path.name, data=data, url=path.resolve().as_uri()))
    return data


def _check_clock(
    recording: xr.Dataset, plan: FolderPlan, path: Path, now_s: float, journal: Journal
) -> None:
    """Refuse what no clock in order can have written; note what is doubtful."""
    period_s = 1 / float(recording.attrs["sampling_hz"])
    if plan.period_s is not None and abs(period_s - plan.period_s) > 1e-6 * plan.period_s:
        msg = f"{path}: a sample every {period_s:g} s, expected every {plan.period_s:g} s"
        raise SourceError(DAMAGED, msg)
    last = pd.Timestamp(recording["time"].values[-1])
    if last > pd.Timestamp(now_s, unit="s") + _CLOCK_TOLERANCE:
        msg = f"{path}: stamps to {last}, which is still to come; local time labelled UTC?"
        raise SourceError(DAMAGED, msg)
    early = last - pd.Timestamp(path.stat().st_mtime, unit="s")
    if _CLOCK_TOLERANCE < early < _WIDEST_ZONE:
        journal.notes.append(
            f"{path}: stamps to {last}, {early.total_seconds() / 3600:.1f} h after the file was "
            "last written; local time labelled UTC?"
        )


def _recording(data: bytes, path: Path, station_code: str) -> xr.Dataset:
    return check_station(read_bytes(data, str(path)), station_code, str(path))
