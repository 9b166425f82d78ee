"""Secondary quantities: by hand, by limits, and against their own nulls."""

import numpy as np
import pandas as pd
import pytest

from seismomag.audit import lead_time, secondary, sham, simulated_catalogues, station_level
from seismomag.audit.alarms import AlarmRule
from seismomag.audit.claim_report import Claim, examine, sentences
from seismomag.audit.nulls import Pairs, hits_by_shift
from seismomag.audit.retraining import Retraining, exchange, shuffle_and_retrain
from seismomag.audit.ring import Played
from seismomag.audit.simulated_catalogues import EtasPlan
from seismomag.audit.storm_match import conclude, matched_alarms, sign_flip_p
from seismomag.core.errors import ConfigError


def played(probability, threshold=0.5, days=3):
    rule = AlarmRule(threshold=threshold, state_days=days, target_tau=0.2, frozen_on="test")
    from seismomag.audit.alarms import is_alarm, state

    score = state(probability, days)
    return Played("x", rule, probability, score, is_alarm(score, rule))


def one_each(stations, days):
    number = np.arange(len(days))
    return Pairs(number, np.asarray(stations, np.int64), np.asarray(days, np.int64))


def test_the_design_effect_of_copies_is_their_number():
    value = np.repeat([True, False, True, True, False, False], 5)
    cluster = np.repeat(np.arange(6), 5)
    deff, n = secondary.design_effect(value, cluster)
    assert deff == pytest.approx(5.0)
    assert n == pytest.approx(6.0)


def test_independent_rows_have_no_design_effect():
    rng = np.random.default_rng(0)
    deff, _ = secondary.design_effect(rng.random(3000) < 0.3, np.repeat(np.arange(300), 10))
    assert deff == pytest.approx(1.0, abs=0.3)
    assert np.isnan(secondary.design_effect(np.ones(4, bool), np.zeros(4, np.int64))[0])


def test_a_gambler_at_fair_odds_wins_nothing_on_average():
    rng = np.random.default_rng(1)
    reference = rng.uniform(0.1, 0.6, 200_000)
    event = rng.random(reference.size) < reference
    always = np.ones(reference.size, bool)
    assert secondary.gambling_score(always, event, reference) == pytest.approx(0.0, abs=0.02)
    assert secondary.gambling_score(event, event, reference) > 1
    assert np.isnan(secondary.gambling_score(~always, event, reference))


def test_the_lead_is_the_age_of_the_oldest_alarm_in_memory():
    probability = np.zeros((1, 12))
    probability[0, [2, 4]] = 0.9
    mine = played(probability)
    assert lead_time.age_of_alarm(mine)[0, :8].tolist() == [-1, -1, 0, 1, 2, 1, 2, -1]
    lead = lead_time.judge(mine, one_each([0], [4]))
    assert lead.observed == 2.0
    assert lead.mean_null == pytest.approx(np.mean([0, 1, 1, 2]))


def test_any_daily_alarm_has_a_lead_and_no_skill():
    mine = played(np.ones((2, 100)))
    lead = lead_time.judge(mine, one_each([0, 1, 1], [20, 50, 80]))
    assert lead.observed == 2.0
    assert lead.p > 0.9


def test_station_hits_agree_with_the_long_way():
    rng = np.random.default_rng(2)
    alarm = rng.random((4, 60)) < 0.3
    pairs = one_each(rng.integers(0, 4, 15), rng.integers(0, 60, 15))
    hits = station_level.station_hits(alarm, pairs)
    for s in range(4):
        mine = pairs.station == s
        alone = one_each(np.zeros(mine.sum()), pairs.position[mine])
        np.testing.assert_array_equal(hits[s], hits_by_shift(alarm[[s]], alone))


def test_the_adjusted_p_is_never_below_the_single_one():
    rng = np.random.default_rng(3)
    hits = rng.poisson(5, (6, 200)).astype(float)
    p, adjusted = station_level.max_t(hits, np.array([True] * 5 + [False]))
    assert (adjusted[:5] >= p[:5] - 1e-12).all()
    assert np.isnan(p[5])
    none, _ = station_level.max_t(hits, np.zeros(6, bool))
    assert np.isnan(none).all()


