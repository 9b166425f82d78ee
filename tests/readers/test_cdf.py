"""CDF: the layout says what the columns and the times mean; nothing is guessed."""

import zlib
from pathlib import Path

import numpy as np
import pytest
from cdflib.cdfwrite import CDF
from cdflib.epochs import CDFepoch

from seismomag.core.errors import FormatError
from seismomag.readers import cdf, cdf_layouts, read

N = 120
TT2000_2024_05_10 = 768_571_269_184_000_000
EPOCH_2018_08_02 = 63_700_387_200_000.0
REAL8, EPOCH, TT2000 = 45, 31, 33


def tt2000(n: int = N) -> np.ndarray:
    return TT2000_2024_05_10 + np.arange(n) * 1_000_000_000


def ramp(letter: str) -> np.ndarray:
    return np.arange(N) * 0.1 + {"X": 21_000, "Y": 1_500, "Z": 44_000, "H": 21_000}.get(letter, 5)


def cdf_of(folder: Path, attributes: dict, variables: dict, level: int = 0) -> bytes:
    """Bytes of a CDF: variables by name as (type, values, attributes)."""
    path = folder / "made.cdf"
    file = CDF(path, cdf_spec={"Compressed": level}, delete=True)
    file.write_globalattrs({k: {0: v} for k, v in attributes.items()})
    for name, (kind, values, described) in variables.items():
        spec = {
            "Variable": name,
            "Data_Type": kind,
            "Num_Elements": 1,
            "Rec_Vary": True,
            "Dim_Sizes": [],
        }
        file.write_var(spec, var_attrs=described, var_data=values)
    file.close()
    return path.read_bytes()


def imagcdf(folder: Path, letters: str = "XYZ", version: str = "1.2", **more) -> bytes:
    attributes = {
        "FormatDescription": "INTERMAGNET CDF Format",
        "FormatVersion": version,
        "IagaCode": "WIC",
        "PublicationLevel": "4",
    } | more.pop("attributes", {})
    variables = {"DataTimes": (TT2000, tt2000(), {})}
    level = more.pop("level", 0)
    for letter in letters:
        variables[f"GeomagneticField{letter}"] = (
            REAL8,
            ramp(letter),
            {
                "DEPEND_0": "DataTimes",
                "FILLVAL": [99_999.0, "CDF_DOUBLE"],
                "VALIDMIN": [-88_880.0, "CDF_DOUBLE"],
                "VALIDMAX": [88_880.0, "CDF_DOUBLE"],
                "LABLAXIS": letter,
            },
        )
    return cdf_of(folder, attributes, variables | more, level)


def magpy(folder: Path, attributes: dict, kind=EPOCH, times=None) -> bytes:
    if times is None:
        times = EPOCH_2018_08_02 + 1000.0 * np.arange(N)
    variables = {"Epoch": (kind, times, {})}
    for key, letter in zip("xyz", "HEZ", strict=True):
        variables[key] = (REAL8, ramp(letter), {"name": letter, "units": "nT"})
    return cdf_of(
        folder, {"DataFormat": "MagPyCDF", "StationIAGAcode": "WIC"} | attributes, variables
    )


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "1.3"])
def test_imagcdf_of_every_version(tmp_path: Path, version: str) -> None:
    found = cdf.read(imagcdf(tmp_path, version=version), "wic.cdf")
    assert found.attrs["frame"] == "XYZ"
    assert found.attrs["station_code"] == "WIC"
    assert found.attrs["is_absolute"] == 1
    assert found["time"].values[0] == np.datetime64("2024-05-10")
    assert found.sizes["time"] == N
    np.testing.assert_array_equal(found["field"].values[1], ramp("Y"))
    warned = any("read as if it were 1.2" in note for note in found.attrs["notes"])
    assert warned == (version < "1.2")


def test_fill_values_and_values_out_of_range_are_missing(tmp_path: Path) -> None:
    x = ramp("X")
    x[3], x[4], x[5] = 99_999.0, -1e30, np.nan
    about = {"DEPEND_0": "DataTimes", "FILLVAL": [99_999.0, "CDF_DOUBLE"]}
    data = imagcdf(tmp_path, "YZ", GeomagneticFieldX=(REAL8, x, about))
    found = cdf.read(data, "wic.cdf")
    assert np.flatnonzero(np.isnan(found["field"].values[0])).tolist() == [3, 4, 5]


def test_d_of_imagcdf_is_in_degrees(tmp_path: Path) -> None:
    about = {"DEPEND_0": "DataTimes", "UNITS": "Degrees of arc"}
    data = imagcdf(tmp_path, "HZ", GeomagneticFieldD=(REAL8, np.full(N, 30.0), about))
    found = cdf.read(data, "wic.cdf")
    assert found.attrs["frame"] == "XYZ"
    np.testing.assert_allclose(found["field"].values[1], ramp("H") / 2, rtol=1e-12)


