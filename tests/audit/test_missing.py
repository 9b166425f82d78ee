"""Forecasts that exist mostly before earthquakes are no skill, whatever they say."""

from dataclasses import replace

import numpy as np
import pytest

from seismomag.audit import audit_forecast, missing, nulls
from seismomag.audit.leaks.absence import absences
from seismomag.audit.leaks.case import from_audit
from seismomag.audit.null_table import null_table
from seismomag.audit.nulls import Pairs
from seismomag.audit.trial import lay_out


def is_event(case, forecast):
    target = case.samples.set_index("sample_id")["is_target"].fillna(False).astype(bool)
    return forecast["sample_id"].map(target).to_numpy(dtype=bool)


def is_test(case, forecast):
    split = case.samples.set_index("sample_id")["split"]
    return forecast["sample_id"].map(split).eq("test").to_numpy()


def kept(case, rng, event_share, quiet_share):
    """Drop test forecasts at random, of event rows and of quiet rows as many as asked."""
    table = case.forecast
    share = np.where(is_event(case, table), event_share, quiet_share)
    keep = ~is_test(case, table) | (rng.random(len(table)) < share)
    return replace(case, forecast=table[keep])


def noise(case, seed):
    rng = np.random.default_rng(seed)
    return replace(case, forecast=case.forecast.assign(probability=rng.random(len(case.forecast))))


def figures(case):
    tested = null_table(case, lay_out(case))
    return tested[tested["null_id"] == "N2"].set_index("statistic")["p"]


@pytest.fixture(scope="module")
def blind(make_case):
    return make_case(5, days=(500, 400, 1500))


def test_a_constant_that_is_silent_where_nothing_follows_is_void(blind):
    rng = np.random.default_rng(1)
    flat = replace(blind, forecast=blind.forecast.assign(probability=0.85))
    validation = ~is_test(flat, flat.forecast) & (rng.random(len(flat.forecast)) < 0.05)
    chosen = validation | is_test(flat, flat.forecast)
    case = kept(replace(flat, forecast=flat.forecast[chosen]), rng, 1.0, 0.01)
    p = figures(case)
    assert p["event_hit_rate"] < 0.01
    assert p[missing.SHARE] < 0.01
    assert p[missing.BEYOND] == 1.0
    report = audit_forecast(
        replace(case, examined=dict.fromkeys(("injection", "retraining"), True))
    )
    assert report.verdict.level == "V0"
    assert report.leaks.set_index("check_id").loc["C15", "severity"] == "RED"


@pytest.mark.parametrize("seed", [5, 6, 7])
def test_an_archive_recorded_around_events_is_void(make_case, seed):
    case = make_case(seed, days=(500, 400, 1500), rate=0.02)
    rng = np.random.default_rng(seed)
    there = case.samples["is_target"].fillna(False).to_numpy(bool)
    there = there | (rng.random(len(there)) < 0.06)
    rows = case.samples[there].reset_index(drop=True)
    table = case.forecast[case.forecast["sample_id"].isin(rows["sample_id"])]
    case = noise(replace(case, samples=rows, forecast=table), seed)
    p = figures(case)
    assert p["event_hit_rate"] < 0.01
    assert p[missing.SHARE] < 0.01
    (one,) = absences(from_audit(case))
    assert one.name == "station-days"
    assert one.told.low > 0.65
    assert audit_forecast(case).verdict.level == "V0"


def test_gaps_that_lean_to_events_are_said_although_no_check_is_red(blind):
    case = kept(noise(blind, 3), np.random.default_rng(3), 0.95, 0.7)
    report = audit_forecast(case)
    assert report.leaks.set_index("check_id").loc["C15", "severity"] == "AMBER"
    assert (report.verdict.level, report.verdict.reason_code) == ("V0", "INSUFFICIENT")
    assert any("which days were forecast" in reason for reason in report.verdict.reasons)


def test_gaps_at_random_change_no_verdict(make_case):
    case = kept(
        make_case(1, strength=0.9, days=(300, 200, 1500)), np.random.default_rng(1), 0.6, 0.6
    )
    report = audit_forecast(case)
    assert report.verdict.level == "V2"
    assert not report.leaks["severity"].eq("RED").any()


def test_without_gaps_the_statistics_are_those_of_before(blind):
    trial = lay_out(blind)
    pairs, share = trial.targets.pairs, trial.share
    assert (share == 1).all()
    beyond = missing.beyond_by_shift(trial.played.in_alarm, share, pairs)
    rate = trial.outcome.hits / trial.outcome.n_events
    # One constant lies between them, and it has no part in the p.
    assert np.ptp(rate - beyond) < 1e-12
    assert figures(blind)[missing.BEYOND] == trial.outcome.p
    assert figures(blind)[missing.SHARE] == 1.0


def test_the_sensitivity_takes_every_gap_for_an_alarm(make_case):
    case = kept(
        make_case(1, strength=0.9, days=(300, 200, 800)), np.random.default_rng(2), 0.5, 0.5
    )
    table = audit_forecast(case).table.set_index(["quantity", "level"])["value"]
    assert table["alarm_fraction_missing_as_alarm", "event"] > 0.9
    assert table["shift_p_missing_as_alarm", "event"] > 0.01
    assert table["alarm_fraction", "event"] < 0.4


def test_a_share_counts_the_days_of_the_memory_by_hand():
    said = np.array([[0.1, np.nan, 0.3, 0.4], [np.nan, np.nan, np.nan, 0.2]])
    want = np.array([[1, 1, 2, 2], [0, 0, 0, 1]]) / 3
    assert np.allclose(missing.forecast_share(said, 3), want)


def test_an_alarm_wherever_a_forecast_exists_hits_nothing_beyond_the_gaps():
    rng = np.random.default_rng(0)
    share = rng.integers(0, 2, (3, 40)).astype(np.float64)
    pairs = Pairs(np.array([0, 0, 1]), np.array([0, 2, 1]), np.array([3, 20]))
    beyond = missing.beyond_by_shift(share > 0, share, pairs)
    assert np.allclose(beyond, 0)
    hits = nulls.hits_by_shift(share > 0, pairs)
    assert np.allclose(missing.share_by_shift(share, pairs), hits / 2)