def test_invented_catalogues_hit_blind_alarms_at_their_share():
    rng = np.random.default_rng(4)
    alarm = np.repeat(rng.random((1, 100)) < 0.3, 10, axis=1)
    pairs = one_each(np.zeros(20), rng.integers(0, 1000, 20))
    invented = simulated_catalogues.invent(pairs, 1000, n_draws=100, seed=1)
    rate = simulated_catalogues.hit_rates(alarm, pairs, invented)
    assert np.nanmean(rate) == pytest.approx(alarm.mean(), abs=0.03)
    again = simulated_catalogues.invent(pairs, 1000, n_draws=100, seed=1)
    np.testing.assert_array_equal(invented.day, again.day)
    empty = simulated_catalogues.invent(one_each([], []), 1000, n_draws=5, seed=1)
    assert np.isnan(simulated_catalogues.hit_rates(alarm, one_each([], []), empty)).all()


def test_families_branch_as_planned():
    rng = np.random.default_rng(5)
    plan = EtasPlan(branching=0.3, alpha=0.5)
    sizes = [simulated_catalogues.grow(plan, rng).time_days.size for _ in range(3000)]
    assert np.mean(sizes) == pytest.approx(1 / (1 - 0.3), rel=0.15)
    alone = simulated_catalogues.grow(EtasPlan(branching=0.0), rng)
    assert alone.time_days.tolist() == [0.0]
    with pytest.raises(ConfigError, match="explode"):
        EtasPlan(branching=1.2)
    with pytest.raises(ConfigError, match="omori"):
        EtasPlan(omori_p=1.0)


