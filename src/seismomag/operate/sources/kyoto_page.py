"""The web page of a month of Dst: a table of fields that touch, inside ``<pre>``."""

import re

import numpy as np
import pandas as pd

from seismomag.core.errors import FormatError
from seismomag.readers.index_rows import NOWCAST, RANGES, index_rows

_PRE = re.compile(rb"<pre[^>]*>(.*?)</pre>", re.DOTALL | re.IGNORECASE)
_MONTH = re.compile(
    rb"\b(JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)[A-Z]*\s+(\d{4})\b", re.IGNORECASE
)
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_MISSING = 9999
_FIELD, _GROUP = 4, 8
# 24 fields of 4, in three groups with a blank between them, or without.
_GAPS = (1, 0)


def read_kyoto_page(data: bytes, name: str, status: str = NOWCAST) -> pd.DataFrame:
    """Read the table of one month.

    Fields of four characters touch (``-3519999``), so a line is cut from its right end, where the
    last field always stands; a cut is right when every field ends in a digit.

    Parameters
    ----------
    data
        The page.
    name
        For messages.
    status
        Of the folder that the page came from.

    Returns
    -------
    rows
        As of :func:`seismomag.readers.index_rows.index_rows`.

    Raises
    ------
    FormatError
        No table, no month in it, a line that cannot be cut, days out of order.
    """
    block = _PRE.search(data)
    if block is None:
        msg = f"{name}: no <pre> in the page, expected the table of a month"
        raise FormatError(msg)
    text = block.group(1)
    month = _month(text, name)
    days: list[int] = []
    values: list[list[float]] = []
    for line in text.decode("ascii", "replace").splitlines():
        row = _row(line.rstrip())
        if row is not None:
            days.append(row[0])
            values.append(row[1])
        elif re.match(r"\s*\d{1,2}\s+-?\d", line) and not _is_header(line):
            msg = f"{name}: cannot cut {line[:60]!r} into a day and 24 hours"
            raise FormatError(msg)
    return _rows(month, days, np.array(values), name, status)


def _month(text: bytes, name: str) -> np.datetime64:
    found = _MONTH.search(text)
    if found is None:
        msg = f"{name}: the table names no month"
        raise FormatError(msg)
    number = _MONTHS.index(found.group(1)[:3].decode().upper()) + 1
    return np.datetime64(f"{int(found.group(2)):04d}-{number:02d}", "M")


def _is_header(line: str) -> bool:
    return line.split() == [str(hour) for hour in range(1, 25)]


def _row(line: str) -> tuple[int, list[float]] | None:
    if _is_header(line):
        return None
    for gap in _GAPS:
        width = 24 * _FIELD + 2 * gap
        day = line[:-width].strip()
        fields = _fields(line[-width:], gap)
        if day.isdecimal() and 1 <= int(day) <= 31 and len(line) > width and fields is not None:
            return int(day), fields
    return None


def _fields(text: str, gap: int) -> list[float] | None:
    step = _GROUP * _FIELD + gap
    groups = [text[first : first + _GROUP * _FIELD] for first in range(0, 3 * step, step)]
    fields = [g[i : i + _FIELD] for g in groups for i in range(0, _GROUP * _FIELD, _FIELD)]
    between = (text[step - gap : step] + text[2 * step - gap : 2 * step]).strip()
    if between or not all(re.fullmatch(r" *-?\d+", field) for field in fields):
        return None
    return [np.nan if int(field) == _MISSING else float(field) for field in fields]


def _rows(
    month: np.datetime64,
    days: list[int],
    values: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    name: str,
    status: str,
) -> pd.DataFrame:
    if not days or days != list(range(1, len(days) + 1)):
        msg = f"{name}: found the days {days[:40]}, expected 1, 2, 3 ..."
        raise FormatError(msg)
    low, high = RANGES["dst_nt"]
    if ((values < low) | (values > high)).any():
        msg = f"{name}: Dst outside {low:g}..{high:g} nT"
        raise FormatError(msg)
    first = month.astype("datetime64[h]")
    if first + (len(days) - 1) * 24 >= (month + 1).astype("datetime64[h]"):
        msg = f"{name}: {len(days)} days, more than {month} has"
        raise FormatError(msg)
    return index_rows("dst_nt", first + np.arange(values.size), values.ravel(), status)
