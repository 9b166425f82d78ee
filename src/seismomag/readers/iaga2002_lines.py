"""Fixed columns of IAGA-2002 data records, parsed as whole arrays of bytes."""

import re
from dataclasses import dataclass
from datetime import date as date_type

import numpy as np
from numpy.typing import NDArray

from seismomag.core.constants import NANOSECONDS_PER_DAY
from seismomag.core.errors import FormatError

LINE_BYTES = 70
MAX_BAD_SHARE = 0.2

_VALUE_START = 30
_VALUE_BYTES = 10
_POINT = 7
_SPACE, _MINUS, _DOT, _ZERO = 32, 45, 46, 48
_TAB, _NEWLINE, _RETURN = 9, 10, 13
_NO_DAY = -100_000
_EPOCH_ORDINAL = date_type(1970, 1, 1).toordinal()
_PLAIN = re.compile(r"[+-]?\d{1,8}(\.\d{0,6})?", re.ASCII)


@dataclass(frozen=True)
class Records:
    """Parsed data records.

    Attributes
    ----------
    stamps_ns
        Shape (n,), nanoseconds since 1970-01-01 UTC.
    values
        Shape (n_elements, n), as written: missing values are still numbers.
    is_leap
        Shape (n,): whether the record is of a leap second, 23:59:60; its stamp is that of the
        midnight after.
    wrong_day_of_year
        Shape (n,): whether the DOY column contradicts the date.
    n_bad
        Lines that are no record.
    first_bad
        The first of them.
    """

    stamps_ns: NDArray[np.int64]
    values: NDArray[np.float64]
    is_leap: NDArray[np.bool_]
    wrong_day_of_year: NDArray[np.bool_]
    n_bad: int
    first_bad: str


def parse(body: bytes, n_elements: int, name: str) -> Records:
    """Parse the lines after the column line.

    Parameters
    ----------
    body
        Everything after the column line.
    n_elements
        How many values a line carries, 1 to 4.
    name
        The file, for messages.

    Raises
    ------
    FormatError
        No record, or more than a fifth of the lines is not readable.
    """
    chars = _characters(body)
    n_lines = chars.shape[1]
    if n_lines == 0:
        msg = f"{name}: no data line after the column line; the file is empty or cut off"
        raise FormatError(msg)
    stamps, is_leap, wrong_doy, good = _times(chars)
    values = np.empty((n_elements, n_lines))
    for k in range(n_elements):
        first = _VALUE_START + k * _VALUE_BYTES
        values[k], clear = _decimals(chars[first : first + _VALUE_BYTES])
        if not clear.all():
            _reparse(chars[first : first + _VALUE_BYTES], values[k], clear)
        good &= clear
    bad = np.flatnonzero(~good)
    first_bad = _shown(chars[:, bad[0]]) if bad.size else ""
    if bad.size > MAX_BAD_SHARE * n_lines:
        msg = (
            f"{name}: {bad.size} of {n_lines} lines are no IAGA-2002 records, the first is "
            f"{first_bad!r}"
        )
        raise FormatError(msg)
    if bad.size:
        stamps, is_leap, wrong_doy = stamps[good], is_leap[good], wrong_doy[good]
        values = values[:, good]
    return Records(stamps, values, is_leap, wrong_doy, int(bad.size), first_bad)


