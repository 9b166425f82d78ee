"""Writing rows into a store, from any number of processes."""

import os
import zlib
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from seismomag.core.errors import StoreError
from seismomag.dataset.store.layout import (
    DONE,
    NOT_DONE,
    TO_VERIFY,
    Place,
    not_written,
    write_at,
)
from seismomag.dataset.store.structure import read_layout
from seismomag.signal.day import DayTensor

NO_INPUTS = bytes(32)
"""Hash of a row without any input: never equal to that of a day that can be read."""

# What one process may lose when it is killed.
_FLUSH_BYTES = 64 * 2**20


def row_crc32(
    planes: NDArray[np.float16],
    valid_s: NDArray[np.unsignedinteger],
    coverage: float,
    inputs: bytes,
) -> int:
    """CRC-32 of the bytes of one row."""
    value = zlib.crc32(np.ascontiguousarray(planes, "<f2").data)
    value = zlib.crc32(np.ascontiguousarray(valid_s).data, value)
    return zlib.crc32(np.float64(coverage).tobytes() + inputs, value)


class RowWriter:
    """Writes rows at their place; processes must not share rows.

    A row counts as done only after its data have reached the disk, so a process that is killed
    loses some rows and harms none.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        layout = read_layout(self.path)
        self.grid = layout.grid
        self._places = layout.places
        try:
            self._descriptor = os.open(self.path, os.O_RDWR)
        except OSError as error:
            raise not_written(self.path, error) from error
        self._pending: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.flush()
        finally:
            os.close(self._descriptor)

    def flag(self, row: int) -> int:
        """Flag of a row: 0 not done, 1 done, 2 done but to be verified."""
        return int(self._get("done", row)[0])

    def inputs(self, row: int) -> bytes:
        """SHA-256 of what a finished row was made from; :data:`NO_INPUTS` for others."""
        return NO_INPUTS if self.flag(row) == NOT_DONE else self._get("inputs", row)

    def write(self, row: int, tensor: DayTensor, inputs: bytes = NO_INPUTS) -> None:
        """Write one row.

        Parameters
        ----------
        row
            Position in the store.
        tensor
            Of the grid of the store.
        inputs
            SHA-256 of what it was made from (32 bytes).

        Raises
        ------
        StoreError
            The row does not exist, the tensor is of another grid, or the disk is full.
        """
        if self.flag(row) != NOT_DONE:
            self.forget(row)
            # Or a loss of power could leave half a row that still counts as done.
            self._sync()
        self._put("amplitude", row, tensor.planes)
        self._put("valid_s", row, tensor.valid_s)
        self._put("coverage", row, np.array(tensor.coverage))
        self._put("inputs", row, np.frombuffer(inputs, np.uint8))
        if "row_crc32" in self._places:
            valid_s = tensor.valid_s.astype(self._places["valid_s"].dtype, copy=False)
            crc = row_crc32(tensor.planes, valid_s, tensor.coverage, inputs)
            self._put("row_crc32", row, np.array(crc, np.uint32))
        self._pending.append(row)
        if len(self._pending) * tensor.planes.nbytes >= _FLUSH_BYTES:
            self.flush()

    def write_masked(self, row: int) -> None:
        """Write a row of which nothing is known: NaN, no valid second, coverage 0."""
        planes = np.full(self._places["amplitude"].shape[1:], np.nan, np.float16)
        valid_s = np.zeros(self._places["valid_s"].shape[1:], self._places["valid_s"].dtype)
        self.write(row, DayTensor(planes=planes, valid_s=valid_s, coverage=0.0))

    def forget(self, row: int) -> None:
        """Make a row invisible."""
        self._put("done", row, np.array(NOT_DONE))

    def confirm(self, row: int) -> None:
        """Say that a finished row was verified."""
        if self.flag(row) == TO_VERIFY:
            self._put("done", row, np.array(DONE))

    def flush(self) -> None:
        """Bring all rows that were written to the disk, then make them visible."""
        if not self._pending:
            return
        self._sync()
        for row in self._pending:
            self._put("done", row, np.array(DONE))
        self._sync()
        self._pending = []

    def _sync(self) -> None:
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            raise not_written(self.path, error) from error

    def _place(self, name: str, row: int, shape: tuple[int, ...]) -> Place:
        place = self._places[name]
        if not 0 <= row < place.shape[0] or shape != place.shape[1:]:
            msg = (
                f"{self.path}: {name} of shape {shape} does not fit row {row} of "
                f"{place.shape}; is it of the grid of the store?"
            )
            raise StoreError(msg)
        return place

    def _get(self, name: str, row: int) -> bytes:
        place = self._place(name, row, self._places[name].shape[1:])
        size = place.n_bytes // place.shape[0]
        return os.pread(self._descriptor, size, place.offset + row * size)

    def _put(self, name: str, row: int, values: NDArray[np.generic]) -> None:
        place = self._place(name, row, values.shape)
        data = np.ascontiguousarray(values, dtype=place.dtype).reshape(-1).view(np.uint8)
        try:
            write_at(self._descriptor, data.data, place.offset + row * data.size)
        except OSError as error:
            raise not_written(self.path, error) from error
