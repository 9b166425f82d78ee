"""Judge a foreign forecast table: with its own labels, or against a catalogue.

A table that brings its own labels is rotated as it stands, no row is dropped. With a catalogue,
events and not rows are the unit, as for our own forecasts; the threshold is the author's or,
where none is given, taken from the same rows, which is said.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict
from hashlib import sha256
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.audit import (
    circular,
    curves,
    event_level,
    molchan,
    nulls,
    secondary,
    verdict,
)
from seismomag.audit.alarms import AlarmRule
from seismomag.audit.calibration import corp_curve
from seismomag.audit.counts import contingency
from seismomag.audit.event_level import Outcome
from seismomag.audit.foreign.days import day_pictures
from seismomag.audit.foreign.forecast import ForeignTable
from seismomag.audit.foreign.grid import OWN_THRESHOLD_TAU, Grid, known_rows, lay_out
from seismomag.audit.intervals import MINIMUM_EVENTS
from seismomag.audit.null_table import NULL_COLUMNS
from seismomag.audit.nulls import Pairs
from seismomag.audit.provenance import said_of
from seismomag.audit.ring import Played
from seismomag.audit.rows import Rows
from seismomag.audit.table import NAN, Line, rate_lines, score_lines, to_table
from seismomag.core.schema import AuditReport, Catalogue
from seismomag.core.stations import Station
from seismomag.dataset.labels import LabelRule

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

LEAK_COLUMNS = ("check_id", "severity", "n_inspected", "n_found", "sentence")


def judge_foreign(
    table: ForeignTable,
    *,
    catalogue: Catalogue | None = None,
    stations: Iterable[Station] = (),
    rule: LabelRule | None = None,
    seed: int = 0,
    n_bootstrap: int = 2000,
) -> AuditReport:
    """Say what can be concluded from a foreign table.

    Parameters
    ----------
    table
        The forecasts.
    catalogue
        What happened; None: the labels of the table itself.
    stations
        Positions, needed with a catalogue unless the table names no station: then an event
        counts wherever it lies.
    rule
        Which earthquakes are targets.
    seed, n_bootstrap
        Of every resampling.

    Returns
    -------
    report
        Missing columns shorten it; too little for any verdict is V0 INSUFFICIENT with the reason.

    Raises
    ------
    ConfigError
        A catalogue without a rule, or stations of unknown position.
    """
    grid, played, pairs, why = lay_out(table, catalogue, tuple(stations), rule)
    rows = known_rows(table, grid)
    lines, tested = _against_shifts(table, grid, played, pairs)
    draws = (n_bootstrap, seed)
    counts = {"n_rows": int(rows.event.size), "n_events": rows.n_events, "n_days": rows.n_days}
    alarm = _row_alarms(table, rows, played)
    if rows.event.size:
        lines += rate_lines("row", alarm, rows.event, rows.cluster, counts, draws)
        blind = np.full(rows.event.size, float(rows.event.mean()))
        lines += score_lines(rows, alarm, blind, counts, draws)
        lines += secondary.plain_lines(rows, alarm, draws)
    pairs_table, said = _directions(table, rows)
    lines += said + _magnitudes(rows)
    shown = _evidence(tested, rows, pairs, why)
    decided = verdict.decide(shown)
    return AuditReport(
        table=to_table(lines),
        nulls=tested,
        leaks=pd.DataFrame(columns=list(LEAK_COLUMNS)),
        verdict=decided,
        provenance=_provenance(table, rule, played.rule, seed, n_bootstrap, rows)
        | said_of(decided, shown),
        curves=_curves(rows, alarm, grid, pairs_table, draws)
        | day_pictures(rows, alarm, grid, played, pairs)
        | _power(played, pairs),
    )


def _row_alarms(table: ForeignTable, rows: Rows, played: Played) -> Truths:
    if table.has("alarm"):
        return np.asarray(rows.table["alarm"].to_numpy(dtype=np.float64) > 0)
    return np.asarray(rows.probability >= played.rule.threshold)


def _against_shifts(
    table: ForeignTable, grid: Grid, played: Played, pairs: Pairs | None
) -> tuple[list[Line], pd.DataFrame]:
    near = table.map.horizon_days
    auc = nulls.auc_by_shift(grid.probability, grid.label) if grid.label.any() else None
    lines, tested = [], []
    if pairs is not None and pairs.n_events:
        above = molchan.alarm_fraction_above(played.score)
        outcome = Outcome(
            nulls.hits_by_shift(played.in_alarm, pairs),
            nulls.area_skill_by_shift(above, pairs),
            pairs.n_events,
            played.tau,
        )
        lines += event_level.lines(played, outcome, pairs)
        rate = outcome.hits / outcome.n_events
        tested.append(_null("event_hit_rate", rate, near, "primary: all common shifts"))
        tested.append(_null("area_skill", outcome.area_skill, near, "secondary"))
    if auc is not None:
        note = "rows, all common shifts" + ("" if tested else "; primary: the table has no events")
        tested.append(_null("auc", auc, near, note))
        p = nulls.permutation_p(grid.probability[grid.is_known], grid.label[grid.is_known])
        note = "invalid: takes rows as independent; shown only to be distrusted"
        tested.append(("N0", "auc", float(auc[0]), 0.5, p, NAN, NAN, 0, 0, False, note))
    return lines, pd.DataFrame(tested, columns=list(NULL_COLUMNS))


def _null(statistic: str, values: Floats, near_days: int, note: str) -> tuple[object, ...]:
    known = values[1:][np.isfinite(values[1:])]
    floor = nulls.floors(values, near_days)
    mean = float(known.mean()) if known.size else NAN
    p = nulls.p_value(float(values[0]), known)
    return (
        "N2", statistic, float(values[0]), mean, p, floor.floor_1_over_d, floor.floor_ties,
        floor.days_needed, int(known.size), True, note,
    )  # fmt: skip


def _directions(table: ForeignTable, rows: Rows) -> tuple[pd.DataFrame, list[Line]]:
    """Angular errors of event rows; R of all predictions."""
    columns = ["azimuth_true_deg", "azimuth_deg", "error_deg", "constant_error_deg"]
    if not table.has("azimuth_deg"):
        return pd.DataFrame(columns=columns), []
    said = table.rows["azimuth_deg"].dropna()
    r = circular.resultant_length(said)
    spread = f"{said.min():.1f}..{said.max():.1f} deg; "
    word = "COLLAPSED: one direction whatever happens" if r > 0.9 else "spread"
    lines = [Line("azimuth_resultant", "row", r, NAN, NAN, 0.9, len(said), note=spread + word)]
    if not table.has("azimuth_true_deg"):
        return pd.DataFrame(columns=columns), lines
    pairs = rows.table[rows.event][["azimuth_true_deg", "azimuth_deg"]].dropna()
    if pairs.empty:
        return pd.DataFrame(columns=columns), lines
    best = circular.best_constant_deg(pairs["azimuth_true_deg"])
    pairs = pairs.assign(
        error_deg=circular.angular_error_deg(pairs["azimuth_deg"], pairs["azimuth_true_deg"]),
        constant_error_deg=circular.angular_error_deg(best, pairs["azimuth_true_deg"]),
    )
    mine, constant = float(pairs["error_deg"].mean()), float(pairs["constant_error_deg"].mean())
    n = {"n_rows": len(pairs), "n_events": rows.n_events}
    note = f"the constant {best:.0f} deg, best for these events in hindsight"
    skill = 1 - mine / constant if constant else NAN
    lines += [
        Line("maae_deg", "row", mine, NAN, NAN, 90.0, **n, note="mean over event rows"),
        Line("maae_best_constant_deg", "row", constant, NAN, NAN, 90.0, **n, note=note),
        Line("azimuth_skill", "row", skill, NAN, NAN, 0.0, **n, note=f"against {note}"),
    ]
    return pairs.reset_index(drop=True), lines


def _magnitudes(rows: Rows) -> list[Line]:
    if not {"magnitude", "magnitude_true"} <= set(rows.table):
        return []
    told = rows.table[rows.event][["magnitude", "magnitude_true"]].dropna()
    if told.empty:
        return []
    true = told["magnitude_true"]
    mine = float((told["magnitude"] - true).abs().mean())
    constant = float((true - true.median()).abs().mean())
    note = f"reference: the constant median {true.median():.2f}"
    n = {"n_rows": len(told), "n_events": rows.n_events}
    return [Line("magnitude_mae", "row", mine, NAN, NAN, constant, **n, note=note)]


def _evidence(
    tested: pd.DataFrame, rows: Rows, pairs: Pairs | None, why: tuple[str, ...]
) -> verdict.Evidence:
    n = pairs.n_events if pairs is not None else rows.n_events
    reasons = list(why)
    if not reasons and rows.event.size and (rows.event.all() or not rows.event.any()):
        reasons.append("the known rows are all of one class")
    if not reasons and not rows.event.size:
        reasons.append("no row has both a forecast and a known outcome")
    if not reasons and n < MINIMUM_EVENTS:
        reasons.append(f"too few events: {n} runs of event days, {MINIMUM_EVENTS} are the least")
    p = float(tested["p"].iloc[0]) if len(tested) else NAN
    floor = float(tested["floor_1_over_d"].iloc[0]) if len(tested) else 0.0
    return verdict.Evidence(
        p=p, n_events=n, insufficient=tuple(reasons), floor=floor,
        statistic=str(tested["statistic"].iloc[0]) if len(tested) else "auc",
    )  # fmt: skip


def _curves(
    rows: Rows, alarm: Truths, grid: Grid, pairs: pd.DataFrame, draws: tuple[int, int]
) -> dict[str, pd.DataFrame]:
    generator = np.random.default_rng(draws[1])
    found = {
        "azimuth_rows": pairs,
        "reliability": curves.reliability(rows, n_draws=draws[0], seed=draws[1]),
        "reliability_corp": corp_curve(
            rows.probability, rows.event, n_draws=200, generator=generator
        ),
        "contingency": curves.contingency_table({"row": contingency(alarm, rows.event)}),
    }
    if grid.label.any():
        auc = nulls.auc_by_shift(grid.probability, grid.label)
        shift = pd.DataFrame({"shift_days": nulls.signed_shift(auc.size), "auc": auc})
        found["shift_null_auc"] = shift.sort_values("shift_days", ignore_index=True)
    return found


def _power(played: Played, pairs: Pairs | None) -> dict[str, pd.DataFrame]:
    if pairs is None or not pairs.n_events:
        return {}
    return {"power": curves.power_table(pairs.n_events, played.tau, OWN_THRESHOLD_TAU)}


def _provenance(
    table: ForeignTable,
    rule: LabelRule | None,
    frozen: AlarmRule,
    seed: int,
    draws: int,
    rows: Rows,
) -> dict[str, Any]:
    content = table.rows.to_json(orient="values", date_format="iso", double_precision=15)
    told = asdict(rule) if rule is not None else None
    if told is not None and not np.isfinite(told["maximum_depth_km"]):
        told["maximum_depth_km"] = "inf"
    return {
        "name": table.map.name,
        "column_map": dict(table.map.columns),
        "horizon_days": table.map.horizon_days,
        "notes": list(table.notes),
        "alarm_rule": asdict(frozen),
        "label_rule": told,
        "seed": seed,
        "n_bootstrap": draws,
        "n_rows": len(table.rows),
        "n_rows_scored": int(rows.event.size),
        "n_event_rows": int(rows.event.sum()),
        "n_event_runs": rows.n_events,
        "n_days": rows.n_days,
        "forecast_sha256": sha256(
            json.dumps([list(map(str, table.rows.columns)), content]).encode()
        ).hexdigest(),
        "versions": {name: version(name) for name in ("numpy", "pandas", "scipy", "seismomag")},
    }
