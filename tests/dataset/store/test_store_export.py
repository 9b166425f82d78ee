"""What goes out to other software is what the store holds."""

import h5py
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from seismomag.core.errors import StoreError
from seismomag.core.stations import Station
from seismomag.dataset import store
from seismomag.dataset.store import export as store_export
from seismomag.dataset.store.rows import RowWriter
from seismomag.readers import netcdf
from seismomag.signal.day import DayTensor
from seismomag.signal.grid import ScalogramGrid

STATION = Station(station_code="AAA", latitude_deg=-8.14, longitude_deg=124.59)


@pytest.fixture
def path(tmp_path, make_table, make_store):
    table = make_table("AAA BBB", "2020-01-04", 3)
    table.loc[1, ["event_id", "magnitude", "distance_km", "azimuth_deg", "lead_time_days"]] = [
        "quake",
        6.1,
        80.0,
        271.5,
        2.25,
    ]
    table.loc[1, "is_target"], table.loc[1, "split"] = True, "validation"
    return make_store(tmp_path / "s.h5", table, rows=[0, 1, 4])


def test_every_name_of_the_table_leads_to_its_tensor(path, tmp_path, make_tensor, monkeypatch):
    monkeypatch.setattr(store_export, "BLOCK_ROWS", 2)
    folder = store.export_seisbench(path, tmp_path / "new" / "sb", stations=[STATION])
    assert sorted(p.name for p in folder.iterdir()) == ["metadata.csv", "waveforms.hdf5"]
    assert [p.name for p in folder.parent.iterdir()] == ["sb"]
    table = pd.read_csv(folder / "metadata.csv", index_col="index")
    assert table["trace_sample_id"].tolist() == ["AAA_20200104", "AAA_20200105", "BBB_20200105"]
    with h5py.File(folder / "waveforms.hdf5") as file:
        assert file["data_format/dimension_order"][()].decode() == "CFW"
        assert file["data_format/sampling_rate"][()] == 1 / 7200
        assert len(file["data_format/component_order"][()]) == 3
        np.testing.assert_allclose(
            file["data_format/frequencies_hz"][:], np.geomspace(0.02, 0.1, 4)
        )
        assert sorted(file["data"]) == ["bucket0", "bucket1"]
        for row in table.itertuples():
            block, _, place = row.trace_name.partition("$")
            index, *ends = place.split(",:")
            tensor = file[f"data/{block}"][int(index)][tuple(slice(int(e)) for e in ends)]
            np.testing.assert_array_equal(tensor, make_tensor(row.trace_sample_id).planes)
            assert tensor.shape == (3, 4, row.trace_npts)


def test_the_table_says_when_where_and_which_earthquake(path, tmp_path):
    folder = store.export_seisbench(path, tmp_path / "sb", stations=[STATION])
    table = pd.read_csv(folder / "metadata.csv", index_col="index")
    quake = table.iloc[1]
    assert quake["trace_start_time"] == "2020-01-05T00:00:00.000000Z"
    assert quake["trace_issue_time"] == "2020-01-06T00:09:00.000000Z"
    assert quake["source_origin_time"] == "2020-01-08T06:09:00.000000Z"
    assert (quake["source_magnitude"], quake["path_back_azimuth_deg"]) == (6.1, 271.5)
    assert (quake["split"], quake["source_id"]) == ("dev", "quake")
    assert (quake["station_latitude_deg"], quake["station_longitude_deg"]) == (-8.14, 124.59)
    rest = table.iloc[[0, 2]]
    assert rest[[c for c in table if c.startswith("source_")]].isna().all(axis=None)
    assert np.isnan(table["station_latitude_deg"].iloc[2])


def test_an_export_appears_whole_or_not_at_all(path, tmp_path, monkeypatch):
    (tmp_path / "there").mkdir()
    with pytest.raises(StoreError, match="exists already"):
        store.export_seisbench(path, tmp_path / "there")

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", full)
    with pytest.raises(StoreError, match="No space left on device"):
        store.export_seisbench(path, tmp_path / "sb")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["s.h5", "there"]


