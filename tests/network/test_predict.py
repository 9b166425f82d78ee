import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from seismomag.core.bands import Band
from seismomag.core.errors import SchemaError, StoreError
from seismomag.core.schema import FORECAST_COLUMNS, magnitude_class_columns
from seismomag.network import open_model, predict
from seismomag.network.predict import _table, class_probabilities
from seismomag.signal.grid import ScalogramGrid


@pytest.fixture(scope="module")
def forecast(archive, model_folder):
    return predict(model_folder, archive.store, archive.samples)


def test_forecast_keeps_its_contract(forecast, archive, model_folder):
    assert set(FORECAST_COLUMNS) <= set(forecast)
    assert forecast["sample_id"].tolist() == archive.samples["sample_id"].tolist()
    assert set(forecast["model_id"]) == {open_model(model_folder).model_id}
    assert set(forecast["data_cutoff"]) == {archive.samples["horizon_end"].max()}
    classes = forecast[magnitude_class_columns(forecast)]
    assert classes.shape[1] == 3
    np.testing.assert_allclose(classes.sum(axis=1), 1)
    assert forecast["azimuth_deg"].between(0, 360, inclusive="left").all()
    assert (forecast["azimuth_kappa"] >= 0).all()


def test_batches_and_threads_do_not_change_the_forecast(forecast, archive, model_folder):
    other = predict(model_folder, archive.store, archive.samples, batch_size=7, threads=2)
    pd.testing.assert_frame_equal(other, forecast, rtol=1e-4, atol=1e-6)


def test_labels_are_not_looked_at(forecast, archive, model_folder):
    blind = archive.samples.assign(
        is_target=pd.array([pd.NA] * len(archive.samples), dtype="boolean"),
        magnitude=np.nan,
        azimuth_deg=np.nan,
        kp_max=np.nan,
        dst_min_nt=np.nan,
    )
    pd.testing.assert_frame_equal(predict(model_folder, archive.store, blind), forecast)


def test_days_without_data_get_no_forecast_and_are_counted(archive, model_folder):
    samples = archive.samples.copy()
    samples.loc[:9, "coverage"] = 0.0
    samples.loc[10:14, "coverage"] = np.nan
    samples.loc[20:24, "store_row"] = -1
    found = predict(model_folder, archive.store, samples)
    assert len(found) == len(samples) - 20
    assert found.attrs["n_without_data"] == 20


@pytest.mark.parametrize("row", [-1, np.nan])
def test_a_table_that_no_store_has_filled_is_refused(archive, model_folder, row):
    samples = archive.samples.assign(store_row=row, coverage=np.nan)
    with pytest.raises(SchemaError, match=r"none of 180 has a store_row.*open_store\(path\)"):
        predict(model_folder, archive.store, samples)


@pytest.mark.parametrize("kept", [slice(0), slice(1)])
def test_nothing_or_one_row_is_a_forecast_too(archive, model_folder, kept):
    found = predict(model_folder, archive.store, archive.samples.iloc[kept])
    assert len(found) == len(archive.samples.iloc[kept])
    assert magnitude_class_columns(found)


def test_progress_ends_with_all(archive, model_folder):
    told = []
    predict(model_folder, archive.store, archive.samples, progress=lambda *t: told.append(t))
    assert told[-1] == ("forecast", 180, 180)


def test_store_of_another_grid_is_refused(archive, model_folder):
    grid = ScalogramGrid(band=Band(low_hz=0.02, high_hz=0.1), n_frequencies=16, column_s=3600)
    with pytest.raises(StoreError, match=r"low_hz = 0\.02, the model .* trained with 0\.01"):
        predict(model_folder, replace(archive.store, grid=grid), archive.samples)


def test_unseen_station_gets_a_forecast(archive, model_folder):
    samples = archive.samples.head(3).assign(station_code="NEW")
    assert predict(model_folder, archive.store, samples)["probability"].notna().all()


def test_ordinal_classes_by_hand():
    logits = np.log(np.array([[4.0, 1.0]], np.float32))
    found = class_probabilities(logits, "ordinal")
    np.testing.assert_allclose(found, [[0.2, 0.8 * 0.5, 0.8 * 0.5]], rtol=1e-6)


@pytest.mark.parametrize("azimuth_deg", [0.0, 90.0, 200.0, 359.0])
def test_azimuth_is_clockwise_from_north_and_kappa_the_calibrated_length(
    archive, model_folder, azimuth_deg
):
    angle = np.deg2rad(azimuth_deg)
    vector = 3 * np.array([[np.sin(angle), np.cos(angle)]], np.float32)
    outputs = {"detection": np.zeros((1, 2), np.float32), "azimuth": vector}
    model = open_model(model_folder)
    row = _table(model, archive.samples.head(1), outputs).iloc[0]
    expected_deg = azimuth_deg + model.calibration.azimuth_turn_deg
    turn = (row["azimuth_deg"] - expected_deg + 180) % 360 - 180
    assert turn == pytest.approx(0, abs=1e-4)
    assert row["azimuth_kappa"] == pytest.approx(3 * model.calibration.kappa_scale)


def test_importing_the_floor_loads_no_torch():
    claim = "import seismomag.network, sys; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", claim], check=True)


WITHOUT_TORCH = """
import sys
sys.modules["torch"] = None
import numpy as np, pandas as pd
from seismomag.core.bands import Band
from seismomag.network import predict
from seismomag.signal.grid import ScalogramGrid

class Store:
    grid = ScalogramGrid(band=Band(low_hz=0.01, high_hz=0.1), n_frequencies=16, column_s=3600)
    tensors = np.load(sys.argv[1])
    def read(self, rows):
        return self.tensors[rows]

times = ["issue_time", "horizon_start", "horizon_end"]
samples = pd.read_csv(sys.argv[2], parse_dates=times)
predict(sys.argv[3], Store(), samples)[["sample_id", "probability"]].to_csv(sys.argv[4])
"""


def test_forecast_runs_where_torch_cannot_be_imported(archive, model_folder, forecast, tmp_path):
    np.save(tmp_path / "tensors.npy", archive.store.tensors)
    archive.samples.to_csv(tmp_path / "samples.csv")
    arguments = [tmp_path / "tensors.npy", tmp_path / "samples.csv", model_folder]
    command = [sys.executable, "-c", WITHOUT_TORCH, *arguments, tmp_path / "forecast.csv"]
    subprocess.run(command, check=True)
    found = pd.read_csv(tmp_path / "forecast.csv")
    np.testing.assert_allclose(found["probability"], forecast["probability"], rtol=1e-6)


def test_unknown_name_of_the_floor_is_an_attribute_error():
    import seismomag.network

    with pytest.raises(AttributeError, match="no attribute 'anything'"):
        _ = seismomag.network.anything
