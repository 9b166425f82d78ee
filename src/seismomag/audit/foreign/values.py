"""Cells of foreign tables: numbers, yes and no, each fault with its column and first bad cell."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from seismomag.core.errors import SchemaError

MISSING = frozenset({"", "nan", "na", "n/a", "<na>", "null", "nat"})
"""Cells that tell nothing, in small letters."""
YES = frozenset(
    {"1", "1.0", "true", "yes", "y", "ya", "alarm", "event", "precursor", "positive"}
    | {"earthquake", "eq"}
)
NO = frozenset(
    {"0", "0.0", "false", "no", "n", "tidak", "no alarm", "no event", "normal", "quiet"}
    | {"negative", "noise"}
)
WORDS: Mapping[str, bool] = {**dict.fromkeys(YES, True), **dict.fromkeys(NO, False)}


PERCENT_FROM = 2
"""Largest share above which a column is likely one of percentages."""


@dataclass(frozen=True)
class Cells:
    """A column that was read.

    Attributes
    ----------
    values
        Missing where nothing, or nothing readable, is told.
    notes
        One sentence for each thing that was found wrong or turned into something else.
    """

    values: pd.Series
    notes: tuple[str, ...] = ()


def plain(text: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Cells in small letters without spaces around them, and whether each tells something."""
    cells = text.astype("str").fillna("").str.strip()
    return cells.str.lower(), ~cells.str.lower().isin(MISSING)


def first_bad(text: pd.Series, is_bad: pd.Series) -> str:
    """Name the first bad cell and its row, counted from 1 below the names of the columns."""
    row = int(np.flatnonzero(is_bad.to_numpy(dtype=bool))[0])
    return f"{str(text.iloc[row])[:60]!r} in row {row + 1}"


def read_yes_no(text: pd.Series, where: str, more: Mapping[str, bool] | None = None) -> Cells:
    """Read a column of two classes as 1.0, 0.0 and NaN.

    Parameters
    ----------
    text
        Cells.
    where
        Table and column, for messages.
    more
        Further words.

    Raises
    ------
    SchemaError
        A cell is neither yes nor no.
    """
    lower, is_told = plain(text)
    values = lower.map({**WORDS, **(more or {})}).astype("boolean").astype("Float64")
    strange = is_told & values.isna()
    if strange.any():
        words = sorted(set(lower[strange]))[:5]
        msg = (
            f"{where}: {', '.join(words)} is no label of two classes ({first_bad(text, strange)}; "
            f"{int(strange.sum()):,} of {int(is_told.sum()):,} cells); expected 0 or 1, yes or "
            "no, true or false, ya or tidak: name another column in the map, or write one of these"
        )
        raise SchemaError(msg)
    return Cells(values.astype(np.float64))


def read_numbers(text: pd.Series, where: str, *, is_share: bool = False) -> Cells:
    """Read a column of numbers; a decimal comma and per cent signs are told in a note.

    Parameters
    ----------
    text
        Cells.
    where
        Table and column, for messages.
    is_share
        Whether the numbers are shares: ``28.4%`` is 0.284, and anything outside [0, 1] is
        refused.

    Raises
    ------
    SchemaError
        No cell is a number, or a share lies outside [0, 1].
    """
    lower, is_told = plain(text)
    is_told &= lower != "none"
    told = lower[is_told]
    notes = []
    pointed = with_points(told)
    if pointed is not told:
        notes.append(f"{where}: commas are taken as decimal points")
        told = pointed
    has_signs = is_share and len(told) > 0 and bool(told.str.endswith("%").all())
    if has_signs:
        notes.append(f"{where}: per cent, divided by 100")
        told = told.str.removesuffix("%").str.strip()
    number = finite_numbers(told) / (100 if has_signs else 1)
    bad = is_told & number.reindex(text.index).isna()
    if bad.any():
        said = f"{where}: {int(bad.sum()):,} of {len(told):,} cells are no numbers, such as "
        said += first_bad(text, bad)
        if bad.sum() == len(told):
            msg = f"{said}; name another column in the map"
            raise SchemaError(msg)
        notes.append(f"{said}; taken as missing")
    if is_share:
        _refuse_outside(text, number, where)
    return Cells(number.reindex(text.index), tuple(notes))


def with_points(told: pd.Series) -> pd.Series:
    """Write decimal commas as points, where commas can be nothing else; else the column itself.

    Never where all of them stand before three digits (1,234 may be a thousand), or beside points.
    """
    if pd.api.types.is_numeric_dtype(told):
        return told
    text = told.astype("str").fillna("").str.strip()
    commas = text[text.str.contains(",", regex=False)]
    if not len(commas) or text.str.contains(".", regex=False).any():
        return told
    thousands = commas.str.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}%?").all()
    if thousands or not commas.str.fullmatch(r"[+-]?\d*,\d+%?").all():
        return told
    return text.str.replace(",", ".", regex=False)


def finite_numbers(text: pd.Series) -> pd.Series:
    """Numbers of a column; NaN for what is none, and for infinity."""
    number = pd.to_numeric(text, errors="coerce").astype(np.float64)
    return number.where(np.isfinite(number))


def _refuse_outside(text: pd.Series, number: pd.Series, where: str) -> None:
    outside = number.notna() & ~number.between(0, 1)
    if not outside.any():
        return
    mask = outside.reindex(text.index, fill_value=False)
    msg = (
        f"{where}: {int(outside.sum()):,} of {len(number):,} cells lie outside [0, 1], such as "
        f"{first_bad(text, mask)}; expected probabilities"
    )
    if number.min() >= 0 and PERCENT_FROM < number.max() <= 100:
        msg += "; if they are percentages, divide them by 100"
    raise SchemaError(msg)
