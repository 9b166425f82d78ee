"""Nearest neighbours in time, space and size: equal to loops, and planted families are found."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.mixture import GaussianMixture

from seismomag.dataset import decluster_nearest
from seismomag.dataset.decluster import DECLUSTERING, gardner_knopoff
from seismomag.dataset.decluster_nearest import (
    border,
    nearest_neighbour,
    nearest_parents,
    two_modes,
)
from seismomag.dataset.rule import LabelRule
from seismomag.readers.catalogues import read_catalogue

YEAR_S = 365.25 * 86_400


def events(days, lat, lon, size) -> pd.DataFrame:
    n = len(days)
    return pd.DataFrame(
        {
            "event_id": pd.Series([f"e{i}" for i in range(n)], dtype="str"),
            "origin_time": pd.Timestamp("2000-01-01") + pd.to_timedelta(days, unit="D"),
            "latitude_deg": np.asarray(lat, float),
            "longitude_deg": np.asarray(lon, float),
            "magnitude": np.asarray(size, float),
        }
    )


def random_events(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    size = 4.5 + rng.exponential(0.43, n)
    size[rng.random(n) < 0.05] = np.nan
    days = np.sort(rng.uniform(0, 4000, n) ** rng.uniform(0.5, 1))
    return events(days, rng.normal(-5, 4, n), rng.normal(110, 6, n), size)


def families(n_mainshocks: int, n_after: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Mainshocks at random and, soon after and close to the largest, aftershocks."""
    rng = np.random.default_rng(seed)
    days, lat = rng.uniform(0, 7000, n_mainshocks), rng.uniform(-10, 5, n_mainshocks)
    lon, size = rng.uniform(95, 140, n_mainshocks), 4.5 + rng.exponential(0.43, n_mainshocks)
    main = rng.choice(np.argsort(size)[-n_mainshocks // 10 :], n_after)
    after = days[main] + rng.exponential(5.0, n_after)
    table = events(
        np.r_[days, after],
        np.r_[lat, lat[main] + rng.normal(0, 0.05, n_after)],
        np.r_[lon, lon[main] + rng.normal(0, 0.05, n_after)],
        np.r_[size, np.full(n_after, 4.5)],
    )
    return table, np.r_[np.arange(n_mainshocks), main]


def loops(table: pd.DataFrame, df: float, b: float) -> np.ndarray:
    """log10 eta of the nearest parent, written as the paper writes it."""
    out = np.full(len(table), np.inf)
    lat, lon = np.deg2rad(table["latitude_deg"]), np.deg2rad(table["longitude_deg"])
    seconds = table["origin_time"].to_numpy("datetime64[ns]").astype(np.int64) / 1e9
    for j in range(len(table)):
        for i in range(j):
            if np.isnan(table["magnitude"][i]):
                continue
            half = (
                np.sin((lat[j] - lat[i]) / 2) ** 2
                + np.cos(lat[i]) * np.cos(lat[j]) * np.sin((lon[j] - lon[i]) / 2) ** 2
            )
            km = max(2 * 6371.0 * np.arcsin(np.sqrt(half)), 0.1)
            years = max(seconds[j] - seconds[i], 1.0) / YEAR_S
            out[j] = min(out[j], np.log10(years * km**df) - b * table["magnitude"][i])
    return out


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1.2, 1.6]), st.sampled_from([0.8, 1.0]))
def test_the_nearest_parent_is_that_of_loops(seed, df, b):
    table = random_events(40, seed)
    parent, found = nearest_parents(table, fractal_dimension=df, b_value=b)
    np.testing.assert_allclose(found, loops(table, df, b), rtol=0, atol=1e-6)
    known = parent >= 0
    assert (parent[known] < np.flatnonzero(known)).all()
    assert not np.isnan(table["magnitude"].to_numpy()[parent[known]]).any()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.booleans())
