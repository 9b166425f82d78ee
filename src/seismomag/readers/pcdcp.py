"""PCDCP text of the USGS: one day of integers, a header that names the components."""

import re

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from seismomag.core.errors import FormatError
from seismomag.core.recording import make_recording, sha256_of
from seismomag.readers.elements import compose, is_main_field
from seismomag.readers.placement import place_on_grid

NAME = "PCDCP"
LOOKS_FOR = "a first line such as 'CMO  2020  061  01-Mar-20  HEZF  0.001nT  File Version'"

_HEADER = re.compile(
    rb"(?P<code>[A-Z0-9]{3,4}) {1,4}(?P<year>\d{4}) {1,4}(?P<doy>\d{3}) {1,4}\d\d-[A-Za-z]{3}-\d\d "
    rb"{1,4}(?P<letters>[A-Z]{3,4}) {1,4}(?P<unit>0\.0\d?1) ?nT\b[^\r\n]{0,80}\r?\n"
)
_SECOND_MISSING = 99_999_990
_MINUTE_MISSING = 9_999_999
_MAX_BAD_SHARE = 0.2


def is_mine(head: bytes) -> bool:
    """Whether the first line is a PCDCP header."""
    return _HEADER.match(head[:256]) is not None


def read(data: bytes, name: str) -> xr.Dataset:
    """Read one day.

    Returns
    -------
    recording
        Seconds for a unit of 0.001 nT, minutes for 0.01 nT; the components that the header
        names, D as an angle in minutes of arc.

    Raises
    ------
    FormatError
        The header, the date or more than a fifth of the lines cannot be read.
    """
    header = _HEADER.match(data)
    if header is None:
        msg = f"{name}: no {NAME} header; expected {LOOKS_FOR}"
        raise FormatError(msg)
    letters, unit = header["letters"].decode(), float(header["unit"])
    is_second = unit < 0.005
    table, n_bad = _table(data[header.end() :], len(letters), name)
    start = _midnight_ns(int(header["year"]), int(header["doy"]), name)
    step_ns = 1_000_000_000 if is_second else 60_000_000_000
    values = table[:, 1:].T * unit
    limit = _SECOND_MISSING if is_second else _MINUTE_MISSING
    values[np.abs(table[:, 1:].T) >= limit] = np.nan
    composed = compose(dict(zip(letters, values, strict=True)), name=name)
    placed = place_on_grid(start + table[:, 0] * step_ns, composed.field_nt, name=name)
    notes = [f"{n_bad} lines are no records"] if n_bad else []
    return make_recording(
        placed.field_nt,
        placed.start,
        sampling_hz=placed.sampling_hz,
        frame=composed.frame,
        station_code=header["code"].decode(),
        source_format=NAME,
        source_sha256=sha256_of(data),
        flags=placed.flags,
        clock_faults=placed.clock_faults,
        notes=(*notes, *composed.notes),
        is_absolute=is_main_field(composed.field_nt),
    )


def _table(body: bytes, n_letters: int, name: str) -> tuple[NDArray[np.int64], int]:
    """Integers, shape (n, 1 + n_letters), and the number of lines that are something else."""
    line = re.compile(rb"^ *\d{1,5}" + rb" +-?\d{1,9}" * n_letters + rb" *\r?$", re.MULTILINE)
    good = line.findall(body)
    n_lines = sum(1 for text in body.split(b"\n") if text.strip())
    n_bad = n_lines - len(good)
    if not good or n_bad > _MAX_BAD_SHARE * n_lines:
        msg = (
            f"{name}: {n_bad} of {n_lines} lines are not a time and {n_letters} integers; "
            "the file is empty, cut off or damaged"
        )
        raise FormatError(msg)
    numbers = np.fromstring(b" ".join(good).decode("ascii"), np.int64, sep=" ")
    return numbers.reshape(len(good), 1 + n_letters), n_bad


def _midnight_ns(year: int, day_of_year: int, name: str) -> int:
    if not (1900 <= year < 2200 and 1 <= day_of_year <= 366):
        msg = f"{name}: year {year}, day {day_of_year} is no date"
        raise FormatError(msg)
    day = np.datetime64(f"{year}-01-01", "D") + np.timedelta64(day_of_year - 1, "D")
    return int(day.astype("datetime64[ns]").astype(np.int64))
