"""Sources of every kind within the daily job, against servers that speak their protocols."""

import os
import shutil

import numpy as np
import pandas as pd
import pytest
from tests.operate.daily_world import START, at, table

from seismomag.operate import database, ledger
from seismomag.operate import database_tables as tables
from seismomag.operate.archive import Archive
from seismomag.operate.daily.collecting import AskAgainError, Collector
from seismomag.operate.daily.job import run_daily
from seismomag.operate.settings import read_settings
from seismomag.operate.sources.answer import UNREACHABLE, Answer

FETCH = (
    "[fetch]\ninterval_s = 0.0\nfirst_wait_s = 0.01\nlongest_wait_s = 0.02\nattempts = 2\n"
    "trust_environment = false\ngive_up_after = 2\n"
)


@pytest.fixture
def declare(world):
    """Write the sources of the configuration: ``declare(toml) -> folder``."""

    def write(text, codes=("TST",)):
        path = world / "operate.toml"
        kept = path.read_text()
        start, end = kept.index("# Where the days come"), kept.index("[space_weather]")
        path.write_text(kept[:start] + text + FETCH + kept[end:])
        rows = "".join(f"{code},-8.1{i},124.6\n" for i, code in enumerate(codes))
        (world / "stations.csv").write_text("station_code,latitude_deg,longitude_deg\n" + rows)
        return world

    return write


@pytest.fixture
def gin(servers, serve):
    def start(**options):
        made = servers.GinService(servers.Reply, is_fast=True, **options)
        return serve(made)

    return start


def bodies(world):
    return [world / "archive" / row["path"] for row in table(world, tables.files)]


def load(world, day=START, code="TST"):
    settings = read_settings(world)
    engine = database.open_database(settings.database_url)
    recording = Archive(engine, settings.archive).load_day(code, day)
    engine.dispose()
    return recording


def test_a_day_of_intermagnet_becomes_a_record_and_its_body_is_kept_as_it_came(
    servers, declare, gin
):
    web = gin()
    world = declare(f'[[sources]]\nkind = "gin"\nurl = "{web.url}"\n')
    report = run_daily(read_settings(world), clock=at(0))
    assert (report.n_forecasts, report.n_records, report.failures) == (1, 1, ())
    (body,) = bodies(world)
    assert body.read_bytes() == servers.iaga2002("TST", "2024-05-08", "EHZF", 86_400, step="s")
    assert body.stat().st_mode & 0o777 == 0o444
    (row,) = table(world, tables.files)
    assert row["origin"].startswith(web.url + "?Request=GetData")
    assert load(world).attrs["sampling_hz"] == 1.0
    n_before = len(web.asked)
    run_daily(read_settings(world), clock=at(0, 2))
    assert len(web.asked) == n_before, "what is fresh in the cache is not asked for again"
    run_daily(read_settings(world), clock=at(0, 9))
    assert len(web.asked) == n_before + 1
    assert len(bodies(world)) == 1


@pytest.mark.parametrize("form", ["csv", "binary"])
def test_a_day_of_hapi_is_kept_as_it_came_and_read_again(servers, serve, declare, form):
    web = serve(servers.HapiService(servers.Reply, cadence_s=1))
    world = declare(
        f'[[sources]]\nkind = "hapi"\nurl = "{web.url}/hapi"\nform = "{form}"\n'
        f'dataset = "{servers.DATASET.replace("tst", "{code_lower}")}"\n'
    )
    settings = read_settings(world)
    engine = database.open_database(settings.database_url)
    with Collector(settings, engine, at(0)) as collector:
        assert collector.collect("TST", START)
        assert not collector.collect("TST", START)
    engine.dispose()
    (body,) = bodies(world)
    line, _, rest = body.read_bytes().partition(b"\n")
    assert line.startswith(b"#hapi {")
    stamps = pd.date_range(str(START), periods=86_400, freq="s")
    assert rest == getattr(servers.HapiService(servers.Reply, cadence_s=1), form)(stamps)
    field_nt = load(world)["field"].values
    expected = servers.expected_nt(pd.Timestamp(START), 86_400, cadence_s=1)
    np.testing.assert_allclose(field_nt, expected, atol=1e-4)


def test_a_day_of_the_usgs_becomes_a_record(servers, serve, declare):
    web = serve(servers.UsgsService(servers.Reply, is_fast=True))
    world = declare(f'[[sources]]\nkind = "usgs"\nurl = "{web.url}"\n', codes=("BOU",))
    report = run_daily(read_settings(world), clock=at(0))
    assert (report.n_records, report.failures) == (1, ())
    assert bodies(world)[0].name == "bou20240508-variation.iaga2002"


