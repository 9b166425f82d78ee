"""Models for a rehearsal: small, trained for seconds on an invented past with a loud signal."""

import json
from dataclasses import asdict, replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd

from seismomag.core.errors import ModelError
from seismomag.core.stations import Station
from seismomag.dataset.build import build_store
from seismomag.dataset.gate import open_training
from seismomag.dataset.labels import make_samples
from seismomag.dataset.rule import LabelRule
from seismomag.dataset.splits import SplitPlan, assign_splits
from seismomag.dataset.store import open_store
from seismomag.network.folder import FILES, MANIFEST, seal, to_json
from seismomag.network.plans import LossPlan, ModelPlan, TrainingPlan
from seismomag.network.predict import predict
from seismomag.operate.settings import AlarmPlan
from seismomag.signal.grid import ScalogramGrid
from seismomag.simulate import PrecursorPlan, Simulation

PURPOSE = "rehearsal: trained for seconds on invented days with a planted signal; of no other use"
MOST_STATIONS = 3
PLANTED = PrecursorPlan(
    amplitude_nt=0.3,
    event_share=1.0,
    leads_days=(1, 14),
    night_probability=0.9,
    minimum_magnitude=4.5,
)
"""In the past and in the rehearsal alike, and loud: the forecasts of a rehearsal must vary."""

TRAINING_DAYS, VALIDATION_DAYS, GAP_DAYS = 16, 8, 46
"""Days with tensors, and the days between them: an embargo of 30 and a horizon of 14."""

_SPAN_DAYS = TRAINING_DAYS + GAP_DAYS + VALIDATION_DAYS + 20
_ALARM_QUANTILES = (0.8, 0.9, 0.97)


def make_models(
    folder: Path,
    names: tuple[str, ...],
    stations: tuple[Station, ...],
    end: np.datetime64,
    grid: ScalogramGrid,
    seed: int,
) -> AlarmPlan:
    """Train one model for each name, on days before the rehearsal, in a process of its own.

    Parameters
    ----------
    folder
        Gets ``NAME/`` for each model, and ``training.h5``, the store behind them.
    names
        The models differ by the seed of their training only.
    stations
        The first few of them are learnt from.
    end
        Day on which the rehearsal begins; the invented past ends before it.
    grid
        Of the scalograms.
    seed
        Of the past and of the trainings.

    Returns
    -------
    alarm
        Thresholds that the first model passes on 20, 10 and 3 % of its validation rows.

    Raises
    ------
    ModelError
        The training failed; torch may not be installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    past = Simulation(
        stations=stations[:: max(1, len(stations) // MOST_STATIONS)][:MOST_STATIONS],
        start=end - np.timedelta64(_SPAN_DAYS, "D"),
        n_days=_SPAN_DAYS,
        seed=seed,
        precursor=PLANTED,
    )
    # Not in this process: torch must not count in the memory of what is rehearsed.
    process = get_context("spawn").Process(target=_train, args=(folder, names, past, grid))
    process.start()
    process.join()
    if process.exitcode != 0:
        msg = (
            f"{folder}: the models of the rehearsal could not be trained (exit "
            f"{process.exitcode}, the reason stands above); pip install 'seismomag[train]'"
        )
        raise ModelError(msg)
    return _alarm_plan(folder / names[0], folder / "training.h5")


def _train(folder: Path, names: tuple[str, ...], past: Simulation, grid: ScalogramGrid) -> None:
    from seismomag.network.training import fit

    samples = _samples(past, LabelRule(), grid)
    path = folder / "training.h5"
    build_store(path, samples, past.load_day, grid, chunk="day")
    rule = json.loads(json.dumps(asdict(LabelRule()), default=str))
    with open_store(path) as store:
        rows = open_training(store.samples)
        for number, name in enumerate(names):
            fit(
                store,
                rows,
                model=ModelPlan(trunk="small", gru=False),
                loss=LossPlan(),
                training=replace(
                    _PLAN, seed=past.seed + number, epochs=max(2, _PLAN.epochs - 2 * number)
                ),
                label_rule=rule | {"magnitude_edges": list(LabelRule().magnitude_edges)},
                folder=folder / name,
                allow_one_class=True,
            )
            _label(folder / name)


_PLAN = TrainingPlan(epochs=4, batch_size=8, first_selectable_epoch=1, precision="float32")


def _samples(past: Simulation, rule: LabelRule, grid: ScalogramGrid) -> pd.DataFrame:
    """Sample table of the days that are learnt from, with their splits."""
    later = past.start + np.timedelta64(TRAINING_DAYS + GAP_DAYS, "D")
    days = np.concatenate(
        [
            past.start + np.arange(TRAINING_DAYS),
            later + np.arange(VALIDATION_DAYS),
        ]
    )
    codes = [station.station_code for station in past.stations]
    asked = pd.DataFrame(
        {
            "station_code": np.repeat(codes, days.size),
            "day": np.tile(days.astype("datetime64[ns]"), len(codes)),
        }
    )
    samples = make_samples(
        past.stations, asked, rule, past.catalogue, past.space_weather, reach_s=grid.reach_s
    )
    plan = SplitPlan(
        validation_start=pd.Timestamp(later),
        test_start=pd.Timestamp(past.end) + pd.Timedelta(days=60),
        embargo_days=30,
        window_days=rule.window_days,
        horizon_days=rule.horizon_days,
    )
    samples["split"] = assign_splits(samples, plan)
    return samples


def _label(path: Path) -> None:
    """Write into the model itself what it is."""
    files = {name: (path / name).read_bytes() for name in FILES}
    description = json.loads(files["model.json"]) | {"purpose": PURPOSE}
    (path / MANIFEST).unlink()
    seal(path, files | {"model.json": to_json(description)})


def _alarm_plan(model: Path, path: Path) -> AlarmPlan:
    with open_store(path) as store:
        samples = store.samples
        said = predict(model, store, samples[samples["split"] == "validation"])
    low, middle, high = np.quantile(said["probability"], _ALARM_QUANTILES).round(4).tolist()
    return AlarmPlan(threshold=low, warning_probability=middle, critical_probability=high)
