"""The forecast ledger: JSON lines, one record per station-day, each bound to the one before.

A record's ``hash`` is the SHA-256 of its RFC 8785 form without ``hash`` and with ``prev``, the
hash of the record before it. The bytes on disk must equal the canonical form. The newest hash
also stands in a second file, the head, so that a ledger cut short is found out.

An append is one write, flushed to disk, and only then moves the head. After a crash therefore
the file may end in a torn line, which was never acknowledged, and the head may lag behind; both
are said by :func:`verify` and put right by :func:`recover`.
"""

import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from seismomag.core.atomic import write_bytes
from seismomag.core.errors import SchemaError, StoreError
from seismomag.operate.canonical import canonical
from seismomag.operate.ledger.verification import (
    DECIMALS,
    GENESIS,
    NOTHING_KNOWN,
    BrokenChainError,
    Check,
    Prefix,
    bytes_of,
    head_line,
    head_path,
    prefix_of,
    record_hash,
    verify_bytes,
)

FIELDS = (
    "seq",
    "kind",
    "issued_at",
    "valid_from",
    "valid_to",
    "day",
    "station",
    "probability",
    "alarm",
    "azimuth",
    "magnitude_class",
    "model_sha256",
    "input_sha256",
    "coverage",
    "kp_at_issue",
    "reason",
    "prev",
    "hash",
)
"""What every record has; what does not apply is null."""

KINDS = ("preregistration", "forecast", "no_data")

TIME_PATTERN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Memory:
    """What one process knows of a ledger: to add a record, only what is new is checked whole.

    Attributes
    ----------
    prefix
        Bytes that it has checked, or written itself.
    """

    def __init__(self) -> None:
        self.prefix = NOTHING_KNOWN


