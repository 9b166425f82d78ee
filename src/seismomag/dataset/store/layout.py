"""Where everything lies in a store, and how bytes reach the disk; no HDF5 is needed for it."""

import errno
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seismomag.core.errors import StoreError
from seismomag.dataset.store import table_arrays
from seismomag.dataset.store.table_arrays import STORED_COLUMNS
from seismomag.signal.grid import ScalogramGrid

CONTIGUOUS = "contiguous"
PACKED = "packed"
JOINED = "joined"

ROW_ARRAYS = ("amplitude", "valid_s", "coverage", "inputs", "done", "row_crc32")
BIG_ARRAYS = ("amplitude", "valid_s")
OPTIONAL = frozenset({"row_crc32"})
"""Arrays that stores of earlier days do not have."""

NOT_DONE, DONE, TO_VERIFY = 0, 1, 2
"""Flags of a row. ``TO_VERIFY``: complete, but a neighbouring day has been added since."""

_BYTE_SECONDS = 255
_COPY_BYTES = 2**28
_PIECE_BYTES = 2**24


@dataclass(frozen=True)
class Place:
    """Where an array lies in the file."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    offset: int

    @property
    def n_bytes(self) -> int:
        """Length in the file."""
        return int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize

    def map(self, path: Path) -> NDArray[Any]:
        """Look at the array in the file, read-only."""
        return np.memmap(path, self.dtype, mode="r", offset=self.offset, shape=self.shape)


@dataclass(frozen=True)
class Shard:
    """One of the stores that a joined store is made of.

    Attributes
    ----------
    name
        Of the file, which lies in the folder of the joined one.
    n_rows
        Its number of rows.
    ids_sha256
        Hexadecimal SHA-256 of its ``sample_id`` column.
    """

    name: str
    n_rows: int
    ids_sha256: str


@dataclass(frozen=True)
class Layout:
    """Everything that a reader or writer needs to find its way without HDF5.

    Attributes
    ----------
    kind
        ``"contiguous"``, ``"packed"`` or ``"joined"``.
    grid
        Shape of the tensors.
    code_version
        Version of seismomag that made the file.
    n_rows
        Rows, finished or not.
    places
        Arrays that lie in this file as one piece, by name.
    shards
        Of a joined store, in the order of its rows.
    compression
        Of a packed store, else empty.
    is_sealed
        Whether a hash over the structure of the file was there (and right).
    """

    kind: str
    grid: ScalogramGrid
    code_version: str
    n_rows: int
    places: Mapping[str, Place]
    shards: tuple[Shard, ...] = ()
    compression: str = ""
    is_sealed: bool = False


def expected_arrays(n_rows: int, grid: ScalogramGrid) -> dict[str, tuple[tuple[int, ...], str]]:
    """Give shape and type of each array of a store with this many rows."""
    seconds = "u1" if grid.column_s <= _BYTE_SECONDS else "<u2"
    columns = {f"samples/{c}": ((n_rows,), table_arrays.dtype_of(c).str) for c in STORED_COLUMNS}
    return {
        "amplitude": ((n_rows, grid.n_planes, grid.n_frequencies, grid.n_columns), "<f2"),
        "valid_s": ((n_rows, 3, grid.n_columns), seconds),
        "coverage": ((n_rows,), "<f8"),
        "inputs": ((n_rows, 32), "u1"),
        "done": ((n_rows,), "u1"),
        "row_crc32": ((n_rows,), "<u4"),
        "samples_sha256": ((32,), "u1"),
    } | columns


def n_bytes_of(arrays: Mapping[str, tuple[tuple[int, ...], str]]) -> int:
    """Add up the bytes of arrays."""
    return sum(
        int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
        for shape, dtype in arrays.values()
    )


@contextmanager
def finished(path: Path) -> Iterator[Path]:
    """Give a temporary neighbour of a path that takes its name once it is safely on disk.

    Neighbours that processes left which were killed meanwhile are removed.

    Raises
    ------
    StoreError
        The disk is full or read-only, or something else keeps the file from being written;
        nothing is left behind, and what stood under the name before stands there still.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_orphans(path)
        yield unfinished
        _sync(unfinished)
        unfinished.replace(path)
        _sync(path.parent)
    except (OSError, RuntimeError) as error:
        raise not_written(path, error) from error
    finally:
        if unfinished.is_file():
            unfinished.unlink()


def not_written(path: Path, error: Exception) -> StoreError:
    """Turn what the system or HDF5 says about a failed writing into words."""
    reason = getattr(error, "strerror", None) or str(error)
    return StoreError(
        f"{path}: could not be written ({reason}). Finished rows are as they were; free space on "
        "the disk or choose a folder that may be written, then start the same again"
    )


def _remove_orphans(path: Path) -> None:
    for orphan in path.parent.glob(f".{path.name}.*.unfinished"):
        owner = orphan.name.split(".")[-2]
        if owner.isdigit() and not _is_running(int(owner)):
            orphan.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return process != os.getpid()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def reserve(path: Path, n_bytes: int) -> None:
    """Have the file system set aside bytes for a file: a full disk is then known before work.

    Raises
    ------
    OSError
        There is not so much room.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        os.posix_fallocate(descriptor, 0, n_bytes)
    except OSError as error:
        # Some file systems cannot promise anything; then a full disk is an error while writing.
        if error.errno not in (errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS):
            raise
    finally:
        os.close(descriptor)


def require_room(folder: Path, n_bytes: int) -> None:
    """See whether so many bytes can be written into a folder.

    Raises
    ------
    OSError
        They cannot.
    """
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".room.") as file:
        reserve(Path(file.name), n_bytes)


def write_at(descriptor: int, data: bytes | memoryview, offset: int) -> None:
    """Write all of the data at its place in an open file."""
    view = memoryview(data).cast("B")
    while len(view):
        # Unlike a store into mapped memory, a full disk is an error here and not a signal.
        written = os.pwrite(descriptor, view, offset)
        view, offset = view[written:], offset + written


def copy_range(source: int, at: int, target: int, to: int, n_bytes: int) -> None:
    """Copy bytes between open files, inside the kernel where that is possible."""
    while n_bytes:
        step = min(n_bytes, _COPY_BYTES)
        try:
            # Some file systems only share the bytes and copy nothing.
            copied = os.copy_file_range(source, target, step, at, to)
        except OSError as error:
            if error.errno not in (errno.EXDEV, errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS):
                raise
            piece = os.pread(source, min(step, _PIECE_BYTES), at)
            write_at(target, piece, to)
            copied = len(piece)
        if not copied:
            msg = "the file ends before its last row"
            raise OSError(errno.EIO, msg)
        at, to, n_bytes = at + copied, to + copied, n_bytes - copied
