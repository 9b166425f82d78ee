"""Kp and Dst in the database: each version of a value, with the time since when it is known."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from seismomag.core.schema import SPACE_WEATHER_COLUMNS, empty_table
from seismomag.operate.clock import stamp
from seismomag.operate.database import rows_of, upsert
from seismomag.operate.database_tables import indices
from seismomag.operate.sources.index_revisions import as_of
from seismomag.readers.index_rows import DST_HOURS, KP_HOURS

COLUMNS: Mapping[str, str] = {"kp": "kp", "dst": "dst_nt"}
"""Kind of an index in the database to its column in a table of space weather."""

HOURS: Mapping[str, int] = {"kp": KP_HOURS, "dst": DST_HOURS}
FILES = "files"


def put(engine: sa.Engine, table: pd.DataFrame, since: pd.Timestamp, source: str = FILES) -> int:
    """Write what a table of space weather says anew.

    Parameters
    ----------
    engine
        The database.
    table
        Rows of ``SPACE_WEATHER_COLUMNS``.
    since
        Earlier intervals are left out.
    source
        Who said it.

    Returns
    -------
    n_values
        Written: a value that its source said before, in the same state, keeps the moment since
        when it is known; another value stands beside it.
    """
    recent = table[table["time"] >= since]
    n_values = 0
    for kind, column in COLUMNS.items():
        rows = _rows(recent, kind, column, source)
        with engine.begin() as connection:
            held = _newest(connection, kind, source, stamp(since))
            fresh = [row for row in rows if held.get((row["time"], row["status"])) != row["value"]]
            # A file that was corrected says another value for the same moment: it is replaced.
            upsert(connection, indices, fresh)
        n_values += len(fresh)
    return n_values


def known(
    engine: sa.Engine, since: pd.Timestamp, until: pd.Timestamp, moment: pd.Timestamp
) -> pd.DataFrame:
    """Best values of the intervals that begin in ``[since, until)``, as known at a moment.

    Returns
    -------
    table
        Rows of ``SPACE_WEATHER_COLUMNS``: of several values of one interval the one in the most
        trusted state, and of these the newest.
    """
    query = sa.select(indices).where(
        indices.c.available_time <= stamp(moment),
        indices.c.time >= stamp(since),
        indices.c.time < stamp(until),
    )
    with engine.connect() as connection:
        rows = rows_of(connection, query)
    if not rows:
        return empty_table(SPACE_WEATHER_COLUMNS)
    found = pd.DataFrame(rows).sort_values(["time", "kind", "available_time", "source"])
    versions = pd.DataFrame(
        {
            "time": pd.to_datetime(found["time"].str.removesuffix("Z")),
            "kp": found["value"].where(found["kind"] == "kp"),
            "dst_nt": found["value"].where(found["kind"] == "dst"),
            "f107_sfu": np.nan,
            "status": found["status"].astype("str"),
            "available_time": pd.to_datetime(found["available_time"].str.removesuffix("Z")),
        }
    )
    return as_of(versions, moment)


def lacking(
    engine: sa.Engine, kind: str, start: pd.Timestamp, end: pd.Timestamp, moment: pd.Timestamp
) -> list[pd.Timestamp]:
    """Intervals of ``[start, end)`` that are over at a moment and of which nobody said a value."""
    hours = HOURS[kind]
    first = start.floor(f"{hours}h")
    last = min(end, moment - pd.Timedelta(hours=hours))
    wanted = pd.date_range(first, last, freq=f"{hours}h", inclusive="left")
    table = known(engine, start, end, moment)
    held = set(table.loc[table[COLUMNS[kind]].notna(), "time"])
    return [time for time in wanted if time not in held]


def _newest(
    connection: sa.Connection, kind: str, source: str, since: str
) -> dict[tuple[str, str], float]:
    query = (
        sa.select(indices)
        .where(indices.c.kind == kind, indices.c.source == source, indices.c.time >= since)
        .order_by(indices.c.available_time)
    )
    rows = rows_of(connection, query)
    return {(row["time"], row["status"]): row["value"] for row in rows}


def _rows(table: pd.DataFrame, kind: str, column: str, source: str) -> Sequence[dict[str, Any]]:
    said = table[table[column].notna()].drop_duplicates(["time", "status"], keep="last")
    return [
        {
            "kind": kind,
            "time": stamp(time),
            "status": str(status)[:16],
            "source": source[:24],
            "available_time": stamp(available),
            "value": float(value),
        }
        for time, status, value, available in zip(
            said["time"], said["status"], said[column], said["available_time"], strict=True
        )
    ]
