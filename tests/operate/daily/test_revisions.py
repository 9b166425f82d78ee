"""Late, repeated and withdrawn files of a day."""

import gzip
import shutil

import numpy as np
import pandas as pd
import pytest
from tests.operate.daily_world import records, run, states, table

from seismomag.operate import database
from seismomag.operate import database_tables as tables
from seismomag.operate.models_registry import challenge
from seismomag.operate.settings import read_settings
from seismomag.operate.status import is_green
from seismomag.readers import iaga2002
from seismomag.readers.recognition import read_bytes


@pytest.mark.parametrize("last", ["check_quality", "transform"])
def test_a_late_file_that_a_killed_run_did_not_forecast_is_forecast_by_the_next(
    world, send, monkeypatch, last
):
    """Killed when the file was archived only, or archived and checked."""
    send(0)
    whole = world / "incoming/ALR/S240508.ALR"
    data = whole.read_bytes()
    whole.write_bytes(data[: len(data) // 2])
    run(world, 0)
    whole.write_bytes(data)

    def killed(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(f"seismomag.operate.daily.stages.{last}", killed)
        with pytest.raises(KeyboardInterrupt):
            run(world, 0, hours=3)
    assert [row["revision"] for row in table(world, tables.files)] == [1, 2, 1]
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


def test_a_challenger_that_comes_later_makes_the_champion_say_nothing_again(
    world, send, small_models
):
    """The neighbour of the first day has come in meanwhile: its input would be another."""
    send(0)
    run(world, 0)
    send(1)
    run(world, 1)
    sealed = records(world)
    shutil.copytree(small_models / "2", world / "models" / "second")
    settings = read_settings(world)
    engine = database.open_database(settings.database_url)
    words = {"by": "Dewi", "reason": "trained on two more years"}
    challenge(settings, engine, "models/second", now=pd.Timestamp("2024-05-10 02:00"), **words)
    engine.dispose()
    report = run(world, 1, hours=3)
    assert (report.n_forecasts, report.n_records) == (4, 0)
    assert records(world) == sealed
    roles = [row["role"] for row in table(world, tables.forecasts)]
    assert sorted(roles) == ["challenger"] * 4 + ["champion"] * 4
    assert is_green(states(world, 1, 3))


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
