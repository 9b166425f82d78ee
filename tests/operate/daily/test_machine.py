"""The daily job on a machine that is killed, full, or busy with another one."""

import os
import platform
import resource
import shutil
import signal
import subprocess
import sys
import time
import weakref
from pathlib import Path

import numpy as np
import pytest
from tests.operate.daily_world import records, run, table

from seismomag.core.errors import LeakError, ModelError, StoreError
from seismomag.network.predict import open_forecaster
from seismomag.operate import database, facts
from seismomag.operate import database_tables as tables
from seismomag.operate.daily.job import _give_memory_back
from seismomag.operate.settings import read_settings


def test_a_broken_ledger_stops_the_run(world, send):
    send(0, 1)
    run(world, 0)
    path = world / "ledger/ledger.jsonl"
    path.write_bytes(path.read_bytes().replace(b"ALR", b"XLR"))
    with pytest.raises(LeakError, match="seq 0"):
        run(world, 1)
    assert len(table(world, tables.forecasts)) == 2


def test_a_damaged_model_stops_the_run(world, send):
    send(0)
    (world / "models/champion/model.onnx").write_bytes(b"")
    with pytest.raises(ModelError):
        run(world, 0)
    assert not (world / "ledger/ledger.jsonl").exists()


def test_a_damaged_tensor_is_made_again(world, send):
    send(0)
    run(world, 0)
    before = records(world)
    path = read_settings(world).tensor("ALR", "2024-05-08")
    path.write_bytes(path.read_bytes()[:1000])
    engine = database.open_database(read_settings(world).database_url)
    with engine.begin() as connection:
        connection.execute(tables.forecasts.delete())
    engine.dispose()
    assert run(world, 0, hours=2).n_forecasts == 2
    assert records(world) == before
    assert [row["ledger_seq"] for row in table(world, tables.forecasts)] == [0, 1]


def test_two_schedulers_at_once_are_one_run(world):
    """R7."""
    engine = database.open_database(read_settings(world).database_url)
    with facts.lease(engine), pytest.raises(facts.LeaseHeldError, match="another run"):
        run(world, 0)
    run(world, 0)
    assert table(world, tables.leases) == []
    with engine.begin() as connection:
        host = facts.socket.gethostname()
        rows = [
            {"name": "daily", "holder": f"{host}:999999999:x", "expires_at": "2999-01-01T00:00:00Z"}
        ]
        connection.execute(tables.leases.insert(), rows)
    run(world, 0)
    with engine.begin() as connection:
        rows[0]["holder"] = "elsewhere:1:x"
        connection.execute(tables.leases.insert(), rows)
    with pytest.raises(facts.LeaseHeldError):
        run(world, 0)
    engine.dispose()


CODE = """
import sys, pandas as pd
from seismomag.operate.daily.job import run_daily
from seismomag.operate.models_registry import challenge
from seismomag.operate.settings import read_settings
moment = pd.Timestamp("2024-05-10T01:00:00")
run_daily(read_settings(sys.argv[1]), clock=lambda: moment, catch_up=True)
print("torch" in sys.modules)
"""


def start(world):
    return subprocess.Popen(
        [sys.executable, "-c", CODE, str(world)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )


def facts_of(world):
    kept = (tables.files, tables.quality, tables.forecasts, tables.stages, tables.failed_days)
    return [table(world, which) for which in kept]


def kills(world, send, tmp_path, n, seed):
    """Kill a run n times at random moments; the next one must end as one that was not killed."""
    send(0, 1)
    calm = tmp_path / "calm"
    shutil.copytree(world, calm)
    began = time.monotonic()
    with start(calm) as process:
        out, error = process.communicate()
    lasted = time.monotonic() - began
    assert out == "False\n", error
    vary = np.random.default_rng(seed)
    fresh = tmp_path / "fresh"
    shutil.copytree(world, fresh)
    for i in range(n):
        if i % 3 == 0:
            shutil.rmtree(world)
            shutil.copytree(fresh, world)
        with start(world) as process:
            time.sleep(float(vary.uniform(0.3, 1.0)) * lasted)
            process.send_signal(signal.SIGKILL)
            process.communicate()
        if (i + 1) % 3 == 0 or i == n - 1:
            with start(world) as process:
                out, error = process.communicate()
            assert out == "False\n", error
            assert records(world) == records(calm)
            here, there = (str(w) for w in (world, calm))
            assert str(facts_of(world)).replace(here, there) == str(facts_of(calm))
    sys.stdout.write(f"R1: {n} kills, 0 lost rows, 0 unreadable files, result as unkilled\n")


def test_the_daily_job_never_loads_torch(world, send):
    send(0, codes=("ALR",))
    with start(world) as process:
        out, error = process.communicate()
    assert out == "False\n", error
    assert [r["kind"] for r in records(world)] == ["forecast", "no_data"]


@pytest.mark.slow
def test_killed_runs_end_as_one_that_was_not_killed(world, send, tmp_path):
    """R1."""
    kills(world, send, tmp_path, 4, seed=1)


def test_a_full_disk_ends_the_run_and_publishes_nothing(world, send, monkeypatch):
    """R2."""
    send(0)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("seismomag.operate.archive.write_bytes", full)
    with pytest.raises(StoreError, match="No space left on device; what was written stays"):
        run(world, 0)
    assert table(world, tables.files) == []
    assert records(world) == []
    assert [row["outcome"] for row in table(world, tables.runs)] == ["failed"]
    monkeypatch.undo()
    monkeypatch.setattr("seismomag.operate.ledger.chain.os.fsync", full)
    with pytest.raises(StoreError):
        run(world, 0)
    monkeypatch.undo()
    assert run(world, 0).n_records == 2
    assert len(records(world)) == 2


def test_old_tensors_are_dropped(world, send):
    send(0)
    run(world, 0)
    assert read_settings(world).tensor("ALR", "2024-05-08").is_file()
    run(world, 100, catch_up=False)
    assert not read_settings(world).tensor("ALR", "2024-05-08").exists()


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other libraries keep nothing back")
def test_what_was_freed_goes_back_to_the_system():
    def resident_bytes():
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()

    # Smaller than what the library maps block by block, and the last one stays in use.
    blocks = [bytearray(100_000) for _ in range(2000)]
    full = resident_bytes()
    blocks[:-1] = []
    _give_memory_back()
    assert full - resident_bytes() > 150_000_000


def test_memory_is_given_back_when_the_sessions_of_the_models_are_gone(world, send, monkeypatch):
    """R10: a scheduler lives for months, and the sessions are most of what a run frees."""
    opened, alive = [], []

    def watched(model, **options):
        session = open_forecaster(model, **options)
        opened.append(weakref.ref(session))
        return session

    monkeypatch.setattr("seismomag.operate.daily.run.open_forecaster", watched)
    monkeypatch.setattr(
        "seismomag.operate.daily.job._give_memory_back",
        lambda: alive.extend(session() is not None for session in opened),
    )
    send(0)
    assert run(world, 0).n_forecasts == 2
    assert alive == [False]
