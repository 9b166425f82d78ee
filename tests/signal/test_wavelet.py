"""A recording becomes a labelled scalogram."""

import numpy as np
import numpy.testing as npt
import pytest
import xarray as xr

from seismomag.core.errors import ConfigError, CoverageError, SchemaError
from seismomag.core.flags import Flag
from seismomag.core.joining import join
from seismomag.core.schema import check_scalogram
from seismomag.signal.day import compute_planes
from seismomag.signal.quality import flag
from seismomag.signal.rotation import rotate
from seismomag.signal.wavelet import ScalogramGrid, direct_power, scalogram

DAY = 86_400
COARSE = ScalogramGrid(n_frequencies=6, column_s=1200)
POLAR = ScalogramGrid(n_frequencies=6, column_s=1200, representation="polarimetric")


def test_scalogram_keeps_its_contract(recording_of, noise):
    found = check_scalogram(scalogram(recording_of(noise(DAY, seed=1)), COARSE))
    assert found.shape == (3, 6, 72)
    assert found["component"].values.tolist() == ["H", "D", "Z"]
    assert found["time"].values[1] == np.datetime64("2025-03-01T00:20:00")
    assert found.attrs["padding_s"] == 540
    assert found.attrs["band_hz"] == (0.01, 0.1)
    npt.assert_array_equal(found["valid_s"], 1200)


def test_nine_planes_are_named_after_the_components(recording_of, noise):
    found = check_scalogram(scalogram(recording_of(noise(DAY, seed=1), frame="XYZ"), POLAR))
    assert found["component"].values.tolist() == [
        "X", "Y", "Z", "XY_real", "XY_imag", "XZ_real", "XZ_imag", "YZ_real", "YZ_imag",
    ]  # fmt: skip


def test_each_day_sees_its_real_neighbours(recording_of, noise):
    field = noise(2 * DAY + 7200, seed=2)
    found = scalogram(recording_of(field, start="2025-02-28T23:00:00"), COARSE)
    assert found.sizes["time"] == 4 * 72
    first, _ = compute_planes(field[:, 3600 - 540 : 3600 + DAY + 540], COARSE)
    npt.assert_array_equal(found.values[:, :, 72:144], first)
    assert np.isfinite(found.values[:, :, 72 - 2 : 3 * 72 + 2]).all()
    assert np.isnan(found.values[:, :, :68]).all()
    npt.assert_array_equal(found["valid_s"][:, :69], 0)


def test_part_of_a_day_is_enough(recording_of, noise):
    found = scalogram(recording_of(noise(7200, seed=3), start="2025-03-01T06:00:00"), COARSE)
    known = np.isfinite(found.values).all(axis=(0, 1))
    npt.assert_array_equal(np.flatnonzero(known), np.arange(19, 23))


def test_spikes_and_unusable_samples_are_bridged(recording_of, noise):
    field = noise(DAY, seed=4)
    spoilt, flags = field.copy(), np.zeros((3, DAY), np.uint16)
    spoilt[0, 40_000] += 500
    flags[0, 40_000] = Flag.SPIKE
    clean = scalogram(recording_of(field), COARSE)
    bridged = scalogram(recording_of(spoilt, flags=flags), COARSE)
    npt.assert_allclose(bridged[:, :, 2:-2], clean[:, :, 2:-2], rtol=0.05)
    assert bridged["valid_s"].values[0].min() == 1199


def test_a_dead_sensor_is_missing_and_not_quiet(recording_of, noise):
    field = noise(DAY, seed=9)
    field[1] = 12.3
    field[2, 50_000:] = field[2, 50_000]
    dead = scalogram(flag(recording_of(field)), POLAR)
    assert np.isnan(dead.sel(component="D")).all()
    assert not dead["valid_s"].sel(component=["D", "HD_real"]).any()
    npt.assert_array_equal(dead["valid_s"].sel(component="H"), 1200)
    assert np.isnan(dead.sel(component="Z")[:, 42:]).all()
    assert np.isfinite(dead.sel(component="Z")[:, 1:41]).all()


def test_a_step_leaves_no_trace_in_what_stays(recording_of, noise):
    field, grid = noise(DAY, seed=9), ScalogramGrid(n_frequencies=6)
    stepped = field.copy()
    stepped[:, 43_230:] += 50.0
    clean = scalogram(recording_of(field), grid)
    raw = scalogram(recording_of(stepped), grid) / clean
    masked = scalogram(flag(recording_of(stepped)), grid)
    assert raw.max() > 30
    assert (masked / clean).max() < 3
    assert np.isnan(masked).sum() - np.isnan(clean).sum() < 0.015 * clean.size
    assert int(masked["valid_s"].sum(axis=1).min()) == DAY - 600


