"""The daily job beside the server: started, bounded, ended."""

import os
import sys
import threading
import time

import pytest

from seismomag.operate.scheduler import Scheduler

WRITES = "import os, sys, time; print(os.getpid(), file=open(sys.argv[1], 'a')); {rest}"


@pytest.fixture
def scheduled(tmp_path):
    made = []

    def start(rest, **options):
        told = tmp_path / "told"
        words = (sys.executable, "-S", "-c", WRITES.format(rest=rest), str(told))
        made.append(Scheduler(tmp_path, command=words, **options))
        made[-1].start()
        return made[-1], told

    yield start
    for scheduler in made:
        scheduler.stop()


def wait_for(holds, timeout_s=20.0):
    ends = time.monotonic() + timeout_s
    while time.monotonic() < ends:
        if holds():
            return True
        time.sleep(0.02)
    return False


def runs(told):
    return told.read_text().split() if told.exists() else []


def lives(process):
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    return True


def test_it_runs_at_once_and_again(scheduled):
    _, told = scheduled("pass", every_s=0.05)
    assert wait_for(lambda: len(runs(told)) >= 3)


def test_a_failing_job_is_told_and_started_again(scheduled, caplog):
    _, told = scheduled("sys.exit(3)", every_s=0.05)
    assert wait_for(lambda: len(runs(told)) >= 2)
    assert "exit code 3" in caplog.text


def test_a_run_at_work_ends_with_the_scheduler(scheduled):
    scheduler, told = scheduled("time.sleep(60)")
    assert wait_for(lambda: runs(told))
    began = time.monotonic()
    scheduler.stop()
    assert time.monotonic() - began < 10
    assert not lives(runs(told)[0])
    assert not [t for t in threading.enumerate() if t.name == "scheduler"]


def test_a_run_without_end_is_ended(scheduled, caplog):
    _, told = scheduled("time.sleep(60)", longest_s=0.5, every_s=600)
    assert wait_for(lambda: "did not end within" in caplog.text)
    assert wait_for(lambda: not lives(runs(told)[0]))


def test_a_job_that_does_not_listen_is_killed(scheduled, monkeypatch):
    monkeypatch.setattr("seismomag.operate.scheduler.STOP_WITHIN_S", 0.5)
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    scheduler, told = scheduled(deaf)
    assert wait_for(lambda: runs(told))
    time.sleep(0.2)
    scheduler.stop()
    assert not lives(runs(told)[0])


def test_a_job_that_cannot_be_started_is_told(tmp_path, caplog):
    scheduler = Scheduler(tmp_path, command=["/nonexistent/program"])
    scheduler.start()
    assert wait_for(lambda: "cannot be started" in caplog.text)
    scheduler.stop()


def test_a_run_has_the_environment_that_it_is_given(scheduled):
    _, told = scheduled(
        "print(os.environ.get('NAME'), file=open(sys.argv[1], 'a'))",
        environment=dict(os.environ) | {"NAME": "daily"},
    )
    assert wait_for(lambda: "daily" in runs(told))


def test_the_job_is_the_daily_one(tmp_path):
    words = Scheduler(tmp_path)._command
    assert words[1:4] == ["-m", "seismomag.cli", "daily"]
    assert words[4:] == [str(tmp_path), "--catch-up"]
