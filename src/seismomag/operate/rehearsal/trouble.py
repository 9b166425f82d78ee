"""What happens to the machine of a rehearsal, and when."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from seismomag.operate.rehearsal.cycle import FULL, READ_ONLY
from seismomag.operate.rehearsal.plan import RehearsalPlan
from seismomag.operate.rehearsal.world import Delivery

CYCLE_MINUTE = 20
NO_DATA_HOURS = 20
"""Hours after the end of a day at which a run of the daily job must fall."""

KILL, TWO = "kill", "two schedulers"
TROUBLES = (KILL, TWO, FULL, READ_ONLY)
"""The first ones that are drawn; all others are kills."""

TROUBLES_A_DAY = 0.5


def cycle_moments(start: np.datetime64, plan: RehearsalPlan) -> list[pd.Timestamp]:
    """Moments at which the daily job runs, days off left out.

    The last one is the first at which the last day can be called silent.
    """
    first = pd.Timestamp(start) + pd.Timedelta(days=1)
    last = first + pd.Timedelta(days=plan.n_days - 1, hours=NO_DATA_HOURS, minutes=CYCLE_MINUTE)
    n = int((last - first) / pd.Timedelta(hours=plan.cycle_hours)) + 1
    moments = [last - pd.Timedelta(hours=plan.cycle_hours * i) for i in reversed(range(n))]
    off, back = (pd.Timestamp(start) + pd.Timedelta(days=day) for day in plan.days_off)
    return [moment for moment in moments if not off <= moment < back]


def draw_troubles(
    deliveries: Sequence[Delivery],
    start: np.datetime64,
    moments: Sequence[pd.Timestamp],
    plan: RehearsalPlan,
) -> dict[pd.Timestamp, str]:
    """Draw at which runs the machine is killed, started twice, or finds no room.

    Returns
    -------
    troubles
        By moment of the run: one of :data:`TROUBLES`. Only runs that have new files to work on are
        drawn, for there is nothing to cut off in others, and none on the day after the days off,
        whose digest is looked at.
    """
    vary = np.random.default_rng([plan.seed, 3])
    off, back = (pd.Timestamp(start) + pd.Timedelta(days=day) for day in plan.days_off)
    arrivals = np.array([d.moment.value for d in deliveries if d.kind == "whole"])
    ends = np.searchsorted(arrivals, [moment.value for moment in moments], side="right")
    is_calm = [off < back <= moment < back + pd.Timedelta(days=1) for moment in moments]
    n_new = np.diff(ends, prepend=0)
    busy = [m for m, n, calm in zip(moments, n_new, is_calm, strict=True) if n and not calm]
    n_troubles = max(len(TROUBLES) + 1, round(plan.n_days * TROUBLES_A_DAY))
    kinds = [*TROUBLES, *[KILL] * n_troubles][:n_troubles]
    return {busy[i]: kind for i, kind in zip(vary.permutation(len(busy)), kinds, strict=False)}
