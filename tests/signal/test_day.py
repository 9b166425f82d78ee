"""The fast transform keeps the definition, its laws, and its silence about gaps."""

import numpy as np
import numpy.testing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seismomag.core.bands import Band
from seismomag.core.errors import SchemaError
from seismomag.signal.day import compute_planes, transform
from seismomag.signal.gaps import coverage
from seismomag.signal.wavelet import ScalogramGrid, direct_power

DAY = 86_400
WIDE = ScalogramGrid()
PC3 = ScalogramGrid(band=Band(low_hz=0.022, high_hz=0.1))
SMALL = ScalogramGrid(n_frequencies=8, column_s=1200)
POLAR = ScalogramGrid(n_frequencies=8, column_s=1200, representation="polarimetric")


def cut(field, grid, shift_s=0):
    middle = (field.shape[1] - DAY) // 2 + shift_s
    return field[:, middle - grid.reach_s : middle + DAY + grid.reach_s]


def reference(field, grid):
    margin = (field.shape[1] - DAY) // 120
    power = direct_power(field, grid.frequencies_hz)[:, :, margin : margin + 1440]
    return power.reshape(3, grid.n_frequencies, grid.n_columns, -1).mean(axis=3)


def tone(frequency_hz, amplitudes, phases, grid):
    t = np.arange(-grid.reach_s, DAY + grid.reach_s)
    amplitudes, phases = np.array(amplitudes)[:, None], np.array(phases)[:, None]
    return amplitudes * np.cos(2 * np.pi * frequency_hz * t + phases) + 30_000


@pytest.mark.parametrize("row", [0, 3, 7])
def test_tone_of_amplitude_a_gives_a_at_its_frequency(row):
    f = SMALL.frequencies_hz[row]
    planes, _ = compute_planes(tone(f, [3.0, 0.5, 20.0], [0, 1, 2], SMALL), SMALL)
    for plane, amplitude in zip(planes, [3.0, 0.5, 20.0], strict=True):
        npt.assert_allclose(plane[row], amplitude, rtol=1e-4)
    assert planes[0, :, 10].argmax() == row


@pytest.mark.parametrize("grid", [WIDE, PC3], ids=["10-100 mHz", "22-100 mHz"])
def test_minute_power_keeps_the_definition(long_field, grid):
    planes, _ = compute_planes(cut(long_field, grid), grid)
    error = np.abs(planes.astype(np.float64) ** 2 / reference(long_field, grid) - 1)
    assert error.max() <= 1e-3
    assert np.quantile(error, 0.999) <= 1e-4


@pytest.mark.parametrize(
    ("band", "n"),
    [(Band(low_hz=0.001, high_hz=0.004), 4), (Band(low_hz=0.2, high_hz=0.4), 4)],
    ids=["1 mHz", "0.4 Hz"],
)
def test_corners_of_the_range_keep_the_definition(noise, band, n):
    grid = ScalogramGrid(band=band, n_frequencies=n)
    field = noise(DAY + 2 * 2 * 5400, seed=2)
    planes, _ = compute_planes(cut(field, grid), grid)
    power = reference(field, grid)
    # Where the power passes through zero within a minute a relative error means nothing.
    scale = np.maximum(power, 0.01 * np.median(power, axis=2, keepdims=True))
    error = np.abs(planes.astype(np.float64) ** 2 - power) / scale
    assert error.max() <= 1e-3


def test_edge_columns_with_real_neighbours_are_right_to_half_a_float16_ulp(long_field):
    planes, _ = compute_planes(cut(long_field, WIDE), WIDE)
    amplitude = np.sqrt(reference(long_field, WIDE))
    edges = np.r_[0:20, 1420:1440]
    wrong = np.abs(planes[..., edges] / amplitude[..., edges] - 1) > 2.0**-12
    assert not wrong.any()


def test_missing_neighbour_is_masked_never_padded(long_field):
    field = cut(long_field, WIDE).copy()
    field[:, : WIDE.reach_s] = np.nan
    tensor = transform(field, WIDE)
    known = np.isfinite(tensor.planes)
    assert not known[:, 0, :2].any()
    assert known[:, :, 5:].all()
    npt.assert_array_equal(tensor.valid_s, 60)
    amplitude = np.sqrt(reference(long_field, WIDE))
    error = np.abs(np.log10(tensor.planes.astype(float) / amplitude))
    # Coefficients between 0.99 and full coverage carry a small error of the bridge.
    assert np.nanmax(error[:, :, 5:]) < 0.01


