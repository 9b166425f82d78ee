"""The layouts in which Dst is published by the World Data Center in Kyoto."""

import re
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.core.errors import FormatError
from seismomag.readers.index_rows import (
    FINAL,
    NOWCAST,
    PROVISIONAL,
    RANGES,
    FixedLines,
    dates,
    fixed_lines,
    index_rows,
)

WDC_WIDTH = 120
IAGA_WIDTH = 40
WDC_MISSING = 9999
FIRST_IAGA_FILL = 88_888.0
"""88888 (not recorded) and 99999 (missing) of IAGA-2002."""

MEAN_TOLERANCE_NT = 1.0
"""The printed mean of a day is rounded to 1 nT; more means a damaged line."""

_KINDS = {"final": FINAL, "provisional": PROVISIONAL, "real-time": NOWCAST, "quick-look": NOWCAST}


def is_wdc_dst(head: bytes) -> bool:
    """Whether the first line begins as a day of Dst in the WDC layout."""
    return re.match(rb"DST\d{4}\*[ \d]\d", head) is not None


def read_wdc_dst(data: bytes, name: str) -> pd.DataFrame:
    """Read Dst in 120 columns, a line a day.

    Fields touch (``-3519999``), so columns are cut by position. Value = field + 100 x base.

    Raises
    ------
    FormatError
        Names file, line and columns; also where the mean of a day contradicts its hours.
    """
    numbered = [
        (number, line.rstrip(b"\r"))
        for number, line in enumerate(data.split(b"\n"), start=1)
        if line.strip()
    ]
    fixed = fixed_lines([one for _, one in numbered], [n for n, _ in numbered], WDC_WIDTH, name)
    fixed.refuse(fixed.field(1, 3) != b"DST", 1, 3, "DST")
    year = fixed.whole(15, 16, 18, 21) * 100 + fixed.whole(4, 5, 0, 99)
    date, wrong = dates(year, fixed.whole(6, 7, 1, 12), fixed.whole(9, 10, 1, 31))
    fixed.refuse(wrong, 4, 16, "a date")
    base_nt = 100 * fixed.whole(17, 20, -50, 50)
    printed = np.stack(
        [
            fixed.number(first, first + 3, -3000, 3000, missing=WDC_MISSING)
            for first in range(21, 117, 4)
        ],
        axis=1,
    )
    dst_nt = printed + base_nt[:, None]
    fixed.refuse(np.asarray(_outside(dst_nt).any(axis=1)), 21, 116, "Dst from -2500 to 500 nT")
    mean = fixed.number(117, 120, -3000, 3000, missing=WDC_MISSING)
    # A day with missing hours has no mean that could be compared.
    off = np.abs(mean - printed.mean(axis=1)) > MEAN_TOLERANCE_NT
    fixed.refuse(off, 117, 120, "the mean of the 24 hours of the line")
    hours = np.arange(24).astype("timedelta64[h]")
    time = (date.astype("datetime64[h]")[:, None] + hours).ravel()
    return index_rows("dst_nt", time, dst_nt.ravel(), np.repeat(_wdc_status(fixed), 24))


def _wdc_status(fixed: FixedLines) -> NDArray[np.str_]:
    letters, version = fixed.field(11, 12), fixed.field(14, 14)
    is_nowcast = (letters == b"RR") | (version == b"0")
    is_provisional = (letters == b"PP") | (version == b"1")
    return np.select([is_nowcast, is_provisional], [NOWCAST, PROVISIONAL], FINAL)


def is_iaga_dst(head: bytes) -> bool:
    """Whether the head has the line of columns of a Dst list in the manner of IAGA-2002."""
    return re.search(rb"^DATE +TIME +DOY +DST ", head, re.MULTILINE) is not None


@dataclass
class _Blocks:
    """Lines of data, the block of each, and the kind that each block declares."""

    rows: list[bytes] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    block: list[int] = field(default_factory=list)
    kinds: list[str] = field(default_factory=lambda: [""])


def read_iaga_dst(data: bytes, name: str) -> pd.DataFrame:
    """Read Dst in the manner of IAGA-2002, with a header for every month inside the file.

    A first month whose header was cut off takes the status of the next one: Kyoto closes the
    months in order, so an older month is at least as final. 00:00 stamps the mean of 00-01 UT.

    Raises
    ------
    FormatError
        Names file and line: a strange or cut line, a stamp that contradicts its day of year,
        impossible values.
    """
    blocks = _split_blocks(data, name)
    fixed = fixed_lines(blocks.rows, blocks.numbers, IAGA_WIDTH, name)
    date, wrong = dates(
        fixed.whole(1, 4, 1900, 2200), fixed.whole(6, 7, 1, 12), fixed.whole(9, 10, 1, 31)
    )
    fixed.refuse(wrong, 1, 10, "a date")
    fixed.refuse(fixed.field(14, 23) != b":00:00.000", 12, 23, "a full hour")
    day_of_year = (date - date.astype("datetime64[Y]")) / np.timedelta64(1, "D") + 1
    fixed.refuse(day_of_year != fixed.whole(25, 27, 1, 366), 25, 27, "the day of the year")
    hour = fixed.whole(12, 13, 0, 23).astype("timedelta64[h]")
    dst_nt = fixed.number(31, 40, -2500, 100_000)
    dst_nt = np.where(dst_nt >= FIRST_IAGA_FILL, np.nan, dst_nt)
    fixed.refuse(_outside(dst_nt), 31, 40, "Dst from -2500 to 500 nT, 88888 or 99999")
    status = np.array(_statuses(blocks.kinds))[blocks.block]
    return index_rows("dst_nt", date.astype("datetime64[h]") + hour, dst_nt, status)


def _split_blocks(data: bytes, name: str) -> _Blocks:
    blocks = _Blocks()
    for number, line in enumerate(data.split(b"\n"), start=1):
        if line[:1].isdigit():
            blocks.rows.append(line.rstrip(b"\r"))
            blocks.numbers.append(number)
            blocks.block.append(len(blocks.kinds) - 1)
        elif line.startswith(b" Format"):
            blocks.kinds.append("")
        elif line.startswith(b" Data Type"):
            blocks.kinds[-1] = line[24:69].decode("ascii", "replace").strip().lower()
        elif line.strip() and not line.startswith((b" ", b"#", b"DATE ")):
            msg = f"{name}, line {number}: found {line[:40]!r}, expected a header or a stamp"
            raise FormatError(msg)
    return blocks


def _statuses(kinds: list[str]) -> list[str]:
    statuses: list[str] = []
    later = PROVISIONAL
    for kind in reversed(kinds):
        later = _KINDS.get(kind, later if not kind else PROVISIONAL)
        statuses.append(later)
    return statuses[::-1]


def _outside(dst_nt: NDArray[np.float64]) -> NDArray[np.bool_]:
    low, high = RANGES["dst_nt"]
    return (dst_nt < low) | (dst_nt > high)
