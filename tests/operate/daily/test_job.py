"""The daily job on days that come as they should, or not at all."""

import json
import shutil

from tests.operate.daily_world import START, records, run, states, table

from seismomag.operate import database_tables as tables
from seismomag.operate import ledger
from seismomag.operate.status import is_green


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


def test_the_state_of_everything_is_a_file_for_other_programs(world, send):
    send(0)
    run(world, 0)
    said = json.loads((world / "status.json").read_text())
    assert (said["is_green"], said["at"], said["mode"]) == (True, "2024-05-09T01:00:00Z", "shadow")
    assert len(said["stages"]) == 2 * 7 + 2
    assert [s["stage"] for s in said["stages"][-2:]] == ["files", "consensus"]
