"""What the absence of forecasts tells of earthquakes, before any forecast is read.

A missing forecast is no alarm. Where forecasts exist mostly on days before earthquakes, an alarm
made of noise therefore hits, and the common shift, which leaves the gaps where they are, calls it
skill. Two statistics on the same shifts take that away: one of the gaps alone, and one of the hits
beyond those that station-days with as many forecasts give.
"""

import numpy as np
from numpy.typing import NDArray

from seismomag.audit import alarms, nulls
from seismomag.audit.alarms import AlarmRule
from seismomag.audit.nulls import Pairs
from seismomag.audit.table import NAN, Line

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

SHARE, BEYOND = "forecast_share", "hits_beyond_gaps"
"""Names of the two statistics in the table of nulls."""


def forecast_share(probability: Floats, state_days: int) -> Floats:
    """Share of the days in the memory of the state on which a forecast was made.

    Parameters
    ----------
    probability
        Shape (S, D), consecutive days; NaN where no forecast was made.
    state_days
        Length of the memory, today included.

    Returns
    -------
    share
        Same shape. Days before the first count as days without a forecast.

    Examples
    --------
    >>> forecast_share(np.array([[0.9, np.nan, 0.1]]), 2)
    array([[0.5, 0.5, 0.5]])
    """
    count = np.cumsum(np.isfinite(probability), axis=-1)
    before = np.zeros_like(count)
    before[..., state_days:] = count[..., :-state_days]
    return np.asarray((count - before) / state_days)


def share_by_shift(share: Floats, pairs: Pairs) -> Floats:
    """Mean over the events of the largest share in range, for every common shift; shape (D,)."""
    total = np.zeros(share.shape[1])
    for event, position in enumerate(pairs.position):
        total += np.roll(share[pairs.stations_of(event)].max(axis=0), -position)
    return total / pairs.n_events if pairs.n_events else np.full(total.size, NAN)


def beyond_by_shift(in_alarm: Truths, share: Floats, pairs: Pairs) -> Floats:
    """Hit rate less the one that the gaps alone explain, for every common shift; shape (D,).

    A station-day is expected to be in alarm as often as all station-days of the ring with as many
    forecasts in their memory are; the stations in range of an event as if they were independent.
    Without gaps that is the same at every shift.
    """
    expected = alarm_share_of_equals(in_alarm, share)
    total = nulls.hits_by_shift(in_alarm, pairs).astype(np.float64)
    for event, position in enumerate(pairs.position):
        quiet = np.prod(1 - expected[pairs.stations_of(event)], axis=0)
        total -= np.roll(1 - quiet, -position)
    return total / pairs.n_events if pairs.n_events else np.full(total.size, NAN)


def by_shift(
    in_alarm: Truths, share: Floats, pairs: Pairs
) -> tuple[tuple[str, Floats, str], tuple[str, Floats, str]]:
    """Both statistics for the table of nulls: name, values of all shifts, and what it is."""
    gaps = "which days were forecast, alone: share of the memory, at the best station in range"
    left = "hits beyond those of station-days with as many forecasts; it must hold as well"
    return (
        (SHARE, share_by_shift(share, pairs), gaps),
        (BEYOND, beyond_by_shift(in_alarm, share, pairs), left),
    )


def alarm_share_of_equals(in_alarm: Truths, share: Floats) -> Floats:
    """Share in alarm among the station-days with the same number of forecasts; shape (S, D)."""
    values, kind = np.unique(share, return_inverse=True)
    kind = kind.reshape(share.shape)
    size = np.bincount(kind.ravel(), minlength=values.size)
    alarmed = np.bincount(kind.ravel(), in_alarm.ravel().astype(np.float64), values.size)
    return np.asarray((alarmed / np.maximum(size, 1))[kind])


def lines(whole: Floats, is_kept: Truths, rule: AlarmRule, pairs: Pairs) -> list[Line]:
    """Hit rate, alarm fraction and p if every missing forecast had been an alarm.

    Parameters
    ----------
    whole
        Shape (S, D): probabilities on the whole span of the test; NaN for none.
    is_kept
        Shape (D,): days of the span on the ring.
    """
    filled = np.where(np.isnan(whole), 1.0, whole)
    alarm = alarms.is_alarm(alarms.state(filled, rule.state_days)[:, is_kept], rule)
    hits = nulls.hits_by_shift(alarm, pairs)
    n, n_missing = pairs.n_events, int(np.isnan(whole).sum())
    rate = hits / n if n else np.full(hits.size, NAN)
    values = {
        "event_hit_rate": (float(rate[0]), float(rate[1:].mean())),
        "alarm_fraction": (float(alarm.mean()), rule.target_tau),
        "shift_p": (nulls.p_value(float(rate[0]), rate[1:]), 0.01),
    }
    note = f"sensitivity: the {n_missing} missing forecasts of the test as alarms"
    return [
        Line(f"{name}_missing_as_alarm", "event", value, NAN, NAN, reference, alarm.size, n,
             alarm.shape[1], note)
        for name, (value, reference) in values.items()
    ]  # fmt: skip
