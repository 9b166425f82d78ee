"""Figures of the design on edges and gaps, held as regressions."""

import numpy as np
import numpy.testing as npt
import pytest

from seismomag.core.bands import Band
from seismomag.core.recording import place
from seismomag.readers import read
from seismomag.signal import gaps, quality
from seismomag.signal.day import compute_planes
from seismomag.signal.wavelet import ScalogramGrid

DAY = 86_400
# Half a unit in the last place of float16.
HALF_ULP = 2.0**-12
EDGES = ScalogramGrid(band=Band(low_hz=0.01, high_hz=0.022), n_frequencies=2)
REACH = EDGES.reach_s

PADDINGS = {
    "zeros": lambda day: np.pad(day - day.mean(axis=1, keepdims=True), ((0, 0), (REACH, REACH))),
    "reflection": lambda day: np.pad(day, ((0, 0), (REACH, REACH)), mode="reflect"),
    "periodic": lambda day: np.pad(day, ((0, 0), (REACH, REACH)), mode="wrap"),
}


@pytest.fixture(scope="module")
def true_planes(long_field):
    """Planes with nine minutes of real neighbours on both sides."""
    field = long_field[:, 5400 - REACH : 5400 + DAY + REACH]
    planes, _ = compute_planes(field, EDGES)
    return planes


def wrong_columns(planes, truth):
    """Columns at both edges, from the day's begin or end to the last that is wrong."""
    wrong = (np.abs(planes / truth - 1) > HALF_ULP).any(axis=0)
    counts = []
    for row in wrong:
        left = np.flatnonzero(row[:60])
        right = np.flatnonzero(row[:-61:-1])
        counts.append(sum(int(x[-1]) + 1 if x.size else 0 for x in (left, right)))
    return counts


@pytest.mark.parametrize(
    ("padding", "at_22_mhz", "at_10_mhz"),
    [("zeros", 8, 16), ("reflection", 6, 14), ("periodic", 7, 14)],
)
def test_padding_spoils_the_columns_that_the_design_counts(
    long_field, true_planes, padding, at_22_mhz, at_10_mhz
):
    padded = PADDINGS[padding](long_field[:, 5400 : 5400 + DAY])
    planes, _ = compute_planes(padded, EDGES)
    low, high = wrong_columns(planes, true_planes)
    assert abs(high - at_22_mhz) <= 3
    assert abs(low - at_10_mhz) <= 3


def test_nine_real_minutes_spoil_nothing(long_field, true_planes):
    # The same columns from a window that begins two hours earlier know far more neighbours.
    shift = 20
    field = long_field[:, 5400 - REACH - 60 * shift : 5400 + DAY + REACH - 60 * shift]
    planes, _ = compute_planes(field, EDGES)
    error = np.abs(planes[:, :, shift : shift + 30] / true_planes[:, :, :30] - 1)
    assert error.max() < HALF_ULP
    npt.assert_array_less(np.median(error), 6e-6)


@pytest.mark.parametrize("filled_with", ["zero", "mean"])
def test_filling_is_wrong_by_orders_and_dividing_by_coverage_repairs_nothing(
    long_field, filled_with
):
    grid = ScalogramGrid(n_frequencies=8)
    field = long_field[:, 5400 - grid.reach_s : 5400 + DAY + grid.reach_s]
    full, _ = compute_planes(field, grid)
    gap = slice(grid.reach_s + 30_000, grid.reach_s + 30_064)
    broken = field.copy()
    # A drift of the day puts its mean tens of nT beside the field around the gap.
    drift = 30.0 * np.sin(2 * np.pi * np.arange(field.shape[1]) / DAY)
    broken += drift
    broken[:, gap] = 0.0 if filled_with == "zero" else broken.mean(axis=1, keepdims=True)
    spoilt, _ = compute_planes(broken, grid)
    missing = np.zeros(field.shape[1], np.bool_)
    missing[gap] = True
    share = gaps.coverage(missing, grid)
    near = (share > 0.2) & (share < 0.9)
    raw = np.log10((spoilt[0] / full[0])[near] ** 2)
    divided = np.log10((spoilt[0] / share / full[0])[near] ** 2)
    # The design: 3 to 7 orders.
    assert np.median(raw) > 2.9
    assert np.median(divided) > 2.9


@pytest.mark.real_data
def test_zero_in_the_gap_of_alor_would_drown_the_day(real_data):
    grid = ScalogramGrid(band=Band(low_hz=0.022, high_hz=0.1), n_frequencies=24)
    recording = quality.flag(read(real_data / "bmkg/S250101.ALR.gz"))
    start = np.datetime64("2025-01-01") - np.timedelta64(grid.reach_s, "s")
    field = place(recording, start, DAY + 2 * grid.reach_s)
    inside = slice(grid.reach_s, grid.reach_s + DAY)
    filled = field.copy()
    filled[:, inside] = np.nan_to_num(filled[:, inside], nan=0.0)
    honest, _ = compute_planes(field, grid)
    drowned, _ = compute_planes(filled, grid)
    known = np.isfinite(honest).all(axis=(0, 1))
    # The design: an rms of 234.5 nT instead of 0.0985 nT.
    rms = np.sqrt(np.nanmean(drowned[0] ** 2)), np.sqrt(np.mean(honest[0][:, known] ** 2))
    assert 1e3 < rms[0] / rms[1] < 1e4
