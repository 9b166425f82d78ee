"""OpenTimestamps: calendars bind the newest hash of the ledger to a Bitcoin block.

A calendar answers at once with a promise, and hours later with the path to a block header. Such
a proof says "existed no later than this block", and needs no authority; it stands beside time
stamps of RFC 3161 and not in their place.
"""

import hashlib
import http.client
import importlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from seismomag.core.atomic import write_bytes
from seismomag.core.errors import ConfigError
from seismomag.operate import ledger
from seismomag.operate.ledger.anchor import FOLDER, AnchorError

SUFFIX = ".ots"
TIMEOUT_S = 30.0
_LARGEST_BYTES = 10_000

Ask = Callable[[str, bytes | None], bytes | None]
"""Posts a body to a path of a calendar, or gets a path; None where there is nothing yet."""


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What a proof says about a record of the ledger.

    Attributes
    ----------
    seq
        The record.
    pending
        Calendars that promised and have not delivered.
    blocks
        Heights of Bitcoin blocks, each with the Merkle root that its header must have, in the
        order of bytes in which explorers show it.
    problem
        Why it proves nothing; empty if it does.
    """

    seq: int
    pending: tuple[str, ...] = ()
    blocks: tuple[tuple[int, str], ...] = ()
    problem: str = ""

    def sentence(self) -> str:
        """Say it to a person."""
        if self.problem:
            return f"seq {self.seq}: {self.problem}"
        if self.blocks:
            said = [
                f"Bitcoin block {height} with Merkle root {root}" for height, root in self.blocks
            ]
            return f"seq {self.seq}: existed before {', '.join(said)}; compare that header"
        return f"seq {self.seq}: promised by {', '.join(self.pending)}; upgrade it tomorrow"


def stamp_head(
    path: Path | str, calendars: Mapping[str, Ask]
) -> tuple[Path | None, tuple[str, ...]]:
    """Ask calendars to bind the newest hash; their promises are kept beside the ledger.

    Returns
    -------
    proof, failures
        The file, None if no calendar promised; one sentence for each that did not.

    Raises
    ------
    BrokenChainError
        The ledger is broken; nothing is asked.
    ConfigError
        It has no record, or the extra ``ots`` is not installed.
    """
    records = ledger.read(path)
    if not records:
        msg = f"{path}: no record yet, nothing to anchor"
        raise ConfigError(msg)
    stamps = _library("timestamp")
    wanted = _digest(records[-1]["hash"])
    made = stamps.Timestamp(wanted)
    failures = []
    for name, ask in calendars.items():
        try:
            made.merge(_timestamp(ask("digest", wanted), wanted))
        except AnchorError as error:
            failures.append(f"{name}: {error}")
    if len(failures) == len(calendars):
        return None, tuple(failures)
    file = Path(path).parent / FOLDER / f"{len(records) - 1:08d}{SUFFIX}"
    return _write(file, stamps.DetachedTimestampFile(_library("op").OpSHA256(), made)), tuple(
        failures
    )


def upgrade(path: Path | str, calendars: Mapping[str, Ask]) -> tuple[str, ...]:
    """Fetch what calendars have delivered since.

    Only the calendars that are named are asked: the address in a proof is anybody's.

    Returns
    -------
    failures
        One sentence each.
    """
    failures: list[str] = []
    for file in _proofs(path):
        try:
            proof = _read(file)
        except AnchorError as error:
            failures.append(f"{file.name}: {error}")
            continue
        before = _bytes(proof)
        failures += [f"{file.name}: {failure}" for failure in _deliver(proof, calendars)]
        if _bytes(proof) != before:
            _write(file, proof)
    return tuple(failures)


def check_proofs(path: Path | str) -> tuple[Proof, ...]:
    """Read every proof and compare it with the ledger, offline.

    Raises
    ------
    BrokenChainError
        The ledger itself is broken.
    """
    records = ledger.read(path)
    return tuple(_proof(file, records) for file in _proofs(path))


def calendar(url: str) -> Ask:
    """A calendar at an https address.

    Raises
    ------
    ConfigError
        No https address.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname:
        msg = f"calendar {url!r}: expected https"
        raise ConfigError(msg)
    host, root = parts.hostname, parts.path.rstrip("/")
    return over(lambda: http.client.HTTPSConnection(host, parts.port, timeout=TIMEOUT_S), root)


