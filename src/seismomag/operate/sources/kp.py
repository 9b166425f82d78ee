"""Kp: from GFZ, which makes it, or from SWPC, which estimates it sooner."""

from collections.abc import Callable, Iterator, Mapping

import pandas as pd

from seismomag.core.errors import ConfigError
from seismomag.operate.sources.answer import Answer, Journal
from seismomag.operate.sources.endpoints import GFZ_JSON, GFZ_TEXT, SWPC, Endpoint
from seismomag.operate.sources.fetch import Fetcher
from seismomag.operate.sources.fetch_plan import Request
from seismomag.operate.sources.index_question import Question, Seen, get_index, get_rows
from seismomag.operate.sources.swpc_json import read_swpc
from seismomag.readers.index_rows import KP_HOURS
from seismomag.readers.kp_layouts import read_gfz_json, read_gfz_text

_LIMIT_BYTES = 50_000_000
Address = Callable[[Endpoint, pd.Timestamp, pd.Timestamp], str]


def _gfz_json_at(endpoint: Endpoint, start: pd.Timestamp, end: pd.Timestamp) -> str:
    # Both ends are inclusive there; without any of the three words the service fails.
    last = end - pd.Timedelta(seconds=1)
    stamp = "%Y-%m-%dT%H:%M:%SZ"
    return endpoint.at("/", start=start.strftime(stamp), end=last.strftime(stamp), index="Kp")


def _read_swpc_kp(data: bytes, name: str) -> pd.DataFrame:
    return read_swpc(data, name, "Kp", "kp")


SERVICES: Mapping[str, tuple[Endpoint, Address, Callable[[bytes, str], pd.DataFrame]]] = {
    "gfz": (GFZ_JSON, _gfz_json_at, read_gfz_json),
    "gfz_list": (GFZ_TEXT, lambda e, _s, _e: e.at("/Kp_ap_since_1932.txt"), read_gfz_text),
    "gfz_nowcast": (GFZ_TEXT, lambda e, _s, _e: e.at("/Kp_ap_nowcast.txt"), read_gfz_text),
    "swpc": (
        SWPC,
        lambda e, _s, _e: e.at("/products/noaa-planetary-k-index.json"),
        _read_swpc_kp,
    ),
}
"""Service, its address for a span, and its reader, by name."""


def get_kp(
    start: pd.Timestamp,
    end: pd.Timestamp,
    fetcher: Fetcher,
    *,
    service: str = "gfz",
    endpoint: Endpoint | None = None,
    is_backfill: bool = False,
) -> Answer[pd.DataFrame]:
    """Get Kp for the intervals that begin in ``[start, end)``.

    Parameters
    ----------
    start, end
        UTC.
    fetcher
        The way to the network.
    service
        A name of :data:`SERVICES`.
    endpoint
        In place of the service's own.
    is_backfill
        For days long past: take the moment at which such values are usually published, not the
        moment of fetching, as ``available_time``.

    Returns
    -------
    answer
        Rows of ``SPACE_WEATHER_COLUMNS`` with the state of each value (SWPC: nowcast; GFZ: nowcast
        until it is definitive). Intervals that were still running are left out.
    """
    if service not in SERVICES or not start < end:
        msg = f"Kp of {service!r} from {start} to {end}: known are {', '.join(SERVICES)}"
        raise ConfigError(msg)
    own, address, read = SERVICES[service]
    place = endpoint or own

    request = Request(url=address(place, start, end), hosts=place.hosts, limit_bytes=_LIMIT_BYTES)
    question = Question(start=start, end=end, hours=KP_HOURS, is_backfill=is_backfill)

    def tables(journal: Journal) -> Iterator[Seen]:
        yield get_rows(request, place.name, read, fetcher, journal)

    return get_index(question, place.name, tables)
