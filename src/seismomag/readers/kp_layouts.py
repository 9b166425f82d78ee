"""The layouts in which Kp (and with it F10.7) is published."""

import json
import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.core.errors import FormatError
from seismomag.readers.delimited import Table, decode, read_table
from seismomag.readers.index_rows import (
    FINAL,
    NOWCAST,
    PROVISIONAL,
    RANGES,
    FixedLines,
    dates,
    fixed_lines,
    index_rows,
    is_third,
)

GFZ_EPOCH = np.datetime64("1932-01-01", "D")
CELESTRAK_WIDTH = 130
_TOKENS_OF_INTERVALS, _TOKENS_OF_DAYS = 10, 28


def is_kp_table(head: bytes) -> bool:
    """Whether the first line is the header ``Date_Time_UTC,Kp_Index``."""
    return head.removeprefix(b"\xef\xbb\xbf").startswith(b"Date_Time_UTC,Kp_Index")


def read_kp_table(data: bytes, name: str) -> pd.DataFrame:
    """Read a CSV of ``Date_Time_UTC, Kp_Index``; it carries no status, so it is provisional."""
    table = read_table(decode(data, name), name)
    kp = table.number("Kp_Index", *RANGES["kp"])
    time = table.time("Date_Time_UTC")
    _refuse_no_third(kp.to_numpy(np.float64), table.line, name)
    return index_rows("kp", time.to_numpy(), kp.to_numpy(np.float64), PROVISIONAL)


def is_gfz_text(head: bytes) -> bool:
    """Whether remarks that speak of Kp precede rows of 10 or 28 numbers."""
    remark = re.search(rb"^#\s*YYYY? MM DD.*$", head, re.MULTILINE)
    if remark is None or b"Kp" not in remark.group() or b"Hp" in remark.group():
        return False
    first = next((line for line in head.split(b"\n") if line.strip() and line[:1] != b"#"), b"")
    return len(first.split()) in (_TOKENS_OF_INTERVALS, _TOKENS_OF_DAYS)


def read_gfz_text(data: bytes, name: str) -> pd.DataFrame:
    """Read the lists of GFZ Potsdam: 10 numbers each 3 hours, or 28 each day.

    Raises
    ------
    FormatError
        Names file and line: another count of numbers, no date, a count of days since 1932 that
        contradicts the date, a Kp that is no third.
    """
    rows: list[list[str]] = []
    line: list[int] = []
    for number, text in enumerate(decode(data, name).splitlines(), start=1):
        if text.strip() and not text.startswith("#"):
            rows.append(text.split())
            line.append(number)
    wanted = len(rows[0]) if rows else 0
    for number, row in zip(line, rows, strict=True):
        if len(row) != wanted or wanted not in (_TOKENS_OF_INTERVALS, _TOKENS_OF_DAYS):
            msg = f"{name}, line {number}: {len(row)} numbers, expected 10 or 28 in every line"
            raise FormatError(msg)
    try:
        values = np.array(rows, dtype=np.float64)
    except ValueError as error:
        msg = f"{name}: {error}; expected numbers and remarks with #"
        raise FormatError(msg) from error
    if not len(values):
        msg = f"{name}: no line of data, expected 10 or 28 numbers in every line"
        raise FormatError(msg)
    date = _gfz_dates(values, line, name)
    if wanted == _TOKENS_OF_INTERVALS:
        return _gfz_intervals(values, date, line, name)
    return _gfz_days(values, date, line, name)


def _gfz_dates(values: NDArray[np.float64], line: list[int], name: str) -> NDArray[np.datetime64]:
    whole = np.nan_to_num(values[:, :3], nan=0, posinf=0, neginf=0).clip(0, 9999).astype(np.int64)
    date, wrong = dates(whole[:, 0], whole[:, 1], whole[:, 2])
    counted = values[:, 5 if values.shape[1] == _TOKENS_OF_INTERVALS else 3]
    since = (date - GFZ_EPOCH) / np.timedelta64(1, "D")
    wrong |= (whole != values[:, :3]).any(axis=1) | ~(np.floor(counted) == since)
    _refuse(wrong, line, name, "a date and the same count of days since 1932-01-01")
    return date


def _gfz_intervals(
    values: NDArray[np.float64], date: NDArray[np.datetime64], line: list[int], name: str
) -> pd.DataFrame:
    hour, kp = values[:, 3], values[:, 7]
    _refuse(~np.isin(hour, np.arange(0, 24, 3)), line, name, "an hour 0, 3 ... 21")
    kp = _gfz_kp(kp, line, name)
    status = np.where(values[:, 9] == 1, FINAL, NOWCAST)
    time = date.astype("datetime64[h]") + hour.astype("timedelta64[h]")
    return index_rows("kp", time, kp, status)


def _gfz_days(
    values: NDArray[np.float64], date: NDArray[np.datetime64], line: list[int], name: str
) -> pd.DataFrame:
    eight = np.repeat(line, 8).tolist()
    kp = _gfz_kp(values[:, 7:15].ravel(), eight, name)
    flux = np.where(values[:, 25] < 0, np.nan, values[:, 25])
    low, high = RANGES["f107_sfu"]
    _refuse((flux < low) | (flux > high), line, name, f"F10.7 from {low:g} to {high:g}")
    status = np.where(values[:, 27] >= 1, FINAL, NOWCAST)
    return pd.concat(
        [
            index_rows("kp", _eight_a_day(date), kp, np.repeat(status, 8)),
            index_rows("f107_sfu", date, flux, status),
        ],
        ignore_index=True,
    )


