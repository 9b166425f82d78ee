import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seismomag.audit import AlarmRule, freeze
from seismomag.audit.alarms import is_alarm, lay_out, state
from seismomag.core.errors import ConfigError, CoverageError

CODES = np.array(["AAA", "BBB"], dtype=object)
DAYS = np.datetime64("2020-01-01") + np.arange(4)


def table(rows):
    codes, days, p = zip(*rows, strict=True)
    start = pd.to_datetime([f"2020-01-{d:02d}" for d in days])
    return pd.DataFrame({"station_code": codes, "horizon_start": start, "probability": p})


def test_rows_are_laid_on_the_day_on_which_they_become_valid():
    grid = lay_out(
        table([("BBB", 2, 0.3), ("AAA", 4, 0.1), ("BBB", 9, 1.0), ("ZZZ", 1, 1.0)]), CODES, DAYS
    )
    expected = np.full((2, 4), np.nan)
    expected[1, 1], expected[0, 3] = 0.3, 0.1
    np.testing.assert_array_equal(grid, expected)


def test_of_two_rows_for_one_station_day_the_larger_counts():
    rows = [("AAA", 1, 0.2), ("AAA", 1, 0.7), ("AAA", 1, 0.4)]
    assert lay_out(table(rows), CODES, DAYS)[0, 0] == 0.7


def test_state_by_hand():
    p = np.array([[0.9, 0.1, np.nan, 0.2, np.nan, np.nan]])
    np.testing.assert_array_equal(state(p, 2), [[0.9, 0.9, 0.1, 0.2, 0.2, np.nan]])
    np.testing.assert_array_equal(state(p, 1), p)


@given(st.integers(1, 20), st.integers(1, 40))
@settings(max_examples=30)
def test_state_never_peeks(memory, now):
    rng = np.random.default_rng(memory)
    p = rng.random(41)
    changed = p.copy()
    changed[now:] = 1.0
    np.testing.assert_array_equal(state(changed, memory)[:now], state(p, memory)[:now])


@given(st.floats(0.02, 0.9), st.integers(1, 14))
@settings(max_examples=30)
def test_the_frozen_threshold_gives_the_wanted_share(tau, memory):
    rng = np.random.default_rng(1)
    rows = [(c, 1, 0.0) for c in CODES]
    forecast = table(rows * 400)
    forecast["horizon_start"] = np.repeat(pd.date_range("2019-01-01", periods=400), 2)
    forecast["probability"] = rng.random(800)
    rule = freeze(forecast, state_days=memory, target_tau=tau)
    days = np.datetime64("2019-01-01") + np.arange(400)
    score = state(lay_out(forecast, CODES, days), memory)[:, memory - 1 :]
    share = is_alarm(score, rule).mean()
    assert share <= tau
    # state scores repeat for as long as the memory
    assert share > tau - 2 * memory / score.size


def test_a_constant_forecast_is_always_in_alarm():
    rule = freeze(table([("AAA", d, 1.0) for d in range(1, 20)]), state_days=3, target_tau=0.2)
    assert rule.threshold == 1.0


def test_frequent_zeros_do_not_become_alarms():
    rows = [("AAA", d, 0.5 if d == 9 else 0.0) for d in range(1, 29)]
    assert freeze(table(rows), state_days=2, target_tau=0.2).threshold == 0.5


def test_missing_forecasts_are_quiet_and_count_in_the_share():
    rows = [("AAA", d, d / 100) for d in range(1, 29) if d % 2]
    rule = freeze(table(rows), state_days=1, target_tau=0.25)
    assert is_alarm(np.array([np.nan, 1.0]), rule).tolist() == [False, True]
    alarmed = sum(p >= rule.threshold for *_, p in rows)
    assert alarmed / 27 <= 0.25 < (alarmed + 1) / 27


def test_nothing_can_be_frozen_on_nothing():
    with pytest.raises(CoverageError, match="no validation forecast"):
        freeze(table([("AAA", 1, 0.5)])[:0], state_days=3, target_tau=0.2)


@pytest.mark.parametrize(
    ("field", "value", "word"),
    [
        ("threshold", 1.5, "not a probability"),
        ("threshold", float("nan"), "not a probability"),
        ("state_days", 0, "holds no day"),
        ("target_tau", 1.0, "no share"),
    ],
)
def test_nonsense_is_refused(field, value, word):
    fields = {"threshold": 0.5, "state_days": 7, "target_tau": 0.2, "frozen_on": "here"}
    with pytest.raises(ConfigError, match=word):
        AlarmRule(**(fields | {field: value}))
