import json
import sqlite3
import subprocess
import sys

import pandas as pd
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from seismomag.core.errors import ConfigError, FormatError
from seismomag.core.recording import sha256_of
from seismomag.core.stations import Station
from seismomag.operate import database, database_upkeep
from seismomag.operate import database_tables as tables
from seismomag.operate.alerts.acknowledgements import acknowledge

NOW = pd.Timestamp("2026-03-01 06:00")
ALOR = Station(station_code="ALR", latitude_deg=-8.14, longitude_deg=124.59, name="Alor \u2192")


def forecast(day="2026-01-01", probability=0.25, **changes):
    return {
        "station_code": "ALR",
        "day": day,
        "model_sha256": "a" * 64,
        "input_sha256": "b" * 64,
        "role": "champion",
        "issued_at": "2026-01-02T00:09:00Z",
        "valid_from": "2026-01-03T00:00:00Z",
        "valid_to": "2026-01-17T00:00:00Z",
        "probability": probability,
        "alarm": False,
        "azimuth": None,
        "magnitude_class": 1,
        "coverage": 1.0,
        "kp_at_issue": 2.333,
        "dst_at_issue": -11.0,
        "reason": None,
        "ledger_seq": 4,
    } | changes


def fill(engine):
    database.put_stations(engine, [ALOR])
    with engine.begin() as connection:
        database.put_forecasts(connection, [forecast(), forecast("2026-01-02", 0.5, alarm=True)])
        connection.execute(
            tables.indices.insert(),
            [
                {
                    "kind": "kp",
                    "time": "2025-11-01T00:00:00Z",
                    "status": status,
                    "source": "files",
                    "value": 3.0,
                    "available_time": available,
                }
                for status, available in (
                    ("nowcast", "2025-11-01T04:00:00Z"),
                    ("definitive", "2025-12-01T00:00:00Z"),
                )
            ],
        )


def everything(engine):
    with engine.connect() as connection:
        return {
            table.name: database.rows_of(connection, sa.select(table).order_by(*table.primary_key))
            for table in tables.METADATA.sorted_tables
        }


def test_the_migrations_make_exactly_the_tables_of_the_code(engine):
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.METADATA) == []
    assert database_upkeep.examine(engine) == ()
    database.require_current(engine)


def test_migrations_go_down_and_up_again(engine):
    fill(engine)
    before = everything(engine)
    for revision in ("base", "first"):
        with pytest.raises(ConfigError, match=r"no place for .*; make a backup, then give --drop"):
            database.migrate(engine, revision)
    assert everything(engine) == before
    database.migrate(engine, "base", drop_data=True)
    with engine.connect() as connection:
        assert set(sa.inspect(connection).get_table_names()) <= {"alembic_version"}
    with pytest.raises(ConfigError, match="seismomag migrate /srv/op"):
        database.require_current(engine, "/srv/op")
    assert "no table alerts" in database_upkeep.examine(engine)
    database.migrate(engine)
    assert database_upkeep.examine(engine) == ()


def put_old_index(engine, status, available, value):
    with engine.begin() as connection:
        row = ("kp", "2025-11-01T00:00:00Z", status, value, available)
        statement = sa.text("INSERT INTO indices VALUES (:a, :b, :c, :d, :e)")
        connection.execute(statement, dict(zip("abcde", row, strict=True)))


def test_a_database_of_the_first_schema_keeps_its_indices_on_the_way_up_and_down(engine):
    database.migrate(engine, "base")
    database.migrate(engine, "first")
    put_old_index(engine, "nowcast", "2025-11-01T04:00:00Z", 3.0)
    put_old_index(engine, "final", "2025-12-01T00:00:00Z", 2.7)
    database.migrate(engine)
    with engine.begin() as connection:
        rows = database.rows_of(connection, sa.select(tables.indices))
        assert {(row["status"], row["value"], row["source"]) for row in rows} == {
            ("nowcast", 3.0, "files"),
            ("final", 2.7, "files"),
        }
        later = rows[0] | {"available_time": "2026-01-01T00:00:00Z", "value": 3.3}
        connection.execute(tables.indices.insert(), [later])
    with pytest.raises(ConfigError, match=r"indices \(3\)|indices.source \(3\)"):
        database.migrate(engine, "first")
    database.migrate(engine, "first", drop_data=True)
    with engine.begin() as connection:
        narrow = connection.exec_driver_sql("SELECT value FROM indices ORDER BY value").scalars()
        assert sorted(narrow) == sorted({3.3, 2.7, 3.0} - {rows[0]["value"]})
    database.migrate(engine)
    assert database_upkeep.examine(engine) == ()


