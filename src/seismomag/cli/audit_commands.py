"""Commands of the audit that need no run folder: a claim, and a foreign forecast table."""

import json
import sys
import tomllib
from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import Any

from seismomag.cli import EXIT_DONE, EXIT_LEAK
from seismomag.core.errors import ConfigError
from seismomag.core.schema import AuditReport

RED = "RED"
PAGE = "index.html"


def is_config(path: Path) -> bool:
    """Whether the argument of ``seismomag audit`` is a configuration and not a forecast table."""
    return path.suffix.lower() == ".toml"


def claims(
    *,
    recall: float,
    precision: float,
    n: int | None = None,
    accuracy: float | None = None,
    maae_deg: float | None = None,
    decimals: int = 3,
    n_tried: int = 1,
    as_json: bool = False,
) -> int:
    """Say which tables of counts can stand behind published rates, and what they would prove.

    Returns
    -------
    exit_code
        3 where no table fits: the claim contradicts itself.
    """
    from seismomag.audit.claim_report import Claim, examine, sentences

    report = examine(
        Claim(
            recall=recall,
            precision=precision,
            n=n,
            accuracy=accuracy,
            maae_deg=maae_deg,
            decimals=decimals,
            n_tried=n_tried,
        )
    )
    if as_json:
        _say(json.dumps(_without_nan(report), indent=1, sort_keys=True, allow_nan=False))
    else:
        _say("\n".join(sentences(report)))
    return EXIT_DONE if report["is_consistent"] else EXIT_LEAK


def audit_forecasts(
    forecasts: Path,
    *,
    columns: Path | None = None,
    catalogue: Sequence[Path] = (),
    stations: Path | None = None,
    rule: Path | None = None,
    out: Path = Path("audited"),
    seed: int = 0,
) -> int:
    """Judge a foreign forecast table.

    Parameters
    ----------
    forecasts
        A CSV.
    columns
        Column map (TOML); None: the table uses our own words.
    catalogue
        Files of a catalogue; none: the table brings its own labels.
    stations
        Station list (CSV).
    rule
        TOML with a table ``[labels]``, as in the configuration of a run; None: the default rule.
    out
        Folder for the page, ``audit.json`` and a CSV of every table.
    seed
        Of every resampling.

    Returns
    -------
    exit_code
        3 for V0 RED.
    """
    from seismomag.audit.foreign.forecast import guess_map, read_foreign, read_map
    from seismomag.audit.foreign.judge import judge_foreign
    from seismomag.core.stations import read_stations
    from seismomag.experiment.report import ReportInput, write_report
    from seismomag.experiment.tables import write_report_tables
    from seismomag.readers.catalogues import read_catalogue

    named = read_map(columns) if columns else guess_map(forecasts)
    table = read_foreign(forecasts, named)
    report = judge_foreign(
        table,
        catalogue=read_catalogue(list(catalogue)) if catalogue else None,
        stations=read_stations(stations) if stations else (),
        rule=_rule(rule) if catalogue else None,
        seed=seed,
    )
    write_report_tables(report, out)
    notes = tuple(f"{note[:1].upper()}{note[1:]}." for note in table.notes)
    page = write_report(ReportInput(title=named.name, report=report, reasons=notes), out / PAGE)
    for line in summary(report):
        _say(line)
    _say(str(page.resolve()))
    return EXIT_LEAK if report.verdict.reason_code == RED else EXIT_DONE


SHOWN = ("event_hit_rate", "recall", "precision", "base_rate", "auc", "ap_minus_base",
         "brier_skill", "maae_deg", "maae_best_constant_deg", "azimuth_resultant",
         "magnitude_mae")  # fmt: skip


def summary(report: AuditReport) -> list[str]:
    """Verdict, reasons, and the numbers that the table allows, in lines for a person."""
    verdict = report.verdict
    lines = [f"{verdict.level} {verdict.reason_code}".strip() + f": {verdict.sentence}"]
    lines += [f"- {reason}" for reason in verdict.reasons]
    for row in report.nulls.to_dict("records"):
        said = f"{row['null_id']} {row['statistic']}: {row['observed']:.3f}, p = {row['p']:.2g}"
        lines.append(said if row["is_valid"] else f"{said} (invalid, shown to be distrusted)")
    told = report.table[report.table["quantity"].isin(SHOWN)]
    lines += [_quantity(row) for row in told.to_dict("records")]
    return lines + [f"Note: {note}." for note in report.provenance.get("notes", ())]


def _quantity(row: dict[Any, Any]) -> str:
    said = f"{row['quantity']} ({row['level']}): {row['value']:.3f}"
    if isfinite(row["low"]):
        said += f" [{row['low']:.3f}, {row['high']:.3f}]"
    if isfinite(row["reference"]):
        said += f", without skill {row['reference']:.3f}"
    return f"{said}; {row['note']}"


def _rule(path: Path | None) -> Any:
    from seismomag.dataset.labels import LabelRule

    if path is None:
        return LabelRule()
    if not path.is_file():
        msg = f"{path}: no such file; expected TOML with a table [labels]"
        raise ConfigError(msg)
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8")).get("labels", {})
        if "magnitude_edges" in raw:
            raw["magnitude_edges"] = tuple(raw["magnitude_edges"])
        return LabelRule(**raw)
    except (tomllib.TOMLDecodeError, TypeError, ConfigError) as error:
        msg = f"{path}: [labels] is not a label rule: {error}"
        raise ConfigError(msg) from error


def _without_nan(value: Any) -> Any:
    """JSON knows no NaN: unknown becomes null."""
    if isinstance(value, dict):
        return {k: _without_nan(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_without_nan(v) for v in value]
    return None if isinstance(value, float) and value != value else value


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
