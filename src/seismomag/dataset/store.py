"""The one HDF5 file that holds the tensors and their table; the only door to h5py.

::

    /amplitude       (N, planes, F, T)  float16   the tensors, in the order of grid.planes
    /valid_s         (N, 3, T)          uint8/16  valid seconds of each column
    /coverage        (N,)               float64   share of the day that is valid
    /inputs          (N, 32)            uint8     SHA-256 of the three days behind a row
    /done            (N,)               uint8     1: the row is complete; nothing else is visible
    /samples/...     (N,)                         the sample table, one array a column
    /provenance      (bytes,)           uint8     JSON: what the caller wants to keep
    /samples_sha256  (32,)              uint8     of that table and the provenance
    attributes: layout, grid (JSON), code_version

All arrays are contiguous and allocated when the file is made, so HDF5 never has to be opened for
writing again: rows are written at their place in the file, by as many processes as wanted, and
a process that dies leaves a file whose structure nobody had touched. ``done`` follows the
data to the disk.
"""

# h5py ships no types and re-exports its names without saying so.
# mypy: disable-error-code="attr-defined, name-defined, no-untyped-call"

import json
import os
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

import h5py
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from seismomag.core.errors import ConfigError, StoreError
from seismomag.core.schema import check_samples
from seismomag.dataset import table_arrays
from seismomag.dataset.store_layout import Layout, Place, expected_arrays, finished, write_at
from seismomag.dataset.table_arrays import STORED_COLUMNS
from seismomag.signal.grid import ScalogramGrid

LAYOUT = "seismomag store: contiguous rows"
_ARRAYS = ("amplitude", "valid_s", "coverage", "inputs", "done")
_SMALL = ("samples_sha256", "provenance")

# Room to write more later; JSON does not mind blanks at its end.
_PROVENANCE_BYTES = 2**16


def create(
    path: str | Path,
    samples: pd.DataFrame,
    grid: ScalogramGrid,
    *,
    provenance: Mapping[str, Any],
) -> Path:
    """Make a store with room for every sample and no finished row.

    The file appears under its name only when it is whole.

    Parameters
    ----------
    path
        Must not exist yet.
    samples
        The sample table; row i of the store belongs to row i of the table.
    grid
        Shape of the tensors.
    provenance
        Anything that JSON can hold: configuration, sources.

    Returns
    -------
    path

    Raises
    ------
    StoreError
        The path exists, there are no samples, or a text does not fit.
    """
    final = Path(path)
    if final.exists():
        msg = f"{final}: exists already; open it, or remove it to begin anew"
        raise StoreError(msg)
    if samples.empty:
        msg = f"{final}: a store needs at least one sample, found none"
        raise StoreError(msg)
    arrays = table_arrays.to_arrays(check_samples(samples))
    with finished(final) as unfinished, h5py.File(unfinished, "w") as file:
        file.attrs["layout"] = LAYOUT
        file.attrs["grid"] = json.dumps(grid.to_dict(), sort_keys=True)
        file.attrs["code_version"] = version("seismomag")
        for name, (shape, dtype) in expected_arrays(len(samples), grid).items():
            _allocate(file, name, shape, np.dtype(dtype))
        for column, values in arrays.items():
            file[f"samples/{column}"][...] = values
        text = _to_json(provenance)
        text = text.ljust(max(_PROVENANCE_BYTES, 2 * len(text)))
        _allocate(file, "provenance", (len(text),), np.dtype("u1"))
        file["provenance"][...] = np.frombuffer(text, np.uint8)
        digest = table_arrays.digest_of(arrays, text)
        file["samples_sha256"][...] = np.frombuffer(digest, np.uint8)
    return final


def _to_json(provenance: Mapping[str, Any]) -> bytes:
    return json.dumps(dict(provenance), sort_keys=True, default=str).encode()


