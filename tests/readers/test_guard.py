"""A hostile file costs a child process, never this one."""

from pathlib import Path

import numpy as np
import pytest

from seismomag.core.errors import ConfigError, FormatError
from seismomag.core.recording import make_recording
from seismomag.readers import iaga2002, read
from seismomag.readers.guard import read_guarded


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(3)
    recording = make_recording(
        rng.normal(size=(3, 30_000)).round(2),
        np.datetime64("2024-05-10", "ns"),
        sampling_hz=1.0,
        frame="XYZ",
        station_code="WIC",
        source_format="made here",
        source_sha256="0",
    )
    return iaga2002.write(recording, tmp_path_factory.mktemp("guard") / "wic.sec")


def test_a_good_file_arrives_whole(path: Path) -> None:
    assert read_guarded(path, 30, 1_000).identical(read(path))


def test_a_refusal_arrives_as_a_refusal(tmp_path: Path) -> None:
    path = tmp_path / "noise"
    path.write_bytes(b"no format at all")
    with pytest.raises(FormatError, match="no reader knows this file"):
        read_guarded(path, 30, 1_000)


def test_too_little_memory_is_a_refusal(path: Path) -> None:
    with pytest.raises(FormatError, match="needs more than 1 MB"):
        read_guarded(path, 30, 1)


def test_too_little_time_is_a_refusal(path: Path) -> None:
    with pytest.raises(FormatError, match=r"longer than 0\.001 s"):
        read_guarded(path, 0.001, 1_000)


def test_another_station_is_a_refusal(path: Path) -> None:
    with pytest.raises(FormatError, match="asked for station ALR"):
        read_guarded(path, 30, 1_000, station_code="ALR")


def test_senseless_limits_and_missing_files_are_told(path: Path) -> None:
    with pytest.raises(ConfigError):
        read_guarded(path, 0, 100)
    with pytest.raises(FileNotFoundError):
        read_guarded(path.with_name("nowhere"), 1, 100)
