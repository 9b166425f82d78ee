"""Do the stated probabilities come true: CORP reliability, decomposition, calibration error.

CORP: Dimitriadis, Gneiting & Jordan 2021 (PNAS 118, e2016191118): the calibration curve is the
isotonic regression of the outcomes on the forecasts; no bins are chosen.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

N_BINS = 10
BAND = 0.9
"""Share of the consistency band."""


@dataclass(frozen=True)
class Decomposition:
    """Mean Brier score = miscalibration - discrimination + uncertainty.

    Attributes
    ----------
    miscalibration
        What isotonic recalibration would take off; 0 is perfect (REL).
    discrimination
        What the recalibrated forecast gains over the base rate (RES).
    uncertainty
        Brier score of the base rate itself (UNC).
    """

    miscalibration: float
    discrimination: float
    uncertainty: float

    @property
    def score(self) -> float:
        """The Brier score."""
        return self.miscalibration - self.discrimination + self.uncertainty


def recalibrated(probability: Floats, event: Truths) -> Floats:
    """Isotonic regression of outcomes on forecasts; equal forecasts are pooled; shape (n,).

    Examples
    --------
    >>> recalibrated(np.array([0.1, 0.2, 0.9]), np.array([True, False, True]))
    array([0.5, 0.5, 1. ])
    """
    values, place, counts = np.unique(probability, return_inverse=True, return_counts=True)
    if not values.size:
        return probability.copy()
    share = np.bincount(place, event.astype(np.float64)) / counts
    return np.asarray(optimize.isotonic_regression(share, weights=counts).x)[place]


def decompose(probability: Floats, event: Truths) -> Decomposition:
    """Split the Brier score by recalibration (CORP); NaN for no rows."""
    if not event.size:
        return Decomposition(float("nan"), float("nan"), float("nan"))
    y = event.astype(np.float64)
    raw = float(((probability - y) ** 2).mean())
    fitted = float(((recalibrated(probability, event) - y) ** 2).mean())
    base = float(((y.mean() - y) ** 2).mean())
    return Decomposition(raw - fitted, base - fitted, base)


def murphy(probability: Floats, event: Truths) -> Decomposition:
    """Split the Brier score over the distinct forecasts (Murphy 1973, J. Appl. Meteorol. 12, 595).

    Exact, but with as many distinct values as rows both terms are near their largest: use
    :func:`decompose` for continuous forecasts.
    """
    if not event.size:
        return Decomposition(float("nan"), float("nan"), float("nan"))
    values, place, counts = np.unique(probability, return_inverse=True, return_counts=True)
    share = np.bincount(place, event.astype(np.float64)) / counts
    base = float(event.mean())
    weight = counts / event.size
    return Decomposition(
        float((weight * (values - share) ** 2).sum()),
        float((weight * (share - base) ** 2).sum()),
        base * (1 - base),
    )


def calibration_error(probability: Floats, event: Truths, n_bins: int = N_BINS) -> float:
    """ECE: mean distance of forecast and frequency over bins of equal width.

    Never to be read without :func:`calibration_error_null`: a perfect forecast has an ECE above 0.
    """
    if not event.size:
        return float("nan")
    bins = np.minimum((probability * n_bins).astype(np.int64), n_bins - 1)
    gap = np.bincount(bins, probability - event, n_bins)
    return float(np.abs(gap).sum() / event.size)


def calibration_error_null(
    probability: Floats, *, n_draws: int, generator: np.random.Generator, n_bins: int = N_BINS
) -> tuple[float, float]:
    """Mean and upper 95 % of the ECE if these forecasts were perfectly calibrated."""
    if not probability.size:
        return float("nan"), float("nan")
    bins = np.minimum((probability * n_bins).astype(np.int64), n_bins - 1)
    drawn = np.empty(n_draws)
    for i in range(n_draws):
        event = generator.random(probability.size) < probability
        drawn[i] = np.abs(np.bincount(bins, probability - event, n_bins)).sum()
    return float(drawn.mean() / probability.size), float(
        np.quantile(drawn, 0.95) / probability.size
    )


def corp_curve(
    probability: Floats, event: Truths, *, n_draws: int, generator: np.random.Generator
) -> pd.DataFrame:
    """CORP reliability with the band in which a calibrated forecast would lie.

    The band draws rows independently of each other: where rows repeat an event it is too narrow.

    Returns
    -------
    table
        Columns ``probability, frequency, n, low, high``, one row for each distinct forecast
        (at most 200, evenly chosen by rank).
    """
    columns = ["probability", "frequency", "n", "low", "high"]
    if not event.size:
        return pd.DataFrame(columns=columns, dtype=np.float64)
    values, first, counts = np.unique(probability, return_index=True, return_counts=True)
    fitted = recalibrated(probability, event)[first]
    drawn = np.stack([_null_fit(values, counts, generator) for _ in range(n_draws)])
    low, high = np.quantile(drawn, [(1 - BAND) / 2, (1 + BAND) / 2], axis=0)
    table = pd.DataFrame(dict(zip(columns, (values, fitted, counts, low, high), strict=True)))
    chosen = np.unique(np.linspace(0, values.size - 1, 200).astype(np.int64))
    return table.iloc[chosen].reset_index(drop=True)


def _null_fit(values: Floats, counts: NDArray[np.int64], generator: np.random.Generator) -> Floats:
    share = generator.binomial(counts, values) / counts
    return np.asarray(optimize.isotonic_regression(share, weights=counts).x)
