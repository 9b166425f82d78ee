"""The same answers from PostgreSQL as from SQLite."""

import pytest

from seismomag.operate.database import open_database
from seismomag.operate.database_upkeep import backup, restore
from seismomag.operate.settings import DATABASE_VARIABLE, read_settings

PATHS = (
    "status",
    "network",
    "stations",
    "operation",
    "forecasts",
    "ledger",
    "models",
    "stations/ALR/days/2024-05-10",
    "stations/ALR/coverage?year=2024",
)


def _answers(client):
    told = {path: client.get(path) for path in PATHS}
    assert {answer.status_code for answer in told.values()} == {200}
    return {path: answer.json() for path, answer in told.items()}


@pytest.fixture
def on_postgres(past, empty_postgres, tmp_path, monkeypatch):
    """The operation with its rows moved to PostgreSQL."""
    source = open_database(read_settings(past).database_url)
    kept = backup(source, tmp_path / "kept", {})
    source.dispose()
    target = open_database(empty_postgres)
    restore(target, kept)
    target.dispose()
    monkeypatch.setenv(DATABASE_VARIABLE, empty_postgres)
    return past


def test_postgresql_gives_the_same_answers(look, seen, on_postgres):
    expected = _answers(seen)
    found = _answers(look(on_postgres))
    for answers in (expected, found):
        for part in ("disk_used_bytes", "disk_full_in_days", "clock_error_s"):
            answers["operation"]["machine"].pop(part)
    assert found == expected
