import numpy as np
import numpy.testing as npt
import pytest
from scipy.special import expit

from seismomag.core.errors import ModelError
from seismomag.network import calibrate
from seismomag.network.calibrate import Calibration, fit_calibration


def drawn(n=20_000, slope=0.5, offset=-2.0, seed=0):
    vary = np.random.default_rng(seed)
    logit = vary.normal(0, 2, n)
    return logit, vary.random(n) < expit(slope * logit + offset)


def test_temperature_and_offset_are_recovered(monkeypatch):
    monkeypatch.setattr(calibrate, "ISOTONIC_POSITIVES", 10**9)
    found = fit_calibration(*drawn())
    assert found.kind == "temperature"
    assert found.temperature == pytest.approx(2, rel=0.1)
    assert found.offset == pytest.approx(-2, abs=0.1)


@pytest.mark.parametrize("limit", [0, 10**9])
def test_calibrated_probability_has_the_base_rate(monkeypatch, limit):
    monkeypatch.setattr(calibrate, "ISOTONIC_POSITIVES", limit)
    logit, truth = drawn()
    assert fit_calibration(logit, truth).apply(logit).mean() == pytest.approx(
        truth.mean(), abs=2e-3
    )


def test_many_positives_choose_isotonic_few_choose_temperature():
    logit, truth = drawn()
    assert truth.sum() >= 1000
    assert fit_calibration(logit, truth).kind == "isotonic"
    assert fit_calibration(logit[:500], truth[:500]).kind == "temperature"


@pytest.mark.parametrize("slope", [0.5, 0.0, -1.0])
def test_order_of_forecasts_is_never_turned(slope):
    logit, truth = drawn(n=800, slope=slope)
    probability = fit_calibration(logit, truth).apply(np.linspace(-30, 30, 200))
    assert (np.diff(probability) >= 0).all()
    assert ((probability >= 0) & (probability <= 1)).all()


def test_perfect_separation_does_not_end_in_certainty():
    logit = np.concatenate([np.full(20, -3.0), np.full(20, 3.0)])
    probability = fit_calibration(logit, logit > 0).apply(logit)
    assert 0.9 < probability.max() < 1
    assert 0 < probability.min() < 0.1


@pytest.mark.parametrize("truth", [True, False])
def test_single_class_is_not_calibrated_and_says_so(truth):
    found = fit_calibration(np.array([0.0, 1.0]), np.array([truth, truth]))
    assert found.kind == "none"
    assert found.reason == f"not calibrated: {2 * truth} positives of 2 rows"
    npt.assert_allclose(found.apply(np.array([0.0, 1.0])), expit([0.0, 1.0]))


@pytest.mark.parametrize("n", [300, 20_000])
def test_calibration_survives_json(n):
    found = fit_calibration(*drawn(n=n))
    again = Calibration.from_dict(found.to_dict())
    assert again == found


@pytest.mark.parametrize(
    "change", [{"kind": "oracle"}, {"temperature": -1}, {"knots": 3}, {"offset": "much"}]
)
def test_impossible_calibration_is_refused(change):
    values = Calibration("temperature", "").to_dict() | change
    with pytest.raises(ModelError, match=r"model\.json: calibration"):
        Calibration.from_dict(values)
