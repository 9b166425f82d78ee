"""FRG604RC bytes in the wrong layout are known by their fingerprint."""

from pathlib import Path

import numpy as np
import pytest

from seismomag.core.errors import FormatError
from seismomag.core.recording import make_recording
from seismomag.readers import frg604rc, iaga2002, read
from seismomag.readers.misdecode import is_misdecode, refuse_misdecode


def wrong_layout(data: bytes) -> np.ndarray:
    """One header of 32 bytes, then records of int16 fields of 0.1 nT on invented baselines."""
    body = np.frombuffer(data[32 : 32 + (len(data) - 32) // 16 * 16], "<i2").reshape(-1, 8)
    return (body[:, :3] * 0.1 + np.array([38_000.0, 0.0, 32_000.0])).T


@pytest.fixture(scope="module")
def field() -> np.ndarray:
    rng = np.random.default_rng(11)
    # The shape of the noise that the wrong layout makes: wide, but not uniform.
    noise = np.clip(rng.normal(0, 1_250, (3, 20_000)), -3_276.8, 3_276.7)
    noise[:, :2] = [-3_276.8, 3_276.7]
    return noise + np.array([[38_000.0], [0.0], [32_000.0]])


def test_the_fingerprint_is_refused_in_any_format(field: np.ndarray, tmp_path: Path) -> None:
    recording = make_recording(
        field,
        np.datetime64("2025-01-01", "ns"),
        sampling_hz=1.0,
        frame="XYZ",
        station_code="ALR",
        source_format="made here",
        source_sha256="0",
    )
    path = iaga2002.write(recording, tmp_path / "alr.sec")
    with pytest.raises(FormatError, match="read with the wrong layout"):
        read(path)


def test_a_storm_is_no_misdecode(field: np.ndarray) -> None:
    t = np.arange(20_000)
    storm = np.stack([-900 * np.exp(-t / 8_000), 300 * np.sin(t / 900), 100 * np.cos(t / 900)])
    assert not is_misdecode(storm + 30_000)
    assert not is_misdecode(np.stack([field[0], field[1], storm[2]]))
    assert not is_misdecode(np.full((3, 100), np.nan))
    refuse_misdecode(storm, "storm")


def test_a_short_piece_is_not_judged(field: np.ndarray) -> None:
    assert not is_misdecode(field[:, :100])
    assert is_misdecode(field)


@pytest.mark.real_data
def test_the_real_day_in_the_wrong_layout_is_noticed(real_data: Path) -> None:
    import gzip

    data = gzip.decompress((real_data / "bmkg" / "S250101.ALR.gz").read_bytes())
    field = wrong_layout(data)
    assert is_misdecode(field)
    assert not is_misdecode(frg604rc.read(data, "S250101.ALR")["field"].values)
