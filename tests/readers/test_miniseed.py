"""MiniSEED of magnetometers, in every encoding that servers use."""

import io
import sys
from pathlib import Path

import numpy as np
import pytest

from seismomag.core.errors import FormatError
from seismomag.core.schema import check_recording
from seismomag.readers import miniseed
from seismomag.readers.stream import load_obspy

obspy = load_obspy()
LEVELS_NT = {"H": 20_000.0, "E": 100.0, "Z": 45_000.0, "F": 49_000.0}


def encoded(
    encoding: str,
    *,
    channels: str = "HEZ",
    n: int = 600,
    rate: float = 1.0,
    start: str = "2025-01-01",
    scale: float = 1.0,
) -> bytes:
    rng = np.random.default_rng(1)
    dtype = {"FLOAT64": "f8", "FLOAT32": "f4", "INT32": "i4", "STEIM2": "i4"}[encoding]
    traces = []
    for letter in channels:
        values = (LEVELS_NT[letter] + rng.normal(size=n).round(3)) * scale
        header = {
            "channel": letter,
            "station": "BOU",
            "network": "NT",
            "location": "R0",
            "sampling_rate": rate,
            "starttime": obspy.UTCDateTime(start),
        }
        data = values.round().astype(dtype) if dtype == "i4" else values.astype(dtype)
        traces.append(obspy.Trace(data, header))
    target = io.BytesIO()
    obspy.Stream(traces).write(target, format="MSEED", encoding=encoding, reclen=512)
    return target.getvalue()


@pytest.mark.parametrize("encoding", ["INT32", "STEIM2"])
def test_integer_encodings_are_thousandths_of_a_nanotesla(encoding: str) -> None:
    recording = miniseed.read(encoded(encoding, scale=1000), "day.mseed")
    expected = miniseed.read(encoded("FLOAT64"), "day.mseed")
    np.testing.assert_allclose(recording["field"], expected["field"], atol=5e-4)
    assert recording.attrs["station_code"] == "BOU"
    assert recording.attrs["source_format"] == "miniseed"
    assert recording.attrs["notes"] == []


@pytest.mark.parametrize("encoding", ["FLOAT64", "FLOAT32"])
def test_float_encodings_are_nanotesla(encoding: str) -> None:
    field = miniseed.read(encoded(encoding), "day.mseed")["field"]
    np.testing.assert_allclose(field.mean("time"), [20_000, 100, 45_000], atol=1)


def test_minute_files_have_an_exact_rate() -> None:
    recording = check_recording(miniseed.read(encoded("FLOAT64", rate=1 / 60), "day.mseed"))
    assert recording.attrs["sampling_hz"] == 1 / 60


def test_gaps_and_partial_days_are_missing() -> None:
    data = encoded("FLOAT64", n=60) + encoded("FLOAT64", n=60, start="2025-01-01T00:02:00")
    recording = miniseed.read(data, "day.mseed")
    missing = np.isnan(recording["field"].values)
    assert recording.sizes["time"] == 180
    assert missing[:, 60:120].all()
    assert missing.sum() == 180


def test_an_impossible_strength_is_named() -> None:
    recording = miniseed.read(encoded("FLOAT64", scale=0.001), "day.mseed")
    assert "not the main field" in recording.attrs["notes"][-1]
    assert recording.attrs["is_absolute"] == 0


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "expected MiniSEED"),
        (b" Format                 IAGA-2002", "expected MiniSEED"),
        (b"000001D " + bytes(500), "day.mseed"),
        (b"000001D " + b"\xff" * 504, "day.mseed"),
    ],
)
def test_what_is_no_miniseed_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        miniseed.read(data, "day.mseed")


def test_components_that_are_not_there_are_named() -> None:
    with pytest.raises(FormatError, match=r"day.mseed: channels F, H, expected"):
        miniseed.read(encoded("FLOAT64", channels="HF"), "day.mseed")


def test_a_file_that_ends_within_a_record_is_cut_off() -> None:
    content = encoded("FLOAT64")
    assert len(content) % 512 == 0
    for n in (len(content) - 1, len(content) // 2 + 7, 700):
        with pytest.raises(FormatError, match=r"day.mseed: cut off, .* records of 512"):
            miniseed.read(content[:n], "day.mseed")
    with pytest.raises(FormatError, match=r"channels H, expected .* is cut off or of another"):
        miniseed.read(content[:512], "day.mseed")


def test_only_its_own_head_is_its_own() -> None:
    assert miniseed.is_mine(encoded("FLOAT64")[:64])
    for other in (b"DST2405*11", b"BOU  2020  061", b"123456D", b"20240511D1234", b""):
        assert not miniseed.is_mine(other)


def test_without_obspy_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded("FLOAT64")
    monkeypatch.setitem(sys.modules, "obspy", None)
    with pytest.raises(FormatError, match=r"seismomag\[seismic\]"):
        miniseed.read(data, "day.mseed")


def test_cut_and_flipped_files_are_read_or_refused_and_nothing_else() -> None:
    content = encoded("STEIM2", scale=1000)
    rng = np.random.default_rng(2)
    refused = 0
    for case in range(60):
        damaged = bytearray(content)
        if case % 3:
            # Headers of 64 bytes begin every 512.
            block = 512 * int(rng.integers(len(content) // 512))
            damaged[block + int(rng.integers(64))] ^= 1 << int(rng.integers(8))
        else:
            damaged = damaged[: int(rng.integers(1, len(content)))]
        try:
            check_recording(miniseed.read(bytes(damaged), "damaged"))
        except FormatError:
            refused += 1
    assert refused > 0


@pytest.mark.real_data
def test_ten_hertz_of_llo(real_data: Path) -> None:
    path = real_data / "one_second" / "partial_llo_2020-01-06_4h_10Hz_UVW.mseed"
    recording = check_recording(miniseed.read(path.read_bytes(), path.name))
    assert recording.attrs["frame"] == "UVW"
    assert recording.attrs["sampling_hz"] == 10
    assert recording.sizes["time"] == 144_123
    assert recording["time"].values[0] == np.datetime64("2020-01-05T23:59:53.900")
    assert recording["time"].values[-1] == np.datetime64("2020-01-06T04:00:06.100")
    assert not np.isnan(recording["field"].values).any()
    assert recording.attrs["is_absolute"] == 1


@pytest.mark.real_data
def test_four_days_of_minutes_of_bou(real_data: Path) -> None:
    path = real_data / "one_minute" / "bou_2020-08-27_4days_HEZF.mseed"
    recording = check_recording(miniseed.read(path.read_bytes(), path.name))
    assert recording.attrs["frame"] == "HEZ"
    assert recording.attrs["sampling_hz"] == 1 / 60
    assert recording.sizes["time"] == 4 * 1440
    assert recording["time"].values[0] == np.datetime64("2020-08-27")
    assert recording.attrs["notes"] == ["channels F were left out of the frame HEZ"]


def test_text_instead_of_samples_is_refused() -> None:
    data = bytearray(encoded("FLOAT32"))
    # Byte 4 of blockette 1000, at 48 of the header, is the encoding; 0 is ASCII.
    for record in range(0, len(data), 512):
        assert data[record + 48 : record + 50] == b"\x03\xe8"
        data[record + 52] = 0
    with pytest.raises(FormatError, match="expected numbers"):
        miniseed.read(bytes(data), "log.mseed")
