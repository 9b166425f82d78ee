"""The headline: earthquakes hit by the state of the stations, against the common shift."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seismomag.audit import molchan, nulls, power
from seismomag.audit.counts import Contingency
from seismomag.audit.intervals import MINIMUM_EVENTS, NO_ALARM, NOTHING, TOO_FEW, clopper_pearson
from seismomag.audit.nulls import Pairs
from seismomag.audit.ring import Played
from seismomag.audit.table import NAN, Line

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]


@dataclass(frozen=True)
class Outcome:
    """A forecast against the events, with every common shift.

    Attributes
    ----------
    hits
        Shape (D,): events hit at each shift, the observed number first.
    area_skill
        Shape (D,).
    n_events
        Scored events.
    tau
        Alarm fraction of the state.
    """

    hits: NDArray[np.int64]
    area_skill: Floats
    n_events: int
    tau: float

    @property
    def hit_rate(self) -> float:
        """Share of events hit."""
        return self.hits[0] / self.n_events if self.n_events else NAN

    @property
    def p(self) -> float:
        """Primary p: event hit rate under all common shifts."""
        return nulls.p_value(self.hit_rate, self.hits[1:] / max(self.n_events, 1))

    @property
    def mean_null(self) -> float:
        """Mean hit rate over the shifts."""
        return float(self.hits[1:].mean() / self.n_events) if self.n_events else NAN

    @property
    def shift_gain(self) -> float:
        """Hit rate over its mean under the shifts."""
        return self.hit_rate / self.mean_null if self.mean_null > 0 else NAN


def judge(played: Played, pairs: Pairs) -> Outcome:
    """Turn the catalogue once around the ring under a forecast."""
    tau = molchan.alarm_fraction_above(played.score)
    return Outcome(
        hits=nulls.hits_by_shift(played.in_alarm, pairs),
        area_skill=nulls.area_skill_by_shift(tau, pairs),
        n_events=pairs.n_events,
        tau=played.tau,
    )


def spells(in_alarm: Truths, pairs: Pairs) -> Contingency:
    """Count events hit and missed, and spells of alarm and of quiet without an event.

    A spell is an unbroken run of days of one station in one state.
    """
    if not in_alarm.size:
        return Contingency(0, 0, 0, 0)
    begins = np.ones(in_alarm.shape, bool)
    begins[:, 1:] = in_alarm[:, 1:] != in_alarm[:, :-1]
    number = np.cumsum(begins.ravel()).reshape(in_alarm.shape) - 1
    state = in_alarm[begins]
    has_event = np.zeros(state.size, bool)
    has_event[number[pairs.station, pairs.position[pairs.event]]] = True
    hits = int(nulls.hits_by_shift(in_alarm, pairs)[0])
    return Contingency(
        tp=hits,
        fn=pairs.n_events - hits,
        fp=int((state & ~has_event).sum()),
        tn=int((~state & ~has_event).sum()),
    )


def spell_precision(in_alarm: Truths, pairs: Pairs) -> tuple[float, int]:
    """Share of the spells of alarm that hold an event, and the number of spells."""
    begins = in_alarm.copy()
    begins[:, 1:] &= ~in_alarm[:, :-1]
    n_spells = int(begins.sum())
    false = spells(in_alarm, pairs).fp
    return (1 - false / n_spells if n_spells else NAN), n_spells


def lines(played: Played, outcome: Outcome, pairs: Pairs) -> list[Line]:
    """Quantities at the level of events."""
    n_days = played.in_alarm.shape[1]
    n_cells, n, tau = played.in_alarm.size, outcome.n_events, outcome.tau
    hit, note = _hit_interval(outcome)
    precision, n_spells = spell_precision(played.in_alarm, pairs)
    missing = f"state of the stations; {played.n_missing} station-days without forecast are quiet"
    base = _share_of_days(pairs, n_cells)
    chance = outcome.mean_null
    smallest = power.smallest_detectable_gain(n, chance)
    spoken = f"of {n_spells} spells of alarm, those with an event" if n_spells else NO_ALARM
    power_note = "exact binomial, alpha 0.01, power 0.8, over the mean hit rate of the shifts"

    def line(
        name: str, value: float, ref: float, note: str, interval: tuple[float, float] = NOTHING
    ) -> Line:
        return Line(name, "event", value, *interval, ref, n_cells, n, n_days, note)

    def over(whole: float) -> tuple[float, float]:
        return _ratio(hit[0], whole), _ratio(hit[1], whole)

    gain, gain_of_chance = _ratio(outcome.hit_rate, tau), _ratio(chance, tau)
    return [
        line("event_hit_rate", outcome.hit_rate, outcome.mean_null, note, hit),
        line("recall", outcome.hit_rate, outcome.mean_null, note, hit),
        line("precision", precision, base, spoken),
        line("alarm_fraction", tau, played.rule.target_tau, missing),
        line("base_rate", base, NAN, "share of station-days with an event in range"),
        line("always_alarm_precision", base, NAN, "an alarm on every station-day"),
        line("probability_gain", gain, gain_of_chance, f"H / tau; {note}", over(tau)),
        line("shift_gain", outcome.shift_gain, 1.0, f"H / mean of the shifts; {note}",
             over(chance)),
        line("shift_p", outcome.p, 0.01, "all common shifts of the catalogue"),
        line("area_skill", _first(outcome.area_skill), _mean(outcome.area_skill[1:]),
             "1 - mean tau of events, not clamped; reference: mean of the shifts"),
        line("smallest_detectable_gain", smallest, 1.0, power_note),
    ]  # fmt: skip


def _hit_interval(outcome: Outcome) -> tuple[tuple[float, float], str]:
    if outcome.n_events < MINIMUM_EVENTS:
        return NOTHING, TOO_FEW
    hits = int(outcome.hits[0])
    return clopper_pearson(hits, outcome.n_events), "Clopper-Pearson on events"


def baseline_lines(name: str, outcome: Outcome, target_tau: float) -> list[Line]:
    """Say what a baseline reached, frozen on validation by the same rule."""
    values = {
        "event_hit_rate": (outcome.hit_rate, outcome.mean_null),
        "alarm_fraction": (outcome.tau, target_tau),
        "shift_gain": (outcome.shift_gain, 1.0),
        "shift_p": (outcome.p, 0.01),
    }
    note, n = "threshold frozen on validation by the same rule", outcome.n_events
    return [
        Line(f"{quantity}_{name}", "event", value, NAN, NAN, reference, 0, n, 0, note)
        for quantity, (value, reference) in values.items()
    ]


def _share_of_days(pairs: Pairs, n: int) -> float:
    day = np.stack([pairs.station, pairs.position[pairs.event]])
    return np.unique(day, axis=1).shape[1] / n if n else NAN


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else NAN


def _mean(values: Floats) -> float:
    return float(values.mean()) if values.size else NAN


def _first(values: Floats) -> float:
    return float(values[0]) if values.size else NAN
