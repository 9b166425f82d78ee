"""Columns mean what a person declares."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from seismomag.core.errors import ConfigError, FormatError
from seismomag.readers.columns import ColumnMap, read_columns

TEXT = "# made here\ntime,D,H,Z\n" + "".join(
    f"2024-05-10T00:00:{i:02d},{15 + i},37600.5,-23100\n" for i in range(10)
)
MAP = ColumnMap(station_code="ALR", frame="HDZ", time=("time",), components=("H", "D", "Z"))


def written(folder: Path, text: str) -> Path:
    path = folder / "day.csv"
    path.write_text(text)
    return path


def test_columns_are_taken_by_name(tmp_path: Path) -> None:
    found = read_columns(written(tmp_path, TEXT), MAP)
    assert found.attrs["frame"] == "HDZ"
    assert found.attrs["is_absolute"] == 1
    assert found["time"].values[0] == np.datetime64("2024-05-10")
    np.testing.assert_array_equal(found["field"].values[:, 1], [37_600.5, 16, -23_100])


def test_compressed_text_is_read(tmp_path: Path) -> None:
    path = tmp_path / "day"
    path.write_bytes(gzip.compress(TEXT.encode()))
    assert read_columns(path, MAP).sizes["time"] == 10


def test_positions_several_time_columns_and_units(tmp_path: Path) -> None:
    text = "".join(f"10.05.2024  00:0{i}:00   37.6 0.1  -23.1\n" for i in range(9))
    mapping = ColumnMap(
        station_code="ALR",
        frame="XYZ",
        time=(0, 1),
        components=(2, 3, 4),
        time_format="%d.%m.%Y %H:%M:%S",
        delimiter="blank",
        has_header=False,
        scale_nt=1000.0,
        is_absolute=False,
    )
    found = read_columns(written(tmp_path, text), mapping)
    assert found.attrs["sampling_hz"] == pytest.approx(1 / 60)
    assert found.attrs["is_absolute"] == 0
    np.testing.assert_allclose(found["field"].values[:, 0], [37_600, 100, -23_100])


def test_stamps_with_a_zone_become_utc(tmp_path: Path) -> None:
    found = read_columns(written(tmp_path, TEXT.replace(",15", "+08:00,15", 1)), MAP)
    assert found["time"].values[0] == np.datetime64("2024-05-09T16:00")


def test_missing_and_unreadable_values(tmp_path: Path) -> None:
    text = TEXT.replace("37600.5", "99999", 1).replace(",17,", ",,", 1).replace(",18,", ",?,", 1)
    found = read_columns(written(tmp_path, text), MAP)
    assert np.isnan(found["field"].values).sum() == 3
    assert found.attrs["notes"] == ["1 fields are no numbers; they are missing"]


def test_a_line_without_time_is_left_out(tmp_path: Path) -> None:
    found = read_columns(written(tmp_path, TEXT.replace("2024-05-10T00:00:03", "soon")), MAP)
    assert np.isnan(found["field"].values[:, 3]).all()
    assert "1 lines without a readable time" in found.attrs["notes"][0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (TEXT.replace("time,D", "time,E"), "no column D; found time, E, H, Z"),
        (TEXT.replace("2024-", "May "), "times do not fit"),
        (TEXT.replace("37600.5", "x"), "are no numbers"),
        ("", "not text in columns"),
        ("time,D,H,Z\n", "0 of 0 times"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(FormatError, match=words):
        read_columns(written(tmp_path, text), MAP)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"frame": "ABC"}, "none of"),
        ({"components": ("H", "D")}, "three component"),
        ({"components": ("H", "D", "time")}, "stands twice"),
        ({"components": (1, 2, 3)}, "has_header"),
        ({"scale_nt": 0.0}, "positive"),
        ({"delimiter": ",,"}, "one character"),
    ],
)
def test_a_senseless_map_is_refused(change: dict, words: str) -> None:
    plain = {
        "station_code": "ALR",
        "frame": "HDZ",
        "time": ("time",),
        "components": ("H", "D", "Z"),
    }
    with pytest.raises(ConfigError, match=words):
        ColumnMap(**plain | change)
