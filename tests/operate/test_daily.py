import contextlib
import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from seismomag.core.errors import FormatError, LeakError, ModelError, StoreError
from seismomag.operate import database, facts, ledger, stages
from seismomag.operate import database_tables as tables
from seismomag.operate.daily import run_daily
from seismomag.operate.models_registry import challenge
from seismomag.operate.settings import read_settings
from seismomag.operate.status import is_green, status
from seismomag.readers import iaga2002
from seismomag.readers.recognition import read_bytes

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


def test_a_day_goes_from_file_to_verified_record(world, send):
    send(0)
    report = run(world, 0)
    assert (report.days, report.n_forecasts, report.n_records, report.failures) == (
        ("2024-05-08",),
        2,
        2,
        (),
    )
    first, second = records(world)
    assert [first["station"], second["station"]] == ["ALR", "KPY"]
    assert first["issued_at"] == "2024-05-09T01:00:00Z"
    assert first["valid_from"] == "2024-05-10T00:00:00Z"
    assert (first["coverage"], first["kp_at_issue"]) == (1, 2)
    assert len(first["input_sha256"]) == 64
    rows = table(world, tables.forecasts)
    assert [row["ledger_seq"] for row in rows] == [0, 1]
    assert rows[0]["dst_at_issue"] == -10
    assert {row["outcome"] for row in table(world, tables.runs)} == {"done"}
    assert len(table(world, tables.quality)) == 2
    assert is_green(states(world, 0, 1))


def test_a_second_run_changes_nothing(world, send):
    send(0)
    run(world, 0)
    before = (world / "ledger/ledger.jsonl").read_bytes()
    report = run(world, 0, hours=2)
    assert (report.n_forecasts, report.n_records) == (0, 0)
    assert (world / "ledger/ledger.jsonl").read_bytes() == before


def test_days_off_are_made_good_in_order_and_equal_those_in_time(world, send, tmp_path):
    """R7."""
    other = tmp_path / "other"
    shutil.copytree(world, other)
    send(0, 1, 2)
    run(world, 2, catch_up=True)
    seen = [(r["day"], r["station"]) for r in records(world)]
    assert seen == [(str(START + d), code) for d in range(3) for code in ("ALR", "KPY")]
    shutil.rmtree(other / "incoming")
    shutil.copytree(world / "incoming", other / "incoming")
    for day in range(3):
        run(other, day)
    drop = ("issued_at", "prev", "hash")
    bare = [
        [{k: v for k, v in r.items() if k not in drop} for r in records(w)] for w in (world, other)
    ]
    assert bare[0] == bare[1]
    assert all(ledger.is_late(r) for r in records(world)[:2])
    assert not any(ledger.is_late(r) for r in records(other))


def test_a_silent_station_is_a_fact_then_a_record(world, send):
    send(0, codes=("ALR",))
    report = run(world, 0)
    assert report.failures == ()
    assert "KPY 2024-05-08 collect" in report.waiting[0]
    assert [r["station"] for r in records(world)] == ["ALR"]
    assert not is_green(states(world, 0, 1))
    report = run(world, 0, hours=20)
    assert "KPY 2024-05-08 collect" in report.failures[0]
    record = records(world)[-1]
    assert (record["kind"], record["station"], record["probability"]) == ("no_data", "KPY", None)
    assert "collect" in record["reason"]
    assert not ledger.is_late(record)
    run(world, 0, hours=21)
    assert len(records(world)) == 2


def test_many_failures_of_a_station_are_one_line(world, send):
    send(0, codes=("ALR",))
    said = run(world, 3, hours=21).sentences()
    assert said[0] == "4 days (2024-05-08 to 2024-05-11): 1 forecasts, 8 records"
    assert [(line[:22], line.rpartition("(")[2]) for line in said[1:]] == [
        ("KPY 2024-05-11 collect", "the newest of 4 such days)"),
        ("ALR 2024-05-11 collect", "the newest of 3 such days)"),
    ]


