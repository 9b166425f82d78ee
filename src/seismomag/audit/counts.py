"""The contingency table and the rates read from it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Contingency:
    """Hits, false alarms, misses and quiet cases.

    A rate whose denominator is empty is NaN: nothing is known about it.

    Examples
    --------
    >>> table = Contingency(tp=8, fp=5, fn=0, tn=15)
    >>> table.recall, round(table.precision, 3), round(table.base_rate, 3)
    (1.0, 0.615, 0.286)
    """

    tp: int
    fp: int
    fn: int
    tn: int

    @property
    def n(self) -> int:
        """All cases."""
        return self.tp + self.fp + self.fn + self.tn

    @property
    def recall(self) -> float:
        """H = TP / (TP + FN)."""
        return _share(self.tp, self.tp + self.fn)

    @property
    def precision(self) -> float:
        """TP / (TP + FP)."""
        return _share(self.tp, self.tp + self.fp)

    @property
    def specificity(self) -> float:
        """TN / (TN + FP)."""
        return _share(self.tn, self.tn + self.fp)

    @property
    def false_alarm_rate(self) -> float:
        """F = FP / (FP + TN)."""
        return _share(self.fp, self.tn + self.fp)

    @property
    def accuracy(self) -> float:
        """(TP + TN) / n."""
        return _share(self.tp + self.tn, self.n)

    @property
    def alarm_fraction(self) -> float:
        """Share of cases that are alarms."""
        return _share(self.tp + self.fp, self.n)

    @property
    def base_rate(self) -> float:
        """Share of cases that are events: the precision of an alarm that never ends."""
        return _share(self.tp + self.fn, self.n)

    @property
    def probability_gain(self) -> float:
        """G = precision / base rate."""
        return self.precision / self.base_rate if self.tp + self.fn else float("nan")

    @property
    def peirce_skill(self) -> float:
        """H - F (Peirce 1884; Hanssen & Kuipers 1965)."""
        return self.recall - self.false_alarm_rate

    @property
    def mcc(self) -> float:
        """Matthews correlation; 0 where a margin is empty."""
        product = (
            float(self.tp + self.fp)
            * (self.tp + self.fn)
            * (self.tn + self.fp)
            * (self.tn + self.fn)
        )
        if product == 0:
            return 0.0
        return float((self.tp * self.tn - self.fp * self.fn) / np.sqrt(product))


def contingency(is_alarm: NDArray[np.bool_], is_event: NDArray[np.bool_]) -> Contingency:
    """Count the four outcomes of paired yes/no arrays of any one shape."""
    return Contingency(
        tp=int((is_alarm & is_event).sum()),
        fp=int((is_alarm & ~is_event).sum()),
        fn=int((~is_alarm & is_event).sum()),
        tn=int((~is_alarm & ~is_event).sum()),
    )


def deployed_precision(recall: float, false_alarm_rate: float, base_rate: float) -> float:
    """Precision where events are as rare as ``base_rate``: pi H / (pi H + (1 - pi) F).

    Examples
    --------
    >>> round(deployed_precision(1.0, 0.25, 0.01), 3)
    0.039
    """
    hit, false = base_rate * recall, (1 - base_rate) * false_alarm_rate
    return hit / (hit + false) if hit + false > 0 else float("nan")


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
