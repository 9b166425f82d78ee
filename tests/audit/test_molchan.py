import numpy as np
import pytest

from seismomag.audit import molchan


def test_trajectory_by_hand():
    score = np.array([0.9, 0.8, 0.1, 0.1])
    tau, nu, threshold = molchan.trajectory(score, np.array([0.9, 0.1]))
    np.testing.assert_allclose(tau, [0, 0.25, 0.5, 1.0])
    np.testing.assert_allclose(nu, [1, 0.5, 0.5, 0.0])
    np.testing.assert_array_equal(threshold, [np.inf, 0.9, 0.8, 0.1])


def test_station_days_without_forecast_are_alarmed_last():
    tau, nu, threshold = molchan.trajectory(np.array([0.5, np.nan]), np.array([np.nan]))
    np.testing.assert_allclose(tau, [0, 0.5, 1])
    np.testing.assert_allclose(nu, [1, 1, 0])
    assert threshold[-1] == -np.inf


def test_ties_count_half():
    np.testing.assert_allclose(
        molchan.alarm_fraction_above(np.array([[0.9, 0.5], [0.5, np.nan]])),
        [[0.125, 0.5], [0.5, 0.875]],
    )


def test_an_anti_oracle_is_reported_below_one_half():
    score = np.linspace(0, 1, 1000)
    tau = molchan.alarm_fraction_above(score)
    best, worst = tau[-10:], molchan.alarm_fraction_above(1 - score)[-10:]
    assert molchan.area_skill(worst) == pytest.approx(1 - molchan.area_skill(best))
    assert molchan.area_skill(worst) < 0.01


@pytest.mark.parametrize("n", [8, 16, 30, 60])
def test_area_skill_without_skill_has_the_known_mean_and_spread(n):
    rng = np.random.default_rng(n)
    drawn = np.array([molchan.area_skill(t) for t in rng.random((20_000, n))])
    assert drawn.mean() == pytest.approx(0.5, abs=0.003)
    assert drawn.std() == pytest.approx(1 / np.sqrt(12 * n), rel=0.03)


def test_area_skill_is_the_area_above_the_trajectory():
    rng = np.random.default_rng(0)
    score, events = np.round(rng.random(500), 2), rng.integers(0, 500, 20)
    tau, nu, _ = molchan.trajectory(score, score[events])
    by_trapezium = np.trapezoid(1 - nu, tau)
    assert molchan.area_skill(molchan.alarm_fraction_above(score)[events]) == pytest.approx(
        by_trapezium
    )


def test_partial_area_without_skill_is_half_its_width():
    tau = (np.arange(100_000) + 0.5) / 100_000
    assert molchan.partial_area_skill(tau, 0.2) == pytest.approx(0.1, abs=1e-4)


def test_no_events_have_no_area():
    assert np.isnan(molchan.area_skill(np.empty(0)))
    assert np.isnan(molchan.partial_area_skill(np.empty(0)))


def test_thinning_keeps_the_ends_and_every_step():
    score = np.linspace(0, 1, 5000)
    tau, nu, _ = molchan.trajectory(score, score[[7, 2500, 4999]])
    keep = molchan.thinned(tau, nu, most=20)
    assert keep.size < 40
    assert keep[0] == 0
    assert keep[-1] == tau.size - 1
    assert np.trapezoid(nu[keep], tau[keep]) == pytest.approx(np.trapezoid(nu, tau))
