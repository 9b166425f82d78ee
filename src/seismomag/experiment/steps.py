"""The steps of a run, in order; each turns files of the run folder into files of the run folder.

``simulate -> build -> train -> forecast -> inject -> audit -> report``. A step is kept when
nothing that it depends on has changed, so that the same command goes on where it was stopped.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from seismomag.core.errors import ConfigError
from seismomag.core.progress import Progress, silent
from seismomag.core.schema import AuditReport
from seismomag.experiment import auditing, building, forecasting, reporting, simulating
from seismomag.experiment.config import RunConfig, read_config
from seismomag.experiment.injecting import step as injecting
from seismomag.experiment.runs import RunFolder, StepResult, begin, digest_of, perform
from seismomag.experiment.tables import read_report_tables

Act = Callable[[RunConfig, RunFolder, Progress], StepResult]


@dataclass(frozen=True)
class Step:
    """One step of a run.

    Attributes
    ----------
    act
        Does the work inside the run folder.
    makes
        Files or folders that it leaves.
    reads
        Sections of the configuration that decide its result.
    is_asked
        Whether a configuration asks for the step at all; the steps after it need it only then.
    """

    act: Act
    makes: tuple[str, ...]
    reads: tuple[str, ...]
    is_asked: Callable[[RunConfig], bool] = lambda config: True


STEPS: Mapping[str, Step] = {
    "simulate": Step(
        simulating.simulate,
        ("catalogue.csv", "space_weather.csv"),
        ("seed", "stations", "simulation"),
    ),
    "build": Step(
        building.build,
        ("store.h5", "samples.csv"),
        ("stations", "archive", "catalogue", "space_weather", "grid", "labels", "splits"),
    ),
    "train": Step(forecasting.train_or_say_why, (), ("model", "loss", "training")),
    "forecast": Step(forecasting.forecast, ("forecast.csv",), ("audit",)),
    "inject": Step(injecting.inject, (), ("alarm", "injection"), injecting.is_asked),
    "audit": Step(auditing.audit, ("audit/audit.json",), ("alarm", "audit")),
    "report": Step(reporting.report, ("report.html",), ("report",)),
}


ALONE: Mapping[str, Act] = {"train": forecasting.train, "inject": injecting.inject_alone}
"""What a step does instead when it is asked for alone: what a whole run records as a reason is
then an error."""


@dataclass(frozen=True)
class RunOutcome:
    """Where a run ended.

    Attributes
    ----------
    folder
        The run folder.
    report
        The audit.
    page
        The HTML report.
    """

    folder: RunFolder
    report: AuditReport
    page: Path


def run(
    config: RunConfig | str | Path,
    path: str | Path,
    *,
    command: str = "",
    progress: Progress = silent,
) -> RunOutcome:
    """Perform every step that is not done yet.

    Parameters
    ----------
    config
        What to do, or the file that says it; see :func:`seismomag.experiment.config.read_config`.
    path
        The run folder.
    command
        For the record: the line that a shell takes to make the run again.
    progress
        Told how far each step is.

    Returns
    -------
    outcome
        The folder, the audit and the page.

    Raises
    ------
    ConfigError
        The configuration is not one.
    """
    told = config if isinstance(config, RunConfig) else read_config(Path(config))
    folder = perform_steps(told, Path(path), tuple(STEPS), command=command, progress=progress)
    return RunOutcome(folder, read_report_tables(folder / "audit"), folder / "report.html")


def perform_steps(
    config: RunConfig,
    path: Path,
    names: tuple[str, ...],
    *,
    command: str = "",
    progress: Progress = silent,
) -> RunFolder:
    """Perform some steps of a run, in order.

    Raises
    ------
    ConfigError
        A step before the first of them has not been done.
    """
    text = config.source.text.encode("utf-8")
    folder = begin(path, text, title=config.run.title, seed=config.run.seed, command=command)
    digests = step_digests(config)
    _require_before(config, folder, names[0], digests)
    for name in names:
        work = ALONE.get(name, STEPS[name].act) if len(names) == 1 else STEPS[name].act

        def act(work: Act = work) -> StepResult:
            return work(config, folder, progress)

        perform(folder, name, digests[name], act, makes=STEPS[name].makes)
    return folder


def step_digests(config: RunConfig) -> dict[str, str]:
    """Digest of everything that each step depends on, the steps before included."""
    digests: dict[str, str] = {}
    before = ""
    for name, step in STEPS.items():
        before = digest_of(before, *(repr(getattr(config, section)) for section in step.reads))
        digests[name] = before
    return digests


def _require_before(
    config: RunConfig, folder: RunFolder, first: str, digests: Mapping[str, str]
) -> None:
    record = folder.record()
    done = record.steps if record else {}
    for name in list(STEPS)[: list(STEPS).index(first)]:
        if not STEPS[name].is_asked(config):
            continue
        if name not in done or done[name].digest != digests[name]:
            msg = (
                f"{folder.path}: the step {first!r} needs {name!r}, which is not done for this "
                f"configuration; run `seismomag {name} {folder.path / 'config.toml'}` first"
            )
            raise ConfigError(msg)
