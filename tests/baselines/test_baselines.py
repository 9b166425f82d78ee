from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from seismomag.baselines import BASELINES, Context
from seismomag.core.schema import (
    Catalogue,
    Interval,
    check_forecast,
    magnitude_class_columns,
)
from seismomag.core.stations import Station
from seismomag.dataset.labels import LabelRule, make_samples

START = np.datetime64("2012-01-01")
N_DAYS = 500
STATIONS = (
    Station(station_code="AAA", latitude_deg=0.0, longitude_deg=100.0),
    Station(station_code="BBB", latitude_deg=0.0, longitude_deg=110.0),
)
RULE = LabelRule(minimum_magnitude=5.0, magnitude_edges=(5.0, 6.0), horizon_days=7)


def catalogue(seed=0, n=80):
    rng = np.random.default_rng(seed)
    origin = START.astype("datetime64[s]") + np.sort(rng.integers(0, N_DAYS * 86400, n))
    at_first = rng.random(n) < 0.75
    events = pd.DataFrame(
        {
            "event_id": [f"e{i}" for i in range(n)],
            "origin_time": origin.astype("datetime64[ns]"),
            "latitude_deg": np.where(at_first, 0.5, -0.5),
            "longitude_deg": np.where(at_first, 100.0, 110.0),
            "depth_km": np.full(n, 10.0),
            "magnitude": 4.5 + rng.exponential(0.5, n),
            "magnitude_type": "Mw",
            "source": "test",
        }
    )
    start = pd.Timestamp(START)
    return Catalogue(events, (Interval(start, start + pd.Timedelta(days=N_DAYS)),))


def weather(seed=0):
    rng = np.random.default_rng(seed)
    time = START.astype("datetime64[ns]") + np.arange(N_DAYS) * np.timedelta64(1, "D")
    return pd.DataFrame(
        {
            "time": time,
            "kp": np.where(rng.random(N_DAYS) < 0.1, np.nan, rng.uniform(0, 8, N_DAYS)),
            "dst_nt": np.where(rng.random(N_DAYS) < 0.1, np.nan, rng.normal(-20, 20, N_DAYS)),
            "f107_sfu": 100.0,
            "status": "final",
            "available_time": time + np.timedelta64(2, "h"),
        }
    )


def table(events, kp):
    days = pd.DataFrame(
        {
            "station_code": np.repeat(["AAA", "BBB"], N_DAYS - 20),
            "day": np.tile(START + np.arange(N_DAYS - 20), 2).astype("datetime64[ns]"),
        }
    )
    return make_samples(STATIONS, days, RULE, events, kp, reach_s=540)


@pytest.fixture(scope="module")
def samples():
    return table(catalogue(), weather())


@pytest.fixture(scope="module")
def context():
    return Context(catalogue=catalogue(), stations=STATIONS, rule=RULE, space_weather=weather())


def parts(samples):
    age = (samples["window_start"] - pd.Timestamp(START)).dt.days
    return samples[age < 300], samples[age >= 320].reset_index(drop=True)


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_gives_a_forecast_of_every_row(name, samples, context):
    train, later = parts(samples)
    forecast = BASELINES[name](train, context)(later)
    check_forecast(forecast)
    assert list(forecast["sample_id"]) == list(later["sample_id"])
    assert set(forecast["model_id"]) == {name}


@pytest.mark.parametrize("name", BASELINES)
def test_what_happens_after_the_issue_time_moves_nothing(name, samples, context):
    """Another catalogue and other storms after each issue time, other labels everywhere."""
    train, later = parts(samples)
    predict = BASELINES[name](train, context)
    before = predict(later)
    now = later["issue_time"].iloc[60]
    events = catalogue().events
    past = events[events["origin_time"] < now]
    future = catalogue(seed=9).events
    future = future[future["origin_time"] >= now].assign(event_id=lambda t: "x" + t["event_id"])
    other = Catalogue(pd.concat([past, future], ignore_index=True), catalogue().coverage)
    kp = weather()
    kp.loc[kp["available_time"] > now, ["kp", "dst_nt"]] = [0.3, -200.0]
    changed = table(other, kp)
    changed = changed.set_index("sample_id").loc[later["sample_id"]].reset_index()
    moved = replace(context, catalogue=other, space_weather=kp)
    after = BASELINES[name](train, moved)(changed)
    known = (later["issue_time"] <= now).to_numpy()
    assert known.sum() > 100
    columns = ["sample_id", "probability", "azimuth_deg", *magnitude_class_columns(before)]
    pd.testing.assert_frame_equal(before.loc[known, columns], after.loc[known, columns])


@pytest.mark.parametrize("name", BASELINES)
def test_predicting_does_not_read_the_labels(name, samples, context):
    train, later = parts(samples)
    predict = BASELINES[name](train, context)
    blind = later.assign(
        is_target=pd.array([None] * len(later), dtype="boolean"),
        magnitude=np.nan,
        azimuth_deg=np.nan,
    )
    pd.testing.assert_frame_equal(predict(blind), predict(later))


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize("kind", ["none", "quiet", "unknown"])
def test_a_training_set_that_teaches_nothing_still_gives_a_forecast(name, kind, samples, context):
    train, later = parts(samples)
    if kind == "none":
        train = train[:0]
    else:
        label = [False if kind == "quiet" else None] * len(train)
        train = train.assign(is_target=pd.array(label, dtype="boolean"))
    forecast = BASELINES[name](train, context)(later)
    assert forecast["probability"].between(0, 1).all()


