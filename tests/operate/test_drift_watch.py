"""Drift against real stores: what the champion is fed, and what it says."""

import json

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from seismomag.core.errors import CoverageError, FormatError
from seismomag.core.schema import SPACE_WEATHER_COLUMNS, empty_table
from seismomag.dataset import store
from seismomag.dataset.labels import LabelRule
from seismomag.dataset.store.rows import RowWriter
from seismomag.operate import database, drift_watch
from seismomag.operate import database_tables as tables
from seismomag.operate.alerts import rules as alerts
from seismomag.operate.daily import stages
from seismomag.operate.daily.job import run_daily
from seismomag.operate.models_registry import served_models
from seismomag.operate.settings import read_settings
from seismomag.operate.status import status
from seismomag.signal.day import DayTensor

NOW = pd.Timestamp("2024-05-20 01:00")
N_TRAINING, N_RECENT = 60, 26


@pytest.fixture
def operation(world):
    settings = read_settings(world)
    engine = database.open_database(settings.database_url)
    yield settings, engine, served_models(settings, engine)[0]
    engine.dispose()


def write_store(path, settings, grid, days, seed, louder=1.0, split="train"):
    """A finished store of days of the first station."""
    weather = empty_table(SPACE_WEATHER_COLUMNS)
    parts = [
        stages.sample_of(settings, "ALR", day, weather, LabelRule(), grid.reach_s) for day in days
    ]
    samples = pd.concat(parts, ignore_index=True).assign(split=split)
    path.parent.mkdir(parents=True, exist_ok=True)
    store.create(path, samples, grid, provenance={})
    vary = np.random.default_rng(seed)
    columns = 86_400 // grid.column_s
    with RowWriter(path) as writer:
        for row in range(len(samples)):
            planes = np.exp(vary.normal(-3, 0.5, (grid.n_planes, grid.n_frequencies, columns)))
            planes[:, -2:] *= louder
            valid_s = np.full((3, columns), grid.column_s, np.uint16)
            tensor = DayTensor(planes=planes.astype(np.float16), valid_s=valid_s, coverage=1.0)
            writer.write(row, tensor)
    return path


