"""The Molchan diagram: miss rate against alarm fraction, measured on the state of the stations.

Molchan 1990 (Phys. Earth Planet. Inter. 61, 84); Zechar & Jordan 2008 (Geophys. J. Int. 172, 715).
The reference measure is uniform over the station-days unless a weight is given.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def alarm_fraction_above(score: Floats, weight: Floats | None = None) -> Floats:
    """Share of station-days with a higher score than each one, ties counted half.

    Parameters
    ----------
    score
        Any shape; NaN (no forecast) ranks below everything, all of them tied.
    weight
        Same shape: the reference measure; uniform by default.

    Returns
    -------
    tau
        Same shape, in (0, 1): the alarm fraction that an alarm just reaching this station-day
        needs.
    """
    if not score.size:
        return score
    flat = np.nan_to_num(score.ravel(), nan=-np.inf)
    mass = np.ones(flat.size) if weight is None else weight.ravel()
    values, position = np.unique(flat, return_inverse=True)
    at_value = np.bincount(position, mass, values.size)
    at_least = np.cumsum(at_value[::-1])[::-1]
    tau = (at_least - at_value / 2) / mass.sum()
    return np.asarray(tau[position].reshape(score.shape))


def alarm_fraction_reaching(score: Floats) -> Floats:
    """Share of station-days in alarm when each one is just in alarm, its ties with it.

    Same shape as ``score``; NaN (no forecast) needs an alarm everywhere. The convention of
    :func:`trajectory`, whose steps lie at these values.
    """
    if not score.size:
        return score
    flat = np.nan_to_num(score.ravel(), nan=-np.inf)
    position, counts = np.unique(flat, return_inverse=True, return_counts=True)[1:]
    at_least = np.cumsum(counts[::-1])[::-1] / flat.size
    return np.asarray(at_least[position].reshape(score.shape))


def area_skill(event_tau: Floats) -> float:
    """ASS = 1 - mean(tau_i), never clamped: 0.5 without skill, less for worse than chance.

    Parameters
    ----------
    event_tau
        Alarm fraction needed to hit each event; shape (E,). NaN for no events.
    """
    return float(1 - event_tau.mean()) if event_tau.size else float("nan")


def partial_area_skill(event_tau: Floats, most: float = 0.2) -> float:
    """Area skill over tau <= most: (1 / most) times the integral of 1 - nu; no skill: most / 2."""
    return float(np.clip(1 - event_tau / most, 0, None).mean()) if event_tau.size else float("nan")


def trajectory(score: Floats, event_score: Floats) -> tuple[Floats, Floats, Floats]:
    """Alarm fraction and miss rate as the threshold is lowered.

    Parameters
    ----------
    score
        State score of every station-day, any shape; NaN without forecast.
    event_score
        Shape (E,): the largest state score among the in-range stations of each event.

    Returns
    -------
    tau, nu, threshold
        From (0, 1) to (1, 0); station-days of equal score are alarmed together. nu is NaN
        without events.
    """
    flat = np.nan_to_num(score.ravel(), nan=-np.inf)
    events = np.sort(np.nan_to_num(event_score, nan=-np.inf))
    values, counts = np.unique(flat, return_counts=True)
    threshold = values[::-1]
    tau = np.cumsum(counts[::-1]) / max(flat.size, 1)
    hits = events.size - np.searchsorted(events, threshold, side="left")
    nu = 1 - hits / events.size if events.size else np.full(tau.size, np.nan)
    return np.append(0.0, tau), np.append(1.0, nu), np.append(np.inf, threshold)


def thinned(tau: Floats, nu: Floats, most: int = 400) -> NDArray[np.int64]:
    """Choose points: both ends, every step of nu, and at most so many of the rest."""
    steps = np.flatnonzero(np.diff(nu) != 0)
    even = np.linspace(0, tau.size - 1, min(most, tau.size)).astype(np.int64)
    return np.unique(np.concatenate([even, steps, steps + 1])).astype(np.int64)
