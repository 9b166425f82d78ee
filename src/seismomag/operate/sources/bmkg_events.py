"""The public lists of BMKG: the newest earthquake, the newest 15 of M >= 5, the newest 15 felt."""

import json
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from seismomag.core.errors import ConfigError, FormatError
from seismomag.core.schema import CATALOGUE_COLUMNS, Catalogue, check_catalogue
from seismomag.operate.sources.answer import Answer, Journal, answer
from seismomag.operate.sources.endpoints import BMKG_EVENTS, Endpoint
from seismomag.operate.sources.fetch import Fetcher, refuse_status
from seismomag.operate.sources.fetch_plan import Request
from seismomag.readers.delimited import Table

LISTS: Mapping[str, str] = {
    "latest": "/autogempa.json",
    "strong": "/gempaterkini.json",
    "felt": "/gempadirasakan.json",
}
"""Name of a list to its file."""

_LIMIT_BYTES = 2_000_000
_LIMIT_EVENTS = 1_000
_JAKARTA = ZoneInfo("Asia/Jakarta")


def get_bmkg_events(
    fetcher: Fetcher, *, which: str = "strong", endpoint: Endpoint = BMKG_EVENTS
) -> Answer[Catalogue]:
    """Get one of the lists.

    Returns
    -------
    answer
        A catalogue that covers nothing: fifteen newest events say nothing of the hours between
        them, and they carry no ids. They serve the page, never a score. Ids are made from time
        and place.
    """
    if which not in LISTS:
        msg = f"list {which!r} is none of {', '.join(LISTS)}"
        raise ConfigError(msg)
    who = f"{endpoint.name}, {which}"

    def work(journal: Journal) -> Catalogue:
        request = Request(
            url=endpoint.at(LISTS[which]), hosts=endpoint.hosts, limit_bytes=_LIMIT_BYTES
        )
        fetched = fetcher.get(request, journal)
        refuse_status(fetched, who)
        return check_catalogue(Catalogue(events=_events(fetched.body, who), coverage=()))

    return answer(work)


def _events(body: bytes, who: str) -> pd.DataFrame:
    quakes = _quakes(body, who)
    table = Table(who, {key: [row[key] for row in quakes] for key in quakes[0]}, range(1, 9999))
    events = pd.DataFrame(
        {
            "origin_time": table.time("DateTime"),
            "latitude_deg": table.number("latitude", -90, 90),
            "longitude_deg": table.number("longitude", -180, 360),
            "depth_km": table.number("depth", -15, 1000),
            "magnitude": table.number("Magnitude", -5, 11),
        }
    )
    for column in ("latitude", "longitude"):
        table.refuse_empty(column)
    _check_local_time(events["origin_time"], quakes, who)
    stamp = events["origin_time"].dt.strftime("%Y%m%dT%H%M%S")
    place = table.text("latitude") + "_" + table.text("longitude")
    events["event_id"] = "bmkg_" + stamp + "_" + place
    events["magnitude_type"] = pd.Series([""] * len(events), dtype="str")
    events["source"] = pd.Series(["BMKG"] * len(events), dtype="str")
    events = events.drop_duplicates("event_id")[list(CATALOGUE_COLUMNS)]
    return events.sort_values("origin_time", kind="stable", ignore_index=True)


def _quakes(body: bytes, who: str) -> list[dict[str, str]]:
    try:
        found: Any = json.loads(body)["Infogempa"]["gempa"]
        rows = [found] if isinstance(found, dict) else list(found)
        quakes = [_quake(row) for row in rows[:_LIMIT_EVENTS]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        msg = f"{who}: no JSON with Infogempa.gempa as BMKG writes it ({error!r})"
        raise FormatError(msg) from error
    if not quakes:
        msg = f"{who}: an empty list of earthquakes"
        raise FormatError(msg)
    return quakes


def _quake(row: Mapping[str, Any]) -> dict[str, str]:
    latitude, _, longitude = str(row["Coordinates"]).partition(",")
    return {
        "DateTime": str(row["DateTime"]),
        "latitude": latitude.strip(),
        "longitude": longitude.strip(),
        "depth": str(row["Kedalaman"]).lower().removesuffix("km").strip(),
        "Magnitude": str(row["Magnitude"]),
        "Jam": str(row.get("Jam", "")),
    }


def _check_local_time(origin: pd.Series, quakes: list[dict[str, str]], who: str) -> None:
    """Refuse a list whose UTC times are local times with a wrong label."""
    for moment, quake in zip(origin, quakes, strict=True):
        stated = quake["Jam"].removesuffix("WIB").strip()
        local = moment.tz_localize("UTC").tz_convert(_JAKARTA)
        if stated and f"{local:%H:%M:%S}" != stated:
            msg = f"{who}: {moment} UTC is {local:%H:%M:%S} WIB, the list says {stated[:20]}"
            raise FormatError(msg)
