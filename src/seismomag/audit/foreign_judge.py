"""Judge a foreign forecast table: with its own labels, or against a catalogue.

A table that brings its own labels is rotated as it stands, no row is dropped. With a catalogue,
events and not rows are the unit, as for our own forecasts; the threshold is the author's or,
where none is given, taken from the same rows, which is said.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.audit import (
    alarms,
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
from seismomag.audit.foreign_forecast import NETWORK, ForeignTable
from seismomag.audit.intervals import MINIMUM_EVENTS
from seismomag.audit.null_table import NULL_COLUMNS
from seismomag.audit.nulls import Pairs
from seismomag.audit.ring import Played, is_covered
from seismomag.audit.rows import BLOCK_DAYS, Rows
from seismomag.audit.table import NAN, Line, rate_lines, score_lines, to_table
from seismomag.core.errors import ConfigError
from seismomag.core.schema import AuditReport, Catalogue
from seismomag.core.stations import Station
from seismomag.dataset.labels import LabelRule, target_pairs

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]

OWN_THRESHOLD_TAU = 0.2
LEAK_COLUMNS = ("check_id", "severity", "n_inspected", "n_found", "sentence")


@dataclass(frozen=True)
class _Grid:
    """The table on stations and consecutive days; arrays of shape (S, D)."""

    codes: NDArray[np.object_]
    days: NDArray[np.datetime64]
    probability: Floats
    label: Truths
    is_known: Truths


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
    grid, played, pairs, why = _lay_out(table, catalogue, tuple(stations), rule)
    rows = _rows(table, grid)
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
    decided = verdict.decide(_evidence(tested, rows, pairs, why))
    return AuditReport(
        table=to_table(lines),
        nulls=tested,
        leaks=pd.DataFrame(columns=list(LEAK_COLUMNS)),
        verdict=decided,
        provenance=_provenance(table, rule, played.rule, seed, n_bootstrap, rows),
        curves=_curves(rows, alarm, grid, pairs_table, draws),
    )


def _lay_out(
    table: ForeignTable,
    catalogue: Catalogue | None,
    stations: tuple[Station, ...],
    rule: LabelRule | None,
) -> tuple[_Grid, Played, Pairs | None, tuple[str, ...]]:
    rows = table.rows
    codes = np.unique(rows["station"].to_numpy(dtype=object))
    day = rows["date"].to_numpy(dtype="datetime64[ns]").astype("datetime64[D]")
    days = np.arange(day.min(), day.max() + 1)
    value = "probability" if table.has("probability") else "alarm"
    long = rows.rename(columns={"station": "station_code", "date": "horizon_start"})
    probability = alarms.lay_out(long, codes, days, value)
    if catalogue is None:
        return _own_labels(table, codes, days, probability, long)
    if rule is None:
        msg = "a catalogue without a label rule: say which earthquakes are targets"
        raise ConfigError(msg)
    kept = is_covered(days, catalogue)
    grid_days, known = days[kept], probability[:, kept]
    pairs, why = _pairs(catalogue, stations, rule, codes, grid_days)
    label = nulls.horizon_labels(pairs, known.shape, table.map.horizon_days)
    grid = _Grid(codes, grid_days, known, label, np.isfinite(known))
    score = alarms.state(probability, table.map.horizon_days)[:, kept]
    return grid, _played(table, known, score), pairs, why


def _own_labels(
    table: ForeignTable,
    codes: NDArray[np.object_],
    days: NDArray[np.datetime64],
    probability: Floats,
    long: pd.DataFrame,
) -> tuple[_Grid, Played, None, tuple[str, ...]]:
    if not table.has("event"):
        grid = _Grid(codes, days, probability, np.zeros(probability.shape, bool),
                     np.zeros(probability.shape, bool))  # fmt: skip
        why = ("the table brings no labels and no catalogue was given: nothing to compare with",)
        return grid, _played(table, probability, probability), None, why
    event = alarms.lay_out(long, codes, days, "event")
    known = np.isfinite(event) & np.isfinite(probability)
    grid = _Grid(codes, days, probability, np.nan_to_num(event) > 0, known)
    return grid, _played(table, probability, probability), None, ()


def _played(table: ForeignTable, probability: Floats, score: Floats) -> Played:
    threshold, source = table.map.threshold, "the author's threshold"
    if table.has("alarm") and not table.has("probability"):
        threshold, source = 0.5, "the author's alarms"
    if threshold is None:
        known = score[np.isfinite(score)]
        cut = np.quantile(known, 1 - OWN_THRESHOLD_TAU, method="higher") if known.size else 1.0
        threshold, source = float(cut), "the same rows: optimistic"
    rule = AlarmRule(
        threshold=threshold,
        state_days=table.map.horizon_days,
        target_tau=OWN_THRESHOLD_TAU,
        frozen_on=source,
    )
    return Played(table.map.name, rule, probability, score, alarms.is_alarm(score, rule))


def _pairs(
    catalogue: Catalogue,
    stations: tuple[Station, ...],
    rule: LabelRule,
    codes: NDArray[np.object_],
    days: NDArray[np.datetime64],
) -> tuple[Pairs, tuple[str, ...]]:
    """Scored events on the days: the largest of each cluster, and the stations in range."""
    none = np.empty(0, np.int64)
    if not days.size:
        return Pairs(none, none, none), ("the catalogue covers no day of the table",)
    placed = [s for s in stations if s.station_code in set(codes)]
    if list(codes) == [NETWORK]:
        placed = list(stations)
    if not placed or (list(codes) != [NETWORK] and len(placed) < codes.size):
        unknown = sorted(set(codes) - {s.station_code for s in stations})
        msg = f"no position of station {', '.join(map(str, unknown))}; give a station list"
        raise ConfigError(msg)
    found = target_pairs(placed, catalogue, rule)
    if list(codes) == [NETWORK]:
        found = found.drop_duplicates("event_id").assign(station_code=NETWORK)
    origin = found["origin_time"].to_numpy(dtype="datetime64[ns]").astype("datetime64[D]")
    found = found[np.isin(origin, days)]
    largest = found.sort_values(["magnitude", "origin_time"], ascending=[False, True])
    units = largest.drop_duplicates("cluster_id")["event_id"]
    found = found[found["event_id"].isin(units)]
    number, ids = pd.factorize(found["event_id"])
    first = found.drop_duplicates("event_id")["origin_time"].to_numpy("datetime64[ns]")
    position = np.searchsorted(days, first.astype("datetime64[D]"))
    station = pd.Index(codes).get_indexer(pd.Index(found["station_code"]))
    pairs = Pairs(number.astype(np.int64), station.astype(np.int64), position.astype(np.int64))
    few = f"too few events: {len(ids)} scored, {MINIMUM_EVENTS} are the least"
    return pairs, (few,) if len(ids) < MINIMUM_EVENTS else ()


def _rows(table: ForeignTable, grid: _Grid) -> Rows:
    """Known rows; a unit is an unbroken run of event days of the network, or a quiet fortnight."""
    at = np.argwhere(grid.is_known)
    event = grid.label[grid.is_known]
    day = grid.days[at[:, 1]]
    frame = pd.DataFrame(
        {"station": grid.codes[at[:, 0]].astype(str), "date": day.astype("datetime64[ns]")}
    )
    mine = table.rows.assign(station=table.rows["station"].astype(str))
    told = frame.merge(mine, on=["station", "date"], how="left", sort=False)
    told = told.assign(horizon_start=told["date"], kp_max=np.nan, dst_min_nt=np.nan)
    run = np.cumsum(np.diff(grid.label.any(axis=0).astype(int), prepend=0) == 1)
    unit = np.where(event, -1 - run[at[:, 1]], day.astype(np.int64) // BLOCK_DAYS)
    cluster = np.unique(unit, return_inverse=True)[1].astype(np.int64)
    probability = grid.probability[grid.is_known]
    return Rows(told, probability, event, cluster, int((~np.isfinite(grid.probability)).sum()), 0)


def _row_alarms(table: ForeignTable, rows: Rows, played: Played) -> Truths:
    if table.has("alarm"):
        return np.asarray(rows.table["alarm"].to_numpy(dtype=np.float64) > 0)
    return np.asarray(rows.probability >= played.rule.threshold)


def _against_shifts(
    table: ForeignTable, grid: _Grid, played: Played, pairs: Pairs | None
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
    rows: Rows, alarm: Truths, grid: _Grid, pairs: pd.DataFrame, draws: tuple[int, int]
) -> dict[str, pd.DataFrame]:
    generator = np.random.default_rng(draws[1])
    found = {
        "azimuth": pairs,
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
