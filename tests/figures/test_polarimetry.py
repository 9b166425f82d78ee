"""The figure of nine planes shows signs, masks, and what it was given."""

import numpy as np
import pytest

from seismomag.core.errors import SchemaError
from seismomag.core.recording import make_recording
from seismomag.core.stations import Station
from seismomag.figures.look import linear_rgb, to_oklab
from seismomag.figures.polarimetry import polarimetry_figure, signed_map
from seismomag.signal.wavelet import ScalogramGrid, scalogram

GRID = {"n_frequencies": 4, "column_s": 1200}


@pytest.fixture(scope="module")
def recording():
    rng = np.random.default_rng(1)
    field = rng.normal(size=(3, 86_400)).cumsum(axis=1) * 0.01
    field[1, 40_000:45_000] = np.nan
    return make_recording(
        field,
        np.datetime64("2030-05-10"),
        sampling_hz=1.0,
        frame="HDZ",
        station_code="TST",
        source_format="test",
        source_sha256="0" * 64,
    )


def test_nine_planes_and_the_recorded_share_are_drawn(recording):
    planes = scalogram(recording, ScalogramGrid(**GRID, representation="polarimetric"))
    before = planes.copy(deep=True)
    station = Station(station_code="TST", latitude_deg=0, longitude_deg=0, name="Test")
    figure = polarimetry_figure(planes, station=station)
    images = [axes for axes in figure.axes if axes.images]
    assert len(images) == 9
    assert images[0].get_title(loc="left") == "TST Test: amplitude"
    assert [axes.get_ylabel() for axes in images[1:3]] == ["HD (mHz)", "HD (mHz)"]
    assert images[1].images[0].get_clim() == (-1, 1)
    masked = np.ma.getmaskarray(images[7].images[0].get_array())
    assert masked[:, 34:37].all()
    assert not masked[:, 5:30].any()
    assert planes.identical(before)
    figure.canvas.draw()


def test_amplitudes_alone_are_refused(recording):
    with pytest.raises(SchemaError, match="polarimetric"):
        polarimetry_figure(scalogram(recording, ScalogramGrid(**GRID)))


def test_signs_stay_apart_without_red_or_green_cones():
    # Viénot, Brettel & Mollon 1999: linear RGB seen with two kinds of cones.
    protan = np.array([[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]])
    deutan = np.array([[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]])
    ends = np.array([signed_map()(0.2)[:3], signed_map()(0.8)[:3]])
    for cones in (protan, deutan):
        linear = np.clip(linear_rgb(ends) @ cones.T, 0, 1)
        seen = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
        low, high = to_oklab(seen)
        assert np.linalg.norm(low - high) > 0.12


def test_lightness_rises_to_zero_and_falls_again():
    lightness = to_oklab(signed_map()(np.linspace(0, 1, 256))[:, :3])[:, 0]
    assert (np.diff(lightness[:128]) > 0).all()
    assert (np.diff(lightness[128:]) < 0).all()
