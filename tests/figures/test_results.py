"""Figures of the audit: what they claim about the numbers."""

import dataclasses
import re

import numpy as np
import numpy.testing as npt
import pandas as pd

from seismomag.experiment.inline_svg import inline_svg
from seismomag.figures.azimuth import azimuth_rose
from seismomag.figures.calendar import alarm_calendar
from seismomag.figures.curves import FOREIGN_REASONS, REASONS, why_missing
from seismomag.figures.molchan import molchan_diagram, why_no_molchan
from seismomag.figures.nulls import shift_null_figure, shift_row, why_no_shifts
from seismomag.figures.reliability import reliability_diagram
from seismomag.figures.storms import storm_table_figure
from seismomag.figures.training import history_table, training_curves


def with_curve(report, name, table):
    return dataclasses.replace(report, curves={**report.curves, name: table})


def legend(holder):
    """Words of the legend of a figure or of axes."""
    found = holder.legends[0] if hasattr(holder, "legends") else holder.get_legend()
    return [text.get_text() for text in found.get_texts()]


def test_a_curve_worse_than_chance_is_drawn_where_it_lies(report):
    tau = np.linspace(0, 1, 11)
    worse = pd.DataFrame({"kind": "forecast", "tau": tau, "nu": np.minimum(1, 1.3 - tau)})
    axes = molchan_diagram(with_curve(report, "molchan", worse)).axes[0]
    lines = [line for line in axes.lines if len(line.get_xdata()) == 11]
    npt.assert_array_equal(lines[0].get_ydata(), worse["nu"])
    assert axes.get_xlim() == axes.get_ylim() == (0, 1)


def test_the_molchan_diagram_names_forecast_baselines_and_events(report):
    axes = molchan_diagram(report).axes[0]
    assert legend(axes.figure)[:3] == ["forecast", "recent earthquake", "station climatology"]
    assert axes.get_title("left").endswith("24 events")


def test_the_bar_of_shifts_leaves_out_the_near_ones(report):
    axes = molchan_diagram(report).axes[0]
    (bar,) = (line for line in axes.lines if "common shifts" in str(line.get_label()))
    shifts = report.curves["shift_null"]
    far = 1 - shifts.loc[~shifts["is_near"], "hit_rate"]
    npt.assert_allclose(sorted(bar.get_ydata()), np.quantile(far, [0.025, 0.975]))


def test_a_band_of_trajectories_is_drawn_where_the_audit_gives_one(report):
    tau = np.linspace(0, 1, 5)
    band = [
        pd.DataFrame({"kind": kind, "tau": tau, "nu": np.clip(1 - tau + d, 0, 1)})
        for kind, d in (("null_low", -0.1), ("null_high", 0.1))
    ]
    table = pd.concat([report.curves["molchan"], *band])
    assert "95 % of common shifts" in legend(molchan_diagram(with_curve(report, "molchan", table)))


def test_the_base_rate_is_the_mean_of_what_was_observed(report):
    table = report.curves["reliability"]
    rate = np.average(table["frequency"], weights=table["n"])
    assert f"base rate {rate:.3f}".rstrip("0") in legend(reliability_diagram(report).axes[0])


def test_the_mean_error_stands_beside_constant_and_chance(report):
    axes = azimuth_rose(report).axes[2]
    table = report.curves["azimuth"]
    mean, constant, chance = (line.get_xdata()[0] for line in axes.lines)
    npt.assert_allclose(mean, table["error_deg"].mean())
    npt.assert_allclose(constant, table["constant_error_deg"].mean())
    assert chance == 90


def test_a_rate_that_could_not_be_computed_is_hatched_and_a_dash(report):
    axes = storm_table_figure(report).axes[1]
    assert any(patch.get_hatch() for patch in axes.patches)
    assert "—" in [text.get_text() for text in axes.texts]


def test_p_and_its_floors_stand_over_the_shifts(report):
    title = shift_null_figure(report).axes[1].get_title("left")
    assert title == "p = 0.0025\nfloors of p: 1/D 0.0025, ties 0.018; p < 0.01 needs 1\u202f060 d"


