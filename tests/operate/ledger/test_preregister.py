import json
from dataclasses import replace

import pandas as pd
import pytest

from seismomag.core.errors import ConfigError, LeakError
from seismomag.core.schema import Catalogue, Interval
from seismomag.core.stations import Station
from seismomag.dataset.rule import LabelRule
from seismomag.operate import ledger
from seismomag.operate.ledger import preregister
from seismomag.operate.ledger.scoring import score

STATION = Station(station_code="ALR", latitude_deg=-8.14, longitude_deg=124.59)
BEFORE = pd.Timestamp("2023-12-30 12:00")
MUCH_LATER = pd.Timestamp("2025-01-01")
MODEL = "a" * 64


def forecast(i=0, station="ALR", **changes):
    day = pd.Timestamp("2024-01-01") + pd.Timedelta(days=i)
    start = day + pd.Timedelta(days=2)
    return {
        "kind": "forecast",
        "issued_at": f"{day + pd.Timedelta(days=1):%Y-%m-%d}T00:09:00Z",
        "valid_from": f"{start:%Y-%m-%d}T00:00:00Z",
        "valid_to": f"{start + pd.Timedelta(days=14):%Y-%m-%d}T00:00:00Z",
        "day": f"{day:%Y-%m-%d}",
        "station": station,
        "probability": 0.25,
        "alarm": False,
        "model_sha256": MODEL,
    } | changes


def plan(**changes):
    given = {
        "model_id": "small-1",
        "model_sha256": MODEL,
        "threshold": 0.4,
        "window_days": 14,
        "catalogue_source": "a list",
        "first_day": "2024-01-01",
        "stop_day": "2024-06-30",
        "primary_test": "common shift of the area skill score, one-sided, p < 0.01",
    }
    return preregister.make(stations=(STATION,), rule=LabelRule(), **given | changes)


def catalogue(end="2024-12-31"):
    events = pd.DataFrame(
        {
            "event_id": ["e1"],
            "origin_time": pd.to_datetime(["2024-01-20"]),
            "latitude_deg": [-8.2],
            "longitude_deg": [124.6],
            "depth_km": [20.0],
            "magnitude": [5.5],
            "magnitude_type": ["Mw"],
            "source": ["test"],
        }
    )
    return Catalogue(events, (Interval(pd.Timestamp("2023-01-01"), pd.Timestamp(end)),))


@pytest.fixture
def registered(tmp_path):
    path = tmp_path / "ledger.jsonl"
    preregister.preregister(plan(), tmp_path, path, BEFORE)
    return path


def run(path, now=MUCH_LATER, what=None, **changes):
    frozen = preregister.read_preregistration(path.parent, path)
    return score(
        path,
        frozen,
        what or catalogue(),
        now=now,
        scores_path=path.parent / "scores.jsonl",
        **{"code_sha256": preregister.scoring_code_sha256()} | changes,
    )


def test_what_is_frozen_is_the_first_record(registered):
    (first,) = ledger.read(registered)
    frozen = preregister.read_preregistration(registered.parent, registered)
    assert frozen.sha256 == plan().sha256
    assert first["input_sha256"] == frozen.sha256
    assert first["kind"] == "preregistration"
    assert frozen.label_rule() == LabelRule()
    assert frozen.station_list() == (STATION,)


def test_an_unlimited_depth_survives_json():
    rule = LabelRule(maximum_depth_km=float("inf"))
    assert (
        preregister.make(
            stations=(STATION,),
            rule=rule,
            **{
                "model_id": "m",
                "model_sha256": MODEL,
                "threshold": 0.5,
                "window_days": 14,
                "catalogue_source": "x",
                "first_day": "2024-01-01",
                "stop_day": "2024-01-02",
                "primary_test": "t",
            },
        ).label_rule()
        == rule
    )


def test_nothing_is_frozen_after_the_first_day_or_into_a_used_ledger(tmp_path, registered):
    with pytest.raises(ConfigError, match="has begun"):
        preregister.preregister(plan(), tmp_path, tmp_path / "b.jsonl", MUCH_LATER)
    with pytest.raises(ConfigError, match="before day one"):
        preregister.preregister(plan(), tmp_path, registered, BEFORE)


def test_a_changed_preregistration_is_refused(registered):
    file = registered.parent / "prereg.json"
    values = json.loads(file.read_bytes())
    file.write_text(json.dumps(values | {"threshold": 0.3}))
    with pytest.raises(ConfigError, match="began with"):
        preregister.read_preregistration(registered.parent, registered)
    file.write_text("{}")
    with pytest.raises(ConfigError, match="no preregistration"):
        preregister.read_preregistration(registered.parent, registered)
    file.unlink()
    with pytest.raises(ConfigError, match="absent"):
        preregister.read_preregistration(registered.parent, registered)


