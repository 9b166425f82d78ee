"""Audits that the operation knows, its own and foreign ones alike."""

from typing import Any

from pydantic import ValidationError

from seismomag.core.errors import FormatError
from seismomag.operate.api.context import Operation
from seismomag.operate.api.facts import audit_panels
from seismomag.operate.api.facts.audit_folders import AuditFolder, find_audits, read_audit
from seismomag.operate.api.facts.phrases import without_places
from seismomag.operate.api.facts.times import utc
from seismomag.operate.api.guard.problems import ProblemError, unknown_name
from seismomag.operate.api.shapes.audit import AuditAnswer, AuditList, AuditSummary

LATEST = "latest"


def query_audits(operation: Operation) -> AuditList:
    """List every audit, newest first."""
    audits, _ = find_audits(operation.settings.folder)
    return AuditList(
        as_of=utc(operation.clock()),
        newest_datum_at=audits[0].audited_at if audits else None,
        source="audits: verdicts of the audit folders",
        audits=tuple(_summary(audit) for audit in audits),
    )


def query_audit(operation: Operation, audit_id: str) -> AuditAnswer:
    """Show an audit; ``latest`` is the newest.

    Raises
    ------
    ProblemError
        404: there is none of that name; 503: it is damaged.
    """
    audits, damaged = find_audits(operation.settings.folder)
    if audit_id == LATEST and not audits:
        raise ProblemError(404, "no audit yet", "nothing was audited yet; run: seismomag audit")
    audit = audits[0] if audit_id == LATEST else None
    audit = audit or next((one for one in audits if one.audit_id == audit_id), None)
    if audit is None:
        if audit_id in damaged:
            raise _damaged(audit_id)
        raise unknown_name(audit_id, "audit", [one.audit_id for one in audits])
    try:
        return _answer(operation, audit, read_audit(audit))
    except (FormatError, ValidationError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise _damaged(audit.audit_id) from error


def _answer(operation: Operation, audit: AuditFolder, told: dict[str, Any]) -> AuditAnswer:
    return AuditAnswer(
        as_of=utc(operation.clock()),
        newest_datum_at=audit.audited_at,
        source="audit: audit.json of this audit",
        audit_id=audit.audit_id,
        audited_at=audit.audited_at,
        forecasts=_name_of(told),
        verdict=audit.verdict,
        explanation=audit_panels.explanation(told),
        quantities=audit_panels.quantities(told),
        molchan=audit_panels.molchan(told),
        nulls=audit_panels.null_histogram(told),
        reliability=audit_panels.reliability(told),
        storms=audit_panels.storms(told),
        baselines=audit_panels.baselines(told),
        all_nulls=audit_panels.all_nulls(told),
        calendar=audit_panels.calendar(told),
        not_run=tuple(str(line) for line in told["verdict"]["not_run"]),
        leaks=audit_panels.leaks(told),
    )


def _summary(audit: AuditFolder) -> AuditSummary:
    return AuditSummary(
        audit_id=audit.audit_id,
        audited_at=audit.audited_at,
        forecasts=audit.audit_id,
        level=audit.verdict.level or "",
        sentence=audit.verdict.sentence,
    )


def _name_of(told: dict[str, Any]) -> str:
    """Name that the forecasts were given, else what they are known by."""
    provenance = told["provenance"]
    name = provenance.get("name")
    return without_places(name) if name else f"forecast {str(provenance['forecast_sha256'])[:12]}"


def _damaged(audit_id: str) -> ProblemError:
    return ProblemError(
        503,
        "audit damaged",
        f"the files of audit {audit_id} are not what was written; run the audit again",
    )
