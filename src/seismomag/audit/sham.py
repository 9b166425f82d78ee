"""N6: sham events on quiet days that resemble the days of the events.

Each event is given a quiet day of the same calendar month (any year) and of similar geomagnetic
activity, with none of its stations near an event. If alarms fall on such days as often as
on the event days, season or space weather explains them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seismomag.audit import nulls
from seismomag.audit.nulls import Pairs

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]
KP_TOLERANCE = 1.0


@dataclass(frozen=True)
class Sham:
    """Hit rate of the matched events, and of their shams in every draw.

    Attributes
    ----------
    observed
        Share of the matched events that are hit.
    drawn
        Shape (B,).
    n_matched
        Events with at least one matching quiet day.
    """

    observed: float
    drawn: Floats
    n_matched: int

    @property
    def p(self) -> float:
        """One-sided p of the event hit rate."""
        return nulls.p_value(self.observed, self.drawn)


def judge(
    in_alarm: Truths,
    pairs: Pairs,
    near_event: Truths,
    days: NDArray[np.datetime64],
    kp: Floats,
    *,
    n_draws: int,
    seed: int,
) -> Sham:
    """Compare event days with matched quiet days.

    Parameters
    ----------
    in_alarm
        Shape (S, D): state of the stations.
    near_event
        Shape (S, D): station-days on or near an event of the station, which are not quiet.
    days
        Shape (D,): UTC days of the ring.
    kp
        Shape (D,): largest Kp known of each day; NaN matches NaN.
    """
    generator = np.random.default_rng(seed)
    month = np.asarray(days.astype("datetime64[M]").astype(np.int64) % 12)
    hit, drawn = [], []
    for event, position in enumerate(pairs.position):
        stations = pairs.stations_of(event)
        quiet = ~near_event[stations].any(axis=0)
        same_month = np.asarray(month == month[position])
        alike = same_month & _same_activity(kp, float(kp[position]))
        pool = np.flatnonzero(quiet & alike)
        if not pool.size:
            continue
        anywhere = np.asarray(in_alarm[stations].any(axis=0))
        hit.append(bool(anywhere[position]))
        drawn.append(anywhere[generator.choice(pool, n_draws)])
    if not hit:
        return Sham(float("nan"), np.full(n_draws, np.nan), 0)
    return Sham(float(np.mean(hit)), np.mean(drawn, axis=0), len(hit))


def _same_activity(kp: Floats, wanted: float) -> Truths:
    if np.isnan(wanted):
        return np.isnan(kp)
    return np.asarray(np.abs(kp - wanted) <= KP_TOLERANCE)
