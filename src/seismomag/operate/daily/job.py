"""The daily job: every unfinished day in order, every station by itself, each step once."""

import contextlib
import ctypes
import gc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import sqlalchemy as sa

from seismomag.core.errors import SeismomagError
from seismomag.operate import drift_watch, facts, ledger
from seismomag.operate.clock import now as wall_clock
from seismomag.operate.daily.collecting import NETWORK
from seismomag.operate.daily.conclusion import Say, conclude, newest_day
from seismomag.operate.daily.consensus import combine_day
from seismomag.operate.daily.records import Logged, log_day
from seismomag.operate.daily.run import Run
from seismomag.operate.daily.station import work_station
from seismomag.operate.database import (
    open_database,
    put_stations,
    require_current,
)
from seismomag.operate.disk import storage_faults
from seismomag.operate.ledger.keeping import NOT_REGISTERED, require_kept
from seismomag.operate.ledger.preregister import sealed_plan
from seismomag.operate.models_registry import served_models
from seismomag.operate.network_sources import network_stages, take_network
from seismomag.operate.settings import Settings

_DAY = np.timedelta64(1, "D")
_MOST_FAILURES = 30
_OPEN_DAYS = 31
"""Days back that are made good without being asked to catch up."""


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
    notes
        What keeps the records from being scored.
    """

    days: tuple[str, ...]
    n_forecasts: int = 0
    n_records: int = 0
    failures: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def sentences(self) -> tuple[str, ...]:
        """Say it to a person."""
        span = f"{self.days[0]} to {self.days[-1]}" if self.days else "no day is due"
        counts = f"{self.n_forecasts} forecasts, {self.n_records} records"
        told = _by_station(self.failures)
        shown = told[:_MOST_FAILURES]
        if len(told) > _MOST_FAILURES:
            shown.append(f"... and {len(told) - _MOST_FAILURES} more; see the status")
        waiting = (f"{len(self.waiting)} files may still come",) if self.waiting else ()
        return (f"{len(self.days)} days ({span}): {counts}", *shown, *waiting, *self.notes)


def _by_station(failures: Sequence[str]) -> list[str]:
    """Say of each stage of a station the newest day that failed, and how many did."""
    found: dict[tuple[str, str], list[str]] = {}
    for failure in failures:
        code, _, rest = failure.split(" ", 2)
        found.setdefault((code, rest.partition(":")[0]), []).append(failure)
    return [
        days[-1] if len(days) == 1 else f"{days[-1]} (the newest of {len(days)} such days)"
        for days in found.values()
    ]


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
        Nothing can be forecast at all, or the settings are not what was preregistered.
    StoreError
        The disk is full, fails or may not be written, or the database stays locked.
    """
    engine = open_database(settings.database_url)
    try:
        with storage_faults(settings.folder), _leased(engine, settings.folder):
            put_stations(engine, settings.stations)
            try:
                return _run(settings, engine, catch_up=catch_up, since=since, clock=clock)
            finally:
                # Also when the run failed: that is when operators must hear of it.
                conclude(settings, engine, clock(), say)
    finally:
        engine.dispose()
        _give_memory_back()


@contextlib.contextmanager
def _leased(engine: sa.Engine, folder: Path) -> Iterator[None]:
    """Hold the lease of a database of this schema."""
    require_current(engine, folder)
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
    run = _begun(Run(settings, engine, (), clock))
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
        notes=run.notes,
    )


def _give_memory_back() -> None:
    """Return to the system what a run has freed; a scheduler lives for months.

    The GNU C library keeps it in pieces between blocks that are still in use (malloc_trim(3));
    others have no such call and need none. To be called when the sessions of the models are gone,
    for they are most of it.
    """
    gc.collect()
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def _begun(run: Run) -> Run:
    """Open the models and the ledger, and see what failed before."""
    run.models = run.attempt_for_all("forecast", lambda: served_models(run.settings, run.engine))
    run.logged = run.attempt_for_all("ledger", lambda: Logged.of(ledger.read(run.settings.ledger)))
    run.notes = run.attempt_for_all("ledger", lambda: _keep_to_the_plan(run))
    run.failed_before = {
        (row["station_code"], row["day"])
        for row in facts.failures(run.engine)
        if row["stage"] in facts.DAY_STAGES[1:]
    }
    return run


def _keep_to_the_plan(run: Run) -> tuple[str, ...]:
    """Refuse to issue what contradicts the preregistration; say where nothing will be scored."""
    settings, first = run.settings, run.logged.registration
    if first is None:
        return (NOT_REGISTERED,)
    plan = sealed_plan(settings.ledger.parent, first)
    return require_kept(plan, settings, run.models[0], run.clock())


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
        work_station(run, code, day)
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
    if str(day) < _first_kept(run.settings, run.clock()):
        # A catch-up of years would otherwise fill the disk before it comes to its end.
        for code in run.settings.codes:
            run.settings.tensor(code, str(day)).unlink(missing_ok=True)


def _first_kept(settings: Settings, now: pd.Timestamp) -> str:
    return f"{now - pd.Timedelta(days=settings.operation.keep_tensor_days):%Y-%m-%d}"


def drop_old_tensors(settings: Settings, now: pd.Timestamp) -> int:
    """Remove tensors past their days; they can be made again from the archive."""
    first = _first_kept(settings, now)
    old = [p for p in (settings.folder / "tensors").glob("*/*/*.h5") if p.stem < first]
    for path in old:
        path.unlink()
    return len(old)
