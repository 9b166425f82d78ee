"""The network view: roll call with coverage, earthquakes and Kp of the last days."""

from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
import sqlalchemy as sa

from seismomag.core.stations import Station
from seismomag.operate.api.context import Operation
from seismomag.operate.api.facts.coverage_cells import DayFacts, cells, read_day_facts, span
from seismomag.operate.api.facts.known import Known, read_known
from seismomag.operate.api.facts.station_states import (
    Standing,
    counts,
    newest_of,
    standings,
    worst_first,
)
from seismomag.operate.api.facts.times import read_day, read_utc, utc
from seismomag.operate.api.shapes.network import (
    NetworkAnswer,
    StationPlace,
    StationRow,
    StationsAnswer,
)
from seismomag.operate.api.shapes.parts import DstHour, Event, KpInterval
from seismomag.operate.database import rows_of
from seismomag.operate.database_tables import events
from seismomag.operate.indices import known as known_indices

SMALLEST_MAGNITUDE = 4.5
"""Of the earthquakes on the map."""

MOST_EVENTS = 2_000
_MARGIN_DEG = 3.0


def query_network(operation: Operation, n_days: int) -> NetworkAnswer:
    """Answer for the network view; the last of the days is today, which is open."""
    settings, now = operation.settings, operation.clock()
    today = now.date()
    first, end = today - timedelta(days=n_days - 1), today + timedelta(days=1)
    with operation.engine.connect() as connection:
        known = read_known(connection, now)
        facts = read_day_facts(connection, first, end, settings.codes)
        shown = read_events(connection, first, end, SMALLEST_MAGNITUDE)
    kp, _ = read_indices(operation, first, end)
    found = standings(settings, known)
    by_code = {station.station_code: station for station in settings.stations}
    return NetworkAnswer(
        as_of=utc(now),
        newest_datum_at=newest_of(found.values()),
        source="network: files, quality, events, indices",
        n_days=n_days,
        counts=counts(found),
        stations=tuple(
            _row(operation, by_code[code], found[code], known, facts, first, n_days)
            for code in worst_first(found)
        ),
        events=shown,
        events_source=", ".join(sorted({event.source for event in shown})),
        newest_event_at=shown[-1].origin_time if shown else None,
        kp=kp,
        region_deg=region_deg(settings.stations),
    )


def query_stations(operation: Operation) -> StationsAnswer:
    """List the configured stations."""
    settings, now = operation.settings, operation.clock()
    with operation.engine.connect() as connection:
        known = read_known(connection, now)
    found = standings(settings, known)
    return StationsAnswer(
        as_of=utc(now),
        newest_datum_at=newest_of(found.values()),
        source="stations: configuration, files, stages",
        stations=tuple(
            _place(station, found[station.station_code], known) for station in settings.stations
        ),
    )


def read_events(
    connection: sa.Connection, first: date, end: date, smallest: float
) -> tuple[Event, ...]:
    """Read the earthquakes of the days ``first <= day < end``, oldest first."""
    query = (
        sa.select(events)
        .where(
            events.c.origin_time >= first.isoformat(),
            events.c.origin_time < end.isoformat(),
            events.c.magnitude >= smallest,
        )
        .order_by(events.c.origin_time.desc(), events.c.event_id.desc())
        .limit(MOST_EVENTS)
    )
    return tuple(_event(row) for row in reversed(rows_of(connection, query)))


def read_indices(
    operation: Operation, first: date, end: date
) -> tuple[tuple[KpInterval, ...], tuple[DstHour, ...]]:
    """Read Kp and Dst of the days ``first <= day < end``: the best values as known now."""
    now = operation.clock()
    since, until = pd.Timestamp(first), pd.Timestamp(end)
    table = known_indices(operation.engine, since, until, now)
    kp, dst = (table[table[column].notna()] for column in ("kp", "dst_nt"))
    return (
        tuple(
            KpInterval(start=utc(time), kp=value, status=status)
            for time, value, status in zip(kp["time"], kp["kp"], kp["status"], strict=True)
        ),
        tuple(
            DstHour(start=utc(time), dst_nt=value, status=status)
            for time, value, status in zip(dst["time"], dst["dst_nt"], dst["status"], strict=True)
        ),
    )


def region_deg(stations: tuple[Station, ...]) -> tuple[float, float, float, float]:
    """West, south, east, north of a map of the stations, with a margin.

    Examples
    --------
    >>> region_deg((Station(station_code="ALR", latitude_deg=-8.1, longitude_deg=124.6),))
    (121.6, -11.1, 127.6, -5.1)
    """
    longitudes = [station.longitude_deg for station in stations]
    latitudes = [station.latitude_deg for station in stations]
    return (
        round(min(longitudes) - _MARGIN_DEG, 3),
        round(max(min(latitudes) - _MARGIN_DEG, -90.0), 3),
        round(max(longitudes) + _MARGIN_DEG, 3),
        round(min(max(latitudes) + _MARGIN_DEG, 90.0), 3),
    )


def _event(row: dict[str, Any]) -> Event:
    return Event(
        event_id=row["event_id"],
        origin_time=_time(row["origin_time"]),
        latitude_deg=row["latitude_deg"],
        longitude_deg=_wrapped(row["longitude_deg"]),
        depth_km=row["depth_km"],
        magnitude=row["magnitude"],
        magnitude_type=row["magnitude_type"] or "",
        source=row["source"],
    )


def _wrapped(longitude_deg: float) -> float:
    """Longitude in -180..180; what lies there already stays as it was written."""
    inside = -180.0 <= longitude_deg <= 180.0
    return longitude_deg if inside else (longitude_deg + 180.0) % 360.0 - 180.0


def _time(text: str) -> datetime:
    found = read_utc(text)
    if found is None:
        msg = f"time {text!r} of the database is none"
        raise ValueError(msg)
    return found.replace(microsecond=0)


def _row(
    operation: Operation,
    station: Station,
    standing: Standing,
    known: Known,
    facts: DayFacts,
    first: date,
    n_days: int,
) -> StationRow:
    code = station.station_code
    return StationRow(
        station_code=code,
        name=station.name,
        latitude_deg=station.latitude_deg,
        longitude_deg=station.longitude_deg,
        time_zone=station.time_zone,
        state=standing.state,
        reason=standing.reason,
        newest_sample_at=standing.newest_sample_at,
        coverage=cells(operation.settings, known, facts, code, span(first, n_days)),
    )


def _place(station: Station, standing: Standing, known: Known) -> StationPlace:
    archive = known.archive.get(station.station_code) or {}
    return StationPlace(
        station_code=station.station_code,
        name=station.name,
        latitude_deg=station.latitude_deg,
        longitude_deg=station.longitude_deg,
        time_zone=station.time_zone,
        state=standing.state,
        reason=standing.reason,
        newest_sample_at=standing.newest_sample_at,
        first_day=read_day(archive.get("first_day")),
        last_day=read_day(archive.get("last_day")),
    )
