"""Splits never touch: by hand, by law over random designs, by planted leaks."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seismomag.core.errors import ConfigError, LeakError
from seismomag.core.schema import SPLITS
from seismomag.dataset import splits
from seismomag.dataset.labels import LabelRule
from seismomag.dataset.splits import SplitPlan

PLAN = SplitPlan(
    validation_start=pd.Timestamp("2020-04-01"),
    test_start=pd.Timestamp("2020-07-01"),
    test_end=pd.Timestamp("2020-09-01"),
    embargo_days=30,
    window_days=1,
    horizon_days=14,
)


def _samples(
    days: np.ndarray, codes: list[str], clusters: list[str | None], rule: LabelRule | None = None
) -> pd.DataFrame:
    rule = rule or LabelRule()
    horizon = rule.horizon(days, 540)
    stamps = pd.Series(pd.DatetimeIndex(days)).dt.strftime("%Y%m%d")
    cluster = pd.Series(clusters, dtype="str")
    number = pd.Series(np.where(cluster.notna(), 5.0, np.nan))
    return pd.DataFrame(
        {
            "sample_id": (pd.Series(codes, dtype="str") + "_" + stamps).astype("str"),
            "station_code": pd.Series(codes, dtype="str"),
            "window_start": days.astype("datetime64[ns]")
            - np.timedelta64(rule.window_days - 1, "D"),
            "issue_time": horizon.issue_time,
            "horizon_start": horizon.start,
            "horizon_end": horizon.end,
            "coverage": 1.0,
            "kp_max": 1.0,
            "dst_min_nt": 0.0,
            "is_target": pd.array(cluster.notna(), dtype="boolean"),
            "event_id": cluster,
            "cluster_id": cluster,
            "magnitude": number,
            "distance_km": number,
            "azimuth_deg": number,
            "lead_time_days": number,
            "split": pd.Series(np.nan, index=cluster.index, dtype="str"),
            "store_row": 0,
        }
    )


def _year(clusters: dict[str, str] | None = None) -> pd.DataFrame:
    days = np.arange("2020-01-01", "2021-01-01", dtype="datetime64[D]")
    named = clusters or {}
    return _samples(days, ["AAA"] * days.size, [named.get(str(day)) for day in days])


def _split(samples: pd.DataFrame, plan: SplitPlan = PLAN) -> pd.DataFrame:
    return samples.assign(split=splits.assign_splits(samples, plan))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"embargo_days": 29}, "shorter than 30"),
        ({"horizon_days": 40}, "shorter than 41"),
        ({"embargo_days": -1, "override_embargo": True}, "negative"),
        ({"window_days": 0}, "windows and horizons last a day"),
        ({"test_start": pd.Timestamp("2020-03-01")}, "in this order"),
        ({"test_end": pd.Timestamp("2020-07-01")}, "in this order"),
        ({"test_end": pd.Timestamp("2020-09-01", tz="UTC")}, "remove the zone"),
    ],
)
def test_a_plan_refuses_nonsense(changes, message):
    given_plan = {
        "validation_start": PLAN.validation_start,
        "test_start": PLAN.test_start,
        "embargo_days": 30,
        "window_days": 1,
        "horizon_days": 14,
    }
    with pytest.raises(ConfigError, match=message):
        SplitPlan(**(given_plan | changes))


def test_borders_by_hand():
    table = _split(_year())
    day = table["window_start"]
    parts = {name: day[table["split"] == name] for name in SPLITS}
    # The day of 31 March is issued on 1 April at 00:09.
    assert parts["train"].max() == pd.Timestamp("2020-02-29")
    assert parts["validation"].min() == pd.Timestamp("2020-03-31")
    assert parts["validation"].max() == pd.Timestamp("2020-05-30")
    assert parts["test"].min() == pd.Timestamp("2020-06-30")
    assert parts["test"].max() == pd.Timestamp("2020-08-30")
    splits.check(table, PLAN)


def test_a_cluster_stays_only_in_the_latest_split():
    shared = {"2020-02-01": "c", "2020-05-01": "c", "2020-05-02": "d", "2020-07-10": "c"}
    table = _split(_year(shared)).set_index("sample_id")["split"]
    assert pd.isna(table["AAA_20200201"])
    assert pd.isna(table["AAA_20200501"])
    assert table["AAA_20200502"] == "validation"
    assert table["AAA_20200710"] == "test"


def test_an_embargo_below_the_limit_must_be_declared_and_still_purges():
    plan = SplitPlan(
        validation_start=PLAN.validation_start,
        test_start=PLAN.test_start,
        embargo_days=2,
        window_days=1,
        horizon_days=14,
        override_embargo=True,
    )
    assert plan.is_overridden
    assert not PLAN.is_overridden
    table = _split(_year(), plan)
    splits.check(table, plan)
    train = table.loc[table["split"] == "train"]
    validation = table.loc[table["split"] == "validation"]
    assert train["horizon_end"].max() <= validation["window_start"].min()
    with pytest.raises(LeakError, match="less than 30 days of embargo apart"):
        splits.check(table, PLAN)


def test_unknown_labels_get_the_split_of_their_time():
    table = _year()
    table["is_target"] = pd.array([pd.NA] * len(table), dtype="boolean")
    assert splits.assign_splits(table, PLAN).equals(splits.assign_splits(_year(), PLAN))


designs = st.fixed_dictionaries(
    {
        "days": st.lists(st.integers(0, 400), min_size=1, max_size=30),
        "first": st.integers(1, 200),
        "gap": st.integers(1, 200),
        "length": st.one_of(st.none(), st.integers(1, 150)),
        "horizon": st.integers(1, 40),
        "window": st.integers(1, 10),
        "embargo": st.integers(0, 70),
        "n_clusters": st.integers(1, 8),
        "seed": st.integers(0, 2**32 - 1),
    }
)


@settings(max_examples=120, deadline=None)
@given(designs)
def test_no_random_design_overlaps_breaks_the_embargo_or_shares_a_cluster(design):
    rng = np.random.default_rng(design["seed"])
    start = np.datetime64("2020-01-01")
    pairs = sorted({(d, str(rng.choice(["AAA", "BBB"]))) for d in design["days"]})
    days = start + np.array([d for d, _ in pairs])
    clusters = [
        f"c{rng.integers(design['n_clusters'])}" if rng.random() < 0.4 else None for _ in pairs
    ]
    rule = LabelRule(horizon_days=design["horizon"], window_days=design["window"])
    samples = _samples(days, [code for _, code in pairs], clusters, rule)
    validation = pd.Timestamp(start) + pd.Timedelta(days=design["first"], hours=rng.integers(24))
    test = validation + pd.Timedelta(days=design["gap"])
    plan = SplitPlan(
        validation_start=validation,
        test_start=test,
        test_end=None if design["length"] is None else test + pd.Timedelta(days=design["length"]),
        embargo_days=design["embargo"],
        window_days=design["window"],
        horizon_days=design["horizon"],
        override_embargo=True,
    )
    table = samples.assign(split=splits.assign_splits(samples, plan))
    splits.check(table, plan)
    _assert_apart_by_brute_force(table, plan)


def _assert_apart_by_brute_force(table: pd.DataFrame, plan: SplitPlan) -> None:
    rows = [row for row in table.itertuples() if not pd.isna(row.split)]
    for a in rows:
        for b in rows:
            if a.split == b.split:
                continue
            assert abs(a.issue_time - b.issue_time) >= pd.Timedelta(days=plan.embargo_days)
            assert a.window_start >= b.horizon_end or b.window_start >= a.horizon_end
            assert pd.isna(a.cluster_id) or a.cluster_id != b.cluster_id


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_a_row_moved_into_another_split_is_noticed(seed):
    rng = np.random.default_rng(seed)
    table = _split(_year())
    kept = np.flatnonzero(table["split"].notna())
    row = rng.choice(kept)
    others = [name for name in SPLITS if name != table["split"].iloc[row]]
    moved = table["split"].copy()
    moved.iloc[row] = rng.choice(others)
    with pytest.raises(LeakError):
        splits.check(table.assign(split=moved), PLAN)


def test_each_planted_leak_is_named():
    table = _split(_year({"2020-02-01": "c", "2020-07-10": "d"}))
    at = {name: i for i, name in enumerate(table["sample_id"])}

    shared = table.copy()
    shared.loc[at["AAA_20200201"], "cluster_id"] = "d"
    with pytest.raises(LeakError, match=r"train and test: the same cluster_id.*AAA_20200201"):
        splits.check(shared, PLAN)
    shared.loc[at["AAA_20200201"], "event_id"] = "d"
    with pytest.raises(LeakError, match="the same event_id in both: 1 rows"):
        splits.check(shared, PLAN)

    long = table.copy()
    long.loc[at["AAA_20200201"], "horizon_end"] = pd.Timestamp("2020-04-05")
    with pytest.raises(LeakError, match="train and validation: window and horizon overlap"):
        splits.check(long, PLAN)

    misdated = table.copy()
    misdated.loc[0, "sample_id"] = "AAA_20200705"
    misdated = misdated.drop(index=at["AAA_20200705"])
    with pytest.raises(LeakError, match="sample_id does not name the day"):
        splits.check(misdated, PLAN)


def test_a_station_day_in_two_splits_is_named_even_without_embargo():
    plan = SplitPlan(
        validation_start=pd.Timestamp("2020-04-01"),
        test_start=pd.Timestamp("2020-07-01"),
        embargo_days=0,
        window_days=1,
        horizon_days=1,
        override_embargo=True,
    )
    twice = pd.concat([_year().iloc[[5]]] * 2, ignore_index=True)
    twice["sample_id"] = pd.Series(["one", "two"], dtype="str")
    twice["split"] = pd.Series(["train", "test"], dtype="str")
    with pytest.raises(LeakError):
        splits.check(twice, plan)
    faults = dict(splits._faults(twice.iloc[[0]], twice.iloc[[1]], plan))
    assert len(faults["the same station-day in both"]) == 1


def test_the_digest_knows_rows_and_splits_but_not_their_order():
    table = _split(_year())
    whole = splits.digest(table)
    assert whole == splits.digest(table.sample(frac=1, random_state=0))
    moved = table.copy()
    moved.loc[0, "split"] = np.nan
    assert splits.digest(moved) != whole
    assert len(whole) == 64


def test_no_rows_have_no_leaks():
    table = _split(_year().iloc[:0])
    splits.check(table, PLAN)