def _allocate(file: h5py.File, name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    """Reserve the bytes of an array now, so that its place never changes."""
    plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plan.set_layout(h5py.h5d.CONTIGUOUS)
    plan.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    plan.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    plan.set_obj_track_times(False)
    links = h5py.h5p.create(h5py.h5p.LINK_CREATE)
    links.set_create_intermediate_group(True)
    space = h5py.h5s.create_simple(shape)
    kind = h5py.h5t.py_create(dtype, logical=True)
    h5py.h5d.create(file.id, name.encode(), kind, space, plan, lcpl=links)


def read_layout(path: Path) -> Layout:
    """Find the arrays of a store, and refuse every file that is not exactly one."""
    if not path.is_file():
        msg = f"{path}: no such store; build it first"
        raise StoreError(msg)
    try:
        with h5py.File(path, "r") as file:
            if str(file.attrs.get("layout", "")) != LAYOUT:
                msg = f"{path}: an HDF5 file, but not a store of seismomag; nothing is read from it"
                raise StoreError(msg)
            return _layout_of(file, path)
    except (OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
        if isinstance(error, ConfigError):
            msg = f"{path}: the store has an impossible grid ({error})"
        else:
            msg = f"{path}: not readable as a store ({error}); build it anew"
        raise StoreError(msg) from error


def _layout_of(file: h5py.File, path: Path) -> Layout:
    _refuse_links(file, {*_ARRAYS, *_SMALL, "samples"}, path)
    _refuse_links(file["samples"], set(STORED_COLUMNS), path)
    grid = ScalogramGrid.from_dict(json.loads(str(file.attrs["grid"])))
    size = path.stat().st_size
    n_rows = _place(file["done"], f"{path}: /done").shape[0]
    length = _place(file["provenance"], f"{path}: /provenance").shape[:1]
    expected = expected_arrays(n_rows, grid) | {"provenance": (length, "u1")}
    places = {}
    for name, (shape, dtype) in expected.items():
        place = _place(file[name], f"{path}: /{name}")
        if (place.shape, place.dtype) != (shape, np.dtype(dtype)):
            msg = (
                f"{path}: /{name} is {place.dtype} {place.shape}, expected {dtype} {shape} for "
                "its grid; build it anew"
            )
            raise StoreError(msg)
        if place.offset + place.n_bytes > size:
            msg = f"{path}: /{name} ends beyond the end of the file; it was cut short"
            raise StoreError(msg)
        places[name] = place
    return Layout(grid, str(file.attrs["code_version"]), places)


def _refuse_links(group: h5py.Group, expected: set[str], path: Path) -> None:
    found = set(group) if isinstance(group, h5py.Group) else set()
    if found != expected:
        strange = ", ".join(sorted(found ^ expected))
        msg = f"{path}: {group.name} differs from a store in {strange}; nothing is read from it"
        raise StoreError(msg)
    for name in sorted(found):
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            msg = f"{path}: {name} is a link to elsewhere; a store holds its own data. Refused"
            raise StoreError(msg)


def _place(dataset: h5py.Dataset, what: str) -> Place:
    if not isinstance(dataset, h5py.Dataset) or not dataset.shape:
        msg = f"{what} is not an array; nothing is read from it"
        raise StoreError(msg)
    if dataset.external or dataset.is_virtual:
        msg = f"{what} lies in other files; a store holds its own data. Refused"
        raise StoreError(msg)
    if dataset.chunks is not None or dataset.id.get_offset() is None:
        msg = f"{what} is not one contiguous, allocated array; build the store anew"
        raise StoreError(msg)
    return Place(dataset.dtype, tuple(dataset.shape), int(dataset.id.get_offset()))


class Store:
    """Finished rows of a store, for reading.

    Rows that another process finishes become visible as they are done. Use it in a ``with``
    statement, or call :meth:`close`.

    Attributes
    ----------
    path
        Of the file.
    grid
        Frequencies, columns and planes of the tensors.
    code_version
        Version of seismomag that made the file.
    provenance
        What the maker kept.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        layout = read_layout(self.path)
        self.grid = layout.grid
        self.code_version = layout.code_version
        self._maps = {name: layout.places[name].map(self.path) for name in _ARRAYS}
        columns = {
            c: np.array(layout.places[f"samples/{c}"].map(self.path)) for c in STORED_COLUMNS
        }
        written = layout.places["samples_sha256"].map(self.path).tobytes()
        text = layout.places["provenance"].map(self.path).tobytes()
        if table_arrays.digest_of(columns, text) != written:
            msg = (
                f"{self.path}: the table of samples was written only in part; write it again "
                "with store.write_samples, or run the build again"
            )
            raise StoreError(msg)
        self._table = table_arrays.to_table(columns)
        self.provenance: dict[str, Any] = json.loads(text)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; arrays that were read stay valid."""
        self._maps = {}

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
        return np.asarray(self._map("done") == 1)

    @property
    def samples(self) -> pd.DataFrame:
        """The sample table, with the coverage and the store_row of finished rows."""
        done = self.done
        table = self._table.copy()
        table["coverage"] = np.where(done, self._map("coverage").astype(np.float64), np.nan)
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
        # All rows exist; "clip" keeps numpy from copying through a buffer to make sure of it.
        return np.take(np.asarray(self._map("amplitude")), asked, axis=0, out=out, mode="clip")

    def valid_s(self, rows: ArrayLike) -> NDArray[np.unsignedinteger[Any]]:
        """Read the valid seconds of each column, shape (n, 3, T); errors as for :meth:`read`."""
        return np.asarray(self._map("valid_s")[self._finished(rows)])

    def inputs_sha256(self, rows: ArrayLike) -> list[str]:
        """Hexadecimal SHA-256 of the inputs of finished rows; zeros for days without input."""
        return [bytes(row).hex() for row in self._map("inputs")[self._finished(rows)]]

    def _map(self, name: str) -> NDArray[Any]:
        if name not in self._maps:
            msg = f"{self.path}: the store is closed; open it again with store.open"
            raise StoreError(msg)
        return self._maps[name]

    def _finished(self, rows: ArrayLike) -> NDArray[np.int64]:
        asked = np.atleast_1d(np.asarray(rows, dtype=np.int64))
        outside = asked[(asked < 0) | (asked >= self.n_rows)]
        if outside.size:
            msg = f"{self.path}: no row {outside[0]}; there are {self.n_rows}"
            raise StoreError(msg)
        unfinished = asked[self._map("done")[asked] != 1]
        if unfinished.size:
            ids = self._table["sample_id"].iloc[unfinished[:3]]
            msg = f"{self.path}: {unfinished.size} rows are not built yet ({', '.join(ids)})"
            raise StoreError(msg)
        return asked


def open(path: str | Path) -> Store:  # noqa: A001 - read as store.open
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
    layout = read_layout(file)
    try:
        held: dict[str, Any] = json.loads(layout.places["provenance"].map(file).tobytes())
    except ValueError as error:
        msg = f"{file}: the provenance is no JSON ({error}); build the store anew"
        raise StoreError(msg) from error
    return layout.grid, held


def write_samples(
    path: str | Path, samples: pd.DataFrame, *, provenance: Mapping[str, Any] | None = None
) -> None:
    """Replace labels and splits in a store; no tensor is touched.

    Parameters
    ----------
    path
        The store.
    samples
        The same samples in the same order.
    provenance
        Replaces what was kept; without it, that stays.

    Raises
    ------
    StoreError
        The samples are others, or there is no room for so much provenance.
    """
    file = Path(path)
    layout = read_layout(file)
    arrays = table_arrays.to_arrays(check_samples(samples))
    held = layout.places["samples/sample_id"].map(file)
    if not np.array_equal(held, arrays["sample_id"]):
        msg = f"{file}: holds other samples, or in another order; build another store for these"
        raise StoreError(msg)
    place = layout.places["provenance"]
    text = place.map(file).tobytes()
    if provenance is not None:
        text = _to_json(provenance).ljust(place.n_bytes)
    if len(text) > place.n_bytes:
        msg = f"{file}: provenance of {len(text)} bytes, there is room for {place.n_bytes}"
        raise StoreError(msg)
    descriptor = os.open(file, os.O_RDWR)
    try:
        write_at(descriptor, text, place.offset)
        for column, values in arrays.items():
            write_at(descriptor, values.tobytes(), layout.places[f"samples/{column}"].offset)
        digest = table_arrays.digest_of(arrays, text)
        write_at(descriptor, digest, layout.places["samples_sha256"].offset)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
