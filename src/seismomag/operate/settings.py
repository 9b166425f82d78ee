"""The configuration of an operation: one TOML file in its working directory."""

import math
import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pandas as pd

from seismomag.core.errors import ConfigError
from seismomag.core.stations import Station, read_stations
from seismomag.dataset.rule import LabelRule
from seismomag.experiment.sections import Source, parse, refuse_unknown
from seismomag.operate.access_plan import AccessPlan
from seismomag.operate.channel_plans import MailPlan, WebhookPlan
from seismomag.operate.database import sqlite_url
from seismomag.operate.settings_sources import (
    EventPlan,
    RunFetchPlan,
    SpaceWeatherPlan,
    read_fetch,
    read_sources,
)
from seismomag.operate.sources.station_sources import StationSource

FILE_NAME = "operate.toml"
DATABASE_VARIABLE = "SEISMOMAG_DATABASE_URL"

SECTIONS = (
    "operation",
    "source",
    "sources",
    "fetch",
    "space_weather",
    "events",
    "alarm",
    "consensus",
    "labels",
    "mail",
    "webhook",
    "access",
)
"""Every section of the configuration."""


@dataclass(frozen=True, kw_only=True)
class OperationPlan:
    """How the operation runs.

    Attributes
    ----------
    mode
        ``"test"``: rehearsal; ``"shadow"``: real data, for operators only.
    start_day
        First UTC day that is forecast.
    stations
        CSV file with ``station_code, latitude_deg, longitude_deg``.
    language
        Of alerts: ``"en"`` or ``"id"``.
    no_data_after_hours
        Hours after the end of a day after which a missing file becomes a "no data" record; 24
        and more would be too late to count.
    revisit_days
        Days back in which late files are looked for.
    keep_tensor_days
        Days for which tensors are kept; they can be made again.
    least_free_gb
        Free disk below which operators are told.
    threads
        Threads of ONNX Runtime.
    """

    mode: Literal["test", "shadow"] = "shadow"
    start_day: pd.Timestamp
    stations: str = "stations.csv"
    language: Literal["en", "id"] = "en"
    no_data_after_hours: float = 20.0
    revisit_days: int = 3
    keep_tensor_days: int = 60
    least_free_gb: float = 5.0
    threads: int = 1

    def __post_init__(self) -> None:
        wants = (
            (self.start_day == self.start_day.normalize(), "start_day must be a day"),
            (0 < self.no_data_after_hours < 24, "no_data_after_hours must lie in 0..24"),
            (self.revisit_days >= 1, "revisit_days must be 1 or more"),
            (self.keep_tensor_days >= 3, "keep_tensor_days must be 3 or more"),
            (0 <= self.least_free_gb < math.inf, "least_free_gb must be 0 or more"),
            (self.threads >= 1, "threads must be 1 or more"),
        )
        for holds, message in wants:
            if not holds:
                raise ConfigError(message)


@dataclass(frozen=True, kw_only=True)
class ConsensusPlan:
    """How forecasts of neighbouring stations are combined into forecasts of their own.

    Attributes
    ----------
    is_made
        Whether at all.
    within_km
        Neighbours lie no farther.
    least_stations
        Stations that must have spoken, the one itself included.
    """

    is_made: bool = True
    within_km: float = 500.0
    least_stations: int = 2

    def __post_init__(self) -> None:
        if not (self.within_km > 0 and self.least_stations >= 2):
            msg = "within_km must be positive, least_stations 2 or more"
            raise ConfigError(msg)


