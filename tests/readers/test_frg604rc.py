"""FRG604RC: blocks go where their own header says, and nothing is shifted."""

import gzip
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from seismomag.core.errors import FormatError, SchemaError
from seismomag.core.flags import Flag
from seismomag.core.recording import make_recording
from seismomag.readers import frg604rc, read
from seismomag.readers.frg604rc import BLOCK_BYTES, BLOCK_RECORDS, HEADER_BYTES, RECORD_BYTES

NAME = "S240510.ALR"
DAY = np.datetime64("2024-05-10", "ns")


def recording(field: np.ndarray, start=DAY, **attrs) -> xr.Dataset:
    settings_of = {
        "sampling_hz": 1.0,
        "frame": "HDZ",
        "station_code": "ALR",
        "source_format": "made here",
        "source_sha256": "0",
    } | attrs
    return make_recording(field, start, **settings_of)


@pytest.fixture(scope="module")
def day() -> xr.Dataset:
    rng = np.random.default_rng(7)
    field = rng.normal(0, 50, (3, 86_400)) + np.array([[37_600.0], [15.0], [-23_100.0]])
    field[:, 500:564] = np.nan
    return recording(field)


@pytest.fixture(scope="module")
def data(day: xr.Dataset, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return frg604rc.write(day, tmp_path_factory.mktemp("frg") / NAME).read_bytes()


def test_what_was_written_is_read(day: xr.Dataset, data: bytes) -> None:
    again = frg604rc.read(data, NAME)
    assert len(data) == 144 * BLOCK_BYTES + 3
    np.testing.assert_allclose(again["field"].values, day["field"].values, atol=0.0051)
    assert (np.isnan(again["field"].values) == np.isnan(day["field"].values)).all()
    assert again.attrs["station_code"] == "ALR"
    assert again.attrs["frame"] == "HDZ"
    assert again.attrs["notes"] == []


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 86_399 - 50),
    st.lists(
        st.one_of(st.just(float("nan")), st.integers(-8_388_600, 8_388_600).map(lambda i: i / 100)),
        min_size=3,
        max_size=150,
    ),
    st.dates(np.datetime64("2000-01-01").item(), np.datetime64("2100-01-01").item()),
)
def test_any_piece_of_a_day_survives_the_way_there_and_back(
    tmp_path_factory, first, values, date
) -> None:
    n = len(values) // 3
    field = np.array(values[: 3 * n]).reshape(3, n)
    start = np.datetime64(date, "ns") + np.timedelta64(first, "s")
    path = tmp_path_factory.mktemp("piece") / "piece.gz"
    again = read(frg604rc.write(recording(field, start), path))
    np.testing.assert_allclose(again["field"].values[:, first : first + n], field, atol=1e-6)
    assert again["time"].values[first] == start
    assert np.isfinite(again["field"].values).sum() == np.isfinite(field).sum()


def test_a_lost_block_leaves_a_gap_and_shifts_nothing(day: xr.Dataset, data: bytes) -> None:
    again = frg604rc.read(data[: 10 * BLOCK_BYTES] + data[13 * BLOCK_BYTES :], NAME)
    lost = slice(10 * BLOCK_RECORDS, 13 * BLOCK_RECORDS)
    assert np.isnan(again["field"].values[:, lost]).all()
    expected = day["field"].values.copy()
    expected[:, lost] = np.nan
    np.testing.assert_allclose(again["field"].values, expected, atol=0.0051)


@pytest.mark.parametrize("lost", [1, 17, 1_003])
def test_bytes_lost_inside_a_block_cost_only_that_block(day, data: bytes, lost: int) -> None:
    cut = 5 * BLOCK_BYTES + HEADER_BYTES + 100 * RECORD_BYTES
    again = frg604rc.read(data[:cut] + data[cut + lost :], NAME)
    damaged = slice(5 * BLOCK_RECORDS + 100, 6 * BLOCK_RECORDS)
    expected, found = day["field"].values.copy(), again["field"].values.copy()
    expected[:, damaged] = found[:, damaged] = np.nan
    np.testing.assert_allclose(found, expected, atol=0.0051)
    assert "1 blocks hold fewer than 600 records" in again.attrs["notes"]


def test_a_damaged_header_costs_only_its_block(day: xr.Dataset, data: bytes) -> None:
    broken = bytearray(data)
    broken[7 * BLOCK_BYTES + 10] = 0
    again = frg604rc.read(bytes(broken), NAME)
    lost = slice(7 * BLOCK_RECORDS, 8 * BLOCK_RECORDS)
    expected = day["field"].values.copy()
    expected[:, lost] = np.nan
    np.testing.assert_allclose(again["field"].values, expected, atol=0.0051)
    assert "1 blocks have a damaged header" in again.attrs["notes"][0]


