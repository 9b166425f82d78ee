"""What every proof works with: its bench, and the findings that it ends in."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.core.progress import Progress
from seismomag.experiment.proofs_runs import Arm, ProofPlan, judged_rows
from seismomag.experiment.proofs_world import WorldPlan

Statistic = Callable[[NDArray[np.int64]], float]
"""From positions of rows to a number."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One number of a proof.

    Attributes
    ----------
    name
        What was measured.
    value, low, high
        With its 95 % interval, NaN where there is none.
    demand
        What was asked of it; empty where nothing was.
    is_met
        Whether it is so; None where nothing was asked.
    """

    name: str
    value: float
    low: float = float("nan")
    high: float = float("nan")
    demand: str = ""
    is_met: bool | None = None


@dataclass(frozen=True)
class Bench:
    """What a proof works with."""

    plan: ProofPlan
    world: WorldPlan
    folder: Path
    progress: Progress

    def model(self, arm: Arm, seed: int) -> Path:
        """Give the model folder of one training of an arm."""
        return self.folder / self.plan.proof / f"{arm.name}-{seed}"

    def rows(
        self, arm: Arm, seed: int, store: Path, other: pd.DataFrame | None = None
    ) -> pd.DataFrame:
        """Judge the test rows with one training of an arm."""
        self.progress(f"{self.plan.proof} {arm.name}", seed, len(self.plan.training_seeds))
        folder = self.model(arm, seed)
        return judged_rows(store, arm, folder, seed=seed, epochs=self.plan.epochs, other=other)


def found(
    name: str, value: tuple[float, float, float], demand: str = "", is_met: bool | None = None
) -> Finding:
    """Make a finding of a value with its interval."""
    low, high = value[1:]
    return Finding(name=name, value=value[0], low=low, high=high, demand=demand, is_met=is_met)


def mean_of(values: NDArray[np.float64] | pd.Series) -> Statistic:
    """Give the mean of the known values at some positions."""
    known = np.asarray(values, float)
    return lambda positions: float(np.nanmean(known[positions]))
