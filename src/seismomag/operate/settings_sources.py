"""Sources in the configuration of an operation: where days, indices and earthquakes come from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from seismomag.core.errors import ConfigError
from seismomag.core.stations import Station
from seismomag.experiment.sections import Source, parse
from seismomag.operate.sources import dst, kp
from seismomag.operate.sources.bmkg_events import LISTS
from seismomag.operate.sources.endpoints import Endpoint
from seismomag.operate.sources.fetch_plan import FetchPlan
from seismomag.operate.sources.folder import FolderPlan
from seismomag.operate.sources.sftp import SftpPlan
from seismomag.operate.sources.station_sources import (
    KINDS,
    PERIOD_S,
    Plan,
    SftpDayPlan,
    StationSource,
)

USGS, FDSN, BMKG = "usgs", "fdsn", "bmkg"
EVENT_SERVICES = (USGS, FDSN, BMKG)


@dataclass(frozen=True, kw_only=True)
class RunFetchPlan(FetchPlan):
    """How a run of the daily job asks; further fields as of ``FetchPlan``.

    Attributes
    ----------
    run_minutes
        Time that one run spends on asking for older days; what is left waits for the next run.
    give_up_after
        Attempts without an answer, one after the other, after which a source is not asked again
        in this run.
    recheck_hours
        Hours until a day that is in the archive is asked for again, for late data.
    keep_days
        Days for which fetched answers stay in the cache.
    """

    total_s: float = 120.0
    attempts: int = 3
    run_minutes: float = 30.0
    give_up_after: int = 3
    recheck_hours: float = 6.0
    keep_days: int = 7

    def __post_init__(self) -> None:
        super().__post_init__()
        wants = {
            "run_minutes > 0": self.run_minutes > 0,
            "give_up_after >= 1": self.give_up_after >= 1,
            "recheck_hours >= 0": self.recheck_hours >= 0,
            "keep_days >= 1": self.keep_days >= 1,
        }
        failed = [want for want, holds in wants.items() if not holds]
        if failed:
            msg = f"needs {', '.join(failed)}"
            raise ConfigError(msg)


@dataclass(frozen=True, kw_only=True)
class SpaceWeatherPlan:
    """Where Kp and Dst come from.

    Attributes
    ----------
    files
        Files in any layout that is known; relative to the configuration. Absent ones are said,
        not fatal.
    kp, dst
        Services, asked in this order: a later one only for the intervals that the earlier ones
        lack. Kp: ``gfz, gfz_nowcast, gfz_list, swpc``; Dst: ``kyoto, swpc``.
    urls
        Mirrors: name of a service to another root address.
    """

    files: tuple[str, ...] = ()
    kp: tuple[str, ...] = ()
    dst: tuple[str, ...] = ()
    urls: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _known("kp", self.kp, tuple(kp.SERVICES))
        _known("dst", self.dst, dst.SERVICES)
        _known("urls", tuple(self.urls), (*kp.SERVICES, *dst.SERVICES))
        for name, url in self.urls.items():
            Endpoint(name=name, url=url)


@dataclass(frozen=True, kw_only=True)
class EventPlan:
    """Where earthquakes come from; they are shown, and never score a forecast by themselves.

    Attributes
    ----------
    services
        Asked in this order until one answers: ``usgs``, ``fdsn`` (any such service, see ``urls``),
        ``bmkg`` (the newest fifteen only).
    minimum_magnitude
        Smaller ones are not asked for.
    margin_deg
        Around the stations.
    days_back
        Days that are asked for again at each run, because events are revised.
    bmkg_list
        ``strong``, ``felt`` or ``latest``.
    urls
        Service to its root address; ``fdsn`` has none of its own.
    """

    services: tuple[str, ...] = ()
    minimum_magnitude: float = 4.5
    margin_deg: float = 10.0
    days_back: int = 30
    bmkg_list: str = "strong"
    urls: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _known("services", self.services, EVENT_SERVICES)
        _known("bmkg_list", (self.bmkg_list,), tuple(LISTS))
        _known("urls", tuple(self.urls), EVENT_SERVICES)
        if FDSN in self.services and FDSN not in self.urls:
            msg = 'service "fdsn" needs its address: urls = {fdsn = "https://.../fdsnws/event/1"}'
            raise ConfigError(msg)
        for name, url in self.urls.items():
            Endpoint(name=name, url=url)
        if not (self.margin_deg >= 0 and 1 <= self.days_back <= 366):
            msg = "margin_deg must not be negative, days_back lie in 1..366"
            raise ConfigError(msg)


def read_sources(
    raw: Mapping[str, Any], source: Source, stations: Sequence[Station]
) -> tuple[StationSource, ...]:
    """Read ``[source]`` or every ``[[sources]]``.

    Raises
    ------
    ConfigError
        Both, an unknown kind or key, a station that is not listed, or one that nobody serves.
    """
    if "source" in raw and "sources" in raw:
        msg = f"{source.path}: [source] and [[sources]]; write one source as [source], several as "
        raise ConfigError(msg + "[[sources]]")
    several = raw.get("sources", [raw.get("source", {})])
    if not isinstance(several, list) or not several:
        msg = f"{source.path}: sources: expected tables, each headed [[sources]]"
        raise ConfigError(msg)
    section = "sources" if "sources" in raw else "source"
    found = tuple(_one(entry, section, source) for entry in several)
    codes = tuple(station.station_code for station in stations)
    for one in found:
        strange = [code for code in one.stations if code not in codes]
        if strange:
            problem = f"{strange[0]} is no station of yours ({', '.join(codes)})"
            raise source.error(section, "stations", problem)
        _try(one, codes, section, source)
    alone = [code for code in codes if not any(one.serves(code) for one in found)]
    if alone:
        msg = f"{source.path}: station {alone[0]} has no source; name it under stations of one"
        raise ConfigError(msg)
    return found


def read_fetch(raw: Any, source: Source) -> RunFetchPlan:
    """Read ``[fetch]``."""
    values = dict(raw) if isinstance(raw, dict) else raw
    given: dict[str, Any] = {}
    if isinstance(values, dict) and "ca_file" in values:
        given["ca_file"] = source.resolve(str(values.pop("ca_file")))
    return parse(RunFetchPlan, values, "fetch", source, **given)


def _one(raw: Any, section: str, source: Source) -> StationSource:
    if not isinstance(raw, dict):
        msg = f"{source.path}: {section}: expected a table, found {raw!r}"
        raise ConfigError(msg)
    values = dict(raw)
    kind = values.pop("kind", "folder")
    if kind not in KINDS:
        raise source.error(section, "kind", f"{kind!r} is none of {', '.join(KINDS)}")
    stations = values.pop("stations", [])
    if not isinstance(stations, list) or not all(isinstance(code, str) for code in stations):
        raise source.error(section, "stations", f"expected a list of codes, found {stations!r}")
    return StationSource(plan=_plan(kind, values, section, source), stations=tuple(stations))


def _plan(kind: str, values: dict[str, Any], section: str, source: Source) -> Plan:
    if kind == "folder":
        root = source.resolve(str(values.pop("root", "incoming")))
        values.setdefault("period_s", PERIOD_S)
        return parse(FolderPlan, values, section, source, root=root)
    if kind == "sftp":
        pattern = str(values.pop("pattern", ""))
        if not pattern:
            raise source.error(section, "pattern", "the path of a station-day is needed")
        known = source.resolve(str(values.pop("known_hosts", "known_hosts")))
        keys = tuple(_paths(values.pop("client_keys", []), source))
        server = parse(SftpPlan, values, section, source, known_hosts=known, client_keys=keys)
        return SftpDayPlan(server=server, pattern=pattern)
    plan: Plan = parse(KINDS[kind], values, section, source)
    return plan


def _paths(raw: Any, source: Source) -> list[Path]:
    return [source.resolve(str(one)) for one in raw]


def _try(one: StationSource, codes: Sequence[str], section: str, source: Source) -> None:
    """Refuse now what would be refused at every run."""
    plan = one.plan
    if isinstance(plan, FolderPlan | SftpDayPlan):
        return
    for code in codes:
        if one.serves(code):
            try:
                plan.query(code, np.datetime64("2025-01-01"))
            except ConfigError as error:
                raise source.error(section, "stations", str(error)) from error


def _known(name: str, found: Sequence[str], known: Sequence[str]) -> None:
    strange = [one for one in found if one not in known]
    if strange:
        msg = f"{name}: {strange[0]!r} is none of {', '.join(known)}"
        raise ConfigError(msg)
