"""Figures that whole suites of tests stand for: clocks, hostile archives, migrations."""

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import world

from seismomag.operate.rehearsal.plan import Figure

ROOT = Path(__file__).parents[2]
SUITES = (
    (
        "R4",
        "clocks: cadence, drift, jumps, leap second, wrong day, local time, time to come",
        ("tests/operate/sources/test_clock_faults.py",),
    ),
    (
        "R6",
        "bombs, names that leave the folder, links, external and virtual HDF5",
        (
            "tests/readers/test_unwrap.py",
            "tests/dataset/store/test_store.py",
            "tests/operate/test_archive.py",
        ),
    ),
    (
        "R10",
        "migrations up and down, backup and restore, on SQLite and PostgreSQL",
        ("tests/operate/test_database.py",),
    ),
)
_COUNT = re.compile(r"(\d+) (passed|failed|error|skipped)")


def figures(extent: world.Extent) -> Sequence[Figure]:
    """Run each suite; the small form leaves them to the default tests."""
    return [] if extent.is_small else [_suite(*suite) for suite in SUITES]


def _suite(name: str, what: str, paths: Sequence[str]) -> Figure:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *paths],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    counts = {word: int(n) for n, word in _COUNT.findall(done.stdout.splitlines()[-1])}
    if done.returncode:
        print(done.stdout[-3000:])
    return Figure(
        name=name,
        what=what,
        reached=", ".join(f"{n} {word}" for word, n in counts.items()) or "nothing ran",
        bound="all pass",
        is_within=done.returncode == 0 and counts.get("passed", 0) > 0,
    )
