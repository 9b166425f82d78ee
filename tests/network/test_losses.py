from dataclasses import replace
from math import exp, log, pi

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import i0

from seismomag.network.crnn import Outputs
from seismomag.network.losses import (
    Targets,
    azimuth_loss,
    detection_loss,
    focal,
    magnitude_loss,
    n_storm_unknown,
    storm_degree,
    storm_weight,
    total_loss,
    von_mises,
)
from seismomag.network.plans import LossPlan

NAN = float("nan")
PLAN = LossPlan()


def targets(is_target, *, known=None, kp=0.0, dst=20.0, azimuth=NAN, magnitude_class=-1):
    truth = torch.tensor(is_target, dtype=torch.bool)
    n = len(truth)

    def spread(value, dtype=torch.float32):
        return torch.as_tensor(value, dtype=dtype).expand(n).clone()

    return Targets(
        torch.ones(n, dtype=torch.bool) if known is None else torch.tensor(known),
        truth,
        spread(magnitude_class, torch.int64),
        spread(azimuth),
        spread(kp),
        spread(dst),
        torch.ones(n),
    )


def gradient(loss, *inputs):
    return torch.autograd.grad(loss, inputs)


def test_focal_by_hand():
    logits = torch.tensor([[0.0, log(3.0)], [0.0, log(3.0)]])
    found = focal(logits, torch.tensor([True, False]), 2.0)
    np.testing.assert_allclose(found, [-(0.25**2) * log(0.75), -(0.75**2) * log(0.25)], rtol=1e-6)


def test_focal_without_gamma_is_the_cross_entropy():
    logits, truth = torch.randn(9, 2), torch.arange(9) % 2 == 0
    expected = torch.nn.functional.cross_entropy(logits, truth.long(), reduction="none")
    torch.testing.assert_close(focal(logits, truth, 0), expected)


@pytest.mark.parametrize("gamma", [0.5, 1.5, 2.0])
@pytest.mark.parametrize("size", [0.0, 30.0, 200.0])
def test_focal_has_a_finite_gradient_even_when_certain(gamma, size):
    logits = torch.tensor([[-size, size], [size, -size]], requires_grad=True)
    loss = focal(logits, torch.tensor([True, True]), gamma).sum()
    assert torch.isfinite(gradient(loss, logits)[0]).all()


def storm_to_quiet_gradient(plan, kp, dst):
    """Gradient of a storm-time false alarm over that of an equal quiet one."""
    logits = torch.zeros(2, 2, dtype=torch.float64) + torch.tensor([-1.0, 1.0])
    logits.requires_grad_()
    both = targets([False, False], kp=kp, dst=dst)
    slope = gradient(detection_loss(logits, both, plan), logits)[0]
    return float(slope[0, 1] / slope[1, 1]), storm_weight(both, plan.gpl_lambda)


@pytest.mark.parametrize("lambda_", [1.0, 2.0, 5.0, 20.0])
@pytest.mark.parametrize("kp", [9.0, 5.0, 3.0])
def test_storm_false_alarm_pulls_by_the_ratio_of_weights(lambda_, kp):
    plan = LossPlan(gpl_lambda=lambda_)
    ratio, weights = storm_to_quiet_gradient(plan, [kp, 0.0], [20.0, 20.0])
    assert ratio == pytest.approx(float(weights[0] / weights[1]), rel=1e-6)


def test_full_storm_weighs_lambda_within_one_percent():
    ratio, _ = storm_to_quiet_gradient(PLAN, [9.0, 0.0], [20.0, 20.0])
    assert ratio == pytest.approx(PLAN.gpl_lambda, rel=0.01)


def test_without_penalty_storm_and_quiet_pull_alike():
    assert storm_to_quiet_gradient(LossPlan(gpl=False), [9.0, 0.0], [20.0, 20.0])[0] == 1


def test_penalty_by_hand_at_the_thresholds():
    degree = storm_degree(torch.tensor([5.0, 0.0, 5.5]), torch.tensor([20.0, -50.0, 20.0]))
    by_hand = [0.5, 0.5, 1 / (1 + exp(-1))]
    np.testing.assert_allclose(degree, by_hand, rtol=1e-6)


def test_missing_kp_leaves_the_word_to_dst_and_both_missing_is_unknown():
    some = targets([False] * 4, kp=[NAN, 9.0, NAN, NAN], dst=[-200.0, NAN, NAN, 20.0])
    weights = storm_weight(some, 5.0)
    np.testing.assert_allclose(weights, [5, 5, 1, 1], rtol=5e-3)
    assert weights[2] == 1
    assert n_storm_unknown(some) == 1


def test_positives_are_never_punished_for_a_storm():
    assert storm_weight(targets([True], kp=9.0, dst=-300.0), 5.0).item() == 1


