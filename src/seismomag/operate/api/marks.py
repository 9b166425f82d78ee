"""Marks of the facts: cheap signs that tell whether anything was written since."""

import sqlite3
import threading
from collections.abc import Callable, Hashable, Iterator
from datetime import datetime
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from seismomag.operate.api.problems import ProblemError
from seismomag.operate.api.times import utc
from seismomag.operate.rehearsed_clock import FILE_NAME as CLOCK_FILE
from seismomag.operate.settings import FILE_NAME, Settings

_FILES = ("verdict.json", "prereg.json", "drift.json", CLOCK_FILE, FILE_NAME)
_FOLDERS = ("ledger", "audits", "models", "runs")


class Marks:
    """Looks at the database and at the files beside it.

    Parameters
    ----------
    settings
        The operation.
    engine
        Its database.
    clock
        UTC now, for "since when".
    """

    def __init__(
        self, settings: Settings, engine: sa.Engine, clock: Callable[[], pd.Timestamp]
    ) -> None:
        self._settings, self._engine, self._clock = settings, engine, clock
        self._connection: sa.PoolProxiedConnection | None = None
        self._lock = threading.Lock()
        self._failing_since: datetime | None = None

    def now(self) -> Hashable:
        """Return the present marks; equal marks mean equal facts.

        On a database that cannot tell (PostgreSQL) the files alone are marked, and answers are
        made again when they are no longer fresh.
        """
        return self._database(), tuple(_marks_of(self._settings.folder))

    def trouble(self, error: Exception) -> ProblemError:
        """Make the problem of a database that does not answer, and keep since when."""
        if self._failing_since is None:
            self._failing_since = utc(self._clock())
        is_locked = "locked" in str(error).lower() or "busy" in str(error).lower()
        since = f"{self._failing_since:%Y-%m-%d %H:%M} UTC"
        if is_locked:
            return ProblemError(
                503,
                "database locked",
                f"the database has been locked since {since}",
                since=self._failing_since,
            )
        return ProblemError(
            503,
            "database not readable",
            f"the database cannot be read since {since}; run: seismomag doctor",
            since=self._failing_since,
        )

    def well(self) -> None:
        """Note that the database answered."""
        self._failing_since = None

    def close(self) -> None:
        """Close the connection that looks."""
        with self._lock:
            self._drop()

    def _database(self) -> Hashable:
        if self._engine.dialect.name != "sqlite":
            return None
        # ``data_version`` compares with what this very connection saw before.
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = self._engine.raw_connection()
                row = self._connection.cursor().execute("PRAGMA data_version").fetchone()
            except (sa.exc.DBAPIError, sqlite3.Error):
                self._drop()
                raise
        database = Path(str(self._engine.url.database))
        return row[0], database.stat().st_ino

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection = None


def _marks_of(folder: Path) -> Iterator[tuple[str, int, int]]:
    for name in _FILES:
        yield from _mark(folder / name)
    for name in _FOLDERS:
        yield from _mark(folder / name)
        if (folder / name).is_dir():
            for path in sorted((folder / name).iterdir()):
                yield from _mark(path)


def _mark(path: Path) -> Iterator[tuple[str, int, int]]:
    try:
        stat = path.stat()
    except FileNotFoundError:
        return
    yield path.name, stat.st_mtime_ns, stat.st_size
