"""Folds whose training rows keep away from the test rows: in time, by earthquake, by place.

Row i speaks of the interval from its window start to the end of its horizon. A training row may
not meet the hull ``[a, b)`` of a block of test rows (purge), nor come nearer to it than an embargo,
before or after; may not share a cluster of earthquakes with a test row; and, where stations are
held out, may not be of their group. After Lopez de Prado 2018, Advances in Financial Machine
Learning, chapters 7 and 12, where the embargo is on one side only.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.core.errors import ConfigError, LeakError
from seismomag.dataset.splits_clusters import Ties, knows_cluster_of, ties

_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class Fold:
    """One division of a table.

    Attributes
    ----------
    name
        What is held out.
    train, test
        Positions in the table, ascending.
    """

    name: str
    train: NDArray[np.int64]
    test: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Keeping:
    """How far training rows keep away from test rows.

    Attributes
    ----------
    embargo_days
        Least time between the interval of a training row and the hull of a test block [days]; the
        issue times are then at least as far apart.
    pairs
        From :func:`~seismomag.dataset.labels.target_pairs`, so that clusters in a horizon count
        even where they name no row.
    groups
        ``station_code`` to spatial group, where stations are held out; from
        :func:`~seismomag.dataset.splits_clusters.spatial_groups`.
    """

    embargo_days: int
    pairs: pd.DataFrame | None = None
    groups: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        if self.embargo_days < 0:
            msg = f"embargo_days={self.embargo_days} must not be negative"
            raise ConfigError(msg)


def training_rows(
    samples: pd.DataFrame,
    blocks: Sequence[NDArray[np.bool_]],
    keeping: Keeping,
    known: Ties | None = None,
) -> NDArray[np.bool_]:
    """Find the rows that may train a model which is tested on some blocks.

    Parameters
    ----------
    samples
        A sample table.
    blocks
        Test rows, shape (n,) each; every block has a hull of its own.
    keeping
        The distances.
    known
        Clusters of the rows, if they were listed before.

    Returns
    -------
    may_train
        Shape (n,).
    """
    start, end = _intervals(samples)
    is_test = np.logical_or.reduce([*blocks, np.zeros(len(samples), dtype=bool)])
    may = ~is_test
    for block in blocks:
        if block.any():
            first, last = start[block].min(), end[block].max()
            embargo = keeping.embargo_days * _DAY
            may &= (end <= first - embargo) | (start >= last + embargo)
    may &= ~knows_cluster_of(known or ties(samples, keeping.pairs), is_test)
    if keeping.groups is not None:
        group = samples["station_code"].map(dict(keeping.groups)).to_numpy(dtype=object)
        may &= ~np.isin(group.astype(str), np.unique(group[is_test].astype(str)))
    return np.asarray(may)


def _intervals(samples: pd.DataFrame) -> tuple[NDArray[np.datetime64], NDArray[np.datetime64]]:
    start, end = (
        samples[c].to_numpy(dtype="datetime64[ns]") for c in ("window_start", "horizon_end")
    )
    return start, end


@dataclass(frozen=True, kw_only=True)
class PurgedEventSplit:
    """Purged folds over time: k-fold, or combinatorial with several test groups.

    Attributes
    ----------
    n_groups
        Groups of consecutive issue days, as equal in days as they can be.
    n_test_groups
        Groups that are tested at once; 1 is k-fold, more gives every combination.
    keeping
        Distances between training and test. With spatial groups every fold holds out one group
        of stations as well: its test rows are of that group, its training rows of the others.
    """

    n_groups: int = 6
    n_test_groups: int = 1
    keeping: Keeping

    def __post_init__(self) -> None:
        if not 1 <= self.n_test_groups < self.n_groups:
            msg = (
                f"n_test_groups={self.n_test_groups} of n_groups={self.n_groups}: at least one "
                "group must be tested and one be left"
            )
            raise ConfigError(msg)

    def split(self, samples: pd.DataFrame) -> Iterator[Fold]:
        """Give the folds in order of time, then of the group of stations.

        Folds without a test row are left out; a fold may have no training row.
        """
        group = self.time_groups(samples)
        known = ties(samples, self.keeping.pairs)
        for chosen in combinations(range(self.n_groups), self.n_test_groups):
            for place, held in _held_out(samples, self.keeping.groups):
                blocks = [(group == number) & held for number in chosen]
                test = np.logical_or.reduce(blocks)
                if test.any():
                    train = training_rows(samples, blocks, self.keeping, known)
                    name = "+".join(map(str, chosen)) + (f" at {place}" if place else "")
                    yield Fold(name, np.flatnonzero(train), np.flatnonzero(test))

    def time_groups(self, samples: pd.DataFrame) -> NDArray[np.int64]:
        """Group of each row; shape (n,). All stations of an issue day are of one group."""
        day = samples["issue_time"].to_numpy(dtype="datetime64[D]")
        days, number = np.unique(day, return_inverse=True)
        return np.asarray(number * self.n_groups // max(1, days.size), dtype=np.int64)


def _held_out(
    samples: pd.DataFrame, groups: Mapping[str, str] | None
) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Names of the groups of stations, and their rows; one nameless group of all without any."""
    if groups is None:
        yield "", np.ones(len(samples), dtype=bool)
        return
    strange = sorted(set(samples["station_code"]) - set(groups))
    if strange:
        msg = f"station {', '.join(strange)} is in no spatial group; list every station"
        raise ConfigError(msg)
    group = samples["station_code"].map(dict(groups)).to_numpy(dtype=object)
    for name in sorted(set(group)):
        yield str(name), group == name


def check_fold(samples: pd.DataFrame, fold: Fold, keeping: Keeping) -> None:
    """Raise unless a fold keeps apart; everything is looked at again, row against row.

    Raises
    ------
    LeakError
        Names the fold, the rule and some rows.
    """
    one, other = samples.iloc[fold.train], samples.iloc[fold.test]
    start, end = _intervals(one)
    starts, ends = _intervals(other)
    embargo = keeping.embargo_days * _DAY
    # A test interval misses the widened training interval if it ends before or starts after it.
    near = np.searchsorted(np.sort(starts), end + embargo, side="left") > np.searchsorted(
        np.sort(ends), start - embargo, side="right"
    )
    _complain(fold, one[near], f"within {keeping.embargo_days} days of a test row")
    is_test = np.zeros(len(samples), dtype=bool)
    is_test[fold.test] = True
    shared = knows_cluster_of(ties(samples, keeping.pairs), is_test)[fold.train]
    _complain(fold, one[shared], "a cluster of earthquakes shared with a test row")
    if keeping.groups is not None:
        theirs = set(other["station_code"].map(dict(keeping.groups)))
        neighbours = one["station_code"].map(dict(keeping.groups)).isin(theirs).to_numpy(bool)
        _complain(fold, one[neighbours], "of a station in a group that is tested")


def _complain(fold: Fold, rows: pd.DataFrame, rule: str) -> None:
    if len(rows):
        shown = ", ".join(rows["sample_id"].head(3))
        msg = f"fold {fold.name}: {len(rows)} training rows are {rule}, among them {shown}"
        raise LeakError(msg)