def test_a_block_of_another_day_is_left_out(data: bytes) -> None:
    broken = bytearray(data)
    broken[7] += 1
    again = frg604rc.read(bytes(broken), NAME)
    assert np.isnan(again["field"].values[:, :600]).all()
    assert "another station or day" in again.attrs["notes"][0]


def test_a_block_that_comes_twice_is_taken_once(day: xr.Dataset, data: bytes) -> None:
    again = frg604rc.read(data[:BLOCK_BYTES] + data, NAME)
    np.testing.assert_allclose(again["field"].values, day["field"].values, atol=0.0051)
    assert (again["flags"].values[:, :500] & Flag.CLOCK).all()


@pytest.mark.parametrize("n_bytes", [50, 5_000, 10 * BLOCK_BYTES + 1_234, 1_473_120])
def test_a_part_of_a_file_is_a_part_of_a_day(day: xr.Dataset, data: bytes, n_bytes: int) -> None:
    again = frg604rc.read(data[:n_bytes], NAME)
    blocks, rest = divmod(min(n_bytes, 144 * BLOCK_BYTES), BLOCK_BYTES)
    n = blocks * BLOCK_RECORDS + max(0, rest - HEADER_BYTES) // RECORD_BYTES
    expected = day["field"].values.copy()
    expected[:, n:] = np.nan
    np.testing.assert_allclose(again["field"].values, expected, atol=0.0051)


@pytest.mark.parametrize("name", ["S240510.SCN", "S240511.ALR.gz"])
def test_a_name_that_contradicts_is_refused_with_both(data: bytes, name: str) -> None:
    with pytest.raises(FormatError, match=r"name says station .* headers say station ALR on"):
        frg604rc.read(data, name)


def test_no_block_is_an_error(data: bytes) -> None:
    with pytest.raises(FormatError, match="no readable block"):
        frg604rc.read(data[:40], NAME)
    broken = bytearray(data[:BLOCK_BYTES])
    broken[6] = 13
    with pytest.raises(FormatError, match="no readable block"):
        frg604rc.read(bytes(broken), NAME)


def test_an_impossible_value_is_flagged_not_changed(data: bytes) -> None:
    broken = bytearray(data)
    broken[HEADER_BYTES : HEADER_BYTES + 3] = (8_300_000).to_bytes(3, "little")
    again = frg604rc.read(bytes(broken), NAME)
    assert again["field"].values[0, 0] == pytest.approx(83_000)
    assert again["flags"].values[0, 0] == Flag.OUT_OF_RANGE


def test_equal_recordings_give_equal_bytes(day: xr.Dataset, tmp_path: Path) -> None:
    one = frg604rc.write(day, tmp_path / f"{NAME}.gz").read_bytes()
    (tmp_path / "later").mkdir()
    two = frg604rc.write(day, tmp_path / "later" / f"{NAME}.gz").read_bytes()
    assert one == two
    assert gzip.decompress(one)[:2] == b"\x00\x30"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"frame": "XYZ"}, "holds HDZ at 1 Hz"),
        ({"sampling_hz": 10.0}, "holds HDZ at 1 Hz"),
        ({"station_code": "ALOR"}, "three letters"),
        ({"start": DAY + np.timedelta64(500, "ms")}, "whole seconds"),
        ({"start": DAY - np.timedelta64(2, "s")}, "one UTC day"),
        ({"start": np.datetime64("1999-05-05", "ns")}, "from 2000"),
        ({"station_code": "SCN"}, "name says ALR"),
    ],
)
def test_what_the_format_cannot_hold_is_refused(tmp_path: Path, change, words) -> None:
    with pytest.raises(SchemaError, match=words):
        frg604rc.write(recording(np.ones((3, 10)), **change), tmp_path / NAME)
    assert list(tmp_path.iterdir()) == []


def test_too_large_values_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="larger"):
        frg604rc.write(recording(np.full((3, 10), 84_000.0)), tmp_path / NAME)


@pytest.mark.real_data
def test_the_day_of_alor_has_its_published_figures(real_data: Path) -> None:
    alor = read(real_data / "bmkg" / "S250101.ALR.gz")
    field = alor["field"].values
    assert np.isfinite(field).all(axis=0).sum() == 86_336
    np.testing.assert_allclose(np.nanmean(field, 1), [37_654.168, 15.665, -23_161.746], atol=6e-4)
    np.testing.assert_allclose(np.nanstd(field, 1), [95.887, 26.390, 23.917], atol=6e-4)
    assert np.diff(np.flatnonzero(np.isnan(field[0]))).max() == 1
    assert np.nanmean(field[0].reshape(24, 3600), axis=1).argmin() == 15


@pytest.mark.real_data
def test_the_day_of_alor_written_again_is_the_same_field(real_data: Path, tmp_path: Path) -> None:
    alor = read(real_data / "bmkg" / "S250101.ALR.gz")
    again = read(frg604rc.write(alor, tmp_path / "S250101.ALR"))
    np.testing.assert_array_equal(again["field"].values, alor["field"].values)
