"""Indices as they became known: what was seen when, and what replaced it."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from seismomag.core.schema import SPACE_WEATHER_COLUMNS, check_space_weather
from seismomag.operate.sources.answer import NO_DATA, SourceError
from seismomag.readers.index_rows import STATUSES

_VALUES = ("kp", "dst_nt", "f107_sfu")


def seen(rows: pd.DataFrame, fetched_at: pd.Timestamp, hours: int) -> pd.DataFrame:
    """Rows of intervals that were over when they were fetched, available since then.

    Parameters
    ----------
    rows
        As the readers give them, with the moment at which an archive is taken to publish.
    fetched_at
        When the body came. A value may have stood there before, but nobody here can know.
    hours
        Length of an interval. The value of a running interval is a lower bound, not a value.
    """
    over = rows[rows["time"] + pd.Timedelta(hours=hours) <= fetched_at].copy()
    published = over["available_time"]
    over["available_time"] = published.where(published > fetched_at, fetched_at)
    return over


def window(
    tables: Iterable[pd.DataFrame], start: pd.Timestamp, end: pd.Timestamp, who: str
) -> pd.DataFrame:
    """Join rows and keep the intervals that begin in ``[start, end)``.

    Raises
    ------
    SourceError
        No row, or no value in any of them.
    """
    columns = list(SPACE_WEATHER_COLUMNS)
    rows = pd.concat([table[columns] for table in tables], ignore_index=True)
    rows = rows[(rows["time"] >= start) & (rows["time"] < end)]
    if not rows[list(_VALUES)].notna().to_numpy().any():
        msg = f"{who}: no value from {start} to {end}"
        raise SourceError(NO_DATA, msg)
    rows = rows.sort_values("time", kind="stable", ignore_index=True)
    return check_space_weather(rows)


def add_revisions(known: pd.DataFrame, fresh: pd.DataFrame) -> pd.DataFrame:
    """Add newly seen rows to all that was ever seen.

    Parameters
    ----------
    known, fresh
        Rows of ``SPACE_WEATHER_COLUMNS``, one index each.

    Returns
    -------
    revisions
        Every version of every value, the same value in the same state only once, with the moment
        at which it was first seen. Nothing is overwritten: what a forecast knew at its time of
        issue is ``as_of`` that time.
    """
    rows = pd.concat([known, fresh], ignore_index=True)
    rows = rows.sort_values(["time", "available_time"], kind="stable", ignore_index=True)
    return rows.drop_duplicates(["time", *_VALUES, "status"], keep="first", ignore_index=True)


def as_of(revisions: pd.DataFrame, moment: pd.Timestamp) -> pd.DataFrame:
    """Best values of those available at a moment: the most trusted state, then the last seen."""
    rows = revisions[revisions["available_time"] <= moment].copy()
    known = rows[list(_VALUES)].notna()
    rows["_kind"] = np.where(known.any(axis=1), known.to_numpy().argmax(axis=1), -1)
    rows["_trust"] = rows["status"].map({status: rank for rank, status in enumerate(STATUSES)})
    rows = rows.sort_values(["time", "_kind", "_trust", "available_time"], kind="stable")
    rows = rows[rows["_kind"] >= 0].drop_duplicates(["time", "_kind"], keep="last")
    return check_space_weather(rows[list(SPACE_WEATHER_COLUMNS)].reset_index(drop=True))