def test_unknown_labels_count_for_nothing():
    logits = torch.randn(4, 2, requires_grad=True)
    vector = torch.randn(4, 2, requires_grad=True)
    magnitude = torch.randn(4, 3, requires_grad=True)
    known = targets(
        [True, False, True, False],
        known=[True, True, False, False],
        azimuth=1.0,
        magnitude_class=1,
        kp=9.0,
    )
    losses = total_loss(Outputs(logits, magnitude, vector), known, PLAN)
    for slope in gradient(losses["total"], logits, magnitude, vector):
        assert slope[0].abs().sum() > 0
        assert slope[2:].abs().sum() == 0
    first = targets([True, False], azimuth=1.0, magnitude_class=1, kp=9.0)
    alone = total_loss(Outputs(logits[:2], magnitude[:2], vector[:2]), first, PLAN)
    for name, value in alone.items():
        torch.testing.assert_close(losses[name], value)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_magnitude_and_azimuth_see_positives_alone(seed):
    draw = torch.Generator().manual_seed(seed)
    truth = torch.rand(6, generator=draw) < 0.5
    some = targets(truth.tolist(), azimuth=2.0, magnitude_class=2)
    vector = torch.randn(6, 2, generator=draw, requires_grad=True)
    for logits, plan in (
        (torch.randn(6, 3, generator=draw, requires_grad=True), LossPlan()),
        (torch.randn(6, 2, generator=draw, requires_grad=True), LossPlan(magnitude="ordinal")),
    ):
        slope = gradient(magnitude_loss(logits, some, plan), logits)[0]
        assert ((slope.abs().sum(1) > 0) == truth).all()
    slope = gradient(azimuth_loss(vector, some), vector)[0]
    assert ((slope.abs().sum(1) > 0) == truth).all()


def test_masked_means_divide_by_the_number_of_positives():
    some = targets([True, True, False, True], azimuth=[0.0, 1.0, 2.0, NAN])
    vector = torch.randn(4, 2)
    expected = von_mises(vector[:2], some.azimuth_rad[:2]).mean()
    torch.testing.assert_close(azimuth_loss(vector, some), expected)


def test_no_positive_gives_zero_and_not_nan():
    none = targets([False, False])
    assert azimuth_loss(torch.randn(2, 2), none) == 0
    assert magnitude_loss(torch.randn(2, 3), none, PLAN) == 0
    nobody = targets([False, False], known=[False, False])
    assert detection_loss(torch.randn(2, 2), nobody, PLAN) == 0


def test_class_weights_enter_numerator_and_denominator():
    logits, some = torch.randn(2, 2), targets([True, False])
    weighed = replace(some, class_weight=torch.tensor([3.0, 0.5]))
    each = focal(logits, some.is_target, PLAN.gamma)
    found = detection_loss(logits, weighed, LossPlan(gpl=False))
    torch.testing.assert_close(found, (3 * each[0] + 0.5 * each[1]) / 3.5)


def test_von_mises_by_hand():
    kappa, mu, azimuth = 2.0, 0.5, 1.2
    vector = kappa * torch.tensor([[np.sin(mu), np.cos(mu)]], dtype=torch.float64)
    expected = log(2 * pi * i0(kappa)) - kappa * np.cos(azimuth - mu)
    found = von_mises(vector, torch.tensor([azimuth], dtype=torch.float64))
    assert found.item() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("kappa", [0.0, 1e-8, 1.0, 1e4])
def test_von_mises_has_a_finite_gradient_at_any_concentration(kappa):
    vector = torch.tensor([[kappa, 0.0]], requires_grad=True)
    loss = von_mises(vector, torch.tensor([1.0])).sum()
    slope = gradient(loss, vector)[0]
    assert torch.isfinite(loss)
    assert torch.isfinite(slope).all()
    if kappa == 0:
        np.testing.assert_allclose(slope, [[-np.sin(1.0), -np.cos(1.0)]], rtol=1e-6)


def test_von_mises_density_integrates_to_one():
    angles = torch.linspace(0, 2 * pi, 2001, dtype=torch.float64)[:-1]
    vector = torch.tensor([[1.5, -2.0]], dtype=torch.float64).expand(2000, -1)
    assert (torch.exp(-von_mises(vector, angles)).mean() * 2 * pi).item() == pytest.approx(1)


def test_ordinal_by_hand():
    logits = torch.tensor([[0.3, -0.7], [1.0, 2.0], [0.1, 0.2]])
    some = targets([True, True, True], magnitude_class=[0, 1, 2])
    p = torch.sigmoid(logits)
    # Edge 0 concerns all three; edge 1 only those of class 1 and above.
    by_hand = -(
        torch.log(1 - p[0, 0])
        + torch.log(p[1, 0])
        + torch.log(p[2, 0])
        + torch.log(1 - p[1, 1])
        + torch.log(p[2, 1])
    )
    found = magnitude_loss(logits, some, LossPlan(magnitude="ordinal"))
    torch.testing.assert_close(found, by_hand / 5)
