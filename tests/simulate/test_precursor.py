from dataclasses import replace

import numpy as np
import numpy.testing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seismomag.core.errors import ConfigError
from seismomag.core.geodesy import azimuth_deg, circular_difference_deg, distance_km
from seismomag.simulate import PrecursorPlan
from seismomag.simulate.precursor import night_window


def _signal(world, row):
    day = np.datetime64(row.day, "D")
    with_it, without = (
        w.load_day(row.station_code, day)["field"].values
        for w in (world, world.without_precursor())
    )
    return with_it - without


def _lonely_rows(world):
    """Planted rows that share their station-day with no other event."""
    return world.planted[~world.planted.duplicated(["station_code", "day"], keep=False)]


def test_planted_rows_follow_the_rule(planted_world):
    events = planted_world.catalogue.events.set_index("event_id")
    assert len(planted_world.planted) > 40
    for row in planted_world.planted.itertuples():
        event = events.loc[row.event_id]
        station = next(s for s in planted_world.stations if s.station_code == row.station_code)
        here = (station.latitude_deg, station.longitude_deg)
        there = (event["latitude_deg"], event["longitude_deg"])
        assert event["magnitude"] >= 5
        assert row.distance_km <= 10 ** (0.43 * event["magnitude"])
        npt.assert_allclose(row.distance_km, distance_km(*here, *there))
        npt.assert_allclose(row.azimuth_deg, azimuth_deg(*here, *there))
        # Full days between the end of the planted day and the day of the event.
        lead = (event["origin_time"].normalize() - row.day).days - 1
        assert 1 <= lead <= 7


def test_share_and_probability_thin_the_planted_nights(planted_world):
    plan = planted_world.precursor
    every = len(planted_world.planted)
    none = replace(planted_world, precursor=replace(plan, event_share=0))
    half = replace(planted_world, precursor=replace(plan, night_probability=0.5))
    assert none.planted.empty
    assert list(none.planted.columns) == list(planted_world.planted.columns)
    assert 0.3 * every < len(half.planted) < 0.7 * every


def test_amplitude_scatters_by_event_not_by_night(planted_world):
    amplitudes = planted_world.planted.groupby("event_id")["amplitude_nt"]
    assert (amplitudes.nunique() == 1).all()
    scatter_dex = np.log10(amplitudes.first() / 0.05).std()
    assert 0.03 < scatter_dex < 0.25


def test_only_planted_days_differ_and_by_no_bit_elsewhere(planted_world):
    planted = {
        (r.station_code, np.datetime64(r.day, "D")) for r in planted_world.planted.itertuples()
    }
    natural = planted_world.without_precursor()
    for day in planted_world.days[:14]:
        for station in planted_world.stations:
            code = station.station_code
            first, second = (w.load_day(code, day) for w in (planted_world, natural))
            is_same = first["field"].identical(second["field"])
            assert is_same == ((code, day) not in planted)
            assert (first.attrs == second.attrs) == is_same


def test_signal_has_the_amplitude_of_its_row(planted_world):
    ratios = []
    for row in list(_lonely_rows(planted_world).itertuples())[:12]:
        horizontal = _signal(planted_world, row)[:2]
        station = next(s for s in planted_world.stations if s.station_code == row.station_code)
        night = night_window(planted_world.precursor, station.solar_offset_hours) == 1
        rms = np.sqrt((horizontal[:, night] ** 2).sum(axis=0).mean())
        ratios.append(rms / row.amplitude_nt)
    npt.assert_allclose(ratios, 1, atol=0.12)
    npt.assert_allclose(np.mean(ratios), 1, atol=0.04)


def test_signal_points_to_the_epicentre_and_z_tells_the_sense(planted_world):
    for row in list(_lonely_rows(planted_world).itertuples())[:12]:
        h, d, z = _signal(planted_world, row)
        # Z is in phase with the component toward the epicentre.
        found = np.rad2deg(np.arctan2((d * z).sum(), (h * z).sum()))
        assert abs(circular_difference_deg(found, row.azimuth_deg)) < 0.01
        npt.assert_allclose(np.hypot(h, d).std(), np.abs(z).std(), rtol=1e-4)


def test_signal_lies_in_its_band(planted_world):
    row = next(_lonely_rows(planted_world).itertuples())
    power = np.abs(np.fft.rfft(_signal(planted_world, row)[2])) ** 2
    frequency = np.fft.rfftfreq(86_400)
    inside = (frequency > 0.0145) & (frequency < 0.0405)
    assert power[inside].sum() / power.sum() > 0.999


def test_signal_sounds_by_night_only(planted_world):
    for row in list(_lonely_rows(planted_world).itertuples())[:6]:
        station = next(s for s in planted_world.stations if s.station_code == row.station_code)
        solar = (np.arange(86_400) / 3600 + station.solar_offset_hours) % 24
        is_night = (solar >= 20) | (solar < 4)
        signal = _signal(planted_world, row)
        assert not signal[:, ~is_night].any()
        plateau = (solar >= 20.5) | (solar < 3.5)
        assert np.abs(signal[2, is_night & ~plateau]).std() < np.abs(signal[2, plateau]).std()


@given(offset=st.floats(-12, 12), night=st.tuples(st.integers(0, 23), st.integers(2, 14)))
@settings(max_examples=25, deadline=None)
def test_window_is_zero_at_midnight_and_outside_of_the_night(offset, night):
    begin, length = night
    end = (begin + length) % 24
    weight = night_window(PrecursorPlan(night_hours=(begin, end)), offset)
    solar = (np.arange(86_400) / 3600 + offset) % 24
    outside = ((solar - begin) % 24) > length + 1e-3
    assert weight.min() >= 0
    assert weight.max() <= 1
    assert not weight[outside].any()
    npt.assert_allclose(weight[[0, -1]], 0, atol=1e-4)
    assert np.abs(np.diff(weight)).max() < 1e-3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"band_hz": [0.04, 0.01]}, "band_hz=.* must rise"),
        ({"leads_days": [7, 1]}, "leads_days=.* must rise"),
        ({"night_hours": [20, 20.5]}, "room for two ramps"),
        ({"event_share": 1.5}, "share between 0 and 1"),
        ({"amplitude_nt": -1}, "number of 0 or more"),
    ],
)
def test_nonsense_is_refused(change, message):
    with pytest.raises(ConfigError, match=message):
        PrecursorPlan(**change)
