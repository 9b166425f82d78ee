"""A run of the daily job at work: what it uses, what it counts, and the facts that it keeps."""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import pandas as pd
import sqlalchemy as sa

from seismomag.core.errors import SeismomagError, StoreError
from seismomag.network.predict import Forecaster, open_forecaster
from seismomag.operate import facts
from seismomag.operate.archive import Archive
from seismomag.operate.clock import now as wall_clock
from seismomag.operate.daily.collecting import Collector, NotYetError
from seismomag.operate.daily.records import Logged
from seismomag.operate.daily.stages import Served
from seismomag.operate.settings import Settings

T = TypeVar("T")

# What concerns one station only; a full or failing disk concerns all, and ends the run.
_OF_ONE_STATION = (SeismomagError, FileNotFoundError, PermissionError)


@dataclass
class Run:
    """One run at work: what it uses and what it counts."""

    settings: Settings
    engine: sa.Engine
    models: Sequence[Served]
    clock: Callable[[], pd.Timestamp] = wall_clock
    n_forecasts: int = 0
    n_records: int = 0
    failures: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    logged: Logged = field(default_factory=Logged)
    pending: set[tuple[str, str]] = field(default_factory=set)
    failed_before: set[tuple[str, str]] = field(default_factory=set)
    failed: set[tuple[str, str, str]] = field(default_factory=set)
    notes: tuple[str, ...] = ()
    sessions: dict[str, Forecaster] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.collector = Collector(self.settings, self.engine, self.clock)

    def forecaster(self, served: Served) -> Forecaster:
        """The open session of a model, the same for every station-day of the run."""
        if served.sha256 not in self.sessions:
            threads = self.settings.operation.threads
            self.sessions[served.sha256] = open_forecaster(served.model, threads=threads)
        return self.sessions[served.sha256]

    @property
    def archive(self) -> Archive:
        """The raw archive."""
        return Archive(self.engine, self.settings.archive)

    def attempt(self, stage: str, code: str, day: np.datetime64, work: Callable[[], T]) -> T | None:
        """Do the work of a stage and keep the fact; None where it did not come about."""
        try:
            done = work()
        except NotYetError as error:
            self.waiting.append(f"{code} {day} {stage}: {error}")
            # What could not be read before is there no longer.
            with self.engine.begin() as connection:
                facts.withdraw(connection, code, stage, str(day))
            return None
        except (SeismomagError, OSError) as error:
            sentence = str(error) or type(error).__name__
            if isinstance(error, StoreError) or not isinstance(error, _OF_ONE_STATION):
                # A disk that is full may not take the fact either.
                with contextlib.suppress(sa.exc.SQLAlchemyError):
                    self._record(stage, code, day, sentence)
                raise
            self.failures.append(f"{code} {day} {stage}: {sentence}")
            self.failed.add((stage, code, str(day)))
            self._record(stage, code, day, sentence)
            return None
        # One of several models that succeeds hides no other that failed.
        if (stage, code, str(day)) not in self.failed:
            self._record(stage, code, day)
        return done

    def attempt_for_all(self, stage: str, work: Callable[[], T]) -> T:
        """Do what every station needs; a failure is a fact of each of them, and ends the run."""
        try:
            return work()
        except (SeismomagError, OSError) as error:
            sentence = str(error) or type(error).__name__
            with contextlib.suppress(sa.exc.SQLAlchemyError):
                facts.record_for_all(
                    self.engine, self.settings.codes, stage, facts.OF_RUN, self.clock(), sentence
                )
            raise

    def _record(self, stage: str, code: str, day: np.datetime64, error: str = "") -> None:
        with self.engine.begin() as connection:
            facts.record_stage(connection, code, stage, str(day), self.clock(), error)
