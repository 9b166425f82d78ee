"""The forecast beside the simple rules, each frozen on validation in the same way."""

from collections.abc import Iterable

import pandas as pd

from seismomag.audit import event_level
from seismomag.audit.nulls import Pairs
from seismomag.audit.ring import Played
from seismomag.audit.table import NAN, Line

COLUMNS = (
    "kind",
    "alarm_fraction",
    "n_hits",
    "n_events",
    "hit_rate",
    "expected_hits",
    "p",
    "gain_over_it",
    "gain_low",
    "gain_high",
)
GAIN = "information_gain_per_event_vs_"


def compare(played: Iterable[Played], pairs: Pairs, gains: Iterable[Line] = ()) -> pd.DataFrame:
    """Hits of each at its own alarm fraction, and what chance would have given.

    Parameters
    ----------
    played
        The forecast first, then the baselines.
    pairs
        Scored events.
    gains
        Lines of the information gain of the forecast over each baseline.

    Returns
    -------
    table
        Columns :data:`COLUMNS`; ``expected_hits`` is the mean over the common shifts,
        ``gain_over_it`` the information gain per event of the forecast over the baseline [nat].
    """
    by_name = {line.quantity.removeprefix(GAIN): line for line in gains}
    rows = []
    for one in played:
        found = event_level.judge(one, pairs)
        gain = by_name.get(one.name)
        told = (gain.value, gain.low, gain.high) if gain else (NAN, NAN, NAN)
        n = found.n_events
        hits = int(found.hits[0]) if found.hits.size else 0
        rows.append(
            (one.name, found.tau, hits, n, found.hit_rate, found.mean_null * n, found.p, *told)
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))
