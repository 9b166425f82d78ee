"""Days of the network, the band of the shifts and the simple rules, by hand and by identity."""

from dataclasses import replace

import numpy as np
import numpy.testing as npt
import pandas as pd
import pytest

from seismomag.audit import audit_forecast, comparison, curves, molchan, network_days, nulls
from seismomag.audit.alarms import AlarmRule
from seismomag.audit.foreign.forecast import ForeignMap, clean
from seismomag.audit.foreign.judge import judge_foreign
from seismomag.audit.ring import Played
from seismomag.audit.rows import Rows

DAYS = np.arange("2024-01-01", "2024-01-06", dtype="datetime64[D]")
IN_ALARM = np.array([[True, False, False, True, False], [True, False, False, False, False]])
EVENTS = pd.DataFrame(
    {"position": [0, 0, 2], "is_hit": [True, False, False], "magnitude": [5.1, 6.0, 5.5]}
)
WEATHER = pd.DataFrame(
    {"kp_max": [2.0, 4.3, 6.0, 2.0], "dst_min_nt": [-10.0, -60.0, np.nan, -10.0]},
    index=pd.DatetimeIndex(DAYS[:4]),
)


def days():
    return network_days.day_table(DAYS, IN_ALARM, EVENTS, WEATHER)


def test_days_by_hand():
    table = days()
    assert table["outcome"].tolist() == ["hit", "quiet", "miss", "false_alarm", "quiet"]
    assert table["n_alarms"].tolist() == [2, 0, 0, 1, 0]
    assert table["n_events"].tolist() == [2, 0, 1, 0, 0]
    assert table["n_hits"].tolist() == [1, 0, 0, 0, 0]
    npt.assert_array_equal(table["magnitude"], [6.0, np.nan, 5.5, np.nan, np.nan])


def test_activity_by_hand_at_three_levels():
    rows = Rows(
        days(),
        np.zeros(5),
        np.array([True, False, True, False, False]),
        np.arange(5),
        0,
        0,
    )
    table = network_days.activity(days(), rows, np.array([True, False, False, True, False]))
    found = table.set_index(["level", "stratum"])
    # Dst -60 makes the second day a storm although its Kp is only active.
    assert found.loc[("day", "storm"), "n_cases"] == 2
    assert found.loc[("day", "active"), "n_cases"] == 0
    assert found.loc[("day", "unknown"), "n_cases"] == 1
    quiet = found.loc[("day", "quiet")]
    assert (quiet["n_events"], quiet["n_alarms"], quiet["n_hits"]) == (1, 2, 1)
    assert quiet["false_alarm_rate"] == 1.0
    assert found.loc[("event", "quiet"), "n_cases"] == 2
    assert found.loc[("event", "storm"), "n_hits"] == 0
    assert table.groupby("level")["n_cases"].sum().to_dict() == {"row": 5, "event": 3, "day": 5}


def test_the_band_at_the_frozen_point_is_that_of_the_hits(make_case):
    from seismomag.audit.trial import lay_out

    trial = lay_out(make_case(3))
    pairs, played = trial.targets.pairs, trial.played
    band = curves.molchan_band(played, pairs)
    at = band[np.isclose(band["tau"], played.tau)].set_index("kind")["nu"]
    missed = 1 - nulls.hits_by_shift(played.in_alarm, pairs)[1:] / pairs.n_events
    low, high = np.quantile(missed, [0.025, 0.975])
    assert at["null_low"] == pytest.approx(low)
    assert at["null_high"] == pytest.approx(high)


def test_the_share_that_just_reaches_is_the_step_of_the_trajectory():
    score = np.array([[0.9, 0.1, np.nan], [0.1, 0.5, 0.1]])
    reach = molchan.alarm_fraction_reaching(score)
    npt.assert_allclose(reach, [[1 / 6, 5 / 6, 1.0], [5 / 6, 2 / 6, 5 / 6]])
    tau = molchan.trajectory(score, np.array([0.5]))[0]
    assert set(reach.ravel()) <= set(tau)


def test_no_event_gives_no_band():
    none = np.empty(0, np.int64)
    rule = AlarmRule(threshold=0.5, state_days=1, target_tau=0.2, frozen_on="test")
    played = Played("forecast", rule, np.ones((1, 3)), np.ones((1, 3)), np.ones((1, 3), bool))
    assert curves.molchan_band(played, nulls.Pairs(none, none, none)).empty


def test_rules_agree_with_the_table_of_the_report(make_case):
    case = make_case(5, strength=0.5)
    case = replace(case, baselines={"flat": case.forecast.assign(probability=0.13)})
    report = audit_forecast(case)
    rules = report.curves["rules"].set_index("kind")
    table = report.table.set_index(["quantity", "level"])["value"]
    assert list(rules.columns) == list(comparison.COLUMNS[1:])
    assert rules.loc["forecast", "hit_rate"] == table["event_hit_rate", "event"]
    assert rules.loc["flat", "p"] == table["shift_p_flat", "event"]
    gain = table["information_gain_per_event_vs_flat", "row"]
    assert rules.loc["flat", "gain_over_it"] == gain
    assert np.isnan(rules.loc["forecast", "gain_over_it"])


def test_days_of_the_report_add_up(make_case):
    report = audit_forecast(make_case(5, strength=0.5))
    table = report.curves["network_days"]
    scored = report.curves["events"].query("is_scored")
    assert table["n_events"].sum() == len(scored)
    assert table["n_hits"].sum() == scored["is_hit"].sum()
    day = report.curves["activity"].query("level == 'day'")
    counts = report.curves["contingency"].set_index("level").loc["day"]
    assert day["n_cases"].sum() == counts.sum() == len(table)
    assert day["n_alarms"].sum() == counts["tp"] + counts["fp"]


def test_a_list_with_its_own_labels_shows_its_event_days():
    rng = np.random.default_rng(1)
    label = rng.random(120) < 0.3
    table = pd.DataFrame(
        {
            "date": pd.date_range("2026-01-01", periods=120).strftime("%Y-%m-%d"),
            "p": rng.random(120).round(3),
            "y": label.astype(int),
            "kp": 6.0,
        }
    )
    columns = {"date": "date", "probability": "p", "event": "y", "kp": "kp"}
    report = judge_foreign(clean(table.astype(str), ForeignMap(columns=columns)), n_bootstrap=100)
    found = report.curves["network_days"]
    assert found["n_events"].sum() == label.sum()
    assert report.curves["molchan_point"]["n_events"].item() == label.sum()
    storm = report.curves["activity"].set_index(["level", "stratum"]).loc[("day", "storm")]
    assert storm["n_cases"] == 120
    # The pictures never become the unit of the verdict.
    assert report.nulls.iloc[0]["statistic"] == "auc"
