"""All figures of the operation under faults, R1 to R10, printed last; 1 if one is out of bounds.

    python scripts/faults/run_all.py [--small] [--only kill_daily] [--models REHEARSAL]

``--models`` takes the models of an earlier ``seismomag rehearse``, instead of training them.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import backfill
import broken_stages
import full_disk
import kill_daily
import long_haul
import resent_days
import suites
import world

from seismomag.operate.rehearsal.plan import QUICK_CYCLE_HOURS, Figure, RehearsalPlan
from seismomag.operate.rehearsal.rehearse import rehearse

HERE = Path(__file__).parent
DAYS, DAYS_SMALL = 30, 2


def rehearsed(extent: world.Extent) -> Sequence[Figure]:
    """R1 to R10 as far as they belong to an operation of many days."""
    plan = RehearsalPlan(
        n_days=DAYS_SMALL if extent.is_small else DAYS,
        n_stations=4 if extent.is_small else 24,
        speed=float("inf"),
        cycle_hours=1 if extent.is_small else QUICK_CYCLE_HOURS,
    )
    return rehearse(extent.scratch / "rehearsal", plan).figures


def killed_builds(extent: world.Extent) -> Sequence[Figure]:
    """R1 for the building of stores."""
    n = 12 if extent.is_small else 200
    return [_script("R1", "kill -9 of builds and appends", "kill_builds.py", "--kills", str(n))]


def damaged_files(extent: world.Extent) -> Sequence[Figure]:
    """R5 for every reader."""
    words = ["--flips", "300"] if extent.is_small else []
    path = "../fuzz/damage_readers.py"
    return [_script("R5", "every reader: cuts and flipped bits", path, *words)]


def _script(name: str, what: str, path: str, *words: str) -> Figure:
    done = subprocess.run(
        [sys.executable, str(HERE / path), *words], capture_output=True, text=True, check=False
    )
    print(done.stdout, done.stderr, sep="")
    lines = done.stdout.splitlines() or ["nothing was said"]
    return Figure(
        name=name, what=what, reached=lines[-1], bound="no damage", is_within=not done.returncode
    )


PARTS: Mapping[str, world.Part] = {
    "kill_daily": kill_daily.figures,
    "kill_builds": killed_builds,
    "full_disk": full_disk.figures,
    "resent_days": resent_days.figures,
    "suites": suites.figures,
    "damage_readers": damaged_files,
    "broken_stages": broken_stages.figures,
    "long_haul": long_haul.figures,
    "backfill": backfill.figures,
    "rehearse": rehearsed,
}


def main() -> int:
    """Run the parts, print every figure last."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--small", action="store_true", help="few kills, few faults")
    parser.add_argument("--only", action="append", choices=list(PARTS), default=[])
    parser.add_argument("--models", type=Path, help="folder of a rehearsal")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    if any(os.environ.get(name) is None for name in world.LEAN):
        # They count when numpy is loaded, which has happened.
        os.execve(sys.executable, [sys.executable, *sys.argv], world.LEAN | os.environ)
    found: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="faults.") as folder:
        scratch = Path(folder)
        scratch.chmod(0o755)
        models = asked.models or scratch / "models_of_all"
        extent = world.Extent(scratch=scratch, models=models, is_small=asked.small, seed=asked.seed)
        for name in asked.only or PARTS:
            began = time.monotonic()
            found += PARTS[name](extent)
            print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)
    for figure in found:
        print(figure.sentence())
    bad = [figure for figure in found if figure.is_within is False]
    print(f"{len(found)} figures, {len(bad)} out of bounds")
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
