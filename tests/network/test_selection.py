import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import average_precision_score

from seismomag.network.selection import Judgement, average_precision, selection_score


@given(
    arrays(np.float64, 30, elements=st.integers(0, 6).map(float)),
    arrays(np.bool_, 30).filter(np.any),
)
@settings(max_examples=50, deadline=None)
def test_average_precision_agrees_with_scikit_learn_ties_included(score, truth):
    assert average_precision(score, truth) == pytest.approx(average_precision_score(truth, score))


def test_constant_forecast_has_no_skill():
    truth = np.array([True, False, False, False])
    assert selection_score(Judgement(np.zeros(4), np.zeros((0, 2)), {}), truth) == 0


def test_perfect_forecast_gains_all_above_the_base_rate():
    truth = np.array([True, False, False, False])
    assert selection_score(Judgement(truth.astype(float), np.zeros((0, 2)), {}), truth) == 0.75


@pytest.mark.parametrize("truth", [True, False])
def test_single_class_has_no_score(truth):
    assert (
        selection_score(Judgement(np.zeros(2), np.zeros((0, 2)), {}), np.array([truth, truth]))
        is None
    )


def test_average_precision_without_targets_is_unknown():
    assert np.isnan(average_precision(np.zeros(3), np.zeros(3, bool)))
