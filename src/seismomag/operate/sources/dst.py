"""Dst: from WDC Kyoto in its three states, or SWPC's copy of the newest days."""

from collections.abc import Iterator
from functools import partial

import numpy as np
import pandas as pd

from seismomag.core.errors import ConfigError, FormatError
from seismomag.operate.sources.answer import DAMAGED, Answer, Journal, SourceError
from seismomag.operate.sources.endpoints import KYOTO_DST, SWPC, Endpoint
from seismomag.operate.sources.fetch import Fetcher, NothingThereError
from seismomag.operate.sources.fetch_plan import Request
from seismomag.operate.sources.index_question import Question, Seen, get_index, get_rows
from seismomag.operate.sources.kyoto_page import read_kyoto_page
from seismomag.operate.sources.swpc_json import read_swpc
from seismomag.readers.dst_layouts import is_wdc_dst, read_wdc_dst
from seismomag.readers.index_rows import DST_HOURS, FINAL, NOWCAST, PROVISIONAL, STATUSES

SERVICES = ("kyoto", "swpc")
FOLDERS = {FINAL: "dst_final", PROVISIONAL: "dst_provisional", NOWCAST: "dst_realtime"}
"""Where Kyoto keeps each state, the most trusted first."""

_LIMIT_BYTES = 2_000_000
_FINAL_FRESH_S = 30 * 86_400.0


def get_dst(
    start: pd.Timestamp,
    end: pd.Timestamp,
    fetcher: Fetcher,
    *,
    service: str = "kyoto",
    endpoint: Endpoint | None = None,
    is_backfill: bool = False,
) -> Answer[pd.DataFrame]:
    """Get Dst for the hours that begin in ``[start, end)``.

    Parameters
    ----------
    start, end
        UTC.
    fetcher
        The way to the network.
    service
        ``kyoto`` asks, month by month, for final, provisional, then real-time values, and takes
        the first that is there; ``swpc`` gives the last seven days.
    endpoint, is_backfill
        As for :func:`seismomag.operate.sources.kp.get_kp`.

    Returns
    -------
    answer
        Rows of ``SPACE_WEATHER_COLUMNS``; missing hours are NaN; the state is the less trusted of
        what the folder and the file say.
    """
    if service not in SERVICES or not start < end:
        msg = f"Dst of {service!r} from {start} to {end}: known are {', '.join(SERVICES)}"
        raise ConfigError(msg)
    place = endpoint or (KYOTO_DST if service == "kyoto" else SWPC)
    question = Question(start=start, end=end, hours=DST_HOURS, is_backfill=is_backfill)

    def tables(journal: Journal) -> Iterator[Seen]:
        if service == "swpc":
            url = place.at("/products/kyoto-dst.json")
            yield get_rows(_request(place, url), place.name, _read_swpc_dst, fetcher, journal)
            return
        for month in _months(start, end):
            yield from _month(place, month, fetcher, journal)

    return get_index(question, place.name, tables)


def _months(start: pd.Timestamp, end: pd.Timestamp) -> Iterator[np.datetime64]:
    month = start.to_datetime64().astype("datetime64[M]")
    while month.astype("datetime64[us]") < end.to_datetime64():
        yield month
        month += 1


def _month(
    place: Endpoint, month: np.datetime64, fetcher: Fetcher, journal: Journal
) -> Iterator[Seen]:
    """The first page of a month that can be read, in the most trusted state; none is a note."""
    who = f"{place.name} {month}"
    faults: list[FormatError] = []
    for status, url in _addresses(place, month):
        request = _request(place, url, fresh_s=_FINAL_FRESH_S if status == FINAL else 0.0)
        read = partial(_read, status=status, month=month)
        try:
            yield get_rows(request, who, read, fetcher, journal)
        except NothingThereError:
            continue
        except FormatError as error:
            # A page that apologises, or one form that is damaged: the other form may be sound.
            fetcher.forget(url)
            faults.append(error)
            continue
        return
    if faults:
        raise SourceError(DAMAGED, str(faults[0])) from faults[0]
    journal.notes.append(f"{who}: no page in any state")


def _request(place: Endpoint, url: str, fresh_s: float = 0.0) -> Request:
    return Request(url=url, hosts=place.hosts, limit_bytes=_LIMIT_BYTES, fresh_s=fresh_s)


def _read_swpc_dst(body: bytes, who: str) -> pd.DataFrame:
    return read_swpc(body, who, "dst", "dst_nt")


def _addresses(place: Endpoint, month: np.datetime64) -> Iterator[tuple[str, str]]:
    digits = str(month).replace("-", "")
    for status, folder in FOLDERS.items():
        for file in (f"dst{digits[2:]}.for.request", "index.html"):
            yield status, place.at(f"/{folder}/{digits}/{file}")


def _read(body: bytes, who: str, status: str, month: np.datetime64) -> pd.DataFrame:
    if is_wdc_dst(body[:200]):
        rows = read_wdc_dst(body, who)
        rank = {known: n for n, known in enumerate(STATUSES)}
        rows["status"] = [min(said, status, key=rank.__getitem__) for said in rows["status"]]
    else:
        rows = read_kyoto_page(body, who, status)
    if (rows["time"].to_numpy().astype("datetime64[M]") != month).any():
        msg = f"{who}: the answer is of another month ({rows['time'].iloc[0]:%Y-%m})"
        raise FormatError(msg)
    return rows
