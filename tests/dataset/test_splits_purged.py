"""Purged folds never touch: by hand, by law over random designs, and beside purgedcv."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seismomag.core.errors import ConfigError, LeakError
from seismomag.core.schema import Interval
from seismomag.core.stations import Station
from seismomag.dataset.labels import LabelRule
from seismomag.dataset.splits import SplitPlan, assign_splits
from seismomag.dataset.splits_clusters import spatial_groups, ties
from seismomag.dataset.splits_folds import leave_event_out, leave_station_out, rolling_origin
from seismomag.dataset.splits_purged import (
    Fold,
    Keeping,
    PurgedEventSplit,
    check_fold,
    training_rows,
)

START = np.datetime64("2020-01-01")
DAY = np.timedelta64(1, "D")
CODES = ("AAA", "BBB", "CCC")


def rows(
    days: np.ndarray, codes: np.ndarray, rule: LabelRule, clusters: list[str | None] | None = None
) -> pd.DataFrame:
    """Rows as the splits need them."""
    horizon = rule.horizon(START + days * DAY, 540)
    cluster = pd.Series([None] * len(days) if clusters is None else clusters, dtype="str")
    return pd.DataFrame(
        {
            "sample_id": pd.Series(
                [f"{c}_{START + int(d) * DAY}" for c, d in zip(codes, days, strict=True)],
                dtype="str",
            ),
            "station_code": pd.Series(codes, dtype="str"),
            "window_start": (START + days * DAY).astype("datetime64[ns]")
            - (rule.window_days - 1) * DAY,
            "issue_time": horizon.issue_time,
            "horizon_start": horizon.start,
            "horizon_end": horizon.end,
            "cluster_id": cluster,
        }
    )


def network(n_days: int, codes: tuple[str, ...] = CODES, horizon_days: int = 14) -> pd.DataFrame:
    rule = LabelRule(horizon_days=horizon_days)
    return rows(np.tile(np.arange(n_days), len(codes)), np.repeat(codes, n_days), rule)


def pair(event: str, cluster: str, code: str, day: float, magnitude: float = 5.0) -> dict:
    origin = pd.Timestamp(START) + pd.Timedelta(days=day)
    return {
        "event_id": event,
        "cluster_id": cluster,
        "station_code": code,
        "origin_time": origin,
        "magnitude": magnitude,
    }


def test_k_fold_by_hand():
    samples = network(120, ("AAA",))
    keeping = Keeping(embargo_days=10)
    folds = list(PurgedEventSplit(n_groups=4, keeping=keeping).split(samples))
    assert [len(fold.test) for fold in folds] == [30] * 4
    # Days 30..59: the hull runs from day 30 to day 59 + 2 + 14; the embargo is 10 days.
    second = folds[1]
    assert second.test.tolist() == list(range(30, 60))
    assert second.train.tolist() == [*range(5), *range(85, 120)]
    for fold in folds:
        check_fold(samples, fold, keeping)


def test_two_test_groups_give_every_combination():
    samples = network(600, ("AAA",))
    split = PurgedEventSplit(n_groups=6, n_test_groups=2, keeping=Keeping(embargo_days=30))
    folds = list(split.split(samples))
    assert len(folds) == 15
    counts = np.bincount(np.concatenate([fold.test for fold in folds]))
    # k / N * C(N, k) paths through every row.
    assert set(counts) == {5}
    # Between two blocks that lie apart there is room to learn.
    apart = next(fold for fold in folds if fold.name == "0+5")
    assert apart.train.min() > 99
    assert apart.train.max() < 500


def test_spatial_groups_hold_out_place_and_time():
    samples = network(300)
    groups = {"AAA": "west", "BBB": "west", "CCC": "east"}
    keeping = Keeping(embargo_days=30, groups=groups)
    folds = list(PurgedEventSplit(n_groups=3, keeping=keeping).split(samples))
    assert [fold.name for fold in folds][:2] == ["0 at east", "0 at west"]
    for fold in folds:
        check_fold(samples, fold, keeping)
        held = set(samples["station_code"].iloc[fold.test])
        assert not held & set(samples["station_code"].iloc[fold.train])
    with pytest.raises(ConfigError, match="station CCC is in no spatial group"):
        list(
            PurgedEventSplit(keeping=replace(keeping, groups={"AAA": "w", "BBB": "w"})).split(
                samples
            )
        )


def test_neighbours_of_neighbours_are_one_group():
    line = [Station(station_code=f"S{i}", latitude_deg=0.0, longitude_deg=float(i)) for i in (0, 1)]
    far = Station(station_code="S9", latitude_deg=40.0, longitude_deg=0.0)
    middle = Station(station_code="S2", latitude_deg=0.0, longitude_deg=2.0)
    found = spatial_groups([far, middle, *line], distance=120.0)
    assert found == {"S0": "S0", "S1": "S0", "S2": "S0", "S9": "S9"}
    assert spatial_groups([far, middle], distance=0.0) == {"S2": "S2", "S9": "S9"}
    with pytest.raises(ConfigError, match="must not be negative"):
        spatial_groups([far], distance=-1.0)


def test_a_cluster_that_names_no_row_is_seen_through_the_pairs():
    samples = network(300, ("AAA",))
    pairs = pd.DataFrame([pair("main", "c", "AAA", 250), pair("small", "c", "AAA", 40)])
    test = (samples["issue_time"] >= pd.Timestamp("2020-08-28")).to_numpy()
    blind = training_rows(samples, [test], Keeping(embargo_days=30))
    seeing = training_rows(samples, [test], Keeping(embargo_days=30, pairs=pairs))
    lost = np.flatnonzero(blind & ~seeing)
    # Rows of days 25..38 have day 40 in their horizon [D + 2, D + 16).
    assert lost.tolist() == list(range(25, 39))
    fold = Fold("x", np.flatnonzero(blind), np.flatnonzero(test))
    with pytest.raises(LeakError, match="14 training rows are a cluster of earthquakes shared"):
        check_fold(samples, fold, Keeping(embargo_days=30, pairs=pairs))


def test_the_chronological_split_sees_clusters_in_horizons_too():
    plan = SplitPlan(
        validation_start=pd.Timestamp("2020-04-01"),
        test_start=pd.Timestamp("2020-07-01"),
        embargo_days=30,
        window_days=1,
        horizon_days=14,
    )
    samples = network(300, ("AAA",))
    pairs = pd.DataFrame([pair("main", "c", "AAA", 250), pair("small", "c", "AAA", 40)])
    blind, seeing = assign_splits(samples, plan), assign_splits(samples, plan, pairs)
    lost = samples.index[blind.notna() & seeing.isna()]
    assert lost.tolist() == list(range(25, 39))
    assert set(blind[lost]) == {"train"}


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda fold: np.r_[fold.train, fold.test[0] - 20], "within 30 days of a test row"),
        (lambda fold: np.r_[fold.train, fold.test[-1] + 20], "within 30 days of a test row"),
    ],
)
def test_the_check_finds_a_broken_embargo_on_either_side(spoil, message):
    samples = network(400, ("AAA",))
    keeping = Keeping(embargo_days=30)
    fold = list(PurgedEventSplit(n_groups=4, keeping=keeping).split(samples))[1]
    check_fold(samples, fold, keeping)
    with pytest.raises(LeakError, match=message):
        check_fold(samples, replace(fold, train=spoil(fold)), keeping)


def test_the_check_finds_a_neighbour():
    samples = network(300)
    keeping = Keeping(embargo_days=10)
    fold = next(PurgedEventSplit(n_groups=3, keeping=keeping).split(samples))
    near = replace(keeping, groups=dict.fromkeys(CODES, "one"))
    with pytest.raises(LeakError, match="of a station in a group that is tested"):
        check_fold(samples, fold, near)


def test_nonsense_is_refused():
    with pytest.raises(ConfigError, match="must not be negative"):
        Keeping(embargo_days=-1)
    with pytest.raises(ConfigError, match="at least one group must be tested"):
        PurgedEventSplit(n_groups=3, n_test_groups=3, keeping=Keeping(embargo_days=1))


def test_no_rows_give_no_folds():
    split = PurgedEventSplit(n_groups=3, keeping=Keeping(embargo_days=1))
    assert list(split.split(network(0))) == []


def test_a_station_is_left_out_together_with_a_period():
    samples = network(400)
    period = Interval(pd.Timestamp("2020-06-01"), pd.Timestamp("2020-08-01"))
    keeping = Keeping(embargo_days=30)
    folds = list(leave_station_out(samples, period, keeping))
    assert [fold.name for fold in folds] == ["station AAA", "station BBB", "station CCC"]
    for fold in folds:
        check_fold(samples, fold, replace(keeping, groups={c: c for c in CODES}))
        train, test = samples.iloc[fold.train], samples.iloc[fold.test]
        assert set(train["station_code"]) == set(CODES) - set(test["station_code"])
        gap = (train["issue_time"] - pd.Timestamp("2020-07-01")).abs().min()
        assert gap > pd.Timedelta(days=30 + 30)
    grouped = replace(keeping, groups={"AAA": "w", "BBB": "w", "CCC": "e"})
    assert [fold.name for fold in leave_station_out(samples, period, grouped)] == [
        "station e",
        "station w",
    ]


def test_an_event_is_left_out_together_with_its_time():
    samples = network(500)
    pairs = pd.DataFrame(
        [
            pair("big", "big", "AAA", 200.5, 6.5),
            pair("after", "big", "BBB", 420.5, 5.0),
            pair("other", "other", "CCC", 20.5, 5.0),
        ]
    )
    keeping = Keeping(embargo_days=30, pairs=pairs)
    period = Interval(pd.Timestamp("2020-05-01"), pd.Timestamp("2021-05-01"))
    folds = list(leave_event_out(samples, period, keeping))
    assert [fold.name for fold in folds] == ["event big"]
    check_fold(samples, folds[0], keeping)
    test = samples.iloc[folds[0].test]
    # The 14 days whose horizon holds the event, at all three stations.
    assert len(test) == 14 * 3
    train = samples.iloc[folds[0].train]
    late = train[(train["station_code"] == "BBB") & (train["horizon_end"] > "2021-02-24")]
    assert late["horizon_start"].min() > pd.Timestamp("2021-02-24")
    with pytest.raises(ConfigError, match=r"needs keeping\.pairs"):
        list(leave_event_out(samples, period, Keeping(embargo_days=30)))


def test_the_origin_rolls_and_the_training_grows():
    plan = SplitPlan(
        validation_start=pd.Timestamp("2020-04-01"),
        test_start=pd.Timestamp("2020-07-01"),
        embargo_days=30,
        window_days=1,
        horizon_days=14,
    )
    plans = rolling_origin(plan, end=pd.Timestamp("2021-01-01"), step_days=60)
    assert [p.test_start for p in plans] == list(
        pd.to_datetime(["2020-07-01", "2020-08-30", "2020-10-29"])
    )
    assert all(a.test_end == b.test_start for a, b in pairwise(plans))
    samples = network(400)
    sizes = [(assign_splits(samples, p) == "train").sum() for p in plans]
    assert sizes == sorted(set(sizes))
    with pytest.raises(ConfigError, match="no test block of 400 days"):
        rolling_origin(plan, end=pd.Timestamp("2021-01-01"), step_days=400)
    with pytest.raises(ConfigError, match="must be 1 or more"):
        rolling_origin(plan, end=pd.Timestamp("2021-01-01"), step_days=0)


def _random_design(seed: int) -> tuple[pd.DataFrame, PurgedEventSplit]:
    rng = np.random.default_rng(seed)
    rule = LabelRule(
        horizon_days=int(rng.integers(1, 40)),
        window_days=int(rng.integers(1, 8)),
        horizon_start_days=int(rng.integers(2, 6)),
    )
    n = int(rng.integers(1, 60))
    key = rng.choice(900, size=n, replace=False)
    days, codes = key // 3, np.array(CODES)[key % 3]
    names = [f"c{rng.integers(6)}" if rng.random() < 0.2 else None for _ in range(n)]
    samples = rows(days, codes, rule, names).sample(frac=1, random_state=seed % 2**32)
    events = [
        pair(f"e{k}", f"c{rng.integers(6)}", str(rng.choice(CODES)), rng.uniform(0, 340))
        for k in range(int(rng.integers(0, 12)))
    ]
    pairs = pd.DataFrame(events) if events and rng.random() < 0.7 else None
    groups = {"AAA": "w", "BBB": "w", "CCC": "e"} if rng.random() < 0.4 else None
    keeping = Keeping(embargo_days=int(rng.integers(0, 70)), pairs=pairs, groups=groups)
    n_groups = int(rng.integers(2, 7))
    split = PurgedEventSplit(
        n_groups=n_groups, n_test_groups=int(rng.integers(1, min(n_groups, 4))), keeping=keeping
    )
    return samples, split


def _tied(samples: pd.DataFrame, pairs: pd.DataFrame | None) -> list[set[str]]:
    """Clusters of each row, event by event."""
    out = [set() if pd.isna(name) else {name} for name in samples["cluster_id"]]
    events = [] if pairs is None else pairs.to_dict("records")
    start, end = (
        samples[c].to_numpy(dtype="datetime64[ns]") for c in ("horizon_start", "horizon_end")
    )
    station = samples["station_code"].to_numpy(object)
    for event in events:
        origin = event["origin_time"].to_datetime64()
        inside = (start <= origin) & (origin < end) & (station == event["station_code"])
        for row in np.flatnonzero(inside):
            out[row].add(event["cluster_id"])
    return out


def _count_faults(
    samples: pd.DataFrame, split: PurgedEventSplit, *, with_check: bool = True
) -> tuple[int, int, int, int]:
    """Overlaps, embargo breaks, shared clusters and neighbours, row against row."""
    clusters = _tied(samples, split.keeping.pairs)
    names = sorted(set().union(*clusters))
    member = np.array([[name in mine for name in names] for mine in clusters], dtype=int)
    start, end = (
        samples[c].to_numpy(dtype="datetime64[ns]") for c in ("window_start", "horizon_end")
    )
    station = samples["station_code"].to_numpy(object)
    issue = samples["issue_time"].to_numpy(dtype="datetime64[ns]")
    embargo = split.keeping.embargo_days * DAY
    faults = np.zeros(4, dtype=int)
    for fold in split.split(samples):
        a, b = fold.train[:, None], fold.test[None, :]
        meets = (start[a] < end[b]) & (start[b] < end[a])
        gap = np.maximum(start[a] - end[b], start[b] - end[a])
        near = (gap < embargo) | (np.abs(issue[a] - issue[b]) < embargo)
        shared = (member[fold.train] @ member[fold.test].T > 0) if names else meets & False
        groups = split.keeping.groups
        beside = meets & False
        if groups is not None:
            place = np.array([groups[s] for s in station])
            beside = place[a] == place[b]
        faults += [meets.sum(), near.sum(), shared.sum(), beside.sum()]
        if with_check:
            check_fold(samples, fold, split.keeping)
        assert not set(fold.train) & set(fold.test)
    return tuple(faults.tolist())


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**63 - 1))
def test_no_random_design_overlaps_breaks_the_embargo_or_shares_a_cluster(seed):
    assert _count_faults(*_random_design(seed)) == (0, 0, 0, 0)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_ten_thousand_random_designs_have_no_fault(part):
    for seed in range(2500 * part, 2500 * (part + 1)):
        assert _count_faults(*_random_design(seed), with_check=False) == (0, 0, 0, 0), seed


def test_ties_by_loops():
    for seed in range(40):
        samples, split = _random_design(seed)
        known = ties(samples, split.keeping.pairs)
        found = [set() for _ in range(len(samples))]
        for row, cluster in zip(known.row, known.cluster, strict=True):
            found[row].add(known.names[cluster])
        assert found == _tied(samples, split.keeping.pairs)


def test_a_fold_of_one_station_equals_purgedcv():
    purgedcv = pytest.importorskip(
        "purgedcv", reason="purgedcv is not installed: it only cross-checks the folds"
    )
    for horizon_days, embargo_days in ((14, 30), (7, 0), (30, 45)):
        samples = network(360, ("AAA",), horizon_days)
        theirs = purgedcv.PurgedKFold(
            n_splits=6,
            prediction_times=samples["window_start"],
            evaluation_times=samples["horizon_end"],
            purge_horizon=pd.Timedelta(days=embargo_days),
        )
        ours = PurgedEventSplit(n_groups=6, keeping=Keeping(embargo_days=embargo_days))
        for fold, (train, test) in zip(
            ours.split(samples), theirs.split(np.zeros(len(samples))), strict=True
        ):
            assert fold.test.tolist() == test.tolist()
            assert fold.train.tolist() == train.tolist()


def test_the_chronological_split_passes_the_same_check():
    samples = network(400)
    plan = SplitPlan(
        validation_start=pd.Timestamp("2020-05-01"),
        test_start=pd.Timestamp("2020-08-01"),
        embargo_days=30,
        window_days=1,
        horizon_days=14,
    )
    split = assign_splits(samples, plan)
    one = Fold("plan", np.flatnonzero(split == "train"), np.flatnonzero(split == "test"))
    check_fold(samples, one, Keeping(embargo_days=30))
