"""What the commands that work on a run folder do."""

import shlex
import sys
import webbrowser
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from seismomag.cli import EXIT_DONE, EXIT_LEAK
from seismomag.cli.progress import shown
from seismomag.core.schema import AuditReport
from seismomag.experiment.config import read_config
from seismomag.experiment.demo import demo as make_demo
from seismomag.experiment.runs import RunFolder
from seismomag.experiment.steps import perform_steps
from seismomag.experiment.steps import run as run_steps


def say(text: str = "") -> None:
    """Print a line for the person."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def command_line() -> str:
    """Return the line that was typed, quoted so that a shell takes it again."""
    return shlex.join(["seismomag", *sys.argv[1:]])


def default_folder(config: Path) -> Path:
    """Run folder of a configuration when none is named."""
    return Path("runs") / config.stem


def perform(
    config: Path,
    run: Path | None,
    steps: tuple[str, ...],
    changes: Mapping[str, Any] | None = None,
) -> int:
    """Perform steps of a run and say what came of the last one.

    Parameters
    ----------
    config, run
        The configuration, and the run folder if it is not the default one.
    steps
        In order.
    changes
        Fields of the section ``[run]`` that the command line decides; None leaves them.
    """
    told = read_config(config)
    given = {name: value for name, value in (changes or {}).items() if value is not None}
    told = replace(told, run=replace(told.run, **given))
    with shown() as progress:
        folder = perform_steps(
            told,
            run or default_folder(config),
            steps,
            command=command_line(),
            progress=progress,
        )
    _say_step(folder, steps[-1])
    return EXIT_DONE


def perform_injection(config: Path, run: Path | None) -> int:
    """Inject signals into a run; a configuration that asks for none is refused."""
    from seismomag.experiment.injecting.step import require_injections

    require_injections(read_config(config))
    return perform(config, run, ("inject",))


def run_all(config: Path, run: Path | None) -> int:
    """Perform every step of a run; say verdict, reasons and page."""
    with shown() as progress:
        outcome = run_steps(
            config, run or default_folder(config), command=command_line(), progress=progress
        )
    record = outcome.folder.record()
    for reason in record.reasons() if record else []:
        say(f"- {reason}")
    say(verdict_line(outcome.report))
    say(str(outcome.page.resolve()))
    return EXIT_LEAK if outcome.report.verdict.reason_code == "RED" else EXIT_DONE


def run_demo(run: Path | None, *, seed: int | None, is_small: bool, open_page: bool | None) -> int:
    """Run both arms of the demo; say two sentences and the page."""
    with shown() as progress:
        outcome = make_demo(
            run or Path("runs/demo"),
            seed=seed,
            is_small=is_small,
            command=command_line(),
            progress=progress,
        )
    say(f"With a planted precursor: {verdict_line(outcome.planted)}")
    say(f"Without one: {verdict_line(outcome.unplanted)}")
    say(str(outcome.page.resolve()))
    say(f"On the dashboard: seismomag serve {outcome.page.parent}")
    if _wants_page(open_page):
        webbrowser.open(outcome.page.resolve().as_uri())
    return EXIT_DONE


def verdict_line(report: AuditReport) -> str:
    """Say a verdict in one line."""
    return f"{report.verdict.level}: {report.verdict.sentence}"


def _wants_page(open_page: bool | None) -> bool:
    if open_page is not None:
        return open_page
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return False
    return input("Open the report? [y/N] ").strip().lower() in {"y", "yes"}


def _say_step(folder: RunFolder, name: str) -> None:
    record = folder.record()
    if record is None or name not in record.steps:
        return
    step = record.steps[name]
    for reason in step.reasons:
        say(f"- {reason}")
    for key, value in step.facts.items():
        say(f"{key}: {value}")
    say(f"{name} done in {folder.path}")
