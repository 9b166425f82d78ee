"""Training, validation and test: apart in time, and no earthquake in two of them."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.core.errors import ConfigError, LeakError
from seismomag.core.kinds import check_kinds
from seismomag.core.schema import SPLITS, check_samples
from seismomag.core.wording import some
from seismomag.dataset.splits_clusters import knows_cluster_of, ties

MINIMUM_EMBARGO_DAYS = 30
_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, kw_only=True)
class SplitPlan:
    """Two border days and the time that is thrown away before each.

    The embargo must be at least window + horizon, and 30 days: a training sample issued
    the day before the border may otherwise be labelled by an earthquake after it.

    Attributes
    ----------
    validation_start, test_start
        UTC; first issue time of validation and of test.
    test_end
        Samples issued at or after it belong to no split; ``None`` for an open end.
    embargo_days
        Least distance between the issue times of two splits [days].
    window_days, horizon_days
        As in the label rule.
    override_embargo
        A declared decision to go below the limit; an audit marks it. Rows whose time overlaps
        that of a later split are left out all the same.
    """

    validation_start: pd.Timestamp
    test_start: pd.Timestamp
    test_end: pd.Timestamp | None = None
    embargo_days: int
    window_days: int
    horizon_days: int
    override_embargo: bool = False

    def __post_init__(self) -> None:
        check_kinds(self)
        if min(self.embargo_days, self.window_days - 1, self.horizon_days - 1) < 0:
            msg = (
                f"embargo_days={self.embargo_days}, window_days={self.window_days}, "
                f"horizon_days={self.horizon_days}: none may be negative, windows and "
                "horizons last a day or more"
            )
            raise ConfigError(msg)
        if self.embargo_days < self.needed_embargo_days and not self.override_embargo:
            msg = (
                f"embargo_days={self.embargo_days} is shorter than {self.needed_embargo_days} "
                f"({MINIMUM_EMBARGO_DAYS} or window + horizon); labels would leak across the "
                "border. Lengthen it, or declare override_embargo"
            )
            raise ConfigError(msg)
        borders = [self.validation_start, self.test_start, self.test_end]
        given = [b for b in borders if b is not None]
        if any(b.tzinfo is not None for b in given):
            msg = "borders of a split are UTC without a zone attached; remove the zone"
            raise ConfigError(msg)
        if any(b <= a for a, b in pairwise(given)):
            msg = (
                f"validation_start={self.validation_start}, test_start={self.test_start}, "
                f"test_end={self.test_end} must follow each other in this order"
            )
            raise ConfigError(msg)

    @property
    def needed_embargo_days(self) -> int:
        """Shortest embargo that needs no declaration [days]."""
        return max(MINIMUM_EMBARGO_DAYS, self.window_days + self.horizon_days)

    @property
    def is_overridden(self) -> bool:
        """Whether the embargo really is below the limit: to be recorded with every result."""
        return self.embargo_days < self.needed_embargo_days


def assign_splits(
    samples: pd.DataFrame, plan: SplitPlan, pairs: pd.DataFrame | None = None
) -> pd.Series:
    """Name the split of each sample.

    1. By issue time: training ends an embargo before validation starts, validation an embargo
       before the test starts. Rows between, and from ``test_end`` on, belong to no split.
    2. A row whose time (window to end of horizon) overlaps that of a row of a later split
       belongs to none; with a full embargo there is no such row.
    3. A cluster of earthquakes stays only in the latest split in which it stands in the horizon
       of a row; rows of earlier splits with this cluster in their horizon belong to none.

    Rows of unknown label get the split of their time: nothing can be learnt from or scored on
    them, but a forecast can be made.

    Parameters
    ----------
    samples
        A sample table; its own ``split`` is not looked at.
    plan
        The borders.
    pairs
        From :func:`~seismomag.dataset.labels.target_pairs`: every target in a horizon counts then.
        Without them only events that name a row are seen.

    Returns
    -------
    split
        ``"train"``, ``"validation"``, ``"test"`` or missing, with the index of ``samples``.
    """
    order = _by_time(samples["issue_time"], plan)
    for number in range(len(SPLITS) - 1):
        earlier, later = np.flatnonzero(order == number), np.flatnonzero(order > number)
        order[earlier[_meets(samples.iloc[earlier], samples.iloc[later])]] = -1
    known = ties(samples, pairs)
    latest = np.full(len(known.names), -1, dtype=np.int64)
    np.maximum.at(latest, known.cluster, order[known.row])
    order[known.row[latest[known.cluster] > order[known.row]]] = -1
    names = np.array([*SPLITS, None], dtype=object)
    return pd.Series(names[order], index=samples.index, dtype="str", name="split")


def _by_time(issued: pd.Series, plan: SplitPlan) -> NDArray[np.int64]:
    """Position in SPLITS of each issue time, -1 for none."""
    time = issued.to_numpy(dtype="datetime64[ns]")
    embargo = plan.embargo_days * _DAY
    validation, test = (t.to_datetime64() for t in (plan.validation_start, plan.test_start))
    order = np.full(time.shape, -1, dtype=np.int64)
    order[time < validation - embargo] = 0
    order[(time >= validation) & (time < test - embargo)] = 1
    order[time >= test] = 2
    if plan.test_end is not None:
        order[time >= plan.test_end.to_datetime64()] = -1
    return order


def check(samples: pd.DataFrame, plan: SplitPlan, pairs: pd.DataFrame | None = None) -> None:
    """Raise unless the splits of a sample table are apart.

    Everything is looked at again from the rows themselves: distances between issue times,
    overlaps of windows and horizons, shared events, clusters and station-days, and sample ids
    that contradict the times beside them. With ``pairs`` as for :func:`assign`, clusters that
    stand in a horizon without naming its row are looked at too.

    Raises
    ------
    LeakError
        Names the rule, how many rows break it and some of them.
    """
    check_samples(samples)
    _complain(samples[_is_misdated(samples)], "sample_id does not name the day of its times")
    parts = {name: samples[samples["split"] == name] for name in SPLITS}
    known = ties(samples, pairs)
    for one, other in combinations(SPLITS, 2):
        for rule, rows in _faults(parts[one], parts[other], plan):
            _complain(rows, f"{one} and {other}: {rule}")
        both = knows_cluster_of(known, (samples["split"] == other).to_numpy())
        shared = samples[both & (samples["split"] == one).to_numpy()]
        _complain(shared, f"{one} and {other}: the same cluster in horizons of both")


def _faults(
    one: pd.DataFrame, other: pd.DataFrame, plan: SplitPlan
) -> Iterator[tuple[str, pd.DataFrame]]:
    near = _nearest_days(one["issue_time"], other["issue_time"]) < plan.embargo_days
    yield f"issued less than {plan.embargo_days} days of embargo apart", one[near]
    yield "window and horizon overlap", one[_meets(one, other)]
    for column in ("event_id", "cluster_id"):
        shared = one[column].notna() & one[column].isin(other[column].dropna())
        yield f"the same {column} in both", one[shared]
    both = _station_days(one).isin(_station_days(other))
    yield "the same station-day in both", one[both]


def _complain(rows: pd.DataFrame, rule: str) -> None:
    if rows.empty:
        return
    ids = list(rows["sample_id"])
    msg = f"{rule}: {len(ids)} rows, {some(ids, 5)}; make the splits anew with assign_splits"
    raise LeakError(msg)


def _station_days(rows: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_arrays([rows["station_code"], rows["window_start"].dt.floor("D")])


def _is_misdated(samples: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether the date in the sample_id lies outside of the window."""
    stamp = samples["sample_id"].str.extract(r"_(\d{8})$")[0]
    day = pd.to_datetime(stamp, format="%Y%m%d", errors="coerce")
    inside = (day >= samples["window_start"].dt.floor("D")) & (day < samples["issue_time"])
    return np.asarray(stamp.notna() & ~inside, dtype=bool)


