"""The data service of INTERMAGNET: one station-day a request, as IAGA-2002."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from seismomag.core.constants import SECONDS_PER_DAY
from seismomag.core.errors import ConfigError
from seismomag.operate.sources.answer import (
    DAMAGED,
    EMBARGO,
    NO_DATA,
    REFUSED,
    Answer,
    Body,
    Journal,
    SourceError,
    answer,
)
from seismomag.operate.sources.endpoints import GIN, Endpoint
from seismomag.operate.sources.fetch import Fetched, Fetcher, excerpt
from seismomag.operate.sources.fetch_plan import Request
from seismomag.operate.sources.recordings import check_station, day_bounds, within
from seismomag.readers import iaga2002

SAMPLINGS: Mapping[float, str] = {1.0: "second", 60.0: "minute"}
ORIENTATIONS = ("Native", "XYZF", "HDZF", "XYZS", "HDZS")
STATES = ("best-avail", "adj-or-rep", "reported", "adjusted", "quasi-def", "definitive")
_LIMIT_BYTES = 20_000_000
_ATTEMPTS_AT_A_CUT = 2
LONGEST_EMBARGO = pd.Timedelta(hours=4320)
"""The longest that an institute of the network asks for."""


@dataclass(frozen=True, kw_only=True)
class GinQuery:
    """What to ask for.

    Attributes
    ----------
    station_code
        Three letters.
    day
        The UTC day.
    period_s
        1 or 60.
    orientation
        Of :data:`ORIENTATIONS`; ``Native`` as the instrument stands.
    state
        Of :data:`STATES`.
    """

    station_code: str
    day: np.datetime64
    period_s: float = 1.0
    orientation: str = "Native"
    state: str = "best-avail"

    def __post_init__(self) -> None:
        allowed = (
            ("period_s", self.period_s, tuple(SAMPLINGS)),
            ("orientation", self.orientation, ORIENTATIONS),
            ("state", self.state, STATES),
        )
        for name, found, known in allowed:
            if found not in known:
                msg = f"{name} {found!r} is none of {', '.join(map(str, known))}"
                raise ConfigError(msg)
        if not (self.station_code.isalnum() and len(self.station_code) in {3, 4}):
            msg = f"station code {self.station_code!r} must be 3 or 4 letters"
            raise ConfigError(msg)


def get_gin_day(
    query: GinQuery, fetcher: Fetcher, *, endpoint: Endpoint = GIN, fresh_s: float = 0.0
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
        A recording of the UTC day. An embargoed day comes as status 200 with nothing but missing
        values: that is a reason here, as are web pages under status 200, answers that break off,
        and days of which the service has nothing.
    """
    who = f"{endpoint.name}, {query.station_code} {query.day}"

    def work(journal: Journal) -> xr.Dataset:
        request = Request(url=_address(query, endpoint), hosts=endpoint.hosts, fresh_s=fresh_s)
        for _ in range(_ATTEMPTS_AT_A_CUT):
            fetched = fetcher.get(request, journal)
            _refuse_errors(fetched, who)
            if _is_whole(fetched.body):
                break
            fetcher.forget(request.url)
        else:
            msg = f"{who}: the answer breaks off within a line"
            raise SourceError(DAMAGED, msg)
        recording = check_station(iaga2002.read(fetched.body, who), query.station_code, who)
        if not np.isfinite(recording["field"].values).any():
            raise _nothing(query, fetcher.now(), who)
        day = str(query.day.astype("datetime64[D]")).replace("-", "")
        name = f"{query.station_code.lower()}{day}-{query.state}.{SAMPLINGS[query.period_s][:3]}"
        url = fetched.provenance.url
        journal.bodies.append(Body(name=name, data=fetched.body, url=url))
        return _day(recording, query, who, journal)

    return answer(work)


def _address(query: GinQuery, endpoint: Endpoint) -> str:
    return endpoint.at(
        Request="GetData",
        format="Iaga2002",
        testObsys=0,
        observatoryIagaCode=query.station_code,
        samplesPerDay=SAMPLINGS[query.period_s],
        orientation=query.orientation,
        publicationState=query.state,
        recordTermination="UNIX",
        dataStartDate=str(query.day.astype("datetime64[D]")),
        dataDuration=1,
    )


def _refuse_errors(fetched: Fetched, who: str) -> None:
    if fetched.status in {204, 404}:
        msg = f"{who}: the service has no such data"
        raise SourceError(NO_DATA, msg)
    if fetched.status != 200:
        msg = f"{who}: status {fetched.status} ({excerpt(fetched.body)})"
        raise SourceError(REFUSED, msg)
    if not iaga2002.is_mine(fetched.body[:4096]):
        msg = f"{who}: the answer is no {iaga2002.NAME} but {excerpt(fetched.body)!r}"
        raise SourceError(DAMAGED, msg)


def _is_whole(body: bytes) -> bool:
    # A record ends with a line feed; a body that breaks off hardly ever does so there.
    return body.endswith(b"\n")


def _nothing(query: GinQuery, now: pd.Timestamp, who: str) -> SourceError:
    if now - day_bounds(query.day)[1] > LONGEST_EMBARGO:
        return SourceError(NO_DATA, f"{who}: every value of the day is missing")
    return SourceError(
        EMBARGO, f"{who}: nothing but missing values, as the service answers for embargoed days"
    )


def _day(recording: xr.Dataset, query: GinQuery, who: str, journal: Journal) -> xr.Dataset:
    day = within(recording, *day_bounds(query.day), who)
    expected = round(SECONDS_PER_DAY / query.period_s)
    if day.sizes["time"] != expected:
        journal.notes.append(f"{who}: {day.sizes['time']:,} of {expected:,} samples of the day")
    return day
