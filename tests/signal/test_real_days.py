"""Real station-days keep the figures of the design."""

import numpy as np
import numpy.testing as npt
import pytest

from seismomag.core.bands import Band
from seismomag.core.flags import NOT_TRANSFORMED, Flag
from seismomag.core.recording import cut, place
from seismomag.readers import read
from seismomag.signal import gaps, quality
from seismomag.signal.day import compute_planes
from seismomag.signal.rotation import rotate
from seismomag.signal.wavelet import ScalogramGrid, direct_power, scalogram

pytestmark = pytest.mark.real_data

ALOR = "bmkg/S250101.ALR.gz"
CONRAD = "one_second/wic_2018-08-29_iaga2002_example5.sec.gz"
CONRAD_WEEK = "one_second/wic_2018-08-24_7days_imagcdf12_geomagpy119_example4.cdf"
DAY = 86_400
CONTEXT_S = 3600


@pytest.fixture(scope="module")
def usable(real_data):
    """Read and flag a file, and drop what no transform may use; each file once."""
    known = {}

    def of(path):
        if path not in known:
            recording = quality.flag(read(real_data / path))
            field = (("component", "time"), gaps.mask(recording))
            known[path] = recording.assign(field=field)
        return known[path]

    return of


@pytest.mark.parametrize("low_hz", [0.01, 0.022])
@pytest.mark.parametrize(
    ("path", "day"),
    [(ALOR, "2025-01-01"), (CONRAD, "2018-08-29"), (CONRAD_WEEK, "2018-08-26")],
    ids=["Alor", "Conrad", "Conrad storm"],
)
def test_minute_power_keeps_the_definition(usable, path, day, low_hz):
    grid = ScalogramGrid(band=Band(low_hz=low_hz, high_hz=0.1))
    start = np.datetime64(day) - np.timedelta64(CONTEXT_S, "s")
    field = place(usable(path), start, DAY + 2 * CONTEXT_S)
    margin = slice(CONTEXT_S - grid.reach_s, CONTEXT_S + DAY + grid.reach_s)
    planes, _ = compute_planes(field[:, margin], grid)
    rows = slice(2, None, 6)
    power = direct_power(gaps.bridge(field), grid.frequencies_hz[rows])
    power = power[:, :, CONTEXT_S // 60 : CONTEXT_S // 60 + 1440]
    error = np.abs(planes[:, rows].astype(np.float64) ** 2 / power - 1)
    known = np.isfinite(error)
    assert known.mean() > 0.99
    assert error[known].max() <= 1e-3
    assert np.quantile(error[known], 0.999) <= 1e-4


def test_alor_loses_the_columns_of_its_gap_and_of_its_missing_neighbours(usable):
    found = scalogram(usable(ALOR))
    lost = np.isnan(found.values)
    assert lost[:, :, [0, 418, 419, 1439]].all()
    assert 0.003 < lost.mean() < 0.006
    assert found["valid_s"].values.sum() == 3 * 86_336


def test_alor_amplitude_agrees_with_the_band_rms_that_was_published(usable):
    found = scalogram(usable(ALOR), ScalogramGrid(band=Band(low_hz=0.022, high_hz=0.1)))
    # Mean power density from |W|^2 of white noise, 4 sqrt(pi) f / w0 per Hz, over the band.
    f = found["frequency"].values
    density = np.nanmean(found.values.astype(float) ** 2, axis=2) / (4 * np.sqrt(np.pi) * f / 6) * 2
    rms_nt = np.sqrt(np.trapezoid(density, f, axis=1))
    npt.assert_allclose(rms_nt, [0.104, 0.051, 0.049], rtol=0.15)


def test_same_day_in_two_frames_agrees_after_rotation(usable):
    magnetic = usable(CONRAD)
    day = cut(usable(CONRAD_WEEK), np.datetime64("2018-08-29"), np.datetime64("2018-08-30"))
    turned = rotate(magnetic, "XYZ", declination_deg=4.275)["field"].values
    n = min(turned.shape[1], day.sizes["time"])
    difference = turned[:, :n] - day["field"].values[:, :n]
    difference -= np.nanmean(difference, axis=1, keepdims=True)
    assert np.nanstd(difference, axis=1).max() < 0.007
    grid = ScalogramGrid(n_frequencies=8, column_s=1200)
    a = scalogram(rotate(magnetic, "XYZ", declination_deg=4.27), grid)
    b = scalogram(day, grid)
    npt.assert_allclose(a[:, :, 2:-2], b[:, :, 2:-2], atol=0.004, rtol=0.02)


def test_two_sensors_on_one_pier_disagree_nowhere(usable, real_data):
    a = usable("one_second/wic_2022-08-10_FGE_S0252_magpycdf.cdf")
    b = usable("one_second/wic_2022-08-10_iaga2002.zip")
    b = rotate(b, a.attrs["frame"], declination_deg=4.27)
    found = quality.disagreement(a, b)["flags"].values & np.uint16(Flag.DISAGREE)
    assert not found.any()


def test_summary_names_the_coarse_resolution(real_data):
    sentences = quality.summary(
        read(real_data / "one_second/wik_2011-09-08_gdas_quantised0.1nT_magpycdf.cdf")
    )
    assert any("in steps of 0.1 nT" in s for s in sentences)
    assert any(s.startswith("QUANTISED") for s in sentences)


def test_summary_names_the_clock_fault_of_september_2011(real_data):
    sentences = quality.summary(read(real_data / "one_minute/wik_2011-09_lemi025/20110916v.min.xz"))
    assert any(s.startswith("Clock fault") and "+21 s" in s for s in sentences)
    assert any(s.startswith("CLOCK") for s in sentences)


def test_summary_of_alor_names_its_gap(real_data):
    assert any(
        "64 s from 2025-01-01 06:58:03" in s for s in quality.summary(read(real_data / ALOR))
    )


FAULTS = Flag.MISSING | Flag.OUT_OF_RANGE | Flag.MISDECODE | Flag.SPIKE
STORM = "one_second/wic_2024-05-09_4days_imagcdf13_example4.cdf"
DISTURBED = "one_second/partial_llo_2020-01-06_4h_UVW_iaga2002.sec.gz"
SOUND = [
    ALOR,
    CONRAD,
    CONRAD_WEEK,
    "one_second/cmo_2020-03-01_HEZF_pcdcp.raw.gz",
    "one_second/wic_2022-08-03_FGE_S0252_magpycdf.cdf",
    "one_second/wik_2011-09-08_gdas_quantised0.1nT_magpycdf.cdf",
]


@pytest.mark.parametrize(
    ("path", "least", "most"),
    [*((path, 0.0, 0.0) for path in SOUND), (STORM, 1e-4, 2e-3), (DISTURBED, 0.3, 0.4)],
)
def test_flat_lines_and_steps_cost_sound_days_nothing(real_data, path, least, most):
    recording = quality.flag(read(real_data / path))
    lost = [np.isnan(gaps.mask(recording, what)).mean(axis=1) for what in (NOT_TRANSFORMED, FAULTS)]
    more = float((lost[0] - lost[1]).max())
    assert least <= more <= most
    if path == DISTURBED:
        jumps = np.abs(np.diff(recording["field"].values, axis=1)).max(axis=1)
        assert (jumps > 25).all()
