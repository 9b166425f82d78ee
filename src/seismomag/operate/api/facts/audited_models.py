"""Which verdict an audit gave on which model."""

from pathlib import Path

from seismomag.core.errors import ConfigError, FormatError
from seismomag.core.schema import Verdict
from seismomag.operate.api.facts.audit_folders import find_audits, read_audit


def verdict_on(folder: Path, audit_id: str | None, model_sha256: str) -> Verdict:
    """Verdict of an audit on a model.

    Parameters
    ----------
    folder
        The working directory.
    audit_id
        Name of the audit's folder.
    model_sha256
        Of the manifest of the model.

    Raises
    ------
    ConfigError
        There is no such audit, it is damaged, or it judged another model.
    """
    audits, damaged = find_audits(folder)
    if audit_id in damaged:
        msg = f"audit {audit_id}: damaged; run the audit again"
        raise ConfigError(msg)
    audit = next((one for one in audits if one.audit_id == audit_id), None)
    if audit is None:
        msg = "audit_id: name an audit that this model has passed; see /audits"
        raise ConfigError(msg)
    try:
        judged = read_audit(audit).get("provenance", {}).get("model_sha256")
    except (FormatError, AttributeError) as error:
        msg = f"audit {audit.audit_id}: damaged; run the audit again"
        raise ConfigError(msg) from error
    if judged != model_sha256:
        said = f"{str(judged)[:12]}..." if judged else "no model that it names"
        msg = f"audit {audit.audit_id} judged {said}, not {model_sha256[:12]}..."
        raise ConfigError(msg)
    verdict = audit.verdict
    return Verdict(str(verdict.level), verdict.reason_code, verdict.sentence.en)
