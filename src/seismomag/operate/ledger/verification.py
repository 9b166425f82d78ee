"""Whether a ledger is what was written: every byte, every link, and the head."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seismomag.core.errors import LeakError
from seismomag.operate.canonical import LARGEST_INTEGER, canonical, number

GENESIS = "0" * 64
"""``prev`` of the first record."""

DECIMALS = 6
"""Digits behind the point that a number of a record has at most."""


class BrokenChainError(LeakError):
    """The ledger is not what was written; nothing may be scored on it."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """What a verification found.

    Attributes
    ----------
    n_records
        Good records before the first bad one.
    head
        Hash of the last good one.
    first_bad_seq
        Of the first record that is not what was written; None if there is none.
    reason
        What is wrong with it.
    torn_bytes
        Length of an unfinished last line, which was never acknowledged.
    head_behind
        Records that the head file does not know yet: the writer died between two writes.
    """

    n_records: int
    head: str
    first_bad_seq: int | None = None
    reason: str = ""
    torn_bytes: int = 0
    head_behind: int = 0

    @property
    def is_intact(self) -> bool:
        """Whether every record is what was written."""
        return self.first_bad_seq is None

    def sentences(self) -> tuple[str, ...]:
        """Say it to a person."""
        said = [f"{self.n_records} records, head {self.head}"]
        if self.first_bad_seq is not None:
            said.append(f"BROKEN at seq {self.first_bad_seq}: {self.reason}")
        if self.torn_bytes:
            said.append(
                f"the last line is torn ({self.torn_bytes} bytes without an end of line): a write "
                "was cut off before it was acknowledged; the next append sets it aside"
            )
        if self.head_behind:
            said.append(f"the head file lags {self.head_behind} records; the next append moves it")
        return tuple(said)


def head_path(path: Path | str) -> Path:
    """Where the newest hash stands a second time."""
    return Path(path).with_suffix(".head.json")


def head_line(seq: int, digest: str) -> bytes:
    """Content of the head file; seq -1 before the first record."""
    return canonical({"seq": seq, "hash": digest}) + b"\n"


def record_hash(record: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical form of a record without its ``hash``."""
    rest = {key: value for key, value in record.items() if key != "hash"}
    return hashlib.sha256(canonical(rest)).hexdigest()


def verify(path: Path | str) -> Check:
    """Check every byte of a ledger against the chain and the head.

    Examples
    --------
    >>> verify("no such ledger.jsonl").n_records
    0
    """
    return verify_bytes(bytes_of(Path(path)) or b"", bytes_of(head_path(path)))


@dataclass(frozen=True, kw_only=True)
class Prefix:
    """The beginning of a ledger that was checked once, and need not be record by record again.

    Attributes
    ----------
    n_bytes, sha256
        Of all its bytes, which are compared in any case.
    n_records
        In it.
    head
        Hash of the last one.
    """

    n_bytes: int = 0
    sha256: str = hashlib.sha256().hexdigest()
    n_records: int = 0
    head: str = GENESIS


NOTHING_KNOWN = Prefix()


def prefix_of(data: bytes, n_records: int, head: str) -> Prefix:
    """Describe whole and checked lines as a prefix of what comes."""
    digest = hashlib.sha256(data).hexdigest()
    return Prefix(n_bytes=len(data), sha256=digest, n_records=n_records, head=head)


def verify_bytes(data: bytes, head: bytes | None, known: Prefix = NOTHING_KNOWN) -> Check:
    """Check the content of a ledger and of its head file; see :func:`verify`.

    Parameters
    ----------
    data, head
        Content of both files.
    known
        What was checked before; looked into again where a byte of it has changed.
    """
    begin = known if _is_unchanged(data, head, known) else NOTHING_KNOWN
    lines = data[begin.n_bytes :].split(b"\n")
    torn = len(lines.pop())
    prev, hashes = begin.head, []
    for seq, line in enumerate(lines, begin.n_records):
        reason = _wrong_with(line, seq, prev)
        if isinstance(reason, Bad):
            return Check(n_records=seq, head=prev, first_bad_seq=seq, reason=reason.why)
        prev = reason
        hashes.append(prev)
    return _against_head(hashes, head, torn, begin)


