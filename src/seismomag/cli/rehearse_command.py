"""What ``seismomag rehearse`` does."""

import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from seismomag.cli import EXIT_DONE, EXIT_INTERNAL
from seismomag.cli.progress import shown
from seismomag.core.atomic import write_bytes
from seismomag.operate.canonical import canonical
from seismomag.operate.rehearsal.plan import RehearsalPlan
from seismomag.operate.rehearsal.rehearse import Rehearsal, rehearse, sentences


def run(folder: Path | None, plan: RehearsalPlan, *, json: Path | None = None) -> int:
    """Rehearse; in a folder that stays, or in one that goes.

    Parameters
    ----------
    folder
        Becomes a working directory; None for a temporary one.
    plan
        What is rehearsed.
    json
        File for the figures.

    Returns
    -------
    exit_code
        1 where a figure is out of bounds.
    """
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="rehearsal.") as scratch:
            # A user without rights must be able to look, to be refused by what it may not change.
            Path(scratch).chmod(0o755)
            return _run(Path(scratch) / "operation", plan, json)
    return _run(folder, plan, json)


def _run(folder: Path, plan: RehearsalPlan, json: Path | None) -> int:
    with shown() as progress:
        done = rehearse(folder, plan, progress=progress)
    if json is not None:
        write_bytes(json, _as_json(done, plan))
    for line in sentences(done):
        sys.stdout.write(line + "\n")
    return EXIT_DONE if done.is_within_bounds else EXIT_INTERNAL


def _as_json(done: Rehearsal, plan: RehearsalPlan) -> bytes:
    told = {
        "plan": asdict(plan) | {"speed": str(plan.speed)},
        "figures": [asdict(figure) for figure in done.figures],
        "is_within_bounds": done.is_within_bounds,
    }
    return canonical(told) + b"\n"
