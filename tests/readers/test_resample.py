"""Decimation keeps the time and the signal."""

from pathlib import Path

import numpy as np
import pytest

from seismomag.core.errors import SchemaError
from seismomag.core.flags import Flag
from seismomag.core.recording import make_recording
from seismomag.readers import read
from seismomag.readers.resample import to_one_hz

START = np.datetime64("2020-01-06", "ns")


def sampled(hz: float, seconds: float, signal, offset_s: float = 0.0, flags=None):
    t = offset_s + np.arange(round(seconds * hz)) / hz
    return make_recording(
        np.stack([signal(t), 20_000 + signal(t), np.full(t.size, -3.0)]),
        START + np.timedelta64(round(offset_s * 1e9), "ns"),
        sampling_hz=hz,
        frame="UVW",
        station_code="LLO",
        source_format="made here",
        source_sha256="0",
        flags=flags,
    )


def slow(t: np.ndarray) -> np.ndarray:
    return 10 * np.sin(2 * np.pi * 0.02 * t + 0.3)


@pytest.mark.parametrize("hz", [2.0, 10.0, 16.0])
@pytest.mark.parametrize("offset_s", [0.0, -6.5, 0.5])
def test_a_slow_wave_comes_through_without_a_shift(hz: float, offset_s: float) -> None:
    found = to_one_hz(sampled(hz, 200, slow, offset_s))
    assert found.attrs["sampling_hz"] == 1.0
    times = found["time"].values
    assert (times == times.astype("datetime64[s]")).all()
    t = (times - START) / np.timedelta64(1, "s")
    inner = slice(10, -10)
    np.testing.assert_allclose(found["field"].values[0, inner], slow(t)[inner], atol=0.02)
    np.testing.assert_allclose(found["field"].values[2, inner], -3.0, atol=1e-12)


def test_a_fast_wave_is_removed() -> None:
    found = to_one_hz(sampled(10.0, 200, lambda t: np.sin(2 * np.pi * 1.02 * t)))
    assert np.nanmax(np.abs(found["field"].values[0, 10:-10])) < 1e-3


def test_one_missing_sample_costs_nothing_a_long_gap_stays_a_gap() -> None:
    recording = sampled(10.0, 200, slow)
    recording["field"].values[0, 1_000] = np.nan
    recording["field"].values[1, 1_000:1_300] = np.nan
    found = to_one_hz(recording)["field"].values
    assert np.isfinite(found[0, 10:-10]).all()
    assert np.isnan(found[1, 102:128]).all()
    assert np.isfinite(found[1, 10:95]).all()
    np.testing.assert_allclose(found[0, 10:-10], slow(np.arange(200.0))[10:-10], atol=0.05)


def test_the_mean_field_does_not_leak_at_the_ends() -> None:
    found = to_one_hz(sampled(10.0, 60, lambda t: 0 * t))["field"].values
    np.testing.assert_allclose(found[1][np.isfinite(found[1])], 20_000, atol=1e-9)


def test_flags_are_gathered_over_their_second() -> None:
    flags = np.zeros((3, 2_000), np.uint16)
    flags[0, 1_003] = Flag.CLOCK
    found = to_one_hz(sampled(10.0, 200, slow, flags=flags))["flags"].values
    assert np.flatnonzero(found[0] & Flag.CLOCK).tolist() == [100]


def test_one_hertz_and_slower_come_back_as_they_are() -> None:
    for hz in (1.0, 1 / 60):
        recording = sampled(hz, 600, slow)
        assert to_one_hz(recording) is recording


def test_a_broken_rate_is_refused_and_nothing_stays_nothing() -> None:
    with pytest.raises(SchemaError, match="no whole number"):
        to_one_hz(sampled(2.5, 100, slow))
    empty = sampled(10.0, 30, lambda t: np.full(t.size, np.nan))
    assert np.isnan(to_one_hz(empty)["field"].values[0]).all()


@pytest.mark.real_data
def test_ten_hertz_of_llo_gives_the_one_hertz_file_of_the_usgs(real_data: Path) -> None:
    pytest.importorskip("obspy")
    folder = real_data / "one_second"
    fast = to_one_hz(read(folder / "partial_llo_2020-01-06_4h_10Hz_UVW.mseed"))
    theirs = read(folder / "partial_llo_2020-01-06_4h_UVW_iaga2002.sec.gz")
    ours = fast.sel(time=theirs["time"])
    difference = ours["field"].values - theirs["field"].values
    # The text has two decimals: half a unit of the last one is the whole difference.
    assert difference.shape == (3, 14_401)
    assert np.abs(difference).max() < 0.0051


@pytest.mark.parametrize(("hz", "offset_s"), [(1.0, 0.3), (1.0, -0.4), (10.0, 0.03)])
def test_a_clock_off_the_second_is_laid_on_the_nearest_one_and_flagged(hz, offset_s):
    found = to_one_hz(sampled(hz, 100, slow, offset_s))
    times = found["time"].values
    assert (times == times.astype("datetime64[s]")).all()
    assert found.attrs["clock_offset_s"] == pytest.approx(offset_s)
    assert len(found.attrs["clock_faults"]) == 1
    assert (found["flags"].values & Flag.CLOCK).all()
