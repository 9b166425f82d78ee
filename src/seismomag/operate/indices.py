"""Kp and Dst in the database, each value with its status and the time since when it is known."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from seismomag.operate.clock import stamp
from seismomag.operate.database import upsert
from seismomag.operate.database_tables import indices
from seismomag.operate.settings import Settings
from seismomag.readers.space_weather import read_space_weather

_COLUMNS = {"kp": "kp", "dst": "dst_nt"}


def take_in(settings: Settings, engine: sa.Engine, days: Sequence[np.datetime64]) -> int:
    """Bring the configured files of indices into the database, as far as the days need them.

    Returns
    -------
    n_values

    Raises
    ------
    FormatError
        A file is damaged.
    """
    paths = [settings.folder / name for name in settings.space_weather.files]
    present = [path for path in paths if path.is_file()]
    if not present or not days:
        return 0
    return put(engine, read_space_weather(present), pd.Timestamp(days[0]) - pd.Timedelta(days=3))


def put(engine: sa.Engine, table: pd.DataFrame, since: pd.Timestamp) -> int:
    """Write a space-weather table; values of another status stand beside those that were known.

    Returns
    -------
    n_values
    """
    recent = table[table["time"] >= since]
    rows = [row for kind, column in _COLUMNS.items() for row in _rows(recent, kind, column)]
    with engine.begin() as connection:
        upsert(connection, indices, rows)
    return len(rows)


def _rows(table: pd.DataFrame, kind: str, column: str) -> list[dict[str, Any]]:
    known = table[table[column].notna()]
    return [
        {
            "kind": kind,
            "time": stamp(time),
            "status": str(status)[:16],
            "value": float(value),
            "available_time": stamp(available),
        }
        for time, status, value, available in zip(
            known["time"], known["status"], known[column], known["available_time"], strict=True
        )
    ]
