"""The configuration of a run: one TOML file, every key of it read, nothing guessed."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from seismomag.baselines import BASELINES
from seismomag.core.bands import Band
from seismomag.core.errors import ConfigError
from seismomag.core.stations import Station, read_stations
from seismomag.dataset.labels import LabelRule
from seismomag.dataset.rule import HORIZON_AFTER_DAYS
from seismomag.dataset.splits import SplitPlan
from seismomag.experiment.injecting.plan import InjectionPlan
from seismomag.experiment.sections import Source, parse, refuse_unknown
from seismomag.network.plans import LossPlan, ModelPlan, TrainingPlan
from seismomag.signal.wavelet import ScalogramGrid
from seismomag.simulate import (
    BackgroundPlan,
    FaultPlan,
    PrecursorPlan,
    PulsationPlan,
    SeismicityPlan,
    Simulation,
    StormPlan,
    WeatherPlan,
)

DEFAULT_BASELINES = (*BASELINES, "other_station")
"""All that cost no training; the rung of the baselines needs B1 to B9."""
NETWORK_BASELINE_NAMES = ("bare_network", "other_station")
"""Baselines that are networks; see :mod:`seismomag.experiment.network_baselines`."""


@dataclass(frozen=True, kw_only=True)
class RunPlan:
    """What the run is called, and how it is carried out.

    Attributes
    ----------
    title
        For people.
    seed
        Of everything random in the run.
    workers
        Processes for the store; 0 means one a core.
    scheduler
        Address of a Dask scheduler, such as ``tcp://10.0.0.1:8786``, whose workers build the
        store instead; they must see the same files.
    """

    title: str
    seed: int = 0
    workers: int = 0
    scheduler: str = ""


@dataclass(frozen=True, kw_only=True)
class SimulationPlan:
    """A network that is invented, with known truth.

    Attributes
    ----------
    start, n_days
        UTC days that are simulated.
    write_files
        Whether the days are written as FRG604RC files and read back, as an archive would be.
    layout
        Folders of those files: ``"SData"`` or ``"flat"``.
    background, pulsations, storms, weather, seismicity, faults, precursor
        See :mod:`seismomag.simulate`; ``precursor = false`` plants nothing.
    """

    start: pd.Timestamp
    n_days: int
    write_files: bool = False
    layout: Literal["SData", "flat"] = "SData"
    background: BackgroundPlan = field(default_factory=BackgroundPlan)
    pulsations: PulsationPlan = field(default_factory=PulsationPlan)
    storms: StormPlan = field(default_factory=StormPlan)
    weather: WeatherPlan = field(default_factory=WeatherPlan)
    seismicity: SeismicityPlan = field(default_factory=SeismicityPlan)
    faults: FaultPlan = field(default_factory=FaultPlan)
    precursor: PrecursorPlan | None = None


@dataclass(frozen=True, kw_only=True)
class ArchiveFile:
    """One file of an archive that is listed by hand.

    Attributes
    ----------
    path
        Relative to the root of the archive.
    station_code
        Where the file itself does not say it, or says it otherwise.
    days
        UTC days to take from it; empty for all.
    declination_deg
        Turns geographic components into the frame of the installation.
    """

    path: str
    station_code: str = ""
    days: tuple[str, ...] = ()
    declination_deg: float | None = None


@dataclass(frozen=True, kw_only=True)
class ArchivePlan:
    """Recorded days.

    Attributes
    ----------
    root
        Folder; scanned for the BMKG layouts when no files are listed.
    files
        A list by hand: one file a day.
    frame
        Frame of the store; geographic files are rotated into it.
    """

    root: str
    files: tuple[ArchiveFile, ...] = ()
    frame: Literal["HEZ", "HDZ", "XYZ"] = "HEZ"


@dataclass(frozen=True, kw_only=True)
class FilesPlan:
    """Files of one kind, and what they cover when that is known better than they show.

    Attributes
    ----------
    files
        Paths, relative to the configuration.
    coverage
        Pairs of UTC times; empty means: estimated from the events.
    """

    files: tuple[str, ...]
    coverage: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class AlarmPlan:
    """How alarms are made of probabilities.

    Attributes
    ----------
    target_tau
        Share of station-days in alarm at which the threshold is frozen on validation.
    state_days
        A station is in alarm when the largest probability of its last so many issue days
        reaches the threshold; 0 means the horizon.
    """

    target_tau: float = 0.2
    state_days: int = 0


@dataclass(frozen=True, kw_only=True)
class AuditPlan:
    """Cost of the audit.

    Attributes
    ----------
    n_bootstrap
        Draws of the event bootstrap.
    baselines
        Names of :data:`seismomag.baselines.BASELINES`, and of
        :data:`NETWORK_BASELINE_NAMES`, to compare with. ``bare_network`` costs a training.
    retrainings
        Trainings on labels shuffled by event block, which show whether the split leaks; 0 leaves
        that rung of the ladder "not run", otherwise 5 or more.
    """

    n_bootstrap: int = 2000
    baselines: tuple[str, ...] = DEFAULT_BASELINES
    retrainings: int = 0

    def __post_init__(self) -> None:
        known = (*BASELINES, *NETWORK_BASELINE_NAMES)
        strange = [name for name in self.baselines if name not in known]
        if strange:
            msg = f"baselines {', '.join(strange)}: not known; known: {', '.join(known)}"
            raise ConfigError(msg)


@dataclass(frozen=True, kw_only=True)
class ReportPlan:
    """What the report shows beside the audit.

    Attributes
    ----------
    example_station, example_day
        The station-day that is drawn; empty means the first well-covered test day.
    beside_the_paper
        Whether the first page sets the figures beside those of the abstract.
    """

    example_station: str = ""
    example_day: str = ""
    beside_the_paper: bool = False


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """Everything that a run was told."""

    source: Source
    run: RunPlan
    stations: tuple[Station, ...]
    simulation: SimulationPlan | None
    archive: ArchivePlan | None
    catalogue: FilesPlan | None
    space_weather: FilesPlan | None
    grid: ScalogramGrid
    labels: LabelRule
    splits: SplitPlan
    model: ModelPlan
    loss: LossPlan
    training: TrainingPlan
    alarm: AlarmPlan
    audit: AuditPlan
    injection: InjectionPlan
    report: ReportPlan

    @property
    def seed(self) -> int:
        """Seed of everything random in the run."""
        return self.run.seed

    @property
    def state_days(self) -> int:
        """Days that an alarm lasts."""
        return self.alarm.state_days or self.labels.horizon_days

    def simulated(self) -> Simulation:
        """Build the simulation that the run was told to invent.

        Raises
        ------
        ConfigError
            The run has no simulation.
        """
        plan = self.simulation
        if plan is None:
            msg = f"{self.source.path}: no [simulation]; this run reads an archive"
            raise ConfigError(msg)
        return Simulation(
            stations=self.stations,
            start=np.datetime64(plan.start, "D"),
            n_days=plan.n_days,
            seed=self.run.seed,
            background=plan.background,
            pulsations=plan.pulsations,
            storms=plan.storms,
            weather=plan.weather,
            seismicity=plan.seismicity,
            faults=plan.faults,
            precursor=plan.precursor,
        )


_SECTIONS = {
    "run": RunPlan,
    "simulation": SimulationPlan,
    "archive": ArchivePlan,
    "catalogue": FilesPlan,
    "space_weather": FilesPlan,
    "labels": LabelRule,
    "loss": LossPlan,
    "alarm": AlarmPlan,
    "audit": AuditPlan,
    "injection": InjectionPlan,
    "report": ReportPlan,
}
_MADE_HERE = ["stations", "stations_file", "grid", "splits", "model", "training"]
_OPTIONAL = ("simulation", "archive", "catalogue", "space_weather")


def read_config(path: str | Path) -> RunConfig:
    """Read a configuration.

    Parameters
    ----------
    path
        A TOML file.

    Raises
    ------
    ConfigError
        Names file, line, key, what was found and what was expected.
    """
    path = Path(path)
    if not path.is_file():
        msg = f"{path}: no such configuration file"
        raise ConfigError(msg)
    text = path.read_text(encoding="utf-8")
    return parse_config(text, path)


def parse_config(text: str, path: Path) -> RunConfig:
    """Read a configuration from a text; ``path`` serves messages and relative paths."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        msg = f"{path}: not TOML: {error}"
        raise ConfigError(msg) from error
    source = Source(path, text)
    refuse_unknown(raw, [*_SECTIONS, *_MADE_HERE], "", source)
    made: dict[str, Any] = dict.fromkeys(_OPTIONAL)
    for name, cls in _SECTIONS.items():
        if name in raw or name not in _OPTIONAL:
            made[name] = parse(cls, raw.get(name, {}), name, source)
    grid = _grid(raw.get("grid", {}), source)
    config = RunConfig(
        source=source,
        stations=_stations(raw, source),
        grid=grid,
        splits=_splits(raw, made["labels"], source),
        model=parse(
            ModelPlan, raw.get("model", {}), "model", source, representation=grid.representation
        ),
        training=parse(
            TrainingPlan, raw.get("training", {}), "training", source, seed=made["run"].seed
        ),
        **made,
    )
    _agree(config)
    return config


