"""Audits beside the database: ``audits/ID/`` with ``audit.json`` and ``verdict.json``."""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from seismomag.core.errors import FormatError
from seismomag.core.verdict_words import INSUFFICIENT, RED, SENTENCES, sentence
from seismomag.operate.api.shapes import Verdict, Words
from seismomag.operate.api.times import read_utc

FOLDER = "audits"
AUDIT_FILE, VERDICT_FILE = "audit.json", "verdict.json"
LARGEST_BYTES = 40_000_000
MOST_AUDITS = 500

_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")

NEVER_AUDITED = Verdict(
    level=None,
    headline=Words(en="Never audited", id="Belum pernah diaudit"),
    sentence=Words(
        en="Experimental anomaly score; not a forecast; never audited.",
        id="Skor anomali eksperimental; bukan prakiraan; belum pernah diaudit.",
    ),
)

HEADLINES: Mapping[str, Words] = {
    "V0 RED": Words(en="Leak found", id="Kebocoran data ditemukan"),
    "V0 INSUFFICIENT": Words(en="Cannot be judged", id="Belum dapat dinilai"),
    "V1": Words(en="No skill demonstrated", id="Kemampuan belum terbukti"),
    "V2": Words(
        en="Association in one past sample only", id="Hanya keterkaitan dalam satu sampel masa lalu"
    ),
    "V3": Words(
        en="Skill demonstrated against common shifts and every simple rule, in past data",
        id="Kemampuan terbukti terhadap pergeseran bersama dan semua aturan sederhana, pada data "
        "masa lalu",
    ),
    "V4": Words(
        en="Skill demonstrated against common shifts ahead of time, in one registered test",
        id="Kemampuan terbukti terhadap pergeseran bersama ke depan, dalam satu uji terdaftar",
    ),
    "V5": Words(
        en="Skill demonstrated ahead of time, replicated by a third party",
        id="Kemampuan terbukti ke depan, direplikasi pihak ketiga",
    ),
}


@dataclass(frozen=True)
class AuditFolder:
    """A finished audit.

    Attributes
    ----------
    audit_id
        Name of its folder.
    path
        The folder.
    verdict
        With the fixed sentence, made here from level and numbers: no file can edit it.
    report_sha256
        Of ``audit.json``, as the verdict keeps it.
    """

    audit_id: str
    path: Path
    verdict: Verdict
    report_sha256: str

    @property
    def audited_at(self) -> datetime:
        """When."""
        assert self.verdict.audited_at is not None
        return self.verdict.audited_at


def find_audits(folder: Path) -> tuple[tuple[AuditFolder, ...], tuple[str, ...]]:
    """Look through the audits of a working directory.

    Returns
    -------
    audits
        Newest first.
    damaged
        Names of folders whose verdict cannot be read.
    """
    place = folder / FOLDER
    found, damaged = [], []
    names = sorted(p.name for p in place.iterdir()) if place.is_dir() else []
    for name in names[:MOST_AUDITS]:
        path = place / name
        if not _ID.fullmatch(name) or path.is_symlink() or not path.is_dir():
            continue
        try:
            found.append(read_verdict(path))
        except FormatError:
            damaged.append(name)
    found.sort(key=lambda audit: (audit.audited_at, audit.audit_id), reverse=True)
    return tuple(found), tuple(damaged)


def last_verdict(folder: Path) -> Verdict:
    """Return the verdict of the newest audit."""
    audits, _ = find_audits(folder)
    return audits[0].verdict if audits else NEVER_AUDITED


def read_verdict(path: Path) -> AuditFolder:
    """Read the verdict of an audit folder.

    Raises
    ------
    FormatError
        It is absent or damaged.
    """
    told = _read(path / VERDICT_FILE)
    try:
        level, reason = str(told["level"]), str(told["reason_code"])
        key = f"{level} {reason}".strip()
        if key not in SENTENCES:
            msg = f"no verdict {key!r}"
            raise ValueError(msg)
        verdict = _verdict(told, level, reason, key, path.name)
        return AuditFolder(path.name, path, verdict, str(told["report_sha256"]))
    except (KeyError, TypeError, ValueError) as error:
        msg = f"{path.name}: {VERDICT_FILE} is damaged ({error}); run the audit again"
        raise FormatError(msg) from error


def read_audit(audit: AuditFolder) -> dict[str, Any]:
    """Read the whole of an audit, and compare it with what its verdict was written for.

    Raises
    ------
    FormatError
        It is absent, damaged, or not what the verdict speaks about.
    """
    file = audit.path / AUDIT_FILE
    told = _read(file)
    if hashlib.sha256(file.read_bytes()).hexdigest() != audit.report_sha256:
        msg = f"{audit.audit_id}: {AUDIT_FILE} is not what its verdict was written for"
        raise FormatError(msg)
    return told


def number(value: Any) -> float | None:
    """Return a number that is one; None for everything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def _verdict(told: Mapping[str, Any], level: str, reason: str, key: str, audit_id: str) -> Verdict:
    p, n = number(told.get("p_value")), int(told["n_events"] or 0)
    at = read_utc(told["audited_at"])
    if at is None:
        msg = f"audited_at is {told['audited_at']!r}"
        raise ValueError(msg)
    shown = math.nan if p is None else p
    code = reason if reason in (RED, INSUFFICIENT) else ""
    return Verdict(
        level=level,
        reason_code=code,
        headline=HEADLINES[key],
        sentence=Words(
            en=sentence(level, code, shown, n, "en"), id=sentence(level, code, shown, n, "id")
        ),
        p_value=p,
        n_events=n,
        audit_id=audit_id,
        audited_at=at.replace(microsecond=0),
    )


def _read(path: Path) -> dict[str, Any]:
    name = f"{path.parent.name}/{path.name}"
    try:
        if path.is_symlink() or path.stat().st_size > LARGEST_BYTES:
            msg = f"{name}: a link, or larger than {LARGEST_BYTES:,} bytes; refused"
            raise FormatError(msg)
        told = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        msg = f"{name}: absent; run the audit again"
        raise FormatError(msg) from error
    except (ValueError, RecursionError) as error:
        msg = f"{name}: no JSON ({error}); run the audit again"
        raise FormatError(msg) from error
    if not isinstance(told, dict):
        msg = f"{name}: expected an object"
        raise FormatError(msg)
    return told
