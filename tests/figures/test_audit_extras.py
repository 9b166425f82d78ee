"""Pictures of stations and of efficiency say their numbers, and say when there are none."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from seismomag.core.schema import AuditReport, Verdict
from seismomag.figures.efficiency import efficiency_figure
from seismomag.figures.stations import station_figure

STATIONS = pd.DataFrame(
    {
        "station_code": ["AAA", "BBB", "CCC"],
        "n_events": [12, 2, 0],
        "hit_rate": [0.5, 1.0, np.nan],
        "mean_null": [0.2, 0.25, np.nan],
        "alarm_fraction": [0.2, 0.2, 0.2],
        "p": [0.01, np.nan, np.nan],
        "p_max_t": [0.03, np.nan, np.nan],
    }
)


def report(**curves):
    empty = pd.DataFrame()
    return AuditReport(empty, empty, empty, Verdict("V1", "", "x"), {}, curves)


def texts(figure: Figure) -> str:
    figure.canvas.draw()
    return " ".join(t.get_text() for t in figure.findobj(lambda a: hasattr(a, "get_text")))


def test_a_station_carries_its_adjusted_p():
    said = texts(station_figure(report(stations=STATIONS)))
    assert "AAA  12 events, p 0.03" in said
    assert "BBB  2 events, too few" in said
    assert "CCC" not in said


@pytest.mark.parametrize("curves", [{}, {"stations": STATIONS[2:]}])
def test_no_station_is_said(curves):
    assert "No station has an event" in texts(station_figure(report(**curves)))


def test_the_efficiency_names_a50_and_a90():
    a = np.array([0.0, 0.01, 0.05, 0.2])
    rate = np.array([0.05, 0.2, 0.7, 1.0])
    table = pd.DataFrame({"amplitude_nt": a, "rate": rate, "low": rate - 0.05, "high": rate + 0.05})
    fine = np.geomspace(0.005, 0.3, 50)
    fitted = pd.DataFrame({"amplitude_nt": fine, "rate": 0.05 + 0.95 / (1 + (fine / 0.03) ** -2)})
    said = texts(efficiency_figure(table, fitted, a50_nt=0.03, a90_nt=0.09))
    assert "A50 0.03 nT" in said
    assert "A90 0.09 nT" in said
    nothing = efficiency_figure(table[:1], fitted, a50_nt=0.03, a90_nt=0.09)
    assert "Nothing was injected" in texts(nothing)