def _grid(raw: dict[str, Any], source: Source) -> ScalogramGrid:
    raw = dict(raw)
    band = raw.pop("band_hz", (0.01, 0.1))
    if not (isinstance(band, list | tuple) and len(band) == 2):
        problem = f"expected two frequencies, found {band!r}"
        raise source.error("grid", "band_hz", problem)  # noqa: EM101 - not a message
    return parse(
        ScalogramGrid, raw, "grid", source, band=Band(low_hz=float(band[0]), high_hz=float(band[1]))
    )


def _stations(raw: dict[str, Any], source: Source) -> tuple[Station, ...]:
    if "stations_file" in raw:
        return read_stations(source.resolve(raw["stations_file"]))
    rows = raw.get("stations")
    if not isinstance(rows, list) or not rows:
        msg = f"{source.path}: needs [[stations]] or stations_file; found neither"
        raise ConfigError(msg)
    stations = tuple(parse(Station, row, "stations", source) for row in rows)
    codes = [s.station_code for s in stations]
    twice = sorted({c for c in codes if codes.count(c) > 1})
    if twice:
        msg = f"{source.path}: station {', '.join(twice)} is listed twice"
        raise ConfigError(msg)
    return stations


def _splits(raw: dict[str, Any], rule: LabelRule, source: Source) -> SplitPlan:
    if "splits" not in raw:
        msg = f"{source.path}: needs [splits] with validation_start and test_start"
        raise ConfigError(msg)
    return parse(
        SplitPlan,
        raw["splits"],
        "splits",
        source,
        window_days=rule.window_days,
        horizon_days=rule.horizon_days + rule.horizon_start_days - HORIZON_AFTER_DAYS,
    )


def _agree(config: RunConfig) -> None:
    where = config.source.path
    if (config.simulation is None) == (config.archive is None):
        msg = f"{where}: needs exactly one of [simulation] and [archive]"
        raise ConfigError(msg)
    if config.archive is not None and config.catalogue is None:
        msg = f"{where}: an [archive] needs a [catalogue] to label its days"
        raise ConfigError(msg)
