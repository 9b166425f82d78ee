"""Several stores as one: a small file of virtual arrays over the rows of its neighbours."""

# h5py ships no types and re-exports its names without saying so.
# mypy: disable-error-code="attr-defined, name-defined, no-untyped-call"

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from seismomag.core.errors import StoreError
from seismomag.dataset.store import structure as store_structure
from seismomag.dataset.store import table_arrays
from seismomag.dataset.store.layout import (
    JOINED,
    OPTIONAL,
    ROW_ARRAYS,
    Layout,
    Shard,
    expected_arrays,
    finished,
    n_bytes_of,
)
from seismomag.dataset.store.making import PROVENANCE_BYTES, refuse_existing, write_small
from seismomag.dataset.store.table import Arrays, read_table, to_json


def join(shards: Sequence[str | Path], path: str | Path) -> Path:
    """Make one store out of several, without copying a tensor.

    The joined store shows every row of its shards, those that are finished later too, and has a
    sample table of its own, so that labels and splits can be replaced in it. It is a store for
    reading; rows are written into the shards.

    Parameters
    ----------
    shards
        Contiguous or packed stores of one grid and built in one way, in one folder; their rows
        follow one another in this order.
    path
        In the same folder; must not exist yet.

    Returns
    -------
    path

    Raises
    ------
    StoreError
        A shard is no store, joined itself, of another grid or flags, or lies elsewhere; a sample
        stands in two; or the path exists.
    """
    final = Path(path)
    refuse_existing(final)
    files = [Path(shard) for shard in shards]
    if not files:
        msg = f"{final}: nothing to join; name at least one store"
        raise StoreError(msg)
    layouts = [_checked(file, final) for file in files]
    tables = [read_table(file, layout) for file, layout in zip(files, layouts, strict=True)]
    columns = {
        c: np.concatenate([table[0][c] for table in tables]) for c in table_arrays.STORED_COLUMNS
    }
    ids, counts = np.unique(columns["sample_id"], return_counts=True)
    if (counts > 1).any():
        msg = f"{final}: {ids[counts > 1][0].decode()} stands in two shards; drop one of them"
        raise StoreError(msg)
    if len({layout.grid for layout in layouts}) > 1:
        msg = f"{final}: the shards have several grids; join stores of one grid"
        raise StoreError(msg)
    provenance = _common_provenance([json.loads(text) for _, text in tables], files, final)
    with finished(final) as unfinished:
        _write(unfinished, files, layouts, columns, to_json(provenance))
        store_structure.seal(unfinished)
    return final


def _checked(shard: Path, path: Path) -> Layout:
    if shard.parent.resolve() != path.parent.resolve() or shard.is_symlink():
        msg = f"{shard}: lies elsewhere than {path}; shards lie beside the joined store"
        raise StoreError(msg)
    layout = store_structure.read_structure(shard)
    if layout.kind == JOINED:
        msg = f"{shard}: is joined itself; name its shards instead"
        raise StoreError(msg)
    return layout


def _common_provenance(held: list[dict[str, Any]], files: list[Path], path: Path) -> dict[str, Any]:
    settings = [h.get("build") for h in held]
    if any(s != settings[0] for s in settings):
        msg = f"{path}: the shards were built with {settings}; join stores built in one way"
        raise StoreError(msg)
    shards = {file.name: h.get("given", h) for file, h in zip(files, held, strict=True)}
    return {"build": settings[0], "given": {"shards": shards}}


def _write(
    path: Path, files: list[Path], layouts: list[Layout], columns: Arrays, provenance: bytes
) -> None:
    lengths = [layout.n_rows for layout in layouts]
    starts = np.cumsum([0, *lengths])
    expected = expected_arrays(int(starts[-1]), layouts[0].grid)
    shards = [_shard(*pair) for pair in zip(files, layouts, strict=True)]
    table = {n: e for n, e in expected.items() if "/" in n}
    n_bytes = n_bytes_of(table) + 2 * len(provenance) + PROVENANCE_BYTES + 2048 * len(shards)
    with store_structure.new_file(path, n_bytes, libver="latest") as file:
        store_structure.mark(file, JOINED, layouts[0].grid, version("seismomag"))
        for name in _arrays(layouts):
            shape, dtype = expected[name]
            virtual = h5py.VirtualLayout(shape, dtype)
            for shard, first in zip(shards, starts[:-1], strict=True):
                source = h5py.VirtualSource(shard.name, name, (shard.n_rows, *shape[1:]), dtype)
                virtual[int(first) : int(first) + shard.n_rows] = source
            file.create_virtual_dataset(name, virtual)
        store_structure.describe_tensors(file, layouts[0].grid)
        text = json.dumps([shard.__dict__ for shard in shards]).encode()
        store_structure.allocate(file, "shards", (len(text),), np.dtype("u1"))
        file["shards"][...] = np.frombuffer(text, np.uint8)
        write_small(file, columns, provenance)


def _shard(file: Path, layout: Layout) -> Shard:
    ids = layout.places["samples/sample_id"].map(file)
    return Shard(file.name, layout.n_rows, table_arrays.ids_sha256(ids))


def _arrays(layouts: Sequence[Layout]) -> list[str]:
    places: list[Mapping[str, Any]] = [layout.places for layout in layouts]
    return [n for n in ROW_ARRAYS if n not in OPTIONAL or all(n in p for p in places)]
