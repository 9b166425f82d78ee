"""Compiled and plain stages give the same, and the choice between them is plain."""

from importlib.util import find_spec

import numpy as np
import numpy.testing as npt
import pytest
from scipy.ndimage import maximum_filter

from seismomag.core.bands import Band
from seismomag.core.errors import ConfigError
from seismomag.signal import engine, half, kernels, stages
from seismomag.signal.day import compute_planes, transform
from seismomag.signal.grid import ScalogramGrid
from seismomag.signal.plan import make_plan

DAY = 86_400
GRIDS = [
    ScalogramGrid(),
    ScalogramGrid(n_frequencies=8, column_s=1200, representation="polarimetric"),
]
fast = pytest.mark.skipif(find_spec("numba") is None, reason="the extra 'fast' is not installed")


@fast
@pytest.mark.parametrize("grid", GRIDS, ids=["amplitude", "polarimetric"])
def test_engines_agree_to_a_millionth_of_the_power(monkeypatch, long_field, grid):
    field = long_field[:, 5400 - grid.reach_s : 5400 + DAY + grid.reach_s]
    found = {}
    for name in engine.ENGINES:
        monkeypatch.setenv(engine.VARIABLE, name)
        found[name], _ = compute_planes(field, grid)
    plain, quick = (found[name].astype(np.float64) for name in ("scipy", "numba"))
    difference = np.abs(quick[:3] ** 2 - plain[:3] ** 2)
    # In the shadow of a burst, float32 promises no more than its share of the burst.
    near = maximum_filter(plain[:3] ** 2, size=(1, 5, 21))
    assert (difference <= 1e-6 * near).all()
    assert np.quantile(difference / plain[:3] ** 2, 0.999) < 1e-6
    npt.assert_allclose(quick[3:], plain[3:], atol=2e-6)


@fast
def test_tensors_of_both_engines_differ_by_no_more_than_one_step(monkeypatch, long_field):
    grid = GRIDS[1]
    field = long_field[:, 5400 - grid.reach_s : 5400 + DAY + grid.reach_s].copy()
    field[1, 30_000:30_100] = np.nan
    tensors = []
    for name in engine.ENGINES:
        monkeypatch.setenv(engine.VARIABLE, name)
        tensors.append(transform(field, grid).planes)
    npt.assert_array_equal(np.isnan(tensors[0]), np.isnan(tensors[1]))
    npt.assert_allclose(tensors[0].astype(float), tensors[1].astype(float), rtol=1e-3, atol=1e-5)


@pytest.fixture(scope="module")
def stage():
    """Spectrum and plan of one short list of frequencies."""
    grid = ScalogramGrid(n_frequencies=2, column_s=43_200, representation="polarimetric")
    plan = make_plan(grid)
    field = np.random.default_rng(8).normal(size=(3, DAY + 2 * grid.reach_s))
    bins = stages.integrated_spectrum(stages.difference(field), plan)
    return plan, bins, np.empty(plan.largest_batch, np.complex64)


def test_uncompiled_place_is_the_product_and_zeros(stage):
    plan, bins, buffer = stage
    batch = plan.batches[0]
    placed = stages.place(bins, batch, plan, buffer).copy()
    out = np.ones((batch.sizes.size, 3, 2 * placed.shape[2]), np.float32)
    kernels.place(bins.view(np.float32), batch.first_bin, batch.gains, batch.sizes, out)
    npt.assert_array_equal(out, placed.view(np.float32))


