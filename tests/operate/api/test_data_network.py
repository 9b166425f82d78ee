"""States of stations, stages and troubles: from recorded facts, and red when something breaks."""

import pandas as pd
import pytest
import sqlalchemy as sa

from seismomag.operate import database_tables as tables
from seismomag.operate.api.facts.station_states import CLOCK_FAULT
from seismomag.operate.database import open_database
from seismomag.operate.facts import STAGES
from seismomag.operate.settings import read_settings


@pytest.fixture
def facts(past):
    """Change the facts of the operation: ``facts(statement)``."""
    engine = open_database(read_settings(past).database_url)

    def change(statement):
        with engine.begin() as connection:
            connection.execute(statement)

    yield change
    engine.dispose()


def states(answer):
    return {code: c["state"] for c in answer.json()["counts"] for code in c["station_codes"]}


def test_all_is_well_after_a_run_that_did_everything(seen):
    status = seen.get("status").json()
    assert [(c["state"], c["n"]) for c in status["counts"]] == [
        ("silent", 0),
        ("faulty", 0),
        ("late", 0),
        ("unknown", 0),
        ("ok", 2),
    ]
    assert status["troubles"] == []
    assert (
        status["all_well"]["en"] == f"All {len(STAGES)} stages ran at 02:05 UTC at 2 of 2 stations"
    )
    assert status["last_cycle_at"] == "2024-05-12T02:05:00Z"
    assert status["next_cycle_at"] == "2024-05-13T02:05:00Z"
    assert (status["mode"], status["clock"]) == ("shadow", "wall")


def test_ok_decays_to_unknown_without_a_fact_of_the_last_cycle(look, past):
    fresh, old = (look(past, at=at) for at in ("2024-05-13T02:19:00", "2024-05-13T02:21:00"))
    assert states(fresh.get("status"))["ALR"] != "unknown"
    assert states(old.get("status")) == {"ALR": "unknown", "KPY": "unknown"}
    told = old.get("operation").json()
    assert {cell["state"] for row in told["stages"] for cell in row["cells"]} == {"unknown"}
    assert told["troubles"][0]["severity"] == "alarm"
    assert told["headline"]["en"] == "The daily job has not run for 1 d 0 h"


def test_a_station_that_stops_is_late_then_silent(look, past, facts):
    facts(
        tables.files.delete().where(
            tables.files.c.station_code == "ALR", tables.files.c.day > "2024-05-10"
        )
    )
    assert states(look(past).get("status"))["ALR"] == "late"
    later = tables.stages.update().values(last_attempt_at="2024-05-12T20:10:00Z")
    facts(later)
    silent = look(past, at="2024-05-12T20:15:00").get("status")
    assert states(silent) == {"ALR": "silent", "KPY": "ok"}
    trouble = silent.json()["troubles"][0]
    assert trouble["station_codes"] == ["ALR"]
    assert trouble["since"] == "2024-05-11T00:00:00Z"
    assert trouble["title"]["en"] == "No data from 1 of 2 stations"


@pytest.mark.parametrize(
    ("offset_s", "english", "indonesian"),
    [
        (None, "clock fault", "jam salah"),
        (-13.0, "clock \u221213 s", "jam \u221213 s"),
        (0.25, "clock +0.25 s", "jam +0,25 s"),
    ],
)
def test_a_clock_at_fault_makes_the_station_faulty(
    look, past, facts, offset_s, english, indonesian
):
    steps = "the clock steps back by 59 s at 2024-05-11 11:59:00"
    facts(
        tables.quality.update()
        .where(tables.quality.c.station_code == "KPY", tables.quality.c.day == "2024-05-11")
        .values(
            n_clock_faults=2,
            sentences=f"Nothing is missing.\n{CLOCK_FAULT}{steps}.",
            clock_offset_s=offset_s,
        )
    )
    client = look(past)
    row = client.get("network").json()["stations"][0]
    assert (row["station_code"], row["state"]) == ("KPY", "faulty")
    assert row["reason"] == {"en": english, "id": indonesian, "foreign": []}
    (trouble,) = client.get("status").json()["troubles"]
    assert trouble["advice"] == {
        "en": f"Set the clock of the station; the recording says: {steps}",
        "id": "Setel jam stasiun; rekaman menyatakan: jam mundur 59 s pada 2024-05-11 11:59:00",
        "foreign": [],
    }


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_broken_on_purpose_turns_both_views_red(look, past, facts, stage):
    where = tables.stages.c.stage == stage
    facts(
        tables.stages.update()
        .where(where)
        .values(last_error="/srv/op/secret/S240511.ALR: broken on purpose")
    )
    client = look(past)
    for path in ("status", "operation"):
        answer = client.get(path)
        trouble = answer.json()["troubles"][0]
        assert trouble["severity"] == "alarm"
        assert trouble["stage"] == stage
        assert set(trouble["station_codes"]) == {"ALR", "KPY"}
        assert trouble["since"] == "2024-05-12T02:05:00Z"
        assert "/srv" not in answer.text
    row = next(r for r in client.get("operation").json()["stages"] if r["stage"] == stage)
    assert {cell["state"] for cell in row["cells"]} == {"failed"}


