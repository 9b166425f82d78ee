"""Is a list of earthquakes in UTC? Asked of another list of the same earthquakes.

Local time cannot be seen in one list. Beside another one it can: entries of one earthquake then
differ by a whole number of quarter hours.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from seismomag.core.schema import Catalogue
from seismomag.readers.catalogue_merging import Tolerance, candidates

QUARTER_S = 900.0
WIDEST_HOURS = 14.0
"""Zones run from -12 to +14 hours."""

CLOSE = Tolerance(time_s=WIDEST_HOURS * 3600 + QUARTER_S, distance_km=100.0, magnitude=0.7)
LEAST_PAIRS = 5
CHANCE = 1e-6
"""Chance, over all offsets, of a peak that still counts as chance."""
LEAST_SHARE = 0.02
"""Share of the highest peak below which another one is no clock: aftershocks pair with each other
at every small offset."""


@dataclass(frozen=True)
class ClockReport:
    """What the origin times of two lists say about the clock of one of them.

    Attributes
    ----------
    histogram
        ``offset_hours, n_pairs``: pairs of entries by the time of the list minus that of the
        reference, in bins of 30 s about each quarter hour.
    offsets_hours
        Offsets at which there are more pairs than chance gives, the most frequent first.
    sentences
        What a person should know; empty when all is UTC.
    """

    histogram: pd.DataFrame
    offsets_hours: tuple[float, ...]
    sentences: tuple[str, ...]


def compare_clocks(catalogue: Catalogue, reference: Catalogue) -> ClockReport:
    """Look for origin times in local time.

    Parameters
    ----------
    catalogue
        The list in question.
    reference
        A list that is known to be in UTC and holds some of the same earthquakes.

    Returns
    -------
    report
        One offset other than 0: the list is in local time; several: it mixes zones; none: the
        lists share too few earthquakes to tell.
    """
    _, _, (seconds, _, _) = candidates(reference.events, catalogue.events, CLOSE)
    quarter = np.rint(seconds / QUARTER_S)
    close = np.abs(seconds - quarter * QUARTER_S) <= QUARTER_S / 60
    reach = round(WIDEST_HOURS * 3600 / QUARTER_S)
    bins = np.arange(-reach, reach + 1)
    count = np.array([(quarter[close] == k).sum() for k in bins])
    histogram = pd.DataFrame({"offset_hours": bins / 4, "n_pairs": count})
    found = tuple(histogram["offset_hours"].to_numpy()[k].item() for k in _peaks(count))
    return ClockReport(histogram, found, _sentences(found, histogram))


def _peaks(count: NDArray[np.int64]) -> list[int]:
    """Bins that hold more than chance gives, most first; the other bins tell what chance gives."""
    usual = max(float(np.sort(count)[: max(1, 3 * count.size // 4)].mean()), 1.0 / count.size)
    chance = stats.poisson.sf(count - 1, usual) * count.size
    least = max(LEAST_PAIRS, LEAST_SHARE * count.max())
    peaks = np.flatnonzero((count >= least) & (chance < CHANCE))
    return sorted(peaks.tolist(), key=lambda k: (-count[k], k))


def _sentences(offsets: tuple[float, ...], histogram: pd.DataFrame) -> tuple[str, ...]:
    if not offsets:
        return ("the lists share too few earthquakes to tell whether both are in UTC",)
    n = histogram.set_index("offset_hours")["n_pairs"]
    shown = " and ".join(f"{hours:+g} h ({n[hours]} earthquakes)" for hours in offsets)
    if len(offsets) > 1:
        return (f"the origin times mix clocks: they differ from the reference by {shown}",)
    if offsets[0] != 0:
        sentence = (
            f"the list is not in UTC: its origin times differ from the reference by {shown}; "
            "subtract the offset before it labels anything"
        )
        return (sentence,)
    return ()