def append(
    path: Path | str, records: Sequence[Mapping[str, Any]], memory: Memory | None = None
) -> list[dict[str, Any]]:
    """Add records at the end, durably.

    Parameters
    ----------
    path
        The ledger; made when absent.
    records
        Fields of :data:`FIELDS` without ``seq``, ``prev`` and ``hash``; absent ones become null.
    memory
        Of whoever adds again and again; the bytes before are compared with it in any case.

    Returns
    -------
    written
        The complete records.

    Raises
    ------
    BrokenChainError
        What stands there already is broken; nothing is written.
    SchemaError
        A record has an unknown field or an impossible value; nothing is written.
    StoreError
        The disk did not take it; the ledger is as before.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = [_checked(record) for record in records]
    with _locked(target) as file:
        check, data = _made_whole(target, file, memory.prefix if memory else NOTHING_KNOWN)
        written = _chained(fresh, check.n_records, check.head)
        if written:
            new = b"".join(canonical(record) + b"\n" for record in written)
            _write(target, file, new)
            last = written[-1]
            write_bytes(head_path(target), head_line(last["seq"], last["hash"]))
            if memory is not None:
                memory.prefix = prefix_of(data + new, last["seq"] + 1, last["hash"])
    return written


def recover(path: Path | str) -> Check:
    """Put right what a crash leaves: set a torn last line aside, move the head on.

    The torn bytes were never acknowledged; they are kept beside the ledger, in a file that ends
    in ``.torn``.

    Returns
    -------
    check
        Of what was found, before it was put right.

    Raises
    ------
    BrokenChainError
        More is wrong than a crash explains; nothing is changed.
    """
    with _locked(Path(path)) as file:
        return _made_whole(Path(path), file)[0]


def read(path: Path | str) -> list[dict[str, Any]]:
    """Read every record of an intact ledger; an absent file has none.

    Raises
    ------
    BrokenChainError
        Names the first bad seq.
    """
    data = bytes_of(Path(path)) or b""
    _refuse_broken(verify_bytes(data, bytes_of(head_path(path))), path)
    return [json.loads(line) for line in data.split(b"\n")[:-1]]


@contextmanager
def held(path: Path | str) -> Iterator[None]:
    """Keep every writer of this machine off a ledger, to read it together with something else.

    Whoever appends meanwhile waits. A ledger that does not exist is not made.
    """
    if not Path(path).exists():
        yield
        return
    with _locked(Path(path)):
        yield


def is_late(record: Mapping[str, Any]) -> bool:
    """Whether a record was issued after its horizon began: kept, and never scored."""
    return bool(record["issued_at"] > record["valid_from"])


def _refuse_broken(check: Check, path: Path | str) -> None:
    if not check.is_intact:
        msg = f"{path}: broken at seq {check.first_bad_seq}: {check.reason}"
        raise BrokenChainError(msg)


def _made_whole(path: Path, file: BinaryIO, known: Prefix = NOTHING_KNOWN) -> tuple[Check, bytes]:
    """Check a ledger and put right what a crash leaves; its whole lines are returned too."""
    file.seek(0)
    data, head = file.read(), bytes_of(head_path(path))
    if head is None and b"\n" not in data:
        # Before the first record, so that a head that is gone is always a loss.
        head = head_line(-1, GENESIS)
        write_bytes(head_path(path), head)
    check = verify_bytes(data, head, known)
    _refuse_broken(check, path)
    if check.torn_bytes:
        end = len(data) - check.torn_bytes
        write_bytes(path.with_name(f"{path.name}.{check.n_records}.torn"), data[end:])
        file.truncate(end)
        os.fsync(file.fileno())
    if check.head_behind:
        write_bytes(head_path(path), head_line(check.n_records - 1, check.head))
    return check, data[: len(data) - check.torn_bytes]


def _write(path: Path, file: BinaryIO, data: bytes) -> None:
    end = file.seek(0, os.SEEK_END)
    try:
        # Unbuffered: the kernel takes all of it, or says how much it took.
        done = file.write(data)
        if done != len(data):
            raise OSError(0, f"{done} of {len(data)} bytes were taken")
        os.fsync(file.fileno())
    except OSError as error:
        file.truncate(end)
        msg = f"{path}: not written ({error.strerror}); the ledger is as before"
        raise StoreError(msg) from error


def _chained(fresh: Sequence[dict[str, Any]], seq: int, prev: str) -> list[dict[str, Any]]:
    written = []
    for offset, record in enumerate(fresh):
        whole = {**record, "seq": seq + offset, "prev": prev}
        prev = record_hash(whole)
        written.append({**whole, "hash": prev})
    return written


def _checked(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record with every field, numbers rounded, or say what is wrong with it."""
    strange = sorted(set(record) - set(FIELDS[1:-2]))
    if strange:
        msg = f"ledger record: unknown field {', '.join(strange)}"
        raise SchemaError(msg)
    whole = {field: _rounded(record.get(field)) for field in FIELDS[1:-2]}
    for name, wrong in _WRONG.items():
        if wrong(whole):
            msg = f"ledger record of {whole['station']}: {name} is {whole[name]!r}"
            raise SchemaError(msg)
    return whole


def _rounded(value: Any) -> Any:
    if not isinstance(value, float):
        return value
    return None if value != value else round(value, DECIMALS)


def _no_time(name: str) -> Callable[[Mapping[str, Any]], bool]:
    def wrong(record: Mapping[str, Any]) -> bool:
        value = record[name]
        if value is None:
            return name == "issued_at" or record["kind"] != "preregistration"
        return TIME_PATTERN.fullmatch(str(value)) is None

    return wrong


def _no_hash(name: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda r: r[name] is not None and _SHA256.fullmatch(str(r[name])) is None


_WRONG: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "kind": lambda r: r["kind"] not in KINDS,
    "issued_at": _no_time("issued_at"),
    "valid_from": _no_time("valid_from"),
    "valid_to": _no_time("valid_to"),
    "station": lambda r: (r["station"] is None) != (r["kind"] == "preregistration"),
    "probability": lambda r: (
        (r["probability"] is None or not 0 <= r["probability"] <= 1)
        if r["kind"] == "forecast"
        else r["probability"] is not None
    ),
    "alarm": lambda r: r["alarm"] not in (None, True, False),
    "model_sha256": _no_hash("model_sha256"),
    "input_sha256": _no_hash("input_sha256"),
}


@contextmanager
def _locked(path: Path) -> Iterator[BinaryIO]:
    """Open for reading and appending, alone among all writers of this machine."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    with os.fdopen(descriptor, "r+b", buffering=0) as file:
        if sys.platform != "win32":
            import fcntl

            # Given back when the file is closed, by the kernel also when the writer is killed.
            fcntl.flock(file, fcntl.LOCK_EX)
        yield cast("BinaryIO", file)
