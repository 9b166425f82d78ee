import numpy as np
import pytest

from seismomag.audit import power
from seismomag.core.verdict_words import sidak


@pytest.mark.parametrize(
    ("alpha", "tau", "gain", "n"),
    [
        (0.05, 0.2, 2, 38),
        (0.01, 0.2, 2, 57),
        (0.01, 0.3, 3, 7),
        (0.01, 0.1, 3, 40),
        (0.05, 0.1, 2, 89),
        (0.01, 0.2, 1.5, 197),
    ],
)
def test_events_needed_as_designed(alpha, tau, gain, n):
    assert power.events_needed(tau, gain, alpha) == n


def test_the_smallest_gain_is_found_with_the_stated_power():
    gain = power.smallest_detectable_gain(57, 0.2)
    assert power.power(57, 0.2, gain, 0.01) == pytest.approx(0.8, abs=1e-6)


def test_more_events_find_less():
    gains = [power.smallest_detectable_gain(n, 0.2) for n in (8, 30, 120, 400)]
    assert (np.diff(gains) < 0).all()


@pytest.mark.parametrize(("n", "tau"), [(0, 0.2), (10, 0.0), (10, 1.0), (2, 0.2), (10, np.nan)])
def test_no_gain_can_be_found_where_nothing_can_be_rare(n, tau):
    assert np.isnan(power.smallest_detectable_gain(n, tau))


def test_critical_hits_keep_the_level():
    from scipy.stats import binom

    k = power.critical_hits(30, 0.2, 0.01)
    assert binom.sf(k - 1, 30, 0.2) <= 0.01 < binom.sf(k - 2, 30, 0.2)


def test_trying_ten_models_has_its_price():
    assert sidak(4.14e-4, 10) == pytest.approx(0.0041, abs=5e-5)


def test_what_cannot_be_reached_is_zero():
    assert power.events_needed(0.2, 1.01, most=20) == 0
