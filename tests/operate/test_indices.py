import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from seismomag.operate import database, indices
from seismomag.operate import database_tables as tables

DAY = pd.Timestamp("2024-05-08")
END = DAY + pd.Timedelta(days=1)


def table(kp, status, available, hours=0):
    """One value of Kp."""
    return pd.DataFrame(
        {
            "time": [DAY + pd.Timedelta(hours=hours)],
            "kp": [kp],
            "dst_nt": [np.nan],
            "f107_sfu": [np.nan],
            "status": [status],
            "available_time": [pd.Timestamp(available)],
        }
    )


def best(engine, moment):
    found = indices.known(engine, DAY, END, pd.Timestamp(moment))
    return found["kp"].tolist()


@pytest.fixture
def filled(engine):
    """A nowcast, its revision, the final value, and a late nowcast of somebody else."""
    assert indices.put(engine, table(2.0, "nowcast", "2024-05-08 04:00"), DAY, "gfz") == 1
    assert indices.put(engine, table(3.0, "nowcast", "2024-05-08 06:00"), DAY, "gfz") == 1
    assert indices.put(engine, table(4.0, "final", "2024-05-20 00:00"), DAY, "gfz") == 1
    assert indices.put(engine, table(9.0, "nowcast", "2024-05-21 00:00"), DAY, "swpc") == 1
    return engine


def test_at_each_moment_the_best_of_what_was_known_then(filled):
    assert best(filled, "2024-05-08 03:59") == []
    assert best(filled, "2024-05-08 04:00") == [2.0]
    assert best(filled, "2024-05-08 06:00") == [3.0]
    assert best(filled, "2024-05-20 00:00") == [4.0]
    assert best(filled, "2025-01-01") == [4.0], "a later nowcast does not beat the final value"


def test_what_was_said_before_keeps_the_moment_since_when_it_is_known(filled):
    assert indices.put(filled, table(3.0, "nowcast", "2024-05-09 00:00"), DAY, "gfz") == 0
    assert indices.put(filled, table(2.0, "nowcast", "2024-05-09 01:00"), DAY, "gfz") == 1
    assert best(filled, "2024-05-09 00:30") == [3.0]
    assert best(filled, "2024-05-09 01:00") == [2.0]
    with filled.connect() as connection:
        rows = database.rows_of(connection, sa.select(tables.indices))
    assert len(rows) == 5


def test_a_file_that_was_corrected_replaces_its_value(engine):
    indices.put(engine, table(2.0, "final", "2024-05-08 04:00"), DAY)
    assert indices.put(engine, table(2.3, "final", "2024-05-08 04:00"), DAY) == 1
    assert best(engine, "2024-05-09") == [2.3]


def test_earlier_intervals_are_left_out(engine):
    early = DAY + pd.Timedelta(hours=3)
    assert indices.put(engine, table(2.0, "final", "2024-05-08 04:00"), early) == 0
    assert best(engine, "2024-05-09") == []


def test_what_is_over_and_has_no_value_is_lacking(engine):
    indices.put(engine, table(2.0, "nowcast", "2024-05-08 07:00", hours=3), DAY, "gfz")
    now = pd.Timestamp("2024-05-08 10:30")
    lacking = indices.lacking(engine, "kp", DAY, END, now)
    assert [time.hour for time in lacking] == [0, 6]
    assert len(indices.lacking(engine, "dst", DAY, END, now)) == 10
