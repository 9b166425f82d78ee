"""How long before an event the alarm began, and how long chance would have made it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seismomag.audit import nulls
from seismomag.audit.nulls import Pairs
from seismomag.audit.ring import Played
from seismomag.audit.table import NAN, Line

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Lead:
    """Mean lead time of the events hit [days] under all common shifts, the observed one first."""

    by_shift: Floats

    @property
    def observed(self) -> float:
        """With the catalogue in place."""
        return float(self.by_shift[0]) if self.by_shift.size else NAN

    @property
    def mean_null(self) -> float:
        """Mean over the shifts: any alarm every day has a positive lead."""
        known = self.by_shift[1:][np.isfinite(self.by_shift[1:])]
        return float(known.mean()) if known.size else NAN

    @property
    def p(self) -> float:
        """One-sided: a longer lead than by chance."""
        known = self.by_shift[1:][np.isfinite(self.by_shift[1:])]
        return nulls.p_value(self.observed, known)


def age_of_alarm(played: Played) -> NDArray[np.int64]:
    """Days since the earliest alarm row still in memory; -1 without; shape (S, D).

    Counted between the days on which the forecasts became valid, so the issue of the forecast lies
    about a day further back.
    """
    row = np.nan_to_num(played.probability, nan=-np.inf) >= played.rule.threshold
    age = np.full(row.shape, -1, np.int64)
    for lag in range(min(played.rule.state_days, row.shape[1])):
        past = row[:, : row.shape[1] - lag]
        age[:, lag:][past] = lag
    return age


def judge(played: Played, pairs: Pairs) -> Lead:
    """Lead time of the hit events for every common shift of the catalogue."""
    age = age_of_alarm(played)
    n_days = age.shape[1]
    total, hits = np.zeros(n_days), np.zeros(n_days)
    for event, position in enumerate(pairs.position):
        longest = np.roll(age[pairs.stations_of(event)].max(axis=0), -position)
        total += np.where(longest >= 0, longest, 0)
        hits += longest >= 0
    return Lead(np.divide(total, hits, out=np.full(n_days, NAN), where=hits > 0))


def lines(lead: Lead, n_events: int) -> list[Line]:
    """Lead time beside its null."""
    note = "whole days from the first alarm in memory, events hit; reference: mean of shifts"
    return [
        Line("mean_lead_time_days", "event", lead.observed, NAN, NAN, lead.mean_null, 0,
             n_events, 0, note),
        Line("lead_time_p", "event", lead.p, NAN, NAN, 0.05, 0, n_events, 0,
             "all common shifts; a long lead alone is no skill"),
    ]  # fmt: skip