def training(settings, served, tmp_path):
    days = np.datetime64("2023-01-01") + np.arange(N_TRAINING)
    split = ["train"] * (N_TRAINING // 2) + ["validation"] * (N_TRAINING // 2)
    return write_store(tmp_path / "training.h5", settings, served.grid, days, 1, split=split)


def plant(settings, engine, served, louder=1.0, scores=None):
    """Days of the operation: tensors, and what the champion said of them."""
    days = np.datetime64("2024-04-20") + np.arange(N_RECENT)
    for i, day in enumerate(days):
        path = settings.tensor("ALR", str(day))
        write_store(path, settings, served.grid, [day], 100 + i, louder=louder)
    scores = np.linspace(0.2, 0.8, 2 * N_RECENT) if scores is None else scores
    rows = [
        {
            "station_code": code,
            "day": str(day),
            "model_sha256": served.sha256,
            "input_sha256": "b" * 64,
            "role": "champion",
            "issued_at": f"{day}T23:00:00Z",
            "valid_from": "2024-05-11T00:00:00Z",
            "valid_to": "2024-05-25T00:00:00Z",
            "probability": float(scores[i]),
        }
        for i, (code, day) in enumerate((c, d) for d in days for c in ("ALR", "KPY"))
    ]
    with engine.begin() as connection:
        connection.execute(tables.forecasts.insert(), rows)


def test_an_operation_like_its_training_is_stable_and_a_louder_band_is_seen(operation, tmp_path):
    settings, engine, served = operation
    drift_watch.make_reference(settings, served, training(settings, served, tmp_path), NOW)
    assert drift_watch.measure(settings, engine, served, NOW) == ()
    assert drift_watch.sentences(settings, "", ()) == ("too few days to compare yet",)
    plant(settings, engine, served)
    found = drift_watch.measure(settings, engine, served, NOW)
    assert "shifted" not in {one.word for one in found if one.kind == "input"}
    assert [one.n_recent for one in found if one.kind == "input"] == [3 * N_RECENT] * 4
    plant_louder = [p.unlink() for p in settings.folder.glob("tensors/*/*/*.h5")]
    assert len(plant_louder) == N_RECENT
    with engine.begin() as connection:
        connection.execute(tables.forecasts.delete())
    plant(settings, engine, served, louder=2.0)
    later = NOW + pd.Timedelta(days=1)
    words = [one.word for one in drift_watch.measure(settings, engine, served, later)]
    assert words[3] == "shifted"
    assert "shifted" not in words[:3]
    day, newest = drift_watch.newest(engine, served.sha256)
    assert day == "2024-05-21"
    assert [one.word for one in newest][:4] == words[:4]
    with engine.connect() as connection:
        assert len(set(connection.execute(sa.select(tables.drift.c.day)).scalars())) == 2
    (alert,) = [a for a in alerts._drift(settings, engine, later) if a.rule == "drift"]
    assert "Hz" in alert.detail
    kept = json.loads((settings.folder / "drift.json").read_bytes())
    assert [band["word"] for band in kept["bands"]] == words[:4]
    assert any("shifted" in line for line in drift_watch.sentences(settings, day, newest))


def test_forecasts_that_moved_from_those_of_the_validation_are_seen(operation, tmp_path):
    settings, engine, served = operation
    path = drift_watch.make_reference(settings, served, training(settings, served, tmp_path), NOW)
    content = json.loads(path.read_bytes())
    assert content["forecast"] is None, "thirty validation rows are too few to compare with"
    content["forecast"] = {
        "edges": list(np.linspace(0.1, 0.9, 9)),
        "counts": [10] * 10,
    }
    path.write_text(json.dumps(content))
    plant(settings, engine, served, scores=np.full(2 * N_RECENT, 0.95))
    found = drift_watch.measure(settings, engine, served, NOW)
    (said,) = [one for one in found if one.kind == "forecast"]
    p, q = np.full(10, 10.5 / 105), np.array([0.5] * 9 + [2 * N_RECENT + 0.5]) / (2 * N_RECENT + 5)
    assert said.index == pytest.approx(np.sum((p - q) * np.log(p / q)))
    rules = [a.rule for a in alerts._drift(settings, engine, NOW)]
    assert "forecast_drift" in rules


def test_the_daily_job_measures_once_a_day_and_a_failure_is_a_fact(world, operation, tmp_path):
    settings, engine, served = operation
    drift_watch.make_reference(settings, served, training(settings, served, tmp_path), NOW)
    plant(settings, engine, served)

    def go(hours):
        run_daily(settings, clock=lambda: NOW + pd.Timedelta(hours=hours))
        with engine.connect() as connection:
            return list(connection.execute(sa.select(tables.drift.c.day)).scalars())

    assert set(go(0)) == {"2024-05-20"}
    before = (world / "drift.json").stat().st_mtime_ns
    go(1)
    assert (world / "drift.json").stat().st_mtime_ns == before
    states = {s.stage: s.state for s in status(settings, engine, NOW) if s.station_code == "-"}
    assert states["drift"] == "ok"
    reference = world / drift_watch.REFERENCE_FILE
    reference.write_text(reference.read_text().replace(served.sha256, "f" * 64))
    go(24)
    (state,) = [s for s in status(settings, engine, NOW) if s.stage == "drift"]
    assert state.state == "failed"
    assert "another model" in state.sentence


def test_a_reference_that_is_absent_damaged_or_too_small_is_refused(operation, tmp_path):
    settings, engine, served = operation
    (line,) = drift_watch.sentences(settings, *drift_watch.newest(engine))
    assert line == (
        f"not watched: make a reference with: seismomag models drift {settings.folder} STORE"
    )
    with pytest.raises(CoverageError, match="models drift"):
        drift_watch.measure(settings, engine, served, NOW)
    small = write_store(
        tmp_path / "small.h5", settings, served.grid, [np.datetime64("2023-01-01")], 1
    )
    with pytest.raises(CoverageError, match="1 training rows"):
        drift_watch.make_reference(settings, served, small, NOW)
    for text in ("{", '{"bands": [{}], "forecast": null}', "[]"):
        (settings.folder / drift_watch.REFERENCE_FILE).write_text(text)
        with pytest.raises(FormatError, match="damaged"):
            drift_watch.measure(settings, engine, served, NOW)