def test_what_follows_a_broken_stage_waits(look, past, facts):
    facts(
        tables.stages.update()
        .where(tables.stages.c.stage == "quality", tables.stages.c.station_code == "ALR")
        .values(last_error="broken")
    )
    facts(
        tables.stages.update()
        .where(tables.stages.c.stage == "scalogram", tables.stages.c.station_code == "ALR")
        .values(last_success_day="2024-05-08")
    )
    rows = {r["stage"]: r for r in look(past).get("operation").json()["stages"]}
    cell = {stage: rows[stage]["cells"][0]["state"] for stage in rows}
    assert cell["quality"] == "refused", "one station of two: its data, not the stage"
    assert cell["scalogram"] == "waits"
    assert states(look(past).get("status"))["ALR"] == "faulty"


def test_an_operation_that_never_ran_is_not_green(serve):
    status = serve().get("/api/v1/status").json()
    assert states_of(status) == {"ALR": "unknown", "KPY": "unknown"}
    titles = [trouble["title"]["en"] for trouble in status["troubles"]]
    assert "The daily job has never run" in titles
    assert "No model can forecast" in titles
    assert status["verdict"]["level"] is None
    assert status["verdict"]["sentence"]["en"].endswith("never audited.")


def states_of(status):
    return {code: c["state"] for c in status["counts"] for code in c["station_codes"]}


def test_days_of_the_calendar_tell_what_is_known(look, past, facts):
    key = tables.quality.c.station_code == "ALR"
    facts(
        tables.quality.update()
        .where(key, tables.quality.c.day == "2024-05-08")
        .values(coverage=0.5)
    )
    facts(tables.quality.delete().where(key, tables.quality.c.day == "2024-05-09"))
    facts(
        tables.files.delete().where(
            tables.files.c.station_code == "ALR", tables.files.c.day == "2024-05-10"
        )
    )
    answer = look(past).get("network", params={"days": 7}).json()
    row = next(r for r in answer["stations"] if r["station_code"] == "ALR")
    assert [(c["day"][8:], c["kind"], c["coverage"]) for c in row["coverage"]] == [
        ("06", "unknown", None),
        ("07", "unknown", None),
        ("08", "part", 0.5),
        ("09", "refused", None),
        ("10", "none", 0.0),
        ("11", "measured", 1.0),
        ("12", "open", None),
    ]


def test_an_index_that_was_not_known_yet_is_not_shown(seen):
    times = [interval["start"] for interval in seen.get("network").json()["kp"]]
    assert times[-1] == "2024-05-12T00:00:00Z"


def test_lists_are_had_as_tables(seen):
    table = seen.get("network", params={"format": "csv", "part": "coverage", "days": 2})
    assert table.headers["content-type"].startswith("text/csv")
    assert table.text.splitlines()[:2] == [
        "station_code,day,kind,coverage",
        "ALR,2024-05-11,measured,1.0",
    ]
    stages = seen.get("operation", params={"format": "csv"}).text.splitlines()
    assert len(stages) == 1 + len(STAGES) * 2


def test_what_has_not_changed_is_not_sent_again(seen):
    first = seen.get("status")
    again = seen.get("status", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["x-as-of"] == "2024-05-12T02:20:00Z"


def test_an_older_day_that_failed_is_told_since_it_failed(look, past, facts):
    error = "S240509.ALR: broken on purpose"
    where = {"station_code": "ALR", "stage": "scalogram"}
    facts(
        tables.failed_days.insert().values(
            **where, day="2024-05-09", error=error, since="2024-05-10T02:05:00Z"
        )
    )
    facts(tables.stages.update().filter_by(**where).values(last_error=f"2024-05-09: {error}"))
    (trouble,) = look(past).get("status").json()["troubles"]
    assert (trouble["stage"], trouble["station_codes"]) == ("scalogram", ["ALR"])
    assert trouble["since"] == "2024-05-10T02:05:00Z"
    assert "2024-05-09" in trouble["advice"]["en"]


def test_a_new_fact_is_seen_within_two_seconds(look, past, facts):
    client = look(past)
    assert client.get("status").json()["troubles"] == []
    facts(tables.stages.update().values(last_error="broken"))
    end = pd.Timestamp.now() + pd.Timedelta(seconds=2)
    while pd.Timestamp.now() < end and not client.get("status").json()["troubles"]:
        pass
    assert client.get("status").json()["troubles"]


def test_a_run_that_was_killed_is_said(look, past, facts):
    facts(sa.update(tables.runs).values(outcome="killed"))
    titles = [t["title"]["en"] for t in look(past).get("status").json()["troubles"]]
    assert titles == ["The daily job was cut off before its end"]
