"""The third and fourth step: train the network, then let it and the baselines forecast."""

from dataclasses import asdict

import pandas as pd

from seismomag.baselines import BASELINES, Context
from seismomag.baselines.day_features import feature_table
from seismomag.baselines.magnetometer import MAGNETOMETER
from seismomag.core.errors import CoverageError
from seismomag.core.progress import Progress, silent
from seismomag.core.schema import FORECAST_COLUMNS, Catalogue, Interval, empty_table
from seismomag.dataset.gate import LEDGER_NAME, open_test, open_training, require_split
from seismomag.dataset.store import open_store
from seismomag.experiment.config import RunConfig
from seismomag.experiment.network_baselines import (
    NETWORK_BASELINES,
    NetworkRun,
    forecast_by_network,
)
from seismomag.experiment.runs import RunFolder, StepResult
from seismomag.experiment.tables import read_table, write_table
from seismomag.network.folder import Model, open_model
from seismomag.network.predict import predict
from seismomag.network.training import fit


def train(config: RunConfig, folder: RunFolder, progress: Progress) -> StepResult:
    """Train on the training rows, select and calibrate on the validation rows.

    Raises
    ------
    CoverageError
        There is nothing to learn from: no row, or one class only.
    """
    found = _fit(config, folder, progress, allow_one_class=False)
    return _told(open_model(folder / "model"), found)


def train_or_say_why(config: RunConfig, folder: RunFolder, progress: Progress) -> StepResult:
    """Train as far as the rows allow; what they do not allow is a recorded reason.

    A single class is trained on, and said to carry no information; without any row there is no
    model, and no forecast.
    """
    try:
        found = _fit(config, folder, progress, allow_one_class=True)
    except CoverageError as error:
        return StepResult((f"No network was trained: {error}.",), {"trained": False})
    return _told(open_model(folder / "model"), found)


def _fit(config: RunConfig, folder: RunFolder, progress: Progress, *, allow_one_class: bool) -> str:
    """Train, and return the digest of the split that was trained on."""
    with open_store(folder / "store.h5") as store:
        rows = open_training(store.samples)
        require_split(store.samples, store.provenance.get("split_digest", ""), "store.h5")
        fit(
            store,
            rows,
            model=config.model,
            loss=config.loss,
            training=config.training,
            label_rule=asdict(config.labels),
            folder=folder / "model",
            resume=True,
            replace_other=True,
            allow_one_class=allow_one_class,
            progress=progress,
        )
    return rows.split_digest


def _told(model: Model, split_digest: str) -> StepResult:
    """What a model says of itself: heads that were not trained, the epoch that was chosen."""
    description = model.description
    reasons = tuple(
        f"{head.capitalize()} head: {said}."
        for head, said in description["heads"].items()
        if said != "trained"
    )
    return StepResult(
        reasons,
        {
            "trained": True,
            "split_digest": split_digest,
            "model_id": model.model_id,
            "n_parameters": description["n_parameters"],
            "chosen_epoch": description["selection"]["epoch"],
            "calibration": description["calibration"],
            "rows": description["rows"],
        },
    )


def forecast(config: RunConfig, folder: RunFolder, progress: Progress) -> StepResult:
    """Forecast the validation and test rows, with the network and with every baseline."""
    with open_store(folder / "store.h5") as store:
        samples = store.samples
        found = require_split(samples, store.provenance.get("split_digest", ""), "store.h5")
        wanted, training_rows = rows_to_forecast(folder, samples)
        table = (
            predict(folder / "model", store, wanted, progress=progress)
            if (folder / "model").is_dir()
            else empty_table(FORECAST_COLUMNS)
        )
        write_table(table, folder / "forecast.csv")
        run = NetworkRun(config, folder, store, wanted)
        said = _baselines(run, training_rows, progress)
    left_out = len(wanted) - len(table)
    if left_out:
        said = (f"{left_out} of {len(wanted)} station-days got no forecast.", *said)
    return StepResult(said, {"n_forecasts": len(table), "split_digest": found})


def _baselines(run: NetworkRun, training: pd.DataFrame, progress: Progress) -> tuple[str, ...]:
    """Forecast with every baseline; return why some have nothing to say."""
    config, folder = run.config, run.folder
    names = config.audit.baselines
    wants = bool(set(names) & set(MAGNETOMETER))
    progress("day features", 0, 1)
    context = context_of(config, folder, run.store.samples, wants_features=wants)
    progress("day features", 1, 1)
    reasons = []
    for done, name in enumerate(names):
        progress("baselines", done, len(names))
        if name in NETWORK_BASELINES:
            predictions, why = forecast_by_network(name, run, silent)
            reasons += [why] if why else []
        else:
            predictions = BASELINES[name](training, context)(run.wanted)
        write_table(predictions, folder / "baselines" / f"{name}.csv")
    progress("baselines", len(names), len(names))
    return tuple(reasons)


def context_of(
    config: RunConfig, folder: RunFolder, samples: pd.DataFrame, *, wants_features: bool
) -> Context:
    """Everything that a baseline may read; features of every recorded day only where wanted."""
    return Context(
        catalogue=read_catalogue_of(folder),
        stations=config.stations,
        rule=config.labels,
        space_weather=read_table(folder / "space_weather.csv", "space_weather"),
        day_features=_day_features(config, folder, samples) if wants_features else None,
    )


def _day_features(config: RunConfig, folder: RunFolder, samples: pd.DataFrame) -> pd.DataFrame:
    """Band powers and ratios of every station-day of the store."""
    recorded = samples.assign(store_row=samples["store_row"].where(samples["coverage"] > 0))
    with open_store(folder / "store.h5") as store:
        return feature_table(
            recorded,
            lambda row: store.read([row])[0],
            store.frequencies_hz,
            config.stations,
        )


def rows_to_forecast(folder: RunFolder, samples: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows to forecast (validation and test), and those that a baseline learns from.

    The opening of the test rows is written into the ledger of the run.
    """
    seen = open_training(samples).samples
    test = open_test(
        samples, folder / LEDGER_NAME, purpose="forecast", run_id=run_id(folder)
    ).samples
    wanted = pd.concat([seen[seen["split"] == "validation"], test]).sort_index()
    return wanted, seen[seen["split"] == "train"]


def run_id(folder: RunFolder) -> str:
    """How a run names itself in a ledger: the digest of its configuration."""
    record = folder.record()
    return record.config_sha256 if record else ""


def read_catalogue_of(folder: RunFolder) -> Catalogue:
    """Read the catalogue that a run was labelled with."""
    coverage = pd.read_csv(folder / "coverage.csv", parse_dates=["start", "end"])
    pairs = zip(coverage["start"], coverage["end"], strict=True)
    intervals = tuple(Interval(start, end) for start, end in pairs)
    return Catalogue(read_table(folder / "catalogue.csv", "catalogue"), intervals)
