"""The map: what is drawn, and where."""

import numpy as np
import numpy.testing as npt
import pytest
from matplotlib.transforms import Bbox

from seismomag.core.stations import Station
from seismomag.figures.map import station_map, unrolled


def at(latitude, longitude, code="AAA"):
    return Station(station_code=code, latitude_deg=latitude, longitude_deg=longitude)


def test_every_station_carries_its_code(invented):
    stations = invented.make_stations()
    axes = station_map(stations).axes[0]
    assert {text.get_text() for text in axes.texts} == {s.station_code for s in stations}


def test_small_events_and_those_without_place_are_not_drawn(invented):
    events = invented.make_events(40)
    events.loc[0, ["magnitude", "latitude_deg"]] = [7.0, np.nan]
    figure = station_map(invented.make_stations(), events)
    drawn = sum(len(c.get_offsets()) for c in figure.axes[0].collections)
    kept = (events["magnitude"] >= 5) & events["latitude_deg"].notna()
    assert drawn == kept.sum()
    assert f"{kept.sum()} earthquakes" in figure.axes[0].get_title("left")


def test_a_degree_has_the_same_length_in_both_directions_at_the_middle():
    axes = station_map([at(60.0, 10.0)]).axes[0]
    npt.assert_allclose(axes.get_aspect(), 2.0, rtol=0.02)


def test_a_network_on_both_sides_of_the_date_line_stays_together():
    axes = station_map([at(0, 178, "AAA"), at(2, -178, "BBB")]).axes[0]
    west, east = axes.get_xlim()
    assert east - west < 40
    assert west < 178 < 182 < east


def test_indonesia_is_drawn_with_the_detailed_coast(invented):
    detailed = station_map(invented.make_stations()).axes[0].patches[0].get_path()
    coarse = station_map([at(-40.0, 100.0), at(20.0, 140.0, "BBB")]).axes[0].patches[0].get_path()
    assert len(detailed.vertices) > len(coarse.vertices)


def test_the_open_ocean_has_no_land():
    axes = station_map([at(-45.0, -120.0)]).axes[0]
    here = Bbox.from_extents(-121, -46, -119, -44)
    assert not any(patch.get_path().intersects_bbox(here, filled=True) for patch in axes.patches)


def test_no_station_gives_the_reason():
    assert station_map([]).axes[0].texts[0].get_text() == "no station is configured"


def test_an_alarm_changes_the_shape_and_not_only_the_colour(invented):
    axes = station_map(invented.make_stations(3), alarms=["SCN"]).axes[0]
    markers = [line.get_marker() for line in axes.lines if len(line.get_xdata()) == 1]
    assert sorted(markers) == ["^", "o", "o"]


@pytest.mark.parametrize(("longitude", "middle", "expected"), [(350, 0, -10), (-170, 179, 190)])
def test_longitudes_unroll_about_the_middle(longitude, middle, expected):
    npt.assert_allclose(unrolled(np.array([float(longitude)]), middle), expected)


def test_only_events_that_the_map_shows_are_counted():
    import pandas as pd

    events = pd.DataFrame(
        {"latitude_deg": [0.5, 60.0], "longitude_deg": [10.5, 170.0], "magnitude": [6.0, 6.0]}
    )
    figure = station_map([at(0.0, 10.0)], events)
    assert "1 earthquake of" in figure.axes[0].get_title("left")
