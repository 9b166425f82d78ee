"""Search for hyper-parameters with Optuna, an extra; judged on validation alone."""

from dataclasses import asdict, replace
from typing import Any

from seismomag.core.errors import ConfigError
from seismomag.core.progress import Progress
from seismomag.dataset.gate import open_training
from seismomag.dataset.store import open_store
from seismomag.experiment.config import RunConfig
from seismomag.experiment.runs import RunFolder
from seismomag.network.folder import open_model
from seismomag.network.training import fit

NO_SCORE = -1.0


def search(
    config: RunConfig, folder: RunFolder, *, n_trials: int, progress: Progress
) -> dict[str, Any]:
    """Try learning rates, decays, focal exponents and dropouts.

    Parameters
    ----------
    config, folder
        A run whose store has been built; models go to ``search/K``.
    n_trials
        Trainings.
    progress
        Told after each trial.

    Returns
    -------
    best
        Parameters and ``score`` (average precision minus base rate on validation) of the best.

    Raises
    ------
    ConfigError
        Optuna is not installed.
    """
    try:
        import optuna  # type: ignore[import-not-found,unused-ignore]
    except ImportError as error:
        msg = "Optuna is not installed; pip install 'seismomag[search]'"
        raise ConfigError(msg) from error

    def objective(trial: Any) -> float:
        training = replace(
            config.training,
            learning_rate=trial.suggest_float("learning_rate", 3e-4, 1e-2, log=True),
            weight_decay=trial.suggest_float("weight_decay", 1e-3, 0.1, log=True),
        )
        with open_store(folder / "store.h5") as store:
            place = fit(
                store,
                open_training(store.samples),
                model=replace(config.model, dropout=trial.suggest_float("dropout", 0, 0.5)),
                loss=replace(config.loss, gamma=trial.suggest_float("gamma", 0, 3)),
                training=training,
                label_rule=asdict(config.labels),
                folder=folder / "search" / str(trial.number),
                replace_other=True,
            )
        progress("search", trial.number + 1, n_trials)
        score = open_model(place).description["selection"]["score"]
        return NO_SCORE if score is None else float(score)

    sampler = optuna.samplers.TPESampler(seed=config.training.seed)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    study.optimize(objective, n_trials=n_trials)
    return {**study.best_params, "score": study.best_value}
