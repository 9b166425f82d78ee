"""What fails on a day stands until that day is made good, and is told once."""

import contextlib
import shutil

import pytest
from tests.operate.daily_world import at, garble, raised, records, run, states, table

from seismomag.core.errors import FormatError, ModelError, StoreError
from seismomag.operate import database, facts
from seismomag.operate import database_tables as tables
from seismomag.operate.daily import stages
from seismomag.operate.models_registry import challenge
from seismomag.operate.settings import read_settings
from seismomag.operate.status import is_green

BREAKS = {
    "collect": "seismomag.operate.daily.stages.collect",
    "quality": "seismomag.operate.daily.stages.check_quality",
    "scalogram": "seismomag.operate.daily.stages.transform",
    "forecast": "seismomag.operate.daily.stages.forecast",
    "ledger": "seismomag.operate.daily.job.log_day",
    "alerts": "seismomag.operate.daily.conclusion.tell",
    "status": "seismomag.operate.daily.conclusion.write_bytes",
}


def test_many_failures_of_a_station_are_one_line(world, send):
    send(0, codes=("ALR",))
    said = run(world, 3, hours=21).sentences()
    assert said[0] == "4 days (2024-05-08 to 2024-05-11): 1 forecasts, 8 records"
    assert [(line[:22], line.rpartition("(")[2]) for line in said[1:-1]] == [
        ("KPY 2024-05-11 collect", "the newest of 4 such days)"),
        ("ALR 2024-05-11 collect", "the newest of 3 such days)"),
    ]


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
        patch.setattr("seismomag.operate.daily.stages.forecast", broken)
        run(world, 0)
    red = [(s.station_code, s.stage) for s in states(world, 0, 1) if s.state == "failed"]
    assert red == [("ALR", "forecast"), ("KPY", "forecast")]
    run(world, 0, hours=2)
    assert is_green(states(world, 0, 2))