def test_looking_back_by_place_loses_nobody(seed, dense, is_clustered):
    table = random_events(400, seed)
    if is_clustered:
        table, _ = families(250, 150, seed)
        table = table.sort_values("origin_time", ignore_index=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decluster_nearest, "_DENSE", 10_000)
        everything = nearest_parents(table)
        patch.setattr(decluster_nearest, "_DENSE", dense)
        patch.setattr(decluster_nearest, "_BLOCK", 16)
        quick = nearest_parents(table)
    np.testing.assert_array_equal(quick[1], everything[1])
    np.testing.assert_array_equal(quick[0], everything[0])


def test_planted_families_are_found():
    table, family = families(2000, 2000, 7)
    found = nearest_neighbour(table)
    after = np.arange(2000, 4000)
    assert found["is_mainshock"][:2000].mean() > 0.93
    assert found["is_mainshock"][after].mean() < 0.02
    leader = found["cluster_id"].to_numpy()[after]
    right = found["cluster_id"].to_numpy()[family[after]]
    assert (leader == right).mean() > 0.95


def test_two_modes_are_those_of_scikit_learn():
    rng = np.random.default_rng(3)
    value = np.r_[rng.normal(-9, 1.2, 3000), rng.normal(-4.5, 0.7, 5000)]
    modes = two_modes(value)
    theirs = GaussianMixture(2, random_state=0, tol=1e-8, max_iter=1000).fit(value[:, None])
    order = np.argsort(theirs.means_.ravel())
    np.testing.assert_allclose(modes.mean, theirs.means_.ravel()[order], atol=2e-3)
    np.testing.assert_allclose(modes.share, theirs.weights_[order], atol=2e-3)
    np.testing.assert_allclose(
        modes.deviation, np.sqrt(theirs.covariances_.ravel()[order]), atol=2e-3
    )
    at = border(modes)
    label = theirs.predict([[at - 0.02], [at + 0.02]])
    assert theirs.means_[label[0], 0] < theirs.means_[label[1], 0]


def test_where_one_mode_outweighs_the_other_the_middle_is_the_border():
    modes = decluster_nearest.Modes(
        np.array([0.999, 0.001]), np.array([0.0, 1.0]), np.array([1.0, 1.0])
    )
    assert border(modes) == 0.5


@pytest.mark.parametrize("name", sorted(DECLUSTERING))
def test_every_method_keeps_order_index_and_ids(name):
    table = random_events(60, 1)
    mixed = table.sample(frac=1, random_state=0)
    found = DECLUSTERING[name](mixed)
    assert found.index.equals(mixed.index)
    pd.testing.assert_frame_equal(found.sort_index(), DECLUSTERING[name](table))
    led = found.set_index("event_id")
    assert led.loc[found["cluster_id"], "is_mainshock"].all()
    assert found["is_mainshock"].sum() == found["cluster_id"].nunique()
    assert DECLUSTERING[name](table.iloc[:0]).empty
    assert LabelRule(declustering=name).declustering == name


def test_too_few_events_are_not_linked():
    table, _ = families(20, 5, 0)
    assert nearest_neighbour(table)["is_mainshock"].all()
    assert not nearest_neighbour(table, threshold=10.0)["is_mainshock"].all()


def test_the_largest_leads_and_of_equals_the_earliest():
    table = events([0, 1, 2, 3], [0, 0, 0, 0], [100, 100, 100, 100], [5.0, 6.0, 6.0, np.nan])
    found = nearest_neighbour(table, threshold=100.0)
    assert found["cluster_id"].tolist() == ["e1"] * 4
    assert found["is_mainshock"].tolist() == [False, True, False, False]


@pytest.mark.real_data
def test_both_methods_agree_on_most_mainshocks_of_indonesia(real_data):
    table = read_catalogue(
        real_data / "catalogues" / "bmkg_2018-01_2025-08.csv.xz", minimum_magnitude=4.5
    ).events
    one, other = gardner_knopoff(table), nearest_neighbour(table)
    assert 0.6 < other["is_mainshock"].mean() < 0.9
    large = table["magnitude"] >= 6.5
    assert (one["is_mainshock"] == other["is_mainshock"])[large].mean() > 0.8