def test_sham_days_of_a_season_explain_seasonal_alarms():
    days = np.datetime64("2010-01-01") + np.arange(6 * 365)
    month = days.astype("datetime64[M]").astype(int) % 12
    alarm = (month == 6)[None, :]
    july = np.flatnonzero(month == 6)
    pairs = one_each(np.zeros(12), july[:: july.size // 12][:12])
    near = np.zeros(alarm.shape, bool)
    near[0, pairs.position] = True
    kp = np.full(days.size, np.nan)
    found = sham.judge(alarm, pairs, near, days, kp, n_draws=99, seed=0)
    assert found.observed == 1.0
    assert found.p == 1.0
    real = np.zeros(alarm.shape, bool)
    real[0, pairs.position] = True
    told = sham.judge(real, pairs, near, days, np.full(days.size, 3.0), n_draws=99, seed=0)
    assert told.p == pytest.approx(0.01)
    assert told.n_matched == 12
    nowhere = sham.judge(real, pairs, np.ones_like(near), days, kp, n_draws=9, seed=0)
    assert np.isnan(nowhere.p)


def test_silence_in_storms_is_called_so():
    assert "FAR reduction uninformative" in conclude(0, -0.2, 0.0)
    assert "not inferior" in conclude(5, -0.2, -0.05)
    assert "may be inferior" in conclude(5, -0.2, -0.3)
    assert "too few storms" in conclude(5, -0.2, float("nan"))
    assert "no fewer" in conclude(5, 0.1, 0.0)


def test_matching_never_alarms_on_more_than_the_share():
    rng = np.random.default_rng(6)
    p = np.round(rng.random(200), 1)
    for share in (0.0, 0.05, 0.3, 1.0):
        assert matched_alarms(p, share).mean() <= share + 1e-12
    assert matched_alarms(rng.random(200), 0.3).sum() == 60


def test_the_sign_flip_agrees_with_the_exact_test():
    rng = np.random.default_rng(7)
    difference = np.array([1.0] * 9 + [-1.0])
    assert sign_flip_p(difference, 20_000, rng) == pytest.approx(22 / 1024, abs=0.005)
    assert sign_flip_p(np.zeros(4), 100, rng) == 1.0


def blocks():
    rng = np.random.default_rng(8)
    n = 600
    block = np.arange(n) // 10
    event = block % 3 == 0
    return pd.DataFrame(
        {
            "sample_id": [f"s{i}" for i in range(n)],
            "horizon_start": np.datetime64("2009-12-24", "ns")
            + (14 * block + np.arange(n) % 10) * np.timedelta64(1, "D"),
            "is_target": pd.array(event, dtype="boolean"),
            "cluster_id": [f"c{b}" if e else None for b, e in zip(block, event, strict=True)],
            "split": np.where(rng.random(n) < 0.5, "train", "test"),
            "magnitude": 5.0,
        }
    )


def seen_labels(samples, unit="block"):
    """Labels that a pipeline is shown by the first draw."""
    seen = []

    def look(table):
        seen.append(table)
        return table.assign(probability=0.5)

    shuffle_and_retrain(samples, look, n_draws=5, seed=1, unit=unit)
    return seen[0]


def test_a_shuffle_keeps_blocks_whole_and_their_number():
    samples = blocks()
    shuffled = seen_labels(samples)
    label = shuffled["is_target"].to_numpy(bool).reshape(60, 10)
    assert (label.all(axis=1) | ~label.any(axis=1)).all()
    assert label.sum() == samples["is_target"].sum()
    assert shuffled["magnitude"].isna().all()
    unknown = samples.assign(is_target=samples["is_target"].where(samples.index > 9))
    assert seen_labels(unknown)["is_target"].isna().sum() == 10
    rows = seen_labels(unknown, "row")
    assert rows["is_target"].isna().sum() == 10
    assert rows["is_target"].sum() == unknown["is_target"].sum()


def test_exchanged_units_by_hand():
    event = np.array([True, True, False, False, False, True])
    unit = np.array([7, 7, 7, 2, 2, 5])
    drawn = {tuple(exchange(event, unit, np.random.default_rng(s)).astype(int)) for s in range(40)}
    # Three units, of which two are events by their majority; one of them gets the quiet label.
    assert drawn == {(1, 1, 1, 1, 1, 0), (1, 1, 1, 0, 0, 1), (0, 0, 0, 1, 1, 1)}


def test_below_a_half_nothing_was_carried_over_and_one_class_decides_nothing():
    assert Retraining(np.full(20, 0.4), "block").is_clean
    assert not Retraining(np.full(20, 0.54), "block").is_clean
    assert Retraining(np.full(20, 0.52), "block").is_clean
    nothing = Retraining(np.array([np.nan, 0.5, np.nan, np.nan, np.nan]), "block")
    assert nothing.known.size == 1
    assert not nothing.is_decided


def test_a_pipeline_that_knows_the_answer_leaks():
    samples = blocks()

    def cheat(table):
        return table.assign(probability=table["is_target"].astype(float))

    found = shuffle_and_retrain(samples, cheat, n_draws=5, seed=0)
    assert not found.is_clean
    assert "leaks" in found.sentence

    def blind(table):
        rng = np.random.default_rng(len(table))
        return table.assign(probability=rng.random(len(table)))

    clean = shuffle_and_retrain(samples, blind, n_draws=8, seed=0)
    assert clean.is_clean
    row = shuffle_and_retrain(samples, blind, n_draws=5, seed=0, unit="row")
    assert "uninformative" in row.sentence
    with pytest.raises(ConfigError, match="5 draws or more"):
        shuffle_and_retrain(samples, blind, n_draws=2, seed=0)


def test_a_claim_is_told_with_all_that_is_missing():
    report = examine(Claim(n=28, recall=1.0, precision=0.615, maae_deg=72.32, n_tried=10))
    first = report["tables"][0]
    assert first["p_adjusted"] == pytest.approx(0.0041, abs=5e-5)
    assert first["precision_when_deployed"]["0.01"] == pytest.approx(0.039, abs=5e-4)
    assert first["p_precision"] == pytest.approx(0.013, abs=5e-4)
    assert first["f1"] == pytest.approx(0.762, abs=5e-4)
    assert report["direction"]["p_uniform_by_n"]["8"] == pytest.approx(0.171, abs=5e-4)
    text = "\n".join(sentences(report))
    assert "2 tables of 28 cases" in text
    assert "the table of cases" in text
    impossible = examine(Claim(n=28, recall=1.0, precision=0.62))
    assert sentences(impossible)[0].startswith("CLAIMS-INCONSISTENT")
    open_n = examine(Claim(recall=1.0, precision=0.615))
    assert open_n["is_consistent"]
    for bad in ({"maae_deg": 400.0}, {"n_tried": 0}, {"n": 0}):
        with pytest.raises(ConfigError):
            Claim(recall=1.0, precision=0.6, **bad)