def test_gap_of_64_seconds_masks_its_surroundings_and_leaves_the_rest(long_field):
    field = cut(long_field, WIDE).copy()
    gap = slice(WIDE.reach_s + 30_000, WIDE.reach_s + 30_064)
    field[:, gap] = np.nan
    planes, valid_s = compute_planes(field, WIDE)
    full, _ = compute_planes(cut(long_field, WIDE), WIDE)
    assert np.isnan(planes[:, :, 500]).all()
    assert valid_s[0, 500] == 0
    assert valid_s[0, 501] == 56
    error = np.abs(np.log10(planes / full))
    share = np.isnan(planes).mean()
    assert 0.001 < share < 0.01
    # Figures of the design: median 0.003-0.025 dex and p95 up to 0.44 at coverage 0.99-1.
    covered = coverage(np.isnan(field[0]), WIDE)
    near = (covered >= 0.99) & (covered < 0.9999)
    assert np.nanmedian(error[:, near]) < 0.025
    assert np.nanquantile(error[:, near], 0.95) < 0.44
    assert np.nanmax(error[:, covered >= 0.9999]) < 0.05


def test_filling_a_gap_with_zero_would_be_wrong_by_orders_of_magnitude(long_field):
    filled = cut(long_field, WIDE).copy()
    filled[:, WIDE.reach_s + 30_000 : WIDE.reach_s + 30_064] = 0
    spoilt, _ = compute_planes(filled, WIDE)
    full, _ = compute_planes(cut(long_field, WIDE), WIDE)
    assert np.log10(spoilt[0, :, 500] ** 2 / full[0, :, 500] ** 2).min() > 3


@pytest.mark.parametrize("row", [0, 1, 2])
def test_component_without_samples_is_missing_and_the_others_are_not(long_field, row):
    field = cut(long_field, POLAR).copy()
    field[row] = np.nan
    tensor = transform(field, POLAR)
    pairs = ((0, 1), (0, 1), (0, 2), (0, 2), (1, 2), (1, 2))
    lost = [i == row for i in range(3)] + [row in pair for pair in pairs]
    npt.assert_array_equal(np.isnan(tensor.planes).all(axis=(1, 2)), lost)
    npt.assert_array_equal(np.isnan(tensor.planes).any(axis=(1, 2)), lost)
    assert tensor.coverage == 0
    npt.assert_array_equal(tensor.valid_s[row], 0)


def test_coverage_is_the_share_of_the_day_in_the_worst_component(long_field):
    field = cut(long_field, SMALL).copy()
    field[1, SMALL.reach_s : SMALL.reach_s + 8640] = np.nan
    tensor = transform(field, SMALL)
    assert tensor.coverage == pytest.approx(0.9)
    assert tensor.valid_s.dtype == np.uint16
    npt.assert_array_equal(tensor.valid_s[:, :8], [[1200] * 8, [0] * 7 + [960], [1200] * 8])


def test_tensor_has_the_shapes_and_types_of_the_store(long_field):
    tensor = transform(cut(long_field, WIDE), WIDE)
    assert tensor.planes.shape == (3, 128, 1440)
    assert tensor.planes.dtype == np.float16
    assert tensor.valid_s.shape == (3, 1440)
    assert tensor.valid_s.dtype == np.uint8
    assert tensor.coverage == 1.0
    assert np.isfinite(tensor.planes).all()


@settings(max_examples=8, deadline=None)
@given(st.floats(-1e3, 1e3), st.floats(0.01, 100), st.floats(-0.1, 0.1))
def test_amplitude_is_linear_and_blind_to_offset_and_trend(offset, factor, trend):
    rng = np.random.default_rng(3)
    field = rng.normal(size=(3, DAY + 2 * SMALL.reach_s))
    line = offset + trend * np.arange(field.shape[1])
    plain, _ = compute_planes(field, SMALL)
    changed, _ = compute_planes(factor * field + line, SMALL)
    npt.assert_allclose(changed, factor * plain, rtol=1e-4)


