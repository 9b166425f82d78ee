"""Kp, Dst and earthquakes of a run: asked within bounds; one that fails is a fact, not a stop."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from seismomag.core.errors import CoverageError
from seismomag.core.schema import Catalogue
from seismomag.core.stations import Station
from seismomag.operate import indices
from seismomag.operate.clock import stamp
from seismomag.operate.daily.collecting import NETWORK, Collector
from seismomag.operate.database import rows_of, upsert
from seismomag.operate.database_tables import events as event_table
from seismomag.operate.settings import Settings
from seismomag.operate.settings_sources import BMKG, EventPlan
from seismomag.operate.sources import dst, kp
from seismomag.operate.sources.answer import Answer
from seismomag.operate.sources.bmkg_events import get_bmkg_events
from seismomag.operate.sources.endpoints import BMKG_EVENTS, USGS_EVENTS, Endpoint
from seismomag.operate.sources.fdsn_events import FdsnQuery, get_fdsn_events, vanished
from seismomag.readers.space_weather import read_space_weather

LONGEST_SPAN = pd.Timedelta(days=31)
"""Services are asked for no more than this; older values come from files."""

_BEFORE = pd.Timedelta(days=3)
_GETTERS: Mapping[str, Callable[..., Answer[pd.DataFrame]]] = {"kp": kp.get_kp, "dst": dst.get_dst}


def network_stages(settings: Settings) -> tuple[str, ...]:
    """Stages that concern no station, as far as they are configured."""
    weather = settings.space_weather
    wanted = {
        "files": bool(weather.files),
        "kp": bool(weather.kp),
        "dst": bool(weather.dst),
        "events": bool(settings.events.services),
    }
    return tuple(stage for stage, is_wanted in wanted.items() if is_wanted)


def take_network(stage: str, collector: Collector, days: Sequence[np.datetime64]) -> None:
    """Bring what a network stage is about into the database.

    Parameters
    ----------
    stage
        Of :func:`network_stages`.
    collector
        The way to the sources.
    days
        Days of this run, the oldest first.

    Raises
    ------
    CoverageError
        Nothing came; says why.
    FormatError
        A file is damaged.
    """
    if stage == "files":
        _take_files(collector, days)
    elif stage == "events":
        _take_events(collector)
    else:
        _take_index(stage, collector, days)


def _take_files(collector: Collector, days: Sequence[np.datetime64]) -> None:
    settings = collector.settings
    paths = [settings.folder / name for name in settings.space_weather.files]
    present = [path for path in paths if path.is_file()]
    if present and days:
        indices.put(collector.engine, read_space_weather(present), pd.Timestamp(days[0]) - _BEFORE)
    absent = [path for path in paths if not path.is_file()]
    if absent:
        msg = f"{absent[0]}: absent"
        raise CoverageError(msg)


def _take_index(kind: str, collector: Collector, days: Sequence[np.datetime64]) -> None:
    now = collector.clock()
    first = pd.Timestamp(days[0]) if days else now.normalize()
    start = max(first - _BEFORE, now.normalize() - LONGEST_SPAN)
    plan = collector.settings.space_weather
    said: list[str] = []
    has_answer = False
    for position, service in enumerate(plan.kp if kind == "kp" else plan.dst):
        # The first is always asked, for its values are revised; others fill what is missing.
        gaps = indices.lacking(collector.engine, kind, start, now, now)
        if has_answer and not gaps:
            break
        answer = _ask_index(kind, service, collector, start, now)
        if answer.data is None:
            said.append(answer.reason)
            continue
        has_answer = True
        table = answer.data if not position else answer.data[answer.data["time"].isin(gaps)]
        indices.put(collector.engine, table, start, service)
    if not has_answer:
        raise CoverageError("; ".join(said))


def _ask_index(
    kind: str, service: str, collector: Collector, start: pd.Timestamp, end: pd.Timestamp
) -> Answer[pd.DataFrame]:
    url = collector.settings.space_weather.urls.get(service)
    place = None if url is None else Endpoint(name=f"{kind} {service}", url=url)
    get = _GETTERS[kind]
    return collector.ask(
        f"{kind} {service}",
        NETWORK,
        lambda: get(start, end, collector.fetcher, service=service, endpoint=place),
    )


def _take_events(collector: Collector) -> None:
    plan = collector.settings.events
    said: list[str] = []
    for service in plan.services:
        answer = collector.ask(
            f"events {service}", NETWORK, partial(_get_events, service, collector)
        )
        if answer.data is not None:
            put_events(collector.engine, answer.data, service, collector.clock())
            return
        said.append(answer.reason)
    raise CoverageError("; ".join(said))


def _get_events(service: str, collector: Collector) -> Answer[Catalogue]:
    plan = collector.settings.events
    url = plan.urls.get(service)
    if service == BMKG:
        place = BMKG_EVENTS if url is None else Endpoint(name=BMKG_EVENTS.name, url=url)
        return get_bmkg_events(collector.fetcher, which=plan.bmkg_list, endpoint=place)
    now = collector.clock().floor("h")
    query = FdsnQuery(
        start=now - pd.Timedelta(days=plan.days_back),
        end=now + pd.Timedelta(hours=1),
        region=region_of(collector.settings.stations, plan),
        minimum_magnitude=plan.minimum_magnitude,
    )
    place = USGS_EVENTS if url is None else Endpoint(name=service, url=url)
    return get_fdsn_events(query, collector.fetcher, endpoint=place)


def region_of(
    stations: Sequence[Station], plan: EventPlan
) -> tuple[float, float, float, float] | None:
    """Box ``(south, north, west, east)`` around the stations; None, the whole Earth, if too wide.

    Stations on both sides of the date line are met by the whole Earth too.
    """
    latitudes = [station.latitude_deg for station in stations]
    longitudes = [station.longitude_deg for station in stations]
    west, east = min(longitudes) - plan.margin_deg, max(longitudes) + plan.margin_deg
    if east - west >= 180 or west < -180 or east > 180:
        return None
    south, north = min(latitudes) - plan.margin_deg, max(latitudes) + plan.margin_deg
    return max(south, -90.0), min(north, 90.0), west, east


def put_events(engine: sa.Engine, fresh: Catalogue, source: str, now: pd.Timestamp) -> int:
    """Write earthquakes; those that the same source no longer lists in a covered span go.

    Returns
    -------
    n_gone
    """
    rows = [_event_row(event, source, now) for event in fresh.events.to_dict("records")]
    with engine.begin() as connection:
        held = rows_of(connection, sa.select(event_table).where(event_table.c.source == source))
        upsert(connection, event_table, rows)
        gone = vanished(Catalogue(events=_times(held), coverage=()), fresh) if held else ()
        for event_id in gone:
            connection.execute(event_table.delete().where(event_table.c.event_id == event_id))
    return len(gone)


def _times(held: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    times = pd.to_datetime([row["origin_time"].removesuffix("Z") for row in held])
    return pd.DataFrame({"event_id": [row["event_id"] for row in held], "origin_time": times})


def _event_row(event: Mapping[Any, Any], source: str, now: pd.Timestamp) -> dict[str, Any]:
    origin = pd.Timestamp(event["origin_time"])
    numbers = {
        name: None if pd.isna(event[name]) else float(event[name])
        for name in ("latitude_deg", "longitude_deg", "depth_km", "magnitude")
    }
    return {
        "event_id": str(event["event_id"])[:64],
        "origin_time": origin.isoformat(timespec="milliseconds") + "Z",
        **numbers,
        "magnitude_type": str(event["magnitude_type"] or "")[:16],
        "source": source,
        "fetched_at": stamp(now),
    }
