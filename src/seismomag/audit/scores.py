"""Scores of probabilities against what happened.

Every score has the form ``score(probability, event, weight)``: ``probability`` and ``event`` have
the shape (n,), ``weight`` the shape (..., n), and the result the shape (...): the bootstrap passes
the number of times that each row was drawn. A score that is not defined (one class) is NaN.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

CLIP = 1e-3
"""Probabilities are kept in [CLIP, 1 - CLIP] before a logarithm: nobody is infinitely sure."""


def auc(probability: Floats, event: Truths, weight: Floats | None = None) -> Floats:
    """Chance that an event row outranks another (Mann-Whitney with mid-ranks).

    Examples
    --------
    >>> float(auc(np.array([0.1, 0.4, 0.4, 0.8]), np.array([False, True, False, True])))
    0.875
    """
    positive, negative = _at_each_value(probability, event, weight)
    below = np.cumsum(negative, axis=-1) - negative / 2
    return _ratio((positive * below).sum(-1), positive.sum(-1) * negative.sum(-1))


def average_precision(probability: Floats, event: Truths, weight: Floats | None = None) -> Floats:
    """Sum of (R_i - R_(i-1)) P_i down the thresholds; no skill gives the base rate."""
    positive, negative = _at_each_value(probability, event, weight)
    hit = np.cumsum(positive[..., ::-1], axis=-1)
    alarmed = hit + np.cumsum(negative[..., ::-1], axis=-1)
    precision = _ratio(hit, alarmed, empty=0.0)
    return _ratio((precision * positive[..., ::-1]).sum(-1), positive.sum(-1))


def brier(probability: Floats, event: Truths, weight: Floats | None = None) -> Floats:
    """Mean of (p - y)^2 (Brier 1950, Mon. Weather Rev. 78, 1)."""
    return _mean((probability - event) ** 2, weight)


def log_loss(probability: Floats, event: Truths, weight: Floats | None = None) -> Floats:
    """Mean of -ln of the probability given to what happened [nat]."""
    return _mean(-log_likelihood(probability, event), weight)


def mcc(probability: Floats, event: Truths, weight: Floats | None = None) -> Floats:
    """Matthews correlation of alarms (probability >= 0.5) and events; 0 for an empty margin."""
    alarm = probability >= 0.5
    w = _weights(event, weight)
    tp, fp = (w * (alarm & event)).sum(-1), (w * (alarm & ~event)).sum(-1)
    fn, tn = (w * (~alarm & event)).sum(-1), (w * (~alarm & ~event)).sum(-1)
    margins = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    return _ratio(tp * tn - fp * fn, np.sqrt(margins), empty=0.0)


def log_likelihood(probability: Floats, event: Truths) -> Floats:
    """Log of the probability given to what happened, for each row [nat]."""
    p = np.clip(probability, CLIP, 1 - CLIP)
    return np.log(np.where(event, p, 1 - p))


def information_gain(probability: Floats, reference: Floats, event: Truths) -> float:
    """Gain over a reference per event [nat]: IG = (1 / N) sum (ln L - ln L_reference).

    N is the number of event rows; NaN for none.
    """
    gained = log_likelihood(probability, event) - log_likelihood(reference, event)
    return float(gained.sum() / event.sum()) if event.any() else float("nan")


@dataclass(frozen=True)
class Score:
    """A score, which way is better, and what no skill gives."""

    function: Callable[[Floats, Truths, Floats | None], Floats]
    direction: Literal["higher", "lower"]
    no_skill: Callable[[float], float]
    """From the base rate to the value of a forecast without skill."""


SCORES: Mapping[str, Score] = {
    "auc": Score(auc, "higher", lambda base: 0.5),
    "average_precision": Score(average_precision, "higher", lambda base: base),
    "brier": Score(brier, "lower", lambda base: base * (1 - base)),
    "log_loss": Score(
        log_loss,
        "lower",
        lambda base: -base * np.log(base) - (1 - base) * np.log(1 - base) if 0 < base < 1 else 0.0,
    ),
    "mcc": Score(mcc, "higher", lambda base: 0.0),
}


def _at_each_value(
    probability: Floats, event: Truths, weight: Floats | None
) -> tuple[Floats, Floats]:
    order = np.argsort(probability, kind="stable")
    ranked = probability[order]
    first = np.flatnonzero(np.append(True, np.diff(ranked) != 0)) if ranked.size else order
    w = _weights(event, weight)[..., order]
    if not ranked.size:
        return w, w
    positive = np.add.reduceat(w * event[order], first, axis=-1)
    return positive, np.add.reduceat(w, first, axis=-1) - positive


def _weights(event: Truths, weight: Floats | None) -> Floats:
    return np.ones(event.size) if weight is None else weight


def _mean(values: Floats, weight: Floats | None) -> Floats:
    w = np.ones(values.size) if weight is None else weight
    return _ratio((w * values).sum(-1), w.sum(-1))


def _ratio(part: Floats, whole: Floats, empty: float = float("nan")) -> Floats:
    part, whole = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    out = np.full(np.broadcast(part, whole).shape, empty)
    np.divide(part, whole, out=out, where=whole > 0)
    return out
