"""Matched controls: the same station, month and Kp; the nearest in year and coverage."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from seismomag.core.errors import ConfigError, SchemaError
from seismomag.dataset.controls import balance, matched_controls


def table(rows) -> pd.DataFrame:
    """Of (id, station, day, target, Kp, coverage)."""
    columns = ["sample_id", "station_code", "window_start", "is_target", "kp_max", "coverage"]
    made = pd.DataFrame(rows, columns=columns)
    return made.assign(
        window_start=pd.to_datetime(made["window_start"]),
        is_target=pd.array(made["is_target"], dtype="boolean"),
        dst_min_nt=-10.0 * made["kp_max"],
    ).astype({"kp_max": "float64", "coverage": "float64"})


def biased(seed: int, n: int = 6000) -> pd.DataFrame:
    """Positives in the late years, in the rainy months, at one station."""
    rng = np.random.default_rng(seed)
    day = pd.Timestamp("2018-01-01") + pd.to_timedelta(rng.integers(0, 2500, n), unit="D")
    code = rng.choice(["AAA", "BBB", "CCC"], n)
    lean = (
        1.2 * (day.year - 2021) + 1.5 * np.cos(2 * np.pi * day.day_of_year / 365) + (code == "AAA")
    )
    return table(
        {
            "sample_id": [f"s{i:05}" for i in range(n)],
            "station_code": code,
            "window_start": day,
            "is_target": rng.random(n) < 0.04 / (1 + np.exp(-lean)),
            "kp_max": rng.integers(0, 8, n).astype(float),
            "coverage": rng.uniform(0.5, 1, n),
        }
    )


def test_only_the_same_station_month_and_kp_will_do():
    samples = table(
        [
            ("p", "AAA", "2020-03-05", True, 1.0, 0.9),
            ("other_station", "BBB", "2020-03-06", False, 1.0, 0.9),
            ("other_month", "AAA", "2020-04-05", False, 1.0, 0.9),
            ("storm", "AAA", "2020-03-06", False, 6.0, 0.9),
            ("no_kp", "AAA", "2020-03-07", False, np.nan, 0.9),
            ("unknown", "AAA", "2020-03-08", None, 1.0, 0.9),
            ("far_year", "AAA", "2016-03-06", False, 2.0, 0.9),
        ]
    )
    found = matched_controls(samples)
    assert found.to_dict("records") == [
        {
            "sample_id": "p",
            "control_id": "far_year",
            "years_apart": 4.0,
            "coverage_difference": 0.0,
        }
    ]
    assert matched_controls(samples[samples["sample_id"] != "far_year"]).empty


def test_the_sum_of_differences_is_least_of_all_pairings():
    rng = np.random.default_rng(1)
    for _ in range(10):
        rows = [
            (f"{'p' if i < 3 else 'q'}{i}", "AAA", f"{rng.integers(2015, 2022)}-05-10", i < 3, 1, c)
            for i, c in enumerate(rng.uniform(0.8, 1, 8))
        ]
        samples = table(rows)
        found = matched_controls(samples)
        cost = (found["years_apart"] + found["coverage_difference"] / 0.02).sum()
        year = samples["window_start"].dt.year.to_numpy()
        share = samples["coverage"].to_numpy()
        best = min(
            sum(abs(year[i] - year[j]) + abs(share[i] - share[j]) / 0.02 for i, j in enumerate(q))
            for q in permutations(range(3, 8), 3)
        )
        assert cost == pytest.approx(best)


def test_each_control_is_used_once_and_several_may_be_asked_for():
    samples = biased(0)
    one, two = matched_controls(samples), matched_controls(samples, per_positive=2)
    for found in (one, two):
        assert not found["control_id"].duplicated().any()
    assert two["sample_id"].value_counts().max() == 2
    assert matched_controls(samples.sample(frac=1, random_state=0)).equals(one)


def test_matching_takes_the_bias_away():
    samples = biased(2)
    found = balance(samples, matched_controls(samples)).set_index("quantity")
    assert found.loc["year", "all_quiet"] > 0.5
    assert found.loc["season, cosine", "all_quiet"] > 0.2
    assert (found["matched"].abs() < 0.1).all()


def test_balance_by_hand():
    samples = table(
        [
            ("a", "AAA", "2020-03-05", True, 1.0, 0.9),
            ("b", "AAA", "2022-03-05", True, 1.0, 0.9),
            ("c", "AAA", "2018-03-05", False, 1.0, 0.9),
            ("d", "AAA", "2020-03-05", False, 1.0, 0.9),
        ]
    )
    found = balance(samples, matched_controls(samples)).set_index("quantity")["all_quiet"]
    assert found["year"] == pytest.approx(2 / np.sqrt(2))
    assert found["coverage"] == 0.0
    assert found["station, largest share"] == 0.0


def test_missing_coverage_is_alike_and_differs_from_known():
    samples = table(
        [
            ("p", "AAA", "2020-03-05", True, 1.0, np.nan),
            ("known", "AAA", "2020-03-06", False, 1.0, 0.9),
            ("missing", "AAA", "2018-03-07", False, 1.0, np.nan),
        ]
    )
    assert matched_controls(samples)["control_id"].tolist() == ["missing"]
    assert np.isnan(
        balance(samples, matched_controls(samples)).set_index("quantity")["matched"]
    ).all()


def test_parts_of_the_local_day_may_be_matched():
    samples = biased(3, 400).assign(night_coverage=1.0)
    columns = ("coverage", "night_coverage")
    halved = matched_controls(samples, coverage_columns=columns)["coverage_difference"].sum()
    assert halved < matched_controls(samples)["coverage_difference"].sum()
    with pytest.raises(SchemaError, match="no column dusk"):
        matched_controls(samples, coverage_columns=("dusk",))
    with pytest.raises(ConfigError, match="must be 1 or more"):
        matched_controls(samples, per_positive=0)


def test_no_rows_no_controls():
    none = biased(4, 50).iloc[:0]
    assert matched_controls(none).empty
    assert balance(none, matched_controls(none))["matched"].isna().all()