def test_a_silent_network_is_late_in_the_status_without_any_run(world, send):
    """R8: status is computed from facts and the configuration, not from what ran."""
    assert {s.state for s in states(world, 0, 1)} == {"never"}
    send(0)
    run(world, 0)
    assert is_green(states(world, 1, 20.2))
    assert {s.state for s in states(world, 1, 20.3)} == {"late"}


def test_a_file_that_may_still_come_is_no_failure(world, send):
    """R8: at 00:20 nobody has sent the day that ended twenty minutes ago."""
    send(0)
    run(world, 0, hours=1)
    run(world, 1, hours=0.5)
    assert is_green(states(world, 1, 0.5))
    assert table(world, tables.alerts) == []
    run(world, 1, hours=20.3)
    assert {s.state for s in states(world, 1, 20.3) if s.stage == "collect"} == {"failed"}
    raised = [(row["rule"], row["day"]) for row in table(world, tables.alerts)]
    assert raised == [("silent", "2024-05-08")] * 2


BREAKS = {
    "collect": "seismomag.operate.stages.collect",
    "quality": "seismomag.operate.stages.check_quality",
    "scalogram": "seismomag.operate.stages.transform",
    "forecast": "seismomag.operate.stages.forecast",
    "ledger": "seismomag.operate.daily.log_day",
    "alerts": "seismomag.operate.conclusion.tell",
    "status": "seismomag.operate.conclusion.write_bytes",
}


@pytest.mark.parametrize("stage", facts.STAGES)
@pytest.mark.parametrize("kind", [FormatError("planted"), OSError(5, "planted")])
def test_each_stage_that_breaks_turns_the_status_red_within_one_run(
    world, send, monkeypatch, stage, kind
):
    """R8."""
    send(0, codes=("ALR",))
    (world / "stations.csv").write_text("station_code,latitude_deg,longitude_deg\nALR,-8,124\n")

    def broken(*_, **__):
        raise kind

    with monkeypatch.context() as patch:
        patch.setattr(BREAKS[stage], broken)
        with contextlib.suppress(StoreError, FormatError):
            run(world, 0)
    red = {s.stage: s.sentence for s in states(world, 0, 1) if s.state == "failed"}
    assert set(red) == {stage}
    assert "planted" in red[stage]
    run(world, 0, hours=2)
    assert is_green(states(world, 0, 2))


def test_the_state_of_everything_is_a_file_for_other_programs(world, send):
    send(0)
    run(world, 0)
    said = json.loads((world / "status.json").read_text())
    assert (said["is_green"], said["at"], said["mode"]) == (True, "2024-05-09T01:00:00Z", "shadow")
    assert len(said["stages"]) == 2 * 7 + 2
    assert [s["stage"] for s in said["stages"][-2:]] == ["files", "consensus"]


def test_a_model_that_is_gone_turns_the_status_red(world, send):
    send(0)
    run(world, 0)
    (world / "models/champion/model.onnx").write_bytes(b"")
    with pytest.raises(ModelError):
        run(world, 0, hours=2)
    assert {s.stage for s in states(world, 0, 2) if s.state == "failed"} == {"forecast"}


def test_a_damaged_file_is_a_fact_not_a_crash(world, send):
    send(0)
    bad = world / "incoming/KPY/S240508.KPY"
    bad.write_bytes(b"\x00garbage" * 100)
    report = run(world, 0)
    assert "KPY" in report.failures[0]
    assert [r["station"] for r in records(world)] == ["ALR"]
    send(0)
    assert run(world, 0, hours=2).n_records == 1
    assert is_green(states(world, 0, 2))


def garble(world, day, code="KPY"):
    (world / f"incoming/{code}/S2405{8 + day:02d}.{code}").write_bytes(b"\x00garbage" * 100)


def raised(world, rule):
    rows = table(world, tables.alerts)
    return [(row["station_code"], row["day"]) for row in rows if row["rule"] == rule]


