"""Rules that read a few band powers: planted changes are found, the future is not read."""

import numpy as np
import pandas as pd
import pytest

from seismomag.baselines import BASELINES, Context
from seismomag.baselines.day_features import FEATURES, day_features, feature_table, is_night
from seismomag.baselines.magnetometer import MAGNETOMETER, running_sigmas
from seismomag.core.schema import (
    CATALOGUE_COLUMNS,
    SAMPLE_COLUMNS,
    SPACE_WEATHER_COLUMNS,
    Catalogue,
    Interval,
    check_forecast,
    empty_table,
)
from seismomag.core.stations import Station
from seismomag.dataset.labels import LabelRule

START = np.datetime64("2015-01-01")
STATIONS = tuple(
    Station(station_code=code, latitude_deg=0.0, longitude_deg=lon)
    for code, lon in (("AAA", 100.0), ("BBB", 110.0))
)
RULE = LabelRule(minimum_magnitude=5.0, magnitude_edges=(5.0,), horizon_days=7)
N_DAYS = 400


def samples(seed=0):
    rng = np.random.default_rng(seed)
    n = 2 * N_DAYS
    day = np.tile(START + np.arange(N_DAYS), 2).astype("datetime64[ns]")
    table = empty_table(SAMPLE_COLUMNS).reindex(range(n))
    target = np.zeros((2, N_DAYS), bool)
    for begin in rng.integers(60, N_DAYS - 7, 24):
        target[rng.integers(2), begin : begin + 7] = True
    return table.assign(
        sample_id=[f"s{i:04d}" for i in range(n)],
        station_code=np.repeat(["AAA", "BBB"], N_DAYS),
        window_start=day,
        issue_time=day + np.timedelta64(86940, "s"),
        horizon_start=day + np.timedelta64(2, "D"),
        horizon_end=day + np.timedelta64(9, "D"),
        kp_max=2.0,
        dst_min_nt=-10.0,
        coverage=1.0,
        is_target=pd.array(target.ravel(), dtype="boolean"),
        store_row=np.arange(n, dtype=float),
    )


def features(table, strength, seed=1):
    rng = np.random.default_rng(seed)
    planted = strength * table["is_target"].to_numpy(dtype=float)
    columns = {name: rng.normal(0, 1, len(table)) for name in FEATURES}
    for name in ("log_night_ratio", "log_ratio_1"):
        columns[name] = columns[name] + planted
    head = pd.DataFrame(
        {
            "sample_id": table["sample_id"],
            "station_code": table["station_code"],
            "day": table["window_start"],
        }
    )
    return head.assign(**columns)


def context(day_table):
    end = pd.Timestamp(START) + pd.Timedelta(days=N_DAYS + 30)
    time = START.astype("datetime64[ns]") + np.arange(N_DAYS) * np.timedelta64(1, "D")
    weather = pd.DataFrame(
        {
            "time": time,
            "kp": np.random.default_rng(5).uniform(0, 6, N_DAYS),
            "dst_nt": -10.0,
            "f107_sfu": 100.0,
            "status": "final",
            "available_time": time + np.timedelta64(2, "h"),
        }
    )
    assert set(weather) == set(SPACE_WEATHER_COLUMNS)
    return Context(
        catalogue=Catalogue(empty_table(CATALOGUE_COLUMNS), (Interval(pd.Timestamp(START), end),)),
        stations=STATIONS,
        rule=RULE,
        space_weather=weather,
        day_features=day_table,
    )


def auc(forecast, table):
    from seismomag.audit.scores import auc as area

    return float(area(forecast["probability"].to_numpy(), table["is_target"].to_numpy(bool)))


@pytest.mark.parametrize("name", MAGNETOMETER)
def test_a_planted_change_is_found_and_none_is_not(name):
    table = samples()
    train, later = table[::2], table[1::2].reset_index(drop=True)
    found = BASELINES[name](train, context(features(table, 2.5)))(later)
    check_forecast(found)
    assert auc(found, later) > 0.8
    nothing = BASELINES[name](train, context(features(table, 0.0)))(later)
    assert auc(nothing, later) == pytest.approx(0.5, abs=0.12)


@pytest.mark.parametrize("name", MAGNETOMETER)
def test_features_of_later_days_move_nothing(name):
    table = samples()
    age = (table["window_start"] - pd.Timestamp(START)).dt.days
    train, later = table[age < 200], table[age >= 240].reset_index(drop=True)
    before = features(table, 1.0)
    changed = before.copy()
    changed.loc[age > 300, list(FEATURES)] = 9.0
    now = (later["window_start"] <= pd.Timestamp(START) + pd.Timedelta(days=300)).to_numpy()
    first = BASELINES[name](train, context(before))(later)
    second = BASELINES[name](train, context(changed))(later)
    pd.testing.assert_frame_equal(first[now], second[now])
    assert not first[~now].equals(second[~now])


@pytest.mark.parametrize("name", MAGNETOMETER)
def test_days_that_were_not_recorded_get_the_base_rate(name):
    table = samples()
    day_table = features(table, 1.0)
    day_table.loc[table.index[1::2], list(FEATURES)] = np.nan
    said = BASELINES[name](table[::2], context(day_table))(table[1::2])
    assert np.ptp(said["probability"]) == 0


def test_the_running_sigma_counts_earlier_days_only():
    table = pd.DataFrame(
        {
            "sample_id": [f"s{i}" for i in range(60)],
            "station_code": "AAA",
            "day": pd.date_range("2015-01-01", periods=60),
        }
    )
    value = pd.Series(np.r_[np.tile([-1.0, 1.0], 20), np.full(20, 7.0)])
    sigma = running_sigmas(table, value)
    assert sigma.iloc[:30].isna().all()
    spread = value[:40].std()
    assert sigma["s40"] == pytest.approx(7.0 / spread)


def test_the_night_ratio_reads_the_local_night_and_its_band():
    frequency = np.geomspace(0.01, 0.1, 16)
    planes = np.ones((3, 16, 144))
    night = is_night(144, 105.0)
    assert night.sum() == 24
    assert np.flatnonzero(night)[0] * 10 / 60 == 15.0
    planes[2][:, night] = 4.0
    planes[2][frequency > 0.045] = 50.0
    told = dict(zip(FEATURES, day_features(planes, frequency, 105.0), strict=True))
    assert told["log_night_ratio"] == pytest.approx(np.log(4 / np.sqrt(2)))
    assert told["log_h_0"] == pytest.approx(0.0)
    assert told["log_ratio_3"] == pytest.approx(np.log(50 / np.sqrt(2)))


def test_a_table_of_features_keeps_the_order_and_leaves_gaps():
    table = samples()[:4].assign(store_row=[0.0, np.nan, 2.0, 3.0])
    frequency = np.geomspace(0.01, 0.1, 8)

    def read(row):
        return np.full((3, 8, 48), np.nan if row == 3 else 1.0 + row)

    said = feature_table(table, read, frequency, STATIONS)
    assert list(said["sample_id"]) == list(table["sample_id"])
    assert said["log_h_0"].round(4).tolist()[0::2] == [0.0, round(float(np.log(3)), 4)]
    assert said.loc[[1, 3], list(FEATURES)].isna().all(axis=None)
