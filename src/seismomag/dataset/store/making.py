"""New files: an empty store, and the same store with room for more samples."""

# h5py ships no types and re-exports its names without saying so.
# mypy: disable-error-code="attr-defined, name-defined, no-untyped-call"

import os
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.core.errors import StoreError
from seismomag.core.schema import check_samples
from seismomag.dataset.store import structure as store_structure
from seismomag.dataset.store import table as store_table
from seismomag.dataset.store import table_arrays
from seismomag.dataset.store.layout import (
    CONTIGUOUS,
    DONE,
    ROW_ARRAYS,
    TO_VERIFY,
    Layout,
    copy_range,
    expected_arrays,
    finished,
    n_bytes_of,
    write_at,
)
from seismomag.signal.grid import ScalogramGrid

# Room to write more later; JSON does not mind blanks at its end.
PROVENANCE_BYTES = 2**16

_DAY = np.timedelta64(1, "D")


def create(
    path: str | Path,
    samples: pd.DataFrame,
    grid: ScalogramGrid,
    *,
    provenance: Mapping[str, Any],
) -> Path:
    """Make a store with room for every sample and no finished row.

    The file appears under its name only when it is whole, and its room on the disk is set
    aside, where the file system can do that.

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
        The path exists, there are no samples, a text does not fit, or the disk is full.
    """
    final = Path(path)
    refuse_existing(final)
    if samples.empty:
        msg = f"{final}: a store needs at least one sample, found none"
        raise StoreError(msg)
    arrays = table_arrays.to_arrays(check_samples(samples))
    with finished(final) as unfinished:
        lay_out(unfinished, arrays, grid, store_table.to_json(provenance), version("seismomag"))
    return final


def refuse_existing(path: Path) -> None:
    """Refuse to write over a file."""
    if path.exists():
        msg = f"{path}: exists already; open it, or remove it to begin anew"
        raise StoreError(msg)


def write_small(
    file: h5py.File, arrays: Mapping[str, NDArray[np.generic]], provenance: bytes
) -> None:
    """Write the sample table and the provenance, which every kind of store has."""
    for column, values in arrays.items():
        store_structure.allocate(file, f"samples/{column}", values.shape, values.dtype)
        file[f"samples/{column}"][...] = values
    text = provenance.ljust(max(PROVENANCE_BYTES, 2 * len(provenance.rstrip())))
    for name, data in (
        ("provenance", text),
        ("samples_sha256", table_arrays.digest_of(arrays, text)),
    ):
        store_structure.allocate(file, name, (len(data),), np.dtype("u1"))
        file[name][...] = np.frombuffer(data, np.uint8)


def lay_out(
    path: Path,
    arrays: Mapping[str, NDArray[np.generic]],
    grid: ScalogramGrid,
    provenance: bytes,
    code_version: str,
) -> None:
    """Write a contiguous file without a finished row under a name that nobody knows yet."""
    expected = expected_arrays(len(arrays["sample_id"]), grid)
    n_bytes = n_bytes_of(expected) + 2 * len(provenance) + PROVENANCE_BYTES
    with store_structure.new_file(path, n_bytes) as file:
        store_structure.mark(file, CONTIGUOUS, grid, code_version)
        for name in ROW_ARRAYS:
            shape, dtype = expected[name]
            store_structure.allocate(file, name, shape, np.dtype(dtype))
        store_structure.describe_tensors(file, grid)
        write_small(file, arrays, provenance)
    store_structure.seal(path)


def append(
    path: str | Path, samples: pd.DataFrame, *, provenance: Mapping[str, Any] | None = None
) -> Path:
    """Make room for more samples behind those that a store has.

    See :func:`lay_anew`. The new rows are filled by
    :func:`~seismomag.dataset.build.build_store` with the samples that the store then has.

    Parameters
    ----------
    path
        The store.
    samples
        Samples that it does not have yet.
    provenance
        Replaces what was kept; without it, that stays.

    Returns
    -------
    path

    Raises
    ------
    StoreError
        As for :func:`lay_anew`, or a sample is there already.
    """
    final = Path(path)
    layout = store_structure.read_layout(final)
    held = table_arrays.to_table(store_table.read_table(final, layout)[0])
    both = sorted(set(held["sample_id"]) & set(samples["sample_id"]))
    if both:
        msg = f"{final}: has {both[0]} already; append only samples that it does not have"
        raise StoreError(msg)
    more = check_samples(samples)[list(held)].astype(held.dtypes.to_dict())
    table = pd.concat([held, more], ignore_index=True)
    table["coverage"], table["store_row"] = np.nan, -1
    return lay_anew(final, table, provenance=provenance)


