"""Anchors: time-stamping authorities (RFC 3161) sign the newest hash of the ledger.

Without one, a chain proves nothing against the owner of the machine; that is then said.
"""

import hashlib
import http.client
import importlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import pandas as pd

from seismomag.core.atomic import write_bytes
from seismomag.core.errors import ConfigError, FormatError, SeismomagError
from seismomag.operate import ledger
from seismomag.operate.canonical import canonical
from seismomag.operate.clock import stamp

INDEX = "anchors.jsonl"
FOLDER = "anchors"
TIMEOUT_S = 30.0
_LARGEST_BYTES = 100_000

Ask = Callable[[bytes], bytes]
"""Sends a time-stamp request, returns the response."""


class AnchorError(SeismomagError):
    """An authority did not answer, or its answer does not hold."""


@dataclass(frozen=True, kw_only=True)
class AnchorReport:
    """Anchors of a head.

    Attributes
    ----------
    n_records, head
        What was to be signed.
    signed
        Names of the authorities that did.
    failures
        One sentence for each that did not.
    """

    n_records: int
    head: str
    signed: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()

    def sentences(self) -> tuple[str, ...]:
        """Say it to a person; offline, the two lines for the bulletin."""
        lines = [f"{self.n_records} records, head {self.head}"]
        lines += [f"signed by {name}" for name in self.signed]
        lines += [f"not signed: {failure}" for failure in self.failures]
        if not self.signed:
            lines.append("not externally anchored: publish the head where others can date it")
        return tuple(lines)


def anchor(path: Path | str, authorities: Mapping[str, Ask], now: pd.Timestamp) -> AnchorReport:
    """Have the newest hash signed, and keep the answers beside the ledger.

    Parameters
    ----------
    path
        The ledger.
    authorities
        By name; none at all gives the statement for offline use.
    now
        UTC.

    Raises
    ------
    BrokenChainError
        The ledger is broken; nothing is signed.
    ConfigError
        It has no record, or the extra ``anchor`` is not installed.
    """
    records = ledger.read(path)
    if not records:
        msg = f"{path}: no record yet, nothing to anchor"
        raise ConfigError(msg)
    head, folder = records[-1]["hash"], Path(path).parent
    signed, failures = [], []
    for name, ask in authorities.items():
        try:
            answer = _signed(head, ask)
        except AnchorError as error:
            failures.append(f"{name}: {error}")
            continue
        file = f"{FOLDER}/{len(records) - 1:08d}-{_tidy(name)}.tsr"
        write_bytes(folder / file, answer)
        entry = {"seq": len(records) - 1, "hash": head, "authority": name, "at": stamp(now)}
        _add(folder / INDEX, entry | {"file": file, "sha256": hashlib.sha256(answer).hexdigest()})
        signed.append(name)
    return AnchorReport(
        n_records=len(records), head=head, signed=tuple(signed), failures=tuple(failures)
    )


def check_anchors(path: Path | str, roots: Sequence[bytes]) -> tuple[str, ...]:
    """Check every anchor against the ledger and the authorities' certificates, offline.

    Parameters
    ----------
    path
        The ledger.
    roots
        Root certificates (PEM) that are trusted.

    Returns
    -------
    problems
        One sentence each; empty when all hold.

    Raises
    ------
    BrokenChainError
        The ledger itself is broken.
    FormatError
        The list of anchors is damaged.
    """
    records, folder = ledger.read(path), Path(path).parent
    problems = []
    for entry in read_anchors(folder / INDEX):
        seq, who = int(entry["seq"]), f"anchor of {entry['authority']} at seq {entry['seq']}"
        if seq >= len(records) or records[seq]["hash"] != entry["hash"]:
            problems.append(f"{who}: the ledger has another record there")
            continue
        try:
            _verify((folder / entry["file"]).read_bytes(), entry["hash"], roots)
        except (AnchorError, OSError) as error:
            problems.append(f"{who}: {error}")
    return tuple(problems)


def read_anchors(index: Path) -> list[dict[str, Any]]:
    """Read the list of anchors; an absent file has none.

    Raises
    ------
    FormatError
        A line is damaged.
    """
    lines = index.read_bytes().splitlines() if index.is_file() else []
    try:
        return [json.loads(line) for line in lines]
    except ValueError as error:
        msg = f"{index}: damaged ({error}); restore it from a backup"
        raise FormatError(msg) from error


def over_http(url: str) -> Ask:
    """Ask an authority at an address; its answer is signed, so plain http will do.

    Raises
    ------
    ConfigError
        No http or https address.
    """
    parts = urlsplit(url)
    kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
    if parts.scheme not in kinds or not parts.hostname:
        msg = f"time-stamping authority {url!r}: expected http or https"
        raise ConfigError(msg)
    host = parts.hostname

    def ask(request: bytes) -> bytes:
        connection = kinds[parts.scheme](host, parts.port, timeout=TIMEOUT_S)
        headers = {"Content-Type": "application/timestamp-query"}
        try:
            connection.request("POST", parts.path or "/", request, headers)
            answer = connection.getresponse()
            body = answer.read(_LARGEST_BYTES)
        except (OSError, http.client.HTTPException) as error:
            msg = f"{host} did not answer ({type(error).__name__})"
            raise AnchorError(msg) from error
        finally:
            connection.close()
        if answer.status != 200:
            msg = f"{host} answered {answer.status}"
            raise AnchorError(msg)
        return bytes(body)

    return ask


def _signed(head: str, ask: Ask) -> bytes:
    client = _client()
    builder = client.TimestampRequestBuilder().data(head.encode())
    request = builder.hash_algorithm(client.HashAlgorithm.SHA256).build()
    answer: bytes = ask(request.as_bytes())
    response = _decoded(answer)
    info = response.tst_info
    wanted = hashlib.sha256(head.encode()).digest()
    if info.message_imprint.message != wanted or info.nonce != request.nonce:
        msg = "the answer signs something else"
        raise AnchorError(msg)
    return answer


def _verify(answer: bytes, head: str, roots: Sequence[bytes]) -> None:
    from cryptography.x509 import load_pem_x509_certificate

    client = _client()
    response = _decoded(answer)
    builder = client.VerifierBuilder()
    for root in roots:
        builder = builder.add_root_certificate(load_pem_x509_certificate(root))
    try:
        builder.build().verify(response, hashlib.sha256(head.encode()).digest())
    except (client.VerificationError, ValueError) as error:
        msg = f"the signature does not hold ({error})"
        raise AnchorError(msg) from error


def _decoded(answer: bytes) -> Any:
    client = _client()
    try:
        response = client.decode_timestamp_response(answer)
    except ValueError as error:
        msg = f"the answer is no time stamp ({error})"
        raise AnchorError(msg) from error
    if client.PKIStatus(response.status) != client.PKIStatus.GRANTED:
        msg = "the authority refused"
        raise AnchorError(msg)
    return response


def _client() -> ModuleType:
    try:
        return importlib.import_module("rfc3161_client")
    except ImportError as error:
        msg = "anchors need rfc3161-client; install seismomag[anchor]"
        raise ConfigError(msg) from error


def _add(index: Path, entry: Mapping[str, Any]) -> None:
    before = index.read_bytes() if index.is_file() else b""
    write_bytes(index, before + canonical(dict(entry)) + b"\n")


def _tidy(name: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in name)[:40]