@pytest.mark.parametrize(
    "changes",
    [
        {"threshold": 1.0},
        {"window_days": 0},
        {"window_days": None},
        {"format": "seismomag preregistration 3"},
        {"stop_day": "2023-01-01"},
        {"first_day": "soon"},
        {"primary_test": " "},
        {"settling_days": -1},
    ],
)
def test_nonsense_is_not_frozen(changes):
    with pytest.raises(ConfigError, match="preregistration"):
        plan(**changes)


def test_late_repeated_and_foreign_records_are_never_scored(registered):
    ledger.append(
        registered,
        [
            forecast(5, issued_at="2024-01-08T00:00:01Z", probability=0.9),
            forecast(5, issued_at="2024-01-08T00:00:00Z", probability=0.4, alarm=True),
            forecast(5, probability=0.7),
            forecast(300),
            forecast(6, station="XXX"),
            forecast(7, model_sha256="c" * 64),
            forecast(8, alarm=True),
        ],
    )
    report = run(registered)
    assert (report.n_late, report.n_repeated, report.n_outside, report.n_now) == (1, 1, 3, 2)
    assert report.figures["n_targets"] == 2
    assert report.figures["hits"] == 2
    assert "2 records scored now" in report.sentences()[0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"probability": 0.1, "alarm": True},
        {"probability": 0.4, "alarm": False},
        {"kind": "no_data", "probability": None, "alarm": True},
        {"valid_from": "2024-01-09T00:00:00Z"},
        {"valid_to": "2024-01-10T00:00:00Z"},
    ],
)
def test_a_record_that_contradicts_what_was_frozen_is_counted_and_never_scored(registered, wrong):
    """The threshold was lowered, the window or the rule changed, after the preregistration."""
    ledger.append(registered, [forecast(5, **wrong), forecast(5), forecast(30)])
    report = run(registered)
    assert (report.n_contradicting, report.n_repeated, report.n_now) == (1, 1, 1)
    assert report.figures["n_alarms"] == 0
    (told,) = [line for line in report.sentences() if "contradict" in line]
    assert told.startswith("not scored: 1 contradict the preregistration")


def test_the_alarm_that_is_scored_is_the_largest_of_the_frozen_window(registered):
    """Day 1 reaches the threshold: with 14 days, day 14 is in alarm and day 15 is not."""
    days = [forecast(1, probability=0.4, alarm=True)]
    days += [forecast(i, alarm=i < 15) for i in range(2, 18)]
    ledger.append(registered, days)
    report = run(registered)
    assert (report.n_contradicting, report.n_now, report.figures["n_alarms"]) == (0, 17, 14)


def test_a_preregistration_without_a_frozen_window_stays_what_its_ledger_began_with(tmp_path):
    old = plan(format="seismomag preregistration 1", window_days=None)
    assert "window_days" not in json.loads(old.to_bytes())
    path = tmp_path / "ledger.jsonl"
    preregister.preregister(old, tmp_path, path, BEFORE)
    assert preregister.read_preregistration(tmp_path, path).to_bytes() == old.to_bytes()
    assert old.alarm_rule.window_days == 14


def test_nothing_is_scored_twice(registered):
    ledger.append(registered, [forecast(i) for i in range(10)])
    scores = registered.parent / "scores.jsonl"
    assert run(registered).n_now == 10
    before = scores.read_bytes()
    again = run(registered)
    assert (again.n_now, again.n_before) == (0, 10)
    assert scores.read_bytes() == before
    scores.write_bytes(before + before.splitlines(keepends=True)[0])
    with pytest.raises(ConfigError, match="twice"):
        run(registered)


def test_a_record_waits_until_its_horizon_has_ended_and_settled(registered):
    ledger.append(registered, [forecast(0)])
    end = pd.Timestamp("2024-01-03") + pd.Timedelta(days=14 + 30)
    assert run(registered, now=end - pd.Timedelta(seconds=1)).n_waiting == 1
    assert run(registered, now=end).n_now == 1


def test_what_the_catalogue_does_not_cover_stays_unscored(registered):
    ledger.append(registered, [forecast(0), forecast(60)])
    report = run(registered, what=catalogue("2024-02-01"))
    assert (report.n_now, report.n_unknown) == (1, 1)
    assert run(registered).n_now == 1


def test_missing_days_count_as_no_alarm_and_beside_it_as_alarm(registered):
    ledger.append(registered, [forecast(8, kind="no_data", probability=None, alarm=None)])
    said = run(registered).figures
    assert (said["n_targets"], said["hits"], said["hits_if_missing_alarmed"]) == (1, 0, 1)
    assert said["brier"] is None


def test_a_broken_chain_is_not_scored(registered):
    ledger.append(registered, [forecast(0), forecast(1)])
    registered.write_bytes(registered.read_bytes().replace(b"0.25", b"0.95", 1))
    with pytest.raises(LeakError, match="seq 1"):
        run(registered)
    assert not (registered.parent / "scores.jsonl").exists()


def test_another_scoring_code_is_refused(registered):
    with pytest.raises(ConfigError, match="frozen"):
        run(registered, code_sha256="0" * 64)


def test_the_hash_covers_a_changed_field():
    assert plan().sha256 != replace(plan(), threshold=0.41).sha256
