"""A rehearsal of two days, and a few of the faults of ``make faults``, on every change."""

import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from seismomag.network import open_model
from seismomag.operate import database_tables as tables
from seismomag.operate import ledger
from seismomag.operate.database import open_database, rows_of
from seismomag.operate.rehearsal.models import PURPOSE
from seismomag.operate.settings import read_settings

ROOT = Path(__file__).parents[2]
LEAN = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "SEISMOMAG_ENGINE": "scipy"}
MOST_CPU_S = 60.0

pytestmark = pytest.mark.slow


def call(*words):
    """Run a program of ours; give what it said, its exit code and its seconds of CPU."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
        cwd=ROOT,
        env=os.environ | LEAN,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done.stdout + done.stderr, done.returncode, cpu_s


@pytest.fixture(scope="module")
def rehearsed():
    """A rehearsal in its smallest form: folder, text, exit code, seconds, figures."""
    # Not among pytest's own folders, which are closed: a user without rights must be able to
    # look, to be refused by what it may not change.
    with tempfile.TemporaryDirectory(prefix="rehearsal.") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield rehearsal_in(folder)


def rehearsal_in(folder):
    words = ("--days", 2, "--stations", 4, "--speed", 1e6, "--json", folder / "figures.json")
    text, code, cpu_s = call("-m", "seismomag.cli", "rehearse", folder / "operation", *words)
    return (
        folder / "operation",
        text,
        code,
        cpu_s,
        json.loads((folder / "figures.json").read_text()),
    )


def rows(folder, table):
    engine = open_database(read_settings(folder).database_url)
    with engine.connect() as connection:
        found = rows_of(connection, table.select().order_by(*table.primary_key))
    engine.dispose()
    return found


def test_every_figure_is_within_its_bound(rehearsed):
    _, text, code, _, told = rehearsed
    assert code == 0, text
    assert told["is_within_bounds"] is True
    names = {figure["name"] for figure in told["figures"]}
    assert names == {"R1", "R2", "R3", "R4", "R7", "R8", "R9", "R10", "ledger", "alerts"}
    measured = [figure for figure in told["figures"] if figure["is_within"] is not None]
    assert len(measured) >= 11
    assert all(f"{f['name']:6} {f['what']}" in text for f in told["figures"])


def test_it_stays_within_a_minute_of_computing(rehearsed):
    *_, cpu_s, _ = rehearsed
    sys.stdout.write(f"rehearsal of 2 days: {cpu_s:.0f} s of CPU\n")
    assert cpu_s <= MOST_CPU_S


def test_it_leaves_an_operation_that_says_what_it_is(rehearsed):
    folder = rehearsed[0]
    settings = read_settings(folder)
    assert settings.operation.mode == "test"
    assert settings.webhook is None
    assert not (folder / "webhook.secret").exists()
    assert open_model(folder / "models" / "champion").description["purpose"] == PURPOSE
    told = json.loads((folder / "clock.json").read_text())
    assert told["simulated_now"].startswith("2025-03-03T20:")
    assert "invented" in told["sentence"]


def test_everything_in_it_came_through_the_daily_job(rehearsed):
    folder = rehearsed[0]
    settings = read_settings(folder)
    records = ledger.read(settings.ledger)
    assert records[0]["kind"] == "preregistration"
    assert {r["kind"] for r in records} == {"preregistration", "forecast", "no_data"}
    # How the others ended depends on when they were killed, and on what found no room.
    assert {row["outcome"] for row in rows(folder, tables.runs)} - {"killed", "failed"} == {"done"}
    roles = {row["role"] for row in rows(folder, tables.forecasts)}
    assert roles == {"champion", "challenger", "consensus"}
    assert {row["rule"] for row in rows(folder, tables.alerts)} >= {"silent", "stage_failed"}
    assert len(rows(folder, tables.indices)) > 50


def test_a_second_rehearsal_in_the_same_folder_is_refused(rehearsed):
    text, code, _ = call("-m", "seismomag.cli", "rehearse", rehearsed[0], "--days", 2)
    assert code == 2
    assert "choose another folder" in text


@pytest.mark.parametrize("part", ["kill_daily", "full_disk", "resent_days", "broken_stages"])
def test_the_small_forms_of_the_faults_do_no_harm(rehearsed, part):
    text, code, _ = call(
        ROOT / "scripts/faults/run_all.py", "--small", "--only", part, "--models", rehearsed[0]
    )
    assert code == 0, text
    assert text.splitlines()[-1] == "1 figures, 0 out of bounds"
