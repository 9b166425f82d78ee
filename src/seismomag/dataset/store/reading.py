"""Reading a store of any kind: rows as arrays, samples as a table."""

import json
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from seismomag.core.errors import StoreError
from seismomag.core.schema import check_samples
from seismomag.dataset.store import table_arrays
from seismomag.dataset.store.arrays import JoinedRows, MappedRows, PackedRows, Rows
from seismomag.dataset.store.layout import (
    BIG_ARRAYS,
    JOINED,
    NOT_DONE,
    PACKED,
    ROW_ARRAYS,
    Layout,
    Shard,
)
from seismomag.dataset.store.structure import damage_is_said, read_structure
from seismomag.dataset.store.table import read_table
from seismomag.signal.grid import ScalogramGrid


class Store:
    """Finished rows of a store, for reading.

    Rows that another process finishes become visible as they are done. Use it in a ``with``
    statement, or call :meth:`close`.

    Attributes
    ----------
    path
        Of the file.
    layout
        Kind of the file and places of its arrays.
    grid
        Frequencies, columns and planes of the tensors.
    code_version
        Version of seismomag that made the file.
    provenance
        What the maker kept.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        layout = read_structure(self.path)
        self.layout = layout
        self.grid = layout.grid
        self.code_version = layout.code_version
        with damage_is_said(self.path):
            columns, text = read_table(self.path, layout)
            self._table = table_arrays.to_table(columns)
            self.provenance: dict[str, Any] = json.loads(text)
            self._arrays = _arrays_of(self.path, layout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; arrays that were read stay valid."""
        for rows in self._arrays.values():
            rows.close()
        self._arrays = {}

    @property
    def n_rows(self) -> int:
        """Rows, finished or not."""
        return len(self._table)

    @property
    def frequencies_hz(self) -> NDArray[np.float64]:
        """Frequencies of the tensors [Hz], shape (F,)."""
        return self.grid.frequencies_hz

    @property
    def done(self) -> NDArray[np.bool_]:
        """Whether each row is complete, shape (N,)."""
        return np.asarray(self._rows("done").whole() != NOT_DONE)

    @property
    def samples(self) -> pd.DataFrame:
        """The sample table, with the coverage and the store_row of finished rows."""
        done = self.done
        table = self._table.copy()
        table["coverage"] = np.where(done, self._rows("coverage").whole(), np.nan)
        table["store_row"] = np.where(done, np.arange(self.n_rows), -1)
        return check_samples(table)

    def read(self, rows: ArrayLike, out: NDArray[np.float16] | None = None) -> NDArray[np.float16]:
        """Read tensors as stored.

        Parameters
        ----------
        rows
            Store rows, shape (n,), in any order.
        out
            Where to put them, shape (n, P, F, T); a batch that is used again saves the system
            the work of finding memory.

        Returns
        -------
        planes
            Shape (n, P, F, T), float16: amplitudes [nT], then normalised cross-spectra [1]; NaN
            where masked.

        Raises
        ------
        StoreError
            A row does not exist or is not finished.
        """
        asked = self._finished(rows)
        return self._rows("amplitude").take(asked, out)

    def valid_s(self, rows: ArrayLike) -> NDArray[np.unsignedinteger[Any]]:
        """Read the valid seconds of each column, shape (n, 3, T); errors as for :meth:`read`."""
        return self._rows("valid_s").take(self._finished(rows))

    def inputs_sha256(self, rows: ArrayLike) -> list[str]:
        """Hexadecimal SHA-256 of the inputs of finished rows; zeros for days without input."""
        return [bytes(row).hex() for row in self._rows("inputs").take(self._finished(rows))]

    @property
    def arrays(self) -> frozenset[str]:
        """Names of the arrays of rows."""
        return frozenset(self._arrays)

    def array(self, name: str, rows: ArrayLike) -> NDArray[Any]:
        """Read rows of an array as they lie in the file, finished or not."""
        return self._rows(name).take(self._existing(rows))

    @property
    def flags(self) -> NDArray[np.uint8]:
        """Flags of all rows as stored: 0 not done, 1 done, 2 done but to be verified."""
        return np.array(self._rows("done").whole())

    def _rows(self, name: str) -> Rows:
        if name not in self._arrays:
            msg = f"{self.path}: the store is closed; open it again with open_store"
            raise StoreError(msg)
        return self._arrays[name]

    def _existing(self, rows: ArrayLike) -> NDArray[np.int64]:
        asked = np.atleast_1d(np.asarray(rows, dtype=np.int64))
        outside = asked[(asked < 0) | (asked >= self.n_rows)]
        if outside.size:
            msg = f"{self.path}: no row {outside[0]}; there are {self.n_rows}"
            raise StoreError(msg)
        return asked

    def _finished(self, rows: ArrayLike) -> NDArray[np.int64]:
        asked = self._existing(rows)
        unfinished = asked[self._rows("done").whole()[asked] == NOT_DONE]
        if unfinished.size:
            ids = self._table["sample_id"].iloc[unfinished[:3]]
            msg = f"{self.path}: {unfinished.size} rows are not built yet ({', '.join(ids)})"
            raise StoreError(msg)
        return asked


def _arrays_of(path: Path, layout: Layout) -> dict[str, Rows]:
    if layout.kind == JOINED:
        shards = [_shard(path, shard, layout.grid) for shard in layout.shards]
        lengths = [shard.n_rows for shard in layout.shards]
        common = set.intersection(*(set(shard) for shard in shards))
        return {n: JoinedRows([shard[n] for shard in shards], lengths) for n in common}
    held: dict[str, Rows] = {
        n: MappedRows(layout.places[n], path) for n in ROW_ARRAYS if n in layout.places
    }
    if layout.kind == PACKED:
        held |= {n: PackedRows(path, n, layout.compression) for n in BIG_ARRAYS}
    return held


def _shard(path: Path, shard: Shard, grid: ScalogramGrid) -> dict[str, Rows]:
    """Open one store behind a joined one, as any store is opened."""
    beside = path.parent / shard.name
    if beside.is_symlink():
        msg = f"{path}: the shard {shard.name} is a link to elsewhere; refused"
        raise StoreError(msg)
    layout = read_structure(beside)
    if layout.kind == JOINED or layout.grid != grid:
        msg = f"{path}: the shard {shard.name} is joined itself or of another grid; join anew"
        raise StoreError(msg)
    ids = layout.places["samples/sample_id"].map(beside)
    if (layout.n_rows, table_arrays.ids_sha256(ids)) != (shard.n_rows, shard.ids_sha256):
        msg = f"{path}: the shard {shard.name} has other samples since it was joined; join anew"
        raise StoreError(msg)
    return _arrays_of(beside, layout)


def open_store(path: str | Path) -> Store:
    """Open a store for reading.

    Raises
    ------
    StoreError
        The file is no store, holds links to elsewhere, or is damaged.
    """
    return Store(path)


def read_provenance(path: str | Path) -> tuple[ScalogramGrid, dict[str, Any]]:
    """Read grid and provenance alone, even where the table was written only in part.

    Raises
    ------
    StoreError
        As for :func:`open`, or the provenance itself was written only in part.
    """
    file = Path(path)
    layout = read_structure(file)
    try:
        text = read_table(file, layout)[1]
    except StoreError:
        # The labels may be torn; what was decided when the store was made need not be.
        text = layout.places["provenance"].map(file).tobytes()
    try:
        held: dict[str, Any] = json.loads(text)
    except ValueError as error:
        msg = f"{file}: the provenance is no JSON ({error}); build the store anew"
        raise StoreError(msg) from error
    return layout.grid, held
