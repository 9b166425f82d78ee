"""Beside the paper's numbers stand ours, at every level, with their n."""

import numpy as np
import pandas as pd

from seismomag.core.schema import REPORT_COLUMNS, AuditReport, Verdict
from seismomag.experiment.reporting import REFERENCE_COLUMNS, beside_the_paper


def audit(rows: list[tuple[object, ...]]) -> AuditReport:
    return AuditReport(
        table=pd.DataFrame(rows, columns=list(REPORT_COLUMNS)),
        nulls=pd.DataFrame(),
        leaks=pd.DataFrame(),
        verdict=Verdict("V1", "", "Experimental; not a forecast."),
        provenance={},
    )


def test_each_level_has_its_own_count_and_base_rate() -> None:
    report = audit(
        [
            ("recall", "event", 0.36, 0.19, 0.56, np.nan, 1387, 28, 73, ""),
            ("base_rate", "event", 0.02, np.nan, np.nan, np.nan, 1387, 28, 73, ""),
            ("recall", "row", 0.04, 0.02, 0.05, np.nan, 1623, 40, 86, ""),
            ("base_rate", "row", 0.32, np.nan, np.nan, np.nan, 1623, 40, 86, ""),
            ("maae_deg", "event", 82.0, 63.0, 100.0, 90.0, 31, 28, 0, ""),
        ]
    )
    table = beside_the_paper(report).set_index("quantity")
    assert table.loc["Recall, events", "n"] == 28
    assert table.loc["Recall, station-days", "n"] == 1623
    assert table.loc["Recall, station-days", "base_rate"] == 0.32
    angle = table.loc["Mean absolute angular error, degrees, events"]
    assert np.isnan(angle["base_rate"])
    assert "72.32" in angle["paper"]


def test_an_audit_that_found_nothing_has_nothing_beside_the_paper() -> None:
    table = beside_the_paper(audit([]))
    assert table.empty
    assert list(table.columns) == REFERENCE_COLUMNS
