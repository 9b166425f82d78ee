"""The ETAS-like rate: its integral, its fit, and no look ahead."""

import numpy as np
import pandas as pd
import pytest

from seismomag.dataset.rule import LabelRule
from seismomag.dataset.seismic_rate import (
    OMORI_C_DAYS,
    OMORI_P,
    Origins,
    every_event,
    expected_aftershocks,
    expected_events,
    fit_rate,
)

START = np.datetime64("2010-01-01", "ns")
DAY = np.timedelta64(86_400_000_000_000, "ns")
CODES = np.array(["AAA", "BBB"], dtype=object)


def pairs(days, code="AAA", magnitude=5.0):
    return pd.DataFrame(
        {
            "station_code": code,
            "origin_time": START + (np.asarray(days) * 86400e9).astype("timedelta64[ns]"),
            "magnitude": np.broadcast_to(magnitude, len(days)),
        }
    )


def at(day):
    return np.array([START + np.timedelta64(round(day * 86400e9), "ns")])


def test_the_integral_agrees_with_a_fine_sum():
    origins = Origins(at(10.0), np.array([3.0]))
    found = expected_aftershocks(origins, at(12.0), at(15.0), at(11.0))
    t = np.linspace(2, 5, 100_001)
    assert found[0] == pytest.approx(3 * np.trapezoid((t + OMORI_C_DAYS) ** -OMORI_P, t))
    assert expected_aftershocks(origins, at(12.0), at(15.0), at(9.0))[0] == 0.0


def test_poisson_events_need_no_aftershocks_and_clusters_do():
    rng = np.random.default_rng(0)
    lone = np.sort(rng.uniform(0, 3000, 150))
    bursts = np.sort((lone[:40, None] + rng.exponential(0.5, (40, 4)).cumsum(axis=1)).ravel())
    end = START + 3000 * DAY
    poisson = fit_rate(pairs(lone), CODES, START, end, 5.0)
    burst = fit_rate(pairs(bursts), CODES, START, end, 5.0)
    assert burst.productivity > 5 * poisson.productivity
    assert poisson.mean_per_day["AAA"] == pytest.approx(150.5 / 3000)
    assert poisson.mean_per_day["BBB"] == pytest.approx(0.5 / 3000)
    assert burst.background_per_day["AAA"] < burst.mean_per_day["AAA"]


def test_the_rate_rises_after_an_event_and_fades():
    rng = np.random.default_rng(1)
    bursts = (np.arange(30)[:, None] * 100 + rng.exponential(0.5, (30, 4)).cumsum(axis=1)).ravel()
    model = fit_rate(pairs(np.sort(bursts)), CODES, START, START + 3000 * DAY, 5.0)
    now = START + np.array([2003, 2010, 2050]) * DAY
    rate = expected_events(model, "AAA", now, now + DAY, now)
    assert rate[0] > rate[1] > rate[2] > 0
    quiet = expected_events(model, "BBB", now, now + DAY, now)
    assert np.ptp(quiet) == 0


def test_aftershocks_feed_the_rate():
    rule = LabelRule(mainshocks_only=True)
    assert not every_event(rule).mainshocks_only
