"""The audit itself: from a case to a report."""

from dataclasses import replace

import numpy as np
import pandas as pd

from seismomag.audit import (
    azimuth,
    comparison,
    curves,
    event_level,
    lead_time,
    magnitude,
    missing,
    network_days,
    reference_measure,
    secondary,
    station_level,
    storm_match,
    verdict,
)
from seismomag.audit.calibration import corp_curve
from seismomag.audit.case import AuditCase
from seismomag.audit.event_level import Outcome
from seismomag.audit.gains import beats_baselines, gain_lines
from seismomag.audit.injection import limits as injection_limits
from seismomag.audit.intervals import MINIMUM_EVENTS
from seismomag.audit.leaks import checks as leaks
from seismomag.audit.null_table import NULL_COLUMNS, null_table
from seismomag.audit.power import events_needed
from seismomag.audit.provenance import details, provenance
from seismomag.audit.ring import event_best, make_ring
from seismomag.audit.row_level import day_lines, row_lines
from seismomag.audit.rows import Rows
from seismomag.audit.storms import storm_lines, storm_table
from seismomag.audit.table import NAN, Line, to_table
from seismomag.audit.trial import Trial, lay_out, levels, row_alarms
from seismomag.core.progress import Progress, silent
from seismomag.core.schema import AuditReport
from seismomag.core.verdict_words import sidak

STAGES = ("leaks", "alarms", "shifts", "rows", "azimuths", "verdict")
PLANNED_GAIN = 2.0
BAND_DRAWS = 200


def audit_forecast(case: AuditCase, *, progress: Progress = silent) -> AuditReport:
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
    if case.examined.get("retraining") is False:
        red += ("N4: the pipeline finds skill in labels shuffled by event block",)
    gaps = _gaps(case)
    if gaps:
        none = verdict.Evidence(p=NAN, n_events=0, red=red, insufficient=gaps)
        return _unjudged(case, found, none)
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


def _judged(
    case: AuditCase, found: pd.DataFrame, red: tuple[str, ...], progress: Progress
) -> AuditReport:
    trial = lay_out(case)
    progress("audit", 2, len(STAGES))
    tested = null_table(case, trial)
    progress("audit", 3, len(STAGES))
    lines = _event_lines(trial) + row_lines(case, trial.rows, trial.played)
    lines += day_lines(case, trial)
    gains = gain_lines(case)
    pictures = _curves(case, trial) | _tables(case, trial, gains)
    lines += storm_lines(pictures["storms"])
    progress("audit", 4, len(STAGES))
    pairs, direction = azimuth.judge(case, trial.targets, trial.rows)
    lines += gains + direction + magnitude.lines(case, trial.rows)
    lines += _secondary_lines(case, trial, pictures["stations"])
    lines += injection_limits.lines(case.injection, trial.outcome)
    progress("audit", 5, len(STAGES))
    evidence = _evidence(case, trial, tested, gains, red)
    decided = verdict.decide(evidence)
    report = AuditReport(
        table=to_table(lines),
        nulls=tested,
        leaks=found,
        verdict=decided,
        provenance=provenance(case, decided, evidence, details(case, trial)),
        curves=pictures | {"azimuth": pairs},
    )
    progress("audit", 6, len(STAGES))
    return report


def _evidence(
    case: AuditCase,
    trial: Trial,
    tested: pd.DataFrame,
    gains: list[Line],
    red: tuple[str, ...],
) -> verdict.Evidence:
    by_statistic = tested[tested["null_id"] == "N2"].set_index("statistic")["p"]
    conditions, unexamined = _conditions(gains, trial.outcome, case)
    return verdict.Evidence(
        p=trial.outcome.p,
        n_events=trial.outcome.n_events,
        red=red,
        insufficient=_too_little(trial.outcome, trial.rows, float(by_statistic[missing.SHARE])),
        p_beyond_gaps=float(by_statistic[missing.BEYOND]),
        floor=float(tested["floor_1_over_d"].iloc[0]),
        tie_floor=float(tested["floor_ties"].iloc[0]),
        conditions=conditions,
        unexamined=unexamined,
        n_tried=case.n_test_evaluations,
    )


def _event_lines(trial: Trial) -> list[Line]:
    pairs = trial.targets.pairs
    lines = event_level.lines(trial.played, trial.outcome, pairs)
    for name, other in trial.others.items():
        judged = event_level.judge(other, pairs)
        lines += event_level.baseline_lines(name, judged, trial.played.rule.target_tau)
    return lines


