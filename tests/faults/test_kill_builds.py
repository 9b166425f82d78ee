"""A few of the kills of ``make faults``, so that they are tried on every change."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "faults" / "kill_builds.py"


@pytest.mark.slow
def test_builds_and_appends_that_are_killed_at_real_size_leave_no_damage():
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--kills", "12"],
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "kill -9: 12, damage: 0"