def test_the_times_of_the_vector_are_followed(tmp_path: Path) -> None:
    about = {"DEPEND_0": "GeomagneticScalarTimes"}
    data = imagcdf(
        tmp_path,
        GeomagneticScalarTimes=(TT2000, tt2000(60), {}),
        GeomagneticFieldS=(REAL8, np.ones(60), about),
    )
    assert cdf.read(data, "wic.cdf").sizes["time"] == N
    about = {"DEPEND_0": "GeomagneticScalarTimes"}
    data = imagcdf(
        tmp_path,
        "XY",
        GeomagneticScalarTimes=(TT2000, tt2000(), {}),
        GeomagneticFieldZ=(REAL8, ramp("Z"), about),
    )
    with pytest.raises(FormatError, match="different times"):
        cdf.read(data, "wic.cdf")


def test_lengths_that_differ_are_refused(tmp_path: Path) -> None:
    about = {"DEPEND_0": "DataTimes"}
    data = imagcdf(tmp_path, "XY", GeomagneticFieldZ=(REAL8, np.ones(60), about))
    with pytest.raises(FormatError, match="60 values for 120 times"):
        cdf.read(data, "wic.cdf")


@pytest.mark.parametrize(
    ("attributes", "frame"),
    [
        ({"DataComponents": "HEZ"}, "HEZ"),
        ({"DataComponents": "XYZ", "DataSensorOrientation": "hdz"}, "XYZ"),
        ({"DataSensorOrientation": "hdz"}, "HEZ"),
        ({"DataComponents": "HDZ"}, "HEZ"),
        ({"DataComponents": "UVW"}, "UVW"),
        ({}, "UVW"),
    ],
)
def test_magpy_attributes_say_what_x_y_z_are(tmp_path: Path, attributes, frame) -> None:
    found = cdf.read(magpy(tmp_path, attributes), "wic.cdf")
    assert found.attrs["frame"] == frame
    assert found.attrs["is_absolute"] == 0
    assert found["time"].values[0] == np.datetime64("2018-08-02")
    np.testing.assert_array_equal(found["field"].values[2], ramp("Z"))


def test_magpy_with_new_times(tmp_path: Path) -> None:
    found = cdf.read(magpy(tmp_path, {"DataComponents": "HEZ"}, TT2000, tt2000()), "wic.cdf")
    assert found["time"].values[0] == np.datetime64("2024-05-10")


def test_magpy_with_strange_components_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="expected three letters"):
        cdf.read(magpy(tmp_path, {"DataComponents": "ABC"}), "wic.cdf")


@pytest.mark.parametrize(
    ("units", "is_known"),
    [
        ("MD2000", True),
        ("days since 2000-01-01", True),
        ("days since 1980-01-01", False),
        ("", False),
    ],
)
def test_a_time_is_honoured_or_refused_never_guessed(tmp_path: Path, units, is_known) -> None:
    about = {"UNITS": units} if units else {}
    variables = {"time": (REAL8, 3636.0 + np.arange(N) / 86_400, about)}
    for name in ("HNvar", "HEvar", "Zvar"):
        variables[name] = (REAL8, np.ones(N), {})
    data = cdf_of(tmp_path, {}, variables)
    if is_known:
        found = cdf.read(data, "gdh4.cdf")
        assert found["time"].values[0] == np.datetime64("2009-12-15")
        assert found.attrs["sampling_hz"] == 1.0
    else:
        with pytest.raises(FormatError, match="not guessed"):
            cdf.read(data, "gdh4.cdf")


AFTER_LEAP_OF_2016 = 536_500_869_184_000_000


@pytest.mark.parametrize("step_ns", [1_000_000_000, 100_000_000])
def test_the_leap_second_of_tt2000_does_not_take_the_place_of_midnight(
    tmp_path: Path, step_ns: int
) -> None:
    times = AFTER_LEAP_OF_2016 + step_ns * (np.arange(N) - 60)
    data = imagcdf(tmp_path, DataTimes=(TT2000, times, {}))
    found = cdf.read(data, "leap.cdf")
    lost = 1_000_000_000 // step_ns
    assert found.sizes["time"] == N - lost
    at = found.sel(time=np.datetime64("2017-01-01"))
    assert at["field"].values[0] == ramp("X")[60]
    before = found.sel(time=np.datetime64("2017-01-01") - np.timedelta64(step_ns, "ns"))
    assert before["field"].values[0] == ramp("X")[59 - lost]
    assert any("leap second" in fault for fault in found.attrs["clock_faults"])


def test_a_cdf_that_ends_with_a_leap_second_has_no_sample_of_the_next_day(tmp_path: Path) -> None:
    times = AFTER_LEAP_OF_2016 + 1_000_000_000 * (np.arange(N) - N)
    found = cdf.read(imagcdf(tmp_path, DataTimes=(TT2000, times, {})), "leap.cdf")
    assert found["time"].values[-1] == np.datetime64("2016-12-31T23:59:59")
    assert found["field"].values[0, -1] == ramp("X")[-2]


