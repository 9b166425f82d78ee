"""What a test of this size could have found."""

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

POWER = 0.8
"""Wanted probability of finding a gain that is there."""


TEETH = 5
"""Teeth of the saw to look ahead before the power is trusted."""


def critical_hits(n_events: int, chance: float, alpha: float) -> int:
    """Fewest hits k of n with P(X >= k) <= alpha when each is a hit with probability ``chance``.

    Returns n + 1 where even n hits are not rare enough.
    """
    hits = np.arange(n_events + 1)
    rare = stats.binom.sf(hits - 1, n_events, chance) <= alpha
    return int(hits[rare][0]) if rare.any() else n_events + 1


def power(n_events: int, chance: float, gain: float, alpha: float) -> float:
    """Probability that the exact binomial test at level alpha finds a gain G = H / chance."""
    return _power_of_rate(n_events, chance, min(1.0, gain * chance), alpha)


def smallest_detectable_gain(n_events: int, chance: float, alpha: float = 0.01) -> float:
    """Smallest gain that this many events would reveal with power 0.8.

    Parameters
    ----------
    n_events
        Independent events.
    chance
        Share of events hit without skill: the alarm fraction with one station in range, else the
        mean of the common shifts. The largest possible gain is 1 / chance.
    alpha
        Level of the test.

    Returns
    -------
    gain
        NaN where no gain at all could be found.

    Examples
    --------
    >>> round(smallest_detectable_gain(57, 0.2), 1)
    2.0
    """
    if not (n_events > 0 and 0 < chance < 1) or critical_hits(n_events, chance, alpha) > n_events:
        return float("nan")
    rate = optimize.brentq(
        lambda r: _power_of_rate(n_events, chance, r, alpha) - POWER, chance * 1e-6, 1.0
    )
    return float(rate) / chance


def events_needed(chance: float, gain: float, alpha: float = 0.01, most: int = 5000) -> int:
    """Count the events from which on the power stays at 0.8; 0 if not reached below ``most``.

    The power of a test on whole numbers rises in a saw whose teeth are about 1 / chance long.
    """
    short = 0
    for n in range(1, most + 1):
        if power(n, chance, gain, alpha) < POWER:
            short = n
        elif n - short > TEETH / chance:
            return short + 1
    return 0


def _power_of_rate(n_events: int, chance: float, rate: float, alpha: float) -> float:
    return float(stats.binom.sf(critical_hits(n_events, chance, alpha) - 1, n_events, rate))


ALPHAS: NDArray[np.float64] = np.array([0.05, 0.01, 0.001])
