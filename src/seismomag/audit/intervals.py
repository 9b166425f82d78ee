"""Intervals for rates: exact ones for independent trials, clustered ones for the rest."""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]

MINIMUM_EVENTS = 8
"""Below this number of independent units no interval is given (coverage was not kept)."""
BOOTSTRAP_EVENTS = 60
"""From this number of units on the bootstrap keeps its coverage; below, cluster-t does."""
TOO_FEW = "no interval, too few events"

NO_ALARM = "no alarm was issued"

NOTHING = (float("nan"), float("nan"))


def clopper_pearson(k: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Exact interval of a binomial rate (Clopper & Pearson 1934, Biometrika 26, 404).

    Parameters
    ----------
    k, n
        Successes and trials.
    confidence
        Nominal coverage.

    Returns
    -------
    low, high
        NaN for no trials.

    Examples
    --------
    >>> low, high = clopper_pearson(8, 13)
    >>> round(low, 3), round(high, 3)
    (0.316, 0.861)
    """
    if n == 0:
        return NOTHING
    tail = (1 - confidence) / 2
    low = 0.0 if k == 0 else float(stats.beta.ppf(tail, k, n - k + 1))
    high = 1.0 if k == n else float(stats.beta.isf(tail, k + 1, n - k))
    return low, high


def wilson(k: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Score interval of a binomial rate (Wilson 1927, JASA 22, 209); NaN for no trials."""
    if n == 0:
        return NOTHING
    z = float(stats.norm.isf((1 - confidence) / 2))
    rate = k / n
    centre = (rate + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return float(centre - half), float(centre + half)


def cluster_sums(
    cluster: NDArray[np.int64], *columns: NDArray[np.floating] | NDArray[np.bool_]
) -> tuple[Floats, ...]:
    """Sum columns over the rows of each cluster; clusters are numbered from 0."""
    n = int(cluster.max()) + 1 if cluster.size else 0
    values = (np.asarray(c, dtype=np.float64) for c in columns)
    return tuple(np.bincount(cluster, v, n).astype(np.float64) for v in values)


def cluster_t(k: Floats, m: Floats, confidence: float = 0.95) -> tuple[float, float]:
    """Interval of a ratio r = sum k / sum m whose units are clusters.

    ``se^2 = E / (E - 1) sum (k_e - r m_e)^2 / (sum m_e)^2``, ``r +- t_(E-1) se``.

    Parameters
    ----------
    k, m
        Shape (E,): numerator and denominator of each cluster. Clusters with m = 0 do not count.

    Returns
    -------
    low, high
        Not clipped; NaN for fewer than two clusters.
    """
    k, m = k[m > 0], m[m > 0]
    n = m.size
    if n < 2:
        return NOTHING
    ratio = k.sum() / m.sum()
    error = np.sqrt(n / (n - 1) * np.sum((k - ratio * m) ** 2)) / m.sum()
    half = float(stats.t.isf((1 - confidence) / 2, n - 1)) * error
    return float(ratio - half), float(ratio + half)


def resampled_weights(
    n_clusters: int, n_draws: int, generator: np.random.Generator
) -> NDArray[np.float64]:
    """How often each cluster is drawn in each bootstrap sample; shape (n_draws, n_clusters)."""
    share = np.full(n_clusters, 1 / n_clusters)
    return generator.multinomial(n_clusters, share, size=n_draws).astype(np.float64)


def percentile_interval(draws: Floats, confidence: float = 0.95) -> tuple[float, float]:
    """Central percentiles of bootstrap draws, undefined draws left out."""
    kept = draws[np.isfinite(draws)]
    if kept.size == 0:
        return NOTHING
    tail = (1 - confidence) / 2
    low, high = np.quantile(kept, [tail, 1 - tail])
    return float(low), float(high)


def ratio_interval(
    k: Floats, m: Floats, *, n_draws: int, generator: np.random.Generator
) -> tuple[float, float, str]:
    """Interval of a clustered rate, by the rule of the number of clusters.

    None below :data:`MINIMUM_EVENTS`, cluster-t below :data:`BOOTSTRAP_EVENTS`, the percentile
    bootstrap of clusters above. Where every cluster has the rate 0, or every one the rate 1, both
    would be of no width: then Clopper-Pearson, each cluster one trial. Rates are clipped to
    [0, 1].

    Returns
    -------
    low, high, note
        How it was made, in words.
    """
    k, m = k[m > 0], m[m > 0]
    if m.size < MINIMUM_EVENTS:
        return *NOTHING, TOO_FEW
    if not k.any() or (k == m).all():
        low, high = clopper_pearson(m.size if k.any() else 0, m.size)
        return low, high, f"Clopper-Pearson, {m.size} clusters that all agree"
    if m.size < BOOTSTRAP_EVENTS:
        low, high = cluster_t(k, m)
        note = "cluster-t"
    else:
        weights = resampled_weights(m.size, n_draws, generator)
        low, high = percentile_interval((weights @ k) / (weights @ m))
        note = "cluster bootstrap"
    return float(np.clip(low, 0, 1)), float(np.clip(high, 0, 1)), f"{note}, {m.size} clusters"
