"""Pictures of leaks draw what they are given, and say so where there is nothing."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from seismomag.figures import leaks


def rows(n_days=40, step=1):
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(n_days) * step, "D")
    table = pd.DataFrame({"station": np.repeat(["AAA", "BBB"], n_days), "day": [*day, *day]})
    table["is_target"] = pd.array(np.arange(2 * n_days) % 3 == 0, dtype="boolean")
    table["split"] = np.where(table["day"] < day[n_days // 2], "train", "test")
    table["kp_max"] = np.where(table["is_target"], 9.0, 2.0)
    return table


def picture(figure, axes):
    return figure.axes[axes].get_images()[0].get_array()


def test_the_heat_map_shows_quiet_event_and_both():
    table = rows()
    twice = table.iloc[[0]].assign(is_target=pd.array([False], dtype="boolean"))
    figure = leaks.label_heat_map(pd.concat([table, twice]))
    shown = picture(figure, 1)
    assert shown.shape == (2, 40)
    assert shown[0, 0] == leaks.BOTH
    assert shown[0, 1] == leaks.QUIET
    assert shown[0, 3] == leaks.EVENT
    assert [t.get_text() for t in figure.axes[0].get_yticklabels()] == ["train", "test"]


def test_a_long_table_shares_cells_among_days_and_leaves_gaps_empty():
    figure = leaks.label_heat_map(rows(n_days=400, step=10))
    shown = picture(figure, 1)
    assert shown.shape[1] <= leaks.MOST_COLUMNS
    assert np.isnan(shown.filled(np.nan)).any()


def test_kp_by_class_gives_shares_of_each_class():
    figure = leaks.kp_by_class(rows())
    tops = [np.nanmax(patch.get_data().values) for patch in figure.axes[0].patches]
    assert tops == [1.0, 1.0]


def test_scores_columns_and_embargoes_are_drawn():
    table = rows().assign(score=0.4)
    assert len(leaks.score_by_date(table, "score").axes[0].lines) == 2
    columns = pd.DataFrame(
        {"column": ["kp_max", "template"], "auc": [0.6, 0.9], "low": [0.5, 0.8], "high": [0.7, 1.0]}
    )
    labels = leaks.column_areas(columns).axes[0].get_yticklabels()
    assert [t.get_text() for t in labels] == ["kp_max", "template"]
    curve = pd.DataFrame(
        {"embargo_days": [0, 30], "auc": [0.9, 0.5], "low": [0.8, 0.4], "high": [1.0, 0.6]}
    )
    assert list(leaks.embargo_figure(curve).axes[0].lines[1].get_ydata()) == [0.9, 0.5]


@pytest.mark.parametrize(
    "figure",
    [
        leaks.label_heat_map(rows()[:0]),
        leaks.kp_by_class(rows()[:0]),
        leaks.score_by_date(rows()[:0].assign(score=0.0), "score"),
        leaks.column_areas(pd.DataFrame(columns=["column", "auc", "low", "high"])),
        leaks.embargo_figure(pd.DataFrame(columns=["embargo_days", "auc", "low", "high"])),
    ],
)
def test_nothing_is_drawn_as_nothing(figure):
    assert isinstance(figure, Figure)
    assert any(text.get_text() for text in figure.axes[0].texts)
