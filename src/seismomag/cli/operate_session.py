"""What every command of an operation begins with: its settings, its database, its voice."""

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from seismomag.operate.clock import now
from seismomag.operate.database import open_database, require_current, sqlite_url
from seismomag.operate.disk import storage_faults
from seismomag.operate.settings import DATABASE_VARIABLE, Settings, read_settings
from seismomag.operate.trail import Write, traced

if TYPE_CHECKING:
    import sqlalchemy as sa


CONSOLE = "console"
"""Role of whoever works at the machine itself: the rights are those of the operating system."""


@contextmanager
def opened(folder: Path) -> "Iterator[tuple[Settings, sa.Engine]]":
    """Open a working directory: what its configuration says, and its database.

    Raises
    ------
    StoreError
        The database is locked, cannot be reached or is none, or the disk refuses.
    ConfigError
        The configuration is wrong, or the database has another schema.
    """
    settings = read_settings(folder)
    with database_of(folder, settings.database_url) as engine:
        require_current(engine, folder)
        yield settings, engine


@contextmanager
def database_of(folder: Path, url: str) -> "Iterator[sa.Engine]":
    """Open a database, whatever its schema; its troubles are told as what they are."""
    with storage_faults(folder):
        engine = open_database(url)
        try:
            yield engine
        finally:
            engine.dispose()


@contextmanager
def at_console(engine: "sa.Engine", action: str, subject: str, reason: str = "") -> Iterator[None]:
    """Do a write in the name of the operating system's user; it leaves its line in the trail."""
    write = Write(by=user_name(), role=CONSOLE, action=action, subject=subject, reason=reason)
    with traced(engine, write, now()):
        yield


def user_name() -> str:
    """Name of the operating system's user, or the number where it has no name."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        # A container may run as a number that is in no list.
        return f"uid {os.getuid()}"


def url_of(folder: Path) -> str:
    """Database of a working directory that may not have a configuration yet."""
    return os.environ.get(DATABASE_VARIABLE) or sqlite_url(folder / "seismomag.sqlite")


def say(*lines: str) -> None:
    """Write lines for a person."""
    for line in lines:
        sys.stdout.write(line + "\n")
