import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from seismomag.operate import database, ledger
from seismomag.operate import database_tables as tables
from seismomag.operate.daily.consensus import CONSENSUS, combine_day, model_of
from seismomag.operate.daily.job import run_daily
from seismomag.operate.settings import ConsensusPlan, read_settings

NOW = pd.Timestamp("2024-05-09 01:00")


@pytest.fixture
def near(small_world):
    """Three stations, two of them neighbours."""
    (small_world / "stations.csv").write_text(
        "station_code,latitude_deg,longitude_deg\nALR,-8,124\nBLR,-8,126\nFAR,5,95\n"
    )
    settings = read_settings(small_world)
    engine = database.open_database(settings.database_url)
    yield settings, engine
    engine.dispose()


def say(engine, code, probability, **changes):
    row = {
        "station_code": code,
        "day": "2024-05-08",
        "model_sha256": "a" * 64,
        "input_sha256": code * 20,
        "role": "champion",
        "issued_at": "2024-05-09T00:30:00Z",
        "valid_from": "2024-05-10T00:00:00Z",
        "valid_to": "2024-05-24T00:00:00Z",
        "probability": probability,
        "alarm": True,
        "azimuth": None,
        "magnitude_class": None,
        "coverage": 1.0,
        "kp_at_issue": 2.0,
        "dst_at_issue": -5.0,
        "reason": None,
        "ledger_seq": 0,
    }
    with engine.begin() as connection:
        database.put_forecasts(connection, [row | changes])


def combined(engine):
    query = sa.select(tables.forecasts).where(tables.forecasts.c.role == CONSENSUS)
    with engine.connect() as connection:
        return database.rows_of(connection, query.order_by(tables.forecasts.c.station_code))


def test_neighbours_speak_together_once_and_a_late_voice_makes_a_new_row(near):
    settings, engine = near
    say(engine, "ALR", 0.5)
    assert combine_day(settings, engine, "2024-05-08", NOW) == 0
    say(engine, "BLR", 0.8)
    say(engine, "FAR", 0.9)
    assert combine_day(settings, engine, "2024-05-08", NOW) == 2
    assert combine_day(settings, engine, "2024-05-08", NOW) == 0
    rows = combined(engine)
    assert [row["station_code"] for row in rows] == ["ALR", "BLR"]
    np.testing.assert_allclose([row["probability"] for row in rows], 2 / 3)
    assert {row["model_sha256"] for row in rows} == {model_of("a" * 64, settings.consensus)}
    assert rows[0]["reason"] == "2 stations: ALR, BLR"
    assert (rows[0]["alarm"], rows[0]["ledger_seq"]) == (None, None)
    say(engine, "BLR", 0.5, input_sha256="c" * 64, issued_at="2024-05-09T02:00:00Z")
    assert combine_day(settings, engine, "2024-05-08", NOW) == 2
    assert len(combined(engine)) == 4
    assert {round(r["probability"], 3) for r in combined(engine)} == {0.667, 0.5}


def test_another_model_or_no_score_is_no_voice(near):
    settings, engine = near
    say(engine, "ALR", 0.5)
    say(engine, "BLR", None)
    assert combine_day(settings, engine, "2024-05-08", NOW) == 0
    say(engine, "BLR", 0.7, model_sha256="d" * 64)
    assert combine_day(settings, engine, "2024-05-08", NOW) == 0
    say(engine, "BLR", 0.7, role="challenger", input_sha256="e" * 64)
    assert combine_day(settings, engine, "2024-05-08", NOW) == 0


def test_the_name_of_a_consensus_changes_with_its_rule():
    names = {
        model_of("a" * 64, ConsensusPlan()),
        model_of("b" * 64, ConsensusPlan()),
        model_of("a" * 64, ConsensusPlan(within_km=400.0)),
        model_of("a" * 64, ConsensusPlan(least_stations=3)),
    }
    assert len(names) == 4


def test_the_daily_job_makes_it_and_keeps_it_out_of_the_ledger(world, send):
    text = (world / "operate.toml").read_text()
    (world / "operate.toml").write_text(text.replace("within_km = 500.0", "within_km = 5000.0"))
    send(0)
    settings = read_settings(world)
    run_daily(settings, clock=lambda: NOW)
    engine = database.open_database(settings.database_url)
    rows = combined(engine)
    assert len(rows) == 2
    own = {r["station"]: r["probability"] for r in ledger.read(settings.ledger)}
    odds = np.prod([p / (1 - p) for p in own.values()]) ** 0.5
    np.testing.assert_allclose(rows[0]["probability"], odds / (1 + odds), rtol=1e-5)
    assert len(ledger.read(settings.ledger)) == 2
    engine.dispose()
    path = world / "operate.toml"
    path.write_text(path.read_text().replace("is_made = true", "is_made = false"))
    assert combine_day(read_settings(world), engine, "2024-05-08", NOW) == 0