def test_shifts_without_a_null_say_so(report, empty_report):
    bare = dataclasses.replace(report, nulls=empty_report.nulls)
    assert shift_row(bare) is None
    assert shift_null_figure(bare).axes[1].get_title("left").startswith("p —")


def with_own_labels(report, **provenance):
    """A report on a table that brings its own labels: the AUC is what decides."""
    shift = np.arange(-60, 61)
    auc = pd.DataFrame({"shift_days": shift, "auc": 0.5 + 0.08 * np.sin(shift)})
    row = report.nulls.iloc[[0]].assign(statistic="auc", observed=0.41, p=0.96, n_shifts=120)
    silent = report.curves["shift_null"].assign(hit_rate=0.0)
    return dataclasses.replace(
        report,
        nulls=row,
        curves={**report.curves, "shift_null": silent, "shift_null_auc": auc},
        provenance={"column_map": {"date": "d"}, "label_rule": None, **provenance},
    )


def test_the_shifts_of_the_auc_are_drawn_where_the_auc_decides(report):
    left, right = shift_null_figure(with_own_labels(report)).axes
    assert left.get_title("left") == "AUC under 120 shifts"
    assert left.get_xlabel() == right.get_ylabel() == "AUC of rows (0 to 1)"
    drawn = right.lines[0].get_ydata()
    npt.assert_allclose(drawn, 0.5 + 0.08 * np.sin(np.arange(-60, 61)))
    # Observed and shifted are the same quantity: the line lies among what it is compared with.
    (observed,) = (line for line in left.lines if "observed" in str(line.get_label()))
    assert observed.get_xdata()[0] == 0.41
    assert min(drawn) < 0.5 < max(drawn)


def test_shifts_of_a_statistic_that_was_not_kept_are_not_replaced_by_others(report):
    strange = report.nulls.assign(statistic="area_skill")
    other = dataclasses.replace(report, nulls=strange)
    assert "area skill, were not kept" in why_no_shifts(other)
    assert "area skill, were not kept" in shift_null_figure(other).axes[0].texts[0].get_text()
    without = with_own_labels(report)
    del without.curves["shift_null_auc"]
    assert "auc, were not kept" in why_no_shifts(without)


def test_pictures_of_own_labels_count_event_days(report):
    axes = molchan_diagram(with_own_labels(report)).axes[0]
    assert axes.get_title("left") == "Misses against alarms, 24 event days"
    assert axes.get_ylabel() == "miss fraction ν (share of event days)"
    by_catalogue = with_own_labels(report, label_rule={"minimum_magnitude": 5.0})
    assert molchan_diagram(by_catalogue).axes[0].get_ylabel().endswith("(share of events)")


def test_a_curve_that_a_foreign_table_lacks_gives_its_own_reason(report):
    bare = dataclasses.replace(with_own_labels(report), curves={})
    for name in ("calendar", "stations", "storms", "azimuth"):
        assert why_missing(bare, name) == FOREIGN_REASONS[name] != REASONS[name]
    assert why_missing(dataclasses.replace(bare, provenance={}), "calendar") == REASONS["calendar"]


def test_azimuths_of_a_foreign_table_stand_beside_the_best_constant(report):
    rows = report.curves["azimuth"].drop(columns=["event_id", "station_code", "constant_deg"])
    foreign = dataclasses.replace(with_own_labels(report), curves={"azimuth_rows": rows})
    figure = azimuth_rose(foreign)
    assert any(text.startswith("best constant") for text in legend(figure.axes[2]))
    assert figure.axes[1].get_title("left") == "48 pairs, one for each event row"


def test_no_scored_event_is_no_molchan_diagram(report):
    none = report.curves["molchan_point"].assign(n_events=0, nu=np.nan)
    assert why_no_molchan(with_curve(report, "molchan_point", none))
    assert not why_no_molchan(report)