def test_nothing_finished_is_nothing_to_export(tmp_path, make_table, make_store):
    path = make_store(tmp_path / "e.h5", make_table("AAA", "2020-01-04", 2), rows=[])
    with pytest.raises(StoreError, match="no finished row"):
        store.export_seisbench(path, tmp_path / "sb")


def test_one_day_as_netcdf_comes_back(path, tmp_path, make_tensor):
    out = store.export_netcdf(path, "AAA_20200105", tmp_path / "new" / "day.nc")
    back = netcdf.read_scalogram(out)
    np.testing.assert_array_equal(back.values, make_tensor("AAA_20200105").planes)
    np.testing.assert_array_equal(back["valid_s"], make_tensor("AAA_20200105").valid_s)
    assert back["time"].values[0] == np.datetime64("2020-01-05T00:00")
    assert back.attrs["band_hz"] == (0.02, 0.1)
    with xr.open_dataset(out, engine="h5netcdf") as opened:
        assert opened.attrs["Conventions"] == "CF-1.8"
        assert opened["scalogram"].attrs["units"] == "nT"
        assert opened["time"].attrs["standard_name"] == "time"


def test_a_day_that_is_not_there_is_said(path, tmp_path):
    with pytest.raises(StoreError, match=r"no sample 'X'; they are named like 'AAA_20200104'"):
        store.export_netcdf(path, "X", tmp_path / "x.nc")
    with pytest.raises(StoreError, match="not built yet"):
        store.export_netcdf(path, "AAA_20200106", tmp_path / "x.nc")
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="could not be written"):
        store.export_netcdf(path, "AAA_20200105", tmp_path / "file" / "x.nc")
    assert not (tmp_path / "x.nc").exists()


def test_cross_spectra_take_the_lesser_validity_of_their_two_components(tmp_path, make_table):
    grid = ScalogramGrid(n_frequencies=2, column_s=21_600, representation="polarimetric")
    path = store.create(tmp_path / "s.h5", make_table("AAA", "2020-01-04", 1), grid, provenance={})
    valid_s = np.repeat([[10], [20], [30]], 4, axis=1).astype(np.uint16)
    tensor = DayTensor(planes=np.zeros((9, 2, 4), np.float16), valid_s=valid_s, coverage=0.0)
    with RowWriter(path) as writer:
        writer.write(0, tensor)
    with store.open_store(path) as opened:
        scalogram = store.scalogram_of(opened, 0)
    folder = store.export_seisbench(path, tmp_path / "sb")
    with h5py.File(folder / "waveforms.hdf5") as file:
        form = {name: file[f"data_format/{name}"][()] for name in ("unit", "units", "planes")}
    assert form["units"] == b"nT,nT,nT,1,1,1,1,1,1"
    assert form["unit"] == b"see units"
    assert form["planes"].startswith(b"c0,c1,c2,c0c1_real")
    assert scalogram["valid_s"].values[:, 0].tolist() == [10, 20, 30, 10, 10, 10, 10, 20, 20]
    assert scalogram["component"].values[3] == "c0c1_real"


@pytest.mark.parametrize(
    ("orientation", "letters"), [("magnetic", "HDZ"), ("geographic", "XYZ"), ("instrument", "UVW")]
)
def test_planes_bear_the_letters_of_the_orientation(
    tmp_path, make_table, make_tensor, orientation, letters
):
    grid = ScalogramGrid(n_frequencies=2, column_s=21_600, representation="polarimetric")
    provenance = {"build": {"orientation": orientation}}
    path = store.create(
        tmp_path / "s.h5", make_table("AAA", "2020-01-04", 1), grid, provenance=provenance
    )
    tensor = DayTensor(
        planes=np.zeros((9, 2, 4), np.float16), valid_s=np.zeros((3, 4), np.uint16), coverage=0.0
    )
    with RowWriter(path) as writer:
        writer.write(0, tensor)
    back = netcdf.read_scalogram(store.export_netcdf(path, "AAA_20200104", tmp_path / "d.nc"))
    assert "".join(back["component"].values[:3]) == letters
    assert back["component"].values[8] == f"{letters[1:]}_imag"
    assert back["plane_units"].values.tolist() == ["nT"] * 3 + ["1"] * 6
    assert "units" not in back.attrs