def test_an_older_day_that_is_broken_is_not_hidden_by_a_newer_one(world, send):
    """R8: red, and told once, until that very day is made good."""
    send(0, 1)
    garble(world, 0)
    for hours in (1, 2, 3):
        run(world, 1, hours)
        red = [s for s in states(world, 1, hours) if s.state == "failed"]
        assert [(s.station_code, s.stage) for s in red] == [("KPY", "collect")]
        assert red[0].sentence.startswith("2024-05-08: ")
        assert red[0].last_success_day == "2024-05-09"
        assert raised(world, "stage_failed") == [("KPY", "2024-05-08")]
    send(0)
    run(world, 1, hours=4)
    assert is_green(states(world, 1, 4))
    assert raised(world, "stage_failed") == [("KPY", "2024-05-08")]
    assert table(world, tables.failed_days) == []


def test_a_broken_day_comes_to_its_end_with_the_days_that_are_looked_at_again(world, send):
    send(0, 1, 2, 3)
    garble(world, 0)
    run(world, 2, catch_up=True)
    assert not is_green(states(world, 2, 1))
    run(world, 3)
    assert is_green(states(world, 3, 1))
    (gone,) = [r for r in records(world) if r["kind"] == "no_data"]
    assert (gone["station"], gone["day"]) == ("KPY", "2024-05-08")
    assert "garbage" in gone["reason"] or "S240508.KPY" in gone["reason"]


def test_a_broken_file_that_is_withdrawn_is_no_failure_while_another_may_come(world, send):
    send(0)
    garble(world, 0)
    run(world, 0)
    assert not is_green(states(world, 0, 1))
    (world / "incoming/KPY/S240508.KPY").unlink()
    assert "KPY 2024-05-08 collect" in run(world, 0, hours=2).waiting[0]
    assert {s.state for s in states(world, 0, 2)} == {"ok", "never"}


def test_a_missing_day_is_not_told_again_after_the_silence_that_it_was(world, send):
    send(0)
    run(world, 0)
    send(1, codes=("ALR",))
    run(world, 1, hours=20.5)
    assert raised(world, "silent") == [("KPY", "2024-05-08")]
    send(2)
    run(world, 2)
    (red,) = [s for s in states(world, 2, 1) if s.state == "failed"]
    assert (red.station_code, red.sentence[:10]) == ("KPY", "2024-05-09")
    assert raised(world, "stage_failed") == []


def test_a_day_that_is_missing_between_others_is_told_where_no_silence_was(world, send):
    send(0, 2)
    send(1, codes=("ALR",))
    run(world, 2)
    assert raised(world, "stage_failed") == [("KPY", "2024-05-09")]
    assert raised(world, "silent") == []


def test_days_of_a_station_that_fail_in_one_run_are_one_alert_and_a_further_day_another(
    world, send
):
    send(0, 1, 2)
    garble(world, 0)
    garble(world, 1)
    for hours in (1, 2):
        run(world, 2, hours)
        assert raised(world, "stage_failed") == [("KPY", "2024-05-09")]
    (told,) = [r for r in table(world, tables.alerts) if r["rule"] == "stage_failed"]
    assert told["detail"].endswith("; 1 older days failed too")
    send(3)
    garble(world, 3)
    run(world, 3)
    assert raised(world, "stage_failed") == [("KPY", "2024-05-09"), ("KPY", "2024-05-11")]


def test_a_run_that_ends_early_is_told_once_and_stands_until_one_is_done(world, send):
    send(0)
    model = world / "models/champion/model.onnx"
    whole = model.read_bytes()
    model.write_bytes(b"")
    for hours in (1, 2):
        with pytest.raises(ModelError):
            run(world, 0, hours)
        assert {s.stage for s in states(world, 0, hours) if s.state == "failed"} == {"forecast"}
        assert raised(world, "network_failed") == [("-", "2024-05-09")]
        assert raised(world, "stage_failed") == []
    model.write_bytes(whole)
    run(world, 0, hours=3)
    assert is_green(states(world, 0, 3))


