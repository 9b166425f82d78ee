"""Audits as the page shows them: verdicts with their headlines, and the whole of each."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from seismomag.core.errors import FormatError
from seismomag.operate import audits
from seismomag.operate.api.facts.times import utc
from seismomag.operate.api.shapes.parts import Verdict, Words

MOST_AUDITS = 500

_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")

NEVER_AUDITED = Verdict(
    level=None,
    headline=Words(en="Never audited", id="Belum pernah diaudit"),
    sentence=Words.model_validate(audits.NEVER),
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
        With the fixed sentence, made from level and numbers: no file can edit it.
    """

    audit_id: str
    path: Path
    verdict: Verdict

    @property
    def audited_at(self) -> datetime:
        """When."""
        assert self.verdict.audited_at is not None
        return self.verdict.audited_at


def find_audits(folder: Path) -> tuple[tuple[AuditFolder, ...], tuple[str, ...]]:
    """Look through the audits of a working directory.

    Returns
    -------
    found
        Newest first.
    damaged
        Names of folders whose files are not what was written.
    """
    place = folder / audits.FOLDER
    found, damaged = [], []
    names = sorted(p.name for p in place.iterdir()) if place.is_dir() else []
    for name in names[:MOST_AUDITS]:
        path = place / name
        if not _ID.fullmatch(name) or path.is_symlink() or not path.is_dir():
            continue
        try:
            found.append(AuditFolder(name, path, _verdict(name, audits.read_verdict(path))))
        except (FormatError, RecursionError):
            damaged.append(name)
    found.sort(key=lambda audit: (audit.audited_at, audit.audit_id), reverse=True)
    return tuple(found), tuple(damaged)


def read_audit(audit: AuditFolder) -> dict[str, Any]:
    """Read the whole of an audit; its verdict has found it to be what it was written for.

    Raises
    ------
    FormatError
        It is absent or no JSON.
    """
    try:
        told = json.loads((audit.path / audits.AUDIT_FILE).read_bytes())
    except (FileNotFoundError, ValueError, RecursionError) as error:
        msg = f"{audit.audit_id}: {audits.AUDIT_FILE} is absent or damaged; run the audit again"
        raise FormatError(msg) from error
    if not isinstance(told, dict):
        msg = f"{audit.audit_id}: {audits.AUDIT_FILE} is no object"
        raise FormatError(msg)
    return told


def number(value: Any) -> float | None:
    """Return a number that is one; None for everything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def _verdict(audit_id: str, found: audits.Audited) -> Verdict:
    return Verdict(
        level=found.level,
        reason_code=found.reason_code,
        headline=HEADLINES[f"{found.level} {found.reason_code}".strip()],
        sentence=Words(en=found.line("en"), id=found.line("id")),
        p_value=number(found.p_value),
        n_events=found.n_events,
        audit_id=audit_id,
        audited_at=utc(found.audited_at),
    )
