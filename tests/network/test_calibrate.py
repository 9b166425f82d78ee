import numpy as np
import numpy.testing as npt
import pytest
from scipy.special import expit

from seismomag.core.errors import ModelError
from seismomag.network import calibrate
from seismomag.network.calibrate import Calibration, fit_calibration, fit_direction


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


@pytest.mark.parametrize("scale", [0.4, 1.0, 3.0])
@pytest.mark.parametrize("turn_deg", [-170.0, 0.0, 8.0])
def test_turn_and_factor_on_kappa_are_recovered(scale, turn_deg):
    vary = np.random.default_rng(0)
    kappa, mu = vary.uniform(0.5, 6, 4000), vary.uniform(0, 2 * np.pi, 4000)
    truth = mu + np.deg2rad(turn_deg) + vary.vonmises(0, kappa)
    said = (kappa / scale)[:, None] * np.column_stack([np.sin(mu), np.cos(mu)])
    found = fit_direction(said, truth)
    assert found[0] == pytest.approx(scale, rel=0.05)
    assert found[1] == pytest.approx(turn_deg, abs=2)


def test_direction_stands_as_it_is_where_few_azimuths_are_known():
    truth = np.full(40, np.nan)
    truth[:7] = 1.0
    assert fit_direction(np.ones((40, 2)), truth) == (1.0, 0.0)
    assert fit_direction(np.full((40, 2), np.nan), np.ones(40)) == (1.0, 0.0)


def test_azimuths_that_are_exactly_right_leave_the_factor_finite():
    mu = np.linspace(0, 6, 40)
    said = np.column_stack([np.sin(mu), np.cos(mu)])
    scale, turn_deg = fit_direction(said, mu)
    assert 10 < scale <= np.exp(4.0)
    assert turn_deg == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("kappa_scale", v) for v in (0.0, -1.0, float("inf"), float("nan"))),
        ("azimuth_turn_deg", float("nan")),
    ],
)
def test_impossible_direction_is_refused(name, value):
    values = Calibration("none", "").to_dict() | {name: value}
    with pytest.raises(ModelError, match=name):
        Calibration.from_dict(values)


def test_model_without_a_direction_has_none_to_correct():
    values = Calibration("none", "").to_dict()
    del values["kappa_scale"], values["azimuth_turn_deg"]
    found = Calibration.from_dict(values)
    assert (found.kappa_scale, found.azimuth_turn_deg) == (1.0, 0.0)
