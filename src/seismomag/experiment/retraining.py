"""N4 of the audit on the network of a run: labels shuffled by event block, trained again."""

import tempfile
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pandas as pd

from seismomag.audit.retraining import Retraining, shuffle_and_retrain
from seismomag.core.progress import Progress, silent
from seismomag.dataset.gate import open_test, open_training
from seismomag.dataset.store import Store, open_store
from seismomag.experiment.config import RunConfig
from seismomag.experiment.forecasting import run_id
from seismomag.experiment.runs import RunFolder
from seismomag.network.predict import predict
from seismomag.network.training import fit

LEDGER = "shuffled_test_access.jsonl"
PURPOSE = "score shuffled labels"
STAGE = "train on shuffled labels"


def retrain_on_shuffled(
    config: RunConfig, folder: RunFolder, n_draws: int, progress: Progress = silent
) -> Retraining:
    """Train the network of a run on labels that are shuffled by whole event blocks.

    The whole pipeline is repeated on the same split: selection of the epoch, calibration,
    export. Only the detection head is trained: shuffled rows have no magnitude and no azimuth.

    Parameters
    ----------
    config, folder
        A run whose store is built.
    n_draws
        Trainings, at least 5.
    progress
        Told after each training.

    Returns
    -------
    retraining
        Test AUC of each training; near 0.5 where the split does not leak.
    """
    with open_store(folder / "store.h5") as store, tempfile.TemporaryDirectory() as scratch:
        refit = _refit(config, folder, store, Path(scratch), n_draws, progress)
        return shuffle_and_retrain(
            store.samples, refit, n_draws=n_draws, seed=config.run.seed, unit="block"
        )


def _refit(
    config: RunConfig,
    folder: RunFolder,
    store: Store,
    scratch: Path,
    n_draws: int,
    progress: Progress,
) -> Callable[[pd.DataFrame], pd.DataFrame]:
    done = 0

    def refit(samples: pd.DataFrame) -> pd.DataFrame:
        nonlocal done
        progress(STAGE, done, n_draws)
        model = fit(
            store,
            open_training(samples),
            model=replace(config.model, heads=("detection",)),
            loss=config.loss,
            training=config.training,
            label_rule=asdict(config.labels),
            folder=scratch / str(done),
            allow_one_class=True,
        )
        rows = open_test(samples, folder / LEDGER, purpose=PURPOSE, run_id=run_id(folder))
        done += 1
        progress(STAGE, done, n_draws)
        return predict(model, store, rows.samples)

    return refit
