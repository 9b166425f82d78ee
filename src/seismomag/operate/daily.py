"""The daily job: every unfinished day in order, every station by itself, each step once."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
import sqlalchemy as sa

from seismomag.core.errors import CoverageError, SeismomagError, StoreError
from seismomag.network.predict import Forecaster, open_forecaster
from seismomag.operate import drift_watch, facts, ledger, stages
from seismomag.operate.archive import Archive
from seismomag.operate.clock import now as wall_clock
from seismomag.operate.collecting import NETWORK, AskAgainError, Collector, NotYetError
from seismomag.operate.conclusion import Say, conclude, newest_day
from seismomag.operate.daily_consensus import combine_day
from seismomag.operate.daily_ledger import Logged, log_day
from seismomag.operate.database import (
    open_database,
    put_forecasts,
    put_stations,
    require_current,
)
from seismomag.operate.database_tables import forecasts
from seismomag.operate.disk import storage_faults
from seismomag.operate.models_registry import served_models
from seismomag.operate.network_sources import network_stages, take_network
from seismomag.operate.settings import Settings
from seismomag.operate.stages import Served

T = TypeVar("T")

_DAY = np.timedelta64(1, "D")
_MOST_FAILURES = 20
_OPEN_DAYS = 31
"""Days back that are made good without being asked to catch up."""

# What concerns one station only; a full or failing disk concerns all, and ends the run.
_OF_ONE_STATION = (SeismomagError, FileNotFoundError, PermissionError)


@dataclass(frozen=True, kw_only=True)
class DailyReport:
    """What a run did.

    Attributes
    ----------
    days
        Worked on, in order.
    n_forecasts, n_records
        New forecasts (of every model) and new records of the ledger.
    failures
        One sentence for each stage of a station-day that did not come about.
    waiting
        One sentence for each station-day whose file may still come.
    """

    days: tuple[str, ...]
    n_forecasts: int = 0
    n_records: int = 0
    failures: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()

    def sentences(self) -> tuple[str, ...]:
        """Say it to a person."""
        span = f"{self.days[0]} to {self.days[-1]}" if self.days else "no day is due"
        counts = f"{self.n_forecasts} forecasts, {self.n_records} records"
        shown = list(self.failures[:_MOST_FAILURES])
        if len(self.failures) > _MOST_FAILURES:
            shown.append(f"... and {len(self.failures) - _MOST_FAILURES} more; see the status")
        waiting = (f"{len(self.waiting)} files may still come",) if self.waiting else ()
        return (f"{len(self.days)} days ({span}): {counts}", *shown, *waiting)


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


def run_daily(
    settings: Settings,
    *,
    catch_up: bool = False,
    since: np.datetime64 | None = None,
    clock: Callable[[], pd.Timestamp] = wall_clock,
    say: Say = lambda _: None,
) -> DailyReport:
    """Work through every day that is due, then tell operators; safe to be called, and killed.

    Parameters
    ----------
    settings
        The operation.
    catch_up
        Go back to ``start_day``; else a month at most.
    since
        Look again for files of every day from this one on, also of days that have their records.
    clock
        UTC now.
    say
        Gets a sentence for each new alert, also of a run that fails.

    Raises
    ------
    LeaseHeldError
        Another run is at work.
    BrokenChainError
        The ledger is broken; nothing is issued.
    ModelError, ConfigError
        Nothing can be forecast at all.
    StoreError
        The disk is full, fails or may not be written, or the database stays locked.
    """
    engine = open_database(settings.database_url)
    try:
        with storage_faults(settings.folder), _leased(engine):
            put_stations(engine, settings.stations)
            try:
                return _run(settings, engine, catch_up=catch_up, since=since, clock=clock)
            finally:
                # Also when the run failed: that is when operators must hear of it.
                conclude(settings, engine, clock(), say)
    finally:
        engine.dispose()


@contextlib.contextmanager
def _leased(engine: sa.Engine) -> Iterator[None]:
    """Hold the lease of a database of this schema."""
    require_current(engine)
    with facts.lease(engine):
        yield


def _run(
    settings: Settings,
    engine: sa.Engine,
    *,
    catch_up: bool,
    since: np.datetime64 | None,
    clock: Callable[[], pd.Timestamp],
) -> DailyReport:
    run = Run(settings, engine, (), clock)
    run.models = run.attempt_for_all("forecast", lambda: served_models(settings, engine))
    run.logged = run.attempt_for_all("ledger", lambda: Logged.of(ledger.read(settings.ledger)))
    run.failed_before = {
        (row["station_code"], row["day"])
        for row in facts.failures(engine)
        if row["stage"] in facts.DAY_STAGES[1:]
    }
    days = due_days(run, catch_up=catch_up, since=since)
    run_id = facts.begin_run(engine, [str(day) for day in days], clock())
    outcome, sentence = "failed", "cut off by an error; see the log"
    try:
        with run.collector:
            for stage in network_stages(settings):
                _take_network(run, stage, days)
            for day in days:
                _work_day(run, day)
                facts.renew(engine)
        drop_old_tensors(settings, clock())
        _measure_drift(run)
        facts.close_failures(engine, _days_to_come_back_to(run))
        outcome, sentence = "done", f"{len(days)} days, {len(run.failures)} failures"
    except (SeismomagError, OSError) as error:
        sentence = str(error)
        raise
    finally:
        facts.end_run(engine, run_id, outcome, sentence, clock())
    return DailyReport(
        days=tuple(str(day) for day in days),
        n_forecasts=run.n_forecasts,
        n_records=run.n_records,
        failures=tuple(run.failures),
        waiting=tuple(run.waiting),
    )


def _take_network(run: Run, stage: str, days: Sequence[np.datetime64]) -> None:
    """Do a stage of the network; forecasts go on without it, but nobody is told of an alarm."""
    day = np.datetime64(newest_day(run.clock()))
    run.attempt(stage, NETWORK, day, lambda: take_network(stage, run.collector, days))


def _measure_drift(run: Run) -> None:
    """Measure drift once a day; a shift is told to operators, and answered by nobody else."""
    now = run.clock()
    champion = run.models[0]
    last, _ = drift_watch.newest(run.engine, champion.sha256)
    if drift_watch.is_watched(run.settings) and last < f"{now:%Y-%m-%d}":
        day = np.datetime64(newest_day(now))
        work = partial(drift_watch.measure, run.settings, run.engine, champion, now)
        run.attempt("drift", NETWORK, day, work)


def due_days(
    run: Run, *, catch_up: bool, since: np.datetime64 | None = None
) -> list[np.datetime64]:
    """Complete days that lack a record of some station, and the last ones, for late files."""
    operation = run.settings.operation
    now = run.clock().to_datetime64()
    reach = np.timedelta64(run.models[0].grid.reach_s, "s")
    last = (now - reach).astype("datetime64[D]") - _DAY
    first = operation.start_day.to_datetime64().astype("datetime64[D]")
    again = last - (operation.revisit_days - 1) if since is None else since
    if not catch_up:
        first = max(first, min(last - _OPEN_DAYS, again))
    return [
        day
        for day in np.arange(first, last + _DAY)
        if day >= again
        or any((code, str(day)) not in run.logged.days for code in run.settings.codes)
    ]


def _days_to_come_back_to(run: Run) -> set[str]:
    """Days of the next run; what failed on any other has come to its end, with its record."""
    return {str(day) for day in due_days(run, catch_up=False)}


def _work_day(run: Run, day: np.datetime64) -> None:
    for code in run.settings.codes:
        _work_station(run, code, day)
    # Before the ledger: a day that has its records is not come back to.
    work = partial(combine_day, run.settings, run.engine, str(day), run.clock())
    run.attempt("consensus", NETWORK, day, work)
    run.n_records += run.attempt_for_all(
        "ledger",
        lambda: log_day(
            run.settings, run.engine, run.logged, run.models[0], day, run.clock, run.pending
        ),
    )
    facts.close_failures(run.engine, {facts.OF_RUN, *_days_to_come_back_to(run)})


def _work_station(run: Run, code: str, day: np.datetime64) -> None:
    archive = run.archive
    is_new = run.attempt("collect", code, day, lambda: _collect(run, archive, code, day))
    if is_new is None or not (is_new or _is_unfinished(run, archive, code, day)):
        return
    if run.attempt("quality", code, day, lambda: _checked(run, archive, code, day)) is None:
        return
    for served in run.models:
        made = run.attempt("scalogram", code, day, lambda s=served: _made(run, s, code, day))  # type: ignore[misc]
        if made is not None:
            run.attempt("forecast", code, day, lambda s=served, m=made: _said(run, s, m))  # type: ignore[misc]


def _collect(run: Run, archive: Archive, code: str, day: np.datetime64) -> bool:
    try:
        return stages.collect(run.collector, code, day)
    except CoverageError as error:
        if isinstance(error, AskAgainError):
            run.pending.add((code, str(day)))
        # A source may drop what the archive has.
        if archive.revisions(code, day):
            return False
        raise


def _is_unfinished(run: Run, archive: Archive, code: str, day: np.datetime64) -> bool:
    """Whether a model has said nothing since the newest file came, or a stage has failed."""
    wanted = {served.sha256 for served in run.models}
    newest = max((row["received_at"] for row in archive.revisions(code, day)), default="")
    query = sa.select(forecasts.c.model_sha256).where(
        forecasts.c.station_code == code,
        forecasts.c.day == str(day),
        forecasts.c.issued_at >= newest,
    )
    with run.engine.connect() as connection:
        if not wanted <= set(connection.execute(query).scalars()):
            return True
    return (code, str(day)) in run.failed_before


def _checked(run: Run, archive: Archive, code: str, day: np.datetime64) -> bool:
    stages.check_quality(archive, code, day, run.clock())
    return True


def _made(run: Run, served: Served, code: str, day: np.datetime64) -> tuple[pd.Series, Path, str]:
    """Sample, store and input of a station-day; a store that a crash has damaged is made anew."""
    grid = served.grid
    issue = pd.Timestamp(day) + pd.Timedelta(days=1, seconds=grid.reach_s)
    weather = stages.space_weather_until(run.engine, issue)
    sample = stages.sample_of(run.settings, code, day, weather, grid.reach_s)
    try:
        path, digest = stages.transform(run.settings, run.archive, sample, grid)
    except StoreError:
        # Of another grid, or cut off: tensors can be made again, and a full disk fails twice.
        run.settings.tensor(code, str(day)).unlink(missing_ok=True)
        path, digest = stages.transform(run.settings, run.archive, sample, grid)
    return sample.iloc[0], path, digest


def _said(run: Run, served: Served, made: tuple[pd.Series, Path, str]) -> bool:
    sample, path, digest = made
    said = stages.forecast(run.forecaster(served), path)
    row = stages.forecast_row(served, sample, said, digest, run.clock())
    alarm = run.settings.alarm
    key = [
        forecasts.c[name] == row[name]
        for name in ("station_code", "day", "model_sha256", "input_sha256")
    ]
    with run.engine.begin() as connection:
        if connection.execute(sa.select(forecasts.c.day).where(*key)).first() is None:
            row["alarm"] = stages.is_in_alarm(connection, row, alarm.threshold, alarm.window_days)
            put_forecasts(connection, [row])
            run.n_forecasts += 1
    return True


def drop_old_tensors(settings: Settings, now: pd.Timestamp) -> int:
    """Remove tensors past their days; they can be made again from the archive."""
    first = f"{now - pd.Timedelta(days=settings.operation.keep_tensor_days):%Y-%m-%d}"
    old = [p for p in (settings.folder / "tensors").glob("*/*/*.h5") if p.stem < first]
    for path in old:
        path.unlink()
    return len(old)
