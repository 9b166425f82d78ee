"""The ladder of verdicts, climbed by rules and not by people.

V0 not interpretable, V1 no evidence, V2 association in the sample, V3 retrospective skill,
V4 prospective skill, V5 replicated by a third party. A rung whose condition was not examined caps
the verdict below it and is listed as not run.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from seismomag.core.schema import Verdict
from seismomag.core.verdict_words import INSUFFICIENT, RED, SENTENCES, sentence

__all__ = ["ALPHA", "INSUFFICIENT", "RED", "RUNGS", "SENTENCES", "Evidence", "decide", "sentence"]

ALPHA = 0.01
"""Level of the primary test."""

RUNGS: Mapping[str, tuple[str, str]] = {
    "beats_baselines": ("V3", "information gain over every baseline"),
    "retraining": ("V3", "N4: labels permuted per event block, retrained on the same split"),
    "injection": ("V3", "injection and recovery"),
    "enough_events": ("V3", "events planned for power 0.8 at a gain of 2"),
    "prospective": ("V4", "registered test ahead of time with an intact ledger"),
    "replication": ("V5", "replication by a third party"),
}
"""Condition -> (the rung that it opens, its name)."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What the ladder is climbed with.

    Attributes
    ----------
    p
        Of the primary test; NaN if it could not be made.
    n_events
        Scored events.
    red
        One sentence for each leak of severity RED.
    insufficient
        One sentence for each reason why nothing can be said.
    floor, tie_floor
        Smallest p that the length of the test allows at all, and with the observed alarms, whose
        near shifts tie.
    statistic
        What the primary test was made of.
    conditions
        Outcome of the keys of :data:`RUNGS` that were examined. Absent keys were not run.
    """

    p: float
    n_events: int
    red: tuple[str, ...] = ()
    insufficient: tuple[str, ...] = ()
    floor: float = 0.0
    tie_floor: float = 0.0
    statistic: str = "event_hit_rate"
    conditions: Mapping[str, bool] = field(default_factory=dict)


def decide(evidence: Evidence) -> Verdict:
    """Climb the ladder until a rule stops it."""
    not_run = tuple(
        f"{rung}: {name}" for key, (rung, name) in RUNGS.items() if key not in evidence.conditions
    )
    level, reason, reasons = _climb(evidence)
    return Verdict(
        level=level,
        reason_code=reason,
        sentence=sentence(level, reason, evidence.p, evidence.n_events),
        reasons=reasons,
        not_run=not_run,
    )


def _climb(evidence: Evidence) -> tuple[str, str, tuple[str, ...]]:
    if evidence.red:
        return "V0", RED, evidence.red
    if evidence.insufficient:
        return "V0", INSUFFICIENT, evidence.insufficient
    primary = f"common-shift p = {evidence.p:.2g} of the {evidence.statistic.replace('_', ' ')}"
    if not evidence.p < ALPHA:
        return "V1", "", (f"{primary} is not below {ALPHA}", *_too_short(evidence))
    reasons = [f"{primary} is below {ALPHA}"]
    level = "V2"
    for rung in ("V3", "V4", "V5"):
        stops = _stops(evidence, rung)
        reasons += stops
        if stops:
            break
        level = rung
    return level, "", tuple(reasons)


def _too_short(evidence: Evidence) -> tuple[str, ...]:
    if evidence.floor >= ALPHA:
        why = (
            f"the test is too short for any verdict above V1: p >= 1 / days = {evidence.floor:.2g}"
        )
    elif evidence.tie_floor >= ALPHA:
        why = f"shifts of a few days score as well as the truth: p >= {evidence.tie_floor:.2g}"
    else:
        return ()
    return (why,)


def _stops(evidence: Evidence, rung: str) -> list[str]:
    stops = []
    for key, (opens, name) in RUNGS.items():
        if opens == rung and not evidence.conditions.get(key, False):
            why = "failed" if key in evidence.conditions else "not run"
            stops.append(f"{rung} needs {name}: {why}")
    return stops
