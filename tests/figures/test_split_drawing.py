"""The drawing of a split shows the times and the counts of the table it was given."""

import numpy as np
import pandas as pd
import pytest

from seismomag.dataset.labels import LabelRule
from seismomag.dataset.splits import SplitPlan, assign_splits
from seismomag.figures.split_drawing import split_drawing


@pytest.fixture(scope="module")
def samples():
    day = np.tile(np.arange("2020-01-01", "2020-12-01", dtype="datetime64[D]"), 2)
    horizon = LabelRule().horizon(day, 540)
    n = len(day)
    table = pd.DataFrame(
        {
            "sample_id": [f"r{i}" for i in range(n)],
            "station_code": np.repeat(["AAA", "B$B"], n // 2),
            "window_start": day.astype("datetime64[ns]"),
            "issue_time": horizon.issue_time,
            "horizon_start": horizon.start,
            "horizon_end": horizon.end,
            "is_target": pd.array(np.arange(n) % 7 == 0, dtype="boolean"),
            "cluster_id": pd.Series([None] * n, dtype="str"),
        }
    )
    plan = SplitPlan(
        validation_start=pd.Timestamp("2020-05-01"),
        test_start=pd.Timestamp("2020-08-01"),
        embargo_days=30,
        window_days=1,
        horizon_days=14,
    )
    return table.assign(split=assign_splits(table, plan))


def words(axes):
    return [text.get_text() for text in axes.texts]


def test_it_measures_the_embargo_between_the_issue_times(samples):
    above, _ = split_drawing(samples).axes
    # Before 1 April 00:00 the last issue is that of the day of 30 March, on the 31st at 00:09.
    assert "embargo: 31 days between the issue times" in words(above)
    assert {"window", "issue time", "horizon: the label looks in here"} <= set(words(above))
    assert [t.get_text() for t in above.get_yticklabels()] == [
        "last row\nof train",
        "first row\nof validation",
    ]
    assert above.get_xlabel() == "time after 00:00 UTC of 2020-03-30 (days)"


def test_it_counts_the_rows_of_each_split(samples):
    _, below = split_drawing(samples).axes
    counts = samples["split"].value_counts()
    legend = [text.get_text() for text in below.get_legend().get_texts()]
    assert legend == [
        *(f"{name}, {counts[name]} rows" for name in ("train", "validation", "test")),
        f"no split, {samples['split'].isna().sum()} rows",
        f"a target, {samples['is_target'].sum()} rows",
    ]
    assert [t.get_text() for t in below.get_yticklabels()] == ["AAA", "B$B"]
    assert "UTC" in below.get_xlabel()


def test_every_row_is_drawn_once(samples):
    _, below = split_drawing(samples).axes
    bars = below.collections
    days = sum(path.get_extents().width for bar in bars for path in bar.get_paths())
    assert days == pytest.approx(len(samples))
    ticks = sum(len(line.get_xdata()) for line in below.lines)
    assert ticks == samples["is_target"].sum()


def test_one_split_alone_has_no_border(samples):
    (axes,) = split_drawing(samples[samples["split"] == "test"]).axes
    assert "fewer than two splits have rows" in words(axes)
