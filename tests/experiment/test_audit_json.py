"""What programs read of an audit: complete, repeatable, and without a value that JSON lacks."""

import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seismomag.audit.foreign.forecast import ForeignMap, clean
from seismomag.audit.foreign.judge import judge_foreign
from seismomag.core.schema import REPORT_COLUMNS, AuditReport, Verdict
from seismomag.experiment.audit_json import audit_json
from seismomag.experiment.tables import write_report_tables
from seismomag.operate.alerts.message import verdict_of

PICTURES = {"molchan", "shift_hits", "reliability", "calendar", "baselines", "activity"}


def report(n: int = 200, *, has_labels: bool = True) -> AuditReport:
    rng = np.random.default_rng(4)
    days = pd.date_range("2026-01-01", periods=n).strftime("%Y-%m-%d")
    table = pd.DataFrame({"date": days, "p": rng.random(n).round(3)})
    columns = {"date": "date", "probability": "p"}
    if has_labels:
        table["y"] = (rng.random(n) < 0.3).astype(int)
        columns["event"] = "y"
    return judge_foreign(clean(table.astype(str), ForeignMap(columns=columns)), n_bootstrap=100)


@pytest.fixture(scope="module")
def judged() -> AuditReport:
    return report()


def test_a_page_finds_everything_in_one_file(judged: AuditReport) -> None:
    content = json.loads(audit_json(judged))
    pictures = content["pictures"]
    assert set(pictures) >= PICTURES
    molchan = pictures["molchan"]
    assert molchan["forecast"]["tau"][0] == 0
    assert molchan["forecast"]["nu"][-1] == 0
    band = molchan["band_of_shifts"]
    assert all(low <= high for low, high in zip(band["nu_low"], band["nu_high"], strict=True))
    assert molchan["points"][0]["tau"] == pytest.approx(0.2, abs=0.01)
    assert {"row", "event", "day"} == set(content["levels"])
    calendar = pictures["calendar"]
    assert calendar["day"][0] == "2026-01-01"
    assert sum(calendar["counts"].values()) == len(calendar["day"]) == 200
    assert len(pictures["reliability"]["ticks"]) == 200


def test_the_histogram_counts_every_shift_but_the_truth(judged: AuditReport) -> None:
    found = json.loads(audit_json(judged))["pictures"]["shift_hits"]
    assert sum(found["count"]) == found["n_shifts"] == 199
    solid = sum(found["count"][found["observed"] :])
    assert solid == found["n_as_good_or_better"]
    assert found["p"] == pytest.approx((1 + solid) / 200)


def test_the_verdict_alone_is_what_the_operation_reads(judged: AuditReport, tmp_path: Path) -> None:
    write_report_tables(judged, tmp_path)
    found = json.loads((tmp_path / "verdict.json").read_text(encoding="utf-8"))
    assert found["level"] == judged.verdict.level == "V1"
    assert found["p_value"] == judged.nulls.iloc[0]["p"]
    assert found["report_sha256"] == sha256((tmp_path / "audit.json").read_bytes()).hexdigest()
    assert found["audited_at"].endswith("+00:00")
    for text, denial in ((found["sentence"]["en"], "not a forecast"),
                         (found["sentence"]["id"], "bukan prakiraan")):  # fmt: skip
        assert denial in text
    assert f"n = {found['n_events']} events" in verdict_of(tmp_path, "en")


def test_what_could_not_be_judged_is_null_and_not_zero(tmp_path: Path) -> None:
    write_report_tables(report(has_labels=False), tmp_path)
    found = json.loads((tmp_path / "verdict.json").read_text(encoding="utf-8"))
    assert (found["level"], found["reason_code"]) == ("V0", "INSUFFICIENT")
    assert found["p_value"] is None
    pictures = json.loads((tmp_path / "audit.json").read_text(encoding="utf-8"))["pictures"]
    assert pictures["molchan"] is pictures["shift_hits"] is pictures["calendar"] is None


def test_an_empty_audit_is_still_a_file() -> None:
    bare = AuditReport(
        table=pd.DataFrame(columns=list(REPORT_COLUMNS)),
        nulls=pd.DataFrame(),
        leaks=pd.DataFrame(),
        verdict=Verdict("V0", "RED", "experimental; not a forecast"),
        provenance={},
    )
    content = json.loads(audit_json(bare))
    assert content["pictures"]["reliability"] is None
    assert content["levels"] == {"row": {}, "event": {}, "day": {}}
