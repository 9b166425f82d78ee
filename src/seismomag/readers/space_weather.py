"""Kp, Dst and F10.7 from the archives that publish them, joined by trust."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from seismomag.core.atomic import write_bytes
from seismomag.core.errors import FormatError
from seismomag.core.schema import SPACE_WEATHER_COLUMNS, check_space_weather
from seismomag.readers import dst_layouts, kp_layouts
from seismomag.readers.delimited import decode, load_all, read_table, refuse_empty
from seismomag.readers.index_rows import QUANTITY, RANGES, STATUSES
from seismomag.readers.merge_report import MergeReport

HEAD_BYTES = 8192
_VALUES = ("kp", "dst_nt", "f107_sfu")


@dataclass(frozen=True)
class SpaceWeatherReader:
    """A kind of archive: how to know it by its first bytes, how to read it."""

    name: str
    is_mine: Callable[[bytes], bool]
    read: Callable[[bytes, str], pd.DataFrame]


def _is_own(head: bytes) -> bool:
    return head.startswith(",".join(SPACE_WEATHER_COLUMNS).encode())


def _read_own(data: bytes, name: str) -> pd.DataFrame:
    table = read_table(decode(data, name), name)
    rows = pd.DataFrame(
        {
            "time": table.time("time"),
            **{column: table.number(column, *RANGES[column]) for column in _VALUES},
            "status": table.text("status"),
            "available_time": table.time("available_time"),
        }
    )
    strange = sorted(set(rows["status"]) - set(STATUSES))
    if strange:
        msg = f"{name}: status {strange[0]!r} is none of {', '.join(STATUSES)}"
        raise FormatError(msg)
    known = rows[list(_VALUES)].notna().to_numpy()
    crowded = np.flatnonzero(known.sum(axis=1) > 1)
    if crowded.size:
        msg = f"{name}, line {table.line[crowded[0]]}: two indices, expected one in each row"
        raise FormatError(msg)
    rows[QUANTITY] = np.where(known.any(axis=1), np.array(_VALUES)[known.argmax(axis=1)], "")
    return rows


SPACE_WEATHER_READERS: tuple[SpaceWeatherReader, ...] = (
    SpaceWeatherReader("seismomag", _is_own, _read_own),
    SpaceWeatherReader("kp_table", kp_layouts.is_kp_table, kp_layouts.read_kp_table),
    SpaceWeatherReader("gfz_text", kp_layouts.is_gfz_text, kp_layouts.read_gfz_text),
    SpaceWeatherReader("gfz_json", kp_layouts.is_gfz_json, kp_layouts.read_gfz_json),
    SpaceWeatherReader("celestrak", kp_layouts.is_celestrak, kp_layouts.read_celestrak),
    SpaceWeatherReader("dst_wdc", dst_layouts.is_wdc_dst, dst_layouts.read_wdc_dst),
    SpaceWeatherReader("dst_iaga", dst_layouts.is_iaga_dst, dst_layouts.read_iaga_dst),
)


def read_space_weather(paths: str | Path | Iterable[str | Path]) -> pd.DataFrame:
    """Read one or several archives of geomagnetic and solar indices.

    Parameters
    ----------
    paths
        Files in any layout of :data:`SPACE_WEATHER_READERS`, known by their content; gz, xz
        and zip are unwrapped.

    Returns
    -------
    space_weather
        Columns of ``SPACE_WEATHER_COLUMNS``, sorted by time. ``time`` is the beginning of the
        interval (Kp 3 h, Dst 1 h, F10.7 one day). Each row speaks of one index, the others are
        NaN there; a missing value is NaN too. Where several rows give one index for one time,
        a value stands before a gap, final before provisional before nowcast, and among equals
        the later file.

    Raises
    ------
    FormatError
        Names file, line, what was found and what was expected.
    """
    return read_space_weather_with_report(paths)[0]


def read_space_weather_with_report(
    paths: str | Path | Iterable[str | Path],
) -> tuple[pd.DataFrame, MergeReport]:
    """Read as :func:`read_space_weather`, and say what was merged.

    Returns
    -------
    space_weather, report
        The table, and counts with a sentence for each thing that a person should know.
    """
    tables = [read_indices(data, name) for data, name in load_all(paths)]
    joined, n_revised = _join(tables)
    n_read = sum(len(table) for table in tables)
    sentences = [
        f"{quantity}: {n_known} values from {first} to {last}, {n_missing} missing"
        for quantity, n_known, first, last, n_missing in _spans(joined)
    ]
    if n_revised:
        sentences.append(
            f"{n_revised} values of a less trusted or earlier file differ from the ones kept"
        )
    report = MergeReport(n_read=n_read, n_merged=n_read - len(joined), sentences=tuple(sentences))
    return check_space_weather(joined[list(SPACE_WEATHER_COLUMNS)]), report


def read_indices(data: bytes, name: str) -> pd.DataFrame:
    """Read the bytes of one archive, in the layout that its first bytes show.

    Raises
    ------
    FormatError
        No known layout, or a damaged file.
    """
    refuse_empty(data, name)
    for reader in SPACE_WEATHER_READERS:
        if reader.is_mine(data[:HEAD_BYTES]):
            return reader.read(data, name)
    known = ", ".join(reader.name for reader in SPACE_WEATHER_READERS)
    msg = f"{name}: begins with {data[:40]!r}, expected one of the layouts {known}"
    raise FormatError(msg)


def write_space_weather(space_weather: pd.DataFrame, path: str | Path) -> Path:
    """Write indices as CSV that :func:`read_space_weather` gives back as they were.

    Returns
    -------
    path
        The file, which appears whole or not at all.
    """
    rows = check_space_weather(space_weather)[list(SPACE_WEATHER_COLUMNS)].copy()
    for column in ("time", "available_time"):
        rows[column] = rows[column].dt.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return write_bytes(path, rows.to_csv(index=False, lineterminator="\n").encode())


def _join(tables: Sequence[pd.DataFrame]) -> tuple[pd.DataFrame, int]:
    rows = pd.concat(tables, ignore_index=True)
    value = rows[list(_VALUES)].to_numpy(np.float64)
    known = np.isfinite(value).any(axis=1)
    trust = rows["status"].map({status: rank for rank, status in enumerate(STATUSES)})
    order = np.lexsort((rows.index, trust, known, rows[QUANTITY], rows["time"]))
    ordered = rows.iloc[order].reset_index(drop=True)
    is_dropped = ordered.duplicated(["time", QUANTITY], keep="last").to_numpy()
    # The row that stays is the next one that is not dropped.
    stays = np.flatnonzero(~is_dropped)
    keeper = stays[np.searchsorted(stays, np.flatnonzero(is_dropped))]
    values = np.nan_to_num(value[order], nan=0.0).sum(axis=1)
    was_known = known[order][is_dropped]
    n_revised = int((was_known & (values[is_dropped] != values[keeper])).sum())
    return ordered[~is_dropped].reset_index(drop=True), n_revised


def _spans(rows: pd.DataFrame) -> Iterable[tuple[str, int, str, str, int]]:
    for quantity in _VALUES:
        mine = rows[rows[QUANTITY] == quantity]
        known = mine[mine[quantity].notna()]
        if len(known):
            first, last = str(known["time"].iloc[0]), str(known["time"].iloc[-1])
            yield quantity, len(known), first, last, len(mine) - len(known)
