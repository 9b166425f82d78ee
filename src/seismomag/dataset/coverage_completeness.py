"""Where a catalogue is shown to miss earthquakes that the label rule counts on."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.core.schema import Catalogue, Interval
from seismomag.dataset.rule import LabelRule
from seismomag.readers.catalogue_completeness import LEAST_EVENTS, completeness
from seismomag.readers.catalogue_coverage import merge_intervals

DOUBT = 0.1 + 1e-9
"""The magnitude of completeness is a bin of 0.1 and known to a bin: a difference must exceed it."""


def incomplete_periods(
    catalogue: Catalogue, minimum_magnitude: float, *, period: str = "Y"
) -> tuple[Interval, ...]:
    """Periods whose magnitude of completeness lies above a magnitude.

    Parameters
    ----------
    catalogue
        All magnitudes of the list; a list that was cut at a magnitude looks complete from there.
    minimum_magnitude
        Smallest magnitude that must be complete.
    period
        ``"Y"`` or ``"M"``.

    Returns
    -------
    periods
        Disjoint and sorted. A period with fewer than 50 complete events shows nothing and is not
        among them.
    """
    table = completeness(catalogue, period)
    judged = table[table["n_complete"] >= LEAST_EVENTS]
    bad = judged[judged["magnitude_of_completeness"] > minimum_magnitude + DOUBT]
    return merge_intervals(_whole(start, period) for start in bad["period_start"])


def _whole(start: pd.Timestamp, period: str) -> Interval:
    one = pd.Period(start, freq=period)
    return Interval(one.start_time, (one + 1).start_time)


def completeness_sentences(catalogue: Catalogue, rule: LabelRule) -> tuple[str, ...]:
    """Say for which years the rule asks more of the catalogue than it holds.

    Returns
    -------
    sentences
        None where every year with 50 events or more is complete at the rule's magnitude.
    """
    table = completeness(catalogue)
    low = rule.least_magnitude
    bad = table[
        (table["n_complete"] >= LEAST_EVENTS) & (table["magnitude_of_completeness"] > low + DOUBT)
    ]
    said = [
        f"{year}: the list is complete only from M {magnitude:.1f}, the rule counts from "
        f"M {low:g}; " + _consequence(rule)
        for year, magnitude in zip(
            bad["period_start"].dt.year, bad["magnitude_of_completeness"], strict=True
        )
    ]
    few = table[(table["n_complete"] < LEAST_EVENTS) & (table["covered_fraction"] > 0)]
    if len(few):
        years = ", ".join(few["period_start"].dt.year.astype("str"))
        said.append(
            f"fewer than {LEAST_EVENTS} complete events in {years}: whether the list is complete "
            "there is not known"
        )
    return tuple(said)


def _consequence(rule: LabelRule) -> str:
    if rule.require_completeness:
        return "rows that look into this year are unknown"
    return "days without a listed event are called quiet all the same"


def meets_incomplete(samples: pd.DataFrame, periods: tuple[Interval, ...]) -> NDArray[np.bool_]:
    """Whether the horizon of each row meets one of some disjoint, sorted periods."""
    start = samples["horizon_start"].to_numpy(dtype="datetime64[ns]")
    end = samples["horizon_end"].to_numpy(dtype="datetime64[ns]")
    lows = np.array([p.start for p in periods], dtype="datetime64[ns]")
    highs = np.array([p.end for p in periods], dtype="datetime64[ns]")
    met = np.searchsorted(lows, end, side="left") > np.searchsorted(highs, start, side="right")
    return np.asarray(met)
