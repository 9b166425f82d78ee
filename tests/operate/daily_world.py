"""What the tests of the daily job share: a clock that stands, a run, and what it left."""

import numpy as np
import pandas as pd
import sqlalchemy as sa

from seismomag.operate import database, ledger
from seismomag.operate import database_tables as tables
from seismomag.operate.daily.job import run_daily
from seismomag.operate.settings import read_settings
from seismomag.operate.status import status

START = np.datetime64("2024-05-08")


def at(day, hours=1.0):
    """A clock that stands, some hours after the end of a day."""
    moment = pd.Timestamp(START) + pd.Timedelta(days=day + 1, hours=hours)
    return lambda: moment


def run(world, day, hours=1.0, **options):
    return run_daily(read_settings(world), clock=at(day, hours), **options)


def records(world):
    return ledger.read(read_settings(world).ledger)


def table(world, which):
    engine = database.open_database(read_settings(world).database_url)
    with engine.connect() as connection:
        rows = database.rows_of(connection, sa.select(which).order_by(*which.primary_key))
    engine.dispose()
    return rows


def states(world, day, hours):
    engine = database.open_database(read_settings(world).database_url)
    found = status(read_settings(world), engine, at(day, hours)())
    engine.dispose()
    return found


def raised(world, rule):
    rows = table(world, tables.alerts)
    return [(row["station_code"], row["day"]) for row in rows if row["rule"] == rule]


def garble(world, day, code="KPY"):
    (world / f"incoming/{code}/S2405{8 + day:02d}.{code}").write_bytes(b"\x00garbage" * 100)