def _secondary_lines(case: AuditCase, trial: Trial, stations: pd.DataFrame) -> list[Line]:
    """What never decides, but is asked for."""
    pairs, n = trial.targets.pairs, trial.outcome.n_events
    tried = case.n_test_evaluations
    p = sidak(trial.outcome.p, tried)
    note = f"1 - (1 - p)^m for m = {tried} evaluations on the test rows"
    return [
        Line("shift_p_adjusted", "event", p, reference=0.01, n_events=n, note=note),
        *missing.lines(trial.whole, trial.ring.is_kept, trial.played.rule, pairs),
        *secondary.lines(case, trial.rows, row_alarms(trial.rows, trial.played)),
        *lead_time.lines(lead_time.judge(trial.played, pairs), n),
        *reference_measure.lines(case, trial.ring, trial.played, pairs),
        *station_level.lines(stations),
    ]


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


def _too_little(outcome: Outcome, rows: Rows, p_gaps: float) -> tuple[str, ...]:
    reasons = []
    if p_gaps < verdict.ALPHA:
        reasons.append(f"which days were forecast goes with the earthquakes (p = {p_gaps:.2g})")
    if outcome.n_events < MINIMUM_EVENTS:
        reasons.append(f"too few events: {outcome.n_events} scored, {MINIMUM_EVENTS} are the least")
    if rows.event.size and (rows.event.all() or not rows.event.any()):
        reasons.append("the known test rows are all of one class")
    if not rows.event.size:
        reasons.append("no test row has both a forecast and a known outcome")
    return tuple(reasons)


def _curves(case: AuditCase, trial: Trial) -> dict[str, pd.DataFrame]:
    everyone = [trial.played, *trial.others.values()]
    alarm = row_alarms(trial.rows, trial.played)
    draws, seed = case.n_bootstrap, case.seed
    forecast = case.rows(case.forecast, "test")
    pairs, outcome = trial.targets.pairs, trial.outcome
    return {
        "molchan": pd.concat(
            [curves.molchan_curve(everyone, pairs), curves.molchan_band(trial.played, pairs)],
            ignore_index=True,
        ),
        "molchan_point": curves.molchan_points(everyone, pairs),
        "reliability": curves.reliability(trial.rows, n_draws=draws, seed=seed),
        "shift_null": curves.shift_null(
            outcome.hits, outcome.n_events, outcome.tau, trial.near_days
        ),
        "storms": storm_table(trial.rows, alarm, n_draws=draws, seed=seed),
        "calendar": curves.calendar(case, trial.ring, trial.played),
        "events": curves.events(trial.targets, trial.played, forecast),
        "contingency": curves.contingency_table(levels(trial)),
        "reliability_corp": corp_curve(
            trial.rows.probability,
            trial.rows.event,
            n_draws=BAND_DRAWS,
            generator=np.random.default_rng(seed),
        ),
        "issued": curves.issued(trial.rows.probability),
        "stations": station_level.station_table(trial.ring.station_codes, trial.played, pairs),
        "storms_matched": storm_match.table(case, trial.rows, alarm),
        "power": curves.power_table(pairs.n_events, outcome.mean_null, case.target_tau),
    }


def _tables(case: AuditCase, trial: Trial, gains: list[Line]) -> dict[str, pd.DataFrame]:
    """Days of the network, geomagnetic activity, and the simple rules."""
    pairs, played = trial.targets.pairs, trial.played
    scored = pd.DataFrame(
        {
            "position": pairs.position,
            "is_hit": event_best(played.in_alarm.astype(np.float64), pairs) > 0,
            "magnitude": trial.targets.scored["magnitude"].to_numpy(dtype=np.float64),
        }
    )
    test = case.samples[case.samples["split"] == "test"]
    weather = network_days.weather_of(test)
    days = network_days.day_table(trial.ring.days, played.in_alarm, scored, weather)
    return {
        "network_days": days,
        "activity": network_days.activity(days, trial.rows, row_alarms(trial.rows, played)),
        "rules": comparison.compare([played, *trial.others.values()], pairs, gains),
        **_injected(case),
    }


def _injected(case: AuditCase) -> dict[str, pd.DataFrame]:
    found = case.injection
    if found is None:
        return {}
    return {
        "injection": found.efficiency,
        "injection_fits": found.fits,
        "injection_controls": found.controls,
    }


def _conditions(
    gains: list[Line], outcome: Outcome, case: AuditCase
) -> tuple[dict[str, bool], dict[str, str]]:
    """Conditions of the ladder that this audit can examine, and what some others lack."""
    conditions = {"enough_events": outcome.n_events >= events_needed(case.target_tau, PLANNED_GAIN)}
    beaten, missing_names = beats_baselines(case, gains)
    if beaten is not None:
        conditions["beats_baselines"] = beaten
    if case.injection is not None:
        conditions["injection"] = case.injection.is_passed
    return conditions | dict(case.examined), {"beats_baselines": missing_names}


def _unjudged(case: AuditCase, found: pd.DataFrame, evidence: verdict.Evidence) -> AuditReport:
    decided = verdict.decide(evidence)
    return AuditReport(
        table=to_table([]),
        nulls=pd.DataFrame(columns=list(NULL_COLUMNS)),
        leaks=found,
        verdict=decided,
        provenance=provenance(case, decided, evidence, {}),
    )