def test_uncompiled_reductions_equal_the_matrix_products():
    grid = ScalogramGrid(n_frequencies=2, column_s=43_200, representation="polarimetric")
    batch = make_plan(grid).batches[0]
    n = batch.first_sample + 2 * batch.per_column + 40
    rng = np.random.default_rng(9)
    w = rng.normal(size=(batch.sizes.size, 3, n)) + 1j * rng.normal(size=(batch.sizes.size, 3, n))
    w = w.astype(np.complex64)
    expected, found = np.zeros((2, 9, 2, 2), np.float32)
    window = batch.taps.shape[1]
    kernels.reduce_cross(
        w[:, :, : batch.first_sample + window + batch.per_column],
        batch.taps,
        batch.first_sample,
        batch.per_column,
        found[3:, batch.rows],
    )
    stages.reduce_cross(w, batch, expected[3:])
    kernels.reduce_power(w, batch.taps, batch.first_sample, batch.per_column, found[:3, batch.rows])
    stages.reduce_power(w, batch, expected[:3])
    npt.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def test_uncompiled_differences_and_amplitudes_equal_those_of_numpy():
    field = np.random.default_rng(11).normal(size=(3, 50)) + 4e4
    out = np.zeros((4, 50), np.float32)
    kernels.difference(field, out)
    npt.assert_array_equal(out, stages.difference(field))
    found = np.array([4.0, 0.0, -1e-9, 2.0], np.float32)
    expected = found.copy()
    kernels.amplitudes(found)
    stages.amplitudes(expected)
    npt.assert_array_equal(found, expected)
    assert found[2] == 0


@pytest.mark.parametrize("high_hz", [0.1, 0.26, 0.4])
def test_spectrum_of_pairs_is_that_of_the_field(high_hz):
    grid = ScalogramGrid(band=Band(low_hz=0.02, high_hz=high_hz), n_frequencies=2)
    plan = make_plan(grid)
    rng = np.random.default_rng(12)
    field = rng.normal(size=(3, plan.n_samples)).cumsum(axis=1)
    found = stages.integrated_spectrum(stages.difference(field), plan)
    steps = np.concatenate([np.zeros((3, 1)), np.diff(field, axis=1)], axis=1)
    k = np.arange(plan.n_bins)
    full = np.fft.fft(steps, axis=1)[:, k]
    expected = full[:, 1:] / (1 - np.exp(-2j * np.pi * k[1:] / plan.n_samples))
    npt.assert_allclose(found[:, 1:], expected, atol=1e-5 * np.abs(full).max(), rtol=1e-3)
    npt.assert_array_equal(found[:, 0], 0)


def test_uncompiled_rounding_equals_that_of_numpy():
    rng = np.random.default_rng(10)
    values = rng.normal(size=300) * 10.0 ** rng.uniform(-9, 6, 300)
    values = np.append(values, [0.0, -0.0, np.nan, 65_504, 65_520]).astype(np.float32)
    out = np.empty(values.size, np.uint16)
    with np.errstate(over="ignore"):
        kernels.to_half(values.view(np.uint32), values, out)
    npt.assert_array_equal(out.view(np.float16), half.to_half(values))


@fast
def test_compiled_rounding_equals_that_of_numpy_bit_by_bit():
    every = np.arange(0x0000, 0x7C00, dtype=np.uint16).view(np.float16).astype(np.float32)
    values = np.concatenate([every, (every[1:] + every[:-1]) / 2, [np.nan, 1e9]])
    values = np.concatenate([values, -values]).astype(np.float32)
    found = engine.load("numba").to_half(values)
    npt.assert_array_equal(found.view(np.uint16), half.to_half(values).view(np.uint16))


def test_engine_of_another_name_is_refused(monkeypatch):
    monkeypatch.setenv(engine.VARIABLE, "fftw")
    with pytest.raises(ConfigError, match="choose one of numba, scipy"):
        engine.engine()


def test_missing_package_is_named_with_the_remedy(monkeypatch):
    monkeypatch.setattr(engine, "find_spec", lambda name: None)
    engine.load.cache_clear()
    with pytest.raises(ConfigError, match=r"seismomag\[fast\]"):
        engine.load("numba")
    engine._fastest.cache_clear()
    monkeypatch.delenv(engine.VARIABLE, raising=False)
    assert engine.engine().name == "scipy"
    engine._fastest.cache_clear()
    engine.load.cache_clear()


@fast
def test_loops_are_compiled_even_where_nothing_can_be_written(monkeypatch):
    from numba.core import caching

    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [])
    out = np.empty(1, np.uint16)
    values = np.array([1.0], np.float32)
    kernels.compiled(kernels.to_half)(values.view(np.uint32), values, out)
    assert out.view(np.float16)[0] == 1
