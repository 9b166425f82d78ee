"""``audit.json`` and ``verdict.json``: an audit for programs, such as a dashboard.

``audit.json`` holds the same bytes for the same case and seed; the time of the audit stands in
``verdict.json`` alone. A value that is not known is null. ``docs/data_types.md`` lists the keys.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import numpy as np
import pandas as pd

from seismomag.core.schema import AuditReport

FORECAST = "forecast"
BAND = ("null_low", "null_high")
LEVELS = ("row", "event", "day")
RECORDS: Mapping[str, str] = {
    "baselines": "rules",
    "activity": "activity",
    "storms": "storms",
    "storms_matched": "storms_matched",
    "stations": "stations",
    "events": "events",
    "contingency": "contingency",
    "power": "power",
    "injection": "injection",
    "injection_fits": "injection_fits",
    "injection_controls": "injection_controls",
}
"""Key of ``pictures`` -> curve that it lists row by row."""


def audit_json(report: AuditReport) -> str:
    """Write an audit as JSON, everything that a page of it needs included."""
    verdict = report.verdict
    content = {
        "verdict": {
            "level": verdict.level,
            "reason_code": verdict.reason_code,
            "sentence": verdict.sentence,
            "reasons": list(verdict.reasons),
            "not_run": list(verdict.not_run),
        },
        "provenance": dict(report.provenance),
        "curves": sorted(report.curves),
        "table": records(report.table),
        "nulls": records(report.nulls),
        "leaks": records(report.leaks),
        "levels": _levels(report.table),
        "pictures": _pictures(report),
    }
    return json.dumps(content, sort_keys=True, ensure_ascii=False, allow_nan=False)


def verdict_json(report: AuditReport, audit_bytes: bytes, audited_at: str) -> str:
    """Write the conclusion alone, for the daily operation and the dashboard.

    Parameters
    ----------
    report
        The audit.
    audit_bytes
        Content of its ``audit.json``, whose SHA-256 is kept.
    audited_at
        UTC, ISO 8601.
    """
    verdict, provenance = report.verdict, report.provenance
    primary = provenance.get("primary", {})
    content = {
        "level": verdict.level,
        "reason_code": verdict.reason_code,
        "p_value": primary.get("p"),
        "n_events": primary.get("n_events"),
        "n_tried": primary.get("n_tried", 1),
        "statistic": primary.get("statistic"),
        "sentence": {"en": verdict.sentence, "id": provenance.get("sentence_id", "")},
        "reasons": list(verdict.reasons),
        "not_run": list(verdict.not_run),
        "audited_at": audited_at,
        "report_sha256": sha256(audit_bytes).hexdigest(),
    }
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table; times in ISO form, unknown values null."""
    text = table.to_json(orient="records", double_precision=12, date_format="iso")
    found: list[dict[str, Any]] = json.loads(text)
    return found


def _levels(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """The table of quantities by level and name."""
    return {
        level: {row["quantity"]: row for row in records(table[table["level"] == level])}
        for level in LEVELS
    }


def _pictures(report: AuditReport) -> dict[str, Any]:
    curves = report.curves
    found: dict[str, Any] = {
        key: records(curves[name]) for key, name in RECORDS.items() if name in curves
    }
    makers = {
        "molchan": _molchan,
        "shift_hits": _shift_hits,
        "reliability": _reliability,
        "calendar": _calendar,
    }
    for key, make in makers.items():
        found[key] = make(report)
    return found


def _lists(table: pd.DataFrame, columns: Mapping[str, str]) -> dict[str, list[Any]]:
    """Columns of a table as lists, by new name."""
    return {name: _values(table[column]) for name, column in columns.items()}


def _values(column: pd.Series) -> list[Any]:
    if column.dtype == np.float64:
        column = column.round(6)
    # A float that JSON lacks (NaN, an infinite threshold) is null.
    return [
        None if isinstance(value, float) and not np.isfinite(value) else value
        for value in column.tolist()
    ]


def _molchan(report: AuditReport) -> dict[str, Any] | None:
    """Trajectories, the band of the shifts, and the frozen points."""
    if "molchan" not in report.curves:
        return None
    lines, points = report.curves["molchan"], report.curves["molchan_point"]
    columns = {"tau": "tau", "nu": "nu", "threshold": "threshold"}
    by_kind = {str(kind): _lists(mine, columns) for kind, mine in lines.groupby("kind", sort=False)}
    low, high = (by_kind.pop(kind, None) for kind in BAND)
    band = None
    if low is not None and high is not None:
        band = {"tau": low["tau"], "nu_low": low["nu"], "nu_high": high["nu"]}
    return {
        "forecast": by_kind.pop(FORECAST, None),
        "baselines": by_kind,
        "band_of_shifts": band,
        "points": records(points),
        "alarm_rule": report.provenance.get("alarm_rule"),
    }


def _shift_hits(report: AuditReport) -> dict[str, Any] | None:
    """Histogram of the events hit, over all common shifts but the true catalogue itself."""
    points = report.curves.get("molchan_point")
    table = report.curves.get("shift_null")
    if table is None or points is None or table["hit_rate"].isna().any():
        return None
    n = int(points.loc[points["kind"] == FORECAST, "n_events"].iloc[0])
    hits = np.rint(table["hit_rate"].to_numpy(dtype=np.float64) * n).astype(np.int64)
    true = table["shift_days"].to_numpy() == 0
    moved = hits[~true]
    observed = int(hits[true][0])
    count = np.bincount(moved)
    return {
        "n_events": n,
        "observed": observed,
        "n_shifts": int(moved.size),
        "n_as_good_or_better": int((moved >= observed).sum()),
        "p": float((1 + (moved >= observed).sum()) / (moved.size + 1)),
        "mean": float(moved.mean()) if moved.size else None,
        "hits": np.arange(count.size).tolist(),
        "count": count.tolist(),
    }


def _reliability(report: AuditReport) -> dict[str, Any] | None:
    """Isotonic steps with their band, clustered bins, and the scores that were issued."""
    steps = report.curves.get("reliability_corp")
    if steps is None or steps.empty:
        return None
    found: dict[str, Any] = {
        "steps": _lists(steps, {c: c for c in ("probability", "frequency", "low", "high", "n")}),
        "bins": records(report.curves["reliability"]),
        "ticks": _values(report.curves["issued"]["probability"]),
    }
    row = _levels(report.table)["row"]
    for name in ("base_rate", "brier_skill", "brier"):
        found[name] = row[name]["value"] if name in row else None
    return found


def _calendar(report: AuditReport) -> dict[str, Any] | None:
    """Days of the network, and which station was in alarm on each of them."""
    days = report.curves.get("network_days")
    if days is None:
        return None
    found: dict[str, Any] = _lists(days, {str(c): str(c) for c in days if c != "day"})
    found["day"] = [f"{day:%Y-%m-%d}" for day in days["day"]]
    found["counts"] = {
        name: int((days["outcome"] == name).sum())
        for name in ("hit", "miss", "false_alarm", "quiet")
    }
    table = report.curves.get("calendar")
    if table is not None:
        found["in_alarm"] = {
            str(code): mine["in_alarm"].astype(int).tolist()
            for code, mine in table.groupby("station_code")
        }
    return found
