"""Pictures of stations and of efficiency say their numbers, and say when there are none."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from seismomag.core.schema import AuditReport, Verdict
from seismomag.figures.efficiency import efficiency_figure, injection_figure
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
    assert "no station has an event" in texts(station_figure(report(**curves)))


def efficiency() -> pd.DataFrame:
    a = np.array([0.0, 0.01, 0.05, 0.2])
    rate = np.array([0.05, 0.2, 0.7, 1.0])
    return pd.DataFrame(
        {"signal": "noise 10-45 mHz", "unit": "nT", "by": "all", "stratum": "all", "strength": a,
         "rate": rate, "low": rate - 0.05, "high": rate + 0.05}
    )  # fmt: skip


FITS = pd.DataFrame(
    {"signal": ["noise 10-45 mHz"], "unit": "nT", "by": "all", "stratum": "all", "e0": 0.05,
     "s50": 0.03, "s90": 0.09, "steepness": 2.0}
)  # fmt: skip
CONTROLS = pd.DataFrame(
    {"control": ["step", "all_station"], "strength_nt": [50.0, 0.2], "rate": [0.05, 0.8],
     "low": [0.0, 0.7], "high": [0.1, 0.9], "passes": [True, False]}
)  # fmt: skip


def test_the_efficiency_names_a50_and_a90_and_the_controls():
    curves = {"injection": efficiency(), "injection_fits": FITS, "injection_controls": CONTROLS}
    said = texts(injection_figure(report(**curves)))
    assert "half at 0.03 nT, 0.9 at 0.09 nT" in said
    assert "control step 50 nT: silent" in said
    assert "control all station 0.2 nT: raises alarms" in said
    nothing = efficiency_figure(efficiency()[:1], FITS, CONTROLS)
    assert "no signal was injected" in texts(nothing).lower()


def test_a_source_has_its_own_panel_by_distance():
    far = efficiency().assign(
        by="distance", stratum="100 km", unit="A m", strength=[0, 1e6, 1e8, 1e9]
    )
    fits = pd.concat(
        [FITS, FITS.assign(by="distance", stratum="100 km", unit="A m", s50=3e7, s90=1e8)]
    )
    figure = efficiency_figure(pd.concat([efficiency(), far]), fits, CONTROLS)
    assert len(figure.axes) == 2
    assert "100 km: half at 3e+07 A m" in texts(figure)


def test_no_name_of_a_curve_lies_over_what_it_names():
    many = [efficiency().assign(by="detector", stratum=f"rule_{i}") for i in range(6)]
    figure = efficiency_figure(pd.concat([efficiency(), *many]), FITS, CONTROLS)
    figure.canvas.draw()
    axes = figure.axes[0]
    names = axes.get_legend().get_window_extent()
    _, highest = axes.transData.transform((0.1, 1.0))
    assert len(axes.get_legend().get_texts()) == 9
    assert names.y0 >= highest
    assert names.y1 <= axes.get_window_extent().y1


def test_a_curve_that_stays_low_is_drawn_without_a_half():
    flat = efficiency().assign(rate=0.05, low=0.0, high=0.1)
    never = FITS.assign(s50=np.inf, s90=np.inf)
    simple = flat.assign(by="detector", stratum="night_ratio")
    figure = efficiency_figure(pd.concat([flat, simple]), never, CONTROLS[:0])
    said = texts(figure)
    assert "noise 10-45 mHz: half not reached" in said
    assert "noise 10-45 mHz, night ratio" in said
    assert len(figure.axes) == 1
