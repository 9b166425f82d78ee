"""What goes wrong at a station: lost days, gaps, spikes, steps."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from seismomag.core.constants import SECONDS_PER_DAY
from seismomag.core.kinds import check_kinds
from seismomag.simulate.checks import require_not_negative, require_share
from seismomag.simulate.seeds import Purpose, generator


@dataclass(frozen=True, kw_only=True)
class FaultPlan:
    """How often a station fails.

    Attributes
    ----------
    lost_day_share
        Share of days of which nothing was recorded.
    gaps_per_day, gap_s
        Number of gaps (Poisson) and their mean length (exponential) [1/day, s].
    spikes_per_day, spike_nt
        Number of single wrong samples in one component (Poisson), and the scale of their size
        (normal) [1/day, nT].
    steps_per_day, step_nt
        Number of jumps that stay (Poisson), and the scale of their size in each component
        (normal) [1/day, nT].
    """

    lost_day_share: float = 0.01
    gaps_per_day: float = 0.3
    gap_s: float = 120.0
    spikes_per_day: float = 0.3
    spike_nt: float = 20.0
    steps_per_day: float = 0.01
    step_nt: float = 3.0

    def __post_init__(self) -> None:
        check_kinds(self)
        require_share(self, "lost_day_share")
        require_not_negative(
            self,
            *("gaps_per_day", "gap_s", "spikes_per_day", "spike_nt", "steps_per_day", "step_nt"),
        )


NO_FAULTS = FaultPlan(lost_day_share=0, gaps_per_day=0, spikes_per_day=0, steps_per_day=0)


def is_lost(plan: FaultPlan, seed: int, station: int, day: int) -> bool:
    """Whether nothing was recorded on a day."""
    return bool(generator(seed, Purpose.DAY_LOSS, station, day).random() < plan.lost_day_share)


def apply_faults(
    plan: FaultPlan, seed: int, station: int, day: int, field_nt: NDArray[np.float64]
) -> None:
    """Put spikes and gaps into a station-day, in place.

    Parameters
    ----------
    plan, seed, station, day
        As everywhere in this floor.
    field_nt
        Shape (3, 86400) [nT]; gaps become NaN in all components.
    """
    rng = generator(seed, Purpose.GAPS, station, day)
    n_spikes = rng.poisson(plan.spikes_per_day)
    rows = rng.integers(0, 3, n_spikes)
    field_nt[rows, rng.integers(0, SECONDS_PER_DAY, n_spikes)] += plan.spike_nt * (
        rng.standard_normal(n_spikes)
    )
    n_gaps = rng.poisson(plan.gaps_per_day)
    starts = rng.integers(0, SECONDS_PER_DAY, n_gaps)
    for start, length in zip(starts, rng.exponential(plan.gap_s, n_gaps), strict=True):
        field_nt[:, start : start + max(1, round(length))] = np.nan


def step_levels(
    plan: FaultPlan, seed: int, station: int, first_day: int, day: int
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Look up the jumps of the base line.

    Parameters
    ----------
    plan, seed, station
        As everywhere in this floor.
    first_day
        Day from which jumps are counted.
    day
        Day in question.

    Returns
    -------
    level_nt
        Shape (3,): the sum of all jumps before the day [nT].
    second_of_day, jump_nt
        Shapes (k,) and (k, 3): the jumps within the day [s, nT].
    """
    when_s, jump_nt = _steps(plan, seed, station)
    begin = (day - first_day) * SECONDS_PER_DAY
    first, last = np.searchsorted(when_s, [begin, begin + SECONDS_PER_DAY])
    return jump_nt[:first].sum(axis=0), when_s[first:last] - begin, jump_nt[first:last]


_STEP_SPAN_DAYS = 36_525


@lru_cache(maxsize=64)
def _steps(
    plan: FaultPlan, seed: int, station: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Draw the jumps of a century, so that they depend neither on the day nor on the span."""
    rng = generator(seed, Purpose.STEPS, station)
    n = rng.poisson(plan.steps_per_day * _STEP_SPAN_DAYS)
    when_s = np.sort(rng.integers(0, _STEP_SPAN_DAYS * SECONDS_PER_DAY, n))
    return when_s, plan.step_nt * rng.standard_normal((n, 3))
