"""Ellipses and ratios by hand, and what amplitudes alone cannot know."""

import numpy as np
import numpy.testing as npt
import pytest

from seismomag.core.bands import Band
from seismomag.core.errors import SchemaError
from seismomag.core.stations import Station
from seismomag.signal.polarization import ellipse, vertical_ratio
from seismomag.signal.wavelet import ScalogramGrid, scalogram

DAY = 86_400
TONE = Band(low_hz=0.01, high_hz=0.04)
AMPLITUDE = ScalogramGrid(band=TONE, n_frequencies=3, column_s=1200)
POLAR = ScalogramGrid(band=TONE, n_frequencies=3, column_s=1200, representation="polarimetric")


def source(azimuth_deg, vertical=1.0, lag_deg=0.0):
    """Tone at 20 mHz along an azimuth; Z in phase with the radial component."""
    angle = 2 * np.pi * 0.02 * np.arange(DAY)
    azimuth = np.deg2rad(azimuth_deg)
    radial = np.cos(angle)
    transverse = np.cos(angle - np.deg2rad(lag_deg))
    return np.stack([np.cos(azimuth) * radial, np.sin(azimuth) * transverse, vertical * radial])


@pytest.mark.parametrize("azimuth_deg", [0.0, 30.0, 110.0, 250.0, 359.0])
def test_azimuth_of_an_injected_source_comes_back(recording_of, azimuth_deg):
    found = ellipse(scalogram(recording_of(source(azimuth_deg)), POLAR)).isel(frequency=1, time=30)
    npt.assert_allclose(found["azimuth_deg"], azimuth_deg, atol=0.01)
    npt.assert_allclose(found["axis_azimuth_deg"], azimuth_deg % 180, atol=0.01)
    npt.assert_allclose(found["ellipticity"], 0, atol=1e-3)
    npt.assert_allclose(found["polarized_share"], 1, atol=1e-4)


@pytest.mark.parametrize("azimuth_deg", [20.0, 70.0, 135.0])
def test_opposite_azimuths_differ_in_nine_planes_and_not_in_three(recording_of, noise, azimuth_deg):
    background = noise(DAY, seed=6)
    fields = [0.3 * source(azimuth_deg + turn) + background for turn in (0, 180)]
    there, opposite = (scalogram(recording_of(f), POLAR) for f in fields)
    row = there.isel(frequency=1).mean("time")
    counter = opposite.isel(frequency=1).mean("time")
    # Amplitudes and the H-D phase differ by the background's chance only: axis, not direction.
    npt.assert_allclose(row[:5], counter[:5], atol=0.05)
    npt.assert_allclose(row[5::2], -counter[5::2], atol=0.05)
    assert np.abs(row[5:] - counter[5:]).max() > 1
    assert float(np.abs(ellipse(there)["azimuth_deg"][1, 30] - azimuth_deg)) < 10
    assert float(np.abs(ellipse(opposite)["azimuth_deg"][1, 30] - azimuth_deg - 180)) < 10


def test_mirrored_azimuth_shows_in_the_cross_spectrum_not_in_the_amplitudes(recording_of):
    there, mirrored = (scalogram(recording_of(source(a)), POLAR)[:, 1, 30] for a in (40, -40))
    npt.assert_allclose(there[:3], mirrored[:3], rtol=1e-5)
    npt.assert_allclose(there[3], -mirrored[3], rtol=1e-5)


def test_clockwise_circle_has_ellipticity_one(recording_of):
    recording = recording_of(source(45.0, lag_deg=90))
    found = ellipse(scalogram(recording, POLAR)).isel(frequency=1, time=30)
    npt.assert_allclose(found["ellipticity"], 1, atol=1e-3)


def test_white_noise_is_hardly_polarized(recording_of):
    field = np.random.default_rng(7).normal(size=(3, DAY))
    whole = ScalogramGrid(
        band=TONE, n_frequencies=3, column_s=43_200, representation="polarimetric"
    )
    field = np.concatenate([field, field[:, :7200]], axis=1)
    found = ellipse(scalogram(recording_of(field, start="2025-02-28T23:00:00"), whole))
    assert np.nanmax(found["polarized_share"]) < 0.3


def test_what_is_missing_has_no_ellipse(recording_of):
    field = source(10.0)
    field[2, 40_000:50_000] = np.nan
    found = ellipse(scalogram(recording_of(field), POLAR)).isel(frequency=1)
    assert np.isnan(found["azimuth_deg"][37])
    assert np.isfinite(found["azimuth_deg"][60])


def test_amplitudes_have_no_ellipse(recording_of):
    with pytest.raises(SchemaError, match="polarimetric"):
        ellipse(scalogram(recording_of(source(0.0)), AMPLITUDE))


def test_vertical_ratio_by_night(recording_of):
    station = Station(station_code="TST", latitude_deg=-8.0, longitude_deg=120.0)
    field = np.concatenate([source(30.0, vertical=2.0)] * 2, axis=1)
    field[2, 12 * 3600 : 20 * 3600] /= 2
    found = vertical_ratio(
        scalogram(recording_of(field), AMPLITUDE), station, Band(low_hz=0.015, high_hz=0.03)
    )
    # 20-04 local is 12-20 UTC at 120 E; the recording touches two such nights.
    assert found["night"].values.astype("datetime64[D]").astype(str).tolist() == [
        "2025-03-01",
        "2025-03-02",
    ]
    npt.assert_allclose(found[0], 1, rtol=0.02)
    npt.assert_allclose(found[1], 4, rtol=0.02)
    npt.assert_array_equal(found["n_columns"], 24)


def test_band_outside_the_grid_is_refused(recording_of):
    station = Station(station_code="TST", latitude_deg=0, longitude_deg=0)
    with pytest.raises(SchemaError, match="no frequency"):
        vertical_ratio(
            scalogram(recording_of(source(0.0)), AMPLITUDE), station, Band(low_hz=0.1, high_hz=0.2)
        )
