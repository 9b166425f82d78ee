"""What every proof works with: its bench, and the findings that it ends in."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.core.progress import Progress, silent
from seismomag.experiment.proofs.runs import (
    Arm,
    ProofPlan,
    judged_rows,
    world_name,
    world_store,
)
from seismomag.experiment.proofs.world import WorldPlan

_Given = TypeVar("_Given")
_Made = TypeVar("_Made")

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
    axis
        What the value is, with its unit; findings of one axis are drawn together, those without
        one are not drawn.
    nothing
        Value at which nothing is shown, such as chance; NaN where there is none.
    """

    name: str
    value: float
    low: float = float("nan")
    high: float = float("nan")
    demand: str = ""
    is_met: bool | None = None
    axis: str = ""
    nothing: float = float("nan")


@dataclass(frozen=True)
class Work:
    """One training: an arm, a seed, and other labels than those of the store, where so."""

    arm: Arm
    seed: int
    other: pd.DataFrame | None = None


@dataclass(frozen=True)
class Bench:
    """What a proof works with.

    Attributes
    ----------
    plan, world
        What to prove, and on what.
    folder
        Of stores, models and results.
    progress
        Told how far the work is.
    pool
        Processes that train side by side; None: one training after the other, here.
    spent_s
        CPU seconds of what the processes have done, in the order in which it was done.
    """

    plan: ProofPlan
    world: WorldPlan
    folder: Path
    progress: Progress
    pool: Executor | None = None
    spent_s: list[float] = field(default_factory=list)

    def model(self, arm: Arm, seed: int) -> Path:
        """Give the model folder of one training of an arm on this world."""
        return self.folder / "models" / world_name(self.world) / f"{arm.name}-{seed}"

    def store(self) -> Path:
        """Build or find the store of the world."""
        return world_store(self.world, self.folder, self.progress)

    def every(
        self, arms: Sequence[Arm], others: Mapping[str, pd.DataFrame] | None = None
    ) -> dict[str, list[pd.DataFrame]]:
        """Judge the test rows with every training of some arms, by their names.

        ``others`` are samples with other labels than those of the store, for arms of that name.
        """
        labels = others or {}
        works = [
            Work(arm, seed, labels.get(arm.name))
            for arm in arms
            for seed in self.plan.training_seeds
        ]
        judge = partial(_judged, self.store(), self.alone())
        done: dict[str, list[pd.DataFrame]] = {arm.name: [] for arm in arms}
        for k, (work, rows) in enumerate(zip(works, self.each(judge, works), strict=True)):
            done[work.arm.name].append(rows)
            self.progress(f"{self.plan.proof}, trainings", k + 1, len(works))
        return done

    def alone(self) -> "Bench":
        """Give the bench as a process of the pool has it."""
        return replace(self, progress=silent, pool=None, spent_s=[])

    def each(self, act: Callable[[_Given], _Made], given: Iterable[_Given]) -> Iterator[_Made]:
        """Do the same for each of many, in the processes of the pool where there is one."""
        mapped = map if self.pool is None else self.pool.map
        for made, spent_s in mapped(partial(_timed, act), given):
            self.spent_s.append(0.0 if self.pool is None else spent_s)
            yield made


def _timed(act: Callable[[_Given], _Made], given: _Given) -> tuple[_Made, float]:
    """Do something, and say how much CPU time it took [s]."""
    begun = time.process_time()
    made = act(given)
    return made, time.process_time() - begun


def _judged(store: Path, bench: Bench, work: Work) -> pd.DataFrame:
    folder = bench.model(work.arm, work.seed)
    epochs = bench.plan.epochs
    return judged_rows(store, work.arm, folder, seed=work.seed, epochs=epochs, other=work.other)


def found(
    name: str, value: tuple[float, float, float], demand: str = "", is_met: bool | None = None
) -> Finding:
    """Make a finding of a value with its interval."""
    low, high = value[1:]
    return Finding(name=name, value=value[0], low=low, high=high, demand=demand, is_met=is_met)


def drawn(axis: str, findings: Iterable[Finding], nothing: float = float("nan")) -> list[Finding]:
    """Put findings on an axis of the picture."""
    return [replace(f, axis=axis, nothing=nothing) for f in findings]


def mean_of(values: NDArray[np.float64] | pd.Series) -> Statistic:
    """Give the mean of the known values at some positions."""
    known = np.asarray(values, float)
    return lambda positions: float(np.nanmean(known[positions]))
