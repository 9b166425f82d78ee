"""What every command of an operation begins with: its settings, its database, its voice."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from seismomag.operate.database import open_database, require_current, sqlite_url
from seismomag.operate.settings import DATABASE_VARIABLE, Settings, read_settings

if TYPE_CHECKING:
    import sqlalchemy as sa


@contextmanager
def opened(folder: Path) -> "Iterator[tuple[Settings, sa.Engine]]":
    """Open a working directory: what its configuration says, and its database."""
    settings = read_settings(folder)
    engine = open_database(settings.database_url)
    try:
        require_current(engine)
        yield settings, engine
    finally:
        engine.dispose()


def url_of(folder: Path) -> str:
    """Database of a working directory that may not have a configuration yet."""
    return os.environ.get(DATABASE_VARIABLE) or sqlite_url(folder / "seismomag.sqlite")


def say(*lines: str) -> None:
    """Write lines for a person."""
    for line in lines:
        sys.stdout.write(line + "\n")
