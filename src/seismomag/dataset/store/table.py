"""The sample table and the provenance inside a store, replaced so that a kill cannot tear them.

The new table is first written whole into a file beside the store, ``.NAME.samples``, then over the
old one, then the file beside it goes. A digest over the table tells a torn one apart; then the
file beside it, which has a digest too, is the table.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.core.errors import StoreError
from seismomag.core.schema import check_samples
from seismomag.dataset.store import table_arrays
from seismomag.dataset.store.layout import Layout, finished, not_written, write_at
from seismomag.dataset.store.structure import read_structure
from seismomag.dataset.store.table_arrays import STORED_COLUMNS

Arrays = dict[str, NDArray[np.generic]]


def to_json(provenance: Mapping[str, Any]) -> bytes:
    """Write provenance as the store keeps it."""
    return json.dumps(dict(provenance), sort_keys=True, default=str).encode()


def read_table(path: Path, layout: Layout) -> tuple[Arrays, bytes]:
    """Read the columns as stored, and the provenance.

    Raises
    ------
    StoreError
        The table was written only in part, and no whole one is beside the store.
    """
    columns, text, written = _inside(path, layout)
    if table_arrays.digest_of(columns, text) == written:
        return columns, text
    beside = _beside(path)
    if beside.is_file() and not beside.is_symlink():
        size = sum(layout.places[name].n_bytes for name in _names())
        if beside.stat().st_size == size:
            columns, text, written = _cut(beside.read_bytes(), layout)
            if table_arrays.digest_of(columns, text) == written:
                return columns, text
    msg = (
        f"{path}: the table of samples was written only in part; write it again "
        "with store.write_samples, or run the build again"
    )
    raise StoreError(msg)


def write_samples(
    path: str | Path, samples: pd.DataFrame, *, provenance: Mapping[str, Any] | None = None
) -> None:
    """Replace labels and splits in a store of any kind; no tensor is touched.

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
        The samples are others, there is no room for so much provenance, or the file cannot be
        written; then the old table stands.
    """
    file = Path(path)
    layout = read_structure(file)
    arrays = table_arrays.to_arrays(check_samples(samples))
    held, text, written = _inside(file, layout)
    if not np.array_equal(held["sample_id"], arrays["sample_id"]):
        msg = f"{file}: holds other samples, or in another order; build another store for these"
        raise StoreError(msg)
    room = layout.places["provenance"].n_bytes
    if provenance is not None:
        text = to_json(provenance).ljust(room)
    if len(text) > room:
        msg = f"{file}: provenance of {len(text)} bytes, there is room for {room}"
        raise StoreError(msg)
    digest = table_arrays.digest_of(arrays, text)
    if digest != written or digest != table_arrays.digest_of(*_inside(file, layout)[:2]):
        _replace(file, layout, arrays, text, digest)
    if _beside(file).exists():
        _beside(file).unlink()


def _replace(path: Path, layout: Layout, arrays: Arrays, text: bytes, digest: bytes) -> None:
    parts = [text, *(arrays[c].tobytes() for c in STORED_COLUMNS), digest]
    with finished(_beside(path)) as unfinished:
        unfinished.write_bytes(b"".join(parts))
    try:
        descriptor = os.open(path, os.O_RDWR)
        try:
            for name, data in zip(_names(), parts, strict=True):
                write_at(descriptor, data, layout.places[name].offset)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise not_written(path, error) from error


def _names() -> list[str]:
    return ["provenance", *(f"samples/{c}" for c in STORED_COLUMNS), "samples_sha256"]


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.samples")


def _inside(path: Path, layout: Layout) -> tuple[Arrays, bytes, bytes]:
    text, *columns, digest = [np.array(layout.places[n].map(path)) for n in _names()]
    return dict(zip(STORED_COLUMNS, columns, strict=True)), text.tobytes(), digest.tobytes()


def _cut(data: bytes, layout: Layout) -> tuple[Arrays, bytes, bytes]:
    pieces, at = [], 0
    for name in _names():
        place = layout.places[name]
        pieces.append(np.frombuffer(data[at : at + place.n_bytes], place.dtype))
        at += place.n_bytes
    text, *columns, digest = pieces
    return dict(zip(STORED_COLUMNS, columns, strict=True)), text.tobytes(), digest.tobytes()