def test_a_model_that_succeeds_hides_no_other_one_that_fails(
    world, send, small_models, monkeypatch
):
    send(0)
    shutil.copytree(small_models / "2", world / "models/challenger")
    settings = read_settings(world)
    engine = database.open_database(settings.database_url)
    reason = {"by": "Dewi", "reason": "to be seen in shadow", "now": at(0)()}
    challenge(settings, engine, "models/challenger", **reason)
    engine.dispose()
    sound = stages.forecast

    def broken(forecaster, path):
        if forecaster.model.path.name == "champion":
            msg = "planted"
            raise FormatError(msg)
        return sound(forecaster, path)

    with monkeypatch.context() as patch:
        patch.setattr("seismomag.operate.stages.forecast", broken)
        run(world, 0)
    red = [(s.station_code, s.stage) for s in states(world, 0, 1) if s.state == "failed"]
    assert red == [("ALR", "forecast"), ("KPY", "forecast")]
    run(world, 0, hours=2)
    assert is_green(states(world, 0, 2))


def test_a_late_file_that_a_killed_run_only_archived_is_forecast_by_the_next(
    world, send, monkeypatch
):
    send(0)
    whole = world / "incoming/ALR/S240508.ALR"
    data = whole.read_bytes()
    whole.write_bytes(data[: len(data) // 2])
    run(world, 0)
    whole.write_bytes(data)

    def killed(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("seismomag.operate.stages.check_quality", killed)
        with pytest.raises(KeyboardInterrupt):
            run(world, 0, hours=3)
    assert [row["revision"] for row in table(world, tables.files)] == [1, 2, 1]
    run(world, 0, hours=4)
    mine = [r for r in records(world) if r["station"] == "ALR"]
    assert [round(r["coverage"], 1) for r in mine] == [0.5, 1.0]


def test_a_late_file_that_a_killed_run_only_checked_is_forecast_by_the_next(
    world, send, monkeypatch
):
    send(0)
    whole = world / "incoming/ALR/S240508.ALR"
    data = whole.read_bytes()
    whole.write_bytes(data[: len(data) // 2])
    run(world, 0)
    whole.write_bytes(data)

    def killed(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("seismomag.operate.stages.transform", killed)
        with pytest.raises(KeyboardInterrupt):
            run(world, 0, hours=3)
    run(world, 0, hours=4)
    mine = [r for r in records(world) if r["station"] == "ALR"]
    assert [round(r["coverage"], 1) for r in mine] == [0.5, 1.0]


def test_a_day_that_came_twice_is_done_once_also_when_its_neighbour_has_come(world, send):
    """R3: the second file holds the same samples, so that nothing of the day is new."""
    send(0)
    run(world, 0)
    first = world / "incoming/ALR/S240508.ALR"
    first.with_name("S240508.ALR.gz").write_bytes(gzip.compress(first.read_bytes(), mtime=0))
    run(world, 0, hours=3)
    assert [r["revision"] for r in table(world, tables.files) if r["station_code"] == "ALR"] == [
        1,
        2,
    ]
    checked = {r["checked_at"] for r in table(world, tables.quality)}
    send(1)
    run(world, 1)
    run(world, 1, hours=3)
    mine = [r for r in records(world) if (r["station"], r["day"]) == ("ALR", "2024-05-08")]
    assert len(mine) == 1
    assert checked <= {r["checked_at"] for r in table(world, tables.quality)}


@pytest.mark.parametrize("offset_ms", [300, -300])
def test_a_clock_off_the_second_is_flagged_told_and_changes_no_score(world, send, offset_ms):
    """R4: a constant offset shifts the three components alike."""
    send(0)
    run(world, 0)
    (before,) = [r for r in records(world) if r["station"] == "ALR"]
    settings = read_settings(world)
    path = world / "incoming/ALR/S240508.ALR"
    recording = read_bytes(path.read_bytes(), str(path))
    moved = recording.assign_coords(time=recording["time"] + np.timedelta64(offset_ms, "ms"))
    path.write_bytes(iaga2002.write(moved, world / "moved.sec").read_bytes())
    for name in ("archive", "tensors", "ledger", "seismomag.sqlite"):
        place = world / name
        shutil.rmtree(place) if place.is_dir() else place.unlink()
    for rest in world.glob("seismomag.sqlite-*"):
        rest.unlink()
    engine = database.open_database(settings.database_url)
    database.migrate(engine)
    engine.dispose()
    run(world, 0)
    (after,) = [r for r in records(world) if r["station"] == "ALR"]
    assert after["probability"] == pytest.approx(before["probability"], abs=1e-3)
    (checked,) = [r for r in table(world, tables.quality) if r["station_code"] == "ALR"]
    assert checked["clock_offset_s"] == offset_ms / 1000
    assert f"{offset_ms / 1000:+g} s off the whole 1 s" in checked["sentences"]
    (told,) = [r for r in table(world, tables.alerts) if r["rule"] == "clock_fault"]
    assert told["detail"] == f"1 clock fault, {offset_ms / 1000:+.3f} s off the second"
    assert is_green(states(world, 0, 1))


def test_late_data_make_a_new_record_and_a_new_revision(world, send, day_files):
    send(0)
    whole = world / "incoming/ALR/S240508.ALR"
    data = whole.read_bytes()
    part = bytearray(data[: len(data) // 2])
    whole.write_bytes(bytes(part))
    run(world, 0)
    assert records(world)[0]["coverage"] < 0.6
    whole.write_bytes(data)
    run(world, 0, hours=3)
    mine = [r for r in records(world) if r["station"] == "ALR"]
    assert [round(r["coverage"], 1) for r in mine] == [0.5, 1.0]
    assert mine[0]["input_sha256"] != mine[1]["input_sha256"]
    assert [row["revision"] for row in table(world, tables.files)] == [1, 2, 1]
    latest = {row["station_code"]: row for row in table(world, tables.latest_forecasts)}
    assert latest["ALR"]["ledger_seq"] == mine[1]["seq"]


def test_a_file_that_the_source_drops_stays_in_the_archive(world, send):
    send(0)
    run(world, 0)
    shutil.rmtree(world / "incoming")
    (world / "incoming").mkdir()
    assert run(world, 0, hours=2).failures == ()


def test_a_broken_ledger_stops_the_run(world, send):
    send(0, 1)
    run(world, 0)
    path = world / "ledger/ledger.jsonl"
    path.write_bytes(path.read_bytes().replace(b"ALR", b"XLR"))
    with pytest.raises(LeakError, match="seq 0"):
        run(world, 1)
    assert len(table(world, tables.forecasts)) == 2


def test_a_damaged_model_stops_the_run(world, send):
    send(0)
    (world / "models/champion/model.onnx").write_bytes(b"")
    with pytest.raises(ModelError):
        run(world, 0)
    assert not (world / "ledger/ledger.jsonl").exists()


def test_a_damaged_tensor_is_made_again(world, send):
    send(0)
    run(world, 0)
    before = records(world)
    path = read_settings(world).tensor("ALR", "2024-05-08")
    path.write_bytes(path.read_bytes()[:1000])
    engine = database.open_database(read_settings(world).database_url)
    with engine.begin() as connection:
        connection.execute(tables.forecasts.delete())
    engine.dispose()
    assert run(world, 0, hours=2).n_forecasts == 2
    assert records(world) == before
    assert [row["ledger_seq"] for row in table(world, tables.forecasts)] == [0, 1]


def test_two_schedulers_at_once_are_one_run(world):
    """R7."""
    engine = database.open_database(read_settings(world).database_url)
    with facts.lease(engine), pytest.raises(facts.LeaseHeldError, match="another run"):
        run(world, 0)
    run(world, 0)
    assert table(world, tables.leases) == []
    with engine.begin() as connection:
        host = facts.socket.gethostname()
        rows = [
            {"name": "daily", "holder": f"{host}:999999999:x", "expires_at": "2999-01-01T00:00:00Z"}
        ]
        connection.execute(tables.leases.insert(), rows)
    run(world, 0)
    with engine.begin() as connection:
        rows[0]["holder"] = "elsewhere:1:x"
        connection.execute(tables.leases.insert(), rows)
    with pytest.raises(facts.LeaseHeldError):
        run(world, 0)
    engine.dispose()


CODE = """
import sys, pandas as pd
from seismomag.operate.daily import run_daily
from seismomag.operate.models_registry import challenge
from seismomag.operate.settings import read_settings
moment = pd.Timestamp("2024-05-10T01:00:00")
run_daily(read_settings(sys.argv[1]), clock=lambda: moment, catch_up=True)
print("torch" in sys.modules)
"""


def start(world):
    return subprocess.Popen(
        [sys.executable, "-c", CODE, str(world)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )


def facts_of(world):
    kept = (tables.files, tables.quality, tables.forecasts, tables.stages, tables.failed_days)
    return [table(world, which) for which in kept]


def kills(world, send, tmp_path, n, seed):
    """Kill a run n times at random moments; the next one must end as one that was not killed."""
    send(0, 1)
    calm = tmp_path / "calm"
    shutil.copytree(world, calm)
    began = time.monotonic()
    with start(calm) as process:
        out, error = process.communicate()
    lasted = time.monotonic() - began
    assert out == "False\n", error
    vary = np.random.default_rng(seed)
    fresh = tmp_path / "fresh"
    shutil.copytree(world, fresh)
    for i in range(n):
        if i % 3 == 0:
            shutil.rmtree(world)
            shutil.copytree(fresh, world)
        with start(world) as process:
            time.sleep(float(vary.uniform(0.3, 1.0)) * lasted)
            process.send_signal(signal.SIGKILL)
            process.communicate()
        if (i + 1) % 3 == 0 or i == n - 1:
            with start(world) as process:
                out, error = process.communicate()
            assert out == "False\n", error
            assert records(world) == records(calm)
            here, there = (str(w) for w in (world, calm))
            assert str(facts_of(world)).replace(here, there) == str(facts_of(calm))
    sys.stdout.write(f"R1: {n} kills, 0 lost rows, 0 unreadable files, result as unkilled\n")


def test_the_daily_job_never_loads_torch(world, send):
    send(0, codes=("ALR",))
    with start(world) as process:
        out, error = process.communicate()
    assert out == "False\n", error
    assert [r["kind"] for r in records(world)] == ["forecast", "no_data"]


@pytest.mark.slow
def test_killed_runs_end_as_one_that_was_not_killed(world, send, tmp_path):
    """R1."""
    kills(world, send, tmp_path, 4, seed=1)


def test_a_full_disk_ends_the_run_and_publishes_nothing(world, send, monkeypatch):
    """R2."""
    send(0)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("seismomag.operate.archive.write_bytes", full)
    with pytest.raises(StoreError, match="No space left on device; what was written stays"):
        run(world, 0)
    assert table(world, tables.files) == []
    assert records(world) == []
    assert [row["outcome"] for row in table(world, tables.runs)] == ["failed"]
    monkeypatch.undo()
    monkeypatch.setattr("seismomag.operate.ledger.os.fsync", full)
    with pytest.raises(StoreError):
        run(world, 0)
    monkeypatch.undo()
    assert run(world, 0).n_records == 2
    assert len(records(world)) == 2


def test_old_tensors_are_dropped(world, send):
    send(0)
    run(world, 0)
    assert read_settings(world).tensor("ALR", "2024-05-08").is_file()
    run(world, 100, catch_up=False)
    assert not read_settings(world).tensor("ALR", "2024-05-08").exists()
