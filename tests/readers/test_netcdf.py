"""NetCDF gives recordings and scalograms back as they were, and never guesses."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from seismomag.core.errors import FormatError, SchemaError
from seismomag.core.flags import Flag
from seismomag.core.recording import make_recording
from seismomag.core.stations import Station
from seismomag.readers import netcdf
from seismomag.signal.wavelet import ScalogramGrid, scalogram


def read_file(path: Path) -> xr.Dataset:
    return netcdf.read(path.read_bytes(), str(path))


def a_recording(
    n: int = 600, sampling_hz: float = 1.0, start: str = "2025-01-01", frame: str = "HDZ"
) -> xr.Dataset:
    rng = np.random.default_rng(7)
    field = rng.normal(size=(3, n)) + np.array([[38_000.0], [100.0], [-20_000.0]])
    field[:, n // 2 : n // 2 + 5] = np.nan
    flags = np.zeros((3, n), np.uint16)
    flags[0, 1] = Flag.SPIKE | Flag.DISAGREE
    return make_recording(
        field,
        np.datetime64(start, "ns"),
        sampling_hz=sampling_hz,
        frame=frame,
        station_code="ALR",
        source_format="frg604rc",
        source_sha256="00ff",
        flags=flags,
        clock_faults=["the clock jumped"],
        notes=[],
        is_absolute=False,
    )


def a_scalogram(dtype: str = "float32") -> xr.DataArray:
    rng = np.random.default_rng(7)
    return xr.DataArray(
        rng.lognormal(size=(3, 4, 5)).astype(dtype),
        dims=("component", "frequency", "time"),
        coords={
            "component": list("HDZ"),
            "frequency": ("frequency", [0.01, 0.02, 0.04, 0.08], {"units": "Hz"}),
            "time": np.datetime64("2025-01-01", "ns") + np.arange(5) * np.timedelta64(60, "s"),
            "valid_s": (("component", "time"), np.full((3, 5), 60, np.uint8)),
        },
        attrs={"wavelet": "morse", "band_hz": (0.01, 0.1), "padding_s": 540, "version": "1"},
        name="amplitude",
    )


@pytest.mark.parametrize(
    ("sampling_hz", "start"),
    [
        (1.0, "2025-01-01"),
        (1 / 60, "2011-03-01T00:00:30"),
        (10.0, "2020-01-05T23:59:53.900"),
        (1.0, "2025-01-01T00:00:00.000123"),
        (1.0, "2025-01-01T00:00:00.000000123"),
    ],
)
def test_a_recording_comes_back_unchanged(tmp_path: Path, sampling_hz: float, start: str) -> None:
    before = a_recording(60, sampling_hz, start)
    after = read_file(netcdf.write(before, tmp_path / "day.nc"))
    xr.testing.assert_identical(after, before)
    assert after["flags"].dtype == np.uint16
    assert {k: type(v) for k, v in after.attrs.items()} == {
        k: type(v) for k, v in before.attrs.items()
    }


@settings(max_examples=12, deadline=None)
@given(
    values=st.lists(
        st.floats(allow_nan=True, allow_infinity=False, width=64), min_size=3, max_size=30
    ),
    bits=st.integers(0, 2**16 - 1),
    note=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20),
)
def test_any_value_flag_and_note_survive(
    tmp_path_factory: pytest.TempPathFactory, values: list[float], bits: int, note: str
) -> None:
    n = len(values) // 3
    field = np.array(values[: 3 * n]).reshape(3, n)
    before = make_recording(
        field,
        np.datetime64("2025-01-01"),
        sampling_hz=1,
        frame="XYZ",
        station_code="WIC",
        source_format="",
        source_sha256="",
        flags=np.full((3, n), bits),
        notes=[note],
    )
    path = tmp_path_factory.mktemp("law") / "day.nc"
    xr.testing.assert_identical(read_file(netcdf.write(before, path)), before)


def test_equal_recordings_give_equal_bytes_and_no_leftovers(tmp_path: Path) -> None:
    for name in ("a.nc", "b.nc"):
        netcdf.write(a_recording(), tmp_path / name)
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.nc", "b.nc"]


def test_writing_leaves_the_recording_alone(tmp_path: Path) -> None:
    before = a_recording()
    netcdf.write(before, tmp_path / "day.nc")
    xr.testing.assert_identical(before, a_recording())


def test_others_find_cf_attributes(tmp_path: Path) -> None:
    path = netcdf.write(a_recording(), tmp_path / "day.nc")
    with xr.open_dataset(path, engine="h5netcdf", decode_times=False) as found:
        assert found.attrs["Conventions"] == "CF-1.8"
        assert found.attrs["station_code"] == "ALR"
        assert found["time"].attrs["units"] == "seconds since 1970-01-01"
        assert found["time"].attrs["standard_name"] == "time"
        assert found["field"].attrs["units"] == "nT"
        assert found["field"].attrs["ancillary_variables"] == "flags"
        masks, meanings = (found["flags"].attrs[f"flag_{k}"] for k in ("masks", "meanings"))
        assert dict(zip(meanings.split(), masks, strict=True))["spike"] == Flag.SPIKE


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_a_scalogram_comes_back_unchanged(tmp_path: Path, dtype: str) -> None:
    before = a_scalogram(dtype)
    after = netcdf.read_scalogram(netcdf.write_scalogram(before, tmp_path / "day.nc"))
    xr.testing.assert_identical(after, before)
    assert after.dtype == before.dtype
    assert after["valid_s"].dtype == np.uint8
    assert after.attrs["band_hz"] == (0.01, 0.1)


@pytest.mark.parametrize("representation", ["amplitude", "polarimetric"])
def test_what_the_transform_makes_comes_back_with_its_units(tmp_path: Path, representation) -> None:
    grid = ScalogramGrid(n_frequencies=3, column_s=3600, representation=representation)
    before = scalogram(a_recording(7200), grid)
    path = netcdf.write_scalogram(before, tmp_path / "day.nc")
    xr.testing.assert_identical(netcdf.read_scalogram(path), before)
    with xr.open_dataset(path, engine="h5netcdf") as found:
        assert found["scalogram"].shape == (3, 3, 24)
        assert found["scalogram"].attrs["units"] == "nT"
        assert found["station"].attrs["cf_role"] == "timeseries_id"
        assert "featureType" not in found.attrs
        if representation == "polarimetric":
            assert found["cross_spectrum"].attrs["units"] == "1"
            assert found["cross_spectrum"].dims == (
                "cross_spectrum_component",
                "frequency",
                "time",
            )
            assert found["cross_spectrum_component"].values[5] == "DZ_imag"
            np.testing.assert_array_equal(found["cross_spectrum"], before[3:])


def test_a_station_with_its_position_makes_a_time_series_of_cf(tmp_path: Path) -> None:
    station = Station(station_code="ALR", latitude_deg=-8.14, longitude_deg=124.59)
    path = netcdf.write(a_recording(60), tmp_path / "day.nc", station=station)
    with xr.open_dataset(path, engine="h5netcdf") as found:
        assert found.attrs["featureType"] == "timeSeries"
        assert found["station"].item() == "ALR"
        assert found["station"].attrs["cf_role"] == "timeseries_id"
        assert found["latitude"].item() == -8.14
        assert found["longitude"].attrs["units"] == "degrees_east"
        assert found.attrs["source"] == "magnetometer recording, frg604rc"
        assert found.attrs["history"].endswith("from SHA-256 00ff")
        assert "station" in found["field"].coords
    xr.testing.assert_identical(read_file(path), a_recording(60))
    without = netcdf.write(a_recording(60), tmp_path / "other.nc")
    with xr.open_dataset(without, engine="h5netcdf") as found:
        assert "featureType" not in found.attrs
        assert found["station"].item() == "ALR"
    with pytest.raises(SchemaError, match="station SCN for data of station ALR"):
        netcdf.write(
            a_recording(60),
            path,
            station=Station(station_code="SCN", latitude_deg=0.0, longitude_deg=0.0),
        )


def test_a_scalogram_without_name_and_with_numpy_attributes(tmp_path: Path) -> None:
    before = a_scalogram().rename(None)
    before.attrs |= {"is_masked": True, "edges_hz": np.array([0.01, 0.1]), "n": np.int64(3)}
    after = netcdf.read_scalogram(netcdf.write_scalogram(before, tmp_path / "day.nc"))
    assert after.name is None
    assert after.attrs["is_masked"] is True
    assert after.attrs["edges_hz"] == [0.01, 0.1]
    assert after.attrs["n"] == 3


def test_what_is_no_recording_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="needs field and flags"):
        netcdf.write(xr.Dataset(), tmp_path / "day.nc")
    strange = a_recording()
    strange.attrs["thing"] = object()
    with pytest.raises(SchemaError, match="an attribute cannot be written"):
        netcdf.write(strange, tmp_path / "day.nc")
    assert list(tmp_path.iterdir()) == []


def test_files_of_another_kind_are_refused(tmp_path: Path) -> None:
    text = tmp_path / "text.nc"
    text.write_text("no")
    with pytest.raises(FormatError, match="expected NetCDF 4"):
        read_file(text)
    with pytest.raises(FormatError, match="found nothing"):
        netcdf.read_scalogram(tmp_path / "absent.nc")
    scalogram = netcdf.write_scalogram(a_scalogram(), tmp_path / "scalogram.nc")
    with pytest.raises(FormatError, match="expected field and the attribute"):
        read_file(scalogram)
    foreign = tmp_path / "foreign.nc"
    xr.Dataset({"field": ("time", [1.0])}).to_netcdf(foreign, engine="h5netcdf")
    with pytest.raises(FormatError, match="that seismomag writes"):
        read_file(foreign)


def test_a_file_that_unpacks_beyond_reason_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = netcdf.write(a_recording(), tmp_path / "day.nc")
    monkeypatch.setattr(netcdf, "LIMIT_UNPACKED_BYTES", 1000)
    with pytest.raises(FormatError, match="unpacks to"):
        read_file(path)


def test_cut_files_are_refused_and_say_so(tmp_path: Path) -> None:
    content = netcdf.write(a_recording(), tmp_path / "day.nc").read_bytes()
    for n in (8, 9, 30, 100, len(content) // 2, len(content) - 1):
        with pytest.raises(FormatError, match=r"fetch (the file|it) again"):
            netcdf.read(content[:n], "cut")


def test_flipped_files_are_refused(tmp_path: Path) -> None:
    content = netcdf.write(a_recording(300), tmp_path / "day.nc").read_bytes()
    end = content.rindex(netcdf.SEAL)
    rng = np.random.default_rng(11)
    for place in rng.integers(8, end, size=100):
        damaged = bytearray(content)
        damaged[int(place)] ^= 1 << int(rng.integers(8))
        with pytest.raises(FormatError, match=r"damaged|fetch"):
            netcdf.read(bytes(damaged), "flipped")


def test_a_file_saved_again_by_others_is_read_without_its_seal(tmp_path: Path) -> None:
    content = netcdf.write(a_recording(), tmp_path / "day.nc").read_bytes()
    bare = content[: content.rindex(netcdf.SEAL)]
    xr.testing.assert_identical(netcdf.read(bare, "bare"), a_recording())


def test_damage_without_a_seal_is_a_format_error(tmp_path: Path) -> None:
    recording = a_recording()
    content = netcdf.write(recording, tmp_path / "day.nc").read_bytes()
    bare = content[: content.rindex(netcdf.SEAL)]
    broken = bare.replace(b'"dtypes"', b'"dtypos"')
    assert broken != bare
    with pytest.raises(FormatError, match="damaged, or NetCDF of another kind"):
        netcdf.read(broken, "broken")
