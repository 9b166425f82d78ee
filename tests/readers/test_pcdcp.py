"""PCDCP: the header says what the columns are."""

from pathlib import Path

import numpy as np
import pytest

from seismomag.core.errors import FormatError
from seismomag.readers import pcdcp, read

HEAD = "CMO  2020  061  01-Mar-20  {}  {}  File Version 2.00\r\n"


def file_of(letters: str, rows: list[tuple[int, ...]], unit: str = "0.001nT") -> bytes:
    lines = [f"{row[0]:05d}" + "".join(f" {v:9d}" for v in row[1:]) for row in rows]
    return (HEAD.format(letters, unit) + "".join(line + "\r\n" for line in lines)).encode()


def rows_of(*values: int) -> list[tuple[int, ...]]:
    return [(i, *values) for i in range(4)]


def test_integers_are_picotesla_in_the_order_of_the_header() -> None:
    found = pcdcp.read(file_of("EHZF", rows_of(-445_572, 12_412_094, 55_130_831, 1)), "day.raw")
    assert found.attrs["frame"] == "HEZ"
    assert found["time"].values[0] == np.datetime64("2020-03-01")
    np.testing.assert_allclose(found["field"].values[:, 0], [12_412.094, -445.572, 55_130.831])
    assert found.attrs["is_absolute"] == 1


def test_minutes_have_units_of_ten_picotesla() -> None:
    found = pcdcp.read(file_of("XYZF", rows_of(100, 200, 300, 1), "0.01nT"), "day.min")
    assert found.attrs["sampling_hz"] == pytest.approx(1 / 60)
    np.testing.assert_allclose(found["field"].values[:, 0], [1, 2, 3])


def test_the_fill_value_is_missing() -> None:
    rows = rows_of(1, 2, 3, 4)
    rows[2] = (2, 99_999_990, 2, 3, 4)
    found = pcdcp.read(file_of("XYZF", rows), "day.raw")
    assert np.isnan(found["field"].values).sum() == 1


def test_a_few_bad_lines_are_told_many_are_refused() -> None:
    data = file_of("XYZF", [(i, 1, 2, 3, 4) for i in range(20)])
    found = pcdcp.read(data + b"??\r\n", "day.raw")
    assert found.attrs["notes"][0] == "1 lines are no records"
    with pytest.raises(FormatError, match="lines are not a time"):
        pcdcp.read(data + b"??\r\n" * 10, "day.raw")


def test_an_impossible_date_or_no_line_is_refused() -> None:
    with pytest.raises(FormatError, match="is no date"):
        pcdcp.read(file_of("XYZF", rows_of(1, 2, 3, 4)).replace(b"061", b"999"), "day.raw")
    with pytest.raises(FormatError, match="0 of 0 lines"):
        pcdcp.read(file_of("XYZF", []), "day.raw")
    with pytest.raises(FormatError, match="no PCDCP header"):
        pcdcp.read(b"CMO", "day.raw")


@pytest.mark.real_data
def test_the_day_of_college(real_data: Path) -> None:
    found = read(real_data / "one_second" / "cmo_2020-03-01_HEZF_pcdcp.raw.gz")
    assert found.attrs["station_code"] == "CMO"
    assert found.sizes["time"] == 86_400
    np.testing.assert_allclose(found["field"].values[:, 0], [12_412.094, -445.572, 55_130.831])