def test_the_leap_seconds_are_those_of_cdflib() -> None:
    table = CDFepoch.LTS
    known = [f"{int(y):04d}-{int(m):02d}-{int(d):02d}" for y, m, d, *_ in table if y >= 1972]
    assert tuple(known[1:]) == cdf_layouts._AFTER_LEAP


def test_records_without_a_time_are_left_out(tmp_path: Path) -> None:
    times = tt2000()
    times[10] = np.iinfo(np.int64).min
    found = cdf.read(magpy(tmp_path, {"DataComponents": "HEZ"}, TT2000, times), "wic.cdf")
    assert np.isnan(found["field"].values[:, 10]).all()
    assert "1 records have no time" in found.attrs["notes"][0]


def test_an_unknown_layout_is_refused_with_its_variables(tmp_path: Path) -> None:
    data = cdf_of(tmp_path, {}, {"density": (REAL8, np.ones(9), {})})
    with pytest.raises(FormatError, match="unknown layout with the variables density"):
        cdf.read(data, "solar_wind.cdf")


@pytest.mark.parametrize("level", [0, 6])
@pytest.mark.parametrize("left", [9, 60, 400, 2_000])
def test_a_cut_file_is_refused(tmp_path: Path, left: int, level: int) -> None:
    with pytest.raises(FormatError, match="wic"):
        cdf.read(imagcdf(tmp_path, level=level)[:left], "wic.cdf")


def compressed(kind: int, inner: bytes) -> bytes:
    body = zlib.compress(inner, wbits=31)
    size = 32 + len(body)
    head = b"\xcd\xf3\x00\x01\xcc\xcc\x00\x01" + size.to_bytes(8, "big") + (10).to_bytes(4, "big")
    head += (8 + size).to_bytes(8, "big") + len(inner).to_bytes(8, "big") + bytes(4)
    parameters = (28).to_bytes(8, "big") + (11).to_bytes(4, "big") + kind.to_bytes(4, "big")
    return head + body + parameters + bytes(12)


def test_whole_file_compression_is_bounded(tmp_path: Path, monkeypatch) -> None:
    plain = imagcdf(tmp_path)
    packed = compressed(5, plain[8:])
    assert cdf.read(imagcdf(tmp_path, level=6), "wic.cdf").sizes["time"] == N
    np.testing.assert_array_equal(
        cdf.read(packed, "wic.cdf")["field"].values, cdf.read(plain, "wic.cdf")["field"].values
    )
    with pytest.raises(FormatError, match="compression 1 is not supported"):
        cdf.read(compressed(1, plain[8:]), "wic.cdf")
    with pytest.raises(FormatError, match="cut off"):
        cdf.read(packed[:-300], "wic.cdf")
    monkeypatch.setattr(cdf, "LIMIT_BYTES", 1_000)
    with pytest.raises(FormatError, match="larger than 1,000"):
        cdf.read(packed, "wic.cdf")


def test_nothing_stays_in_the_temporary_folder(tmp_path: Path, monkeypatch) -> None:
    data = imagcdf(tmp_path)
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    cdf.read(data, "wic.cdf")
    with pytest.raises(FormatError):
        cdf.read(data[:2_000], "wic.cdf")
    assert list(folder.iterdir()) == []


@pytest.mark.real_data
def test_the_greenland_file_comes_out_in_2009(real_data: Path) -> None:
    found = read(real_data / "one_second" / "gdh4_2009-12-15_oldcdf.cdf", station_code="GDH")
    assert found["time"].values[0] == np.datetime64("2009-12-15")
    assert found["time"].values[-1] == np.datetime64("2009-12-15T23:59:59")
    assert found.attrs["is_absolute"] == 0
    assert np.isnan(found["field"].values).sum(axis=1).tolist() == [2, 2, 2]


@pytest.mark.real_data
def test_the_week_of_august_2018(real_data: Path) -> None:
    name = "wic_2018-08-24_7days_imagcdf12_geomagpy119_example4.cdf"
    found = read(real_data / "one_second" / name)
    assert found.sizes["time"] == 604_798
    assert found["time"].values[-1] == np.datetime64("2018-08-30T23:59:57")
    assert np.isnan(found["field"].values[0]).sum() == 7
    assert found.attrs["is_absolute"] == 1


@pytest.mark.real_data
def test_the_file_that_says_nothing_is_not_guessed_at(real_data: Path) -> None:
    found = read(real_data / "one_second" / "wik_2011-09-08_gdas_quantised0.1nT_magpycdf.cdf")
    assert found.attrs["frame"] == "UVW"
    assert found.attrs["station_code"] == ""
    steps = np.diff(found["field"].values[0])
    assert np.min(np.abs(steps[steps != 0])) == pytest.approx(0.1, abs=1e-3)
