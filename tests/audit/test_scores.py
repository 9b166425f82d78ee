import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from seismomag.audit import SCORES, scores
from seismomag.audit.counts import Contingency, contingency


def random_rows(seed, n=200, ties=True):
    rng = np.random.default_rng(seed)
    p = rng.random(n)
    return (np.round(p, 1) if ties else p), rng.random(n) < 0.3


@pytest.mark.parametrize("seed", range(5))
def test_scores_equal_scikit_learn(seed):
    p, y = random_rows(seed)
    assert scores.auc(p, y) == pytest.approx(metrics.roc_auc_score(y, p), abs=1e-12)
    assert scores.average_precision(p, y) == pytest.approx(
        metrics.average_precision_score(y, p), abs=1e-12
    )
    assert scores.brier(p, y) == pytest.approx(metrics.brier_score_loss(y, p), abs=1e-12)
    clipped = np.clip(p, scores.CLIP, 1 - scores.CLIP)
    assert scores.log_loss(p, y) == pytest.approx(metrics.log_loss(y, clipped), abs=1e-12)
    assert scores.mcc(p, y) == pytest.approx(metrics.matthews_corrcoef(y, p >= 0.5), abs=1e-12)


@pytest.mark.parametrize("name", SCORES)
def test_a_weight_counts_like_a_repeated_row(name):
    p, y = random_rows(7, n=40)
    weight = np.random.default_rng(1).integers(0, 4, (3, 40)).astype(float)
    weighted = SCORES[name].function(p, y, weight)
    for row, value in zip(weight.astype(int), weighted, strict=True):
        repeated = SCORES[name].function(np.repeat(p, row), np.repeat(y, row), None)
        assert value == pytest.approx(float(repeated), abs=1e-12)


@pytest.mark.parametrize("name", SCORES)
def test_the_constant_base_rate_has_the_no_skill_value(name):
    y = np.arange(100) < 30
    value = float(SCORES[name].function(np.full(100, 0.3), y, None))
    assert value == pytest.approx(SCORES[name].no_skill(0.3), abs=1e-12)


@pytest.mark.parametrize("name", SCORES)
def test_an_oracle_is_better_than_no_skill(name):
    y = np.arange(100) < 30
    value = float(SCORES[name].function(y.astype(float), y, None))
    gap = value - SCORES[name].no_skill(0.3)
    assert gap > 0 if SCORES[name].direction == "higher" else gap < 0


@given(st.permutations(range(12)))
@settings(max_examples=20)
def test_the_order_of_rows_does_not_matter(order):
    p, y = random_rows(3, n=12)
    y[:2] = True, False
    for score in SCORES.values():
        before = score.function(p, y, None)
        after = score.function(p[list(order)], y[list(order)], None)
        assert float(after) == pytest.approx(float(before), abs=1e-12)


def test_one_class_has_no_auc():
    assert np.isnan(scores.auc(np.array([0.1, 0.2]), np.array([True, True])))
    assert np.isnan(scores.average_precision(np.array([0.1, 0.2]), np.array([False, False])))
    assert np.isnan(scores.auc(np.empty(0), np.empty(0, bool)))


def test_information_gain_by_hand():
    y = np.array([True, False])
    gain = scores.information_gain(np.array([0.8, 0.2]), np.array([0.5, 0.5]), y)
    assert gain == pytest.approx(2 * np.log(0.8 / 0.5))
    assert np.isnan(scores.information_gain(np.array([0.5]), np.array([0.5]), np.array([False])))


def test_counts_of_the_published_claim():
    table = Contingency(tp=8, fp=5, fn=0, tn=15)
    assert (table.specificity, table.false_alarm_rate) == (0.75, 0.25)
    assert table.accuracy == pytest.approx(0.821, abs=5e-4)
    assert table.alarm_fraction == pytest.approx(0.464, abs=5e-4)
    assert table.probability_gain == pytest.approx(2.15, abs=5e-3)
    assert table.mcc == pytest.approx(0.68, abs=5e-3)
    assert table.peirce_skill == 0.75


def test_empty_margins_are_nan_and_mcc_zero():
    table = contingency(np.zeros(3, bool), np.zeros(3, bool))
    assert (table.tn, table.n) == (3, 3)
    assert np.isnan(table.recall)
    assert np.isnan(table.precision)
    assert np.isnan(table.probability_gain)
    assert table.mcc == 0
