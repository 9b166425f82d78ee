"""From the forecasts of a day to records of the ledger, each once, whatever was cut off."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import sqlalchemy as sa

from seismomag.operate import facts, ledger
from seismomag.operate.clock import stamp
from seismomag.operate.daily.linking import Key, key_of_record, key_of_row
from seismomag.operate.daily.stages import CHAMPION, Served
from seismomag.operate.database import put_forecasts, rows_of
from seismomag.operate.database_tables import forecasts
from seismomag.operate.ledger.alarms import AlarmRule, Said
from seismomag.operate.settings import Settings

_TAKEN = (
    "valid_from",
    "valid_to",
    "day",
    "probability",
    "azimuth",
    "magnitude_class",
    "model_sha256",
    "input_sha256",
    "coverage",
    "kp_at_issue",
)


class Sealed(NamedTuple):
    """Where the record of a forecast stands, and whether it is an alarm."""

    seq: int
    alarm: bool | None


@dataclass
class Logged:
    """What the ledger holds, so that it is read once a run.

    Attributes
    ----------
    sealed
        Of each forecast that has a record.
    days
        Pairs of station and day that have a record.
    said
        Probabilities, which alarms are made from.
    registration
        The record of the preregistration; None where it did not begin with one.
    memory
        Of the file itself.
    """

    sealed: dict[Key, Sealed] = field(default_factory=dict)
    days: set[tuple[str, str]] = field(default_factory=set)
    said: Said = field(default_factory=Said)
    registration: Mapping[str, Any] | None = None
    memory: ledger.Memory = field(default_factory=ledger.Memory)

    @classmethod
    def of(cls, records: Iterable[Mapping[str, Any]]) -> "Logged":
        """Of all records of a ledger."""
        logged = cls()
        for record in records:
            logged.add(record)
        return logged

    def add(self, record: Mapping[str, Any]) -> None:
        """Note one more record."""
        if record["kind"] == "preregistration":
            self.registration = record
            return
        self.days.add((record["station"], record["day"]))
        self.said.note(record)
        if record["kind"] == "forecast":
            self.sealed.setdefault(key_of_record(record), Sealed(record["seq"], record["alarm"]))

    def lacks(self, row: Mapping[str, Any]) -> bool:
        """Whether no record seals a forecast, or another one than its row in the database says.

        A ledger that was restored from a backup, or begun anew, holds at the same place what has
        nothing to do with the row.
        """
        sealed = self.sealed.get(key_of_row(row))
        return sealed is None or sealed.seq != row["ledger_seq"]


def log_day(
    settings: Settings,
    engine: sa.Engine,
    logged: Logged,
    champion: Served,
    day: np.datetime64,
    clock: Callable[[], pd.Timestamp],
    pending: Collection[tuple[str, str]] = (),
) -> int:
    """Append what the ledger lacks of a day; what a killed run appended is only linked.

    Parameters
    ----------
    settings, engine, logged, champion
        The operation, what its ledger holds, and who speaks.
    day, clock
        Which day; UTC now. A forecast that is sealed again, because its record is gone, is issued
        now: late, it is never scored.
    pending
        Pairs of station and day of which a later run may find the file. Where a "no data" record
        would be late anyway, it waits for that.

    Returns
    -------
    n_records
        New ones.
    """
    query = sa.select(forecasts).where(forecasts.c.day == str(day), forecasts.c.role == CHAMPION)
    with engine.connect() as connection:
        found = rows_of(connection, query.order_by(forecasts.c.station_code))
    rows = [row for row in found if logged.lacks(row)]
    now = clock()
    rule = AlarmRule(settings.alarm.threshold, settings.alarm.window_days)
    fresh = [
        _record_of(row, now, logged, rule) for row in rows if key_of_row(row) not in logged.sealed
    ]
    said = {record["station"] for record in fresh}
    horizon = champion.rule.horizon(day, 0)
    is_late = now >= pd.Timestamp(str(horizon.start))
    waiting = {code for code, of in pending if of == str(day)} if is_late else set()
    lacking = [
        code
        for code in settings.codes
        if code not in said | waiting and (code, str(day)) not in logged.days
    ]
    fresh += _missing(settings, engine, champion, lacking, day, now)
    if fresh:
        for record in ledger.append(settings.ledger, fresh, logged.memory):
            logged.add(record)
    _link(engine, logged, rows, {record["station"] for record in fresh}, day, now)
    return len(fresh)


def _link(
    engine: sa.Engine,
    logged: Logged,
    rows: Sequence[dict[str, Any]],
    codes: set[str],
    day: np.datetime64,
    now: pd.Timestamp,
) -> None:
    """Write the place of each record beside its forecast, and its alarm as it was sealed."""
    with engine.begin() as connection:
        for row in rows:
            sealed = logged.sealed[key_of_row(row)]
            told = {"ledger_seq": sealed.seq, "alarm": sealed.alarm}
            put_forecasts(connection, [row | told])
        for code in sorted(codes | {row["station_code"] for row in rows}):
            facts.record_stage(connection, code, "ledger", str(day), now)


def _record_of(
    row: Mapping[str, Any], now: pd.Timestamp, logged: Logged, rule: AlarmRule
) -> dict[str, Any]:
    taken = {name: row[name] for name in _TAKEN}
    taken |= {"kind": "forecast", "issued_at": stamp(now), "station": row["station_code"]}
    # From what is sealed, so that whoever has the ledger alone finds the same.
    return taken | {"alarm": logged.said.is_alarm(taken, rule)}


def _missing(
    settings: Settings,
    engine: sa.Engine,
    champion: Served,
    codes: Sequence[str],
    day: np.datetime64,
    now: pd.Timestamp,
) -> list[dict[str, Any]]:
    """Build "no data" records of stations whose time is up."""
    hours = settings.operation.no_data_after_hours
    if not codes or now < pd.Timestamp(day) + pd.Timedelta(days=1, hours=hours):
        return []
    horizon = champion.rule.horizon(day, 0)
    said = {
        (row["station_code"], row["stage"]): row["error"]
        for row in facts.failures(engine)
        if row["day"] == str(day)
    }
    return [
        {
            "kind": "no_data",
            "issued_at": stamp(now),
            "valid_from": stamp(str(horizon.start)),
            "valid_to": stamp(str(horizon.end)),
            "day": str(day),
            "station": code,
            "model_sha256": champion.sha256,
            "reason": _why(said, code),
        }
        for code in codes
    ]


def _why(said: Mapping[tuple[str, str], str], code: str) -> str:
    """First stage that failed."""
    for stage in facts.DAY_STAGES:
        if (code, stage) in said:
            return f"{stage}: {said[code, stage]}"
    return "unknown"