def _nearest_days(times: pd.Series, others: pd.Series) -> NDArray[np.float64]:
    """Distance of each time to the nearest of the others [days]; inf if there are none."""
    mine = times.to_numpy(dtype="datetime64[ns]")
    theirs = np.sort(others.to_numpy(dtype="datetime64[ns]"))
    if theirs.size == 0:
        return np.full(mine.shape, np.inf)
    at = np.searchsorted(theirs, mine)
    left = np.abs(mine - theirs[np.maximum(at - 1, 0)])
    right = np.abs(theirs[np.minimum(at, theirs.size - 1)] - mine)
    return np.asarray(np.minimum(left, right) / _DAY)


def _meets(rows: pd.DataFrame, others: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether the time of each row, window to end of horizon, overlaps that of any other."""
    start, end = (rows[c].to_numpy(dtype="datetime64[ns]") for c in ("window_start", "horizon_end"))
    starts, ends = (
        np.sort(others[c].to_numpy(dtype="datetime64[ns]")) for c in ("window_start", "horizon_end")
    )
    # An interval misses another when it ends before the other starts or starts after it ended.
    return np.asarray(
        np.searchsorted(starts, end, side="left") > np.searchsorted(ends, start, side="right")
    )


def digest(samples: pd.DataFrame) -> str:
    """SHA-256 of the pairs (sample_id, split), whatever the order of the rows.

    Every later step carries it, so that results of different splits are never mixed up.
    """
    split = samples["split"].astype(object).where(samples["split"].notna(), "")
    pairs = zip(samples["sample_id"], split, strict=True)
    lines = sorted(f"{sample_id}\t{name}\n" for sample_id, name in pairs)
    return hashlib.sha256("".join(lines).encode()).hexdigest()
