"""Other ways to hold out: rolling origin, one station, one earthquake; each with its time."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from seismomag.core.errors import ConfigError
from seismomag.core.schema import Interval
from seismomag.dataset.splits import SplitPlan
from seismomag.dataset.splits_clusters import ties
from seismomag.dataset.splits_purged import Fold, Keeping, training_rows

_DAY = pd.Timedelta(days=1)


def rolling_origin(plan: SplitPlan, *, end: pd.Timestamp, step_days: int) -> tuple[SplitPlan, ...]:
    """Move a chronological plan forward, test block after test block.

    Parameters
    ----------
    plan
        The first plan; its validation keeps its length, its embargo stays.
    end
        No test block reaches beyond.
    step_days
        Length of each test block, and how far the next one lies behind [days].

    Returns
    -------
    plans
        Each trains on everything before its validation, so that the training grows.

    Raises
    ------
    ConfigError
        The step is not positive or no test block ends before the end.
    """
    if step_days < 1:
        msg = f"step_days={step_days} must be 1 or more"
        raise ConfigError(msg)
    plans = []
    step = step_days * _DAY
    start = plan.test_start
    while start + step <= end:
        moved = start - plan.test_start
        plans.append(
            replace(
                plan,
                validation_start=plan.validation_start + moved,
                test_start=start,
                test_end=start + step,
            )
        )
        start += step
    if not plans:
        msg = f"no test block of {step_days} days from {plan.test_start} ends by {end}"
        raise ConfigError(msg)
    return tuple(plans)


def leave_station_out(samples: pd.DataFrame, period: Interval, keeping: Keeping) -> Iterator[Fold]:
    """Hold out each station, or group of stations, in a period that is held out as well.

    Parameters
    ----------
    samples
        A sample table.
    period
        Rows of the station issued in it are tested.
    keeping
        Distances; without ``groups`` every station is a group of its own. Training rows are of
        other groups *and* outside the period with its embargo.
    """
    codes = sorted(samples["station_code"].unique())
    alone = {code: code for code in codes}
    keeping = keeping if keeping.groups is not None else replace(keeping, groups=alone)
    group = samples["station_code"].map(dict(keeping.groups or alone)).to_numpy(dtype=object)
    issued = samples["issue_time"]
    inside = ((issued >= period.start) & (issued < period.end)).to_numpy()
    known = ties(samples, keeping.pairs)
    for name in sorted(set(group)):
        test = inside & (group == name)
        if test.any():
            # The period counts as a whole: its rows at other stations see the same sky.
            may = training_rows(samples, [inside], replace(keeping, groups=None), known)
            may &= group != name
            yield Fold(f"station {name}", np.flatnonzero(may), np.flatnonzero(test))


def leave_event_out(samples: pd.DataFrame, period: Interval, keeping: Keeping) -> Iterator[Fold]:
    """Hold out each cluster of earthquakes of a period, with the time around it.

    Parameters
    ----------
    samples
        A sample table.
    period
        Clusters whose largest target in range lies in it are held out, one after the other.
    keeping
        Distances; needs ``pairs``.

    Returns
    -------
    folds
        Test rows are all rows, of every station, issued between the first and the last row whose
        horizon holds that largest target: positives and the quiet stations beside them.
        Training rows keep the embargo on both sides and know nothing of the cluster.

    Raises
    ------
    ConfigError
        There are no pairs.
    """
    if keeping.pairs is None:
        msg = "leave_event_out needs keeping.pairs: which events lie in range of which station"
        raise ConfigError(msg)
    pairs = keeping.pairs
    order = pairs.sort_values(["magnitude", "origin_time"], ascending=[False, True])
    largest = order.drop_duplicates("cluster_id").sort_values("origin_time")
    time = largest["origin_time"]
    largest = largest[(time >= period.start) & (time < period.end)]
    known = ties(samples, pairs)
    issued = samples["issue_time"]
    for event in largest.to_dict("records"):
        mine = pairs.loc[pairs["event_id"] == event["event_id"], "station_code"]
        origin = event["origin_time"]
        holds = (samples["horizon_start"] <= origin) & (samples["horizon_end"] > origin)
        rows = issued[holds & samples["station_code"].isin(mine)]
        test = issued.between(rows.min(), rows.max()).to_numpy(bool)
        if test.any():
            may = training_rows(samples, [test], keeping, known)
            name = f"event {event['cluster_id']}"
            yield Fold(name, np.flatnonzero(may), np.flatnonzero(test))
