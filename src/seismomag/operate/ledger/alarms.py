"""When a station is in alarm, as the records of a ledger tell it by themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from seismomag.operate.ledger.verification import DECIMALS


@dataclass(frozen=True)
class AlarmRule:
    """What makes a station-day an alarm.

    Attributes
    ----------
    threshold
        Probability at and above which a day counts.
    window_days
        Issue days, the day itself included, of which the largest probability is taken.
    """

    threshold: float
    window_days: int


@dataclass
class Said:
    """The largest probability that each model has said of each station-day, record by record."""

    best: dict[tuple[str, str], dict[str, float]] = field(default_factory=dict)

    def note(self, record: Mapping[str, Any]) -> None:
        """Take one more record in; records without a probability say nothing."""
        if record["probability"] is None:
            return
        days = self.best.setdefault((record["station"], record["model_sha256"]), {})
        said = round(record["probability"], DECIMALS)
        days[record["day"]] = max(said, days.get(record["day"], 0.0))

    def is_alarm(self, record: Mapping[str, Any], rule: AlarmRule) -> bool:
        """Whether a record that comes next is an alarm.

        It is where its own probability, or one that this model said of this station for one of
        the ``window_days - 1`` days before, reaches the threshold. An earlier record of the same
        day has no part in it, and a day without data is no alarm.
        """
        if record["probability"] is None:
            return False
        days = self.best.get((record["station"], record["model_sha256"]), {})
        last = date.fromisoformat(record["day"])
        before = (last - timedelta(days=back) for back in range(1, rule.window_days))
        found = (days.get(day.isoformat(), 0.0) for day in before)
        return bool(max((round(record["probability"], DECIMALS), *found)) >= rule.threshold)
