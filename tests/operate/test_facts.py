import pandas as pd
import pytest

from seismomag.operate import facts
from seismomag.operate.clock import stamp

NOW = pd.Timestamp("2024-05-10 21:00")
LATER = NOW + pd.Timedelta(hours=1)


@pytest.fixture
def record(engine):
    """Write a fact: ``record(stage, day, error="", now=NOW)``."""

    def write(stage, day, error="", now=NOW):
        with engine.begin() as connection:
            facts.record_stage(connection, "ALR", stage, day, now, error)

    return write


def fact(engine, stage):
    return facts.stage_facts(engine)["ALR", stage]


def test_a_newer_success_hides_no_failure_of_an_older_day(engine, record):
    record("quality", "2024-05-08", "damaged")
    record("quality", "2024-05-09")
    assert fact(engine, "quality")["last_error"] == "2024-05-08: damaged"
    assert fact(engine, "quality")["last_success_day"] == "2024-05-09"
    record("quality", "2024-05-08", now=LATER)
    assert fact(engine, "quality")["last_error"] == ""
    assert fact(engine, "quality")["last_success_day"] == "2024-05-09"
    assert facts.failures(engine) == []


def test_the_oldest_failure_is_named_and_the_others_are_counted(engine, record):
    for day, error in (("2024-05-09", "newer"), ("2024-05-07", "older"), ("2024-05-08", "other")):
        record("forecast", day, error)
    assert fact(engine, "forecast")["last_error"] == "2024-05-07: older; 2 later days failed too"
    record("forecast", "2024-05-07")
    assert fact(engine, "forecast")["last_error"] == "2024-05-08: other; 1 later day failed too"


def test_a_failure_stands_since_it_first_failed(engine, record):
    record("quality", "2024-05-08", "damaged")
    record("quality", "2024-05-08", "still damaged", now=LATER)
    (standing,) = facts.failures(engine)
    assert (standing["error"], standing["since"]) == ("still damaged", stamp(NOW))


@pytest.mark.parametrize("stage", ["alerts", "status", "files", "drift"])
def test_what_is_not_work_of_a_day_is_made_good_by_the_next_success(engine, record, stage):
    record(stage, "2024-05-08", "no answer")
    assert fact(engine, stage)["last_error"] == "no answer"
    record(stage, "2024-05-09")
    assert fact(engine, stage)["last_error"] == ""


def test_what_ended_a_run_stands_until_one_comes_to_its_end(engine, record):
    record("forecast", facts.OF_RUN, "no model")
    record("forecast", "2024-05-09")
    assert fact(engine, "forecast")["last_error"] == "no model"
    facts.close_failures(engine, {facts.OF_RUN, "2024-05-09"})
    assert fact(engine, "forecast")["last_error"] == "no model"
    facts.close_failures(engine, {"2024-05-09"})
    assert fact(engine, "forecast")["last_error"] == ""


def test_days_that_are_not_come_back_to_are_closed(engine, record):
    for day in ("2024-05-01", "2024-05-08"):
        record("collect", day, "no file")
    record("alerts", "2024-05-01", "no answer")
    facts.close_failures(engine, {"2024-05-08"})
    assert fact(engine, "collect")["last_error"] == "2024-05-08: no file"
    assert fact(engine, "alerts")["last_error"] == "no answer"


def test_what_was_withdrawn_is_closed_without_a_success(engine, record):
    record("collect", "2024-05-08", "damaged")
    with engine.begin() as connection:
        facts.withdraw(connection, "ALR", "collect", "2024-05-08")
        facts.withdraw(connection, "ALR", "collect", "2024-05-07")
    held = fact(engine, "collect")
    assert (held["last_error"], held["last_success_day"]) == ("", None)


def test_failures_stand_in_the_order_of_the_work(engine, record):
    record("forecast", "2024-05-08", "b")
    record("quality", "2024-05-09", "c")
    record("quality", "2024-05-08", "a")
    assert [row["error"] for row in facts.failures(engine)] == ["a", "b", "c"]
