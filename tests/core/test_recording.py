"""A recording says when, where and in which frame."""

import numpy as np
import numpy.testing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seismomag.core.errors import SchemaError
from seismomag.core.flags import Flag
from seismomag.core.recording import (
    cut,
    make_recording,
    on_whole_seconds,
    place,
    sha256_of,
    utc_days,
)
from seismomag.core.schema import check_recording

DAY = np.datetime64("2025-01-01")


def recording(n: int = 10, start: str = "2025-01-01T00:00:00", sampling_hz: float = 1.0):
    field = np.arange(3.0 * n).reshape(3, n)
    return make_recording(
        field,
        np.datetime64(start),
        sampling_hz=sampling_hz,
        frame="HDZ",
        station_code="ALR",
        source_format="test",
        source_sha256="",
    )


def test_a_missing_sample_is_flagged_and_stays_missing() -> None:
    field = np.zeros((3, 4))
    field[1, 2] = np.nan
    made = make_recording(
        field,
        DAY,
        sampling_hz=1,
        frame="XYZ",
        station_code="ALR",
        source_format="test",
        source_sha256="",
    )
    assert made["flags"].values[1, 2] == Flag.MISSING
    assert np.isnan(made["field"].values[1, 2])
    assert made["flags"].values.sum() == Flag.MISSING
    check_recording(made)


def test_an_unknown_frame_is_refused_by_name() -> None:
    with pytest.raises(SchemaError, match="'DHZ' is not known"):
        make_recording(
            np.zeros((3, 2)),
            DAY,
            sampling_hz=1,
            frame="DHZ",
            station_code="A",
            source_format="",
            source_sha256="",
        )


def test_two_components_are_not_a_recording() -> None:
    with pytest.raises(SchemaError, match=r"\(3, n\), found \(2, 5\)"):
        make_recording(
            np.zeros((2, 5)),
            DAY,
            sampling_hz=1,
            frame="HDZ",
            station_code="A",
            source_format="",
            source_sha256="",
        )


def test_a_cut_is_half_open() -> None:
    part = cut(
        recording(), np.datetime64("2025-01-01T00:00:02"), np.datetime64("2025-01-01T00:00:05")
    )
    npt.assert_array_equal(part["field"].values[0], [2, 3, 4])


def test_days_without_a_valid_sample_are_not_listed() -> None:
    made = recording(20, "2025-01-01T23:59:50")
    assert utc_days(made) == [DAY, DAY + 1]
    made["field"].values[:, :10] = np.nan
    assert utc_days(made) == [DAY + 1]


@given(st.integers(-30, 30), st.integers(1, 20))
def test_placing_puts_each_sample_at_its_own_second(offset: int, n: int) -> None:
    made = recording(n)
    start = DAY.astype("datetime64[s]") + offset
    laid = place(made, start, 15)
    for second in range(15):
        index = second + offset
        expected = made["field"].values[:, index] if 0 <= index < n else np.full(3, np.nan)
        npt.assert_array_equal(laid[:, second], expected)


def test_placing_off_the_grid_is_refused() -> None:
    with pytest.raises(SchemaError, match="off the grid"):
        place(recording(5, "2025-01-01T00:00:00.500"), DAY, 5)


def test_stamps_that_all_miss_the_second_by_the_same_are_laid_on_the_nearest_and_flagged() -> None:
    made = recording(5, "2025-01-01T00:00:00.300")
    laid = on_whole_seconds(made)
    assert laid["time"].values[0] == DAY
    assert laid.attrs["clock_offset_s"] == 0.3
    assert laid.attrs["clock_faults"] == ["the stamps lie +0.3 s off the whole 1 s"]
    assert (laid["flags"].values & Flag.CLOCK).all()
    assert not (made["flags"].values & Flag.CLOCK).any()
    npt.assert_array_equal(place(laid, DAY, 5), made["field"].values)
    check_recording(laid)
    assert on_whole_seconds(laid) is laid


def test_a_clock_that_is_early_is_laid_on_the_second_that_comes() -> None:
    laid = on_whole_seconds(recording(5, "2024-12-31T23:59:59.700"))
    assert laid["time"].values[0] == DAY
    assert laid.attrs["clock_offset_s"] == -0.3


@given(st.integers(-500_000_000, 499_999_999))
def test_an_offset_below_a_second_moves_times_by_itself_and_no_value(offset_ns: int) -> None:
    start = DAY.astype("datetime64[ns]") + np.timedelta64(offset_ns, "ns")
    made = recording(7, str(start))
    laid = on_whole_seconds(made)
    assert (made["time"].values - laid["time"].values == np.timedelta64(offset_ns, "ns")).all()
    npt.assert_array_equal(laid["field"].values, made["field"].values)
    assert laid.attrs.get("clock_offset_s", 0.0) == offset_ns / 1e9
    assert (laid is made) == (offset_ns == 0)


def test_other_rates_are_left_as_they_are() -> None:
    made = recording(3, "2025-01-01T00:00:00.300", sampling_hz=1 / 60)
    assert on_whole_seconds(made) is made


def test_times_of_sixty_seconds_are_exact() -> None:
    made = recording(3, sampling_hz=1 / 60)
    assert made["time"].values[2] == np.datetime64("2025-01-01T00:02:00")
    check_recording(made)


def test_the_check_names_what_is_wrong() -> None:
    made = recording()
    with pytest.raises(SchemaError, match="components HDZ in a frame XYZ"):
        check_recording(made.assign_attrs(frame="XYZ"))
    with pytest.raises(SchemaError, match="not uniform"):
        check_recording(made.isel(time=[0, 1, 3]))
    with pytest.raises(SchemaError, match="needs field and flags"):
        check_recording(made.drop_vars("flags"))


def test_the_hash_is_that_of_the_standard() -> None:
    assert sha256_of(b"").startswith("e3b0c44298fc1c14")
