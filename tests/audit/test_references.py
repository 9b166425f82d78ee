"""What stands beside a number: its chance, its interval, and the samples that it speaks of."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from seismomag.audit import audit_forecast, storm_match
from seismomag.audit.rows import make_rows
from seismomag.core.errors import SchemaError


def value(report, quantity, level, column="value"):
    table = report.table
    (found,) = table.loc[(table["quantity"] == quantity) & (table["level"] == level), column]
    return found


@pytest.fixture(scope="module")
def skilled(make_case):
    return make_case(1, strength=0.9)


@pytest.mark.parametrize(
    ("column", "moved"),
    [
        ("station_code", lambda t: t["station_code"].replace({"AAA": "BBB"})),
        ("horizon_start", lambda t: t["horizon_start"] + pd.Timedelta(days=1)),
        ("horizon_end", lambda t: t["horizon_end"] + pd.Timedelta(days=1)),
        ("issue_time", lambda t: t["issue_time"] - pd.Timedelta(days=1)),
    ],
)
def test_a_forecast_of_other_days_than_its_samples_is_refused(skilled, column, moved):
    wrong = skilled.forecast.assign(**{column: moved})
    with pytest.raises(SchemaError, match=f"forecast: {column} of sample_id AAA"):
        replace(skilled, forecast=wrong)
    with pytest.raises(SchemaError, match=f"baseline late: {column}"):
        replace(skilled, baselines={"late": wrong})


def test_without_an_alarm_precision_says_so(skilled):
    split = skilled.forecast["sample_id"].map(skilled.samples.set_index("sample_id")["split"])
    mute = skilled.forecast["probability"].where(split != "test", 0.0)
    report = audit_forecast(replace(skilled, forecast=skilled.forecast.assign(probability=mute)))
    for level in ("row", "event"):
        assert np.isnan(value(report, "precision", level))
        assert value(report, "precision", level, "note") == "no alarm was issued"
    for quantity in ("precision_at_base_rate_0.01", "precision_at_base_rate_0.05"):
        assert np.isnan(value(report, quantity, "row", "low"))
        assert "no alarm was issued" in value(report, quantity, "row", "note")
    # Nobody was hit in so many clusters: that is not known to the last digit.
    assert value(report, "recall", "row") == value(report, "recall", "row", "low") == 0
    assert value(report, "recall", "row", "high") > 0.03


def test_recall_in_storms_that_never_differs_is_not_known_to_be_the_same(skilled):
    """No storm tells two silent rules apart; so few storms with events leave a loss open."""
    rows = make_rows(skilled, skilled.forecast)
    quiet = ~rows.event & (np.arange(rows.event.size) % 2 == 0)
    told = storm_match.compare(rows, quiet & False, quiet, n_draws=200, seed=0)
    assert told["delta_recall"] == 0
    assert told["recall_low"] == -told["recall_high"]
    assert 0.02 < told["recall_high"] < 0.5


def test_references_of_a_dense_network_are_those_of_the_shifts(make_case):
    """Six stations around the same earthquakes: chance is far above the alarm fraction."""
    case = make_case(11, days=(300, 200, 800), is_dense=True)
    report = audit_forecast(case)
    null = report.nulls.set_index("statistic")["mean_null"]
    tau = value(report, "alarm_fraction", "event")
    chance = value(report, "event_hit_rate", "event", "reference")
    assert chance > 2 * tau
    assert value(report, "probability_gain", "event", "reference") == pytest.approx(chance / tau)
    assert value(report, "shift_gain", "event") == pytest.approx(
        value(report, "event_hit_rate", "event") / chance
    )
    assert (
        value(report, "shift_gain", "event", "low")
        < 1
        < value(report, "shift_gain", "event", "high")
    )
    assert value(report, "area_skill", "event", "reference") == null["area_skill"].item() > 0.7
    partial = value(report, "partial_area_skill", "event", "reference")
    assert partial > 0.2
    # With so high a chance few events show nothing at all, or at most the largest gain there is.
    assert not value(report, "smallest_detectable_gain", "event") > 1 / chance
