"""Text tables of foreign hands: bounded, decoded, with the line number of every row."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from seismomag.core.errors import FormatError
from seismomag.readers.unwrap import LIMIT_BYTES, unwrap

LIMIT_LINE = 20_000
"""Longest line [characters] that a list of events or indices can need."""
EARLIEST = pd.Timestamp("1000-01-01")
LATEST = pd.Timestamp("2200-01-01")


def load(path: str | Path) -> tuple[bytes, str]:
    """Read a file and take its wrapping off.

    Returns
    -------
    data, name
        The bytes, and the path for messages.

    Raises
    ------
    FormatError
        Absent, not a file, too large, or damaged wrapping.
    """
    path = Path(path)
    if not path.is_file():
        found = "a folder" if path.is_dir() else "nothing"
        msg = f"{path}: found {found}, expected a file; check the path"
        raise FormatError(msg)
    size = path.stat().st_size
    if size > LIMIT_BYTES:
        msg = f"{path}: {size} bytes, expected at most {LIMIT_BYTES}; split the file"
        raise FormatError(msg)
    name = str(path)
    return unwrap(path.read_bytes(), name), name


def load_all(paths: str | Path | Iterable[str | Path]) -> list[tuple[bytes, str]]:
    """Read one or several files with :func:`load`.

    Raises
    ------
    FormatError
        As :func:`load`, and where no path is given at all.
    """
    several = [paths] if isinstance(paths, str | Path) else list(paths)
    if not several:
        msg = "no file was given, expected at least one path"
        raise FormatError(msg)
    return [load(path) for path in several]


def refuse_empty(data: bytes, name: str) -> None:
    """Raise FormatError where a file holds nothing."""
    if not data.strip(b" \t\r\n\x00"):
        msg = f"{name}: the file is empty, expected a list; fetch it again"
        raise FormatError(msg)


def decode(data: bytes, name: str) -> str:
    """Decode UTF-8 with or without byte-order mark, and refuse absurd lines.

    Raises
    ------
    FormatError
        Not UTF-8, or a line longer than :data:`LIMIT_LINE`.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        msg = (
            f"{name}: byte {error.start} is {data[error.start : error.start + 1]!r}, "
            "expected UTF-8 text; convert the file to UTF-8"
        )
        raise FormatError(msg) from error
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > LIMIT_LINE:
            msg = (
                f"{name}, line {number}: {len(line)} characters, expected at most "
                f"{LIMIT_LINE}; this is no list of events or indices"
            )
            raise FormatError(msg)
    return text


@dataclass(frozen=True)
class Table:
    """Rows of text by column, and where each stood.

    Attributes
    ----------
    name
        The file, for messages.
    columns
        Stripped text of each column.
    line
        Line number of each row in the file, counted from 1.
    """

    name: str
    columns: Mapping[str, Sequence[str]]
    line: Sequence[int]

    def __len__(self) -> int:
        return len(self.line)

    def text(self, column: str) -> pd.Series:
        """Column as text; ``""`` where empty.

        Raises
        ------
        FormatError
            There is no such column.
        """
        if column not in self.columns:
            msg = f"{self.name}: no column {column}; found {', '.join(map(str, self.columns))}"
            raise FormatError(msg)
        return pd.Series(list(self.columns[column]), dtype="str")

    def number(self, column: str, low: float, high: float) -> pd.Series:
        """Column as float64 within ``[low, high]``; NaN where empty.

        Raises
        ------
        FormatError
            Names file, line, what was found and what was expected.
        """
        raw = self.text(column)
        value = pd.to_numeric(raw, errors="coerce").astype(np.float64)
        wrong = (value.isna() & (raw != "")) | (value < low) | (value > high)
        self._refuse(wrong, column, f"a number from {low:g} to {high:g}")
        return value

    def time(self, column: str) -> pd.Series:
        """Column of ISO 8601 stamps as UTC without a zone attached.

        Raises
        ------
        FormatError
            Names file, line, what was found and what was expected.
        """
        return self.parse_time(self.text(column), column)

    def parse_time(self, raw: pd.Series, column: str) -> pd.Series:
        """Turn ISO 8601 texts into UTC times; texts without a zone are UTC already."""
        try:
            moment = pd.to_datetime(raw, format="ISO8601", utc=True, errors="coerce")
        except (ValueError, OverflowError) as error:
            msg = f"{self.name}: column {column} holds an impossible time ({error})"
            raise FormatError(msg) from error
        moment = moment.dt.tz_localize(None).astype("datetime64[us]")
        wrong = moment.isna() | (moment < EARLIEST) | (moment >= LATEST)
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            msg = (
                f"{self.name}, line {self.line[row]}: {column} is {_short(raw[row])}, "
                f"expected a time like 2025-01-01T02:03:04Z"
            )
            raise FormatError(msg)
        return moment

    def refuse_empty(self, column: str) -> None:
        """Raise FormatError where a column that must be there is empty."""
        self._refuse(self.text(column) == "", column, "a value")

    def _refuse(self, wrong: pd.Series, column: str, expected: str) -> None:
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            found = _short(self.columns[column][row])
            msg = f"{self.name}, line {self.line[row]}: {column} is {found}, expected {expected}"
            raise FormatError(msg)


def read_table(text: str, name: str, *, delimiter: str = ",") -> Table:
    """Split a text with one header line into columns.

    Raises
    ------
    FormatError
        A row with another number of fields than the header, no rows, or a field that never
        ends.
    """
    rows = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    return table_of(_numbered(rows, name), name)


def read_quoted_lines(text: str, name: str) -> Table:
    """Split a text in which every line is one quoted field that holds the real row."""
    outer = _numbered(csv.reader(text.splitlines()), name)
    rows = (
        (number, inner)
        for number, row in outer
        for _, inner in _numbered(csv.reader(row if len(row) == 1 else []), name)
    )
    return table_of(rows, name)


def _numbered(rows: Iterator[list[str]], name: str) -> Iterator[tuple[int, list[str]]]:
    number = 0
    try:
        for number, row in enumerate(rows, start=1):
            yield getattr(rows, "line_num", number), row
    except csv.Error as error:
        msg = f"{name}, after line {number}: {error}; expected lines of separated fields"
        raise FormatError(msg) from error


def table_of(rows: Iterable[tuple[int, list[str]]], name: str) -> Table:
    """Collect numbered rows, the first of which names the columns; empty rows are skipped."""
    header: list[str] = []
    kept: list[list[str]] = []
    line: list[int] = []
    for number, row in rows:
        if not any(field.strip() for field in row):
            continue
        if not header:
            header = [field.strip() for field in row]
            continue
        if len(row) != len(header):
            msg = (
                f"{name}, line {number}: {len(row)} fields, expected {len(header)} as in the "
                "header; the file is cut or damaged"
            )
            raise FormatError(msg)
        kept.append([field.strip() for field in row])
        line.append(number)
    if not kept:
        msg = f"{name}: a header without rows, expected at least one row"
        raise FormatError(msg)
    return Table(name, dict(zip(header, zip(*kept, strict=True), strict=True)), line)


def _short(found: object) -> str:
    text = repr(found)
    return text if len(text) <= 60 else text[:60] + "..."
