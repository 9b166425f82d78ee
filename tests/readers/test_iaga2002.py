"""IAGA-2002 as it is met, not only as it is described."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seismomag.core.errors import FormatError, SchemaError
from seismomag.core.flags import Flag
from seismomag.core.recording import make_recording
from seismomag.readers import iaga2002, read
from seismomag.signal.quality import flag

DAY = np.datetime64("2024-05-10", "ns")
HEADER = (
    " Format                 IAGA-2002                                    |\n"
    " IAGA Code              WIC                                          |\n"
    " Reported               XYZF                                         |\n"
    " Data Type              definitive                                   |\n"
)


def column_line(code: str, letters: list[str]) -> str:
    columns = "".join(f"   {code + letter:<7}" for letter in letters)
    return f"DATE       TIME         DOY  {columns}|\n"


def file_of(
    rows: list[tuple[str, str, list[float]]],
    letters: str = "XYZF",
    head: str = HEADER,
    end: str = "\n",
) -> bytes:
    lines = [
        f"{stamp[:10]} {stamp[11:]} {doy}   " + "".join(f" {value:9.2f}" for value in values)
        for stamp, doy, values in rows
    ]
    text = head + column_line("WIC", list(letters)) + "".join(line + "\n" for line in lines)
    return text.replace("\n", end).encode()


def three_rows(values: list[float]) -> list[tuple[str, str, list[float]]]:
    return [(f"2024-05-10T00:00:0{i}.000", "131", values) for i in range(3)]


def recording(field: np.ndarray, frame: str = "XYZ", start=DAY, hz: float = 1.0):
    return make_recording(
        field,
        start,
        sampling_hz=hz,
        frame=frame,
        station_code="WIC",
        source_format="made here",
        source_sha256="0",
    )


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("letters", "frame", "expected"),
    [
        ("XYZF", "XYZ", [1, 2, 3]),
        ("EHZF", "HEZ", [2, 1, 3]),
        ("HEZF", "HEZ", [1, 2, 3]),
        ("FZYX", "XYZ", [4, 3, 2]),
        ("UVWF", "UVW", [1, 2, 3]),
    ],
)
def test_columns_are_known_by_letter(letters, frame, expected, end) -> None:
    found = iaga2002.read(file_of(three_rows([1, 2, 3, 4]), letters, end=end), "day.sec")
    assert found.attrs["frame"] == frame
    assert found.attrs["station_code"] == "WIC"
    assert found["time"].values[0] == DAY
    np.testing.assert_array_equal(found["field"].values[:, 1], expected)


@pytest.mark.parametrize("letters", ["HDZF", "DHZF", "DHIF"])
def test_d_is_an_angle_in_minutes_of_arc(letters) -> None:
    value = {"H": 20_000.0, "D": 600.0, "Z": 40_000.0, "I": 3_806.1, "F": 44_721.36}
    rows = three_rows([value[letter] for letter in letters])
    found = iaga2002.read(file_of(rows, letters), "day.sec")
    assert found.attrs["frame"] == "XYZ"
    angle = np.radians(10)
    expected = [20_000 * np.cos(angle), 20_000 * np.sin(angle), 40_000]
    np.testing.assert_allclose(found["field"].values[:, 0], expected, atol=0.5)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(-8_888_799, 8_888_799), min_size=6, max_size=60),
    st.sampled_from([1.0, 10.0, 1 / 60]),
    st.sampled_from(["XYZ", "HEZ", "UVW"]),
    st.integers(0, 40_000),
)
def test_what_was_written_is_read(tmp_path_factory, cents, hz, frame, day) -> None:
    n = len(cents) // 3
    field = np.array(cents[: 3 * n]).reshape(3, n) / 100
    start = np.datetime64("1970-01-01", "ns") + np.timedelta64(day, "D")
    path = tmp_path_factory.mktemp("iaga") / "day.sec.gz"
    again = read(iaga2002.write(recording(field, frame, start, hz), path))
    np.testing.assert_array_equal(again["field"].values, field)
    assert again["time"].values[0] == start
    assert again.attrs["frame"] == frame
    assert again.attrs["sampling_hz"] == pytest.approx(hz)
    kinds = [note.partition(":")[0] for note in again.attrs["notes"]]
    assert kinds == ["data interval type", "data type"]


@pytest.mark.parametrize(
    ("attributes", "word"),
    [
        ({"is_absolute": 1}, "reported"),
        ({"is_absolute": 0}, "variation"),
        ({"is_absolute": 1, "data_type": "quasi-definitive"}, "quasi-definitive"),
        ({"is_absolute": 1, "data_type": "definitive", "common_mode": "median"}, "reported"),
        ({"is_absolute": 1, "data_type": "perfect"}, "reported"),
    ],
)
def test_nothing_is_definitive_that_the_source_did_not_call_so(tmp_path, attributes, word) -> None:
    made = recording(np.full((3, 9), 20_000.0)).assign_attrs(attributes)
    path = iaga2002.write(made, tmp_path / "day.sec")
    [line] = [text for text in path.read_text().splitlines() if text.startswith(" Data Type")]
    assert line[24:69].strip() == word
    assert read(path).attrs["data_type"] == word


@pytest.mark.parametrize("code", ["ABCDE", "A B", "ÄÖ"])
def test_a_code_that_does_not_fit_is_refused(tmp_path, code) -> None:
    made = recording(np.ones((3, 9))).assign_attrs(station_code=code)
    with pytest.raises(SchemaError, match="room for 4 letters"):
        iaga2002.write(made, tmp_path / "day.sec")
    four = iaga2002.write(made.assign_attrs(station_code="ABCD"), tmp_path / "day.sec")
    assert read(four).attrs["station_code"] == "ABCD"


def test_a_byte_order_mark_is_skipped() -> None:
    data = b"\xef\xbb\xbf" + file_of(three_rows([1, 2, 3, 4]))
    assert iaga2002.is_mine(data)
    assert iaga2002.read(data, "bom.sec").attrs["station_code"] == "WIC"
    headless = b"\xef\xbb\xbf" + file_of(three_rows([1, 2, 3, 4]), head="")
    assert iaga2002.is_mine(headless)


def test_what_the_header_says_of_the_data_is_noted() -> None:
    lines = (
        " Data Interval Type     1-second (501-1500)                          |\n"
        " # CONDITIONS OF USE: The data may be used by all who name the        |\n"
        " # observatory.                                                       |\n"
        " # Something else.                                                    |\n"
    )
    notes = iaga2002.read(file_of(three_rows([1, 2, 3, 4]), head=HEADER + lines), "a").attrs[
        "notes"
    ]
    assert "data interval type: 1-second (501-1500)" in notes
    assert "data type: definitive" in notes
    assert "conditions of use: The data may be used by all who name the observatory." in notes


def test_lines_have_seventy_characters(tmp_path: Path) -> None:
    field = np.array([[1.0, np.nan], [-22_222.22, 2], [3, 4]])
    path = iaga2002.write(recording(field, "HDZ"), tmp_path / "day.sec")
    lines = path.read_text().splitlines()
    assert {len(line) for line in lines} == {70}
    assert "99999.00" in lines[-1]
    again = read(path)
    assert again.attrs["frame"] == "HEZ"
    np.testing.assert_array_equal(again["field"].values, field)


def test_equal_recordings_give_equal_bytes(tmp_path: Path) -> None:
    one = iaga2002.write(recording(np.ones((3, 9))), tmp_path / "a.gz").read_bytes()
    assert one == iaga2002.write(recording(np.ones((3, 9))), tmp_path / "b.gz").read_bytes()


@pytest.mark.parametrize(
    ("field", "hz", "words"),
    [
        (np.full((3, 2), 90_000.0), 1.0, "mean 'missing'"),
        (np.ones((3, 2)), 3.0, "milliseconds"),
        (np.ones((3, 0)), 1.0, "empty"),
    ],
)
def test_what_the_format_cannot_hold_is_refused(tmp_path, field, hz, words) -> None:
    with pytest.raises(SchemaError, match=words):
        iaga2002.write(recording(field, hz=hz), tmp_path / "day.sec")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("missing", ["99999.00", "99999", "99999.0", "99999.90", "88888.00"])
def test_every_spelling_of_missing_is_missing(missing: str) -> None:
    text = file_of(three_rows([1, 2, 3, 4])).decode().replace("     1.00", f"{missing:>9}", 1)
    found = iaga2002.read(text.encode(), "day.sec")
    assert np.isnan(found["field"].values[0, 0])
    assert found["field"].values[0, 1] == 1
    assert found["flags"].values[0, 0] == Flag.MISSING
    assert any("88888" in note for note in found.attrs["notes"]) == (missing == "88888.00")


def test_a_file_without_header_is_read_and_told() -> None:
    found = iaga2002.read(file_of(three_rows([1, 2, 3, 4]), head=""), "day.sec")
    np.testing.assert_array_equal(found["field"].values[:, 0], [1, 2, 3])
    assert found.attrs["station_code"] == ""
    assert "no header" in found.attrs["notes"][0]


def test_ragged_lines_are_read() -> None:
    lines = file_of(three_rows([1, 2, 3, 4])).decode().splitlines()
    ragged = "\n".join([*lines[:-2], lines[-2] + "   ", "", lines[-1].rstrip()])
    found = iaga2002.read(ragged.encode(), "day.sec")
    np.testing.assert_array_equal(found["field"].values, np.repeat([[1], [2], [3]], 3, axis=1))


def test_midnight_may_be_written_as_24_hours() -> None:
    rows = [
        ("2024-05-10T23:59:00.000", "131", [1.0, 2, 3, 4]),
        ("2024-05-10T24:00:00.000", "131", [5.0, 6, 7, 8]),
    ]
    found = iaga2002.read(file_of(rows), "day.min")
    assert found["time"].values[-1] == np.datetime64("2024-05-11")


LEAP_ROWS = [
    *((f"2016-12-31T23:59:{i:02d}.000", "366", [i, 0, 0, 99_999]) for i in range(50, 61)),
    *((f"2017-01-01T00:00:0{i}.000", "001", [100 + i, 0, 0, 99_999]) for i in range(5)),
]


def test_the_leap_second_does_not_take_the_place_of_midnight() -> None:
    found = iaga2002.read(file_of(LEAP_ROWS), "leap.sec")
    assert found.sizes["time"] == 15
    midnight = found.sel(time=np.datetime64("2017-01-01T00:00:00"))
    assert midnight["field"].values[0] == 100
    assert any("leap second" in fault for fault in found.attrs["clock_faults"])
    assert flag(found).sizes == found.sizes


def test_a_file_that_ends_with_a_leap_second_has_no_sample_of_the_next_day() -> None:
    found = iaga2002.read(file_of(LEAP_ROWS[:11]), "leap.sec")
    assert found["time"].values[-1] == np.datetime64("2016-12-31T23:59:59")
    assert found["field"].values[0, -1] == 59


def test_a_wrong_day_of_the_year_is_flagged_and_told() -> None:
    rows = three_rows([1, 2, 3, 4])
    rows[1] = (rows[1][0], "132", rows[1][2])
    found = iaga2002.read(file_of(rows), "day.sec")
    assert found["flags"].values[:, 1].tolist() == [Flag.CLOCK] * 3
    assert not found["flags"].values[:, 0].any()
    assert "contradicts the date in 1 lines" in found.attrs["clock_faults"][0]


def test_a_few_bad_lines_are_left_out_and_told() -> None:
    stamps = [f"2024-05-10T00:00:{i:02d}.000" for i in range(20)]
    data = file_of([(s, "131", [1.0, 2, 3, 4]) for s in stamps])
    bad = data.replace(b"2024-05-10 00:00:07.000", b"2024-15-10 00:00:07.000")
    bad = bad.replace(b"00:00:09.000 131         1.00", b"00:00:09.000 131        1x.00")
    found = iaga2002.read(bad, "day.sec")
    assert np.flatnonzero(np.isnan(found["field"].values[0])).tolist() == [7, 9]
    assert "2 lines are no records" in found.attrs["notes"][0]


def test_projected_metres_are_not_a_position() -> None:
    head = HEADER + " Geodetic Latitude      310086.6051                                  |\n"
    found = iaga2002.read(file_of(three_rows([1, 2, 3, 4]), head=head), "day.sec")
    assert "'310086.6051' is not in degrees" in found.attrs["notes"][0]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (HEADER.encode(), "no column line"),
        (file_of([]), "no data line"),
        (file_of(three_rows([1, 2, 3, 4])[:1]), "at least two"),
        (file_of(three_rows([1, 2, 3, 4])) + b"noise in a line\n" * 5, "no IAGA-2002 rec"),
        (file_of(three_rows([1, 2, 3, 4]), "FGST"), "do not give three components"),
    ],
)
def test_what_is_no_recording_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(FormatError, match=words):
        iaga2002.read(data, "day.sec")


@pytest.mark.real_data
def test_the_clock_fault_of_september_2011_is_named(real_data: Path) -> None:
    folder = real_data / "one_minute" / "wik_2011-09_lemi025"
    sixteenth = read(folder / "20110916v.min.xz", station_code="WIK")
    assert sixteenth.attrs["station_code"] == "WIK"
    assert sixteenth["time"].values[0] == np.datetime64("2011-09-15T23:59:47")
    faults = " ".join(sixteenth.attrs["clock_faults"])
    assert "+21 s at 2011-09-16 17:10:08, 81 s after" in faults
    assert "-13 s off the whole 60 s" in faults
    after = read(folder / "20110920v.min.xz")
    assert after["time"].values[0] == np.datetime64("2011-09-20T00:00:08")
    assert "+8 s off" in after.attrs["clock_faults"][0]


@pytest.mark.real_data
def test_the_angle_of_memambetsu_agrees_with_its_scalar(real_data: Path) -> None:
    month = read(real_data / "one_minute" / "mmb_2011-03_DHZF_iaga2002.txt.xz")
    assert month.attrs["frame"] == "XYZ"
    assert month.sizes["time"] == 44_640
    strength = np.sqrt((month["field"].values[:, 0] ** 2).sum())
    assert strength == pytest.approx(49_668.70, abs=0.25)
    angle = np.degrees(np.arctan2(month["field"].values[1, 0], month["field"].values[0, 0]))
    assert angle == pytest.approx(-522.41 / 60, abs=1e-6)


@pytest.mark.real_data
def test_the_two_formats_of_29_august_2018_are_one_rotation_apart(real_data: Path) -> None:
    folder = real_data / "one_second"
    text = read(folder / "wic_2018-08-29_iaga2002_example5.sec.gz")
    binary = read(folder / "wic_2018-08-24_7days_imagcdf12_geomagpy119_example4.cdf")
    binary = binary.sel(time=text["time"])
    h, e, z = text["field"].values
    x, y, down = binary["field"].values
    ok = np.isfinite(h) & np.isfinite(x)
    h, e, z, x, y, down = (a[ok] for a in (h, e, z, x, y, down))
    assert np.std(down - z) < 0.02
    assert np.mean(down - z) == pytest.approx(-19.249, abs=0.01)
    axes = np.stack([h - h.mean(), e - e.mean()], axis=1)
    (xh, xe), *_ = np.linalg.lstsq(axes, x - x.mean(), rcond=None)
    (yh, ye), *_ = np.linalg.lstsq(axes, y - y.mean(), rcond=None)
    assert np.std(x - x.mean() - axes @ [xh, xe]) < 0.02
    assert np.std(y - y.mean() - axes @ [yh, ye]) < 0.02
    assert np.degrees(np.arctan2(-xe, xh)) == pytest.approx(4.27, abs=0.05)
    assert np.degrees(np.arctan2(yh, ye)) == pytest.approx(4.27, abs=0.05)


@pytest.mark.real_data
def test_the_two_formats_of_2_august_2018_differ_by_a_base(real_data: Path) -> None:
    folder = real_data / "one_second"
    text = read(folder / "wic_2018-08-02_iaga2002_geomagpy119_example1.zip")
    binary = read(folder / "wic_2018-08-02_LEMI036_magpycdf_example5_2019.cdf")
    assert text.attrs["frame"] == binary.attrs["frame"] == "HEZ"
    assert (text["time"].values == binary["time"].values).all()
    steps = np.diff(text["field"].values) - np.diff(binary["field"].values)
    # The text has two decimals: a difference of two roundings of 0.01 nT has a std of 0.004 nT.
    assert np.nanstd(steps, axis=1).max() < 0.02
