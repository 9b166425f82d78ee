"""The audit itself: from a case to a report."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.audit import azimuth, curves, event_level, leaks, magnitude, nulls, verdict
from seismomag.audit.case import AuditCase
from seismomag.audit.counts import Contingency, contingency
from seismomag.audit.event_level import Outcome
from seismomag.audit.intervals import MINIMUM_EVENTS, TOO_FEW, cluster_sums, cluster_t
from seismomag.audit.power import events_needed
from seismomag.audit.ring import Played, Ring, Targets, find_targets, make_ring, play
from seismomag.audit.rows import BLOCK_DAYS, Rows, make_rows, station_climatology
from seismomag.audit.scores import information_gain, log_likelihood
from seismomag.audit.storms import storm_lines, storm_table
from seismomag.audit.table import NAN, Line, rate_lines, score_lines, to_table
from seismomag.core.progress import Progress, silent
from seismomag.core.schema import AuditReport, Verdict, magnitude_class_columns

NAME = "forecast"
STAGES = ("leaks", "alarms", "shifts", "rows", "azimuths", "verdict")
PLANNED_GAIN = 2.0


def audit(case: AuditCase, *, progress: Progress = silent) -> AuditReport:
    """Judge a forecast.

    Where too little was observed the report says V0 with the reason, and whatever can be said.

    Parameters
    ----------
    case
        The forecast, what happened, and the rules.
    progress
        Told the stage.

    Returns
    -------
    report
        The same to the last bit for the same case and seed.
    """
    case = _in_order(case)
    found = leaks.inspect(case)
    progress("audit", 1, len(STAGES))
    red = tuple(found.loc[found["severity"] == leaks.RED, "sentence"])
    gaps = _gaps(case)
    if gaps:
        none = verdict.Evidence(p=NAN, n_events=0, red=red, insufficient=gaps)
        return _unjudged(case, found, verdict.decide(none))
    return _judged(case, found, red, progress)


def _in_order(case: AuditCase) -> AuditCase:
    """Sort the tables, so that sums of floats do not depend on the order of the rows."""

    def ordered(table: pd.DataFrame) -> pd.DataFrame:
        return table.sort_values("sample_id", ignore_index=True)

    return replace(
        case,
        forecast=ordered(case.forecast),
        samples=ordered(case.samples),
        stations=tuple(sorted(case.stations, key=lambda s: s.station_code)),
        baselines={name: ordered(case.baselines[name]) for name in sorted(case.baselines)},
    )


@dataclass(frozen=True)
class _Trial:
    """A case laid out: who was in alarm when, and what happened."""

    ring: Ring
    targets: Targets
    played: Played
    others: Mapping[str, Played]
    outcome: Outcome
    rows: Rows
    near_days: int


def _lay_out(case: AuditCase) -> _Trial:
    ring = make_ring(case)
    targets = find_targets(case, ring)
    played = play(case, ring, NAME, case.forecast)
    others = {
        name: play(case, ring, name, table)
        for name, table in case.baselines.items()
        if _has_both_splits(case, table)
    }
    outcome = event_level.judge(played, targets.pairs)
    rows = make_rows(case, case.forecast)
    return _Trial(ring, targets, played, others, outcome, rows, _near_days(case))


def _judged(
    case: AuditCase, found: pd.DataFrame, red: tuple[str, ...], progress: Progress
) -> AuditReport:
    trial = _lay_out(case)
    progress("audit", 2, len(STAGES))
    null_table = _null_table(case, trial)
    progress("audit", 3, len(STAGES))
    lines = _event_lines(trial) + _row_lines(case, trial.rows, trial.played)
    lines += _day_lines(case, trial)
    pictures = _curves(case, trial)
    lines += storm_lines(pictures["storms"])
    gains = _gain_lines(case, trial.rows)
    progress("audit", 4, len(STAGES))
    pairs, direction = _directions(case, trial.targets, trial.rows)
    lines += gains + direction + _magnitude_lines(case, trial.rows)
    progress("audit", 5, len(STAGES))
    n, p = trial.outcome.n_events, trial.outcome.p
    short = _too_little(trial.outcome, trial.rows)
    evidence = verdict.Evidence(
        p=p,
        n_events=n,
        red=red,
        insufficient=short,
        floor=float(null_table["floor_1_over_d"].iloc[0]),
        tie_floor=float(null_table["floor_ties"].iloc[0]),
        conditions=_conditions(gains, trial.outcome, case),
    )
    decided = verdict.decide(evidence)
    report = AuditReport(
        table=to_table(lines),
        nulls=null_table,
        leaks=found,
        verdict=decided,
        provenance=_provenance(case, decided, p, n, _details(case, trial)),
        curves=pictures | {"azimuth": pairs},
    )
    progress("audit", 6, len(STAGES))
    return report


def _null_table(case: AuditCase, trial: _Trial) -> pd.DataFrame:
    pairs, shape = trial.targets.pairs, trial.ring.shape
    label = nulls.horizon_labels(pairs, shape, case.rule.horizon_days)
    return event_level.null_table(
        trial.played, trial.outcome, pairs, label, near_days=trial.near_days, seed=case.seed
    )


def _event_lines(trial: _Trial) -> list[Line]:
    pairs = trial.targets.pairs
    lines = event_level.lines(trial.played, trial.outcome, pairs)
    for name, other in trial.others.items():
        judged = event_level.judge(other, pairs)
        lines += event_level.baseline_lines(name, judged, trial.played.rule.target_tau)
    return lines


def _details(case: AuditCase, trial: _Trial) -> dict[str, Any]:
    return {
        "alarm_rule": asdict(trial.played.rule),
        "n_ring_days": trial.ring.shape[1],
        "n_stations": trial.ring.shape[0],
        "n_events_scored": trial.outcome.n_events,
        "n_events_all": len(trial.targets.events),
        "n_rows_scored": int(trial.rows.event.size),
        "n_rows_without_forecast": trial.rows.n_without_forecast,
        "n_rows_unknown": trial.rows.n_unknown,
        "n_station_days_without_state": trial.played.n_missing,
        "near_days": trial.near_days,
        "baselines_left_out": sorted(set(case.baselines) - set(trial.others)),
    }


def _gaps(case: AuditCase) -> tuple[str, ...]:
    """Reasons why not even the alarms can be laid out."""
    reasons = []
    if not (case.samples["split"] == "test").any():
        reasons.append("there is no test row")
    elif make_ring(case).shape[1] < 2:
        reasons.append("the catalogue covers fewer than two days of the test")
    for split in ("validation", "test"):
        if case.rows(case.forecast, split).empty:
            reasons.append(f"the forecast has no {split} row")
    return tuple(reasons)


def _too_little(outcome: Outcome, rows: Rows) -> tuple[str, ...]:
    reasons = []
    if outcome.n_events < MINIMUM_EVENTS:
        reasons.append(f"too few events: {outcome.n_events} scored, {MINIMUM_EVENTS} are the least")
    if rows.event.size and (rows.event.all() or not rows.event.any()):
        reasons.append("the known test rows are all of one class")
    if not rows.event.size:
        reasons.append("no test row has both a forecast and a known outcome")
    return tuple(reasons)


def _near_days(case: AuditCase) -> int:
    window, horizon = case.rule.window_days, case.rule.horizon_days
    return window + max(leaks.EMBARGO_DAYS, window + horizon)


def _has_both_splits(case: AuditCase, forecast: pd.DataFrame) -> bool:
    return all(not case.rows(forecast, split).empty for split in ("validation", "test"))


def _levels(trial: _Trial) -> dict[str, Contingency]:
    played, rows = trial.played, trial.rows
    return {
        "row": contingency(_row_alarms(rows, played), rows.event),
        "event": event_level.spells(played.in_alarm, trial.targets.pairs),
        "day": contingency(played.network_alarm, _event_days(trial)),
    }


def _row_alarms(rows: Rows, played: Played) -> NDArray[np.bool_]:
    return np.asarray(rows.probability >= played.rule.threshold)


def _event_days(trial: _Trial) -> NDArray[np.bool_]:
    days = np.zeros(trial.ring.shape[1], bool)
    days[trial.targets.pairs.position] = True
    return days


def _row_lines(case: AuditCase, rows: Rows, played: Played) -> list[Line]:
    counts = {"n_rows": int(rows.event.size), "n_events": rows.n_events, "n_days": rows.n_days}
    alarm = _row_alarms(rows, played)
    draws = (case.n_bootstrap, case.seed)
    # A single row reaches the threshold of the state less often than the state does.
    lines = rate_lines("row", alarm, rows.event, rows.cluster, counts, draws)
    if rows.event.size:
        lines += score_lines(rows, alarm, station_climatology(case, rows), counts, draws)
    return lines


def _day_lines(case: AuditCase, trial: _Trial) -> list[Line]:
    event = _event_days(trial)
    # Every event day is a unit; quiet days repeat each other within a fortnight.
    number = np.arange(event.size)
    unit = np.unique(np.where(event, -1 - number, number // BLOCK_DAYS), return_inverse=True)[1]
    counts = {"n_rows": event.size, "n_events": int(event.sum()), "n_days": event.size}
    draws = (case.n_bootstrap, case.seed)
    alarm = trial.played.network_alarm
    return rate_lines("day", alarm, event, unit.astype(np.int64), counts, draws)


def _gain_lines(case: AuditCase, rows: Rows) -> list[Line]:
    lines = []
    for name, table in case.baselines.items():
        other = rows.table["sample_id"].map(table.set_index("sample_id")["probability"])
        reference = other.to_numpy(dtype=np.float64)
        both = np.isfinite(reference)
        p, q, y = rows.probability[both], reference[both], rows.event[both]
        value = information_gain(p, q, y)
        gained = log_likelihood(p, y) - log_likelihood(q, y)
        low, high = _gain_interval(gained, rows.cluster[both], y)
        n_events = int(np.unique(rows.cluster[both][y]).size)
        note = "cluster-t, nat per event row" if n_events >= MINIMUM_EVENTS else TOO_FEW
        quantity = f"information_gain_per_event_vs_{name}"
        lines.append(Line(quantity, "row", value, low, high, 0.0, int(y.size), n_events, 0, note))
    return lines


def _gain_interval(
    gained: NDArray[np.float64], cluster: NDArray[np.int64], event: NDArray[np.bool_]
) -> tuple[float, float]:
    """Interval of the gain per event row: total over clusters, their number of events fixed."""
    if np.unique(cluster[event]).size < MINIMUM_EVENTS:
        return NAN, NAN
    unit = np.unique(cluster, return_inverse=True)[1].astype(np.int64)
    (total,) = cluster_sums(unit, gained)
    low, high = cluster_t(total, np.ones(total.size))
    scale = total.size / event.sum()
    return low * scale, high * scale


def _directions(case: AuditCase, targets: Targets, rows: Rows) -> tuple[pd.DataFrame, list[Line]]:
    constants = azimuth.station_constants(case)
    split = case.samples.set_index("sample_id")["split"]
    test = case.forecast[case.forecast["sample_id"].map(split) == "test"]
    pairs = azimuth.pair_table(test, targets, constants)
    lines = azimuth.event_lines(pairs, case.n_bootstrap, case.seed)
    lines += azimuth.row_lines(rows, constants, case.n_bootstrap, case.seed)
    p, mean = azimuth.station_permutation(pairs, case.n_bootstrap, case.seed)
    note = f"azimuths exchanged among the events of each station (null mean {mean:.1f} deg)"
    n = int(pairs["event_id"].nunique())
    lines.append(Line("maae_permutation_p", "event", p, reference=0.05, n_events=n, note=note))
    return pairs, lines


def _magnitude_lines(case: AuditCase, rows: Rows) -> list[Line]:
    columns = magnitude_class_columns(rows.table)
    if not columns:
        return []
    told = rows.event & rows.table[columns].notna().all(axis=1).to_numpy()
    table = rows.table[told]
    probability = table[columns].to_numpy(dtype=np.float64)
    true = case.rule.magnitude_class(table["magnitude"].to_numpy(dtype=np.float64))
    unit = np.unique(rows.cluster[told], return_inverse=True)[1].astype(np.int64)
    n_events = int(np.unique(unit).size)
    summed = [cluster_sums(unit, p)[0] for p in probability.T]
    first = np.unique(unit, return_index=True)[1]
    each = {
        "row": (probability.argmax(axis=1), true),
        "event": (np.stack(summed, axis=1).argmax(axis=1), true[first]),
    }
    name = "magnitude_balanced_accuracy"
    lines = []
    for level, (predicted, truth) in each.items():
        value = magnitude.balanced_accuracy(predicted, truth)
        classes = np.unique(truth).size
        reference = 1 / classes if classes else NAN
        note = f"{classes} classes occur"
        lines.append(Line(name, level, value, NAN, NAN, reference, len(table), n_events, 0, note))
    return lines


def _curves(case: AuditCase, trial: _Trial) -> dict[str, pd.DataFrame]:
    everyone = [trial.played, *trial.others.values()]
    alarm = _row_alarms(trial.rows, trial.played)
    draws, seed = case.n_bootstrap, case.seed
    forecast = case.rows(case.forecast, "test")
    pairs, outcome = trial.targets.pairs, trial.outcome
    return {
        "molchan": curves.molchan_curve(everyone, pairs),
        "molchan_point": curves.molchan_points(everyone, pairs),
        "reliability": curves.reliability(trial.rows, n_draws=draws, seed=seed),
        "shift_null": curves.shift_null(
            outcome.hits, outcome.n_events, outcome.tau, trial.near_days
        ),
        "storms": storm_table(trial.rows, alarm, n_draws=draws, seed=seed),
        "calendar": curves.calendar(case, trial.ring, trial.played),
        "events": curves.events(trial.targets, trial.played, forecast),
        "contingency": curves.contingency_table(_levels(trial)),
        "power": curves.power_table(pairs.n_events, outcome.tau, case.target_tau),
    }


def _conditions(gains: list[Line], outcome: Outcome, case: AuditCase) -> dict[str, bool]:
    """Conditions of the ladder that this audit can examine."""
    conditions = {"enough_events": outcome.n_events >= events_needed(case.target_tau, PLANNED_GAIN)}
    if gains:
        conditions["beats_baselines"] = all(line.low > 0 for line in gains)
    return conditions


def _unjudged(case: AuditCase, found: pd.DataFrame, decided: Verdict) -> AuditReport:
    return AuditReport(
        table=to_table([]),
        nulls=pd.DataFrame(columns=list(event_level.NULL_COLUMNS)),
        leaks=found,
        verdict=decided,
        provenance=_provenance(case, decided, NAN, 0, {}),
    )


def _provenance(
    case: AuditCase, decided: Verdict, p: float, n_events: int, details: Mapping[str, Any]
) -> dict[str, Any]:
    said = verdict.sentence(decided.level, decided.reason_code, p, n_events, "id")
    return {
        **details,
        "sentence_id": said,
        "seed": case.seed,
        "n_bootstrap": case.n_bootstrap,
        "label_rule": {k: _in_json(v) for k, v in asdict(case.rule).items()},
        "forecast_sha256": table_sha256(case.forecast),
        "samples_sha256": table_sha256(case.samples),
        "n_by_split": {
            str(k): int(n) for k, n in case.samples["split"].value_counts().sort_index().items()
        },
        "versions": {name: version(name) for name in ("numpy", "pandas", "scipy", "seismomag")},
        **case.provenance,
    }


def _in_json(value: object) -> object:
    """Spell infinity out, which JSON does not know."""
    return str(value) if isinstance(value, float) and not np.isfinite(value) else value


def table_sha256(table: pd.DataFrame) -> str:
    """Hash the content of a table, whatever the order of its rows and columns."""
    ordered = table.sort_values("sample_id")[sorted(table.columns)]
    records = ordered.to_json(orient="values", date_format="iso", double_precision=15)
    return sha256(json.dumps([sorted(table.columns), records]).encode()).hexdigest()
