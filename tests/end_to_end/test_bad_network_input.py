"""What the network cannot learn from or read is a sentence and exit code 2 at the command line."""

import hashlib
import json
import pickle
import shutil
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest

import seismomag.cli as cli
from seismomag.core.stations import Station
from seismomag.readers import frg604rc
from seismomag.simulate import NO_FAULTS, Simulation

CONFIG = """
[run]
title = "a small invented archive"
seed = 4
workers = 1

[[stations]]
station_code = "TIM"
latitude_deg = -8.2
longitude_deg = 118.6

[simulation]
start = 2030-01-01
n_days = 130

[labels]
minimum_magnitude = 4.5
horizon_days = 7

[splits]
validation_start = 2030-03-20
test_start = 2030-05-01
embargo_days = 30

[grid]
n_frequencies = 8
column_s = 3600

[model]
trunk = "small"
gru_width = 4

[training]
epochs = 1
first_selectable_epoch = 1
batch_size = 8
roll_columns = 0

[audit]
baselines = []
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """A configuration and a run folder with store and model; tests work on copies."""
    place = tmp_path_factory.mktemp("trained")
    (place / "run.toml").write_text(CONFIG)
    for step in ("build", "train"):
        assert left(place, step) == 0
    return place


@pytest.fixture
def place(trained: Path, tmp_path: Path) -> Path:
    return shutil.copytree(trained, tmp_path / "place")


def left(place: Path, step: str) -> int:
    """Exit code of a command on the run folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        words = [step, str(place / "run.toml"), "--run", str(place / "run")]
        patch.setattr("sys.argv", ["seismomag", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    return int(ended.value.code or 0)


def again(place: Path) -> None:
    """Let the next training not find its model."""
    shutil.rmtree(place / "run" / "model")
    record = json.loads((place / "run" / "run.json").read_text())
    record["steps"].pop("train")
    (place / "run" / "run.json").write_text(json.dumps(record))


def alter(path: Path) -> None:
    """Turn one bit in the middle of a file."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def test_only_one_class_in_training_is_bad_input(place: Path, capsys) -> None:
    config = place / "run.toml"
    config.write_text(CONFIG.replace("minimum_magnitude = 4.5", "minimum_magnitude = 8.0"))
    assert left(place, "build") == 0
    assert left(place, "train") == 2
    assert "0 of 47 training rows are positive; a network needs both" in capsys.readouterr().err


ARCHIVE = """
[archive]
root = "archive"
frame = "HDZ"

[catalogue]
files = ["catalogue.csv"]
coverage = [["2029-01-01", "2030-05-10"]]
"""
CATALOGUE = """event_id,origin_time,latitude_deg,longitude_deg,depth_km,magnitude,\
magnitude_type,source
e1,2030-01-03T01:00:00,-8.3,118.5,10,5.5,Mw,test
"""


def test_storm_penalty_without_kp_and_dst_is_bad_input(tmp_path: Path, capsys) -> None:
    simulated = CONFIG[CONFIG.index("[simulation]") : CONFIG.index("[labels]")]
    text = CONFIG.replace(simulated, ARCHIVE).replace("horizon_days = 7", "horizon_days = 1")
    (tmp_path / "run.toml").write_text(text)
    (tmp_path / "catalogue.csv").write_text(CATALOGUE)
    station = Station(station_code="TIM", latitude_deg=-8.2, longitude_deg=118.6)
    first = np.datetime64("2030-01-01")
    days = Simulation(stations=(station,), start=first, n_days=2, seed=3, faults=NO_FAULTS)
    (tmp_path / "archive" / "TIM").mkdir(parents=True)
    for day in days.days:
        path = tmp_path / "archive" / "TIM" / f"S{pd.Timestamp(day):%y%m%d}.TIM.gz"
        frg604rc.write(days.load_day("TIM", day), path)
    assert left(tmp_path, "build") == 0
    assert left(tmp_path, "train") == 2
    assert "none of 2 training rows has Kp or Dst" in capsys.readouterr().err


def test_tensors_of_nothing_but_nan_are_bad_input(place: Path, capsys) -> None:
    with h5py.File(place / "run" / "store.h5", "r+") as file:
        file["amplitude"][...] = np.nan
    again(place)
    assert left(place, "train") == 2
    assert "hold nothing but NaN" in capsys.readouterr().err


def test_store_of_another_grid_than_the_model_is_bad_input(place: Path, capsys) -> None:
    model = place / "run" / "model"
    about = json.loads((model / "model.json").read_text())
    about["grid"]["n_frequencies"] = 16
    (model / "model.json").write_text(json.dumps(about))
    manifest = json.loads((model / "manifest.json").read_text())
    digest = hashlib.sha256((model / "model.json").read_bytes()).hexdigest()
    manifest["sha256"]["model.json"] = digest
    (model / "manifest.json").write_text(json.dumps(manifest))
    assert left(place, "forecast") == 2
    assert "the store's grid has n_frequencies = 8, the model" in capsys.readouterr().err


def test_build_into_a_store_of_another_grid_is_bad_input(place: Path, capsys) -> None:
    text = CONFIG.replace("n_frequencies = 8", "n_frequencies = 16")
    (place / "run.toml").write_text(text)
    assert left(place, "build") == 2
    assert "build another store" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("version", "format 'seismomag model 99', this version reads"),
        ("truncated", "weights.safetensors: SHA-256"),
        ("tampered", "model.onnx: SHA-256"),
        ("absent", "model.json: absent, but the manifest lists it"),
        ("pickle", "weights.safetensors: SHA-256"),
    ],
)
def test_damaged_model_folder_is_bad_input(place: Path, capsys, damage: str, said: str) -> None:
    model = place / "run" / "model"
    if damage == "version":
        manifest = json.loads((model / "manifest.json").read_text())
        (model / "manifest.json").write_text(
            json.dumps(manifest | {"format": "seismomag model 99"})
        )
    elif damage == "truncated":
        weights = (model / "weights.safetensors").read_bytes()
        (model / "weights.safetensors").write_bytes(weights[: len(weights) // 2])
    elif damage == "tampered":
        alter(model / "model.onnx")
    elif damage == "absent":
        (model / "model.json").unlink()
    else:
        (model / "weights.safetensors").write_bytes(pickle.dumps(Attack()))
    assert left(place, "forecast") == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error


class Attack:
    """Fails the test when it is unpickled."""

    def __reduce__(self):
        return (pytest.fail, ("the pickle was run",))


def test_pickle_as_starting_weights_is_bad_input(place: Path, capsys) -> None:
    (place / "start.safetensors").write_bytes(pickle.dumps(Attack()))
    config = place / "run.toml"
    starting = f'[training]\nstarting_weights = "{place / "start.safetensors"}"'
    config.write_text(CONFIG.replace("[training]", starting))
    assert left(place, "train") == 2
    assert "not a file of safetensors" in capsys.readouterr().err
