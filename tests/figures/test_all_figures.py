"""What must hold for every figure."""

import copy
import dataclasses
import io
import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from pandas.testing import assert_frame_equal

from seismomag.core.errors import SchemaError
from seismomag.figures import curves
from seismomag.figures.azimuth import azimuth_rose
from seismomag.figures.calendar import alarm_calendar
from seismomag.figures.day import day_figure
from seismomag.figures.map import station_map
from seismomag.figures.molchan import molchan_diagram
from seismomag.figures.nulls import shift_null_figure
from seismomag.figures.reliability import reliability_diagram
from seismomag.figures.storms import storm_table_figure
from seismomag.figures.training import training_curves

OF_REPORT = (
    molchan_diagram,
    reliability_diagram,
    azimuth_rose,
    storm_table_figure,
    alarm_calendar,
    shift_null_figure,
)

UNITS = (
    "(nT)",
    "(mHz)",
    "(degrees)",
    "(degrees)",
    "(share of",
    "(share)",
    "(count)",
    "(days)",
    "(0 to 1)",
    "(UTC days)",
    "(nats per sample)",
    "UTC",
    "(Kp)",
    "(score 0 to",
    "counts and skill",
    "area = share of pairs",
)


def assert_labelled(figure):
    for axes in figure.axes:
        texts = [axes.get_ylabel()]
        below = axes.get_xlabel()
        shares = [a for a in figure.axes if a is axes or axes.get_shared_x_axes().joined(a, axes)]
        texts.append(below or next((a.get_xlabel() for a in shares if a.get_xlabel()), ""))
        if axes.name == "polar" or axes.get_label() == "<colorbar>":
            texts = [text for text in texts if text]
        beside = [a for a in figure.axes if axes.get_shared_y_axes().joined(a, axes)]
        texts[0] = texts[0] or next((a.get_ylabel() for a in beside if a.get_ylabel()), "")
        assert texts, "an axis without a label"
        for text in texts:
            assert any(unit in text for unit in UNITS), f"no unit in {text!r}"


@pytest.fixture(scope="session")
def figures(invented, report):
    drawn = {draw.__name__: draw(report) for draw in OF_REPORT}
    drawn["day"] = day_figure(
        invented.make_day(), invented.make_scalogram(), station=invented.make_stations()[11]
    )
    drawn["map"] = station_map(invented.make_stations(), invented.make_events(), alarms=["ALR"])
    drawn["training"] = training_curves(invented.make_metrics())
    return drawn


NAMES = [draw.__name__ for draw in OF_REPORT] + ["day", "map", "training"]


@pytest.mark.parametrize("name", NAMES)
def test_every_axis_names_what_it_shows_and_in_which_unit(figures, name):
    assert isinstance(figures[name], Figure)
    assert_labelled(figures[name])


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_can_be_rendered(figures, name):
    buffer = io.BytesIO()
    figures[name].savefig(buffer, format="png", dpi=40)
    assert len(buffer.getvalue()) > 2000


@pytest.mark.parametrize("draw", OF_REPORT)
def test_an_audit_without_events_gives_a_panel_with_the_reason(empty_report, draw):
    figure = draw(empty_report)
    said = [text.get_text() for text in figure.axes[0].texts]
    assert len(said) == 1
    assert said[0] in curves.REASONS.values()


@pytest.mark.parametrize("draw", OF_REPORT)
def test_drawing_changes_nothing_it_was_given(report, draw):
    before = {name: table.copy() for name, table in report.curves.items()}
    draw(report)
    for name, table in before.items():
        assert_frame_equal(report.curves[name], table)


def test_drawing_leaves_the_settings_of_the_caller_alone(report):
    before = copy.copy(mpl.rcParams)
    molchan_diagram(report)
    assert mpl.rcParams == before


def test_importing_the_figures_loads_no_matplotlib():
    code = (
        "import sys, seismomag.figures.molchan, seismomag.figures.map, seismomag.figures.day; "
        "sys.exit('matplotlib' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_curve_that_lacks_a_column_is_refused_by_name(report):
    tables = {**report.curves, "storms": report.curves["storms"].drop(columns="pss")}
    changed = dataclasses.replace(report, curves=tables)
    with pytest.raises(SchemaError, match=r"'storms'.*no column pss"):
        storm_table_figure(changed)


def test_unknown_truths_count_as_not_true():
    column = pd.Series([True, None, False, pd.NA], dtype=object)
    assert curves.is_true(column).tolist() == [True, False, False, False]
    assert curves.is_true(pd.Series([np.nan, np.nan])).tolist() == [False, False]
