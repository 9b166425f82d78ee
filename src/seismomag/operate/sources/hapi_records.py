"""Records of a HAPI answer, in its three forms, to times and numbers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seismomag.operate.sources.answer import DAMAGED, SourceError
from seismomag.operate.sources.hapi_info import Parameter, moment, parse_json, status_of


@dataclass(frozen=True, kw_only=True)
class Records:
    """Numbers with their stamps.

    Attributes
    ----------
    stamps_ns
        Shape (n,): nanoseconds since 1970-01-01 UTC.
    values
        Shape (k, n); NaN where the server sent its fill value.
    """

    stamps_ns: NDArray[np.int64]
    values: NDArray[np.float64]


def empty(parameters: Sequence[Parameter]) -> Records:
    """No records."""
    k = sum(one.n for one in parameters[1:])
    return Records(stamps_ns=np.zeros(0, np.int64), values=np.zeros((k, 0)))


def read_csv(body: bytes, parameters: Sequence[Parameter], who: str) -> Records:
    """Read text records.

    Raises
    ------
    SourceError
        The last line does not end, a line has another number of fields, or one is no number.
    """
    if not body.endswith(b"\n"):
        msg = f"{who}: the stream breaks off within the record {body[-60:]!r}"
        raise SourceError(DAMAGED, msg)
    k = sum(one.n for one in parameters[1:])
    try:
        lines = body.decode("ascii").splitlines()
        rows = [line.split(",") for line in lines if line and not line.startswith("#")]
        bad = next((row for row in rows if len(row) != k + 1), None)
        if bad is not None:
            msg = f"{who}: a record of {len(bad)} fields, expected {k + 1}: {bad[:6]}"
            raise SourceError(DAMAGED, msg)
        numbers = np.array([row[1:] for row in rows], np.float64).reshape(len(rows), k)
        stamps = _stamps([row[0] for row in rows], who)
    except ValueError as error:
        msg = f"{who}: a record that is no text of numbers ({error})"
        raise SourceError(DAMAGED, msg) from error
    return Records(stamps_ns=stamps, values=_mask(numbers.T.copy(), parameters))


def read_binary(body: bytes, parameters: Sequence[Parameter], who: str) -> Records:
    """Read packed records.

    Raises
    ------
    SourceError
        The length is no multiple of the record, or a stamp is no time.
    """
    kinds = {"double": "<f8", "integer": "<i4"}
    fields: list[tuple[str, str, tuple[int, ...]]] = [
        (f"p{i}", kinds.get(one.type, f"S{one.length}"), (one.n,))
        for i, one in enumerate(parameters)
    ]
    record = np.dtype(fields)
    if len(body) % record.itemsize:
        msg = f"{who}: {len(body):,} bytes are no whole records of {record.itemsize}: broken off"
        raise SourceError(DAMAGED, msg)
    table = np.frombuffer(body, record)
    try:
        texts = [text.decode("ascii") for text in table["p0"][:, 0].tolist()]
        numbers = [table[f"p{i}"].astype(np.float64).T for i in range(1, len(parameters))]
    except ValueError as error:
        msg = f"{who}: binary records that hold no numbers ({error})"
        raise SourceError(DAMAGED, msg) from error
    return Records(stamps_ns=_stamps(texts, who), values=_mask(np.concatenate(numbers), parameters))


def read_json_records(body: bytes, parameters: Sequence[Parameter], who: str) -> Records:
    """Read ``{"data": [[time, [x, y, z], f], ...]}``.

    Raises
    ------
    SourceError
        No such list.
    """
    answered = parse_json(body, who)
    code, text = status_of(answered)
    if code >= 1400:
        msg = f"{who}: status {code} ({text}) under an answer of success"
        raise SourceError(DAMAGED, msg)
    data: Any = answered.get("data")
    try:
        if not data:
            return empty(parameters)
        stamps = _stamps([str(row[0]) for row in data], who)
        flat = [[v for part in row[1:] for v in np.ravel(part).tolist()] for row in data]
        numbers = np.array(flat, np.float64).T.copy()
    except (TypeError, ValueError, IndexError, KeyError) as error:
        msg = f"{who}: JSON records that are not what info promises ({error})"
        raise SourceError(DAMAGED, msg) from error
    if numbers.ndim != 2 or numbers.shape[0] != sum(one.n for one in parameters[1:]):
        msg = f"{who}: JSON records of shape {numbers.shape}, not what info promises"
        raise SourceError(DAMAGED, msg)
    return Records(stamps_ns=stamps, values=_mask(numbers, parameters))


RECORD_READERS: Mapping[str, Callable[[bytes, Sequence[Parameter], str], Records]] = {
    "binary": read_binary,
    "csv": read_csv,
    "json": read_json_records,
}
"""Form of an answer to its reader; the first that a server offers is asked for."""


def _stamps(texts: Sequence[str], who: str) -> NDArray[np.int64]:
    cleaned = [text.rstrip("\x00").strip() for text in texts]
    try:
        return np.array([text.removesuffix("Z") for text in cleaned], "datetime64[ns]").astype(
            np.int64
        )
    except ValueError:
        pass
    try:
        return np.array([moment(text).value for text in cleaned], np.int64)
    except (ValueError, OverflowError) as error:
        msg = f"{who}: a stamp that is no time ({error})"
        raise SourceError(DAMAGED, msg) from error


def _mask(values: NDArray[np.float64], parameters: Sequence[Parameter]) -> NDArray[np.float64]:
    row = 0
    for one in parameters[1:]:
        part = values[row : row + one.n]
        # Servers spell one fill in several ways ("99999", "99999.0"): numbers are compared.
        part[np.isclose(part, one.fill, rtol=1e-9, atol=0)] = np.nan
        row += one.n
    return values
