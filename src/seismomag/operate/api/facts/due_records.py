"""Station-days whose record of the ledger is due and missing."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from seismomag.operate.api.facts.ledger_reading import LedgerView
from seismomag.operate.settings import Settings
from seismomag.operate.status import due_day

MOST_DAYS = 60
"""Days back that are looked at."""


def due_missing(
    settings: Settings, now: pd.Timestamp, ledger: LedgerView
) -> tuple[tuple[str, str], ...]:
    """Return pairs of station and day, oldest first.

    A day is due a quarter of an hour after the hour at which a missing file becomes a
    "no data" record.
    """
    last = due_day(settings, now)
    first = max(settings.operation.start_day, last - pd.Timedelta(days=MOST_DAYS - 1))
    if last < first:
        return ()
    there = {_key(record) for record in ledger.newest()}
    days = [f"{day:%Y-%m-%d}" for day in pd.date_range(first, last)]
    return tuple((c, day) for day in days for c in settings.codes if (c, day) not in there)


def _key(record: Mapping[str, Any]) -> tuple[Any, Any]:
    return record.get("station"), record.get("day")
