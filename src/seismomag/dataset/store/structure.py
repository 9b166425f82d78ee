"""The HDF5 structure of a store: made once, checked whenever it is opened.

Three kinds of file carry a store. Contiguous: every array in one piece, rows are written at
their place. Packed: tensors in compressed chunks, an archive copy. Joined: the arrays of rows
are virtual, they lie in stores (the shards) of the same folder.

Rule for what lies elsewhere: a file that refers to other files is refused, unless it says that
it is joined and every reference is one that :func:`~seismomag.dataset.store.joining.join` makes:
the bare name of a regular file in its own folder, the same array there, all rows in order. HDF5
never follows these references for us: each shard is opened, and checked, as the store it is.
"""

# h5py ships no types and re-exports its names without saying so.
# mypy: disable-error-code="attr-defined, name-defined, no-untyped-call"

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from seismomag.core.errors import ConfigError, StoreError
from seismomag.dataset.store import seal as store_seal
from seismomag.dataset.store.layout import (
    BIG_ARRAYS,
    CONTIGUOUS,
    JOINED,
    OPTIONAL,
    PACKED,
    ROW_ARRAYS,
    Layout,
    Place,
    Shard,
    expected_arrays,
    reserve,
)
from seismomag.dataset.store.table_arrays import STORED_COLUMNS
from seismomag.signal.grid import W0, ScalogramGrid, describe_planes

LAYOUTS: Mapping[str, str] = {
    "seismomag store: contiguous rows": CONTIGUOUS,
    "seismomag store: packed rows": PACKED,
    "seismomag store: joined shards": JOINED,
}
_MARKS = {kind: mark for mark, kind in LAYOUTS.items()}

SMALL = ("samples_sha256", "provenance")

BLOSC2 = 32026
"""Number of the Blosc2 filter in the registry of the HDF Group."""
FILTERS: Mapping[tuple[int, ...], str] = {
    (h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_DEFLATE): "gzip",
    (BLOSC2, h5py.h5z.FILTER_FLETCHER32): "blosc2",
}

# What h5py raises for damaged files; all of it means the same to a user.
_DAMAGE = (
    OSError,
    KeyError,
    TypeError,
    ValueError,
    RuntimeError,
    AttributeError,
    OverflowError,
    MemoryError,
    NotImplementedError,
)


# Where the superblock of HDF5 keeps the length of the file, by version.
_END_OF_FILE = {0: 40, 1: 44, 2: 28, 3: 28}

# An attribute holds 64 KiB, and so much is set aside for the whole structure.
_MOST_IN_AN_ATTRIBUTE = 1024

# More than HDF5 needs beside the arrays.
SLACK_BYTES = 2**16


@contextmanager
def new_file(path: Path, n_bytes: int, **options: Any) -> Iterator[h5py.File]:
    """Open a new HDF5 file whose bytes are set aside, because HDF5 crashes when a disk is full.

    Raises
    ------
    OSError
        There is no room for it; HDF5 has not begun yet.
    """
    reserve(path, n_bytes + SLACK_BYTES)
    with h5py.File(path, "w", **options) as file:
        # Opening made it empty; HDF5 cuts off what it does not need when it closes the file.
        reserve(path, n_bytes + SLACK_BYTES)
        yield file
    with path.open("rb") as closed:
        head = closed.read(64)
    at = _END_OF_FILE[head[8]]
    os.truncate(path, int.from_bytes(head[at : at + 8], "little"))
    reserve(path, path.stat().st_size)


def mark(file: h5py.File, kind: str, grid: ScalogramGrid, code_version: str) -> None:
    """Write the attributes that every store has.

    Only ``layout``, ``grid`` and ``code_version`` are read again, so that stores without the
    others open as well: these tell other software what the tensors are.
    """
    file.attrs["layout"] = _MARKS[kind]
    file.attrs["grid"] = json.dumps(grid.to_dict(), sort_keys=True)
    file.attrs["code_version"] = code_version
    if grid.n_frequencies <= _MOST_IN_AN_ATTRIBUTE:
        file.attrs["frequency_hz"] = grid.frequencies_hz
    file.attrs["wavelet"] = f"morlet, w0 = {W0:g}"
    file.attrs["padding_s"] = grid.reach_s
    file.attrs["column_s"] = grid.column_s
    file.attrs["planes"] = ",".join(grid.planes)
    file.attrs["plane_units"] = ",".join(grid.plane_units)


