"""Where everything lies in a store, and how bytes reach the disk; no HDF5 is needed for it."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seismomag.dataset import table_arrays
from seismomag.dataset.table_arrays import STORED_COLUMNS
from seismomag.signal.grid import ScalogramGrid

_BYTE_SECONDS = 255


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
class Layout:
    """Everything that a reader or writer needs to find its way without HDF5."""

    grid: ScalogramGrid
    code_version: str
    places: Mapping[str, Place]


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
        "samples_sha256": ((32,), "u1"),
    } | columns


@contextmanager
def finished(path: Path) -> Iterator[Path]:
    """Give a temporary neighbour of a path that takes its name once it is safely on disk."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield unfinished
        _sync(unfinished)
        unfinished.replace(path)
        _sync(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_at(descriptor: int, data: bytes | memoryview, offset: int) -> None:
    """Write all of the data at its place in an open file."""
    view = memoryview(data).cast("B")
    while len(view):
        # Unlike a store into mapped memory, a full disk is an error here and not a signal.
        written = os.pwrite(descriptor, view, offset)
        view, offset = view[written:], offset + written
