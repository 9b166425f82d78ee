"""The contracts refuse what breaks them, and say what it was."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from seismomag.core.bands import Band
from seismomag.core.errors import ConfigError, FormatError, SchemaError
from seismomag.core.schema import (
    FORECAST_COLUMNS,
    SAMPLE_COLUMNS,
    Catalogue,
    Interval,
    check_catalogue,
    check_forecast,
    check_samples,
    check_scalogram,
    check_space_weather,
    empty_table,
    magnitude_class_columns,
)
from seismomag.core.stations import Station, read_stations, stations_table

T0 = pd.Timestamp("2025-01-01")
DAY = pd.Timedelta(days=1)


def catalogue(**changes: object) -> Catalogue:
    row = {
        "event_id": "a",
        "origin_time": T0,
        "latitude_deg": -8.0,
        "longitude_deg": 124.0,
        "depth_km": 10.0,
        "magnitude": 5.0,
        "magnitude_type": "Mw",
        "source": "test",
    }
    return Catalogue(pd.DataFrame([{**row, **changes}]), (Interval(T0, T0 + DAY),))


def forecast(**changes: object) -> pd.DataFrame:
    row = {
        "sample_id": "ALR_20250101",
        "station_code": "ALR",
        "issue_time": T0 + DAY,
        "horizon_start": T0 + 2 * DAY,
        "horizon_end": T0 + 16 * DAY,
        "probability": 0.5,
        "azimuth_deg": np.nan,
        "azimuth_kappa": np.nan,
        "model_id": "m",
        "data_cutoff": T0,
    }
    return pd.DataFrame([{**row, **changes}])


def samples(**changes: object) -> pd.DataFrame:
    row = {
        "sample_id": "ALR_20250101",
        "station_code": "ALR",
        "window_start": T0,
        "issue_time": T0 + DAY,
        "horizon_start": T0 + 2 * DAY,
        "horizon_end": T0 + 16 * DAY,
        "coverage": 1.0,
        "kp_max": 3.0,
        "dst_min_nt": -10.0,
        "is_target": False,
        "event_id": None,
        "cluster_id": None,
        "magnitude": np.nan,
        "distance_km": np.nan,
        "azimuth_deg": np.nan,
        "lead_time_days": np.nan,
        "split": "train",
        "store_row": 0,
    }
    table = pd.DataFrame([{**row, **changes}])
    return table.astype(
        {"is_target": "boolean", "event_id": "str", "cluster_id": "str", "split": "str"}
    )


def space_weather(**changes: object) -> pd.DataFrame:
    row = {
        "time": T0,
        "kp": 3.0,
        "dst_nt": np.nan,
        "f107_sfu": np.nan,
        "status": "final",
        "available_time": T0 + DAY,
    }
    return pd.DataFrame([{**row, **changes}])


def test_what_keeps_its_contract_passes_through() -> None:
    check_catalogue(catalogue())
    check_forecast(forecast())
    check_samples(samples())
    check_space_weather(space_weather())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"latitude_deg": 120.0}, "latitude out of range for a"),
        ({"longitude_deg": 400.0}, "longitude out of range"),
        ({"magnitude": "5"}, "column magnitude is .* expected number"),
        ({"origin_time": "2025"}, "column origin_time"),
    ],
)
def test_a_catalogue_is_refused_for(change: dict[str, object], message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        check_catalogue(catalogue(**change))


def test_overlapping_coverage_is_refused() -> None:
    events = catalogue().events
    twice = (Interval(T0, T0 + 2 * DAY), Interval(T0 + DAY, T0 + 3 * DAY))
    with pytest.raises(SchemaError, match="overlap"):
        check_catalogue(Catalogue(events, twice))


def test_an_id_that_stands_twice_is_refused() -> None:
    events = pd.concat([catalogue().events] * 2)
    with pytest.raises(SchemaError, match="event_id a stands twice"):
        check_catalogue(Catalogue(events, ()))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"probability": 1.5}, r"outside \[0, 1\] for ALR_20250101"),
        ({"probability": np.nan}, r"outside \[0, 1\]"),
        ({"issue_time": T0 + 3 * DAY}, "issued after its horizon began"),
    ],
)
def test_a_forecast_is_refused_for(change: dict[str, object], message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        check_forecast(forecast(**change))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"split": "exam"}, "none of train, validation, test"),
        ({"issue_time": T0}, "issued before the window began"),
        ({"issue_time": T0 + 3 * DAY}, "issued after the horizon began"),
    ],
)
def test_samples_are_refused_for(change: dict[str, object], message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        check_samples(samples(**change))


@pytest.mark.parametrize(
    ("change", "message"),
    [({"kp": 9.7}, "Kp outside"), ({"available_time": T0 - DAY}, "available before it began")],
)
def test_space_weather_is_refused_for(change: dict[str, object], message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        check_space_weather(space_weather(**change))


def test_a_kp_out_of_range_is_named_with_its_time_and_the_sound_ones_are_not() -> None:
    table = pd.concat([space_weather(kp=kp) for kp in (1.0, 2.0, 11.0, np.nan)], ignore_index=True)
    with pytest.raises(SchemaError, match=r"Kp outside 0\.\.9: 11 at 2025-01-01 00:00:00$"):
        check_space_weather(table)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(SchemaError, match="no column probability"):
        check_forecast(forecast().drop(columns="probability"))


def test_a_scalogram_must_carry_its_origin() -> None:
    bare = xr.DataArray(np.zeros((3, 2, 4)), dims=("component", "frequency", "time"))
    with pytest.raises(SchemaError, match="no attribute band_hz"):
        check_scalogram(bare)


def test_magnitude_classes_are_ordered_by_number() -> None:
    names = [f"magnitude_class_{k}" for k in (10, 2, 0)]
    assert magnitude_class_columns(pd.DataFrame(columns=names)) == names[::-1]


def test_an_empty_interval_is_refused() -> None:
    with pytest.raises(SchemaError, match="is empty"):
        Interval(T0, T0)


def test_coverage_needs_one_interval_for_all_of_it() -> None:
    parts = Catalogue(
        catalogue().events, (Interval(T0, T0 + DAY), Interval(T0 + DAY, T0 + 2 * DAY))
    )
    assert parts.covers(T0, T0 + DAY)
    assert not parts.covers(T0, T0 + 2 * DAY)


def test_a_band_must_rise() -> None:
    with pytest.raises(ConfigError, match="needs 0 < low_hz < high_hz"):
        Band(low_hz=0.1, high_hz=0.01)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"station_code": "A-B"}, "letters and digits"),
        ({"latitude_deg": 310086.6}, "not in degrees"),
        ({"time_zone": "Asia/Atlantis"}, "not an IANA name"),
    ],
)
def test_a_station_is_refused_for(change: dict[str, object], message: str) -> None:
    row = {"station_code": "ALR", "latitude_deg": -8.0, "longitude_deg": 124.6}
    with pytest.raises(ConfigError, match=message):
        Station(**{**row, **change})  # type: ignore[arg-type]


def test_stations_are_read_in_order(tmp_path) -> None:
    file = tmp_path / "stations.csv"
    file.write_text("station_code,latitude_deg,longitude_deg,name\nNA1,1,2,\nALR,-8,124,Alor\n")
    stations = read_stations(file)
    assert [s.station_code for s in stations] == ["NA1", "ALR"]
    assert stations_table(stations).loc["ALR", "name"] == "Alor"
    assert stations[1].solar_offset_hours == pytest.approx(124 / 15)


def test_a_station_listed_twice_is_refused(tmp_path) -> None:
    file = tmp_path / "stations.csv"
    file.write_text("station_code,latitude_deg,longitude_deg\nALR,1,2\nALR,1,2\n")
    with pytest.raises(FormatError, match="ALR is listed twice"):
        read_stations(file)
    file.write_text("code,latitude_deg,longitude_deg\nALR,1,2\n")
    with pytest.raises(FormatError, match="no column station_code"):
        read_stations(file)


@pytest.mark.real_data
def test_the_stations_of_bmkg_are_24(real_data) -> None:
    assert len(read_stations(real_data / "bmkg" / "stations.csv")) == 24


def test_an_empty_table_keeps_its_contract() -> None:
    check_forecast(empty_table(FORECAST_COLUMNS))
    check_samples(empty_table(SAMPLE_COLUMNS))
