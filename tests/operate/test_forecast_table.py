import pandas as pd
import pytest

from seismomag.audit.foreign.forecast import read_foreign, read_map
from seismomag.cli import operate_commands as commands
from seismomag.core.errors import ConfigError
from seismomag.operate import database
from seismomag.operate.forecast_table import write_forecast_table
from seismomag.operate.settings import read_settings


def row(day, probability=0.4, **changes):
    start = pd.Timestamp(day) + pd.Timedelta(days=2)
    end = start + pd.Timedelta(days=14)
    return {
        "station_code": "ALR",
        "day": day,
        "model_sha256": "a" * 64,
        "input_sha256": "b" * 64,
        "role": "champion",
        "issued_at": f"{start - pd.Timedelta(hours=20):%Y-%m-%dT%H:%M:%SZ}",
        "valid_from": f"{start:%Y-%m-%dT%H:%M:%SZ}",
        "valid_to": f"{end:%Y-%m-%dT%H:%M:%SZ}",
        "probability": probability,
        "kp_at_issue": 2.0,
    } | changes


@pytest.fixture
def said(small_world):
    settings = read_settings(small_world)
    engine = database.open_database(settings.database_url)
    rows = [
        row("2024-05-08"),
        # A late file made a second forecast of the day: the first one counts.
        row("2024-05-08", 0.9, input_sha256="c" * 64, issued_at="2024-05-09T20:00:00Z"),
        row("2024-05-09", 0.7),
        # Issued when the horizon had begun.
        row("2024-05-10", 0.8, issued_at="2024-05-20T00:00:00Z"),
        row("2024-05-08", 0.5, role="consensus", model_sha256="d" * 64),
    ]
    with engine.begin() as connection:
        for one in rows:
            connection.execute(database.tables.forecasts.insert(), [one])
    yield settings, engine
    engine.dispose()


def test_the_table_is_what_the_audit_reads(said, tmp_path):
    settings, engine = said
    path = tmp_path / "said.csv"
    assert write_forecast_table(settings, engine, path, role="champion") == (2, 1)
    named = read_map(tmp_path / "said.toml")
    assert (named.horizon_days, named.threshold) == (14, settings.alarm.threshold)
    table = read_foreign(path, named).rows
    assert [f"{date:%Y-%m-%d}" for date in table["date"]] == ["2024-05-10", "2024-05-11"]
    assert table["probability"].tolist() == [0.4, 0.7]
    with pytest.raises(ConfigError, match="exists already"):
        write_forecast_table(settings, engine, path, role="champion")


def test_the_consensus_is_audited_like_any_other_and_has_no_threshold(said, small_world, tmp_path):
    assert commands.forecasts(small_world, tmp_path / "c.csv", role="consensus") == 0
    assert read_map(tmp_path / "c.toml").threshold is None
    assert commands.forecasts(small_world, tmp_path / "d.csv", role="challenger") == 2
    with pytest.raises(ConfigError, match="expected one of champion, challenger, consensus"):
        commands.forecasts(small_world, tmp_path / "e.csv", role="oracle")


def test_two_horizons_are_not_mixed(said, tmp_path):
    settings, engine = said
    with engine.begin() as connection:
        short = row("2024-05-11", valid_to="2024-05-20T00:00:00Z")
        connection.execute(database.tables.forecasts.insert(), [short])
    with pytest.raises(ConfigError, match=r"\[7, 14\] days"):
        write_forecast_table(settings, engine, tmp_path / "x.csv", role="champion")