def lay_anew(
    path: str | Path, samples: pd.DataFrame, *, provenance: Mapping[str, Any] | None = None
) -> Path:
    """Give a store another table that has all of its samples, and more, in any order.

    A new file is written beside the old one, finished rows are copied to their new places, and
    the new file takes the name of the old one in one step: whoever opens the name finds the
    one or the other. Finished rows stay readable; those beside an added day are marked, so that
    the next build compares their inputs again.

    Parameters
    ----------
    path
        The store; nobody may write into it meanwhile.
    samples
        The new table.
    provenance
        Replaces what was kept; without it, that stays.

    Returns
    -------
    path

    Raises
    ------
    StoreError
        The store has samples that the table lacks, or the disk has no room for both files.
    """
    final = Path(path)
    layout = store_structure.read_layout(final)
    arrays = table_arrays.to_arrays(check_samples(samples))
    old_ids = np.array(layout.places["samples/sample_id"].map(final))
    place = {sample_id: row for row, sample_id in enumerate(arrays["sample_id"].tolist())}
    if len(place) != len(samples) or not set(old_ids.tolist()) <= set(place):
        msg = f"{final}: holds other samples, or in another order; build another store for these"
        raise StoreError(msg)
    new_rows = np.array([place[sample_id] for sample_id in old_ids.tolist()], np.int64)
    kept = store_table.read_table(final, layout)[1].rstrip()
    text = kept if provenance is None else store_table.to_json(provenance)
    with finished(final) as unfinished:
        lay_out(unfinished, arrays, layout.grid, text, layout.code_version)
        _copy_rows(final, layout, unfinished, new_rows)
        _mark_neighbours(unfinished, samples, new_rows)
    return final


def _copy_rows(source: Path, old: Layout, target: Path, new_rows: NDArray[np.int64]) -> None:
    new = store_structure.read_layout(target)
    runs = list(_runs(new_rows))
    reading, writing = os.open(source, os.O_RDONLY), os.open(target, os.O_RDWR)
    try:
        for name in ROW_ARRAYS:
            if name not in old.places:
                continue
            at, to = old.places[name], new.places[name]
            size = at.n_bytes // at.shape[0]
            for first, first_new, n in runs:
                start, goal = at.offset + first * size, to.offset + first_new * size
                copy_range(reading, start, writing, goal, n * size)
    finally:
        os.close(reading)
        os.close(writing)


def _runs(new_rows: NDArray[np.int64]) -> Iterator[tuple[int, int, int]]:
    """Cut old rows into runs that stay together: (first old row, first new row, number)."""
    borders = np.flatnonzero(np.diff(new_rows) != 1) + 1
    for run in np.split(np.arange(new_rows.size), borders):
        yield int(run[0]), int(new_rows[run[0]]), run.size


def _mark_neighbours(path: Path, samples: pd.DataFrame, held: NDArray[np.int64]) -> None:
    """Mark the finished rows whose neighbouring day was added."""
    days = table_arrays.days_of(samples)
    keys = list(zip(samples["station_code"].tolist(), days, strict=True))
    is_new = np.ones(len(samples), np.bool_)
    is_new[held] = False
    added = {keys[row] for row in np.flatnonzero(is_new)}
    place = store_structure.read_layout(path).places["done"]
    done = np.array(place.map(path))
    for row in held[done[held] == DONE]:
        code, day = keys[row]
        if (code, day - _DAY) in added or (code, day + _DAY) in added:
            done[row] = TO_VERIFY
    descriptor = os.open(path, os.O_RDWR)
    try:
        write_at(descriptor, done.tobytes(), place.offset)
    finally:
        os.close(descriptor)
