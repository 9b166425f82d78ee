"""Commands of the audit that need no run folder: a claim, and a foreign forecast table."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import Any

from seismomag.cli import EXIT_DONE, EXIT_LEAK
from seismomag.core.errors import ConfigError
from seismomag.core.schema import AuditReport

RED, AMBER = "RED", "AMBER"
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
        The horizon that it states counts where the column map states none.
    out
        Folder for the page, ``audit.json`` and a CSV of every table.
    seed
        Of every resampling.

    Returns
    -------
    exit_code
        3 for V0 RED.
    """
    from seismomag.audit.foreign.forecast import clean, guess_map, read_map
    from seismomag.audit.foreign.judge import judge_foreign
    from seismomag.audit.foreign.sheet import read_sheet
    from seismomag.core.stations import read_stations
    from seismomag.experiment.report import ReportInput, write_report
    from seismomag.experiment.tables import write_report_tables
    from seismomag.readers.catalogues import read_catalogue

    if rule and not catalogue:
        msg = f"{rule}: a label rule says which earthquakes are targets; give --catalogue with it"
        raise ConfigError(msg)
    sheet = read_sheet(forecasts)
    header = [str(name) for name in sheet]
    named = read_map(columns, header) if columns else guess_map(header, str(forecasts))
    labels, stated = _rule(rule)
    table = clean(sheet, _with_times(named, stated, rule), str(forecasts))
    report = judge_foreign(
        table,
        catalogue=read_catalogue(list(catalogue)) if catalogue else None,
        stations=read_stations(stations) if stations else (),
        rule=labels if catalogue else None,
        seed=seed,
    )
    write_report_tables(report, out)
    meant = report.provenance["meaning"]
    notes = tuple(f"{note[:1].upper()}{note[1:]}." for note in (*meant, *table.notes))
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
    lines += [f"{said[:1].upper()}{said[1:]}." for said in report.provenance.get("meaning", ())]
    lines += _columns(report)
    for row in report.nulls.to_dict("records"):
        said = f"{row['null_id']} {row['statistic']}: {row['observed']:.3f}, p = {row['p']:.2g}"
        lines.append(said if row["is_valid"] else f"{said} (invalid, shown to be distrusted)")
    amber = report.leaks[report.leaks["severity"] == AMBER]
    lines += [f"{row['check_id']} {AMBER}: {row['sentence']}." for row in amber.to_dict("records")]
    told = report.table[report.table["quantity"].isin(SHOWN)]
    lines += [_quantity(row) for row in told.to_dict("records")]
    return lines + [f"Note: {note}." for note in report.provenance.get("notes", ())]


def _columns(report: AuditReport) -> list[str]:
    """Which of their columns were understood, and which were not read."""
    understood = report.provenance.get("column_map", {})
    unread = report.provenance.get("columns_unread", ())
    lines = [f"Columns: {', '.join(f'{theirs} as {ours}' for ours, theirs in understood.items())}."]
    return lines + [f"Not read: {', '.join(unread)}."] * bool(unread)


def _quantity(row: dict[Any, Any]) -> str:
    said = f"{row['quantity']} ({row['level']}): {row['value']:.3f}"
    if isfinite(row["low"]):
        said += f" [{row['low']:.3f}, {row['high']:.3f}]"
    if isfinite(row["reference"]):
        said += f", without skill {row['reference']:.3f}"
    return f"{said}; {row['note']}"


TIME_KEYS = {"horizon_days": "horizon_days", "first_day_offset_days": "horizon_start_days"}
"""Key of a column map -> key of a label rule that says the same."""


def _with_times(named: Any, stated: Mapping[str, Any], rule: Path | None) -> Any:
    """Take what a rule file states of the time spoken of where the map states nothing.

    Raises
    ------
    ConfigError
        Both state it, differently.
    """
    changes = {}
    for ours, theirs in TIME_KEYS.items():
        of_map, of_rule = getattr(named, ours), stated.get(theirs)
        if None not in (of_map, of_rule) and of_map != of_rule:
            msg = (
                f"{rule}: {theirs} = {of_rule}, but the column map says {ours} = {of_map}: a "
                "forecast speaks of one time; keep one of them"
            )
            raise ConfigError(msg)
        if of_map is None and of_rule is not None:
            changes[ours] = of_rule
    return replace(named, **changes)


def _rule(path: Path | None) -> tuple[Any, Mapping[str, Any]]:
    """Read a label rule, and what of it the file states itself; the default without a file."""
    from seismomag.dataset.labels import LabelRule
    from seismomag.experiment.rule_file import read_rule

    if path is None:
        return LabelRule(), {}
    found = read_rule(path)
    return found.rule, found.stated


def _without_nan(value: Any) -> Any:
    """JSON knows no NaN: unknown becomes null."""
    if isinstance(value, dict):
        return {k: _without_nan(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_without_nan(v) for v in value]
    return None if isinstance(value, float) and value != value else value


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
