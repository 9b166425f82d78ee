"""What is covered, and what is not."""

import numpy as np
import pandas as pd

from seismomag.core.schema import Catalogue
from seismomag.dataset.coverage import archive_coverage, covered


def test_an_interval_must_lie_inside_one_covered_time(make_catalogue):
    catalogue = make_catalogue([], (("2020-01-01", "2020-02-01"), ("2020-03-01", "2020-04-01")))
    start = np.array(
        ["2020-01-01", "2019-12-31", "2020-01-20", "2020-03-31", "2020-05-01"], "datetime64[ns]"
    )
    end = np.array(
        ["2020-02-01", "2020-01-05", "2020-03-05", "2020-04-01", "2020-05-02"], "datetime64[ns]"
    )
    assert covered(catalogue, start, end).tolist() == [True, False, False, True, False]


def test_a_catalogue_without_coverage_covers_nothing(make_catalogue):
    events = make_catalogue([("e", "2020-01-01", 0, 0, 10, 5)]).events
    day = np.array(["2020-01-01"], "datetime64[ns]")
    assert not covered(Catalogue(events, ()), day, day).any()


def test_runs_of_days_end_at_gaps_and_stations():
    samples = pd.DataFrame(
        {
            "station_code": ["A", "A", "A", "B", "B", "A"],
            "window_start": pd.to_datetime(
                ["2020-01-02", "2020-01-01", "2020-01-04", "2020-01-05", "2020-01-06", "2020-01-03"]
            ),
            "coverage": [1.0, 0.9, 1.0, 0.0, np.nan, 0.0],
        }
    )
    runs = archive_coverage(samples)
    assert runs["station_code"].tolist() == ["A", "A"]
    assert runs["start"].dt.day.tolist() == [1, 4]
    assert runs["end"].dt.day.tolist() == [3, 5]
    assert runs["n_days"].tolist() == [2, 1]
    assert archive_coverage(samples, minimum_coverage=0.95)["start"].dt.day.tolist() == [2, 4]


def test_an_archive_that_nobody_looked_at_covers_nothing():
    samples = pd.DataFrame(
        {
            "station_code": ["A"],
            "window_start": pd.to_datetime(["2020-01-01"]),
            "coverage": [np.nan],
        }
    )
    assert archive_coverage(samples).empty