def _characters(body: bytes) -> NDArray[np.uint8]:
    """All non-empty lines as columns of 70 characters, shape (70, n)."""
    raw = np.frombuffer(body, np.uint8)
    width = body.find(b"\n") + 1
    if width > LINE_BYTES:
        n = -(-raw.size // width)
        if raw.size < n * width:
            # A last line without its line end.
            ending = body[width - 2 : width] if body[width - 2] == _RETURN else b"\n"
            body = body.rstrip(b"\r\n") + ending
            raw = np.frombuffer(body, np.uint8)
        if raw.size == n * width:
            table = raw.reshape(n, width)
            if int((raw == _NEWLINE).sum()) == n and bool((table[:, -1] == _NEWLINE).all()):
                return np.ascontiguousarray(table[:, :LINE_BYTES].T)
    return _ragged(raw)


def _ragged(raw: NDArray[np.uint8]) -> NDArray[np.uint8]:
    ends = np.flatnonzero(np.append(raw, np.uint8(_NEWLINE)) == _NEWLINE)
    starts = np.concatenate([[0], ends[:-1] + 1])
    filled = ends - starts > 1
    starts, ends = starts[filled], ends[filled]
    columns = starts + np.arange(LINE_BYTES)[:, None]
    inside = columns < ends
    table = np.where(inside, raw[np.where(inside, columns, 0)], np.uint8(_SPACE))
    table[(table == _RETURN) | (table == _TAB)] = _SPACE
    return table


def _number(
    chars: NDArray[np.uint8], columns: range | tuple[int, ...], good: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Digits of these columns as a number; ``good`` loses the lines that have others."""
    value = np.zeros(chars.shape[1], np.int64)
    for column in columns:
        digit = chars[column] - np.uint8(_ZERO)
        good &= digit <= 9
        value *= 10
        value += digit
    return value


def _times(
    chars: NDArray[np.uint8],
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Stamps, leap seconds, days of the year that contradict the date, and readable lines."""
    good = np.ones(chars.shape[1], bool)
    date = _number(chars, (0, 1, 2, 3, 5, 6, 8, 9), good)
    hour = _number(chars, (11, 12), good)
    minute = _number(chars, (14, 15), good)
    second = _number(chars, (17, 18), good)
    milli = _number(chars, (20, 21, 22), good)
    has_doy = np.ones_like(good)
    doy = _number(chars, (24, 25, 26), has_doy)
    good &= (hour <= 24) & (minute < 60) & (second <= 60)
    date[~good] = -1
    day_number, day_of_year = _calendar(date)
    good &= day_number != _NO_DAY
    stamps = (hour * 3600 + minute * 60 + second) * 1_000_000_000 + milli * 1_000_000
    stamps += day_number * NANOSECONDS_PER_DAY
    is_leap = good & (second == 60) & (minute == 59) & (hour == 23)
    return stamps, is_leap, good & has_doy & (doy != day_of_year), good


def _calendar(date: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Days since 1970 and day of year of numbers yyyymmdd, run by run of equal dates."""
    starts = np.concatenate([[0], np.flatnonzero(np.diff(date)) + 1])
    lengths = np.diff(np.append(starts, date.size))
    known: dict[int, tuple[int, int]] = {}
    for number in np.unique(date[starts]).tolist():
        known[number] = _day(number)
    pairs = np.array([known[number] for number in date[starts].tolist()], np.int64)
    return np.repeat(pairs[:, 0], lengths), np.repeat(pairs[:, 1], lengths)


def _day(number: int) -> tuple[int, int]:
    year, month, day = number // 10_000, number // 100 % 100, number % 100
    try:
        found = date_type(year, month, day)
    except ValueError:
        return _NO_DAY, 0
    if not 1900 <= year < 2200:
        return _NO_DAY, 0
    return found.toordinal() - _EPOCH_ORDINAL, found.timetuple().tm_yday


def _decimals(columns: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Right-aligned ``%10.2f`` numbers; the second result says where the form is exactly that."""
    n = columns.shape[1]
    value = np.zeros(n, np.int64)
    clear = columns[_POINT] == _DOT
    negative = np.zeros(n, bool)
    was_digit = np.zeros(n, bool)
    was_minus = np.zeros(n, bool)
    for column in (0, 1, 2, 3, 4, 5, 6):
        chars = columns[column]
        digit = chars - np.uint8(_ZERO)
        is_digit = digit <= 9
        is_minus = chars == _MINUS
        # Blanks, at most one sign, digits: nothing else, in no other order.
        clear &= is_digit | (~was_digit & ~was_minus & (is_minus | (chars == _SPACE)))
        value *= 10
        value += np.where(is_digit, digit, np.uint8(0))
        negative |= is_minus
        was_digit, was_minus = is_digit, is_minus
    for column in (8, 9):
        digit = columns[column] - np.uint8(_ZERO)
        clear &= digit <= 9
        value *= 10
        value += digit
    decimal = value / 100.0
    np.negative(decimal, out=decimal, where=negative)
    return decimal, clear


def _reparse(
    columns: NDArray[np.uint8], values: NDArray[np.float64], clear: NDArray[np.bool_]
) -> None:
    """Read the numbers of another form (99999, 99999.0) one by one."""
    for i in np.flatnonzero(~clear).tolist():
        text = columns[:, i].tobytes().decode("latin-1").strip()
        if _PLAIN.fullmatch(text):
            values[i] = float(text)
            clear[i] = True


def _shown(characters: NDArray[np.uint8]) -> str:
    return characters.tobytes().decode("latin-1").strip()
