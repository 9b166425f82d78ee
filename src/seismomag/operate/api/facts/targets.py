"""Which earthquakes of the catalogue are targets of which station, by the rule of the labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd
import sqlalchemy as sa

from seismomag.core.schema import CATALOGUE_COLUMNS, Catalogue, empty_table
from seismomag.core.stations import Station
from seismomag.dataset.pairs import target_pairs
from seismomag.dataset.rule import LabelRule
from seismomag.operate.clock import stamp
from seismomag.operate.database import rows_of
from seismomag.operate.database_tables import events

CONTEXT_DAYS = 90
"""Earthquakes before the days asked for, so that aftershocks find their mainshocks."""


@dataclass(frozen=True, eq=False)
class Targets:
    """Pairs of a station and a target earthquake in its range.

    Attributes
    ----------
    event_ids
        Of the targets of any station.
    times
        By station: times at which its targets happened, as the database writes times.
    known_until
        Time until which the list was looked at; later horizons are open. Empty if it never was.
    """

    event_ids: frozenset[str]
    times: dict[str, list[str]]
    known_until: str

    def outcome(self, station_code: str, valid_from: str, valid_to: str) -> bool | None:
        """Whether a target came in ``valid_from <= time < valid_to``; None while not known."""
        if any(valid_from <= time < valid_to for time in self.times.get(station_code, ())):
            return True
        return None if self.known_until < valid_to else False


def read_targets(
    connection: sa.Connection,
    stations: Sequence[Station],
    rule: LabelRule,
    first: date,
    end: date,
) -> Targets:
    """Find the targets of the days ``first <= day < end``."""
    context = first - timedelta(days=CONTEXT_DAYS)
    query = sa.select(events).where(
        events.c.origin_time >= context.isoformat(), events.c.origin_time < end.isoformat()
    )
    rows = rows_of(connection, query.order_by(events.c.origin_time, events.c.event_id))
    until = connection.execute(sa.select(sa.func.max(events.c.fetched_at))).scalar() or ""
    pairs = target_pairs(stations, Catalogue(_table(rows), ()), rule)
    pairs = pairs[pairs["origin_time"] >= pd.Timestamp(first)]
    times: dict[str, list[str]] = {}
    for code, time in zip(pairs["station_code"], pairs["origin_time"], strict=True):
        times.setdefault(str(code), []).append(stamp(time))
    return Targets(frozenset(pairs["event_id"]), times, str(until))


def _table(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    if not rows:
        return empty_table(CATALOGUE_COLUMNS)
    table = pd.DataFrame(rows)[list(CATALOGUE_COLUMNS)]
    table["origin_time"] = pd.to_datetime(
        table["origin_time"].str.removesuffix("Z"), format="ISO8601"
    ).astype("datetime64[ns]")
    for column in ("event_id", "magnitude_type", "source"):
        table[column] = table[column].fillna("").astype("str")
    for column in ("depth_km", "magnitude"):
        table[column] = table[column].astype("float64")
    return table
