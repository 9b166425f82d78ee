"""Writing rows into a store, from any number of processes."""

import os
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from seismomag.core.errors import StoreError
from seismomag.dataset.store import read_layout
from seismomag.dataset.store_layout import write_at
from seismomag.signal.day import DayTensor

NO_INPUTS = bytes(32)
"""Hash of a row without any input: never equal to that of a day that can be read."""

# What one process may lose when it is killed.
_FLUSH_BYTES = 64 * 2**20


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
        self._descriptor = os.open(self.path, os.O_RDWR)
        self._pending: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.flush()
        finally:
            os.close(self._descriptor)

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
            The row does not exist or the tensor is of another grid.
        """
        self.forget(row)
        self._put("amplitude", row, tensor.planes)
        self._put("valid_s", row, tensor.valid_s)
        self._put("coverage", row, np.array(tensor.coverage))
        self._put("inputs", row, np.frombuffer(inputs, np.uint8))
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
        self._put("done", row, np.array(0))

    def flush(self) -> None:
        """Bring all rows that were written to the disk, then make them visible."""
        if not self._pending:
            return
        os.fsync(self._descriptor)
        for row in self._pending:
            self._put("done", row, np.array(1))
        os.fsync(self._descriptor)
        self._pending = []

    def _put(self, name: str, row: int, values: NDArray[np.generic]) -> None:
        place = self._places[name]
        if not 0 <= row < place.shape[0] or values.shape != place.shape[1:]:
            msg = (
                f"{self.path}: {name} of shape {values.shape} does not fit row {row} of "
                f"{place.shape}; is it of the grid of the store?"
            )
            raise StoreError(msg)
        data = np.ascontiguousarray(values, dtype=place.dtype).reshape(-1).view(np.uint8)
        write_at(self._descriptor, data.data, place.offset + row * data.size)
