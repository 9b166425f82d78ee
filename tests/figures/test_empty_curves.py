"""Rows without their essential number are nothing to draw."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seismomag.core.schema import REPORT_COLUMNS, AuditReport, Verdict
from seismomag.experiment.report import ReportInput, write_report
from seismomag.figures.curves import ESSENTIAL, why_missing
from seismomag.figures.storms import storm_table_figure


def report(**curves: pd.DataFrame) -> AuditReport:
    return AuditReport(
        table=pd.DataFrame(columns=list(REPORT_COLUMNS)),
        nulls=pd.DataFrame(columns=["null_id", "statistic", "observed", "p"]),
        leaks=pd.DataFrame(columns=["check_id", "severity", "n_found", "sentence"]),
        verdict=Verdict("V0", "INSUFFICIENT", "Experimental anomaly score; not a forecast."),
        provenance={},
        curves=curves,
    )


NOTHING = {
    "molchan": {"kind": ["forecast"], "tau": [0.1], "nu": [np.nan], "threshold": [np.nan]},
    "shift_null": {"shift_days": [1], "hit_rate": [np.nan], "tau": [0.1], "is_near": [False]},
}


@pytest.mark.parametrize("name", sorted(NOTHING))
def test_a_curve_of_missing_numbers_has_a_reason(name: str) -> None:
    assert name in ESSENTIAL
    assert why_missing(report(**{name: pd.DataFrame(NOTHING[name])}), name)


def storms() -> pd.DataFrame:
    nan = np.nan
    rows = [("storm", 0, 0, nan, nan, nan, nan, nan, nan, nan)]
    rows += [("quiet", 1, 0, 1.0, nan, nan, nan, nan, nan, nan)]
    head = ["stratum", "n_rows", "n_storms", "false_alarm_rate", "far_low", "far_high"]
    tail = ["recall", "recall_low", "recall_high", "pss"]
    return pd.DataFrame(rows, columns=head + tail)


def test_a_rate_without_an_interval_is_drawn_without_one() -> None:
    figure = storm_table_figure(report(storms=storms()))
    figure.canvas.draw()
    assert all(axes.get_position().width > 0.05 for axes in figure.axes)


def test_a_page_of_almost_nothing_is_written_without_a_warning(tmp_path: Path) -> None:
    curves = {name: pd.DataFrame(values) for name, values in NOTHING.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        page = write_report(
            ReportInput(title="t", report=report(storms=storms(), **curves)), tmp_path / "a.html"
        )
    assert "no event was scored" in page.read_text()
