"""Which rows have no label, and why: unknown is never quiet."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.core.schema import Catalogue
from seismomag.core.stations import Station
from seismomag.dataset.coverage import covered
from seismomag.dataset.coverage_completeness import incomplete_periods, meets_incomplete
from seismomag.dataset.pairs import target_pairs
from seismomag.dataset.rule import LabelRule

NOT_COVERED = "horizon not covered"
AFTER_EARTHQUAKE = "after an earthquake"
INCOMPLETE = "catalogue not complete"

REASONS = {
    NOT_COVERED: "the catalogue does not speak about all of the horizon",
    AFTER_EARTHQUAKE: "the window holds or closely follows an earthquake in range",
    INCOMPLETE: "the catalogue misses events of the rule's magnitude in the horizon",
}
"""Why a label is unknown, in the order in which they are tried."""


def why_unknown(
    samples: pd.DataFrame, stations: Iterable[Station], catalogue: Catalogue, rule: LabelRule
) -> pd.Series:
    """Say of each row why its label is unknown.

    Parameters
    ----------
    samples
        ``station_code, window_start, issue_time, horizon_start, horizon_end``.
    stations, catalogue, rule
        As for :func:`~seismomag.dataset.labels.make_samples`.

    Returns
    -------
    reason
        A key of :data:`REASONS`, the first that holds, or ``""`` for a row with a label; with
        the index of the samples.

        Rows after an earthquake become unknown, instead of being left out, so that the network
        can still forecast them, yet nothing learns from them or scores them: neither shaking and
        repairs nor the aftershocks that follow are then mistaken for skill.
    """
    reason = np.full(len(samples), "", dtype=object)
    if rule.require_completeness:
        periods = incomplete_periods(catalogue, rule.least_magnitude)
        reason[meets_incomplete(samples, periods)] = INCOMPLETE
    if rule.post_seismic_days:
        reason[_is_after_earthquake(samples, stations, catalogue, rule)] = AFTER_EARTHQUAKE
    reason[~covered(catalogue, samples["horizon_start"], samples["horizon_end"])] = NOT_COVERED
    return pd.Series(reason, index=samples.index, dtype="str", name="why_unknown")


def unknown_sentences(samples: pd.DataFrame, reason: pd.Series) -> tuple[str, ...]:
    """Count the rows of each reason, one sentence each."""
    found = reason.value_counts()
    return tuple(
        f"{found[name]} of {len(samples)} station-days are unknown: {meaning}"
        for name, meaning in REASONS.items()
        if name in found
    )


def _is_after_earthquake(
    samples: pd.DataFrame, stations: Iterable[Station], catalogue: Catalogue, rule: LabelRule
) -> NDArray[np.bool_]:
    """Whether the window meets the days after an event in range; only the past is looked at."""
    pairs = target_pairs(stations, catalogue, replace(rule, mainshocks_only=False))
    start = samples["window_start"].to_numpy(dtype="datetime64[ns]")
    issued = samples["issue_time"].to_numpy(dtype="datetime64[ns]")
    opens = start - np.timedelta64(rule.post_seismic_days, "D")
    after = np.zeros(len(samples), dtype=bool)
    rows_of = samples.groupby("station_code").indices
    for code, mine in pairs.groupby("station_code").indices.items():
        if code not in rows_of:
            continue
        at = rows_of[code]
        origin = np.sort(pairs["origin_time"].to_numpy(dtype="datetime64[ns]")[mine])
        after[at] = np.searchsorted(origin, issued[at]) > np.searchsorted(
            origin, opens[at], side="right"
        )
    return after
