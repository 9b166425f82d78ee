"""The folder ``injection`` of a run: every injection, the curves, the controls, a picture."""

import json
from io import BytesIO
from pathlib import Path

import pandas as pd

from seismomag.audit.injection.report import InjectionReport
from seismomag.core.atomic import write_bytes, write_text
from seismomag.core.errors import SchemaError
from seismomag.experiment.audit_json import records
from seismomag.experiment.tables import write_table
from seismomag.figures.efficiency import efficiency_figure

FOLDER = "injection"
TABLES = ("efficiency", "fits", "controls")


def write_injection(report: InjectionReport, rows: pd.DataFrame, folder: Path) -> None:
    """Write ``injection.json``, a CSV of every table, and ``efficiency.png``."""
    write_table(rows, folder / "injections.csv")
    for name in TABLES:
        write_table(getattr(report, name), folder / f"{name}.csv")
    write_bytes(folder / "efficiency.png", _picture(report))
    content = {
        "is_passed": report.is_passed,
        "sentence": report.sentence,
        "nominal_rate": report.nominal_rate,
        "facts": dict(report.facts),
        **{name: records(getattr(report, name)) for name in TABLES},
    }
    text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    write_text(folder / "injection.json", text + "\n")


def read_injection(folder: Path) -> InjectionReport | None:
    """Read the injections of a run; None where nothing was injected.

    Raises
    ------
    SchemaError
        The folder is not complete.
    """
    file = folder / "injection.json"
    if not file.is_file():
        return None
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        tables = {name: pd.read_csv(folder / f"{name}.csv") for name in TABLES}
        return InjectionReport(
            nominal_rate=float(content["nominal_rate"]),
            is_passed=bool(content["is_passed"]),
            sentence=str(content["sentence"]),
            facts=content["facts"],
            **tables,
        )
    except (OSError, ValueError, KeyError) as error:
        msg = f"{file}: not the injections of a run ({error}); run `seismomag inject` again"
        raise SchemaError(msg) from error


def _picture(report: InjectionReport) -> bytes:
    out = BytesIO()
    figure = efficiency_figure(report.efficiency, report.fits, report.controls)
    figure.savefig(out, format="png")
    return out.getvalue()
