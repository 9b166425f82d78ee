"""What a check says, and what it needs before it can say anything."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd

from seismomag.audit.leaks.case import LeakCase

RED, AMBER, GREEN, NOT_RUN = "RED", "AMBER", "GREEN", "NOT RUN"
COLUMNS = ("check_id", "severity", "n_inspected", "n_found", "sentence")
SHOWN_ROWS = 200
"""Rows at fault that a finding carries along at most."""


@dataclass(frozen=True)
class Finding:
    """What a check saw.

    Attributes
    ----------
    severity
        ``RED`` blocks any verdict, ``AMBER`` is printed first, ``GREEN`` where nothing was found,
        ``NOT RUN`` where there was nothing to inspect.
    n_inspected, n_found
        Rows (or events, or predictions) looked at, and those at fault.
    sentence
        For a seismologist.
    rows
        Some of what is at fault, or the figures behind the sentence.
    """

    severity: str
    n_inspected: int
    n_found: int
    sentence: str
    rows: pd.DataFrame = field(default_factory=pd.DataFrame, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", self.rows.head(SHOWN_ROWS))


@dataclass(frozen=True)
class Check:
    """One check of the leak audit; called with a case it gives a :class:`Finding`.

    Attributes
    ----------
    title
        What is looked for.
    look
        Called only when every need is met.
    needs
        Columns, or keys of :data:`~seismomag.audit.leaks.case.NEEDS`.
    """

    title: str
    look: Callable[[LeakCase], Finding]
    needs: tuple[str, ...] = ()

    def __call__(self, case: LeakCase) -> Finding:
        """Look, or say why not."""
        missing = [reason for reason in map(case.lacks, self.needs) if reason]
        return not_run("; ".join(dict.fromkeys(missing))) if missing else self.look(case)


def worst(found: int, severity: str, otherwise: str = GREEN) -> str:
    """Severity of something that should not be found at all."""
    return severity if found else otherwise


def red(inspected: int, found: int, said: str, rows: pd.DataFrame | None = None) -> Finding:
    """RED if anything was found."""
    return Finding(worst(found, RED), inspected, found, said, _table(rows))


def amber(inspected: int, found: int, said: str, rows: pd.DataFrame | None = None) -> Finding:
    """AMBER if anything was found."""
    return Finding(worst(found, AMBER), inspected, found, said, _table(rows))


def not_run(why: str) -> Finding:
    """Nothing was inspected, and why."""
    return Finding(NOT_RUN, 0, 0, f"not run: {why}")


def count(n: int, what: str) -> str:
    """Write a number of things: ``1 row``, ``2,200 rows``."""
    return f"{n:,} {what}" + ("" if n == 1 else "s")


def _table(rows: pd.DataFrame | None) -> pd.DataFrame:
    return pd.DataFrame() if rows is None else rows
