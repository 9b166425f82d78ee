"""A hash over the structure of a store, behind the end of its HDF5 file.

The structure (every byte outside the arrays) is written once and never again. HDF5 can search a
damaged structure for ever; with the seal, no damaged store of ours reaches HDF5. Files without
a seal (HDF5 removes it whenever it opens a file for writing) still go through all other checks.
A seal protects from accidents, not from people: anybody can compute one.

::

    [start, length] of each array (int64)  |  number of these (uint64)  |  SHA-256  |  mark
"""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seismomag.core.errors import StoreError

MARK = b"\nseismomag seal\n"
_TAIL_BYTES = 8 + 32 + len(MARK)
_EXTENT_BYTES = 16
_MOST_STRUCTURE_BYTES = 2**30


def seal(path: Path, extents: Iterable[tuple[int, int]]) -> None:
    """Append the seal to a finished HDF5 file.

    Parameters
    ----------
    path
        The file, closed.
    extents
        First byte and length of everything that may change or is too large to hash.
    """
    table = np.array(sorted(e for e in extents if e[1]), dtype="<i8").reshape(-1, 2)
    size = path.stat().st_size
    with path.open("r+b") as file:
        digest = _digest(file.fileno(), size, table)
        file.seek(size)
        file.write(table.tobytes() + len(table).to_bytes(8, "little") + digest + MARK)
        file.flush()
        os.fsync(file.fileno())


def refuse_broken(path: Path) -> bool:
    """Compare the structure of a file with its seal.

    Returns
    -------
    is_sealed
        False if there is no seal.

    Raises
    ------
    StoreError
        The structure is not what was sealed.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        size = os.fstat(descriptor).st_size
        tail = os.pread(descriptor, _TAIL_BYTES, max(size - _TAIL_BYTES, 0))
        if len(tail) < _TAIL_BYTES or not tail.endswith(MARK):
            return False
        n_bytes = int.from_bytes(tail[:8], "little") * _EXTENT_BYTES
        end = size - _TAIL_BYTES - n_bytes
        if end < 0 or n_bytes > _MOST_STRUCTURE_BYTES:
            raise _broken(path)
        table = np.frombuffer(os.pread(descriptor, n_bytes, end), "<i8").reshape(-1, 2)
        if _digest(descriptor, end, table) != tail[8:40]:
            raise _broken(path)
    finally:
        os.close(descriptor)
    return True


def _broken(path: Path) -> StoreError:
    return StoreError(
        f"{path}: damaged, its structure is not the one that was sealed; take a copy of it from "
        "a backup, or build the store anew"
    )


def _digest(descriptor: int, end: int, extents: NDArray[np.int64]) -> bytes:
    """SHA-256 over the bytes of the file outside the extents, and over these."""
    whole = hashlib.sha256(extents.tobytes())
    at = hashed = 0
    for start, length in [*extents.tolist(), [end, 0]]:
        hashed += max(min(start, end) - at, 0)
        if hashed > _MOST_STRUCTURE_BYTES:
            return b""
        whole.update(os.pread(descriptor, max(min(start, end) - at, 0), at))
        at = min(max(start + length, at), end)
    return whole.digest()
