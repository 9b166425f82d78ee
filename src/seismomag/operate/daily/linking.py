"""Whether database and ledger speak of the same forecasts."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from seismomag.operate.daily.stages import CHAMPION
from seismomag.operate.database import rows_of
from seismomag.operate.database_tables import forecasts

KEY = ("station_code", "day", "model_sha256", "input_sha256")
"""What a forecast is found by, in the database and, with ``station``, in the ledger."""

Key = tuple[Any, ...]


def key_of_row(row: Mapping[str, Any]) -> Key:
    """Key of a row of the forecast table."""
    return tuple(row[name] for name in KEY)


def key_of_record(record: Mapping[str, Any]) -> Key:
    """Key of a record of the ledger."""
    return (record["station"], *(record[name] for name in KEY[1:]))


def mismatches(engine: sa.Engine, records: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """What database and ledger tell apart, one sentence each; empty where they agree.

    Parameters
    ----------
    engine
        The database.
    records
        All of an intact ledger.

    Returns
    -------
    sentences
        Records without a forecast; forecasts whose ``ledger_seq`` names another record. A
        forecast without a place in the ledger is none of them: the next run seals it.
    """
    sealed = {r["seq"]: key_of_record(r) for r in records if r["kind"] == "forecast"}
    columns = [forecasts.c[name] for name in (*KEY, "ledger_seq")]
    query = sa.select(*columns).where(forecasts.c.role == CHAMPION)
    with engine.connect() as connection:
        rows = rows_of(connection, query.order_by(forecasts.c.day, forecasts.c.station_code))
    there = {key_of_row(row) for row in rows}
    lost = [key for _, key in sorted(sealed.items()) if key not in there]
    astray = [
        key_of_row(row)
        for row in rows
        if row["ledger_seq"] is not None and sealed.get(row["ledger_seq"]) != key_of_row(row)
    ]
    return tuple(
        f"{_counted(keys, words)}; {advice}"
        for keys, (words, advice) in ((lost, _LOST), (astray, _ASTRAY))
        if keys
    )


_LOST = (
    ("record of the ledger has", "records of the ledger have", "no forecast in the database"),
    "the two are of different times: restore both from one backup",
)
_ASTRAY = (
    (
        "forecast in the database names",
        "forecasts in the database name",
        "another record as its own",
    ),
    "seal and link them anew with: seismomag daily . --since DAY",
)


def _counted(keys: Sequence[Key], words: tuple[str, str, str]) -> str:
    code, day = min(keys, key=lambda key: (key[1], key[0]))[:2]
    one, many, what = words
    return f"{len(keys)} {one if len(keys) == 1 else many} {what} (first: {code} {day})"
