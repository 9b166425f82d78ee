"""Content decides, and a refusal explains itself."""

import gzip
from pathlib import Path

import numpy as np
import numpy.testing as npt
import pytest

import seismomag.readers.recognition as module
from seismomag.core.errors import FormatError
from seismomag.core.recording import make_recording
from seismomag.core.schema import check_recording
from seismomag.readers import READERS, frg604rc, iaga2002, netcdf, read


@pytest.fixture
def path(tmp_path: Path) -> Path:
    recording = make_recording(
        np.ones((3, 600)),
        np.datetime64("2024-05-10", "ns"),
        sampling_hz=1.0,
        frame="HDZ",
        station_code="ALR",
        source_format="made here",
        source_sha256="0",
    )
    return frg604rc.write(recording, tmp_path / "S240510.ALR")


def test_a_misleading_name_misleads_nobody(path: Path) -> None:
    other = path.with_name("wic.cdf")
    other.write_bytes(gzip.compress(path.read_bytes()))
    assert read(other).attrs["source_format"] == "FRG604RC"


def test_an_unknown_file_is_told_what_was_looked_for(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n and more")
    with pytest.raises(FormatError) as caught:
        read(path)
    message = str(caught.value)
    assert "picture.png" in message
    assert "89 50 4e 47" in message
    assert all(reader.name in message and reader.looks_for in message for reader in READERS)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    for content in (b"", gzip.compress(b"")):
        path = tmp_path / "empty"
        path.write_bytes(content)
        with pytest.raises(FormatError, match="the file is empty"):
            read(path)


def test_a_file_that_is_too_large_is_not_opened(path: Path, monkeypatch) -> None:
    monkeypatch.setattr(module, "LIMIT_BYTES", 1_000)
    with pytest.raises(FormatError, match="more than the 1,000"):
        read(path)


def test_the_station_is_filled_in_or_compared(path: Path, tmp_path: Path) -> None:
    assert read(path, station_code="ALR").attrs["station_code"] == "ALR"
    with pytest.raises(FormatError, match="asked for station SCN, the file says ALR"):
        read(path, station_code="SCN")
    text = iaga2002.write(read(path), tmp_path / "day.sec").read_text()
    (tmp_path / "day.sec").write_text(text.replace("ALR", "   "))
    assert read(tmp_path / "day.sec").attrs["station_code"] == ""
    assert read(tmp_path / "day.sec", station_code="ALR").attrs["station_code"] == "ALR"


@pytest.mark.real_data
def test_every_real_file_is_read_by_the_reader_it_belongs_to(real_data: Path) -> None:
    pytest.importorskip("obspy")
    expected = {"imagcdf": "ImagCDF", "magpycdf": "MagPyCDF", "oldcdf": "GDH4", "iaga": "IAGA"}
    expected |= {"pcdcp": "PCDCP", "mseed": "miniseed", "lemi025/": "IAGA", "ALR": "FRG604RC"}
    folders = ("bmkg", "one_second", "one_minute")
    paths = [p for f in folders for p in sorted((real_data / f).rglob("*")) if p.is_file()]
    paths = [p for p in paths if p.suffix != ".csv"]
    assert len(paths) > 45
    for path in paths:
        head = module.unwrap(path.read_bytes(), str(path))[: module.HEAD_BYTES]
        assert len([r for r in READERS if r.is_mine(head)]) == 1, path
        if path.stat().st_size < 6_000_000:
            found = check_recording(read(path))
            kind = next(v for k, v in expected.items() if k in f"{path.parent.name}/{path.name}")
            assert found.attrs["source_format"].startswith(kind), path
            assert np.isfinite(found["field"].values).any(), path


@pytest.mark.real_data
@pytest.mark.parametrize(
    "name",
    [
        "bmkg/stations.csv",
        "README.md",
        "indices/kp_2018-2026.csv.xz",
        "indices/dst_2018-2024.txt.xz",
        "indices/WDC_Kyoto.dat.xz",
        "catalogues/bmkg_2025-09.csv",
    ],
)
def test_what_is_no_recording_is_refused(real_data: Path, name: str) -> None:
    with pytest.raises(FormatError):
        read(real_data / name)


def test_a_recording_written_as_netcdf_is_recognised(tmp_path: Path) -> None:
    made = make_recording(
        np.arange(30.0).reshape(3, 10),
        np.datetime64("2025-01-01"),
        sampling_hz=1.0,
        frame="HDZ",
        station_code="ALR",
        source_format="test",
        source_sha256="",
    )
    path = netcdf.write(made, tmp_path / "day.nc")
    npt.assert_array_equal(read(path)["field"].values, made["field"].values)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="a folder, expected a file"):
        read(tmp_path)
