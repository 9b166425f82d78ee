"""Traces, flags, scalograms."""

import numpy as np
import numpy.testing as npt
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from seismomag.core.flags import Flag
from seismomag.figures.day import day_figure, envelope, runs


def labels(figure):
    return [axes.get_ylabel() for axes in figure.axes]


def test_minute_files_have_traces_and_no_scalogram(invented):
    figure = day_figure(invented.make_day(hz=1 / 60, hours=24 * 30, code="MMB"))
    assert labels(figure) == ["H (nT)", "D (nT)", "Z (nT)", "flags\n(share)"]
    assert figure.axes[0].get_title("left") == "MMB, 2025-01-01 00:00 UTC, 30 d at 60 s, frame HDZ"


def test_a_clean_recording_has_no_flag_strip(invented):
    figure = day_figure(invented.make_day(hours=2, gap=False))
    assert labels(figure) == ["H (nT)", "D (nT)", "Z (nT)"]


def test_each_flag_that_occurs_is_named_with_its_share(invented):
    figure = day_figure(invented.make_day(hours=6))
    names = [t.get_text() for t in figure.axes[3].get_yticklabels()]
    assert names == ["missing 2 %", "flat 0.83 %", "spike < 0.01 %"]


def test_missing_samples_are_hatched_and_not_bridged(invented):
    axes = day_figure(invented.make_day()).axes[0]
    hatched = [patch for patch in axes.patches if patch.get_hatch()]
    assert len(hatched) == 1
    drawn = axes.lines[0].get_ydata()
    assert np.isnan(np.asarray(drawn, float)).any()


def test_a_component_without_any_sample_is_hatched_whole(invented):
    recording = invented.make_day(hours=1)
    field = recording["field"].copy()
    field[2] = np.nan
    axes = day_figure(recording.assign(field=field)).axes[2]
    assert not axes.lines
    assert [patch.get_hatch() is not None for patch in axes.patches] == [True]


def test_impossible_samples_are_not_drawn(invented):
    recording = invented.make_day(hours=1, gap=False)
    field, flags = recording["field"].copy(), recording["flags"].copy()
    field[0, 100:200] = 99_999.0
    flags[0, 100:200] = Flag.OUT_OF_RANGE
    axes = day_figure(recording.assign(field=field, flags=flags)).axes[0]
    assert np.nanmax(np.asarray(axes.lines[0].get_ydata(), float)) < 1000


def test_inputs_stay_as_they_were(invented):
    recording, scalogram = invented.make_day(), invented.make_scalogram()
    before = recording.copy(deep=True), scalogram.copy(deep=True)
    day_figure(recording, scalogram)
    xr.testing.assert_identical(recording, before[0])
    xr.testing.assert_identical(scalogram, before[1])


def test_masked_columns_of_the_scalogram_are_transparent(invented):
    scalogram = invented.make_scalogram()
    figure = day_figure(invented.make_day(), scalogram)
    image = figure.axes[-2].images[0].get_array()
    masked = np.ma.getmaskarray(image).all(axis=0)
    npt.assert_array_equal(masked, scalogram["valid_s"].values[2] == 0)


def test_local_time_of_the_station_stands_at_the_axis(invented):
    figure = day_figure(invented.make_day(hours=24), station=invented.make_stations()[11])
    assert figure.axes[-1].get_xlabel() == "UTC (local time WITA = UTC + 8 h), 2025-01-01"


def test_a_name_with_dollars_is_text_and_not_a_formula(invented):
    station = type(invented.make_stations()[0])(
        station_code="ALR", latitude_deg=0, longitude_deg=0, name="$\\frac{1}{"
    )
    day_figure(invented.make_day(hours=1), station=station).draw_without_rendering()


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 4000), st.integers(2, 500), st.integers(0, 10**6))
def test_an_envelope_keeps_every_extreme(n, most, seed):
    values = np.random.default_rng(seed).normal(size=n)
    _, kept = envelope(values, most)
    assert kept.min() == values.min()
    assert kept.max() == values.max()
    assert kept.size <= 2 * most or n <= most


def test_an_envelope_of_nothing_is_nothing():
    assert np.isnan(envelope(np.full(10, np.nan), 3)[1]).all()


def test_runs_by_hand():
    assert runs(np.array([True, True, False, True])) == [(0, 2), (3, 4)]
    assert runs(np.zeros(3, bool)) == []


@pytest.mark.real_data
def test_a_real_day_shows_its_missing_minute(real_data):
    from seismomag.readers import read

    recording = read(real_data / "bmkg" / "S250101.ALR.gz")
    figure = day_figure(recording)
    assert figure.axes[0].get_title("left").startswith("ALR, 2025-01-01 00:00 UTC, 1 d at 1 Hz")
    assert [patch.get_hatch() is not None for patch in figure.axes[0].patches]