@settings(max_examples=5, deadline=None)
@given(st.integers(1, 60))
def test_shift_by_whole_minutes_commutes(minutes):
    grid = ScalogramGrid(n_frequencies=6)
    rng = np.random.default_rng(4)
    field = rng.normal(size=(3, DAY + 2 * 7200))
    here, _ = compute_planes(cut(field, grid), grid)
    later, _ = compute_planes(cut(field, grid, 60 * minutes), grid)
    npt.assert_allclose(later[:, :, :-minutes], here[:, :, minutes:], rtol=5e-4)


def test_energy_of_white_noise_is_the_integral_of_the_wavelet():
    sigma = 0.7
    rng = np.random.default_rng(5)
    grid = ScalogramGrid(n_frequencies=16, column_s=86_400)
    planes, _ = compute_planes(rng.normal(0, sigma, (3, DAY + 2 * grid.reach_s)), grid)
    # E|W|^2 = sigma^2 * integral of 4 exp(-(w0 nu/f - w0)^2) d nu = 4 sigma^2 sqrt(pi) f / w0
    expected = 4 * sigma**2 * np.sqrt(np.pi) * grid.frequencies_hz / 6
    npt.assert_allclose((planes**2).mean(axis=(0, 2)), expected, rtol=0.1)


def test_columns_of_twenty_minutes_are_the_means_of_their_minutes(long_field):
    fine = ScalogramGrid(n_frequencies=8)
    minutes, _ = compute_planes(cut(long_field, fine), fine)
    columns, _ = compute_planes(cut(long_field, SMALL), SMALL)
    mean = (minutes.astype(float) ** 2).reshape(3, 8, 72, 20).mean(axis=3)
    npt.assert_allclose(columns**2, mean, rtol=1e-4)


def test_cross_spectra_by_hand():
    f = POLAR.frequencies_hz[4]
    planes, _ = compute_planes(tone(f, [2.0, 1.0, 4.0], [0.5, 0.0, -0.7], POLAR), POLAR)
    for i, phase in enumerate([0.5, 1.2, 0.7]):
        npt.assert_allclose(planes[3 + 2 * i, 4], np.cos(phase), atol=1e-4)
        npt.assert_allclose(planes[4 + 2 * i, 4], np.sin(phase), atol=1e-4)


def test_cross_spectra_stay_within_one_and_keep_amplitudes(long_field):
    nine, _ = compute_planes(cut(long_field, POLAR), POLAR)
    three, _ = compute_planes(cut(long_field, SMALL), SMALL)
    npt.assert_array_equal(nine[:3], three)
    modulus = np.hypot(nine[3::2], nine[4::2])
    assert modulus.max() <= 1 + 1e-5
    assert modulus.min() >= 0


def test_field_that_does_not_move_gives_zeros():
    planes, _ = compute_planes(np.full((3, DAY + 2 * POLAR.reach_s), 4e4), POLAR)
    npt.assert_array_equal(planes, 0)


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_what_is_not_finite_is_missing_in_planes_and_seconds_alike(long_field, value):
    field = cut(long_field, SMALL).copy()
    field[1, SMALL.reach_s + 30_000] = value
    field[2] = value
    tensor = transform(field, SMALL)
    column = 30_000 // SMALL.column_s
    assert tensor.valid_s[1, column] == SMALL.column_s - 1
    assert not tensor.valid_s[2].any()
    assert np.isnan(tensor.planes[2]).all()
    assert np.isfinite(tensor.planes[0]).all()
    assert not np.isinf(tensor.planes).any()
    assert tensor.coverage == 0


def test_field_of_another_length_is_refused():
    with pytest.raises(SchemaError, match=r"expected \(3, 87480\)"):
        transform(np.zeros((3, DAY)), SMALL)


def test_transform_changes_nothing_it_was_given(long_field):
    field = cut(long_field, SMALL).copy()
    field[0, 5000:5010] = np.nan
    before = field.copy()
    transform(field, SMALL)
    npt.assert_array_equal(field, before)
