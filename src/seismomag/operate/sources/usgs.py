"""The geomagnetism service of the USGS: one station-day a request, as IAGA-2002 or JSON."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from seismomag.core.errors import ConfigError, FormatError
from seismomag.core.recording import make_recording, sha256_of
from seismomag.operate.sources.answer import (
    DAMAGED,
    NO_DATA,
    REFUSED,
    TOO_LARGE,
    Answer,
    Body,
    Journal,
    SourceError,
    answer,
)
from seismomag.operate.sources.endpoints import USGS_GEOMAG, Endpoint
from seismomag.operate.sources.fetch import Fetched, Fetcher, excerpt
from seismomag.operate.sources.fetch_plan import Request
from seismomag.operate.sources.recordings import check_station, day_bounds, within
from seismomag.readers import iaga2002
from seismomag.readers.elements import compose, is_main_field
from seismomag.readers.placement import place_on_grid

PERIODS_S = (1.0, 60.0)
TYPES = ("variation", "adjusted", "quasi-definitive", "definitive")
FORMATS = ("iaga2002", "json")


@dataclass(frozen=True, kw_only=True)
class UsgsQuery:
    """What to ask for.

    Attributes
    ----------
    station_code
        As the service spells it, in capitals.
    day
        The UTC day.
    elements
        At most four; three of them must give a frame (``XYZ``, ``HEZ``, ``UVW``).
    period_s
        1 or 60.
    data_type
        Of :data:`TYPES`; always sent, because the default of the service has changed.
    format
        Of :data:`FORMATS`.
    """

    station_code: str
    day: np.datetime64
    elements: tuple[str, ...] = ("H", "E", "Z", "F")
    period_s: float = 1.0
    data_type: str = "variation"
    format: str = "iaga2002"

    def __post_init__(self) -> None:
        allowed = (
            ("period_s", self.period_s, PERIODS_S),
            ("data_type", self.data_type, TYPES),
            ("format", self.format, FORMATS),
        )
        for name, found, known in allowed:
            if found not in known:
                msg = f"{name} {found!r} is none of {', '.join(map(str, known))}"
                raise ConfigError(msg)
        if not 3 <= len(self.elements) <= 4:
            msg = f"elements {self.elements}: three or four, a day of more exceeds the service"
            raise ConfigError(msg)
        if not any(set(frame) <= set(self.elements) for frame in ("XYZ", "HEZ", "UVW")):
            # The unit of D is told differently by the service's own pages.
            msg = f"elements {self.elements} hold none of X Y Z, H E Z, U V W"
            raise ConfigError(msg)


def get_usgs_day(
    query: UsgsQuery, fetcher: Fetcher, *, endpoint: Endpoint = USGS_GEOMAG, fresh_s: float = 0.0
) -> Answer[xr.Dataset]:
    """Get one station-day.

    Parameters
    ----------
    query
        What to ask for.
    fetcher
        The way to the network.
    endpoint
        The service.
    fresh_s
        Age up to which a kept answer is taken without asking.

    Returns
    -------
    answer
        A recording of the UTC day. The service answers a day without data with status 200 and
        nothing but nulls, and its older form sends errors under 200: both are reasons here.
    """
    who = f"{endpoint.name}, {query.station_code} {query.day}"

    def work(journal: Journal) -> xr.Dataset:
        start, end = day_bounds(query.day)
        address = _address(query, endpoint, start, end)
        request = Request(url=address, hosts=endpoint.hosts, fresh_s=fresh_s)
        fetched = fetcher.get(request, journal)
        _refuse_errors(fetched, who)
        try:
            reader = _read_json if query.format == "json" else _read_iaga
            recording = reader(fetched.body, who)
        except (FormatError, SourceError):
            fetcher.forget(request.url)
            raise
        name = f"{query.station_code.lower()}{start:%Y%m%d}-{query.data_type}.{query.format}"
        url = fetched.provenance.url
        journal.bodies.append(Body(name=name, data=fetched.body, url=url))
        return within(check_station(recording, query.station_code, who), start, end, who)

    return answer(work)


def _address(query: UsgsQuery, endpoint: Endpoint, start: pd.Timestamp, end: pd.Timestamp) -> str:
    # The end is inclusive.
    last = end - pd.Timedelta(seconds=query.period_s)
    return endpoint.at(
        "/data/",
        id=query.station_code,
        starttime=f"{start:%Y-%m-%dT%H:%M:%S}Z",
        endtime=f"{last:%Y-%m-%dT%H:%M:%S}Z",
        elements=",".join(query.elements),
        sampling_period=f"{query.period_s:g}",
        type=query.data_type,
        format=query.format,
    )


def _refuse_errors(fetched: Fetched, who: str) -> None:
    if fetched.status in {204, 404}:
        msg = f"{who}: the service has no such data"
        raise SourceError(NO_DATA, msg)
    head = fetched.body[:200].lstrip()
    # The older form of the service sent its errors under 200, as JSON whatever was asked.
    is_error = head.startswith(b"Error ") or (head[:1] == b"{" and b'"Error"' in head)
    if fetched.status == 200 and not is_error:
        return
    code = TOO_LARGE if b"exceeds" in fetched.body[:10_000] else REFUSED
    msg = f"{who}: {_error_text(fetched)}"
    raise SourceError(code, msg)


def _error_text(fetched: Fetched) -> str:
    try:
        metadata = json.loads(fetched.body)["metadata"]
        return f"{metadata.get('title', '')} {metadata.get('error', '')}".strip()[:200]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return f"status {fetched.status} ({excerpt(fetched.body)})"


def _read_iaga(body: bytes, who: str) -> xr.Dataset:
    if not iaga2002.is_mine(body[:4096]):
        msg = f"{who}: the answer is no {iaga2002.NAME} but {excerpt(body)!r}"
        raise SourceError(DAMAGED, msg)
    return iaga2002.read(body, who)


def _read_json(body: bytes, who: str) -> xr.Dataset:
    try:
        answered: Any = json.loads(body)
    except (ValueError, RecursionError) as error:
        msg = f"{who}: no JSON ({error}): {excerpt(body)!r}"
        raise SourceError(DAMAGED, msg) from error
    kind = answered.get("type") if isinstance(answered, dict) else None
    if kind != "Timeseries":
        msg = f"{who}: JSON of type {kind!r}, expected Timeseries"
        raise SourceError(DAMAGED, msg)
    return _from_lists(answered, body, who)


def _from_lists(answered: dict[str, Any], body: bytes, who: str) -> xr.Dataset:
    try:
        metadata = answered["metadata"]["intermagnet"]
        code = str(metadata["imo"]["iaga_code"])
        stamps = pd.to_datetime(pd.Series(answered["times"]), format="ISO8601", utc=True)
        stamps_ns = stamps.dt.tz_localize(None).to_numpy("datetime64[ns]").astype(np.int64)
        elements = {str(one["id"]): _numbers(one["values"]) for one in answered["values"]}
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        msg = f"{who}: the JSON lacks or garbles a part ({error!r})"
        raise SourceError(DAMAGED, msg) from error
    uneven = [key for key, values in elements.items() if values.size != stamps_ns.size]
    if uneven:
        msg = f"{who}: element {uneven[0]} has not as many values as there are times"
        raise SourceError(DAMAGED, msg)
    composed = compose(elements, name=who)
    placed = place_on_grid(stamps_ns, composed.field_nt, name=who)
    return make_recording(
        placed.field_nt,
        placed.start,
        sampling_hz=placed.sampling_hz,
        frame=composed.frame,
        station_code=code,
        source_format="USGS JSON",
        source_sha256=sha256_of(body),
        flags=placed.flags,
        clock_faults=placed.clock_faults,
        notes=composed.notes,
        is_absolute=is_main_field(composed.field_nt),
    )


def _numbers(values: list[float | None]) -> NDArray[np.float64]:
    numbers = np.array([np.nan if v is None else float(v) for v in values], np.float64)
    numbers[np.abs(numbers) >= iaga2002.NOT_RECORDED_NT] = np.nan
    return numbers
