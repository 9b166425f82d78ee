"""What a published claim of a few rates can mean at most, and what is missing to judge it."""

from dataclasses import dataclass
from typing import Any

from scipy import stats

from seismomag.audit import circular, claims
from seismomag.audit.counts import Contingency, deployed_precision
from seismomag.audit.intervals import clopper_pearson, wilson
from seismomag.audit.power import smallest_detectable_gain
from seismomag.core.errors import ConfigError
from seismomag.core.verdict_words import sidak

MOST_CASES = 200
"""Largest number of cases tried when none is stated, or the stated one fits no table."""
MOST_TABLES = 50
"""Tables spelled out; rates rounded roughly fit more than anybody reads."""
DEPLOYMENT_RATES = (0.01, 0.02, 0.05, 0.10)
INDEPENDENT_EVENTS = (1, 2, 3, 4, 5, 6, 8)
MISSING = (
    "the table of cases, with station, day and event of each",
    "how many independent earthquakes are behind the positive cases",
    "how the quiet cases were chosen, and the base rate of the archive",
    "the split, its embargo, and on which data the threshold was chosen",
    "the alarm fraction over all station-days",
    "how many models, thresholds and windows were tried on the test cases",
)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Published figures of one test.

    Attributes
    ----------
    recall, precision
        In [0, 1], rounded to ``decimals``.
    n
        Number of cases; None if not stated.
    accuracy
        In [0, 1]; None if not stated.
    maae_deg
        Mean absolute azimuth error [degrees]; None if not stated.
    decimals
        To which the rates were rounded.
    n_tried
        Models tried on the test, for the adjusted p.
    """

    recall: float
    precision: float
    n: int | None = None
    accuracy: float | None = None
    maae_deg: float | None = None
    decimals: int = 3
    n_tried: int = 1

    def __post_init__(self) -> None:
        if self.maae_deg is not None and not 0 <= self.maae_deg <= 180:
            msg = f"maae_deg={self.maae_deg}: an angular error lies in 0..180 degrees"
            raise ConfigError(msg)
        if self.n_tried < 1 or not 0 <= self.decimals <= 12:
            msg = f"n_tried={self.n_tried}, decimals={self.decimals}: give >= 1 and 0..12"
            raise ConfigError(msg)
        if self.n is not None and not 1 <= self.n <= 5_000:
            msg = f"n={self.n}: give 1..5,000 cases; above, rounded rates fit countless tables"
            raise ConfigError(msg)


def examine(claim: Claim) -> dict[str, Any]:
    """Find every table of counts behind a claim, and say what each would prove.

    Parameters
    ----------
    claim
        The published rates.

    Returns
    -------
    report
        Plain values for JSON: ``is_consistent``, ``tables`` (one dictionary a table),
        ``smallest_n`` (number of cases that first fits all rates, None above
        :data:`MOST_CASES`), ``direction`` and ``missing``.
    """
    found = _solutions(claim, claim.n) if claim.n is not None else ()
    smallest = smallest_n(claim)
    if claim.n is None and smallest is not None:
        found = _solutions(claim, smallest)
    return {
        "is_consistent": bool(found),
        "n": claim.n,
        "smallest_n": smallest,
        "n_tables": len(found),
        "tables": [_table(s, claim.n_tried) for s in found[:MOST_TABLES]],
        "direction": _direction(claim, found),
        "missing": list(MISSING),
    }


def smallest_n(claim: Claim, most: int = MOST_CASES) -> int | None:
    """Fewest cases that have a table with all the rates; None if more than ``most``.

    Examples
    --------
    >>> smallest_n(Claim(recall=1.0, precision=0.615, accuracy=0.861))
    36
    """
    return next((n for n in range(1, most + 1) if _solutions(claim, n)), None)


def _solutions(claim: Claim, n: int) -> tuple[claims.Solution, ...]:
    return claims.solve(n, claim.recall, claim.precision, claim.accuracy, decimals=claim.decimals)


def _table(solution: claims.Solution, n_tried: int) -> dict[str, Any]:
    t = solution.table
    events, alarms = t.tp + t.fn, t.tp + t.fp
    tau = t.alarm_fraction
    return {
        "tp": t.tp,
        "fp": t.fp,
        "fn": t.fn,
        "tn": t.tn,
        "p": solution.p,
        "p_adjusted": sidak(solution.p, n_tried),
        "p_precision": _p_precision(t),
        "accuracy": t.accuracy,
        "base_rate": t.base_rate,
        "alarm_fraction": tau,
        "specificity": t.specificity,
        "probability_gain": t.probability_gain,
        "peirce_skill": t.peirce_skill,
        "mcc": t.mcc,
        "f1": _f1(t.tp, t.fp, t.fn),
        "f1_always_alarm": _f1(events, t.n - events, 0),
        "recall_clopper_pearson": list(clopper_pearson(t.tp, events)),
        "recall_wilson": list(wilson(t.tp, events)),
        "precision_clopper_pearson": list(clopper_pearson(t.tp, alarms)),
        "specificity_clopper_pearson": list(clopper_pearson(t.tn, t.tn + t.fp)),
        "p_if_independent_events": {str(k): tau**k for k in INDEPENDENT_EVENTS if k <= t.tp},
        "precision_when_deployed": {
            str(rate): deployed_precision(t.recall, t.false_alarm_rate, rate)
            for rate in DEPLOYMENT_RATES
        },
        "smallest_detectable_gain": smallest_detectable_gain(events, tau),
    }


def _p_precision(t: Contingency) -> float:
    """P of a precision as high, were the alarms a blind draw at the base rate (binomial)."""
    return float(stats.binom.sf(t.tp - 1, t.tp + t.fp, t.base_rate))


def _f1(tp: int, fp: int, fn: int) -> float:
    return 2 * tp / (2 * tp + fp + fn) if tp + fp + fn else float("nan")


def _direction(claim: Claim, found: tuple[claims.Solution, ...]) -> dict[str, Any] | None:
    """Judge the mean angular error for every number of cases that it may stem from."""
    if claim.maae_deg is None:
        return None
    counts = {s.table.tp for s in found} | {s.table.tp + s.table.fn for s in found}
    counts |= {claim.n} if claim.n else set()
    return {
        "maae_deg": claim.maae_deg,
        "p_uniform_by_n": {
            str(n): circular.uniform_maae_p(claim.maae_deg, n) for n in sorted(counts) if n
        },
        "events_needed": circular.events_needed(claim.maae_deg),
        "note": "uniform guess: 90 deg; a constant azimuth per station, learnt from the catalogue "
        "alone, is the comparator that a claim has to beat",
    }


def sentences(report: dict[str, Any]) -> list[str]:
    """Say the report of :func:`examine` in lines for a person."""
    lines = [_headline(report)]
    for t in report["tables"]:
        low, high = t["precision_clopper_pearson"]
        lines += [
            f"TP {t['tp']}  FP {t['fp']}  FN {t['fn']}  TN {t['tn']}",
            f"  p = {t['p']:.2g} if every case is independent; gain {t['probability_gain']:.2f}",
            (
                f"  precision 95% {low:.2f}..{high:.2f}; of an alarm that never ends "
                f"{t['base_rate']:.3f}; alarm fraction {t['alarm_fraction']:.3f}"
            ),
            "  p by number of independent earthquakes: "
            + ", ".join(f"{k}: {p:.2g}" for k, p in t["p_if_independent_events"].items()),
            "  precision when deployed, by base rate: "
            + ", ".join(f"{k}: {v:.3f}" for k, v in t["precision_when_deployed"].items()),
        ]
    if report["direction"]:
        found = report["direction"]
        each = ", ".join(f"n = {n}: {p:.2g}" for n, p in found["p_uniform_by_n"].items())
        lines.append(f"MAAE {found['maae_deg']} deg: p of a blind guess {each or 'unknown'}")
        lines.append(f"  independent events for power 0.8: {found['events_needed'] or 'never'}")
        lines.append(f"  {found['note']}")
    return [*lines, "Missing to judge it: " + "; ".join(report["missing"]) + "."]


def _headline(report: dict[str, Any]) -> str:
    if report["is_consistent"]:
        n, shown = report["n_tables"], report["n"] or report["smallest_n"]
        return f"{n} table{'s' * (n != 1)} of {shown} cases can stand behind these rates."
    if report["smallest_n"] is None:
        return "CLAIMS-INCONSISTENT: no table of up to 200 cases has these rates."
    return (
        f"CLAIMS-INCONSISTENT: no table of {report['n']} cases has these rates; "
        f"the smallest that does has {report['smallest_n']}."
    )