def describe_tensors(file: h5py.File, grid: ScalogramGrid) -> None:
    """Say at the tensors themselves what they are and in which unit."""
    file["amplitude"].attrs["dimensions"] = "sample,plane,frequency,column"
    for name, text in describe_planes(grid).items():
        file["amplitude"].attrs[name] = text
    file["valid_s"].attrs["units"] = "s"


def allocate(file: h5py.File, name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
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


def seal(path: Path) -> None:
    """Read the structure back and seal it."""
    layout = read_structure(path)
    extents = [(place.offset, place.n_bytes) for place in layout.places.values()]
    if layout.kind == PACKED:
        with h5py.File(path, "r") as file:
            for name in BIG_ARRAYS:
                file[name].id.chunk_iter(lambda c: extents.append((c.byte_offset, c.size)))
    store_seal.seal(path, extents)


def read_layout(path: Path) -> Layout:
    """Find the arrays of a store whose rows may be written, and refuse every other file.

    Raises
    ------
    StoreError
        The file is no store, is damaged, or is packed or joined.
    """
    layout = read_structure(path)
    if layout.kind == PACKED:
        msg = f"{path}: is packed and cannot be written; unpack it with store.unpack first"
        raise StoreError(msg)
    if layout.kind == JOINED:
        names = ", ".join(shard.name for shard in layout.shards[:3])
        msg = f"{path}: is joined from {names}, ...; write into these and join them again"
        raise StoreError(msg)
    return layout


def read_structure(path: Path) -> Layout:
    """Find the arrays of a store, and refuse every file that is not exactly one.

    Raises
    ------
    StoreError
        The file is no store or is damaged.
    """
    if not path.is_file():
        msg = f"{path}: no such store; build it first"
        raise StoreError(msg)
    with damage_is_said(path):
        is_sealed = store_seal.refuse_broken(path)
        with h5py.File(path, "r") as file:
            kind = LAYOUTS.get(str(file.attrs.get("layout", "")))
            if kind is None:
                msg = f"{path}: an HDF5 file, but not a store of seismomag; nothing is read from it"
                raise StoreError(msg)
            return _layout_of(file, path, kind, is_sealed=is_sealed)


@contextmanager
def damage_is_said(path: Path) -> Iterator[None]:
    """Turn what h5py and numpy say about damaged files into one kind of error."""
    try:
        yield
    except _DAMAGE as error:
        if isinstance(error, ConfigError):
            msg = f"{path}: the store has an impossible grid ({error})"
        else:
            msg = f"{path}: not readable as a store ({error}); build it anew"
        raise StoreError(msg) from error


def _layout_of(file: h5py.File, path: Path, kind: str, *, is_sealed: bool) -> Layout:
    rows = {name for name in ROW_ARRAYS if name in file or name not in OPTIONAL}
    more = {"shards"} if kind == JOINED else set()
    _refuse_links(file, {*rows, *SMALL, *more, "samples"}, path)
    _refuse_links(file["samples"], set(STORED_COLUMNS), path)
    grid = ScalogramGrid.from_dict(json.loads(str(file.attrs["grid"])))
    n_rows = _place(file["samples/sample_id"], path, "samples/sample_id").shape[0]
    expected = expected_arrays(n_rows, grid)
    elsewhere = {JOINED: rows, PACKED: set(BIG_ARRAYS)}.get(kind, set())
    places = {}
    columns = [f"samples/{column}" for column in STORED_COLUMNS]
    for name in (*sorted(rows - elsewhere), "samples_sha256", *columns):
        places[name] = _checked_place(file, path, name, expected[name])
    for name in ("provenance", *more):
        length = _place(file[name], path, name).shape[:1]
        places[name] = _checked_place(file, path, name, (length, "u1"))
    shards: tuple[Shard, ...] = ()
    if kind == JOINED:
        shards = _shards_of(places["shards"].map(path).tobytes(), n_rows, path)
        for name in sorted(rows):
            _refuse_other_sources(file[name], name, expected[name], shards, path)
    compression = _compression_of(file, expected, path) if kind == PACKED else ""
    return Layout(
        kind=kind,
        grid=grid,
        code_version=str(file.attrs["code_version"]),
        n_rows=n_rows,
        places=places,
        shards=shards,
        compression=compression,
        is_sealed=is_sealed,
    )


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


def _checked_place(
    file: h5py.File, path: Path, name: str, expected: tuple[tuple[int, ...], str]
) -> Place:
    place = _place(file[name], path, name)
    _refuse_other_shape(place.shape, place.dtype, expected, f"{path}: /{name}")
    if place.offset + place.n_bytes > path.stat().st_size:
        msg = f"{path}: /{name} ends beyond the end of the file; it was cut short"
        raise StoreError(msg)
    return place


def _refuse_other_shape(
    shape: tuple[int, ...], dtype: np.dtype[Any], expected: tuple[tuple[int, ...], str], what: str
) -> None:
    if (shape, dtype) != (expected[0], np.dtype(expected[1])):
        msg = (
            f"{what} is {dtype} {shape}, expected {expected[1]} {expected[0]} for its grid; "
            "build it anew"
        )
        raise StoreError(msg)


def _place(dataset: h5py.Dataset, path: Path, name: str) -> Place:
    what = f"{path}: /{name}"
    _refuse_elsewhere(dataset, what)
    if dataset.chunks is not None or dataset.id.get_offset() is None:
        msg = f"{what} is not one contiguous, allocated array; build the store anew"
        raise StoreError(msg)
    return Place(dataset.dtype, tuple(dataset.shape), int(dataset.id.get_offset()))


def _refuse_elsewhere(dataset: h5py.Dataset, what: str) -> None:
    if not isinstance(dataset, h5py.Dataset) or not dataset.shape:
        msg = f"{what} is not an array; nothing is read from it"
        raise StoreError(msg)
    if dataset.external or dataset.is_virtual:
        msg = f"{what} lies in other files; a store holds its own data. Refused"
        raise StoreError(msg)


def _compression_of(
    file: h5py.File, expected: Mapping[str, tuple[tuple[int, ...], str]], path: Path
) -> str:
    """Check that the tensors lie in chunks of one row, packed in a way that we know."""
    found = set()
    for name in BIG_ARRAYS:
        dataset, what = file[name], f"{path}: /{name}"
        _refuse_elsewhere(dataset, what)
        shape = expected[name][0]
        _refuse_other_shape(tuple(dataset.shape), dataset.dtype, expected[name], what)
        if dataset.chunks != (1, *shape[1:]):
            msg = f"{what} is in chunks of {dataset.chunks}, expected one for each row; pack anew"
            raise StoreError(msg)
        plan = dataset.id.get_create_plist()
        numbers = tuple(plan.get_filter(i)[0] for i in range(plan.get_nfilters()))
        if numbers not in FILTERS:
            msg = f"{what} is packed with the filters {numbers}, which no store uses; refused"
            raise StoreError(msg)
        found.add(FILTERS[numbers])
    return "/".join(sorted(found))


def _shards_of(text: bytes, n_rows: int, path: Path) -> tuple[Shard, ...]:
    shards = tuple(
        Shard(str(s["name"]), int(s["n_rows"]), str(s["ids_sha256"])) for s in json.loads(text)
    )
    for shard in shards:
        if shard.name != Path(shard.name).name or shard.name in ("", ".", "..", path.name):
            msg = f"{path}: names the shard {shard.name!r}, which is not beside it; refused"
            raise StoreError(msg)
    if not shards or n_rows != sum(shard.n_rows for shard in shards):
        msg = f"{path}: has {n_rows} rows, its shards have others; join them again"
        raise StoreError(msg)
    return shards


def _refuse_other_sources(
    dataset: h5py.Dataset,
    name: str,
    expected: tuple[tuple[int, ...], str],
    shards: tuple[Shard, ...],
    path: Path,
) -> None:
    """Refuse a virtual array that is anything but all rows of the shards in their order."""
    what = f"{path}: /{name}"
    if not isinstance(dataset, h5py.Dataset) or not dataset.is_virtual or dataset.external:
        msg = f"{what} is not virtual, as it is in a joined store; refused"
        raise StoreError(msg)
    found = sorted(
        (s.vspace.get_select_bounds(), s.file_name, s.dset_name) for s in dataset.virtual_sources()
    )
    starts = np.cumsum([0, *(shard.n_rows for shard in shards)])
    rest = expected[0][1:]
    wanted = [
        (
            ((int(first),) + (0,) * len(rest), (int(end) - 1, *(n - 1 for n in rest))),
            shard.name,
            name,
        )
        for shard, first, end in zip(shards, starts[:-1], starts[1:], strict=True)
    ]
    if found != wanted:
        msg = f"{what} takes its rows from elsewhere than the shards in their order; refused"
        raise StoreError(msg)
    _refuse_other_shape(tuple(dataset.shape), dataset.dtype, expected, what)
