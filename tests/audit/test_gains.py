"""Information gain on equal terms, and which baselines have to be met."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from seismomag.audit import audit_forecast, gains
from seismomag.audit.rows import station_rates
from seismomag.audit.verdict import Evidence, decide


def climatology(case, by=0.0):
    code = case.forecast["station_code"]
    rate = station_rates(case, code)
    return case.forecast.assign(probability=special.expit(special.logit(rate) + by))


@pytest.fixture(scope="module")
def case(make_case):
    return make_case(8, days=(500, 400, 900))


def test_a_climatology_with_its_own_offset_gains_nothing(case):
    """What is fitted on validation is given to the baselines too."""
    for by in (-1.0, 0.7):
        levelled = gains.on_equal_terms(case, climatology(case, by))
        mine = replace(case, forecast=levelled, baselines={"usual": climatology(case)})
        (line,) = gains.gain_lines(mine)
        assert line.value == pytest.approx(0, abs=1e-9)
        assert gains.beats_baselines(mine, [line])[0] is False


def test_missing_forecasts_stand_at_the_rate_of_their_station(case):
    thin = case.forecast[np.random.default_rng(0).random(len(case.forecast)) < 0.5]
    mine = replace(case, forecast=thin, baselines={"usual": climatology(case)})
    (line,) = gains.gain_lines(mine)
    known = case.samples["split"].eq("test") & case.samples["is_target"].notna()
    assert line.n_rows == known.sum()
    silent = replace(mine, forecast=thin[:0])
    (nothing,) = gains.gain_lines(silent)
    assert nothing.value == pytest.approx(0, abs=1e-9)


@given(
    rate=st.floats(0.01, 0.99), by=st.floats(-3, 3), n=st.integers(2, 40), seed=st.integers(0, 99)
)
def test_an_offset_makes_the_mean_the_share_of_events(rate, by, n, seed):
    rng = np.random.default_rng(seed)
    event = rng.random(n) < rate
    said = special.expit(rng.normal(by, 1, n))
    moved = gains.shifted(said, gains.offset(said, event))
    if event.any() and not event.all():
        assert moved.mean() == pytest.approx(event.mean(), abs=1e-6)
        assert (np.argsort(moved) == np.argsort(said)).all()
    else:
        assert moved is said


def test_one_weak_baseline_does_not_stand_for_all(make_case):
    case = make_case(1, strength=0.9, days=(300, 200, 1500))
    weak = {"always": case.forecast.assign(probability=0.999)}
    done = dict.fromkeys(("injection", "retraining"), True)
    report = audit_forecast(replace(case, baselines=weak, examined=done))
    assert report.verdict.level == "V2"
    (said,) = [line for line in report.verdict.not_run if "baseline" in line]
    assert all(name in said for name in gains.REQUIRED_BASELINES)


def required(case, **others):
    flat = case.forecast.assign(probability=0.2)
    return replace(case, baselines=dict.fromkeys(gains.REQUIRED_BASELINES, flat) | others)


def test_a_baseline_without_rows_is_named(make_case):
    case = make_case(1, strength=0.9, days=(300, 400, 1500))
    case = replace(case, forecast=gains.on_equal_terms(case, case.forecast))
    split = case.forecast["sample_id"].map(case.samples.set_index("sample_id")["split"])
    flat = case.forecast.assign(probability=0.2)
    whole = required(case)
    assert gains.beats_baselines(whole, gains.gain_lines(whole)) == (True, "")
    for rows in (flat[:0], flat[split != "validation"], flat[split != "test"], flat[5:-5]):
        lacking = required(case, night_ratio=rows)
        assert gains.beats_baselines(lacking, gains.gain_lines(lacking)) == (None, "night_ratio")


def test_a_baseline_that_is_not_beaten_decides_without_the_others(case):
    alone = replace(case, baselines={"same": case.forecast})
    assert gains.beats_baselines(alone, gains.gain_lines(alone)) == (False, "")


def test_the_verdict_names_what_a_rung_lacks():
    told = decide(Evidence(p=0.001, n_events=90, unexamined={"beats_baselines": "kp_only"}))
    assert any("not run (kp_only)" in reason for reason in told.reasons)
    assert any(line.endswith("(kp_only)") for line in told.not_run)


def test_hits_that_the_gaps_explain_are_no_association():
    told = decide(Evidence(p=0.001, p_beyond_gaps=0.2, n_events=90))
    assert told.level == "V1"
    assert "p = 0.2," in told.sentence
    assert "beyond which days were forecast" in told.reasons[0]
