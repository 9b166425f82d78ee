"""A case laid out: who was in alarm when, what happened, and at which level it is counted."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.audit import event_level, missing
from seismomag.audit.case import AuditCase
from seismomag.audit.counts import Contingency, contingency
from seismomag.audit.event_level import Outcome
from seismomag.audit.leaks import checks as leaks
from seismomag.audit.ring import Played, Ring, Targets, find_targets, make_ring, on_span, play
from seismomag.audit.rows import Rows, make_rows

NAME = "forecast"


@dataclass(frozen=True)
class Trial:
    """A case laid out: who was in alarm when, and what happened.

    ``whole`` holds the probabilities of the forecast on the whole span of the test, ``share``
    how many days of each memory have one, on the ring.
    """

    ring: Ring
    targets: Targets
    played: Played
    others: Mapping[str, Played]
    outcome: Outcome
    rows: Rows
    near_days: int
    whole: NDArray[np.float64]
    share: NDArray[np.float64]


def lay_out(case: AuditCase) -> Trial:
    """Freeze every threshold on validation and read the states on the test days."""
    ring = make_ring(case)
    targets = find_targets(case, ring)
    played = play(case, ring, NAME, case.forecast)
    others = {
        name: play(case, ring, name, table)
        for name, table in case.baselines.items()
        if _has_both_splits(case, table)
    }
    outcome = event_level.judge(played, targets.pairs)
    rows = make_rows(case, case.forecast)
    whole = on_span(case, ring, case.forecast)
    share = missing.forecast_share(whole, case.state_days)[:, ring.is_kept]
    return Trial(ring, targets, played, others, outcome, rows, near_days(case), whole, share)


def _has_both_splits(case: AuditCase, forecast: pd.DataFrame) -> bool:
    return all(not case.rows(forecast, split).empty for split in ("validation", "test"))


def near_days(case: AuditCase) -> int:
    """Shifts up to this length count as near [days]: window and embargo."""
    window, horizon = case.rule.window_days, case.rule.horizon_days
    return window + max(leaks.EMBARGO_DAYS, window + horizon)


def levels(trial: Trial) -> dict[str, Contingency]:
    """Contingency tables of rows, events and days."""
    played, rows = trial.played, trial.rows
    return {
        "row": contingency(row_alarms(rows, played), rows.event),
        "event": event_level.spells(played.in_alarm, trial.targets.pairs),
        "day": contingency(played.network_alarm, event_days(trial)),
    }


def row_alarms(rows: Rows, played: Played) -> NDArray[np.bool_]:
    """Whether the probability of each single row reaches the frozen threshold."""
    return np.asarray(rows.probability >= played.rule.threshold)


def event_days(trial: Trial) -> NDArray[np.bool_]:
    """Whether a scored event falls on each day of the ring; shape (D,)."""
    days = np.zeros(trial.ring.shape[1], bool)
    days[trial.targets.pairs.position] = True
    return days
