"""Which tables of counts can stand behind published rates."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import stats

from seismomag.audit.counts import Contingency
from seismomag.core.errors import ConfigError


@dataclass(frozen=True)
class Solution:
    """A table of whole numbers that gives the claimed rates when rounded.

    Attributes
    ----------
    table
        Hits, false alarms, misses, quiet cases.
    p
        Chance that as many alarms, laid at random on the cases, hold at least as many events
        (hypergeometric), if every case is independent.
    """

    table: Contingency
    p: float


def solve(
    n: int,
    recall: float,
    precision: float,
    accuracy: float | None = None,
    *,
    decimals: int = 3,
) -> tuple[Solution, ...]:
    """Find all tables of n cases that agree with a claim.

    Parameters
    ----------
    n
        Number of cases.
    recall, precision, accuracy
        Published rates in [0, 1], rounded to ``decimals``; no accuracy if it is not stated.

    Returns
    -------
    solutions
        By increasing number of events; empty if the claim fits no table.

    Raises
    ------
    ConfigError
        A rate lies outside [0, 1] or there is no case.

    Examples
    --------
    >>> [(s.table.tp, s.table.fp, s.table.fn, s.table.tn) for s in solve(28, 1.0, 0.615)]
    [(8, 5, 0, 15), (16, 10, 0, 2)]
    """
    rates = (recall, precision, *(() if accuracy is None else (accuracy,)))
    if n < 1 or not all(0 <= rate <= 1 for rate in rates):
        msg = f"n={n}, rates {rates}: give at least one case and rates in [0, 1], not per cent"
        raise ConfigError(msg)
    half = 0.5 * 10.0**-decimals + 1e-12
    tables = _tables(n, recall, precision, half)
    fits = [t for t in tables if accuracy is None or abs(t.accuracy - accuracy) <= half]
    return tuple(Solution(t, chance(t)) for t in sorted(fits, key=lambda t: (t.tp + t.fn, t.fp)))


def _tables(n: int, recall: float, precision: float, half: float) -> Iterator[Contingency]:
    for tp in range(n + 1):
        for fn in _partners(tp, recall, n - tp, half):
            for fp in _partners(tp, precision, n - tp - fn, half):
                yield Contingency(tp, fp, fn, n - tp - fp - fn)


def chance(table: Contingency) -> float:
    """P of at least as many hits when the alarms are laid at random on the cases."""
    events, alarms = table.tp + table.fn, table.tp + table.fp
    return float(stats.hypergeom.sf(table.tp - 1, table.n, events, alarms))


def _partners(tp: int, rate: float, most: int, half: float) -> list[int]:
    """Find the counts k <= most with tp / (tp + k) equal to the rate after rounding."""
    k = np.arange(most + 1)
    whole = tp + k
    share = np.divide(tp, whole, out=np.full(whole.size, np.nan), where=whole > 0)
    return [int(i) for i in k[np.abs(share - rate) <= half]]
