"""The ledger as the page reads it: verified once for each state of the file, paged by offsets."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seismomag.operate.ledger.verification import Check, head_path, verify_bytes

_TAIL_RECORDS = 4_000
"""Newest records in which due ones are looked for: months of a network."""

_NO_DATA = b'"kind":"no_data"'
"""As the canonical form writes it."""


@dataclass(frozen=True, eq=False)
class LedgerView:
    """A ledger and what a verification of these very bytes found.

    Attributes
    ----------
    path
        The file.
    check
        Of the chain.
    verified_at
        When [UTC]; None for a ledger that does not exist yet.
    starts
        Offset of each whole line, and of the end.
    no_data
        The records that say why there is no forecast.
    """

    path: Path
    check: Check
    verified_at: datetime | None
    starts: NDArray[np.int64]
    no_data: tuple[Mapping[str, Any], ...] = ()

    @property
    def n_lines(self) -> int:
        """Whole lines, good or bad."""
        return max(self.starts.size - 1, 0)

    def lines(self, first: int, end: int) -> list[Mapping[str, Any]]:
        """Read the records of lines ``first <= i < end``; a line that is no record is left out."""
        first, end = max(first, 0), min(end, self.n_lines)
        if first >= end or not self.path.is_file():
            return []
        with self.path.open("rb") as file:
            file.seek(int(self.starts[first]))
            data = file.read(int(self.starts[end] - self.starts[first]))
        return [record for line in data.splitlines() for record in _record(line)]

    def newest(self) -> list[Mapping[str, Any]]:
        """Read the newest records, as many as due ones are looked for in."""
        return self.lines(self.n_lines - _TAIL_RECORDS, self.n_lines)


def _record(line: bytes) -> list[Mapping[str, Any]]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return []
    return [record] if isinstance(record, dict) else []


class LedgerReader:
    """Verifies a ledger again when its file or its head has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._held: tuple[Any, LedgerView] | None = None

    def view(self, now: datetime) -> LedgerView:
        """Return the present ledger.

        Parameters
        ----------
        now
            Becomes the time of the verification, if one is made.
        """
        with self._lock:
            marks = tuple(_mark(path) for path in (self._path, head_path(self._path)))
            if self._held is None or self._held[0] != marks:
                self._held = marks, _verified(self._path, now)
            return self._held[1]


def _mark(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return stat.st_mtime_ns, stat.st_size


def _verified(path: Path, now: datetime) -> LedgerView:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return LedgerView(path, verify_bytes(b"", _head(path)), None, np.zeros(1, np.int64))
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n")) + 1
    starts = np.concatenate(([0], ends)).astype(np.int64)
    silent = [line for line in data.split(b"\n")[:-1] if _NO_DATA in line]
    no_data = tuple(record for line in silent for record in _record(line))
    return LedgerView(path, verify_bytes(data, _head(path)), now, starts, no_data)


def _head(path: Path) -> bytes | None:
    try:
        return head_path(path).read_bytes()
    except FileNotFoundError:
        return None
