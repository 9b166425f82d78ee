"""A hostile file costs a child process, never this one."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from tests.readers.hostile_netcdf import hanging_netcdf, seal, unsealed_netcdf

from seismomag.core.errors import ConfigError, FormatError
from seismomag.core.recording import make_recording
from seismomag.readers import guard, iaga2002, netcdf, read, read_bytes
from seismomag.readers.guard import read_guarded

LIMIT_S = 8.0


def a_recording(n: int = 30_000) -> xr.Dataset:
    rng = np.random.default_rng(3)
    return make_recording(
        rng.normal(size=(3, n)).round(2),
        np.datetime64("2024-05-10", "ns"),
        sampling_hz=1.0,
        frame="XYZ",
        station_code="WIC",
        source_format="made here",
        source_sha256="0",
    )


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return iaga2002.write(a_recording(), tmp_path_factory.mktemp("guard") / "wic.sec")


@pytest.fixture
def short_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "LIMIT_S", LIMIT_S)


def test_a_good_file_arrives_whole(path: Path) -> None:
    assert read_guarded(path.read_bytes(), str(path)).identical(read(path))


def test_attributes_arrive_as_they_were(tmp_path: Path) -> None:
    before = a_recording(60)
    before.attrs |= {"band_hz": (0.01, 0.1), "notes": ["one"], "declination_deg": 0.5}
    before["field"].attrs["sensor"] = "fluxgate"
    found = read(netcdf.write(before, tmp_path / "day.nc"))
    xr.testing.assert_identical(found, before)
    assert found.attrs["band_hz"] == (0.01, 0.1)
    assert found["flags"].dtype == np.uint16


def test_a_refusal_arrives_as_a_refusal() -> None:
    with pytest.raises(FormatError, match="noise: no reader knows this file"):
        read_guarded(b"no format at all", "noise")


def test_too_little_memory_is_a_refusal(path: Path) -> None:
    with pytest.raises(FormatError, match="needs more than 1 MB"):
        read_guarded(path.read_bytes(), "day", megabytes=1)


def test_too_little_time_is_a_refusal(path: Path) -> None:
    with pytest.raises(FormatError, match=r"longer than 0\.001 s"):
        read_guarded(path.read_bytes(), "day", seconds=0.001)


def test_a_child_that_dies_is_a_refusal(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(guard, "_CHILD", "seismomag.no_such_module")
    with pytest.raises(FormatError, match=r"ended before it answered \(exit 1\)"):
        read_guarded(path.read_bytes(), "day")


@pytest.mark.parametrize("answer", [b"", b"5\n", b"[]\n", b'{"n": 9}\n', b"\xff\n", b'{"n": 1'])
def test_an_answer_that_is_no_recording_is_a_refusal(
    answer: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "liar.py").write_text(
        f"import sys; sys.stdin.buffer.read(); sys.stdout.buffer.write({answer!r})"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(guard, "_CHILD", "liar")
    with pytest.raises(FormatError, match="ended before it answered"):
        read_guarded(b"data", "day")


def test_another_station_is_a_refusal(tmp_path: Path) -> None:
    found = netcdf.write(a_recording(60), tmp_path / "day.nc")
    with pytest.raises(FormatError, match="asked for station ALR"):
        read(found, station_code="ALR")


def test_senseless_limits_are_told() -> None:
    for limits in ({"seconds": 0.0}, {"megabytes": 0}):
        with pytest.raises(ConfigError, match="must be positive"):
            read_guarded(b"data", "day", **limits)


def test_a_sound_file_that_others_saved_again_is_read(tmp_path: Path) -> None:
    found = read_bytes(unsealed_netcdf(tmp_path), "saved.nc")
    assert found.sizes["time"] == 3_600


def test_the_bytes_really_hang_the_library(tmp_path: Path) -> None:
    path = tmp_path / "hangs.nc"
    path.write_bytes(hanging_netcdf(tmp_path))
    code = (
        "import sys; from seismomag.readers import netcdf; "
        "netcdf.read(open(sys.argv[1], 'rb').read(), 'hangs.nc')"
    )
    with pytest.raises(subprocess.TimeoutExpired):
        subprocess.run([sys.executable, "-c", code, str(path)], timeout=LIMIT_S, check=False)


@pytest.mark.parametrize("is_sealed", [False, True])
def test_an_endless_search_is_ended(is_sealed: bool, tmp_path: Path, short_limit: None) -> None:
    data = hanging_netcdf(tmp_path)
    start = time.monotonic()
    with pytest.raises(FormatError, match=r"hangs\.nc: reading took longer than 8 s"):
        read_bytes(seal(data) if is_sealed else data, "hangs.nc")
    assert time.monotonic() - start < LIMIT_S + 5


def test_a_scalogram_that_hangs_the_library_is_refused(tmp_path: Path, short_limit: None) -> None:
    path = tmp_path / "hangs.nc"
    path.write_bytes(hanging_netcdf(tmp_path))
    with pytest.raises(FormatError, match="longer than 8 s"):
        netcdf.read_scalogram(path)


def test_threads_read_side_by_side(tmp_path: Path) -> None:
    data = unsealed_netcdf(tmp_path)
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(read_bytes(data, "day.nc").sizes["time"]))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [3_600] * 3


def test_a_script_needs_no_guard_of_its_main_module(tmp_path: Path) -> None:
    path = netcdf.write(a_recording(60), tmp_path / "day.nc")
    script = tmp_path / "script.py"
    script.write_text(f"import seismomag as sm\nprint(sm.read({str(path)!r}).sizes['time'])\n")
    env = os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    done = subprocess.run(
        [sys.executable, str(script)], env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout == "60\n"


def test_secrets_of_the_environment_stay_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEISMOMAG_SFTP_PASSWORD", "hush")
    assert "hush" not in guard._environment().values()