def test_title_axes_and_legend_of_the_molchan_diagram_do_not_meet(report):
    table, points = report.curves["molchan"], report.curves["molchan_point"]
    more = [f"baseline_{i}" for i in range(6)]
    forecast = table[table["kind"] == "forecast"]
    table = pd.concat([table, *[forecast.assign(kind=kind) for kind in more]])
    points = pd.concat([points, *[points.iloc[[0]].assign(kind=kind) for kind in more]])
    # As for too few events: lines and markers without a place.
    points, table = points.assign(nu=np.nan), table.assign(nu=table["nu"].where(table["tau"] == 0))
    figure = molchan_diagram(
        with_curve(with_curve(report, "molchan", table), "molchan_point", points)
    )
    drawn = inline_svg(figure, "m", "molchan")
    place = {
        text: float(y) for y, text in re.findall(r'<text [^>]*?y="([0-9.]+)"[^>]*>([^<]+)<', drawn)
    }
    title, below = place["Misses against alarms, 24 events"], place[figure.axes[0].get_xlabel()]
    names = [place[word] for word in legend(figure)]
    height = float(re.search(r'viewBox="0 0 \S+ (\S+)"', drawn)[1])
    assert title > 10
    assert min(names) - below > 10
    assert max(names) < height


def test_a_long_calendar_is_broken_into_years(invented):
    assert len(alarm_calendar(invented.make_report(n_days=1700)).axes) == 5
    wide = alarm_calendar(invented.make_report(n_days=85, codes=invented.CODES[:19]))
    assert len(wide.axes) == 1
    assert len(wide.axes[0].get_yticks()) == 21


def test_days_without_forecast_stay_hatched(report):
    figure = alarm_calendar(report)
    assert figure.axes[0].patches[0].get_hatch()


def test_a_calendar_read_back_with_unknown_targets_is_drawn(report):
    table = report.curves["calendar"].copy()
    table["is_target"] = table["is_target"].astype(object).where(table["day"].dt.day > 5, np.nan)
    table["kp_max"] = np.nan
    alarm_calendar(with_curve(report, "calendar", table))


def test_a_calendar_without_events_says_so(report):
    figure = alarm_calendar(with_curve(report, "events", pd.DataFrame()))
    assert figure.axes[0].get_title("left").endswith("no event")


def test_the_kept_epoch_is_marked(invented):
    metrics = invented.make_metrics()
    skill = metrics[metrics["name"] == "ap_minus_base"]
    best = int(skill.loc[skill["value"].idxmax(), "epoch"])
    assert training_curves(metrics).axes[1].texts[0].get_text() == f"kept: epoch {best}"
    assert training_curves(metrics, chosen_epoch=3).axes[1].texts[0].get_text() == "kept: epoch 3"


def test_training_without_validation_shows_the_reason(invented):
    metrics = invented.make_metrics()
    figure = training_curves(metrics[metrics["split"] == "train"])
    assert figure.axes[1].texts[0].get_text() == "no score on validation was recorded"
    assert training_curves(metrics.iloc[:0]).axes[0].texts[0].get_text() == "no epoch was trained"


def test_the_history_of_a_training_becomes_the_long_table():
    entries = [
        {"epoch": 1, "train": {"total": 0.7, "azimuth": 1.8}, "validation": None, "score": None},
        {"epoch": 2, "train": {"total": 0.6}, "validation": {"total": 0.8}, "score": 0.2},
    ]
    table = history_table(entries)
    assert table.values.tolist() == [
        [1, "train", "total", 0.7],
        [1, "train", "azimuth", 1.8],
        [2, "train", "total", 0.6],
        [2, "validation", "total", 0.8],
        [2, "validation", "ap_minus_base", 0.2],
    ]
    assert training_curves(table).axes[1].texts[0].get_text() == "kept: epoch 2"


def test_rows_without_values_are_not_called_no_training(invented):
    metrics = invented.make_metrics().assign(value=np.nan)
    said = training_curves(metrics).axes[0].texts[0].get_text()
    assert said == f"none of {len(metrics)} rows holds a value"
