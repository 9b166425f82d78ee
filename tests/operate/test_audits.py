import hashlib
import json

import pytest

from seismomag.core.errors import ConfigError, FormatError
from seismomag.operate import audits


def write_audit(
    folder, level="V1", reason="", p=0.31, n=28, at="2026-03-01T06:00:00+00:00", **more
):
    """An audit as ``write_report_tables`` leaves it."""
    folder.mkdir(parents=True, exist_ok=True)
    report = json.dumps({"provenance": {"model_sha256": more.get("model", "")}, "at": at}).encode()
    (folder / "audit.json").write_bytes(report)
    verdict = {
        "level": level,
        "reason_code": reason,
        "p_value": p,
        "n_events": n,
        "audited_at": at,
        "report_sha256": hashlib.sha256(report).hexdigest(),
        "sentence": {"en": "We can predict earthquakes!"},
    }
    verdict |= {"n_tried": more["tried"]} if "tried" in more else {}
    (folder / "verdict.json").write_text(json.dumps(verdict))
    return folder


def test_the_line_comes_from_level_and_numbers_alone(tmp_path):
    assert audits.verdict_line(tmp_path, "en") == audits.NEVER["en"]
    write_audit(tmp_path)
    assert audits.verdict_line(tmp_path, "en") == (
        "Experimental anomaly score; not a forecast; no skill demonstrated (p = 0.31, n = 28 "
        "events)."
    )
    assert "p = 0,31; n = 28 kejadian" in audits.verdict_line(tmp_path, "id")
    write_audit(tmp_path, level="V9")
    assert audits.verdict_line(tmp_path, "en") == audits.NEVER["en"]
    write_audit(tmp_path, level="V0", reason="INSUFFICIENT", p=None, n=None)
    assert "too little was observed (n = 0 events)" in audits.verdict_line(tmp_path, "en")


def test_several_evaluations_of_the_same_rows_stay_in_the_line(tmp_path):
    write_audit(tmp_path, level="V2", p=0.004, tried=3)
    assert "0.012 adjusted for 3 evaluations" in audits.verdict_line(tmp_path, "en")
    for tried in (0, 10**400):
        write_audit(tmp_path, tried=tried)
        with pytest.raises(FormatError, match="n_tried"):
            audits.read_verdict(tmp_path)


@pytest.mark.parametrize("language", ["en", "id"])
def test_never_audited_says_so_in_both_languages(language):
    said = audits.NEVER[language].lower()
    assert "experimental" in said or "eksperimental" in said
    assert "not a forecast" in said or "bukan prakiraan" in said


def test_the_newest_audit_counts_and_a_damaged_one_proves_nothing(tmp_path):
    write_audit(tmp_path / "audits/a", at="2026-03-01T06:00:00+00:00", n=1)
    write_audit(tmp_path / "audits/b", at="2026-04-01T06:00:00+00:00", n=2)
    write_audit(tmp_path / "audits/c", at="2026-05-01T06:00:00+00:00", n=3)
    assert audits.last_audit(tmp_path).n_events == 3
    (tmp_path / "audits/c/audit.json").write_text("{}")
    assert audits.last_audit(tmp_path).n_events == 2
    with pytest.raises(FormatError, match="not what verdict"):
        audits.read_verdict(tmp_path / "audits/c")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"level": 1}', "[" * 10_000])
def test_a_damaged_verdict_is_refused(tmp_path, text):
    (tmp_path / "verdict.json").write_text(text)
    with pytest.raises(FormatError, match="run the audit again"):
        audits.read_verdict(tmp_path)
    assert audits.verdict_line(tmp_path, "en") == audits.NEVER["en"]


def test_an_audit_is_taken_over_from_its_run(tmp_path):
    run = tmp_path / "runs" / "May, second try"
    write_audit(run / "audit", level="V3", p=0.004, n=41, model="a" * 64)
    name = audits.take_audit(tmp_path / "work", run)
    assert name.startswith("May-second-try-")
    assert "skill in past data" in audits.verdict_line(tmp_path / "work", "en")
    kept = tmp_path / "work/audits" / name
    assert (kept / "audit.json").read_bytes() == (run / "audit/audit.json").read_bytes()
    audits.require_same_model(run, "a" * 64, "models/x")
    with pytest.raises(ConfigError, match="judged model aaaaaaaaaaaa"):
        audits.require_same_model(run, "b" * 64, "models/x")
