"""Text in columns, for files whose meaning only a person knows and declares."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from seismomag.core.errors import ConfigError, FormatError
from seismomag.core.recording import FRAMES, make_recording, sha256_of
from seismomag.readers.elements import is_main_field
from seismomag.readers.misdecode import refuse_misdecode
from seismomag.readers.placement import place_on_grid
from seismomag.readers.unwrap import unwrap

NAME = "columns"
_MAX_BAD_SHARE = 0.2


@dataclass(frozen=True, kw_only=True)
class ColumnMap:
    """What the columns of a text file mean.

    Attributes
    ----------
    station_code
        The station.
    frame
        One of ``seismomag.core.recording.FRAMES``.
    time
        Columns that make up the time, joined by a blank: names of the header line, or
        positions from 0 where ``has_header`` is false.
    components
        The three columns of the frame, in its order.
    time_format
        For :func:`pandas.to_datetime`, such as ``"%Y-%m-%d %H:%M:%S"``; ``"ISO8601"`` for
        mixed ISO stamps. Stamps with a zone are converted to UTC, others are UTC.
    delimiter
        One character, or ``"blank"`` for any run of white space.
    has_header
        Whether the first line that is no comment names the columns.
    comment
        Lines that begin with this character are left out.
    scale_nt
        nT for one unit of the file: 1 for nT, 0.001 for pT, 1000 for microtesla.
    missing
        Numbers that stand for no value, before scaling.
    is_absolute
        Whether the values carry the main field; None decides by their strength.

    Examples
    --------
    >>> ColumnMap(station_code="ALR", frame="HDZ", time=("time",), components=("H", "D", "Z"))
    ColumnMap(station_code='ALR', frame='HDZ', ...)
    """

    station_code: str
    frame: str
    time: tuple[str | int, ...]
    components: tuple[str | int, str | int, str | int]
    time_format: str = "ISO8601"
    delimiter: str = ","
    has_header: bool = True
    comment: str = "#"
    scale_nt: float = 1.0
    missing: tuple[float, ...] = (99_999.0, 88_888.0)
    is_absolute: bool | None = None

    def __post_init__(self) -> None:
        if self.frame not in FRAMES:
            msg = f"frame {self.frame!r} is none of {', '.join(FRAMES)}"
            raise ConfigError(msg)
        if len(self.components) != 3 or not self.time:
            msg = "a ColumnMap needs three component columns and at least one time column"
            raise ConfigError(msg)
        columns = (*self.time, *self.components)
        if len(set(columns)) < len(columns):
            msg = f"a column stands twice in {columns}; every column has one meaning"
            raise ConfigError(msg)
        if any(isinstance(c, str) != self.has_header for c in columns):
            msg = "columns are names where has_header is true, positions from 0 where it is false"
            raise ConfigError(msg)
        if not self.scale_nt > 0 or not np.isfinite(self.scale_nt):
            msg = f"scale_nt {self.scale_nt} must be a positive number of nT for one unit"
            raise ConfigError(msg)
        if self.delimiter != "blank" and len(self.delimiter) != 1:
            msg = f"delimiter {self.delimiter!r} must be one character, or 'blank'"
            raise ConfigError(msg)


def read_columns(path: str | Path, mapping: ColumnMap) -> xr.Dataset:
    """Read text in columns by a declared mapping.

    Parameters
    ----------
    path
        The file; gzip, xz and zip are taken off.
    mapping
        What its columns mean.

    Returns
    -------
    recording
        On a uniform grid, faults of the clock in words.

    Raises
    ------
    FormatError
        A column is absent, or more than a fifth of the lines has no time or no number.
    """
    name = str(path)
    data = unwrap(Path(path).read_bytes(), name)
    table = _table(data, mapping, name)
    stamps_ns, known = _stamps(table, mapping, name)
    field, n_bad = _values(table, mapping)
    if n_bad > _MAX_BAD_SHARE * field.size:
        msg = f"{name}: {n_bad} of {field.size} fields are no numbers; check the mapping"
        raise FormatError(msg)
    placed = place_on_grid(stamps_ns[known], field[:, known], name=name)
    refuse_misdecode(placed.field_nt, name)
    n_lost = int((~known).sum())
    notes = [f"{n_lost} lines without a readable time are left out"] if n_lost else []
    if n_bad:
        notes.append(f"{n_bad} fields are no numbers; they are missing")
    absolute = is_main_field(field) if mapping.is_absolute is None else mapping.is_absolute
    return make_recording(
        placed.field_nt,
        placed.start,
        sampling_hz=placed.sampling_hz,
        frame=mapping.frame,
        station_code=mapping.station_code,
        source_format=NAME,
        source_sha256=sha256_of(data),
        flags=placed.flags,
        clock_faults=placed.clock_faults,
        notes=notes,
        is_absolute=absolute,
    )


def _table(data: bytes, mapping: ColumnMap, name: str) -> pd.DataFrame:
    wanted = [*mapping.time, *mapping.components]
    try:
        table = pd.read_csv(
            io.BytesIO(data),
            sep=r"\s+" if mapping.delimiter == "blank" else mapping.delimiter,
            header=0 if mapping.has_header else None,
            comment=mapping.comment or None,
            dtype=str,
            keep_default_na=False,
            skipinitialspace=True,
            on_bad_lines="skip",
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        msg = f"{name}: not text in columns ({error}); check delimiter and header in the mapping"
        raise FormatError(msg) from error
    absent = [str(c) for c in wanted if c not in table.columns]
    if absent:
        found = ", ".join(str(c) for c in table.columns[:20])
        msg = f"{name}: no column {', '.join(absent)}; found {found}"
        raise FormatError(msg)
    return table


def _stamps(
    table: pd.DataFrame, mapping: ColumnMap, name: str
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    text = table[mapping.time[0]].fillna("").str.strip()
    for column in mapping.time[1:]:
        text = text + " " + table[column].fillna("").str.strip()
    times = pd.to_datetime(text, format=mapping.time_format, errors="coerce", utc=True)
    known = times.notna().to_numpy()
    if len(table) == 0 or known.sum() < (1 - _MAX_BAD_SHARE) * len(table):
        first = text[~known].iloc[0] if len(table) else ""
        msg = (
            f"{name}: {int((~known).sum())} of {len(table)} times do not fit "
            f"{mapping.time_format!r}, the first is {first!r}; check time_format in the mapping"
        )
        raise FormatError(msg)
    naive = times.dt.tz_localize(None).to_numpy("datetime64[ns]")
    return naive.astype(np.int64), known


def _values(table: pd.DataFrame, mapping: ColumnMap) -> tuple[NDArray[np.float64], int]:
    field = np.empty((3, len(table)))
    n_bad = 0
    for i, column in enumerate(mapping.components):
        text = table[column].fillna("").str.strip()
        numbers = pd.to_numeric(text, errors="coerce").to_numpy(np.float64, copy=True)
        n_bad += int((~np.isfinite(numbers) & ~text.isin(["", "nan", "NaN", "NA"])).sum())
        numbers[np.isin(numbers, mapping.missing) | ~np.isfinite(numbers)] = np.nan
        field[i] = numbers * mapping.scale_nt
    return field, n_bad
