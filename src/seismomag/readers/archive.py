"""Folders of BMKG day files.

Two layouts are known: ``<root>/<STN>/SData/<yymm>/S<yymmdd>.<STN>[.gz]`` and
``<root>/<STN>/S<yymmdd>.<STN>[.gz]``; both may stand side by side.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from seismomag.core.errors import FormatError
from seismomag.core.recording import sha256_of
from seismomag.readers.file_names import day_file_name, parse_day_file
from seismomag.readers.recognition import read
from seismomag.readers.unwrap import LIMIT_BYTES, unwrap

COLUMNS = ("station_code", "day", "path", "error")


@dataclass(frozen=True)
class DayFolder:
    """An archive of day files; a small object that travels to worker processes.

    Attributes
    ----------
    root
        The folder above the stations.
    """

    root: Path

    def load_day(self, station_code: str, day: np.datetime64) -> xr.Dataset | None:
        """Load one station-day.

        Returns
        -------
        recording
            None when there is no file.

        Raises
        ------
        FormatError
            The file is damaged, contradicts its name, or two files of this day disagree.
        """
        paths = day_paths(self.root, station_code, day)
        if not paths:
            return None
        _refuse_disagreement(paths)
        return read(paths[0], station_code=station_code)

    def days(self) -> pd.DataFrame:
        """List what is there; see :func:`find_days`."""
        return find_days(self.root)


def day_paths(root: str | Path, station_code: str, day: np.datetime64) -> list[Path]:
    """Existing files of one station-day, in both layouts, plain before compressed."""
    name = day_file_name(station_code, day)
    station = Path(root) / station_code
    folders = (station / "SData" / name[1:5], station)
    candidates = [folder / (name + end) for folder in folders for end in ("", ".gz")]
    return [path for path in candidates if path.is_file()]


def find_days(root: str | Path) -> pd.DataFrame:
    """List the day files of an archive.

    Parameters
    ----------
    root
        The folder above the stations.

    Returns
    -------
    days
        One row for each station-day: ``station_code``, ``day`` (datetime64), ``path`` (text) and
        ``error``: empty, or why this day must not be used (two files that disagree, a file in
        the folder of another station). Sorted by station and day.

    Raises
    ------
    FormatError
        There is no such folder, or no day file in it.
    """
    root = Path(root)
    if not root.is_dir():
        msg = f"{root}: no such folder; expected <root>/<STN>/[SData/<yymm>/]S<yymmdd>.<STN>[.gz]"
        raise FormatError(msg)
    found: dict[tuple[str, np.datetime64], list[Path]] = {}
    rows: list[tuple[str, np.datetime64, str, str]] = []
    for folder, path in _day_files(root):
        stated = parse_day_file(path.name)
        if stated is None:
            continue
        code, day = stated
        if code == folder.upper():
            found.setdefault((folder, day), []).append(path)
        else:
            error = f"a file of station {code} in the folder of {folder}"
            rows.append((folder, day, str(path), error))
    rows += [(code, day, str(paths[0]), _error(paths)) for (code, day), paths in found.items()]
    if not rows:
        msg = f"{root}: no day file; expected <STN>/[SData/<yymm>/]S<yymmdd>.<STN>[.gz]"
        raise FormatError(msg)
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table["day"] = table["day"].astype("datetime64[ns]")
    return table.sort_values(["station_code", "day", "path"], ignore_index=True)


def _day_files(root: Path) -> Iterator[tuple[str, Path]]:
    """Files in the folders of stations, plain before compressed."""
    for station in sorted(p for p in root.iterdir() if p.is_dir()):
        months = sorted(p for p in (station / "SData").glob("[0-9]" * 4) if p.is_dir())
        for folder in (*months, station):
            for path in sorted(folder.iterdir()):
                if path.is_file():
                    yield station.name, path


def _error(paths: list[Path]) -> str:
    try:
        _refuse_disagreement(paths)
    except FormatError as error:
        return str(error)
    return ""


def _refuse_disagreement(paths: list[Path]) -> None:
    if len(paths) < 2:
        return
    digests = {_digest(path) for path in paths}
    if len(digests) > 1:
        names = ", ".join(str(path) for path in paths)
        msg = f"{names}: files of one day that disagree; keep the right one"
        raise FormatError(msg)


def _digest(path: Path) -> str:
    if path.stat().st_size > LIMIT_BYTES:
        msg = f"{path}: {path.stat().st_size:,} bytes, more than the {LIMIT_BYTES:,} of a recording"
        raise FormatError(msg)
    return sha256_of(unwrap(path.read_bytes(), str(path)))