def test_a_backup_of_the_first_schema_is_restored_into_today_s(sqlite_engine, tmp_path):
    fill(sqlite_engine)
    before = everything(sqlite_engine)
    folder = database_upkeep.backup(sqlite_engine, tmp_path / "backup", {})
    kept = folder / "tables/indices.jsonl"
    lines = [json.loads(line) for line in kept.read_text().splitlines()]
    old = [{k: v for k, v in line.items() if k != "source"} for line in lines]
    kept.write_text("".join(json.dumps(line) + "\n" for line in old))
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["revision"] = "first"
    manifest["sha256"]["tables/indices.jsonl"] = sha256_of(kept.read_bytes())
    (folder / "manifest.json").write_text(json.dumps(manifest))
    other = database.open_database(database.sqlite_url(tmp_path / "other.sqlite"))
    database_upkeep.restore(other, folder)
    assert everything(other) == before
    other.dispose()


def test_unknown_revisions_are_refused(engine):
    with pytest.raises(ConfigError, match="no revision"):
        database.migrate(engine, "tomorrow")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'tomorrow'")
    with pytest.raises(ConfigError, match="newer"):
        database.migrate(engine)


def test_the_latest_forecast_is_the_newest_day_whatever_comes_last(engine):
    fill(engine)
    with engine.begin() as connection:
        database.put_forecasts(connection, [forecast("2025-12-31", 0.9)])
        (latest,) = database.rows_of(connection, sa.select(tables.latest_forecasts))
        n = connection.execute(sa.select(sa.func.count()).select_from(tables.forecasts)).scalar()
    assert (latest["day"], latest["probability"], latest["alarm"]) == ("2026-01-02", 0.5, True)
    assert n == 3


def test_a_forecast_written_twice_stands_once(engine):
    fill(engine)
    before = everything(engine)
    fill_again = [forecast(), forecast("2026-01-02", 0.5, alarm=True)]
    with engine.begin() as connection:
        database.put_forecasts(connection, fill_again)
    assert everything(engine) == before


def test_a_transaction_that_fails_leaves_nothing(engine):
    twice = [vars_of(ALOR), vars_of(ALOR)]
    with pytest.raises(sa.exc.IntegrityError), engine.begin() as connection:
        connection.execute(tables.stations.insert(), twice)
    assert everything(engine)["stations"] == []


def vars_of(station):
    return {c.name: getattr(station, c.name) for c in tables.stations.c}


def test_a_reader_cannot_write(engine, database_url):
    fill(engine)
    reader = database.open_database(database_url, read_only=True)
    with reader.connect() as connection:
        assert connection.execute(sa.select(tables.stations.c.name)).scalar() == ALOR.name
    with pytest.raises(sa.exc.DBAPIError, match=r"read-?only"), reader.begin() as connection:
        connection.execute(tables.stations.delete())
    reader.dispose()


def test_backup_and_restore_give_an_equal_database(engine, database_url, tmp_path):
    fill(engine)
    before = everything(engine)
    (tmp_path / "ledger.jsonl").write_text("{}\n")
    others = {"ledger.jsonl": tmp_path / "ledger.jsonl", "absent": tmp_path / "absent"}
    folder = database_upkeep.backup(engine, tmp_path / "backup", others)
    with pytest.raises(ConfigError, match="has rows"):
        database_upkeep.restore(engine, folder)
    database.migrate(engine, "base", drop_data=True)
    assert database_upkeep.restore(engine, folder, tmp_path / "new") == 6
    assert everything(engine) == before
    assert (tmp_path / "new/ledger.jsonl").read_text() == "{}\n"
    with pytest.raises(ConfigError, match="new name"):
        database_upkeep.backup(engine, folder, {})
    with pytest.raises(ConfigError, match="exists already"):
        database_upkeep.restore(engine, folder, tmp_path / "new")


def test_sqlite_moves_to_postgresql_by_backup_and_restore(sqlite_engine, empty_postgres, tmp_path):
    fill(sqlite_engine)
    folder = database_upkeep.backup(sqlite_engine, tmp_path / "backup", {})
    other = database.open_database(empty_postgres)
    database_upkeep.restore(other, folder)
    assert everything(other) == everything(sqlite_engine)
    other.dispose()


def test_the_newest_whole_backup_in_the_usual_place_is_known(sqlite_engine, tmp_path):
    assert database_upkeep.last_backup(tmp_path) is None
    first = database_upkeep.backup_place(tmp_path, pd.Timestamp("2026-04-01 02:14:00"))
    database_upkeep.backup(sqlite_engine, first, {})
    assert database_upkeep.last_backup(tmp_path) == pd.Timestamp("2026-04-01 02:14:00")
    cut_off = database_upkeep.backup_place(tmp_path, pd.Timestamp("2026-04-02 02:14:00"))
    cut_off.mkdir()
    (tmp_path / "backups" / "by hand").mkdir()
    assert database_upkeep.last_backup(tmp_path) == pd.Timestamp("2026-04-01 02:14:00")