def test_climatology_knows_the_rate_the_direction_and_the_size_of_each_station(samples, context):
    train, later = parts(samples)
    forecast = BASELINES["station_climatology"](train, context)(later)
    by_station = forecast.groupby("station_code")["probability"].first()
    known = train[train["is_target"].notna()]
    rate = known["is_target"].astype(float).groupby(known["station_code"]).mean()
    np.testing.assert_allclose(by_station, rate, atol=0.01)
    azimuth = forecast.groupby("station_code")["azimuth_deg"].first()
    assert (azimuth["AAA"], azimuth["BBB"]) == (0, 180)
    assert (forecast["magnitude_class_0"] == 1).all()
    stranger = later.assign(station_code="ZZZ")
    said = BASELINES["station_climatology"](train, context)(stranger)
    assert said["azimuth_deg"].isna().all()
    assert np.ptp(said["probability"]) == 0


def test_the_automatic_alarm_rises_after_an_event_and_fades(samples, context):
    train, later = parts(samples)
    forecast = BASELINES["recent_earthquake"](train, context)(later)
    events = context.catalogue.events
    near = events[(events["longitude_deg"] == 100) & (events["magnitude"] >= 4.5)]
    mine = forecast[forecast["station_code"] == "AAA"].reset_index(drop=True)
    age = [
        (t - near.loc[near["origin_time"] <= t - pd.Timedelta(hours=1), "origin_time"].max())
        / pd.Timedelta(days=1)
        for t in mine["issue_time"]
    ]
    recency = np.clip(1 - np.array(age) / 7, 0, None)
    order = np.argsort(recency, kind="stable")
    assert (np.diff(mine["probability"].to_numpy()[order]) >= -1e-12).all()
    assert mine["probability"].nunique() > 20


def test_calibrated_baselines_keep_the_base_rate_in_training(samples, context):
    train, _ = parts(samples)
    known = train[train["is_target"].notna()]
    rate = known["is_target"].astype(float).mean()
    for name in ("recent_earthquake", "kp_only", "station_climatology"):
        forecast = BASELINES[name](train, context)(known)
        assert forecast["probability"].mean() == pytest.approx(rate, abs=0.01)


def test_kp_baselines_follow_kp_in_opposite_senses(samples, context):
    train, later = parts(samples)
    stormy = train["kp_max"].fillna(0) > 5
    planted = train.assign(is_target=pd.array(stormy, dtype="boolean"))
    kp = later["kp_max"].to_numpy(dtype=float)
    known = np.isfinite(kp)
    rises = BASELINES["kp_only"](planted, context)(later)["probability"].to_numpy()
    falls = BASELINES["kp_inverse"](planted, context)(later)["probability"].to_numpy()
    assert np.corrcoef(kp[known], rises[known])[0, 1] > 0.8
    assert np.corrcoef(kp[known], falls[known])[0, 1] < -0.95


def test_the_smoothed_rate_jumps_after_an_event_and_keeps_the_base_rate(samples, context):
    train, later = parts(samples)
    predict = BASELINES["smoothed_rate"](train, context)
    known = train[train["is_target"].notna()]
    rate = known["is_target"].astype(float).mean()
    assert predict(known)["probability"].mean() == pytest.approx(rate, abs=0.01)
    said = predict(later)
    by_station = said.groupby("station_code")["probability"]
    assert by_station.mean()["AAA"] > by_station.mean()["BBB"]
    quiet = replace(context, catalogue=Catalogue(context.catalogue.events[:0], ()))
    still = BASELINES["smoothed_rate"](train, quiet)(later)
    assert np.ptp(still["probability"]) < 1e-9


def test_the_season_counts_at_each_station(samples, context):
    train, _ = parts(samples)
    january = train["horizon_start"].dt.quarter == 1
    mine = train["station_code"] == "AAA"
    planted = train.assign(is_target=pd.array(january & mine, dtype="boolean"))
    said = BASELINES["station_season"](planted, context)(train)["probability"].to_numpy()
    assert said[(january & mine).to_numpy()].min() > said[(~january & mine).to_numpy()].max()
    assert said[~mine.to_numpy()].max() < 0.1


def test_a_coin_knows_nothing_but_the_name_of_the_row(samples, context):
    train, later = parts(samples)
    said = BASELINES["coin"](train, context)(later)["probability"].to_numpy()
    assert abs(said.mean() - 0.5) < 0.05
    assert np.unique(said).size == said.size


def test_metadata_find_what_depends_on_kp_alone(samples, context):
    train, later = parts(samples)
    stormy = train["kp_max"].fillna(0) > 5
    planted = train.assign(is_target=pd.array(stormy, dtype="boolean"))
    said = BASELINES["metadata_only"](planted, context)(later)["probability"].to_numpy()
    truth = (later["kp_max"].fillna(0) > 5).to_numpy()
    assert said[truth].min() > said[~truth].max()
