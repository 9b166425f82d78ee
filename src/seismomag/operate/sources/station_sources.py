"""Where station-days come from, as an operation declares it: kinds, what they serve, one door."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import xarray as xr

from seismomag.operate.sources.answer import DAMAGED, Answer, Body, Journal, SourceError, answer
from seismomag.operate.sources.day_pattern import fill
from seismomag.operate.sources.endpoints import GIN, GIN_HAPI, USGS_GEOMAG, Endpoint
from seismomag.operate.sources.fetch import Fetcher
from seismomag.operate.sources.folder import FolderPlan, get_folder_day
from seismomag.operate.sources.gin import GinQuery, get_gin_day
from seismomag.operate.sources.hapi import HapiQuery, get_hapi
from seismomag.operate.sources.recordings import check_station, day_bounds, within
from seismomag.operate.sources.sftp import SftpPlan, get_sftp_file
from seismomag.operate.sources.usgs import UsgsQuery, get_usgs_day
from seismomag.readers.recognition import read_bytes

PERIOD_S = 1.0
"""The operation works on records of one sample a second."""

_ANY_DAY = np.datetime64("2025-01-01")


@dataclass(frozen=True, kw_only=True)
class HapiPlan:
    """Station-days of a HAPI server.

    Attributes
    ----------
    dataset
        Id of a station's data set, with ``{code}`` or ``{code_lower}``.
    url
        Root of the server.
    vector, letters, form
        As for :class:`~seismomag.operate.sources.hapi.HapiQuery`.
    """

    dataset: str
    url: str = GIN_HAPI.url
    vector: str = "Field_Vector"
    letters: str = ""
    form: str = ""

    def __post_init__(self) -> None:
        Endpoint(name="HAPI", url=self.url)
        self.query("AAA", _ANY_DAY)

    def query(self, station_code: str, day: np.datetime64) -> HapiQuery:
        """What to ask for a station-day."""
        start, end = day_bounds(day)
        return HapiQuery(
            dataset=fill(self.dataset, station_code, day),
            station_code=station_code,
            start=start,
            end=end,
            vector=self.vector,
            letters=self.letters,
            form=self.form,
        )


@dataclass(frozen=True, kw_only=True)
class GinPlan:
    """Station-days of INTERMAGNET's data service, at one sample a second.

    Attributes
    ----------
    orientation, state
        As for :class:`~seismomag.operate.sources.gin.GinQuery`.
    url
        The service.
    """

    orientation: str = "Native"
    state: str = "best-avail"
    url: str = GIN.url

    def __post_init__(self) -> None:
        Endpoint(name="GIN", url=self.url)
        self.query("AAA", _ANY_DAY)

    def query(self, station_code: str, day: np.datetime64) -> GinQuery:
        """What to ask for a station-day."""
        return GinQuery(
            station_code=station_code, day=day, orientation=self.orientation, state=self.state
        )


@dataclass(frozen=True, kw_only=True)
class UsgsPlan:
    """Station-days of the geomagnetism service of the USGS, at one sample a second.

    Attributes
    ----------
    elements, data_type
        As for :class:`~seismomag.operate.sources.usgs.UsgsQuery`.
    url
        The service.
    """

    elements: tuple[str, ...] = ("H", "E", "Z", "F")
    data_type: str = "variation"
    url: str = USGS_GEOMAG.url

    def __post_init__(self) -> None:
        Endpoint(name="USGS", url=self.url)
        self.query("AAA", _ANY_DAY)

    def query(self, station_code: str, day: np.datetime64) -> UsgsQuery:
        """What to ask for a station-day."""
        return UsgsQuery(
            station_code=station_code, day=day, elements=self.elements, data_type=self.data_type
        )


@dataclass(frozen=True, kw_only=True)
class SftpDayPlan:
    """Day files on an SFTP server.

    Attributes
    ----------
    server
        How to reach it.
    pattern
        Path of a station-day below its root, as for
        :class:`~seismomag.operate.sources.folder.FolderPlan`.
    """

    server: SftpPlan
    pattern: str

    def __post_init__(self) -> None:
        fill(self.pattern, "AAA", _ANY_DAY)


Plan = FolderPlan | HapiPlan | GinPlan | UsgsPlan | SftpDayPlan

KINDS: Mapping[str, type[Any]] = {
    "folder": FolderPlan,
    "hapi": HapiPlan,
    "gin": GinPlan,
    "usgs": UsgsPlan,
    "sftp": SftpDayPlan,
}
"""Word of the configuration to the plan of its kind."""


@dataclass(frozen=True, kw_only=True)
class StationSource:
    """A source and whom it serves.

    Attributes
    ----------
    plan
        What to ask, and where.
    stations
        Codes; empty serves every station.
    """

    plan: Plan
    stations: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """Key of :data:`KINDS`."""
        return next(kind for kind, cls in KINDS.items() if type(self.plan) is cls)

    @property
    def name(self) -> str:
        """Kind and place, for facts and messages."""
        if isinstance(self.plan, FolderPlan):
            place = self.plan.root.name
        elif isinstance(self.plan, SftpDayPlan):
            place = self.plan.server.host
        else:
            place = urlsplit(self.plan.url).netloc
        return f"{self.kind} {place}"[:64]

    @property
    def is_remote(self) -> bool:
        """Whether asking it goes over a network, and so may take long."""
        return not isinstance(self.plan, FolderPlan)

    def serves(self, station_code: str) -> bool:
        """Whether to ask it for a station."""
        return not self.stations or station_code in self.stations


def get_station_day(
    source: StationSource,
    station_code: str,
    day: np.datetime64,
    fetcher: Fetcher,
    *,
    fresh_s: float = 0.0,
) -> Answer[xr.Dataset]:
    """Get one station-day from a source of any kind.

    Parameters
    ----------
    source
        Which.
    station_code, day
        What.
    fetcher
        The way to the network; its memory also holds what came by SFTP.
    fresh_s
        Age up to which a kept answer is taken without asking.

    Returns
    -------
    answer
        A recording at one sample a second (of a folder: at the period of its plan) with its
        bodies, or a reason.
    """
    return _GETTERS[source.kind](source.plan, station_code, day, fetcher, fresh_s)


def _folder(
    plan: FolderPlan, code: str, day: np.datetime64, fetcher: Fetcher, fresh_s: float
) -> Answer[xr.Dataset]:
    return get_folder_day(plan, code, day)


def _hapi(
    plan: HapiPlan, code: str, day: np.datetime64, fetcher: Fetcher, fresh_s: float
) -> Answer[xr.Dataset]:
    endpoint = Endpoint(name=f"HAPI {urlsplit(plan.url).netloc}", url=plan.url)
    found = get_hapi(plan.query(code, day), fetcher, endpoint=endpoint)
    return _at_one_hz(found, endpoint.name)


def _gin(
    plan: GinPlan, code: str, day: np.datetime64, fetcher: Fetcher, fresh_s: float
) -> Answer[xr.Dataset]:
    endpoint = Endpoint(name=GIN.name, url=plan.url, hosts=GIN.hosts)
    found = get_gin_day(plan.query(code, day), fetcher, endpoint=endpoint, fresh_s=fresh_s)
    return _at_one_hz(found, endpoint.name)


def _usgs(
    plan: UsgsPlan, code: str, day: np.datetime64, fetcher: Fetcher, fresh_s: float
) -> Answer[xr.Dataset]:
    endpoint = Endpoint(name=USGS_GEOMAG.name, url=plan.url, hosts=USGS_GEOMAG.hosts)
    found = get_usgs_day(plan.query(code, day), fetcher, endpoint=endpoint, fresh_s=fresh_s)
    return _at_one_hz(found, endpoint.name)


def _sftp(
    plan: SftpDayPlan, code: str, day: np.datetime64, fetcher: Fetcher, fresh_s: float
) -> Answer[xr.Dataset]:
    path = fill(plan.pattern, code, day)
    who = f"sftp://{plan.server.host}:{plan.server.port}/{path}"

    def work(journal: Journal) -> xr.Dataset:
        data = _sftp_body(plan, path, who, fetcher, fresh_s, journal)
        recording = check_station(read_bytes(data, who), code, who)
        _refuse_other_period(recording, who)
        journal.bodies.append(Body(name=Path(path).name, data=data, url=who))
        return within(recording, *day_bounds(day), who)

    return answer(work)


def _sftp_body(
    plan: SftpDayPlan, path: str, who: str, fetcher: Fetcher, fresh_s: float, journal: Journal
) -> bytes:
    kept = fetcher.recall(who, fresh_s)
    if kept is not None:
        journal.provenance.append(kept.provenance)
        return kept.body
    got = get_sftp_file(plan.server, path)
    journal.provenance.extend(got.provenance)
    if got.data is None:
        raise SourceError(got.reason_code, got.reason)
    fetcher.remember(who, got.data)
    return got.data


def _at_one_hz(found: Answer[xr.Dataset], who: str) -> Answer[xr.Dataset]:
    if found.data is None:
        return found
    recording = found.data

    def work(journal: Journal) -> xr.Dataset:
        journal.provenance.extend(found.provenance)
        _refuse_other_period(recording, who)
        journal.notes.extend(found.notes)
        journal.bodies.extend(found.bodies)
        return recording

    return answer(work)


def _refuse_other_period(recording: xr.Dataset, who: str) -> None:
    period_s = 1 / float(recording.attrs["sampling_hz"])
    if abs(period_s - PERIOD_S) > 1e-6:
        msg = f"{who}: a sample every {period_s:g} s, expected every {PERIOD_S:g} s"
        raise SourceError(DAMAGED, msg)


_GETTERS: Mapping[str, Callable[..., Answer[xr.Dataset]]] = {
    "folder": _folder,
    "hapi": _hapi,
    "gin": _gin,
    "usgs": _usgs,
    "sftp": _sftp,
}
