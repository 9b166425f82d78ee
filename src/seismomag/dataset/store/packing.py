"""Archive copies: a store with compressed tensors, and back."""

# h5py ships no types and re-exports its names without saying so.
# mypy: disable-error-code="attr-defined, name-defined, no-untyped-call"

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seismomag.core.errors import ConfigError, StoreError
from seismomag.dataset.store import structure as store_structure
from seismomag.dataset.store.arrays import load_blosc2
from seismomag.dataset.store.layout import (
    BIG_ARRAYS,
    NOT_DONE,
    PACKED,
    ROW_ARRAYS,
    expected_arrays,
    finished,
    n_bytes_of,
    reserve,
    write_at,
)
from seismomag.dataset.store.making import PROVENANCE_BYTES, lay_out, refuse_existing, write_small
from seismomag.dataset.store.reading import Store
from seismomag.dataset.store.table import read_table

GZIP_LEVEL = 4

COMPRESSIONS: Mapping[str, Callable[[Path], dict[str, Any]]] = {
    "gzip": lambda _: {"compression": "gzip", "compression_opts": GZIP_LEVEL, "shuffle": True},
    "blosc2": lambda path: {**load_blosc2(path), "fletcher32": True},
}
"""Options of h5py for each way to pack; a damaged chunk has a wrong check sum in both."""


def pack(path: str | Path, out: str | Path, *, compression: str = "gzip") -> Path:
    """Write an archive copy with compressed tensors; it is read like any store, only slower.

    Parameters
    ----------
    path
        A store of any kind; a joined one becomes one file.
    out
        The copy; must not exist yet.
    compression
        ``"gzip"``: smallest needs, every HDF5 library can read it. ``"blosc2"``: several times
        faster, needs the package hdf5plugin.

    Returns
    -------
    out

    Raises
    ------
    StoreError
        The path is no store, is packed already, the copy exists, or the disk is full.
    ConfigError
        No such compression.
    """
    final = Path(out)
    refuse_existing(final)
    if compression not in COMPRESSIONS:
        msg = f"compression={compression!r} is none of {', '.join(COMPRESSIONS)}"
        raise ConfigError(msg)
    options = COMPRESSIONS[compression](final)
    with Store(path) as source:
        if source.layout.kind == PACKED:
            msg = f"{source.path}: is packed already; unpack it to pack it in another way"
            raise StoreError(msg)
        with finished(final) as unfinished:
            _write_packed(unfinished, source, options)
            store_structure.seal(unfinished)
    return final


def _write_packed(path: Path, source: Store, options: Mapping[str, Any]) -> None:
    expected = expected_arrays(source.n_rows, source.grid)
    columns, text = read_table(source.path, source.layout)
    small = {name: array for name, array in expected.items() if name not in BIG_ARRAYS}
    # Each chunk has an entry in an index, too.
    fixed = n_bytes_of(small) + 2 * len(text.rstrip()) + PROVENANCE_BYTES + 128 * source.n_rows
    row = n_bytes_of({name: expected[name] for name in BIG_ARRAYS}) // source.n_rows
    # The newest format: its index of chunks carries check sums.
    with store_structure.new_file(path, fixed + row, libver="latest") as file:
        store_structure.mark(file, PACKED, source.grid, source.code_version)
        for name in (n for n in small if n in source.arrays):
            shape, dtype = expected[name]
            store_structure.allocate(file, name, shape, np.dtype(dtype))
            file[name][...] = source.array(name, np.arange(source.n_rows))
        write_small(file, columns, text)
        for name in BIG_ARRAYS:
            shape, dtype = expected[name]
            file.create_dataset(name, shape, dtype, chunks=(1, *shape[1:]), **options)
        store_structure.describe_tensors(file, source.grid)
        for done in np.flatnonzero(source.done).tolist():
            end = 0
            for name in BIG_ARRAYS:
                packed = file[name]
                packed[done] = source.array(name, [done])[0]
                # Or it would stay in memory, and be written when nothing is set aside for it.
                packed.flush()
                chunk = packed.id.get_chunk_info_by_coord((done,) + (0,) * (packed.ndim - 1))
                end = max(end, chunk.byte_offset + chunk.size)
            reserve(path, end + fixed + row)


def unpack(path: str | Path, out: str | Path) -> Path:
    """Write a store of any kind as a contiguous one, which can be continued.

    Parameters
    ----------
    path
        A packed or joined store.
    out
        The contiguous one; must not exist yet.

    Returns
    -------
    out

    Raises
    ------
    StoreError
        The path is no store or damaged, ``out`` exists, or the disk is full.
    """
    final = Path(out)
    refuse_existing(final)
    with Store(path) as source, finished(final) as unfinished:
        columns, text = read_table(source.path, source.layout)
        lay_out(unfinished, columns, source.grid, text.rstrip(), source.code_version)
        _copy_rows(source, unfinished)
    return final


def _copy_rows(source: Store, path: Path) -> None:
    places = store_structure.read_layout(path).places
    descriptor = os.open(path, os.O_RDWR)
    try:
        for name in (n for n in ROW_ARRAYS if n in source.arrays):
            place = places[name]
            size = place.n_bytes // place.shape[0]
            for row in np.flatnonzero(source.flags != NOT_DONE).tolist():
                values: NDArray[Any] = source.array(name, [row])
                write_at(descriptor, values.tobytes(), place.offset + row * size)
    finally:
        os.close(descriptor)