def test_sources_are_tried_in_order_and_what_failed_is_a_row(servers, serve, declare, gin):
    broken = serve(lambda _: servers.Reply(b"maintenance", 503))
    web = gin()
    world = declare(
        f'[[sources]]\nkind = "gin"\nurl = "{broken.url}"\n'
        f'[[sources]]\nkind = "gin"\nurl = "{web.url}"\nstations = ["TST"]\n'
    )
    report = run_daily(read_settings(world), clock=at(0))
    assert (report.n_records, report.failures) == (1, ())
    rows = {row["source"]: row for row in table(world, tables.source_states)}
    assert rows[f"gin {broken.url[7:]}"]["reason_code"] == "unreachable"
    assert "503" in rows[f"gin {broken.url[7:]}"]["reason"]
    assert rows[f"gin {broken.url[7:]}"]["last_success_at"] is None
    assert rows[f"gin {web.url[7:]}"]["last_success_at"] == "2024-05-09T01:00:00Z"
    assert rows[f"gin {web.url[7:]}"]["reason"] == ""


def test_a_station_is_asked_only_of_the_sources_that_serve_it(declare, gin, day_files):
    web = gin()
    world = declare(
        '[[sources]]\nkind = "folder"\nsettle_s = 0.0\nstations = ["ALR"]\n'
        f'[[sources]]\nkind = "gin"\nurl = "{web.url}"\nstations = ["TST"]\n',
        codes=("ALR", "TST"),
    )
    shutil.copytree(day_files / "ALR", world / "incoming" / "ALR")
    report = run_daily(read_settings(world), clock=at(0))
    assert (report.n_records, report.failures) == (2, ())
    assert {one.query["observatoryIagaCode"] for one in web.asked} == {"TST"}


def test_minute_values_are_refused_where_seconds_are_expected(servers, serve, declare):
    web = serve(servers.GinService(servers.Reply))
    world = declare(f'[[sources]]\nkind = "gin"\nurl = "{web.url}"\n')
    report = run_daily(read_settings(world), clock=at(0))
    assert "a sample every 60 s, expected every 1 s" in report.failures[0]
    assert bodies(world) == []


def test_a_catch_up_leaves_a_silent_server_alone_and_loses_no_day(servers, serve, declare, gin):
    asked = []

    def silent(_):
        asked.append(1)
        return servers.Reply(b"", 503)

    web = serve(silent)
    world = declare(f'[[sources]]\nkind = "gin"\nurl = "{web.url}"\n')
    report = run_daily(read_settings(world), clock=at(3), catch_up=True)
    assert len(report.days) == 4
    assert len(asked) == 2 * 2, "two attempts for each of the two days until it is given up"
    assert "asked at the next run" in report.failures[-1]
    # No answer is not "no data", as long as a record would be late anyway.
    days = [(r["day"], r["kind"]) for r in ledger.read(read_settings(world).ledger)]
    assert days == []
    sound = gin()
    path = world / "operate.toml"
    path.write_text(path.read_text().replace(web.url, sound.url))
    run_daily(read_settings(world), clock=at(3, 1.5), catch_up=True)
    records = ledger.read(read_settings(world).ledger)
    assert [(r["day"], r["kind"]) for r in records] == [
        (str(START + d), "forecast") for d in range(4)
    ]


def test_an_archive_that_was_copied_just_now_loses_no_day(declare, day_files):
    """The first thing that a new user does: copy files, and start."""
    world = declare('[[sources]]\nkind = "folder"\nsettle_s = 3600.0\n', codes=("ALR",))
    shutil.copytree(day_files / "ALR", world / "incoming" / "ALR", copy_function=shutil.copy)
    report = run_daily(read_settings(world), clock=at(30, 21), catch_up=True)
    assert "may still be written" in report.failures[0]
    # The days without a file are "no data"; those with a growing one wait.
    days = [r["day"] for r in ledger.read(read_settings(world).ledger)]
    assert days == [str(START + d) for d in range(4, 31)]
    path = world / "operate.toml"
    path.write_text(path.read_text().replace("settle_s = 3600.0", "settle_s = 0.0"))
    report = run_daily(read_settings(world), clock=at(30, 22), catch_up=True)
    assert report.n_forecasts == 4


def test_a_run_waits_once_for_files_to_settle(declare, day_files):
    world = declare('[[sources]]\nkind = "folder"\nsettle_s = 30.0\n', codes=("ALR",))
    shutil.copytree(day_files / "ALR", world / "incoming" / "ALR", copy_function=shutil.copy)
    settings = read_settings(world)
    engine = database.open_database(settings.database_url)
    naps = []

    def nap(seconds):
        naps.append(seconds)
        for path in (world / "incoming" / "ALR").iterdir():
            os.utime(path, (1e9, 1e9))

    with Collector(settings, engine, at(9), sleep=nap) as collector:
        assert collector.collect("ALR", START)
        assert collector.collect("ALR", START + 1)
        for path in (world / "incoming" / "ALR").iterdir():
            path.touch()
        with pytest.raises(AskAgainError, match="may still be written"):
            collector.collect("ALR", START + 2)
    assert naps == [30.0]
    engine.dispose()


