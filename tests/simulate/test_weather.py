import numpy as np
import numpy.testing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seismomag.core.errors import ConfigError
from seismomag.core.schema import check_space_weather
from seismomag.simulate import WeatherPlan
from seismomag.simulate.weather import MARGIN_DAYS, make_weather, space_weather_table


@given(seed=st.integers(0, 10_000), n_days=st.integers(1, 40))
@settings(max_examples=15, deadline=None)
def test_kp_comes_in_thirds_between_0_and_9(seed, n_days):
    kp = make_weather(WeatherPlan(), seed, n_days).kp
    assert kp.size == 8 * (n_days + 2 * MARGIN_DAYS)
    assert kp.min() >= 0
    assert kp.max() <= 9
    npt.assert_allclose(kp * 3, np.round(kp * 3), atol=1e-9)


def test_two_to_three_percent_of_days_reach_kp_5():
    shares = [
        (make_weather(WeatherPlan(), seed, 3_060).kp.reshape(-1, 8).max(axis=1) >= 5).mean()
        for seed in range(12)
    ]
    assert 0.023 <= np.mean(shares) <= 0.028


def test_kp_returns_after_27_days():
    correlations = []
    for seed in range(12):
        kp = make_weather(WeatherPlan(storms_per_day=0), seed, 2_000).kp
        daily = kp.reshape(-1, 8).mean(axis=1)
        daily = daily - daily.mean()
        lag = [np.mean(daily[k:] * daily[:-k]) / daily.var() for k in (13, 27)]
        correlations.append(lag)
    at_13, at_27 = np.mean(correlations, axis=0)
    assert at_27 > 0.15
    assert at_27 > at_13 + 0.15


def test_dst_falls_in_storms_and_recovers_within_days():
    weather = make_weather(WeatherPlan(storm_kp=(8, 9), storms_per_day=0.05), 3, 400)
    onset = int(np.argmin(weather.dst_nt))
    assert weather.dst_nt[onset] < -100
    assert weather.kp[max(onset // 3 - 8, 0) : onset // 3 + 1].max() >= 7
    quiet = np.repeat(weather.kp, 3) < 2
    assert -30 < np.median(weather.dst_nt[quiet]) < 5


def test_table_keeps_its_contract_and_publishes_late():
    table = check_space_weather(
        space_weather_table(make_weather(WeatherPlan(), 1, 5), np.datetime64("2030-01-01"))
    )
    kp = table.dropna(subset="kp")
    assert len(kp) == 8 * (5 + 2 * MARGIN_DAYS)
    assert kp["time"].iloc[0] == np.datetime64("2029-12-30")
    assert ((kp["available_time"] - kp["time"]) == np.timedelta64(4, "h")).all()
    dst = table.dropna(subset="dst_nt")
    assert ((dst["available_time"] - dst["time"]) == np.timedelta64(3, "h")).all()
    assert table["f107_sfu"].isna().all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kp_mean": -1}, "kp_mean=-1 must be a number of 0 or more"),
        ({"dst_decay_hours": 0}, "dst_decay_hours must be longer than 0"),
        ({"storm_kp": [9, 5]}, "must rise within 0-9"),
    ],
)
def test_nonsense_is_refused(change, message):
    with pytest.raises(ConfigError, match=message):
        WeatherPlan(**change)