@dataclass(frozen=True, kw_only=True)
class AlarmPlan:
    """When a forecast is an alarm, and when an operator hears of it.

    Attributes
    ----------
    threshold
        Probability; a station is in alarm while the largest of its last ``window_days`` reaches
        it.
    window_days
        Usually the horizon.
    warning_probability, critical_probability
        Higher levels.
    least_coverage
        Days with less are not spoken about.
    largest_kp, lowest_dst_nt
        Days more disturbed, or of unknown disturbance, are not spoken about.
    least_days
        Days within the window at or above the threshold that make a level above watch.
    """

    threshold: float = 0.5
    window_days: int = 14
    warning_probability: float = 0.7
    critical_probability: float = 0.9
    least_coverage: float = 0.8
    largest_kp: float = 5.0
    lowest_dst_nt: float = -50.0
    least_days: int = 2

    def __post_init__(self) -> None:
        if not 0 < self.threshold <= self.warning_probability <= self.critical_probability < 1:
            msg = (
                "expected 0 < threshold <= warning_probability <= critical_probability < 1, found "
                f"{self.threshold}, {self.warning_probability}, {self.critical_probability}"
            )
            raise ConfigError(msg)
        if self.window_days < 1 or self.least_days < 1:
            msg = "window_days and least_days must be 1 or more"
            raise ConfigError(msg)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A working directory and what its configuration says.

    Attributes
    ----------
    folder
        The working directory.
    operation, fetch, space_weather, events, alarm, consensus, labels, mail, webhook, access
        Sections; ``mail`` and ``webhook`` may be absent. Without ``labels`` the rule is that of
        the champion.
    sources
        Where station-days come from, in the order of asking.
    stations
        Who is expected to send; silence of one of them is an alarm.
    database_url
        SQLite in the working directory, or what the environment says.
    """

    folder: Path
    operation: OperationPlan
    sources: tuple[StationSource, ...]
    fetch: RunFetchPlan
    space_weather: SpaceWeatherPlan
    events: EventPlan
    alarm: AlarmPlan
    consensus: ConsensusPlan
    labels: LabelRule | None
    stations: tuple[Station, ...]
    database_url: str
    mail: MailPlan | None = None
    webhook: WebhookPlan | None = None
    access: AccessPlan = field(default_factory=AccessPlan)
    codes: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "codes", tuple(s.station_code for s in self.stations))
        if not self.stations:
            msg = f"{self.folder}: no station; fill {self.operation.stations}"
            raise ConfigError(msg)

    @property
    def ledger(self) -> Path:
        """The forecast ledger."""
        return self.folder / "ledger" / "ledger.jsonl"

    @property
    def archive(self) -> Path:
        """Raw files."""
        return self.folder / "archive"

    @property
    def models(self) -> Path:
        """Model folders."""
        return self.folder / "models"

    def tensor(self, station_code: str, day: str) -> Path:
        """Store of one station-day."""
        return self.folder / "tensors" / station_code / day[:4] / f"{day}.h5"


def read_settings(folder: Path | str) -> Settings:
    """Read ``operate.toml`` of a working directory.

    Raises
    ------
    ConfigError
        Absent, no TOML, an unknown key, or an impossible value: names file, line and key.
    """
    place = Path(folder)
    path = place / FILE_NAME
    if not path.is_file():
        msg = f"{path}: absent; make a working directory with: seismomag init {place}"
        raise ConfigError(msg)
    source = Source(path, path.read_text(encoding="utf-8"))
    try:
        raw = tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        msg = f"{path}: not TOML: {error}"
        raise ConfigError(msg) from error
    refuse_unknown(raw, list(SECTIONS), "", source)
    operation = parse(OperationPlan, raw.get("operation", {}), "operation", source)
    stations = tuple(read_stations(source.resolve(operation.stations)))
    return Settings(
        folder=place,
        operation=operation,
        sources=read_sources(raw, source, stations),
        fetch=read_fetch(raw.get("fetch", {}), source),
        space_weather=parse(
            SpaceWeatherPlan, raw.get("space_weather", {}), "space_weather", source
        ),
        events=parse(EventPlan, raw.get("events", {}), "events", source),
        alarm=parse(AlarmPlan, raw.get("alarm", {}), "alarm", source),
        consensus=parse(ConsensusPlan, raw.get("consensus", {}), "consensus", source),
        labels=parse(LabelRule, raw["labels"], "labels", source) if "labels" in raw else None,
        stations=stations,
        database_url=os.environ.get(DATABASE_VARIABLE) or sqlite_url(place / "seismomag.sqlite"),
        mail=parse(MailPlan, raw["mail"], "mail", source) if "mail" in raw else None,
        webhook=parse(WebhookPlan, raw["webhook"], "webhook", source) if "webhook" in raw else None,
        access=parse(AccessPlan, raw.get("access", {}), "access", source),
    )
