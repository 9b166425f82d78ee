"""Rows of an array of a store, wherever they lie: in the file, in packed chunks, in shards."""

# h5py ships no types and re-exports its names without saying so.
# mypy: disable-error-code="attr-defined, name-defined, no-untyped-call"

import importlib
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import h5py
import numpy as np
from numpy.typing import NDArray

from seismomag.core.errors import StoreError
from seismomag.dataset.store.layout import Place


class Rows(Protocol):
    """The first dimension counts rows."""

    def take(self, rows: NDArray[np.int64], out: NDArray[Any] | None = None) -> NDArray[Any]:
        """Copy existing rows, in any order."""

    def whole(self) -> NDArray[Any]:
        """Look at all rows; only for arrays of a few bytes a row."""

    def close(self) -> None:
        """Let go of the file."""


class MappedRows:
    """Rows that lie in a file in one piece."""

    def __init__(self, place: Place, path: Path) -> None:
        self._map = np.asarray(place.map(path))

    def take(self, rows: NDArray[np.int64], out: NDArray[Any] | None = None) -> NDArray[Any]:
        """See :class:`Rows`."""
        # All rows exist; "clip" keeps numpy from copying through a buffer to make sure of it.
        return np.take(self._map, rows, axis=0, out=out, mode="clip")

    def whole(self) -> NDArray[Any]:
        """See :class:`Rows`."""
        return self._map

    def close(self) -> None:
        """Nothing to do: the memory goes with the last array that looks at it."""


class PackedRows:
    """Rows that are compressed, one chunk each."""

    def __init__(self, path: Path, name: str, compression: str) -> None:
        if compression == "blosc2":
            load_blosc2(path)
        self._path, self._name, self._compression = path, name, compression
        self._file = h5py.File(path, "r")
        self._dataset = self._file[name]

    def take(self, rows: NDArray[np.int64], out: NDArray[Any] | None = None) -> NDArray[Any]:
        """See :class:`Rows`.

        Raises
        ------
        StoreError
            A row is damaged.
        """
        shape, dtype = self._dataset.shape[1:], self._dataset.dtype
        planes = np.empty((rows.size, *shape), dtype) if out is None else out
        for i, row in enumerate(rows.tolist()):
            try:
                self._read(row, planes[i])
            except (OSError, RuntimeError, ValueError, zlib.error) as error:
                msg = (
                    f"{self._path}: row {row} of /{self._name} is damaged ({error}); take it from "
                    "the store that was packed, or build that anew"
                )
                raise StoreError(msg) from error
        return planes

    def _read(self, row: int, out: NDArray[Any]) -> None:
        if self._compression != "gzip":
            self._dataset.read_direct(out, np.s_[row])
            return
        # By hand, because HDF5 unpacks without a bound: a chunk may claim to be of any size.
        mask, packed = self._dataset.id.read_direct_chunk((row,) + (0,) * out.ndim)
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(packed, out.nbytes)
        if mask or len(data) != out.nbytes or not _is_at_end(unpacker):
            msg = "it does not unpack to the size of a row"
            raise ValueError(msg)
        # The shuffle filter stores the first byte of every value, then the second.
        raw = np.frombuffer(data, np.uint8).reshape(out.itemsize, out.size)
        out[...] = np.ascontiguousarray(raw.T).view(out.dtype).reshape(out.shape)

    def whole(self) -> NDArray[Any]:
        """See :class:`Rows`."""
        return self.take(np.arange(self._dataset.shape[0]))

    def close(self) -> None:
        """See :class:`Rows`."""
        self._file.close()


def _is_at_end(unpacker: "zlib._Decompress") -> bool:
    """Whether nothing is left but the check sum, which then is right."""
    return unpacker.eof or (
        unpacker.decompress(unpacker.unconsumed_tail, 1) == b"" and unpacker.eof
    )


def load_blosc2(path: Path) -> dict[str, Any]:
    """Make HDF5 know the Blosc2 filter, and give the options that write with it.

    Raises
    ------
    StoreError
        The package hdf5plugin is not installed.
    """
    try:
        plugin = importlib.import_module("hdf5plugin")
    except ImportError as error:
        msg = (
            f"{path}: Blosc2 needs the package hdf5plugin; install seismomag[archive], or pack "
            'with compression="gzip"'
        )
        raise StoreError(msg) from error
    # The fastest level of zstd: higher ones take longer and hardly shorten amplitudes.
    options: dict[str, Any] = dict(plugin.Blosc2(cname="zstd", clevel=1, filters=1))
    return options


class JoinedRows:
    """Rows of several stores, one after the other."""

    def __init__(self, parts: Sequence[Rows], lengths: Sequence[int]) -> None:
        self._parts = parts
        self._starts = np.cumsum([0, *lengths])

    def take(self, rows: NDArray[np.int64], out: NDArray[Any] | None = None) -> NDArray[Any]:
        """See :class:`Rows`."""
        which = np.searchsorted(self._starts, rows, side="right") - 1
        parts = np.unique(which)
        if parts.size <= 1:
            part = int(parts[0]) if parts.size else 0
            return self._parts[part].take(rows - self._starts[part], out)
        result = out
        for part in parts:
            at = np.flatnonzero(which == part)
            found = self._parts[part].take(rows[at] - self._starts[part])
            if result is None:
                result = np.empty((rows.size, *found.shape[1:]), found.dtype)
            result[at] = found
        return np.asarray(result)

    def whole(self) -> NDArray[Any]:
        """See :class:`Rows`."""
        return np.concatenate([part.whole() for part in self._parts])

    def close(self) -> None:
        """See :class:`Rows`."""
        for part in self._parts:
            part.close()
