"""Drift of a population against what it was: the population stability index."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from seismomag.core.errors import CoverageError, SchemaError

STABLE_BELOW, SHIFTED_FROM = 0.1, 0.25
"""The usual bounds of the population stability index: below, nothing; from, a shift."""

N_BINS = 10
LEAST_VALUES = 50
CHANCE = float(chdtri(N_BINS - 1, 0.001))
FILE_NAME = "drift.json"


def word_of(index: float, n_reference: int, n_recent: int) -> str:
    """``stable``, ``moving`` or ``shifted``; ``unclear`` where chance alone gives as much.

    Of two samples of one population the index is ``(1/N + 1/M)`` times a chi-squared variable of
    nine degrees of freedom (Yurdakul and Naranjo 2020, J. Risk Model Validation 14): with 90
    values on each side it is 0.2 on average. What chance exceeds more often than once in a
    thousand is no drift yet. Neighbouring days are alike, so that even this is generous.

    Examples
    --------
    >>> word_of(0.3, 90, 90), word_of(0.3, 900, 900), word_of(0.15, 900, 900)
    ('unclear', 'shifted', 'moving')
    """
    if index < STABLE_BELOW:
        return "stable"
    by_chance = CHANCE * (1 / n_reference + 1 / n_recent)
    if index <= by_chance:
        return "unclear"
    return "moving" if index < SHIFTED_FROM else "shifted"


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What a population looked like, in as many numbers as a comparison needs.

    Attributes
    ----------
    edges
        The nine inner deciles.
    counts
        Values per bin between them.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]

    @property
    def n(self) -> int:
        """Values behind it."""
        return sum(self.counts)


def profile(values: NDArray[np.floating]) -> Profile | None:
    """Profile of a population; None for fewer than :data:`LEAST_VALUES` finite values."""
    known = values[np.isfinite(values)]
    if known.size < LEAST_VALUES:
        return None
    edges = np.quantile(known, np.linspace(0, 1, N_BINS + 1)[1:-1])
    counts = _counts(known, edges)
    return Profile(edges=tuple(map(float, edges)), counts=tuple(map(int, counts)))


def stability(reference: Profile, recent: NDArray[np.floating]) -> float | None:
    """Population stability index of recent values against a profile.

    ``sum((p - q) ln(p / q))`` with shares p and q per bin, each with half a count added so that
    an empty bin does not make it infinite. None for fewer than :data:`LEAST_VALUES` values.
    """
    known = recent[np.isfinite(recent)]
    if known.size < LEAST_VALUES:
        return None
    edges = np.array(reference.edges)
    p, q = (_shares(counts) for counts in (np.array(reference.counts), _counts(known, edges)))
    return float(np.sum((p - q) * np.log(p / q)))


def population_stability(reference: NDArray[np.floating], recent: NDArray[np.floating]) -> float:
    """Population stability index of two samples, over deciles of the first.

    Parameters
    ----------
    reference, recent
        Values; NaN are left out.

    Raises
    ------
    CoverageError
        Fewer than 50 values on a side.

    Examples
    --------
    >>> import numpy as np
    >>> values = np.random.default_rng(1).normal(size=2000)
    >>> population_stability(values, values)
    0.0
    >>> population_stability(values, values + 1) > 0.25
    True
    """
    known = profile(reference)
    index = None if known is None else stability(known, recent)
    if index is None:
        n = [int(np.isfinite(values).sum()) for values in (reference, recent)]
        msg = f"drift needs {LEAST_VALUES} values on each side, found {n[0]} and {n[1]}"
        raise CoverageError(msg)
    return index


def band_levels(
    planes: NDArray[np.floating], frequencies_hz: NDArray[np.float64], n_bands: int = 4
) -> tuple[tuple[float, float, NDArray[np.float64]], ...]:
    """Daily mean logarithms of amplitudes, band by band.

    Parameters
    ----------
    planes
        Amplitudes ``(n, F, T)`` [nT].
    frequencies_hz
        The F frequencies, increasing.
    n_bands
        Bands of equally many frequencies.

    Returns
    -------
    bands
        ``low_hz, high_hz`` and n values each: means over the day, for the columns of a day are
        not independent.

    Raises
    ------
    SchemaError
        The shape does not fit.
    """
    n = len(frequencies_hz)
    if planes.ndim != 3 or planes.shape[1] != n:
        msg = f"amplitudes {planes.shape} do not fit {n} frequencies"
        raise SchemaError(msg)
    found = []
    for rows in np.array_split(np.arange(n), min(n_bands, n)):
        logs = np.log(np.maximum(planes[:, rows].astype(np.float32), 1e-6))
        # The mean of what is known; a day without anything stays missing.
        is_known = np.isfinite(logs)
        n_known = is_known.sum(axis=(1, 2))
        total = np.where(is_known, logs, 0.0).sum(axis=(1, 2), dtype=np.float64)
        means = np.where(n_known > 0, total / np.maximum(n_known, 1), np.nan)
        found.append((float(frequencies_hz[rows[0]]), float(frequencies_hz[rows[-1]]), means))
    return tuple(found)


def _counts(values: NDArray[np.floating], edges: NDArray[np.floating]) -> NDArray[np.int64]:
    return np.bincount(np.searchsorted(edges, values, side="right"), minlength=len(edges) + 1)


def _shares(counts: NDArray[np.integer]) -> NDArray[np.float64]:
    return np.asarray((counts + 0.5) / (counts.sum() + 0.5 * len(counts)))
