"""How often an alarm that is always on would be right: the price of every precision."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from seismomag.core.errors import CoverageError

BASE_RATE_COLUMNS = (
    "base_rate",
    "lowest_station",
    "highest_station",
    "any_station",
    "n_rows",
    "n_days",
    "n_events",
)


def base_rates(samples: pd.DataFrame) -> dict[str, float]:
    """Count the share of known station-days that are targets.

    This share is the precision, and the share of true alarms, of an alarm that is always on.

    Parameters
    ----------
    samples
        A sample table; rows of unknown label do not count.

    Returns
    -------
    rates
        Keys :data:`BASE_RATE_COLUMNS`. ``base_rate``: of all station-days;
        ``lowest_station, highest_station``: of the stations by themselves; ``any_station``: share
        of the days on which at least one station is a target; ``n_events``: events that name a
        row.

    Raises
    ------
    CoverageError
        No label is known.
    """
    known = samples[samples["is_target"].notna()]
    if known.empty:
        msg = "no label is known: the catalogue covers no horizon of these samples"
        raise CoverageError(msg)
    target = known["is_target"].astype(bool)
    by_station = target.groupby(known["station_code"]).mean()
    by_day = target.groupby(known["horizon_start"]).any()
    return {
        "base_rate": float(target.mean()),
        "lowest_station": float(by_station.min()),
        "highest_station": float(by_station.max()),
        "any_station": float(by_day.mean()),
        "n_rows": len(known),
        "n_days": len(by_day),
        "n_events": int(known["event_id"].nunique()),
    }


def station_base_rates(samples: pd.DataFrame) -> pd.DataFrame:
    """Count for each station ``station_code, base_rate, n_rows, n_events``; known rows only."""
    known = samples[samples["is_target"].notna()]
    groups = known.assign(is_target=known["is_target"].astype(np.float64)).groupby("station_code")
    return groups.agg(
        base_rate=("is_target", "mean"),
        n_rows=("sample_id", "size"),
        n_events=("event_id", "nunique"),
    ).reset_index()


def base_rate_table(cases: Iterable[tuple[str, pd.DataFrame]]) -> pd.DataFrame:
    """Put the base rates of several named sample tables under each other."""
    rows = [{"rule": name} | base_rates(samples) for name, samples in cases]
    return pd.DataFrame(rows, columns=["rule", *BASE_RATE_COLUMNS])


def station_identity_auc(samples: pd.DataFrame) -> float:
    """Area under the ROC curve of a forecast that knows nothing but the station.

    Every row gets the base rate of its own station: the chance that a random positive row lies at
    a station with a higher base rate than a random quiet one, ties counted half. 0.5 only where
    all stations have one base rate; NaN with one class.
    """
    known = samples[samples["is_target"].notna()]
    target = known["is_target"].astype(bool)
    counts = pd.crosstab(known["station_code"], target).reindex(columns=[False, True], fill_value=0)
    quiet, positive = (counts[c].to_numpy(np.float64) for c in (False, True))
    if quiet.sum() == 0 or positive.sum() == 0:
        return float("nan")
    rate = positive / (positive + quiet)
    above = (rate[:, None] > rate) + 0.5 * (rate[:, None] == rate)
    return float(positive @ above @ quiet / (positive.sum() * quiet.sum()))
