"""From an efficiency to a limit: what share of the events a signal can have preceded at most."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from seismomag.audit.event_level import Outcome
from seismomag.audit.injection.recovery import upper_limit
from seismomag.audit.injection.report import InjectionReport
from seismomag.audit.intervals import MINIMUM_EVENTS
from seismomag.audit.table import NAN, Line

AT_A90 = 0.9
"""Share of the rest that is recovered at the amplitude A90, by its definition."""


def lines(report: InjectionReport | None, outcome: Outcome) -> list[Line]:
    """Say e0, A50, A90 and the limit at A90 for each signal, and for each distance of a source.

    The limit is on events: a signal of A90 on a night within the memory of the state, at one
    station in range, turns the chance of a hit F into ``F + 0.9 (1 - F)``; F is the mean hit rate
    over the common shifts.
    """
    if report is None:
        return []
    found = [_nominal(report)]
    for fit in report.fits[report.fits["by"].isin(("all", "distance"))].to_dict("records"):
        name = slug(f"{fit['signal']} {'' if fit['stratum'] == 'all' else fit['stratum']}")
        unit = "nt" if fit["unit"] == "nT" else "am"
        n = int(fit["n"])
        note = f"{fit['signal']}, of what is not found by chance"
        a50, low, high = (_finite(float(fit[c])) for c in ("s50", "s50_low", "s50_high"))
        found += [
            Line(f"a50_{unit}_{name}", "row", a50, low, high, NAN, n, note=note),
            Line(f"a90_{unit}_{name}", "row", _finite(float(fit["s90"])), n_rows=n, note=note),
            _limit(name, fit, outcome, report),
        ]
    return found


def slug(text: str) -> str:
    """Turn a name into one word.

    Examples
    --------
    >>> slug("noise 10-45 mHz ")
    'noise_10_45_mhz'
    """
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def _nominal(report: InjectionReport) -> Line:
    zero = report.efficiency[report.efficiency["strength"] == 0]
    rate, low, high, n = NAN, NAN, NAN, 0
    if len(zero):
        first = zero.iloc[0]
        rate, low, high = (float(first[c]) for c in ("rate", "low", "high"))
        n = int(first["n"])
    note = f"nothing injected; reference: test rows of the run without a target; {report.sentence}"
    return Line("injection_e0", "row", rate, low, high, report.nominal_rate, n, note=note)


def _limit(name: str, fit: Mapping[Any, Any], outcome: Outcome, report: InjectionReport) -> Line:
    chance, n = outcome.mean_null, outcome.n_events
    hits = int(outcome.hits[0]) if outcome.hits.size else 0
    nights = report.facts.get("nights", 1)
    at = f"{fit['s90']:.2g} {fit['unit']}"
    value = NAN
    if not np.isfinite(fit["s90"]):
        note = f"{fit['signal']}: no limit, nine tenths are not reached by the strongest injection"
        return Line(f"upper_limit_{name}", "event", NAN, n_events=n, note=note)
    if n >= MINIMUM_EVENTS and np.isfinite(chance):
        value = upper_limit(hits, n, chance + AT_A90 * (1 - chance), chance)
    note = (
        f"95 % upper limit: no signal above {at} of {nights} night(s) ({fit['signal']}) preceded "
        f"more than this share of the events; {hits} of {n} were hit, by chance {chance:.2f}"
    )
    return Line(f"upper_limit_{name}", "event", value, NAN, NAN, NAN, 0, n, 0, note)


def _finite(value: float) -> float:
    return value if np.isfinite(value) else NAN
