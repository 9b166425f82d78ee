"""Audits that the operation knows: ``audits/ID/``, and the fixed sentence of the newest one."""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from seismomag.core.atomic import write_bytes
from seismomag.core.errors import ConfigError, FormatError
from seismomag.core.schema import Verdict
from seismomag.core.verdict_words import SENTENCES, sentence
from seismomag.operate.clock import unstamp

FOLDER = "audits"
AUDIT_FILE, VERDICT_FILE = "audit.json", "verdict.json"

NEVER: Mapping[str, str] = {
    "en": "Experimental anomaly score; not a forecast; never audited.",
    "id": "Skor anomali eksperimental; bukan prakiraan; belum pernah diaudit.",
}
"""The line of an operation without any audit."""

MOST_TRIED = 1_000_000
"""Evaluations that anybody can have made on the same test rows."""

_LARGEST_BYTES = 40_000_000
_UNTIDY = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, kw_only=True)
class Audited:
    """What an audit concluded.

    Attributes
    ----------
    level, reason_code
        As in :class:`~seismomag.core.schema.Verdict`.
    p_value, n_events
        Of the primary test; NaN and 0 where it was not run.
    audited_at
        UTC.
    report_sha256
        Of its ``audit.json``.
    n_tried
        Evaluations on the same test rows, this one included.
    """

    level: str
    reason_code: str
    p_value: float
    n_events: int
    audited_at: pd.Timestamp
    report_sha256: str
    n_tried: int = 1

    def line(self, language: str) -> str:
        """Fixed sentence, made here from level and numbers: no file can edit it."""
        return sentence(
            self.level,
            self.reason_code,
            self.p_value,
            self.n_events,
            language,
            n_tried=self.n_tried,
        )

    @property
    def verdict(self) -> Verdict:
        """For those who decide on it."""
        return Verdict(self.level, self.reason_code, self.line("en"))


def read_verdict(folder: Path) -> Audited:
    """Read ``verdict.json`` of a folder.

    Raises
    ------
    FormatError
        Absent or damaged, or another ``audit.json`` beside it than it was written for.
    """
    path = folder / VERDICT_FILE
    told = _read(path)
    try:
        p, n = told["p_value"], told["n_events"]
        found = Audited(
            level=str(told["level"]),
            reason_code=str(told["reason_code"]),
            p_value=math.nan if p is None else float(p),
            n_events=int(n or 0),
            audited_at=unstamp(str(told["audited_at"]).replace("+00:00", "Z")),
            report_sha256=str(told["report_sha256"]),
            n_tried=int(told.get("n_tried", 1)),
        )
    except (KeyError, TypeError, ValueError) as error:
        msg = f"{path}: damaged ({error!r}); run the audit again"
        raise FormatError(msg) from error
    if not 1 <= found.n_tried <= MOST_TRIED:
        msg = f"{path}: n_tried {found.n_tried}, expected 1 to {MOST_TRIED}; run the audit again"
        raise FormatError(msg)
    if f"{found.level} {found.reason_code}".strip() not in SENTENCES:
        msg = f"{path}: no verdict {found.level} {found.reason_code}; run the audit again"
        raise FormatError(msg)
    beside = folder / AUDIT_FILE
    if beside.is_file() and hashlib.sha256(beside.read_bytes()).hexdigest() != found.report_sha256:
        msg = f"{beside}: not what {VERDICT_FILE} was written for; run the audit again"
        raise FormatError(msg)
    return found


def judged_model(folder: Path) -> str:
    """SHA-256 of the model that an audit says it judged; empty where it names none."""
    provenance = _read(folder / AUDIT_FILE).get("provenance")
    named = provenance.get("model_sha256") if isinstance(provenance, dict) else None
    return str(named or "")


def last_audit(working_directory: Path) -> Audited | None:
    """Newest audit of an operation, of those that can be read; None without any."""
    places = [working_directory, *sorted((working_directory / FOLDER).glob("*"))]
    found = []
    for place in places:
        if (place / VERDICT_FILE).is_file():
            try:
                found.append(read_verdict(place))
            except FormatError:
                # What cannot be read proves nothing; without another one nothing is claimed.
                continue
    return max(found, key=lambda one: one.audited_at, default=None)


def frozen_alarm(working_directory: Path, model_sha256: str) -> tuple[float, int] | None:
    """Threshold and days of a state of alarm that the newest audit of a model judged.

    Returns
    -------
    threshold, window_days
        None where no audit in ``audits`` names this model and both.
    """
    found = []
    for place in sorted((working_directory / FOLDER).glob("*")):
        try:
            at = read_verdict(place).audited_at
            told = _read(place / AUDIT_FILE)["provenance"]
            if told["model_sha256"] == model_sha256:
                rule = told["alarm_rule"]
                found.append((at, float(rule["threshold"]), int(rule["state_days"])))
        except (FormatError, KeyError, TypeError, ValueError):
            # Damaged, or of a table that brought its alarms: it has no rule to compare with.
            continue
    return max(found)[1:] if found else None


def verdict_line(working_directory: Path, language: str) -> str:
    """Line of the newest audit; without one, that there was none."""
    found = last_audit(working_directory)
    return NEVER[language] if found is None else found.line(language)


def take_audit(working_directory: Path, run: Path) -> str:
    """Copy the audit of a run into an operation: from now on its line is that of the operation.

    Parameters
    ----------
    working_directory
        The operation.
    run
        Run folder, with ``audit/audit.json`` and ``audit/verdict.json``.

    Returns
    -------
    audit_id
        Name of its folder below ``audits/``.

    Raises
    ------
    FormatError
        The audit is absent or damaged.
    """
    source = run / "audit"
    found = read_verdict(source)
    name = _UNTIDY.sub("-", run.resolve().name).strip("-")[:40] or "run"
    target = working_directory / FOLDER / f"{name}-{found.report_sha256[:8]}"
    report, verdict = ((source / file).read_bytes() for file in (AUDIT_FILE, VERDICT_FILE))
    write_bytes(target / AUDIT_FILE, report)
    # Last: a folder with a verdict is a finished audit.
    write_bytes(target / VERDICT_FILE, verdict)
    write_bytes(working_directory / VERDICT_FILE, verdict)
    return target.name


def require_same_model(run: Path, model_sha256: str, path: str) -> None:
    """Refuse an audit that judged another model.

    Raises
    ------
    ConfigError
        It names another one.
    """
    judged = judged_model(run / "audit")
    if judged and judged != model_sha256:
        msg = f"{run}: its audit judged model {judged[:12]}..., not {path} ({model_sha256[:12]}...)"
        raise ConfigError(msg)


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file() or path.stat().st_size > _LARGEST_BYTES:
        msg = f"{path}: absent or too large; run the audit again"
        raise FormatError(msg)
    try:
        told = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        msg = f"{path}: no JSON ({error}); run the audit again"
        raise FormatError(msg) from error
    if not isinstance(told, dict):
        msg = f"{path}: expected an object; run the audit again"
        raise FormatError(msg)
    return told
