"""The ladder of verdicts, climbed by rules and not by people.

V0 not interpretable, V1 no evidence, V2 association in the sample, V3 retrospective skill,
V4 prospective skill, V5 replicated by a third party. A rung whose condition was not examined caps
the verdict below it and is listed as not run.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from seismomag.core.schema import Verdict
from seismomag.core.verdict_words import INSUFFICIENT, RED, SENTENCES, sentence, sidak

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
    p_beyond_gaps
        Of the hits beyond those that the gaps of the forecast explain; NaN where it was not
        asked. It has to be below alpha as well.
    statistic
        What the primary test was made of.
    conditions
        Outcome of the keys of :data:`RUNGS` that were examined. Absent keys were not run.
    unexamined
        What the absent ones lack, by the same keys, where that can be said.
    n_tried
        Models, thresholds and windows that were tried on the test rows, this one included.
    """

    p: float
    n_events: int
    red: tuple[str, ...] = ()
    insufficient: tuple[str, ...] = ()
    floor: float = 0.0
    tie_floor: float = 0.0
    p_beyond_gaps: float = float("nan")
    statistic: str = "event_hit_rate"
    conditions: Mapping[str, bool] = field(default_factory=dict)
    unexamined: Mapping[str, str] = field(default_factory=dict)
    n_tried: int = 1

    @property
    def p_said(self) -> float:
        """The p of the sentence: that beyond the gaps where the primary alone would pass."""
        is_gap = self.p < ALPHA <= self.p_beyond_gaps
        return self.p_beyond_gaps if is_gap else self.p

    @property
    def primary(self) -> str:
        """The primary test in words."""
        return f"common-shift p = {self.p:.2g} of the {self.statistic.replace('_', ' ')}"

    def lacks(self, key: str) -> str:
        """What a condition that was not run lacks, ready to follow it; empty if unknown."""
        return f" ({self.unexamined[key]})" if self.unexamined.get(key) else ""


def decide(evidence: Evidence) -> Verdict:
    """Climb the ladder until a rule stops it."""
    not_run = tuple(
        f"{rung}: {name}{evidence.lacks(key)}"
        for key, (rung, name) in RUNGS.items()
        if key not in evidence.conditions
    )
    level, reason, reasons = _climb(evidence)
    return Verdict(
        level=level,
        reason_code=reason,
        sentence=say(level, reason, evidence),
        reasons=reasons,
        not_run=not_run,
    )


def say(level: str, reason_code: str, evidence: Evidence, language: str = "en") -> str:
    """Fill the sentence of a verdict with what it was decided on."""
    p, n, m = evidence.p_said, evidence.n_events, evidence.n_tried
    return sentence(level, reason_code, p, n, language, n_tried=m)


def _climb(evidence: Evidence) -> tuple[str, str, tuple[str, ...]]:
    if evidence.red:
        return "V0", RED, evidence.red
    if evidence.insufficient:
        return "V0", INSUFFICIENT, evidence.insufficient
    primary = evidence.primary
    if not evidence.p < ALPHA:
        return "V1", "", (f"{primary} is not below {ALPHA}", *_too_short(evidence))
    if evidence.p_beyond_gaps >= ALPHA:
        beyond = f"p = {evidence.p_beyond_gaps:.2g} beyond which days were forecast"
        return "V1", "", (f"{primary} is below {ALPHA}, but {beyond} is not",)
    reasons = [f"{primary} is below {ALPHA}", *_tried(evidence)]
    level = "V2"
    for rung in ("V3", "V4", "V5"):
        stops = _stops(evidence, rung)
        reasons += stops
        if stops:
            break
        level = rung
    return level, "", tuple(reasons)


def _tried(evidence: Evidence) -> tuple[str, ...]:
    m = evidence.n_tried
    if m < 2:
        return ()
    p = sidak(evidence.p_said, m)
    below = "still" if p < ALPHA else "no longer"
    return (f"adjusted for {m} evaluations on the test rows p = {p:.2g}, {below} below {ALPHA}",)


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
            why = "failed" if key in evidence.conditions else f"not run{evidence.lacks(key)}"
            stops.append(f"{rung} needs {name}: {why}")
    return stops