def _gfz_kp(kp: NDArray[np.float64], line: list[int], name: str) -> NDArray[np.float64]:
    kp = np.where(kp == -1, np.nan, kp)
    _refuse((kp < 0) | (kp > 9), line, name, "Kp from 0 to 9, or -1 for missing")
    _refuse_no_third(kp, line, name)
    return kp


def is_gfz_json(head: bytes) -> bool:
    """Whether the first bytes open a JSON object that has a list Kp."""
    return (
        head.lstrip().startswith(b"{") and re.search(rb'"(Kp|Fobs|datetime)"\s*:', head) is not None
    )


def read_gfz_json(data: bytes, name: str) -> pd.DataFrame:
    """Read the answer of the web service of GFZ Potsdam for Kp or Fobs.

    Raises
    ------
    FormatError
        No JSON, no lists ``datetime`` and ``Kp`` or ``Fobs`` of one length, or impossible values.
    """
    try:
        answer: Any = json.loads(data)
    except (ValueError, RecursionError) as error:
        msg = f"{name}: no JSON ({error}); ask the service again"
        raise FormatError(msg) from error
    wanted = {"Kp": "kp", "Fobs": "f107_sfu"}
    found = [key for key in wanted if isinstance(answer, dict) and key in answer]
    if not found:
        msg = f"{name}: no list Kp or Fobs in the answer; ask the service for index=Kp"
        raise FormatError(msg)
    key = found[0]
    columns = {column: answer.get(column) for column in ("datetime", key)}
    columns["status"] = answer.get("status", ["pre"] * _length(columns["datetime"]))
    lengths = {_length(column) for column in columns.values()}
    if len(lengths) != 1 or lengths == {-1}:
        msg = f"{name}: datetime, {key} and status must be lists of one length"
        raise FormatError(msg)
    text = {k: ["" if v is None else str(v) for v in c] for k, c in columns.items()}
    table = Table(name, text, range(1, _length(columns[key]) + 1))
    value = table.number(key, *RANGES[wanted[key]]).to_numpy(np.float64)
    if key == "Kp":
        _refuse_no_third(value, table.line, name)
    status = np.where(table.text("status") == "def", FINAL, NOWCAST)
    return index_rows(wanted[key], table.time("datetime").to_numpy(), value, status)


def _length(column: object) -> int:
    return len(column) if isinstance(column, list) else -1


def is_celestrak(head: bytes) -> bool:
    """Whether the file says that it is CSSI space weather."""
    return head.startswith(b"DATATYPE CssiSpaceWeather")


def read_celestrak(data: bytes, name: str) -> pd.DataFrame:
    """Read the observed part of CelesTrak's space weather file: Kp and F10.7.

    Predictions follow ``END OBSERVED`` and are never read. The file has no flag of its own for
    definitive values, so all are provisional.

    Raises
    ------
    FormatError
        The observed part has no end, or not the promised number of rows; a damaged line.
    """
    lines = data.split(b"\n")
    marks = [line.strip() for line in lines]
    try:
        first = marks.index(b"BEGIN OBSERVED") + 1
        last = marks.index(b"END OBSERVED", first)
    except ValueError as error:
        msg = f"{name}: no BEGIN OBSERVED ... END OBSERVED; the file is cut, fetch it again"
        raise FormatError(msg) from error
    said = re.search(rb"^NUM_OBSERVED_POINTS\s+(\d{1,9})\s*$", data, re.MULTILINE)
    if said is None or int(said.group(1)) != last - first:
        promised = "no number of" if said is None else f"{int(said.group(1))}"
        msg = (
            f"{name}: {last - first} observed rows, the header promises {promised} rows; "
            "fetch the file again"
        )
        raise FormatError(msg)
    rows = [line.rstrip(b"\r") for line in lines[first:last]]
    fixed = fixed_lines(rows, range(first + 1, last + 1), CELESTRAK_WIDTH, name)
    return _celestrak_rows(fixed)


def _celestrak_rows(fixed: FixedLines) -> pd.DataFrame:
    date, wrong = dates(
        fixed.whole(1, 4, 1900, 2200), fixed.whole(5, 7, 1, 12), fixed.whole(8, 10, 1, 31)
    )
    fixed.refuse(wrong, 1, 10, "a date")
    tenths = [fixed.number(first, first + 2, 0, 90) for first in range(19, 43, 3)]
    for first, tenth in zip(range(19, 43, 3), tenths, strict=True):
        third = np.round(np.round(tenth * 3 / 10) * 10 / 3)
        fixed.refuse((third != tenth) & ~np.isnan(tenth), first, first + 2, "Kp as 0, 3, 7, 10 ...")
    kp = np.stack(tenths, axis=1) / 10
    flux = fixed.number(113, 118, *RANGES["f107_sfu"])
    return pd.concat(
        [
            index_rows("kp", _eight_a_day(date), kp.ravel(), PROVISIONAL),
            index_rows("f107_sfu", date, flux, PROVISIONAL),
        ],
        ignore_index=True,
    )


def _eight_a_day(date: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    hours = np.arange(0, 24, 3).astype("timedelta64[h]")
    stamps: NDArray[np.datetime64] = date.astype("datetime64[h]")[:, None] + hours
    return stamps.ravel()


def _refuse_no_third(kp: NDArray[np.float64], line: Any, name: str) -> None:
    _refuse(~is_third(kp), line, name, "Kp in thirds")


def _refuse(wrong: NDArray[np.bool_], line: Any, name: str, expected: str) -> None:
    if wrong.any():
        msg = f"{name}, line {line[int(np.flatnonzero(wrong)[0])]}: expected {expected}"
        raise FormatError(msg)
