"""The daily job as a scheduler runs it, in processes that may be killed; the clock is invented."""

import os
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import pandas as pd

from seismomag.core.errors import SeismomagError
from seismomag.operate import reasons
from seismomag.operate.daily.job import run_daily
from seismomag.operate.database import open_database
from seismomag.operate.settings import Settings, read_settings

NOBODY = 65534
FULL_AT_BYTES = 200_000
"""Largest file on the disk that is "full": too little for a tensor, enough for a record."""

SECONDS_BETWEEN_LOOKS = 0.25

FULL, READ_ONLY = "full disk", "read-only disk"


@dataclass(frozen=True, kw_only=True)
class CycleReport:
    """What a cycle did, measured in its own process.

    Attributes
    ----------
    moment
        Simulated time at which it began.
    seconds
        It took, by the wall clock.
    n_forecasts, n_records
        As the job counts them.
    n_days
        Days that it looked at.
    error
        Class and message of what ended it; empty if it was done.
    resident_bytes, peak_bytes, n_descriptors
        Of the process, after the cycle; 0 where the system does not tell.
    """

    moment: pd.Timestamp
    seconds: float
    n_forecasts: int = 0
    n_records: int = 0
    n_days: int = 0
    error: str = ""
    resident_bytes: int = 0
    peak_bytes: int = 0
    n_descriptors: int = 0

    @property
    def is_done(self) -> bool:
        """Whether nothing ended it early."""
        return not self.error


def run_cycle(
    folder: Path, moment: pd.Timestamp, hindrance: str = "", pace: float = 1.0
) -> CycleReport:
    """Run the daily job, as ``seismomag daily`` does.

    Parameters
    ----------
    folder
        The working directory.
    moment
        Simulated time of the start.
    hindrance
        ``full disk`` or ``read-only disk``, empty for none; it stays with the process.
    pace
        Simulated seconds a second from there on; 0 for a clock that stands, so that two runs
        write the same.
    """
    began = time.perf_counter()

    def clock() -> pd.Timestamp:
        return moment + pd.Timedelta(seconds=pace * (time.perf_counter() - began))

    report, error = None, ""
    try:
        settings = read_settings(folder)
        _hinder(hindrance, settings)
        report = run_daily(settings, clock=clock, catch_up=True)
    except Exception as failure:  # noqa: BLE001 - whatever ends a run is what is looked at
        error = f"{type(failure).__name__}: {failure}"
    return CycleReport(
        moment=moment,
        seconds=time.perf_counter() - began,
        n_forecasts=report.n_forecasts if report else 0,
        n_records=report.n_records if report else 0,
        n_days=len(report.days) if report else 0,
        error=error,
        resident_bytes=_resident_bytes(),
        peak_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        n_descriptors=_n_descriptors(),
    )


def _hinder(hindrance: str, settings: Settings) -> None:
    if hindrance == FULL:
        resource.setrlimit(resource.RLIMIT_FSIZE, (FULL_AT_BYTES, resource.RLIM_INFINITY))
    elif hindrance == READ_ONLY and os.geteuid() == 0:
        # Somebody without rights may be unable to load what the run needs.
        reasons.sentences()
        with open_database(settings.database_url).connect() as connection:
            connection.exec_driver_sql("SELECT 1")
        # Root may write everywhere; somebody without rights may not.
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def _resident_bytes() -> int:
    path = Path("/proc/self/statm")
    if not path.is_file():
        return 0
    return int(path.read_text().split()[1]) * resource.getpagesize()


def _n_descriptors() -> int:
    path = Path("/proc/self/fd")
    return len(list(path.iterdir())) if path.is_dir() else 0


class Machine:
    """Processes that run cycles of one working directory.

    One of them lives as long as the rehearsal, as a scheduler does; others live for one cycle
    and are killed, hindered, or started twice. All are forked from a clean server that has
    imported what they need, so that a kill meets work and not imports.

    Parameters
    ----------
    folder
        The working directory.
    pace
        Of the clock within a cycle; see :func:`run_cycle`.
    """

    def __init__(self, folder: Path, pace: float = 1.0) -> None:
        self.folder, self.pace = folder, pace
        self._context = get_context("forkserver")
        self._context.set_forkserver_preload([__name__])
        self._scheduler: tuple[BaseProcess, Connection] | None = None

    def run(self, moment: pd.Timestamp) -> CycleReport:
        """Run a cycle in the process that lives on; the first call starts it.

        Raises
        ------
        SeismomagError
            The process has died.
        """
        if self._scheduler is None:
            line, theirs = self._context.Pipe()
            process = self._context.Process(
                target=_serve, args=(self.folder, self.pace, theirs), daemon=True
            )
            process.start()
            theirs.close()
            self._scheduler = process, line
        line = self._scheduler[1]
        try:
            line.send(moment)
            report: CycleReport = line.recv()
        except (EOFError, OSError) as error:
            msg = f"{self.folder}: the scheduler of the rehearsal died ({type(error).__name__})"
            raise SeismomagError(msg) from error
        return report

    def run_apart(
        self,
        moment: pd.Timestamp,
        *,
        n: int = 1,
        hindrance: str = "",
        longest_s: float | None = None,
    ) -> list[CycleReport]:
        """Run a cycle in ``n`` processes at once, each of its own; end it after ``longest_s``."""
        started = [self._start(moment, hindrance) for _ in range(n)]
        reports = []
        for process, line in started:
            if line.poll(longest_s):
                reports.append(line.recv())
            else:
                process.kill()
                error = f"ended after {longest_s:.0f} s"
                reports.append(CycleReport(moment=moment, seconds=longest_s or 0.0, error=error))
            process.join()
            line.close()
        return reports

    def kill(
        self,
        moment: pd.Timestamp,
        longest_s: float,
        is_time: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Start a cycle and end it with ``kill -9``; give whether it was still at work.

        Parameters
        ----------
        moment
            Simulated time of the start.
        longest_s
            It is killed after so long.
        is_time
            Looked at meanwhile; it is killed as soon as this holds.
        """
        process, line = self._start(moment, "")
        end_s = time.monotonic() + longest_s
        while process.is_alive() and (left_s := end_s - time.monotonic()) > 0 and not is_time():
            process.join(min(SECONDS_BETWEEN_LOOKS, left_s))
        is_at_work = process.is_alive()
        process.kill()
        process.join()
        line.close()
        return is_at_work

    def close(self) -> None:
        """End the process that lives on."""
        if self._scheduler is not None:
            process, line = self._scheduler
            line.close()
            process.join(10)
            process.kill()
            process.join()

    def _start(self, moment: pd.Timestamp, hindrance: str) -> tuple[BaseProcess, Connection]:
        mine, theirs = self._context.Pipe(duplex=False)
        process = self._context.Process(
            target=_once, args=(self.folder, moment, hindrance, self.pace, theirs), daemon=True
        )
        process.start()
        theirs.close()
        return process, mine


def _serve(folder: Path, pace: float, line: Connection) -> None:
    while True:
        try:
            moment = line.recv()
        except EOFError:
            return
        line.send(run_cycle(folder, moment, pace=pace))


def _once(
    folder: Path, moment: pd.Timestamp, hindrance: str, pace: float, line: Connection
) -> None:
    line.send(run_cycle(folder, moment, hindrance, pace))
