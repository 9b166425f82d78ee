"""Tables of a run as CSV files for people, with the types of their contracts put back."""

import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from seismomag.core.atomic import write_text
from seismomag.core.errors import SchemaError
from seismomag.core.schema import (
    CATALOGUE_COLUMNS,
    FORECAST_COLUMNS,
    NUMBER,
    SAMPLE_COLUMNS,
    SPACE_WEATHER_COLUMNS,
    TEXT,
    TIME,
    TRUTH,
    AuditReport,
    Verdict,
)
from seismomag.experiment.audit_json import audit_json, verdict_json

VERDICT_FILE = "verdict.json"

CONTRACTS: Mapping[str, Mapping[str, str]] = {
    "samples": SAMPLE_COLUMNS,
    "forecast": FORECAST_COLUMNS,
    "catalogue": CATALOGUE_COLUMNS,
    "space_weather": SPACE_WEATHER_COLUMNS,
}

# Columns of the audit's own tables that are not numbers.
_AUDIT_TIMES = ("day", "origin_time")
_AUDIT_TRUTHS = ("in_alarm", "is_near", "is_scored", "is_hit", "is_valid", "passes")


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV: UTC times in ISO form, empty where missing, all digits kept."""
    shown = table.copy()
    for column in shown.columns:
        if pd.api.types.is_datetime64_dtype(shown[column]):
            shown[column] = shown[column].map(_iso, na_action="ignore")
    buffer = io.StringIO()
    shown.to_csv(buffer, index=False, lineterminator="\n")
    write_text(path, buffer.getvalue())


def read_table(path: Path, kind: str) -> pd.DataFrame:
    """Read a table of a run.

    Parameters
    ----------
    path
        A CSV file written by :func:`write_table`.
    kind
        One of :data:`CONTRACTS`.

    Raises
    ------
    SchemaError
        A column is missing or holds something of another kind.
    """
    columns = CONTRACTS[kind]
    raw = pd.read_csv(path, dtype=str, keep_default_na=False)
    absent = [c for c in columns if c not in raw]
    if absent:
        msg = f"{path}: no column {', '.join(absent)}; is it a {kind} table of a run?"
        raise SchemaError(msg)
    try:
        return pd.DataFrame({c: _typed(raw[c], columns.get(str(c), NUMBER)) for c in raw.columns})
    except (ValueError, TypeError) as error:
        msg = f"{path}: not a {kind} table: {error}"
        raise SchemaError(msg) from error


def _iso(stamp: pd.Timestamp) -> str:
    return stamp.isoformat()


def _typed(column: pd.Series, kind: str) -> pd.Series:
    if kind == TIME:
        return pd.to_datetime(column.where(column != "", None), format="ISO8601")
    if kind == TRUTH:
        known = {"True": True, "False": False, "": pd.NA}
        return column.map(lambda text: known[text]).astype("boolean")
    if kind == TEXT:
        return column.where(column != "", None).astype("str")
    return pd.to_numeric(column.where(column != "", None))


def write_report_tables(report: AuditReport, folder: Path) -> None:
    """Write an audit: ``audit.json``, ``verdict.json``, a CSV for every table and curve."""
    for name, table in (
        ("table", report.table),
        ("nulls", report.nulls),
        ("leaks", report.leaks),
    ):
        write_table(table, folder / f"{name}.csv")
    for name, curve in report.curves.items():
        write_table(curve, folder / "curves" / f"{name}.csv")
    text = audit_json(report) + "\n"
    write_text(folder / "audit.json", text)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    write_text(folder / VERDICT_FILE, verdict_json(report, text.encode(), now) + "\n")


def read_report_tables(folder: Path) -> AuditReport:
    """Read an audit back from its folder.

    Raises
    ------
    SchemaError
        The folder does not hold a complete audit.
    """
    file = folder / "audit.json"
    if not file.is_file():
        msg = f"{file}: no audit here; run `seismomag audit` first"
        raise SchemaError(msg)
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    raw = content["verdict"]
    verdict = Verdict(
        raw["level"],
        raw["reason_code"],
        raw["sentence"],
        tuple(raw["reasons"]),
        tuple(raw["not_run"]),
    )
    return AuditReport(
        table=_audit_table(folder / "table.csv"),
        nulls=_audit_table(folder / "nulls.csv"),
        leaks=_audit_table(folder / "leaks.csv"),
        verdict=verdict,
        provenance=content["provenance"],
        curves={
            name: _audit_table(folder / "curves" / f"{name}.csv") for name in content["curves"]
        },
    )


def _audit_table(path: Path) -> pd.DataFrame:
    table = pd.read_csv(path, keep_default_na=False, na_values=[""])
    for column in table.columns:
        if column in _AUDIT_TIMES:
            table[column] = pd.to_datetime(table[column], format="ISO8601")
        elif column in _AUDIT_TRUTHS:
            table[column] = table[column].astype("boolean")
    return table
