"""Every null model beside each other; only the common shift of the catalogue decides."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.audit import missing, nulls, sham, simulated_catalogues
from seismomag.audit.alarms import valid_day
from seismomag.audit.case import AuditCase
from seismomag.audit.event_level import Outcome
from seismomag.audit.nulls import Pairs
from seismomag.audit.ring import Played
from seismomag.audit.table import NAN
from seismomag.audit.trial import Trial

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]


@dataclass(frozen=True)
class _Null:
    null_id: str
    statistic: str
    observed: float
    null: Floats
    is_valid: bool
    note: str


NULL_COLUMNS = (
    "null_id",
    "statistic",
    "observed",
    "mean_null",
    "p",
    "floor_1_over_d",
    "floor_ties",
    "days_needed",
    "n_shifts",
    "is_valid",
    "note",
)
SEASON_YEARS = 6
STATION_DRAWS = 999
SIMULATED_DRAWS = 200
SHAM_DRAWS = 999


def null_table(case: AuditCase, trial: Trial) -> pd.DataFrame:
    """Every null model and statistic; the primary one (N2, event hit rate) stands first."""
    played, outcome, near_days = trial.played, trial.outcome, trial.near_days
    pairs = trial.targets.pairs
    label = nulls.horizon_labels(pairs, trial.ring.shape, case.rule.horizon_days)
    rate = outcome.hits / outcome.n_events if outcome.n_events else np.full(outcome.hits.size, NAN)
    said = nulls.off_the_seam(played.probability, case.rule.horizon_days)
    auc = nulls.auc_by_shift(said, label)
    far = ~nulls.near_shifts(rate.size, near_days)
    without = f"beside: shifts of up to {near_days} days left out, slightly liberal"
    parts = [
        _Null("N2", "event_hit_rate", rate[0], rate, True, "primary: all common shifts"),
        _Null("N2", "area_skill", outcome.area_skill[0], outcome.area_skill, True, "secondary"),
        _Null("N2", "auc", auc[0], auc, True, "rows, relabelled on the ring without its seam"),
        *_gap_nulls(trial),
        _Null("N2-far", "event_hit_rate", rate[0], _some(rate, far), False, without),
        _station_null(played, outcome, pairs, case.seed),
        _simulated_null(trial, case.seed),
        _sham_null(case, trial, label),
    ]
    if rate.size >= SEASON_YEARS * nulls.YEAR_DAYS:
        season = _some(rate, nulls.season_shifts(rate.size))
        parts.append(_Null("N3", "event_hit_rate", rate[0], season, True, "whole years +- 15 days"))
    table = [_null_line(part, near_days) for part in parts]
    table.append(_row_permutation(said, label))
    return pd.DataFrame(table, columns=list(NULL_COLUMNS))


def _gap_nulls(trial: Trial) -> list[_Null]:
    """What the absence of forecasts tells alone, and the hits beyond that."""
    found = missing.by_shift(trial.played.in_alarm, trial.share, trial.targets.pairs)
    return [_Null("N2", name, values[0], values, True, note) for name, values, note in found]


def _simulated_null(trial: Trial, seed: int) -> _Null:
    pairs, observed = trial.targets.pairs, trial.outcome.hit_rate
    invented = simulated_catalogues.invent(
        pairs, trial.ring.shape[1], n_draws=SIMULATED_DRAWS, seed=seed
    )
    drawn = simulated_catalogues.hit_rates(trial.played.in_alarm, pairs, invented)
    note = "low hurdle: ETAS-like catalogues, alarms fixed; an alarm after each shock passes it"
    others = []
    for name, other in trial.others.items():
        theirs = simulated_catalogues.hit_rates(other.in_alarm, pairs, invented)
        rate = nulls.hits_by_shift(other.in_alarm, pairs)[0] / max(pairs.n_events, 1)
        others.append(f"{name} {nulls.p_value(float(rate), theirs[np.isfinite(theirs)]):.2g}")
    note += f"; p of the baselines: {', '.join(others)}" if others else ""
    return _Null("N5", "event_hit_rate", observed, np.append(observed, drawn), False, note)


def _sham_null(case: AuditCase, trial: Trial, label: Truths) -> _Null:
    found = sham.judge(
        trial.played.in_alarm,
        trial.targets.pairs,
        label,
        trial.ring.days,
        _kp_by_day(case, trial.ring.days),
        n_draws=SHAM_DRAWS,
        seed=case.seed,
    )
    note = (
        f"sham days of the same month and Kp for {found.n_matched} of "
        f"{trial.outcome.n_events} events"
    )
    whole = np.append(found.observed, found.drawn)
    return _Null("N6", "event_hit_rate", found.observed, whole, False, note)


def _kp_by_day(case: AuditCase, days: NDArray[np.datetime64]) -> Floats:
    """Largest Kp that any test row which becomes valid on each day knew; NaN for none."""
    test = case.samples[case.samples["split"] == "test"]
    by_day = test.groupby(valid_day(test).astype("datetime64[ns]"))["kp_max"].max()
    return np.asarray(by_day.reindex(pd.DatetimeIndex(days)), dtype=np.float64)


def _some(by_shift: Floats, which: Truths) -> Floats:
    return np.append(by_shift[0], by_shift[which])


def _station_null(played: Played, outcome: Outcome, pairs: Pairs, seed: int) -> _Null:
    drawn = nulls.hits_by_station_shift(
        played.in_alarm, pairs, STATION_DRAWS, np.random.default_rng(seed)
    )
    rate = drawn / outcome.n_events if outcome.n_events else np.full(drawn.size, NAN)
    note = "diagnostic: shifting each station alone parts the rows of one event"
    whole = np.append(outcome.hit_rate, rate)
    return _Null("N1", "event_hit_rate", outcome.hit_rate, whole, False, note)


def _null_line(part: _Null, near_days: int) -> tuple[object, ...]:
    drawn = part.null[1:]
    known = drawn[np.isfinite(drawn)]
    mean = float(known.mean()) if known.size else NAN
    if part.null_id == "N2" and np.isfinite(part.observed):
        floor = nulls.floors(part.null, near_days)
    else:
        floor = nulls.Floors(1 / part.null.size, NAN, 0)
    p = nulls.p_value(part.observed, known)
    return (
        part.null_id, part.statistic, float(part.observed), mean, p, floor.floor_1_over_d,
        floor.floor_ties, floor.days_needed, int(known.size), part.is_valid, part.note,
    )  # fmt: skip


def _row_permutation(probability: Floats, label: Truths) -> tuple[object, ...]:
    known = np.isfinite(probability)
    p = nulls.permutation_p(probability[known], label[known])
    observed = float(nulls.auc_by_shift(probability, label)[0])
    note = "invalid: takes rows as independent; shown only to be distrusted"
    return ("N0", "auc", observed, 0.5, p, NAN, NAN, 0, 0, False, note)