def test_other_rates_are_refused_with_a_remedy(recording_of):
    with pytest.raises(SchemaError, match=r"needs 1 Hz: .*resample\.to_one_hz"):
        scalogram(recording_of(np.zeros((3, 100)), sampling_hz=10.0))


@pytest.mark.parametrize(
    ("decisions", "message"),
    [
        ({"grid": (0.01, 0.1)}, r"grid=\(0.01, 0.1\) is of type tuple, expected .*ScalogramGrid"),
        ({"band_hz": (0.01, 0.1, 0.2)}, "band_hz=.*expected 2 values, each a number"),
        ({"band_hz": 0.1}, "band_hz=0.1 is of type float"),
        ({"band_hz": ("a", "b")}, "band_hz="),
        ({"n_frequencies": 12.5}, "n_frequencies=12.5"),
        ({"column_s": 60.0}, "column_s=60.0"),
    ],
)
def test_decisions_of_another_kind_are_refused(recording_of, decisions, message):
    with pytest.raises(ConfigError, match=message):
        scalogram(recording_of(np.zeros((3, 100))), **decisions)


def test_empty_recordings_are_refused(recording_of):
    with pytest.raises(CoverageError, match="no samples"):
        scalogram(recording_of(np.zeros((3, 0))))


SPOILT = {
    "two separate days": lambda r: xr.concat([r, _later(r, 4)], "time"),
    "a hole": lambda r: r.isel(time=np.r_[0:4000, 5000:DAY]),
    "missing samples dropped": lambda r: r.where(r["time"].dt.second != 7).dropna("time"),
    "every second sample": lambda r: r.isel(time=slice(0, None, 2)),
    "backwards": lambda r: r.isel(time=slice(None, None, -1)),
    "other order of components": lambda r: r.isel(component=[2, 1, 0]),
    "two components": lambda r: r.isel(component=[0, 1]),
    "transposed": lambda r: r.transpose("time", "component"),
    "the field alone": lambda r: r["field"],
    "without its attributes": lambda r: r.assign_attrs(frame="XYZ"),
    "a path": lambda r: "S250101.ALR.gz",
}


def _later(recording, days):
    return recording.assign_coords(time=recording["time"].values + np.timedelta64(days, "D"))


@pytest.mark.parametrize("how", SPOILT)
@pytest.mark.parametrize(
    "work",
    [
        lambda r: scalogram(r, COARSE),
        flag,
        lambda r: rotate(r, "XYZ", declination_deg=1.0),
    ],
    ids=["scalogram", "flag", "rotate"],
)
def test_a_recording_that_breaks_its_contract_is_refused(recording_of, noise, work, how):
    with pytest.raises(SchemaError, match="recording"):
        work(SPOILT[how](recording_of(noise(DAY, seed=6))))


def test_days_joined_lie_at_their_own_dates(recording_of, noise):
    first, other = (recording_of(noise(DAY, seed=i)) for i in (7, 8))
    found = scalogram(join([_later(other, 4), first]), COARSE)
    assert found.sizes["time"] == 5 * 72
    npt.assert_array_equal(found[:, :, :72], scalogram(first, COARSE))
    late = scalogram(_later(other, 4), COARSE)
    npt.assert_array_equal(found[:, :, 4 * 72 :]["time"], late["time"])
    npt.assert_array_equal(found[:, :, 4 * 72 :], late)
    assert np.isnan(found[:, :, 72 : 4 * 72]).all()


def test_direct_definition_by_an_explicit_sum():
    rng = np.random.default_rng(5)
    field = rng.normal(size=(1, 6000))
    f, s = 0.03, 6 / (2 * np.pi * 0.03)
    t = np.arange(-400, 401)
    wavelet = np.exp(-((t / s) ** 2) / 2) * (np.exp(6j * t / s) - np.exp(-18))
    wavelet *= 2 / (s * np.sqrt(2 * np.pi))
    w = np.convolve(field[0], wavelet, mode="same")
    power = (np.abs(w) ** 2).reshape(-1, 60).mean(axis=1)
    npt.assert_allclose(direct_power(field, f)[0, 0, 10:-10], power[10:-10], rtol=1e-6)


def test_decisions_may_be_given_one_by_one() -> None:
    import seismomag as sm
    from seismomag.core.bands import Band
    from seismomag.core.recording import make_recording

    noise = np.random.default_rng(5).standard_normal((3, 7200)).cumsum(axis=1)
    made = make_recording(
        noise,
        np.datetime64("2025-01-01T06:00:00"),
        sampling_hz=1.0,
        frame="HDZ",
        station_code="ALR",
        source_format="test",
        source_sha256="",
    )
    grid = sm.ScalogramGrid(band=Band(low_hz=0.022, high_hz=0.1), n_frequencies=16, column_s=300)
    one = sm.scalogram(made, grid)
    other = sm.scalogram(made, band_hz=(0.022, 0.1), n_frequencies=16, column_s=300)
    assert one.identical(other)
