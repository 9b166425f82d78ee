import astropy.stats
import astropy.units
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, cohen_kappa_score

from seismomag.audit import circular, magnitude

ANGLES = st.floats(-720, 720)


@given(ANGLES, ANGLES, ANGLES)
@settings(max_examples=50)
def test_turning_both_directions_keeps_the_error(a, b, turn):
    error = circular.angular_error_deg(a, b)
    assert 0 <= error <= 180
    assert circular.angular_error_deg(a + turn, b + turn) == pytest.approx(float(error), abs=1e-6)
    assert circular.angular_error_deg(b, a) == pytest.approx(float(error), abs=1e-6)
    opposite = circular.angular_error_deg(a, b + 180)
    assert error + opposite == pytest.approx(180, abs=1e-6)


def test_axis_error_does_not_know_the_sense():
    np.testing.assert_allclose(circular.axis_error_deg([170, 10, 95], [350, 350, 5]), [0, 20, 90])


@pytest.mark.parametrize(
    ("n", "p"), [(8, 0.171), (13, 0.111), (16, 0.088), (28, 0.035), (60, 0.004)]
)
def test_null_of_the_published_angular_error(n, p):
    assert circular.uniform_maae_p(72.32, n) == pytest.approx(p, abs=1.5e-3)


def test_exact_and_normal_null_meet():
    exact, normal = circular.uniform_maae_p(80.0, 60), circular.uniform_maae_p(80.0, 61)
    assert exact == pytest.approx(normal, abs=4e-3)
    assert np.isnan(circular.uniform_maae_p(80.0, 0))
    assert circular.uniform_maae_p(180.0, 5) == 1.0


def test_circle_tests_equal_astropy():
    rng = np.random.default_rng(0)
    for size in (10, 30, 49):
        angle = np.mod(rng.normal(20, 70, size), 360)
        with_unit = angle * astropy.units.deg
        assert circular.rayleigh_p(angle) == pytest.approx(
            float(astropy.stats.rayleightest(with_unit)), abs=1e-6
        )
        centred = np.deg2rad(angle - 20)
        u, p = circular.v_test(angle, 20)
        assert u == pytest.approx(np.cos(centred).mean() * np.sqrt(2 * size))
        theirs = float(astropy.stats.vtest(with_unit, mu=20 * astropy.units.deg))
        # astropy keeps further terms of order 1 / n
        assert p == pytest.approx(theirs, abs=0.05 / size)


def test_best_constant_is_the_middle_of_the_past():
    assert circular.best_constant_deg([350, 0, 10]) == 0
    assert np.isnan(circular.best_constant_deg([]))
    assert circular.resultant_length([90, 90]) == pytest.approx(1)
    assert np.isnan(circular.resultant_length([]))


def test_sum_of_vectors_weighs_by_kappa():
    azimuth, length = circular.combined_azimuth_deg([0, 90], [1, 1])
    assert azimuth == pytest.approx(45)
    assert length == pytest.approx(np.sqrt(0.5))
    assert circular.combined_azimuth_deg([0, 90], [0, 2])[0] == pytest.approx(90)


def test_permutation_within_stations_sees_direction_but_not_the_station():
    rng = np.random.default_rng(3)
    station = np.repeat([0, 1], 30)
    true = np.where(station == 0, 40, 220) + rng.normal(0, 30, 60)
    draws = {"n_draws": 500, "generator": np.random.default_rng(0)}
    habit = np.where(station == 0, 40.0, 220.0) + rng.normal(0, 30, 60)
    assert circular.permutation_p(habit, true, station, **draws)[0] > 0.05
    assert circular.permutation_p(true + 5, true, station, **draws)[0] < 0.01


def test_magnitude_scores_equal_scikit_learn():
    rng = np.random.default_rng(1)
    true, said = rng.integers(0, 3, 80), rng.integers(0, 3, 80)
    assert magnitude.balanced_accuracy(said, true) == pytest.approx(
        balanced_accuracy_score(true, said)
    )
    assert magnitude.quadratic_kappa(said, true, 3) == pytest.approx(
        cohen_kappa_score(true, said, weights="quadratic")
    )


def test_the_majority_class_has_no_skill():
    true = np.array([0, 0, 0, 1, 2])
    said = np.zeros(5, int)
    assert magnitude.balanced_accuracy(said, true) == pytest.approx(1 / 3)
    assert magnitude.quadratic_kappa(said, true, 3) == pytest.approx(0)
    assert np.isnan(magnitude.balanced_accuracy(said[:0], true[:0]))
    assert np.isnan(magnitude.quadratic_kappa(said[:2], true[:2], 3))
