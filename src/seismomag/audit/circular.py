"""Directions: errors, the constant guess, and the tests on the circle."""

from fractions import Fraction
from math import comb, factorial

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, stats

from seismomag.core.geodesy import circular_difference_deg, wrap_deg

Floats = NDArray[np.float64]


def angular_error_deg(azimuth: ArrayLike, true_azimuth: ArrayLike) -> Floats:
    """Unsigned angle between two directions [degrees, 0..180]; a blind guess gives 90 on mean."""
    return np.abs(circular_difference_deg(azimuth, true_azimuth))


def axis_error_deg(azimuth: ArrayLike, true_azimuth: ArrayLike) -> Floats:
    """Angle between two undirected axes [degrees, 0..90]; a blind guess gives 45 on mean."""
    error = angular_error_deg(azimuth, true_azimuth)
    return np.minimum(error, 180 - error)


def resultant_length(azimuth: ArrayLike) -> float:
    """R, the length of the mean unit vector: 1 where all directions agree, NaN for none."""
    angles = np.deg2rad(np.asarray(azimuth, dtype=np.float64))
    if angles.size == 0:
        return float("nan")
    return float(np.abs(np.exp(1j * angles).mean()))


def combined_azimuth_deg(azimuth: ArrayLike, kappa: ArrayLike) -> tuple[float, float]:
    """Sum directions as vectors of length kappa.

    Returns
    -------
    azimuth_deg, kappa
        Direction of the sum, and its length over the number of vectors.
    """
    vectors = np.asarray(kappa) * np.exp(1j * np.deg2rad(np.asarray(azimuth, dtype=np.float64)))
    mean = vectors.mean()
    return float(wrap_deg(np.rad2deg(np.angle(mean)))), float(np.abs(mean))


def best_constant_deg(azimuth: ArrayLike) -> float:
    """Find the one guess, in whole degrees, with the least mean error; NaN for no azimuths."""
    angles = np.asarray(azimuth, dtype=np.float64).ravel()
    if angles.size == 0:
        return float("nan")
    guesses = np.arange(360.0)
    return float(guesses[angular_error_deg(guesses[:, None], angles).mean(axis=1).argmin()])


def uniform_maae_p(maae_deg: float, n: int) -> float:
    """P(mean of n uniform angular errors <= maae): the null of a blind guess, one-sided.

    The mean of n uniform values has the Irwin-Hall distribution, computed exactly up to n = 60
    and by its normal limit (sd 180 / sqrt(12 n)) above.

    Examples
    --------
    >>> round(uniform_maae_p(72.32, 8), 3)
    0.171
    """
    if n == 0 or not np.isfinite(maae_deg):
        return float("nan")
    if n > 60:
        return float(stats.norm.cdf((maae_deg - 90) / (180 / np.sqrt(12 * n))))
    x = Fraction(maae_deg) / 180 * n
    terms = ((-1) ** k * comb(n, k) * (x - k) ** n for k in range(int(x) + 1))
    return float(min(Fraction(1), sum(terms, Fraction(0)) / factorial(n)))


def events_needed(maae_deg: float, alpha: float = 0.05, power: float = 0.8) -> int:
    """Count the independent events that tell a true mean error from a blind guess.

    Errors are taken as von Mises with this mean; normal approximation of both tails, one to two
    events fewer than by simulation. 0 where the mean is no better than blind.

    Examples
    --------
    >>> events_needed(72.32), events_needed(60.0), events_needed(80.0)
    (52, 18, 166)
    """
    if not 0 < maae_deg < 90:
        return 0
    sd = _von_mises_sd(maae_deg)
    blind = 180 / np.sqrt(12)
    reach = blind * stats.norm.isf(alpha) + sd * stats.norm.isf(1 - power)
    return int(np.ceil((reach / (90 - maae_deg)) ** 2))


def _von_mises_sd(maae_deg: float) -> float:
    error = np.linspace(0, 180, 3601)

    def mean(kappa: float) -> tuple[float, Floats]:
        weight = np.exp(kappa * (np.cos(np.deg2rad(error)) - 1))
        return float((weight * error).sum() / weight.sum()), weight

    kappa = optimize.brentq(lambda k: mean(k)[0] - maae_deg, 0.0, 2000.0)
    weight = mean(float(kappa))[1]
    spread = (weight * (error - maae_deg) ** 2).sum() / weight.sum()
    return float(np.sqrt(spread))


def v_test(angle: ArrayLike, mean_direction_deg: float = 0.0) -> tuple[float, float]:
    """Test of uniformity against a given mean direction (Greenwood & Durand 1955).

    Parameters
    ----------
    angle
        [degrees]; errors of azimuth here, against the direction 0.

    Returns
    -------
    u, p
        ``u = mean(cos(angle - direction)) sqrt(2 n)`` and its tail: normal, with the terms of
        order 1 / n and 1 / n^2.
    """
    angles = np.deg2rad(np.asarray(angle, dtype=np.float64) - mean_direction_deg)
    u = float(np.cos(angles).mean() * np.sqrt(2 * angles.size))
    n = angles.size
    first = (3 * u - u**3) / (16 * n)
    second = (15 * u + 305 * u**3 - 125 * u**5 + 9 * u**7) / (4608 * n**2)
    return u, float(np.clip(stats.norm.sf(u) + stats.norm.pdf(u) * (first + second), 0, 1))


def rayleigh_p(angle: ArrayLike) -> float:
    """Test of uniformity against one unknown direction; for errors, never for predictions.

    Series of Greenwood & Durand 1955 (Ann. Math. Stat. 26, 233), exact to order 1 / n^2.
    """
    n = np.size(angle)
    z = n * resultant_length(angle) ** 2
    p = np.exp(-z) * (
        1 + (2 * z - z**2) / (4 * n) - (24 * z - 132 * z**2 + 76 * z**3 - 9 * z**4) / (288 * n**2)
    )
    return float(np.clip(p, 0, 1))


def permutation_p(
    azimuth: Floats,
    true_azimuth: Floats,
    group: NDArray[np.int64],
    *,
    n_draws: int,
    generator: np.random.Generator,
) -> tuple[float, float]:
    """Exchange predictions among the events of each station, to see if the right event matters.

    Parameters
    ----------
    azimuth, true_azimuth
        Shape (n,) [degrees].
    group
        Station number of each pair.

    Returns
    -------
    p, mean_null
        ``(1 + #{T* <= T}) / (B + 1)`` for the mean error, and its mean under the null [degrees].
    """
    observed = angular_error_deg(azimuth, true_azimuth).mean()
    order = np.argsort(group, kind="stable")
    null = np.empty(n_draws)
    for i in range(n_draws):
        shuffled = np.lexsort((generator.random(group.size), group))
        null[i] = angular_error_deg(azimuth[shuffled], true_azimuth[order]).mean()
    return float((1 + (null <= observed + 1e-9).sum()) / (n_draws + 1)), float(null.mean())