def test_days_that_are_closed_are_looked_at_again_when_asked(declare, day_files):
    """After a wrong folder every old day is "no data"; the files are not lost for the archive."""
    world = declare('[[sources]]\nkind = "folder"\nsettle_s = 0.0\n', codes=("ALR",))
    run_daily(read_settings(world), clock=at(9), catch_up=True)
    assert {r["kind"] for r in ledger.read(read_settings(world).ledger)} == {"no_data"}
    shutil.copytree(day_files / "ALR", world / "incoming" / "ALR")
    assert run_daily(read_settings(world), clock=at(9, 2), catch_up=True).n_forecasts == 0
    report = run_daily(read_settings(world), clock=at(9, 3), since=START + 1)
    assert (report.n_forecasts, len(report.days)) == (3, 9)


def test_a_record_in_time_is_written_though_nobody_was_asked(servers, serve, declare):
    web = serve(lambda _: servers.Reply(b"", 503))
    world = declare(f'[[sources]]\nkind = "gin"\nurl = "{web.url}"\n', codes=("TST", "TSU", "TSV"))
    run_daily(read_settings(world), clock=at(0, 21))
    records = ledger.read(read_settings(world).ledger)
    assert [(r["station"], r["kind"]) for r in records] == [
        ("TST", "no_data"),
        ("TSU", "no_data"),
        ("TSV", "no_data"),
    ]
    assert not any(ledger.is_late(r) for r in records)


def test_older_days_wait_when_the_minutes_of_a_run_are_over(declare, gin):
    web = gin()
    world = declare(f'[[sources]]\nkind = "gin"\nurl = "{web.url}"\n')
    settings = read_settings(world)
    engine = database.open_database(settings.database_url)
    ticks = iter(range(0, 10**6, 1700))
    with Collector(settings, engine, at(30), lambda: next(ticks)) as collector:
        assert collector.collect("TST", START)
        assert collector.collect("TST", START + 1)
        with pytest.raises(AskAgainError, match="30 minutes of asking are over"):
            collector.collect("TST", START + 2)
        assert collector.collect("TST", START + 30)
    engine.dispose()


def test_a_refusal_of_the_settings_is_a_reason(declare):
    world = declare('[[sources]]\nkind = "folder"\nsettle_s = 0.0\n')
    settings = read_settings(world)
    engine = database.open_database(settings.database_url)

    def refuse():
        from seismomag.core.errors import ConfigError

        msg = "fetching needs httpx"
        raise ConfigError(msg)

    with Collector(settings, engine, at(0)) as collector:
        assert collector.ask("x", "-", refuse).reason_code == "refused"
        for _ in range(2):
            collector.ask("x", "-", lambda: Answer(reason="no", reason_code=UNREACHABLE))
        assert collector.is_given_up("x")
        collector.ask("x", "-", lambda: Answer(data=1))
        assert not collector.is_given_up("x")
    engine.dispose()


def test_a_day_comes_by_sftp_and_is_kept(world, declare, day_files, tmp_path, monkeypatch):
    asyncssh = pytest.importorskip("asyncssh", reason="the extra sftp is not installed")
    import runpy
    from pathlib import Path

    service = runpy.run_path(str(Path(__file__).parents[1] / "servers/sftp_service.py"))[
        "SftpService"
    ]
    monkeypatch.setenv("SSH_AUTH_SOCK", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    host, me = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    with service(day_files, host, me) as server:
        (world / "known_hosts").write_text(
            f"[127.0.0.1]:{server.port} {host.export_public_key().decode()}"
        )
        me.write_private_key(str(world / "key"))
        declare(
            f'[[sources]]\nkind = "sftp"\nhost = "127.0.0.1"\nport = {server.port}\nuser = "me"\n'
            'client_keys = ["key"]\nsettle_s = 0.05\npattern = "{code}/S{yy}{mm}{dd}.{code}"\n',
            codes=("ALR",),
        )
        report = run_daily(read_settings(world), clock=at(0))
        assert (report.n_records, report.failures) == (1, ())
        (body,) = bodies(world)
        assert body.read_bytes() == (day_files / "ALR/S240508.ALR").read_bytes()
    # The server is gone; within the hours of rechecking it is not even asked.
    assert run_daily(read_settings(world), clock=at(0, 2)).failures == ()
    assert run_daily(read_settings(world), clock=at(0, 9)).failures == ()
    (row,) = table(world, tables.source_states)
    assert row["reason_code"] == "unreachable"
