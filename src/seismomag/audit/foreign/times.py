"""Dates and times of foreign tables, read without guessing what comes first, month or day."""

import numpy as np
import pandas as pd

from seismomag.audit.foreign.values import Cells, first_bad, plain
from seismomag.core.errors import SchemaError

_ISO = r"\d{4}-\d{2}-\d{2}(?:[T ].*)?|\d{8}"
_OFFSET = r".*[T ]\d{2}.*(?:Z|z|[+-]\d{2}(?::?\d{2})?)"
EARLIEST, LATEST = pd.Timestamp("1700-01-01"), pd.Timestamp("2200-01-01")
"""Times outside are taken as unreadable: no catalogue reaches there, and nor do nanoseconds."""
ADVICE = 'say how they are written, such as date_format = "%d/%m/%Y" under [table] of the map'


def read_times(
    text: pd.Series, where: str, form: str | None = None, *, names_days: bool = False
) -> Cells:
    """Read a column of dates or times as UTC without a zone attached (datetime64[ns]).

    Parameters
    ----------
    text
        Cells. ISO 8601 or YYYYMMDD, unless ``form`` says otherwise.
    where
        Table and column, for messages.
    form
        As of ``strptime``.
    names_days
        Whether only the day counts; it is said when an offset moves it.

    Returns
    -------
    cells
        Missing where a cell is unreadable, with a note of how many and which was the first.

    Raises
    ------
    SchemaError
        No cell is readable; or some tell an offset to UTC and some do not.
    """
    if pd.api.types.is_datetime64_any_dtype(text):
        return Cells(_representable(text))
    cells = text.astype("str").fillna("").str.strip().str.removesuffix(".0")
    _, is_told = plain(cells)
    told = cells.where(is_told)
    if form is None:
        told = told.where(told.str.fullmatch(_ISO, na=False))
    moment = pd.to_datetime(told, format=form or "ISO8601", errors="coerce", utc=True)
    moment = _representable(moment)
    notes = _unreadable(cells, is_told & moment.isna(), is_told, where, form)
    if form is None:
        aware = cells.str.fullmatch(_OFFSET) & moment.notna()
        _refuse_mixed(cells, aware, moment.notna() & ~aware, where)
        if names_days:
            notes += _moved(cells, moment, aware, where)
    return Cells(moment, tuple(notes))


def _representable(moment: pd.Series) -> pd.Series:
    """Without a zone, in nanoseconds; what lies outside all catalogues (9999-12-31) is missing."""
    local = moment.dt.tz_localize(None)
    known: pd.Series = local.where((local >= EARLIEST) & (local < LATEST))
    return known.astype("datetime64[ns]")


def _unreadable(
    cells: pd.Series, bad: pd.Series, is_told: pd.Series, where: str, form: str | None
) -> list[str]:
    if not bad.any():
        return []
    n, n_told = int(bad.sum()), int(is_told.sum())
    said = f"{where}: {n:,} of {n_told:,} dates unreadable, such as {first_bad(cells, bad)}"
    expected = f"expected {form or 'ISO 8601 such as 2020-01-31'}"
    if n == n_told:
        msg = f"{where} holds no time that can be read, such as {first_bad(cells, bad)}; "
        msg += f"{expected}; {ADVICE}"
        raise SchemaError(msg)
    return [f"{said}; {expected}"]


def _refuse_mixed(cells: pd.Series, aware: pd.Series, naive: pd.Series, where: str) -> None:
    if aware.any() and naive.any():
        msg = (
            f"{where}: some times tell an offset to UTC, such as {first_bad(cells, aware)}, and "
            f"some do not, such as {first_bad(cells, naive)}; write all of them the same way"
        )
        raise SchemaError(msg)


def _moved(cells: pd.Series, moment: pd.Series, aware: pd.Series, where: str) -> list[str]:
    """Say how many dates lie on another UTC day than the one written."""
    written = pd.to_datetime(cells.str.slice(0, 10).where(aware), errors="coerce", format="ISO8601")
    moved = aware & (written.astype("datetime64[ns]") != moment.dt.floor("D"))
    if not moved.any():
        return []
    row = int(np.flatnonzero(moved.to_numpy())[0])
    said = f"{where}: {int(moved.sum()):,} of {int(aware.sum()):,} dates lie on another day in UTC "
    return [f"{said}than written: {cells.iloc[row]!r} is {moment.iloc[row]:%Y-%m-%d} in UTC"]
