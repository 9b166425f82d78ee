"""Marks of the facts: cheap signs that tell whether anything was written since."""

import sqlite3
import threading
from collections.abc import Hashable, Iterator
from pathlib import Path

import sqlalchemy as sa

from seismomag.operate.rehearsal.clock import FILE_NAME as CLOCK_FILE
from seismomag.operate.settings import FILE_NAME, Settings

_FILES = ("verdict.json", "drift.json", CLOCK_FILE, FILE_NAME)
_LOOK = "PRAGMA data_version"
_SNAPSHOT = "SELECT pg_current_snapshot()"
_FOLDERS = ("ledger", "audits", "models", "runs")


class Marks:
    """Looks at the database and at the files beside it.

    Parameters
    ----------
    settings
        The operation.
    engine
        Its database.
    """

    def __init__(self, settings: Settings, engine: sa.Engine) -> None:
        self._settings, self._engine = settings, engine
        self._connection: sa.PoolProxiedConnection | None = None
        self._lock = threading.Lock()

    def now(self) -> Hashable:
        """Return the present marks; equal marks mean equal facts.

        Raises
        ------
        DBAPIError
            The database does not answer.
        """
        return self._database(), tuple(_marks_of(self._settings.folder))

    def close(self) -> None:
        """Close the connection that looks."""
        with self._lock:
            self._drop()

    def _database(self) -> Hashable:
        if self._engine.dialect.name != "sqlite":
            with self._engine.connect() as connection:
                return str(connection.exec_driver_sql(_SNAPSHOT).scalar())
        # ``data_version`` compares with what this very connection saw before.
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = self._engine.raw_connection()
                row = self._connection.cursor().execute(_LOOK).fetchone()
            except sqlite3.Error as error:
                self._drop()
                raise sa.exc.OperationalError(_LOOK, None, error) from error
            except sa.exc.DBAPIError:
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
