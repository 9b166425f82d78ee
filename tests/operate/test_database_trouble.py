"""Trouble with the database is told in a line by every command, never as a trace."""

import os
import sqlite3
import subprocess
import sys

import pytest

from seismomag.cli import ledger_commands, model_service_commands, operate_commands, users_commands
from seismomag.core.errors import ConfigError, StoreError
from seismomag.operate.database import open_database
from seismomag.operate.settings import DATABASE_VARIABLE

PASSWORD = "geheim"
PREREGISTRATION = dict.fromkeys(
    ("first_day", "stop_day", "catalogue_source", "primary_test"), "2030-01-01"
)
COMMANDS = {
    "status": operate_commands.status,
    "config check": operate_commands.config_check,
    "operate-doctor": operate_commands.operate_doctor,
    "migrate": operate_commands.migrate,
    "prune": operate_commands.prune,
    "backup": lambda folder: operate_commands.backup(folder, folder / "kept"),
    "daily": operate_commands.daily,
    "preregister": lambda folder: ledger_commands.preregister(folder, **PREREGISTRATION),
    "models list": model_service_commands.show,
    "models drift": model_service_commands.drift,
    "users list": users_commands.show,
}
every_command = pytest.mark.parametrize("work", COMMANDS.values(), ids=COMMANDS)


@pytest.fixture
def hurried(monkeypatch):
    """Nobody waits half a minute for a lock."""
    monkeypatch.setattr(open_database, "__kwdefaults__", {"read_only": False, "lock_timeout_s": 1})


@every_command
def test_a_locked_database(work, small_world, hurried):
    with sqlite3.connect(small_world / "seismomag.sqlite", isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="database is locked"):
            work(small_world)
        other.execute("ROLLBACK")
    other.close()


@every_command
def test_a_file_that_is_no_database(work, small_world):
    for path in small_world.glob("seismomag.sqlite*"):
        path.unlink()
    (small_world / "seismomag.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(StoreError, match="the database refuses"):
        work(small_world)


@every_command
def test_a_server_that_does_not_answer(work, small_world, monkeypatch):
    monkeypatch.setenv(DATABASE_VARIABLE, f"postgresql+psycopg://me:{PASSWORD}@127.0.0.1:1/x")
    with pytest.raises(StoreError, match="the database refuses") as caught:
        work(small_world)
    assert PASSWORD not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        f"postgresql+psycopg://me:{PASSWORD}@host:port/x",
        f"postgresql+nothing://me:{PASSWORD}@host/x",
        f"mysql://me:{PASSWORD}@host/x",
        f"sqlite+{PASSWORD}:///x",
    ],
)
def test_an_address_that_is_none(url, small_world, monkeypatch):
    monkeypatch.setenv(DATABASE_VARIABLE, url)
    with pytest.raises(ConfigError, match="SEISMOMAG_DATABASE_URL") as caught:
        operate_commands.status(small_world)
    assert PASSWORD not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("words", [("status",), ("users", "list"), ("serve", "--port", "0")])
def test_the_program_leaves_with_two_and_one_line(words, small_world):
    url = f"postgresql+psycopg://me:{PASSWORD}@host:port/x"
    name, *rest = words
    place = [*rest[:1], str(small_world)] if name == "users" else [str(small_world), *rest]
    done = subprocess.run(
        [sys.executable, "-m", "seismomag.cli", name, *place],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {DATABASE_VARIABLE: url},
        timeout=60,
    )
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert PASSWORD not in done.stderr
