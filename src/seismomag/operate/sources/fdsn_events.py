"""FDSN event services: earthquakes of a span, paged by time and never by offset."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from seismomag.core.errors import ConfigError
from seismomag.core.schema import (
    CATALOGUE_COLUMNS,
    Catalogue,
    Interval,
    check_catalogue,
    empty_table,
)
from seismomag.operate.sources.answer import (
    DAMAGED,
    REFUSED,
    TOO_LARGE,
    Answer,
    Journal,
    SourceError,
    answer,
)
from seismomag.operate.sources.endpoints import Endpoint
from seismomag.operate.sources.fetch import Fetched, Fetcher, excerpt
from seismomag.operate.sources.fetch_plan import Request
from seismomag.readers.catalogues import read_events

FORMATS = ("text", "xml")
NO_CONTENT, NOT_FOUND = 204, 404
_SHORTEST = pd.Timedelta(minutes=10)
# A revision moves an origin by seconds; between two windows it must not fall through.
_OVERLAP = pd.Timedelta(minutes=2)
_LIMIT_BYTES = 100_000_000


@dataclass(frozen=True, kw_only=True)
class FdsnQuery:
    """What to ask for.

    Attributes
    ----------
    start, end
        Origin times, UTC, half-open.
    region
        Latitudes and longitudes from, to ``(south, north, west, east)`` [degrees]; None is the
        whole Earth. East beyond 180 crosses the date line.
    minimum_magnitude
        None asks for all.
    updated_after
        Only events that changed since: a feed of revisions, which covers nothing by itself.
    event_type
        As the service spells it, such as ``earthquake``; empty sends no such word, since not
        every service knows it.
    format
        ``text`` or ``xml`` (QuakeML).
    window_days
        Span of one request; halved where the service finds it too much.
    limit
        Most events that the service gives at once: as many or more count as cut off.
    nodata
        Status with which the service is asked to say "nothing": 204 or 404. A 404 that was not
        asked for means a wrong address, not a quiet Earth.
    """

    start: pd.Timestamp
    end: pd.Timestamp
    region: tuple[float, float, float, float] | None = None
    minimum_magnitude: float | None = None
    updated_after: pd.Timestamp | None = None
    event_type: str = ""
    format: str = "text"
    window_days: float = 30.0
    limit: int = 20_000
    nodata: int = NO_CONTENT

    def __post_init__(self) -> None:
        wrong = {
            "start < end": self.start < self.end,
            "format text or xml": self.format in FORMATS,
            "window_days > 0 and limit > 0": self.window_days > 0 and self.limit > 0,
            "nodata 204 or 404": self.nodata in {NO_CONTENT, NOT_FOUND},
            "region (south, north, west, east)": self.region is None or _is_region(self.region),
        }
        failed = [demand for demand, holds in wrong.items() if not holds]
        if failed:
            msg = f"FDSN query from {self.start} to {self.end}: needs {'; '.join(failed)}"
            raise ConfigError(msg)


def get_fdsn_events(query: FdsnQuery, fetcher: Fetcher, *, endpoint: Endpoint) -> Answer[Catalogue]:
    """Get the earthquakes of a span.

    Returns
    -------
    answer
        A catalogue that covers the whole span (nothing with ``updated_after``): one row an event,
        the one that came last; explosions and the like are left out and counted in the notes. One
        window without an answer makes the whole a reason: a list with a hole is no list.
    """
    who = endpoint.name

    def work(journal: Journal) -> Catalogue:
        tables = list(_windows(query, fetcher, endpoint, journal))
        events = _join(tables, query, journal, who)
        covered = () if query.updated_after is not None else (Interval(query.start, query.end),)
        return check_catalogue(Catalogue(events=events, coverage=covered))

    return answer(work)


def vanished(known: Catalogue, fresh: Catalogue) -> tuple[str, ...]:
    """Ids of events that a later list of the same span no longer has: deleted or merged."""
    times = known.events["origin_time"]
    inside = pd.Series(data=False, index=times.index)
    for interval in fresh.coverage:
        inside |= (times >= interval.start) & (times < interval.end)
    gone = set(known.events.loc[inside, "event_id"]) - set(fresh.events["event_id"])
    return tuple(sorted(gone))


def _windows(
    query: FdsnQuery, fetcher: Fetcher, endpoint: Endpoint, journal: Journal
) -> Iterator[pd.DataFrame]:
    """Ask window by window, the oldest first; halve those that are too much."""
    step = pd.Timedelta(days=query.window_days)
    waiting = []
    start = query.start
    while start < query.end:
        waiting.append((start, min(start + step, query.end)))
        start += step
    waiting.reverse()
    while waiting:
        start, end = waiting.pop()
        request = Request(
            url=_address(query, endpoint, start - _OVERLAP, end + _OVERLAP),
            hosts=endpoint.hosts,
            limit_bytes=_LIMIT_BYTES,
        )
        table = _read(fetcher.get(request, journal), query, f"{endpoint.name} {start} to {end}")
        if table is not None:
            yield table
            continue
        if end - start < 2 * _SHORTEST:
            msg = f"{endpoint.name}: more than {query.limit:,} events from {start} to {end}"
            raise SourceError(TOO_LARGE, msg)
        middle = start + (end - start) / 2
        waiting += [(middle, end), (start, middle)]


def _address(query: FdsnQuery, endpoint: Endpoint, start: pd.Timestamp, end: pd.Timestamp) -> str:
    south, north, west, east = query.region or (None,) * 4
    return endpoint.at(
        "/query",
        format=query.format,
        starttime=f"{start:%Y-%m-%dT%H:%M:%S.%f}",
        endtime=f"{end:%Y-%m-%dT%H:%M:%S.%f}",
        minlatitude=south,
        maxlatitude=north,
        minlongitude=west,
        maxlongitude=east,
        minmagnitude=query.minimum_magnitude,
        eventtype=query.event_type or None,
        updatedafter=query.updated_after and f"{query.updated_after:%Y-%m-%dT%H:%M:%S}",
        orderby="time-asc",
        nodata=query.nodata,
    )


def _read(fetched: Fetched, query: FdsnQuery, who: str) -> pd.DataFrame | None:
    """Events of one answer; None where it is too much for one."""
    if fetched.status == NO_CONTENT or (fetched.status == NOT_FOUND == query.nodata):
        return pd.DataFrame()
    is_too_much = fetched.status == 413 or b"exceeds" in fetched.body[:10_000]
    if fetched.status != 200:
        if is_too_much:
            return None
        msg = f"{who}: status {fetched.status} ({excerpt(fetched.body)})"
        raise SourceError(REFUSED, msg)
    if _is_empty(fetched.body):
        return pd.DataFrame()
    if not _is_list(fetched.body):
        msg = f"{who}: no list of events but {excerpt(fetched.body)!r}"
        raise SourceError(DAMAGED, msg)
    events = read_events(fetched.body, who).events
    return None if len(events) >= query.limit else events


def _is_list(body: bytes) -> bool:
    head = body[:4096].lstrip()
    return head.startswith(b"#EventID") or re.search(rb"<(\w+:)?quakeml[\s>]", head) is not None


def _is_empty(body: bytes) -> bool:
    """A header without rows, or a whole QuakeML document without events."""
    text = body.strip()
    if text.startswith(b"#EventID"):
        return b"\n" not in text
    return (
        _is_list(body)
        and text.endswith(b"quakeml>")
        and re.search(rb"<(\w+:)?event[\s>]", text) is None
    )


def _join(tables: list[pd.DataFrame], query: FdsnQuery, journal: Journal, who: str) -> pd.DataFrame:
    filled = [table for table in tables if len(table)]
    if not filled:
        return empty_table(CATALOGUE_COLUMNS)
    events = pd.concat(filled, ignore_index=True)
    events = events.drop_duplicates("event_id", keep="last")
    inside = (events["origin_time"] >= query.start) & (events["origin_time"] < query.end)
    is_quake = events["event_type"].isin(["", "earthquake"])
    n_other = int((inside & ~is_quake).sum())
    if n_other:
        journal.notes.append(f"{who}: {n_other} events are no earthquakes and were left out")
    events = events.loc[inside & is_quake, list(CATALOGUE_COLUMNS)]
    return events.sort_values(["origin_time", "event_id"], kind="stable", ignore_index=True)


def _is_region(region: tuple[float, float, float, float]) -> bool:
    south, north, west, east = region
    return -90 <= south < north <= 90 and -360 <= west < east <= 360 and east - west <= 360
