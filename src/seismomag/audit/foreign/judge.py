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

from seismomag.audit import curves, missing, nulls, secondary, verdict
from seismomag.audit.alarms import AlarmRule
from seismomag.audit.calibration import corp_curve
from seismomag.audit.counts import contingency
from seismomag.audit.foreign.answers import directions, magnitudes
from seismomag.audit.foreign.catalogued import at_stations
from seismomag.audit.foreign.days import day_pictures
from seismomag.audit.foreign.forecast import ForeignTable
from seismomag.audit.foreign.grid import OWN_THRESHOLD_TAU, Laid, known_rows, lay_out
from seismomag.audit.foreign.leaking import findings, red_sentences
from seismomag.audit.foreign.meaning import sentences, settle
from seismomag.audit.foreign.shifts import against_shifts, area_shifts
from seismomag.audit.intervals import MINIMUM_EVENTS
from seismomag.audit.leaks.checks import to_table as leak_table
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
        Positions, needed with a catalogue; for a table that names no station an event counts in
        the range of any of them.
    rule
        Which earthquakes are targets. Its horizon counts where the map of the table states none.
    seed, n_bootstrap
        Of every resampling.

    Returns
    -------
    report
        Missing columns shorten it; too little for any verdict is V0 INSUFFICIENT with the reason,
        and a leak that the table alone shows is V0 RED.

    Raises
    ------
    ConfigError
        A catalogue without a rule, or stations of unknown position.
    """
    table, rule, source = settle(table, rule if catalogue is not None else None)
    placed = tuple(stations)
    if catalogue is not None:
        table, placed = at_stations(table, placed)
    laid = lay_out(table, catalogue, placed, rule)
    rows = known_rows(table, laid.grid)
    lines, tested = against_shifts(table, laid)
    draws = (n_bootstrap, seed)
    alarm = _row_alarms(table, rows, laid.played)
    lines += _row_lines(rows, alarm, draws)
    angles, said = directions(table, rows)
    lines += said + magnitudes(rows)
    leaks = findings(rows, seed)
    shown = _evidence(tested, rows, laid, red_sentences(leaks))
    decided = verdict.decide(shown)
    meant = sentences(table, rule, laid.played.rule, source)
    return AuditReport(
        table=to_table(lines),
        nulls=tested,
        leaks=leak_table(leaks),
        verdict=decided,
        provenance=_provenance(table, rule, laid.played.rule, draws, rows)
        | {"meaning": list(meant)}
        | said_of(decided, shown),
        curves=_curves(rows, alarm, angles, draws)
        | area_shifts(table, laid.grid)
        | day_pictures(table, rows, alarm, laid)
        | _power(laid.played, laid.pairs),
    )


def _row_alarms(table: ForeignTable, rows: Rows, played: Played) -> Truths:
    if table.uses_alarms:
        return np.asarray(rows.table["alarm"].to_numpy(dtype=np.float64) > 0)
    return np.asarray(rows.probability >= played.rule.threshold)


def _row_lines(rows: Rows, alarm: Truths, draws: tuple[int, int]) -> list[Line]:
    if not rows.event.size:
        return []
    counts = {"n_rows": int(rows.event.size), "n_events": rows.n_events, "n_days": rows.n_days}
    blind = np.full(rows.event.size, float(rows.event.mean()))
    return [
        *rate_lines("row", alarm, rows.event, rows.cluster, counts, draws),
        *score_lines(rows, alarm, blind, counts, draws),
        *secondary.plain_lines(rows, alarm, draws),
    ]


def _evidence(
    tested: pd.DataFrame, rows: Rows, laid: Laid, red: tuple[str, ...]
) -> verdict.Evidence:
    pairs = laid.pairs
    n = pairs.n_events if pairs is not None else rows.n_events
    by_statistic = tested[tested["null_id"] == "N2"].set_index("statistic")["p"]
    reasons = list(laid.why)
    if not reasons and rows.event.size and (rows.event.all() or not rows.event.any()):
        reasons.append("the known rows are all of one class")
    if not reasons and not rows.event.size:
        reasons.append("no row has both a forecast and a known outcome")
    if not reasons and n < MINIMUM_EVENTS:
        reasons.append(f"too few events: {n} runs of event days, {MINIMUM_EVENTS} are the least")
    p_gaps = float(by_statistic.get(missing.SHARE, NAN))
    if p_gaps < verdict.ALPHA:
        reasons.append(f"which days were forecast goes with the earthquakes (p = {p_gaps:.2g})")
    if tested.empty:
        why = tuple(reasons)
        return verdict.Evidence(p=NAN, n_events=n, red=red, insufficient=why, statistic="auc")
    primary = tested.iloc[0]
    return verdict.Evidence(
        p=float(primary["p"]),
        n_events=n,
        red=red,
        insufficient=tuple(reasons),
        p_beyond_gaps=float(by_statistic.get(missing.BEYOND, NAN)),
        floor=float(primary["floor_1_over_d"]),
        tie_floor=float(primary["floor_ties"]),
        statistic=str(primary["statistic"]),
    )


def _curves(
    rows: Rows, alarm: Truths, pairs: pd.DataFrame, draws: tuple[int, int]
) -> dict[str, pd.DataFrame]:
    generator = np.random.default_rng(draws[1])
    return {
        "azimuth_rows": pairs,
        "reliability": curves.reliability(rows, n_draws=draws[0], seed=draws[1]),
        "reliability_corp": corp_curve(
            rows.probability, rows.event, n_draws=200, generator=generator
        ),
        "contingency": curves.contingency_table({"row": contingency(alarm, rows.event)}),
    }


def _power(played: Played, pairs: Pairs | None) -> dict[str, pd.DataFrame]:
    if pairs is None or not pairs.n_events:
        return {}
    chance = float(nulls.hits_by_shift(played.in_alarm, pairs)[1:].mean()) / pairs.n_events
    return {"power": curves.power_table(pairs.n_events, chance, OWN_THRESHOLD_TAU)}


def _provenance(
    table: ForeignTable,
    rule: LabelRule | None,
    frozen: AlarmRule,
    draws: tuple[int, int],
    rows: Rows,
) -> dict[str, Any]:
    content = table.rows.to_json(orient="values", date_format="iso", double_precision=15)
    told = asdict(rule) if rule is not None else None
    if told is not None:
        # One horizon, that of the table; the days before it as well.
        told["horizon_start_days"] = table.offset_days
        told["maximum_depth_km"] = _in_json(told["maximum_depth_km"])
    return {
        "name": table.map.name,
        "column_map": {word: name for word, name in table.map.columns.items() if name},
        "columns_unread": list(table.unread),
        "horizon_days": table.horizon_days,
        "first_day_offset_days": table.offset_days,
        "notes": list(table.notes),
        "alarm_rule": asdict(frozen),
        "label_rule": told,
        "seed": draws[1],
        "n_bootstrap": draws[0],
        "n_rows": len(table.rows),
        "n_rows_scored": int(rows.event.size),
        "n_rows_unknown": rows.n_unknown,
        "n_event_rows": int(rows.event.sum()),
        "n_event_runs": rows.n_events,
        "n_days": rows.n_days,
        "forecast_sha256": sha256(
            json.dumps([list(map(str, table.rows.columns)), content]).encode()
        ).hexdigest(),
        "versions": {name: version(name) for name in ("numpy", "pandas", "scipy", "seismomag")},
    }


def _in_json(value: float) -> float | str:
    """Spell infinity out, which JSON does not know."""
    return value if np.isfinite(value) else str(value)