def _is_unchanged(data: bytes, head: bytes | None, known: Prefix) -> bool:
    """Whether a ledger begins with what is known, and its head lies not before the end of it."""
    if head is None or _read_head(head)[0] < known.n_records - 1:
        return False
    return hashlib.sha256(data[: known.n_bytes]).hexdigest() == known.sha256


@dataclass(frozen=True)
class Bad:
    """Why a line is no record of the chain."""

    why: str


def _wrong_with(line: bytes, seq: int, prev: str) -> str | Bad:
    """Return the hash of a good line, or what is wrong with it."""
    try:
        record = json.loads(line, parse_float=_float, parse_int=_int)
        kept = str(record["hash"])
        is_canonical = _quick_form(record) == line or canonical(record) == line
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return Bad(f"the line is no canonical record ({error})")
    if not is_canonical:
        return Bad("its bytes are not the canonical form of RFC 8785")
    # In canonical bytes this member can stand only once: inside a text its quotes are escaped.
    found = hashlib.sha256(line.replace(b'"hash":"%s",' % kept.encode(), b"", 1)).hexdigest()
    if found != kept:
        return Bad(f"its content hashes to {found[:12]}..., it says {kept[:12]}...")
    if record.get("seq") != seq or record.get("prev") != prev:
        return Bad(f"it does not follow record {seq - 1}: seq {record.get('seq')}")
    return kept


_C_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _quick_form(record: Mapping[str, Any]) -> bytes:
    """Write a record with the encoder of the standard library, four times faster than ours.

    For ASCII and numbers that :func:`_float` and :func:`_int` let pass it is the canonical form
    or no form at all: where the two differ, the caller falls back on ours.
    """
    text = _C_ENCODER.encode(record)
    return text.encode() if text.isascii() else b""


def _float(written: str) -> float:
    value = float(written)
    if number(value) != written:
        msg = f"the number {written} is not in canonical form"
        raise ValueError(msg)
    return value


def _int(written: str) -> int:
    value = int(written)
    if abs(value) > LARGEST_INTEGER or written == "-0":
        msg = f"the number {written} is not in canonical form"
        raise ValueError(msg)
    return value


def _against_head(hashes: list[str], head: bytes | None, torn: int, begin: Prefix) -> Check:
    count, last = begin.n_records + len(hashes), hashes[-1] if hashes else begin.head
    if head is None:
        absent = "the head file is absent; restore it from a backup"
        return Check(
            n_records=count,
            head=last,
            torn_bytes=torn,
            first_bad_seq=count if count else None,
            reason=absent if count else "",
        )
    seq, kept = _read_head(head)
    if not -1 <= seq < count:
        told = f"the head file names record {seq}" if kept else "the head file is damaged"
        why = f"{told}, the ledger ends after {count} whole records"
        return Check(n_records=count, head=last, first_bad_seq=count, reason=why)
    # The hash of record seq stands behind that of the record before.
    known = [begin.head, *hashes]
    there = known[seq + 1 - begin.n_records]
    if there != kept:
        why = f"the head file says {kept[:12]}... for it, the ledger {there[:12]}..."
        before = known[max(seq - begin.n_records, 0)]
        return Check(n_records=max(seq, 0), head=before, first_bad_seq=max(seq, 0), reason=why)
    return Check(n_records=count, head=last, torn_bytes=torn, head_behind=count - 1 - seq)


def _read_head(head: bytes) -> tuple[int, str]:
    """What the head file says; a seq of -2 where it is damaged."""
    try:
        values = json.loads(head)
        seq, kept = int(values["seq"]), str(values["hash"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return -2, ""
    return (seq, kept) if head_line(seq, kept) == head else (-2, "")


def bytes_of(path: Path) -> bytes | None:
    """Content of a file, None when it does not exist."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
