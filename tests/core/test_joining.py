"""Recordings of one station on one time axis."""

import numpy as np
import numpy.testing as npt
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from seismomag.core.errors import SchemaError
from seismomag.core.flags import Flag
from seismomag.core.joining import join
from seismomag.core.recording import make_recording, sha256_of
from seismomag.core.schema import check_recording

START = np.datetime64("2025-01-01T00:00:00", "ns")
WHOLE = np.random.default_rng(1).normal(20_000, 5, (3, 60))


def piece(first: int, last: int, **changes) -> xr.Dataset:
    """Samples first to last of WHOLE."""
    made = make_recording(
        WHOLE[:, first:last].copy(),
        START + np.timedelta64(first, "s"),
        sampling_hz=changes.pop("sampling_hz", 1.0),
        frame="HDZ",
        station_code="ALR",
        source_format="test",
        source_sha256=f"{first:064x}",
        notes=[f"piece {first}"],
    )
    return made.assign_attrs(changes)


def test_a_hole_is_missing_and_every_sample_keeps_its_time() -> None:
    made = check_recording(join([piece(40, 60), piece(0, 20)]))
    npt.assert_array_equal(made["field"][:, :20], WHOLE[:, :20])
    npt.assert_array_equal(made["field"][:, 40:], WHOLE[:, 40:])
    assert np.isnan(made["field"][:, 20:40]).all()
    assert (made["flags"][:, 20:40] == Flag.MISSING).all()
    assert not made["flags"][:, 40:].any()
    assert made.attrs["notes"] == ["piece 0", "piece 40"]
    hashes = f"{0:064x}\n{40:064x}"
    assert made.attrs["source_sha256"] == sha256_of(hashes.encode())


@given(st.lists(st.tuples(st.integers(0, 59), st.integers(1, 60)), min_size=1, max_size=6))
def test_whatever_agrees_is_joined_in_any_order(bounds) -> None:
    pieces = [piece(first, min(first + n, 60)) for first, n in bounds]
    made, back = join(pieces), join(pieces[::-1])
    npt.assert_array_equal(made["field"], back["field"])
    at = {t: i for i, t in enumerate(made["time"].values)}
    recorded = set()
    for part in pieces:
        for i, t in enumerate(part["time"].values):
            npt.assert_array_equal(made["field"][:, at[t]], part["field"][:, i])
            recorded.add(t)
    assert int(np.isfinite(made["field"].values[0]).sum()) == len(recorded)


def test_what_one_lacks_is_taken_from_the_other_with_its_flags() -> None:
    lacking, other = piece(0, 20), piece(10, 30)
    lacking["field"][1, 12] = np.nan
    lacking["flags"][1, 12] = Flag.MISSING
    lacking["flags"][0, 15] = Flag.STEP
    other["flags"][1, 2] = Flag.SPIKE
    other["flags"][0, 5] = Flag.CLOCK
    made = join([lacking, other])
    assert made["field"].values[1, 12] == WHOLE[1, 12]
    assert made["flags"].values[1, 12] == Flag.SPIKE
    assert made["flags"].values[0, 15] == Flag.STEP | Flag.CLOCK


def test_two_values_of_one_time_are_refused() -> None:
    other = piece(10, 30)
    other["field"][2, 3] += 1
    with pytest.raises(SchemaError, match=r"1 times have two values, the first .*00:00:13.*: Z"):
        join([piece(0, 20), other])


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (piece(20, 40, station_code="SCN"), "station_code ALR, SCN, expected one"),
        (piece(20, 40, is_absolute=0), "is_absolute 1, 0"),
        (piece(20, 40, sampling_hz=10.0), "sampling_hz 1.0, 10.0"),
        (
            piece(20, 40).assign_coords(time=piece(20, 40)["time"] + np.timedelta64(300, "ms")),
            "lie 0.3 s off the grid",
        ),
        (
            piece(20, 40).assign_coords(time=piece(20, 40)["time"] + np.timedelta64(900, "D")),
            "a date is wrong",
        ),
        (piece(20, 40).isel(time=[0, 2]), "not uniform"),
    ],
)
def test_what_does_not_fit_together_is_refused(other, message) -> None:
    with pytest.raises(SchemaError, match=message):
        join([piece(0, 20), other])


def test_one_stays_itself_and_none_is_refused() -> None:
    one = piece(0, 20)
    assert join([one]).identical(one)
    assert join([one, one.isel(time=slice(0, 0))]).identical(one)
    with pytest.raises(SchemaError, match="no recordings"):
        join([])
