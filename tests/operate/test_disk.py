"""What a disk or a database refuses is told as what it is (figure R2)."""

import errno
import sqlite3

import pandas as pd
import pytest
import sqlalchemy as sa

from seismomag.core.errors import StoreError
from seismomag.operate import database, disk, ledger
from seismomag.operate.daily.job import run_daily
from seismomag.operate.settings import read_settings

NOON = pd.Timestamp("2024-05-09T12:00:00")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EFBIG])
def test_an_error_of_the_disk_names_the_file_and_what_to_do(tmp_path, number):
    with (
        pytest.raises(StoreError, match=r"day\.h5: .*; what was written stays"),
        disk.storage_faults(tmp_path),
    ):
        raise OSError(number, "refused", "day.h5")


def test_other_errors_stay_what_they_are(tmp_path):
    for error in (FileNotFoundError(2, "absent", "x"), ValueError("x"), StoreError("x")):
        with pytest.raises(type(error)) as met, disk.storage_faults(tmp_path):
            raise error
        assert met.value is error


def test_the_database_is_quoted(tmp_path):
    engine = sa.create_engine(f"sqlite:///{tmp_path}/none/there.sqlite")
    with (
        pytest.raises(StoreError, match=r"refuses .unable to open database file"),
        disk.storage_faults(tmp_path),
    ):
        engine.connect()
    engine.dispose()


def test_a_locked_database_is_told_and_nothing_is_published(world, send, monkeypatch):
    send(0)
    settings = read_settings(world)
    monkeypatch.setattr(database, "LOCK_TIMEOUT_S", 0.1)
    monkeypatch.setattr(database, "PRAGMAS", {**database.PRAGMAS, "busy_timeout": 100})
    other = sqlite3.connect(world / "seismomag.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match=r"the database refuses .database is locked"):
        run_daily(settings, clock=lambda: NOON)
    other.execute("ROLLBACK")
    other.close()
    assert ledger.read(settings.ledger) == []
    assert run_daily(settings, clock=lambda: NOON).n_records == 2
