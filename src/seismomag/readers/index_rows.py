"""Rows of geomagnetic indices, and the fixed columns that they are printed in."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from seismomag.core.constants import DST_DELAY_HOURS, KP_DELAY_HOURS
from seismomag.core.errors import FormatError
from seismomag.core.schema import SPACE_WEATHER_COLUMNS

NOWCAST, PROVISIONAL, FINAL = "nowcast", "provisional", "final"
STATUSES = (NOWCAST, PROVISIONAL, FINAL)
"""From the least to the most trusted."""

QUANTITY = "quantity"
"""Column that says of which index a row speaks, as a missing value cannot."""

KP_HOURS, DST_HOURS, F107_HOURS = 3, 1, 24
_INTERVAL_AND_DELAY_HOURS = {
    "kp": KP_HOURS + KP_DELAY_HOURS,
    "dst_nt": DST_HOURS + DST_DELAY_HOURS,
    "f107_sfu": F107_HOURS + KP_DELAY_HOURS,
}
RANGES = {"kp": (0.0, 9.0), "dst_nt": (-2500.0, 500.0), "f107_sfu": (20.0, 2000.0)}
"""Beyond these a value is an error of reading: the storm of 1859 is put at -1760 nT (Tsurutani
et al. 2003, J. Geophys. Res. 108, 1268), the quiet sun at 64 sfu."""


def index_rows(
    quantity: str,
    time: NDArray[np.datetime64],
    value: NDArray[np.float64],
    status: ArrayLike,
) -> pd.DataFrame:
    """Rows of one index.

    Parameters
    ----------
    quantity
        ``"kp"``, ``"dst_nt"`` or ``"f107_sfu"``.
    time
        Beginning of each interval, UTC.
    value
        NaN where missing; Kp is brought to exact thirds.
    status
        One of :data:`STATUSES`, for all or for each.

    Returns
    -------
    rows
        Columns of ``SPACE_WEATHER_COLUMNS`` and :data:`QUANTITY`; the other indices NaN;
        available at the end of the interval + 1 h (Kp, F10.7) or + 2 h (Dst).
    """
    delay_s = round(_INTERVAL_AND_DELAY_HOURS[quantity] * 3600)
    moment = time.astype("datetime64[us]")
    columns: dict[str, object] = {
        "time": moment,
        "kp": np.nan,
        "dst_nt": np.nan,
        "f107_sfu": np.nan,
        "status": status,
        "available_time": moment + np.timedelta64(delay_s, "s"),
        QUANTITY: quantity,
    }
    columns[quantity] = np.round(value * 3) / 3 if quantity == "kp" else value
    rows = pd.DataFrame(columns)
    return rows.astype({"status": "str", QUANTITY: "str"})[[*SPACE_WEATHER_COLUMNS, QUANTITY]]


@dataclass(frozen=True)
class FixedLines:
    """Lines of equal width, and where each stood.

    Attributes
    ----------
    name
        The file, for messages.
    characters
        Shape (n, width), bytes.
    line
        Line number of each row in the file, counted from 1.
    """

    name: str
    characters: NDArray[np.uint8]
    line: NDArray[np.int64]

    def field(self, first: int, last: int) -> NDArray[np.bytes_]:
        """Text of columns first..last, counted from 1, last included."""
        part = np.ascontiguousarray(self.characters[:, first - 1 : last])
        return part.view(f"S{last - first + 1}").ravel()

    def number(
        self, first: int, last: int, low: float, high: float, *, missing: float = np.nan
    ) -> NDArray[np.float64]:
        """Numbers in columns first..last; NaN where blank or ``missing``.

        Raises
        ------
        FormatError
            Names file, line, columns, what was found and what was expected.
        """
        raw = self.field(first, last)
        text = np.where(np.char.strip(raw) == b"", b"nan", raw)
        try:
            value = text.astype(np.float64)
        except ValueError:
            value = np.array([_number(one) for one in text])
        is_missing = value == missing
        wrong = (value < low) | (value > high) | (np.isnan(value) & (text != b"nan"))
        wrong &= ~is_missing
        self.refuse(wrong, first, last, f"a number from {low:g} to {high:g}")
        return np.where(is_missing, np.nan, value)

    def whole(self, first: int, last: int, low: int, high: int) -> NDArray[np.int64]:
        """Numbers that must be there, as integers."""
        value = self.number(first, last, low, high)
        self.refuse(~np.isfinite(value), first, last, "a number")
        return value.astype(np.int64)

    def refuse(self, wrong: NDArray[np.bool_], first: int, last: int, expected: str) -> None:
        """Raise FormatError that names the first line where ``wrong`` is true."""
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            found = bytes(self.characters[row, first - 1 : last]).decode("ascii", "replace")
            msg = (
                f"{self.name}, line {self.line[row]}, columns {first}-{last}: found {found!r}, "
                f"expected {expected}"
            )
            raise FormatError(msg)


def fixed_lines(
    lines: Sequence[bytes], numbers: Sequence[int], width: int, name: str
) -> FixedLines:
    """Stack lines of one width.

    Raises
    ------
    FormatError
        No line, or one of another width.
    """
    if not lines:
        msg = f"{name}: no line of data, expected lines of {width} characters"
        raise FormatError(msg)
    for number, line in zip(numbers, lines, strict=True):
        if len(line) != width:
            msg = (
                f"{name}, line {number}: {len(line)} characters, expected {width}; "
                "the file is cut or damaged"
            )
            raise FormatError(msg)
    characters = np.frombuffer(b"".join(lines), np.uint8).reshape(-1, width)
    return FixedLines(name, characters, np.asarray(numbers, np.int64))


def dates(
    year: NDArray[np.int64], month: NDArray[np.int64], day: NDArray[np.int64]
) -> tuple[NDArray[np.datetime64], NDArray[np.bool_]]:
    """Dates from numbers, and where there is no such date."""
    months = (year - 1970) * 12 + month - 1
    first = months.astype("datetime64[M]").astype("datetime64[D]")
    date = first + (day - 1).astype("timedelta64[D]")
    return date, date.astype("datetime64[M]").astype(np.int64) != months


def is_third(kp: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether each Kp is a third, up to printing with two decimals; true where missing."""
    return np.isnan(kp) | (np.abs(kp * 3 - np.round(kp * 3)) < 0.05)


def _number(text: bytes) -> float:
    try:
        return float(text)
    except ValueError:
        return np.inf
