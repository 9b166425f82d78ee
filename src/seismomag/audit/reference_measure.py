"""Alarm fraction in a reference measure: an alarm costs more where earthquakes are frequent.

Molchan & Keilis-Borok 2008 (arXiv:0802.1126). Beside uniform time: smoothed seismicity (the rate
of each station before the test), and an ETAS-like rate that knows the events before each day.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from seismomag.audit import molchan, nulls
from seismomag.audit.case import AuditCase
from seismomag.audit.nulls import Pairs
from seismomag.audit.ring import Played, Ring
from seismomag.audit.table import NAN, Line
from seismomag.dataset.labels import target_pairs
from seismomag.dataset.seismic_rate import every_event, expected_events, fit_rate

Floats = NDArray[np.float64]
PARTIAL_TAU = 0.2


def measures(case: AuditCase, ring: Ring) -> Mapping[str, Floats]:
    """Weight of every station-day of the ring in each measure; shape (S, D), sum 1.

    Empty where the catalogue does not reach back before the test.
    """
    days = ring.days.astype("datetime64[ns]")
    begins = [np.datetime64(i.start, "ns") for i in case.catalogue.coverage]
    if not days.size or not begins or min(begins) >= days[0]:
        return {}
    pairs = target_pairs(case.stations, case.catalogue, every_event(case.rule))
    model = fit_rate(pairs, ring.station_codes, min(begins), days[0], case.rule.minimum_magnitude)
    codes = [str(code) for code in ring.station_codes]
    mean = np.array([model.mean_per_day[code] for code in codes])
    smoothed = np.repeat(mean[:, None], days.size, axis=1)
    tomorrow = (ring.days + 1).astype("datetime64[ns]")
    etas = np.stack([expected_events(model, c, days, tomorrow, days) for c in codes])
    return {"smoothed": smoothed / smoothed.sum(), "etas": etas / etas.sum()}


@dataclass(frozen=True)
class Measured:
    """A forecast in one measure.

    Attributes
    ----------
    tau
        Share of the measure in alarm.
    binomial_p
        P of as many hits at random in this measure, events independent.
    event_tau
        Shape (E,): measure with a higher score than each event, ties half.
    area_skill, partial_area_skill
        Over all tau, and over tau <= :data:`PARTIAL_TAU`.
    area_skill_of_chance, partial_area_skill_of_chance
        Their means over the common shifts: above 0.5 and half of the partial range where several
        stations may hit. For a measure that moves with the catalogue those two themselves.
    shift_p
        Of the area skill under all common shifts; NaN for a measure that moves with the
        catalogue.
    """

    tau: float
    binomial_p: float
    event_tau: Floats
    area_skill: float
    partial_area_skill: float
    area_skill_of_chance: float
    partial_area_skill_of_chance: float
    shift_p: float


def judge(played: Played, pairs: Pairs, weight: Floats, *, is_stationary: bool) -> Measured:
    """Measure alarms and events.

    Parameters
    ----------
    weight
        Shape (S, D), sum 1.
    is_stationary
        Whether the measure stays where it is when the catalogue moves.
    """
    tau = float(weight[played.in_alarm].sum())
    above = molchan.alarm_fraction_above(played.score, weight)
    skill = nulls.area_skill_by_shift(above, pairs)
    event_tau = np.full(pairs.n_events, np.inf)
    np.minimum.at(event_tau, pairs.event, above[pairs.station, pairs.position[pairs.event]])
    hits = int(nulls.hits_by_shift(played.in_alarm, pairs)[0]) if pairs.n_events else 0
    chance = float(stats.binom.sf(hits - 1, pairs.n_events, tau)) if pairs.n_events else NAN
    partial = _partial_by_shift(above, pairs)
    observed = float(skill[0]) if skill.size else NAN
    return Measured(
        tau=tau,
        binomial_p=chance,
        event_tau=event_tau,
        area_skill=observed,
        partial_area_skill=molchan.partial_area_skill(event_tau, PARTIAL_TAU),
        area_skill_of_chance=_mean_of_shifts(skill) if is_stationary else 0.5,
        partial_area_skill_of_chance=_mean_of_shifts(partial) if is_stationary else PARTIAL_TAU / 2,
        shift_p=nulls.p_value(observed, skill[1:]) if is_stationary else NAN,
    )


def _partial_by_shift(above: Floats, pairs: Pairs) -> Floats:
    """Partial area skill for every common shift; shape (D,)."""
    total = np.zeros(above.shape[1])
    for event, position in enumerate(pairs.position):
        least = above[pairs.stations_of(event)].min(axis=0)
        total += np.roll(np.clip(1 - least / PARTIAL_TAU, 0, None), -position)
    return total / pairs.n_events if pairs.n_events else np.full(total.size, NAN)


def _mean_of_shifts(by_shift: Floats) -> float:
    return float(by_shift[1:].mean()) if by_shift.size > 1 else NAN


def lines(case: AuditCase, ring: Ring, played: Played, pairs: Pairs) -> list[Line]:
    """Alarm fraction and area skill in every measure."""
    uniform = np.full(ring.shape, 1 / max(played.in_alarm.size, 1))
    found = []
    for name, weight in ({"uniform": uniform} | dict(measures(case, ring))).items():
        measured = judge(played, pairs, weight, is_stationary=name != "etas")
        found += _lines(name, measured, played, pairs)
    return found


def _lines(name: str, measured: Measured, played: Played, pairs: Pairs) -> list[Line]:
    end = "" if name == "uniform" else f"_{name}"
    said = f"reference measure: {name}"
    one_each = f"{said}; any of several stations may hit, which the reference knows"
    values = [
        (f"partial_area_skill{end}", measured.partial_area_skill,
         measured.partial_area_skill_of_chance,
         f"tau <= {PARTIAL_TAU}; {said}"),
        (f"binomial_p{end}", measured.binomial_p, 0.01,
         f"{said}; the shift null decides, this is a check"),
    ]  # fmt: skip
    if end:
        values += [
            (f"alarm_fraction{end}", measured.tau, played.rule.target_tau, said),
            (f"area_skill{end}", measured.area_skill, measured.area_skill_of_chance, one_each),
            (f"area_skill_p{end}", measured.shift_p, 0.05, f"all common shifts; {said}"),
        ]
    n_days = played.in_alarm.shape[1]
    return [
        Line(quantity, "event", value, NAN, NAN, reference, played.in_alarm.size,
             pairs.n_events, n_days, note)
        for quantity, value, reference, note in values
    ]  # fmt: skip
