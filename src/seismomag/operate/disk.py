"""The disk of an operation: its room, and what it refuses."""

import errno
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from seismomag.core.errors import StoreError
from seismomag.operate.redaction import redacted

_OF_THE_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS}
_LITTLE_BYTES = 20_000_000


def free_gb(folder: Path) -> float:
    """Free room of the disk that holds a folder [GB]."""
    return shutil.disk_usage(folder).free / 1e9


@contextmanager
def storage_faults(folder: Path) -> Iterator[None]:
    """Tell a full, failing or read-only disk and a database that refuses as what they are.

    Raises
    ------
    StoreError
        Names what was refused, without a password; what was written before stays, and the next
        run goes on from it.
    """
    advice = "what was written stays; when the cause is gone, run again"
    try:
        yield
    except sa.exc.DatabaseError as error:
        # Its other kinds are mistakes of ours.
        if type(error) not in {sa.exc.OperationalError, sa.exc.DatabaseError}:
            raise
        said = redacted(" ".join(str(error.orig).split()))
        msg = f"{folder}: the database refuses ({said}){_state_of(folder)}; {advice}"
        raise StoreError(msg) from error
    except OSError as error:
        if error.errno not in _OF_THE_DISK:
            raise
        msg = f"{error.filename or folder}: {error.strerror}; {advice}"
        raise StoreError(msg) from error


def _state_of(folder: Path) -> str:
    """What the disk itself says, which a database does not."""
    if sys.platform == "win32":
        return ""
    disk = os.statvfs(folder)
    if disk.f_flag & os.ST_RDONLY:
        return "; its disk is mounted read-only"
    free_bytes = disk.f_bavail * disk.f_frsize
    return f"; its disk has {free_bytes:,} bytes left" if free_bytes < _LITTLE_BYTES else ""