def over(connect: Callable[[], http.client.HTTPConnection], root: str = "") -> Ask:
    """A calendar over a connection."""

    def ask(path: str, body: bytes | None) -> bytes | None:
        connection = connect()
        headers = {"Accept": "application/vnd.opentimestamps.v1", "User-Agent": "seismomag"}
        try:
            connection.request("GET" if body is None else "POST", f"{root}/{path}", body, headers)
            answer = connection.getresponse()
            read = answer.read(_LARGEST_BYTES + 1)
        except (OSError, http.client.HTTPException) as error:
            msg = f"{connection.host} did not answer ({type(error).__name__})"
            raise AnchorError(msg) from error
        finally:
            connection.close()
        if answer.status == 404 and body is None:
            return None
        if answer.status != 200 or len(read) > _LARGEST_BYTES:
            msg = f"{connection.host} answered {answer.status} with {len(read)} bytes"
            raise AnchorError(msg)
        return bytes(read)

    return ask


def _deliver(proof: Any, calendars: Mapping[str, Ask]) -> Iterator[str]:
    """Merge what calendars have delivered into a proof; give what went wrong."""
    for promise, uri in list(_promises(proof.timestamp)):
        ask = calendars.get(uri.rstrip("/"))
        if ask is None:
            yield f"{uri} is not among the calendars that may be asked"
            continue
        try:
            body = ask(f"timestamp/{promise.msg.hex()}", None)
            if body is not None:
                promise.merge(_timestamp(body, promise.msg))
        except AnchorError as error:
            yield str(error)


def _digest(head: str) -> bytes:
    return hashlib.sha256(head.encode()).digest()


def _proofs(path: Path | str) -> list[Path]:
    return sorted((Path(path).parent / FOLDER).glob(f"*{SUFFIX}"))


def _proof(file: Path, records: list[dict[str, Any]]) -> Proof:
    seq = int(file.stem) if file.stem.isdecimal() else -1
    try:
        proof = _read(file)
    except AnchorError as error:
        return Proof(seq=seq, problem=str(error))
    if not 0 <= seq < len(records) or proof.file_digest != _digest(records[seq]["hash"]):
        return Proof(seq=seq, problem="the ledger has another record there")
    notary = _library("notary")
    pending, blocks = [], []
    for message, attestation in proof.timestamp.all_attestations():
        if isinstance(attestation, notary.PendingAttestation):
            pending.append(attestation.uri)
        elif isinstance(attestation, notary.BitcoinBlockHeaderAttestation):
            blocks.append((int(attestation.height), message[::-1].hex()))
    return Proof(seq=seq, pending=tuple(sorted(pending)), blocks=tuple(sorted(blocks)))


def _promises(stamp: Any) -> Iterator[tuple[Any, str]]:
    notary = _library("notary")
    has_block = any(
        isinstance(one, notary.BitcoinBlockHeaderAttestation) for _, one in stamp.all_attestations()
    )
    for one in stamp.attestations:
        if isinstance(one, notary.PendingAttestation) and not has_block:
            yield stamp, str(one.uri)
    for below in stamp.ops.values():
        yield from _promises(below)


def _timestamp(body: bytes | None, digest: bytes) -> Any:
    made = _library("timestamp").Timestamp
    return _parsed(body or b"", lambda context: made.deserialize(context, digest))


def _read(file: Path) -> Any:
    made = _library("timestamp").DetachedTimestampFile
    return _parsed(file.read_bytes(), made.deserialize)


def _parsed(data: bytes, parse: Callable[[Any], Any]) -> Any:
    serialize = _library("serialize")
    context = serialize.BytesDeserializationContext(data)
    try:
        found = parse(context)
        context.assert_eof()
    except (serialize.DeserializationError, ValueError) as error:
        msg = f"no proof of OpenTimestamps ({type(error).__name__})"
        raise AnchorError(msg) from error
    return found


def _bytes(proof: Any) -> bytes:
    context = _library("serialize").BytesSerializationContext()
    proof.serialize(context)
    return bytes(context.getbytes())


def _write(file: Path, proof: Any) -> Path:
    return write_bytes(file, _bytes(proof))


def _library(name: str) -> ModuleType:
    try:
        return importlib.import_module(f"opentimestamps.core.{name}")
    except ImportError as error:
        msg = "OpenTimestamps needs its library; install seismomag[ots]"
        raise ConfigError(msg) from error