def test_a_damaged_backup_is_refused(sqlite_engine, tmp_path):
    fill(sqlite_engine)
    folder = database_upkeep.backup(sqlite_engine, tmp_path / "backup", {})
    file = folder / "tables/stations.jsonl"
    file.write_bytes(file.read_bytes().replace(b"-8.14", b"-9.14"))
    with pytest.raises(FormatError, match="not what was backed up"):
        database_upkeep.restore(sqlite_engine, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["sha256"] = {"../outside": "0" * 64}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(FormatError, match="no place"):
        database_upkeep.restore(sqlite_engine, folder)
    (folder / "manifest.json").unlink()
    with pytest.raises(FormatError, match="no finished backup"):
        database_upkeep.restore(sqlite_engine, folder)


def put_old_work(engine):
    with engine.begin() as connection:
        connection.execute(
            tables.runs.insert(),
            [
                {"run_id": name, "started_at": at, "days": "", "outcome": "done", "sentence": ""}
                for name, at in (("old", "2025-06-01T00:00:00Z"), ("new", "2026-02-28T00:00:00Z"))
            ],
        )
        connection.execute(
            tables.alerts.insert(),
            [
                {
                    "alert_id": name,
                    "rule": "silent",
                    "station_code": name,
                    "day": "2025-06-01",
                    "level": "watch",
                    "detail": "",
                    "raised_at": "2025-06-01T00:00:00Z",
                }
                for name in ("sent", "waiting")
            ],
        )
        connection.execute(
            tables.deliveries.insert(),
            [
                {
                    "alert_id": name,
                    "channel": "mail",
                    "delivered_at": at,
                    "n_attempts": 1,
                    "last_error": "",
                }
                for name, at in (("sent", "2025-06-02T00:00:00Z"), ("waiting", None))
            ],
        )


def test_prune_removes_superseded_nowcasts_and_old_runs_only(engine):
    fill(engine)
    put_old_work(engine)
    for alert in everything(engine)["alerts"]:
        acknowledge(engine, alert["alert_id"], by="Dewi", words="", now=NOW)
    done = database_upkeep.prune(engine, keep_days=90, now=NOW)
    assert done == database_upkeep.Pruned(n_runs=1, n_alerts=1, n_indices=1)
    left = everything(engine)
    assert [row["alert_id"] for row in left["acknowledgements"]] == ["waiting"]
    assert [row["run_id"] for row in left["runs"]] == ["new"]
    assert [row["alert_id"] for row in left["alerts"]] == ["waiting"]
    assert [row["status"] for row in left["indices"]] == ["definitive"]
    assert len(left["forecasts"]) == 2
    with pytest.raises(ConfigError, match="30 days"):
        database_upkeep.prune(engine, keep_days=3, now=NOW)


def test_prune_keeps_the_most_trusted_value_whatever_came_later(engine):
    row = {"kind": "kp", "time": "2025-11-01T00:00:00Z", "value": 3.0}
    rows = [
        row | {"status": status, "source": source, "available_time": f"{day}T00:00:00Z"}
        for status, source, day in (
            ("nowcast", "gfz", "2025-11-01"),
            ("final", "gfz", "2025-11-20"),
            ("nowcast", "swpc", "2025-11-21"),
        )
    ]
    with engine.begin() as connection:
        connection.execute(tables.indices.insert(), rows)
    assert database_upkeep.prune(engine, keep_days=90, now=NOW).n_indices == 2
    assert [r["status"] for r in everything(engine)["indices"]] == ["final"]


def test_the_pragmas_of_sqlite_are_what_they_should_be(sqlite_engine):
    with sqlite_engine.connect() as connection:
        for name, value in database.PRAGMAS.items():
            assert connection.exec_driver_sql(f"PRAGMA {name}").scalar() == value


def test_a_database_that_cannot_do_wal_is_refused():
    engine = database.open_database("sqlite://")
    with pytest.raises(database.StoreError, match="local disk"):
        engine.connect()


def test_other_databases_are_refused():
    with pytest.raises(ConfigError, match="'mysql': expected in SEISMOMAG_DATABASE_URL: sqlite"):
        database.open_database("mysql://localhost/x")


def test_a_lock_that_is_given_back_in_time_is_waited_for(sqlite_engine):
    code = (
        "import sqlite3, sys, time\n"
        "c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "c.execute('BEGIN IMMEDIATE'); print('locked', flush=True)\n"
        "time.sleep(1); c.execute('COMMIT')\n"
    )
    file = sqlite_engine.url.database
    with subprocess.Popen(
        [sys.executable, "-c", code, file], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "locked\n"
        database.put_stations(sqlite_engine, [ALOR])
    assert len(everything(sqlite_engine)["stations"]) == 1


def test_a_killed_writer_loses_no_committed_row(sqlite_engine):
    code = (
        "import sys, os\n"
        "from seismomag.core.stations import Station\n"
        "from seismomag.operate import database\n"
        "e = database.open_database(sys.argv[1])\n"
        "for i in range(10**6):\n"
        "    s = Station(station_code=f'S{i}', latitude_deg=0, longitude_deg=0)\n"
        "    database.put_stations(e, [s]); print(i, flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(sqlite_engine.url)], stdout=subprocess.PIPE, text=True
    ) as writer:
        for _ in range(20):
            writer.stdout.readline()
        writer.kill()
        rest, _ = writer.communicate()
    acknowledged = 20 + rest.count("\n")
    assert len(everything(sqlite_engine)["stations"]) >= acknowledged
    connection = sqlite3.connect(sqlite_engine.url.database)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
