"""Tables come back from their files with the types of their contracts."""

from pathlib import Path

import numpy as np
import pandas as pd
import pandas.testing as pdt
import pytest

from seismomag.core.errors import SchemaError
from seismomag.core.schema import (
    REPORT_COLUMNS,
    AuditReport,
    Verdict,
    check_forecast,
    check_samples,
)
from seismomag.experiment.tables import (
    read_report_tables,
    read_table,
    write_report_tables,
    write_table,
)

T0 = pd.Timestamp("2025-01-01T00:09:00")


def samples() -> pd.DataFrame:
    day = pd.Timedelta(days=1)
    n = 3
    return pd.DataFrame(
        {
            "sample_id": [f"NA_{i}" for i in range(n)],
            "station_code": ["NA", "NULL", "ALR"],
            "window_start": [T0 - day + i * day for i in range(n)],
            "issue_time": [T0 + i * day for i in range(n)],
            "horizon_start": [T0 + (1 + i) * day for i in range(n)],
            "horizon_end": [T0 + (15 + i) * day for i in range(n)],
            "coverage": [1.0, 0.1 + 0.2, np.nan],
            "kp_max": [np.nan, 1 / 3, 9.0],
            "dst_min_nt": [-406.0, np.nan, 0.0],
            "is_target": pd.array([True, False, pd.NA], dtype="boolean"),
            "event_id": pd.Series(["e1", None, None], dtype="str"),
            "cluster_id": pd.Series(["c1", None, None], dtype="str"),
            "magnitude": [5.1, np.nan, np.nan],
            "distance_km": [10.0, np.nan, np.nan],
            "azimuth_deg": [359.9, np.nan, np.nan],
            "lead_time_days": [3.2, np.nan, np.nan],
            "split": pd.Series(["train", "test", None], dtype="str"),
            "store_row": [0, 1, -1],
        }
    )


def test_samples_come_back_equal_to_the_last_digit(tmp_path: Path) -> None:
    written = check_samples(samples())
    write_table(written, tmp_path / "samples.csv")
    read = check_samples(read_table(tmp_path / "samples.csv", "samples"))
    pdt.assert_frame_equal(read, written, check_dtype=False)
    assert read["is_target"].isna().tolist() == [False, False, True]
    assert read["split"].isna().tolist() == [False, False, True]


def test_an_empty_forecast_keeps_its_types(tmp_path: Path) -> None:
    from seismomag.core.schema import FORECAST_COLUMNS

    empty = pd.DataFrame(columns=list(FORECAST_COLUMNS))
    write_table(empty, tmp_path / "forecast.csv")
    check_forecast(read_table(tmp_path / "forecast.csv", "forecast"))


def test_a_table_of_another_kind_is_refused(tmp_path: Path) -> None:
    write_table(samples(), tmp_path / "samples.csv")
    with pytest.raises(SchemaError, match=r"samples\.csv: no column probability"):
        read_table(tmp_path / "samples.csv", "forecast")


def test_a_number_that_is_none_is_refused(tmp_path: Path) -> None:
    write_table(samples(), tmp_path / "samples.csv")
    text = (tmp_path / "samples.csv").read_text().replace("-406.0", "low")
    (tmp_path / "samples.csv").write_text(text)
    with pytest.raises(SchemaError, match="not a samples table"):
        read_table(tmp_path / "samples.csv", "samples")


def test_an_audit_comes_back_from_its_folder(tmp_path: Path) -> None:
    table = pd.DataFrame(
        [("recall", "row", 0.5, np.nan, 0.75, 0.2, 10, 3, 5, "")], columns=list(REPORT_COLUMNS)
    )
    calendar = pd.DataFrame({"day": [T0], "in_alarm": [True], "probability": [np.nan]})
    report = AuditReport(
        table=table,
        nulls=pd.DataFrame({"null_id": ["N2"], "p": [0.5], "is_valid": [True]}),
        leaks=pd.DataFrame({"check_id": ["C01"], "n_found": [0]}),
        verdict=Verdict("V1", "", "experimental; not a forecast", ("why",), ("N4",)),
        provenance={"seed": 1},
        curves={"calendar": calendar},
    )
    write_report_tables(report, tmp_path)
    read = read_report_tables(tmp_path)
    assert read.verdict == report.verdict
    assert read.curves["calendar"]["day"][0] == T0
    assert bool(read.curves["calendar"]["in_alarm"][0])
    assert np.isnan(read.table["low"][0])
    first = (tmp_path / "audit.json").read_bytes()
    write_report_tables(report, tmp_path)
    assert (tmp_path / "audit.json").read_bytes() == first


def test_a_folder_without_an_audit_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="run `seismomag audit` first"):
        read_report_tables(tmp_path)
