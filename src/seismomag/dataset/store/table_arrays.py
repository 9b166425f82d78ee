"""The sample table as plain arrays of fixed width, and back: what the store writes in place."""

import hashlib
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.core.errors import StoreError
from seismomag.core.schema import NUMBER, SAMPLE_COLUMNS, TEXT, TIME, TRUTH

# The build knows these; the table of a store takes them from there.
DERIVED = ("coverage", "store_row")
STORED_COLUMNS = tuple(c for c in SAMPLE_COLUMNS if c not in DERIVED)

# Room for identifiers of other agencies, so that new labels fit into an old store.
TEXT_BYTES = 96
_UNKNOWN = -1

DTYPES: Mapping[str, np.dtype[np.generic]] = {
    TIME: np.dtype("<i8"),
    NUMBER: np.dtype("<f8"),
    TEXT: np.dtype(f"S{TEXT_BYTES}"),
    TRUTH: np.dtype("i1"),
}


def dtype_of(column: str) -> np.dtype[np.generic]:
    """Give the type in which a column is stored."""
    return DTYPES[SAMPLE_COLUMNS[column]]


def to_arrays(samples: pd.DataFrame) -> dict[str, NDArray[np.generic]]:
    """Turn the columns of a sample table into arrays.

    Times become nanoseconds since 1970, truth becomes 1, 0 or -1 for unknown, text UTF-8 bytes
    of fixed width, empty where missing.

    Raises
    ------
    StoreError
        A text is longer than the width.
    """
    return {column: _encode(samples[column], column) for column in STORED_COLUMNS}


def _encode(values: pd.Series, column: str) -> NDArray[np.generic]:
    kind = SAMPLE_COLUMNS[column]
    if kind == TIME:
        return values.to_numpy(dtype="datetime64[ns]").astype("<i8")
    if kind == NUMBER:
        return values.to_numpy(dtype="<f8", na_value=np.nan)
    if kind == TRUTH:
        return values.astype("Int8").fillna(_UNKNOWN).to_numpy(dtype="i1")
    encoded = [("" if pd.isna(v) else str(v)).encode() for v in values]
    longest = max(encoded, key=len, default=b"")
    if len(longest) > TEXT_BYTES:
        msg = (
            f"samples: {column} {longest.decode()!r} takes {len(longest)} bytes; a store holds "
            f"{TEXT_BYTES}. Shorten the identifiers"
        )
        raise StoreError(msg)
    return np.array(encoded, dtype=DTYPES[TEXT])


def to_table(arrays: Mapping[str, NDArray[np.generic]]) -> pd.DataFrame:
    """Turn the arrays of :func:`to_arrays` back into a table, without the derived columns."""
    return pd.DataFrame({column: _decode(arrays[column], column) for column in STORED_COLUMNS})


def _decode(values: NDArray[np.generic], column: str) -> pd.Series:
    kind = SAMPLE_COLUMNS[column]
    if kind == TIME:
        return pd.Series(values.astype("<i8").view("datetime64[ns]"))
    if kind == NUMBER:
        return pd.Series(values.astype(np.float64))
    if kind == TRUTH:
        return pd.Series(pd.arrays.BooleanArray(values == 1, values == _UNKNOWN))
    text = [v.decode() or None for v in values.tolist()]
    return pd.Series(text, dtype="str")


def digest_of(arrays: Mapping[str, NDArray[np.generic]], text: bytes) -> bytes:
    """SHA-256 over all columns and a text (32 bytes): a half-written table does not fit it."""
    whole = hashlib.sha256(text)
    for column in STORED_COLUMNS:
        whole.update(np.ascontiguousarray(arrays[column]).tobytes())
    return whole.digest()


def ids_sha256(ids: NDArray[np.generic]) -> str:
    """Hexadecimal SHA-256 of a column of identifiers as stored."""
    return hashlib.sha256(np.ascontiguousarray(ids).tobytes()).hexdigest()


def days_of(samples: pd.DataFrame) -> NDArray[np.datetime64]:
    """Give the UTC day whose field a sample is made of: it ends less than a day before the issue.

    Returns
    -------
    days
        datetime64[D], shape (n,).
    """
    issued = samples["issue_time"].to_numpy(dtype="datetime64[D]")
    return np.asarray(issued - np.timedelta64(1, "D"))
