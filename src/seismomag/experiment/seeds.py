"""Several trainings in one command: arms and seeds, each in a folder of its own."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from seismomag.core.atomic import write_text
from seismomag.core.errors import ConfigError
from seismomag.core.progress import Progress
from seismomag.dataset.gate import open_training
from seismomag.dataset.store import open_store
from seismomag.experiment.ablations import FULL, TrainingArm, arms_of_training
from seismomag.experiment.config import RunConfig
from seismomag.experiment.runs import RunFolder, versions
from seismomag.network.folder import open_model
from seismomag.network.training import METRICS, fit

FOLDER = "trainings"


@dataclass(frozen=True)
class Training:
    """A finished training.

    Attributes
    ----------
    arm, seed
        What was trained.
    folder
        Its model folder.
    """

    arm: str
    seed: int
    folder: Path

    def history(self) -> list[dict[str, Any]]:
        """Metrics of its epochs."""
        text = (self.folder / METRICS).read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]


def train_several(
    config: RunConfig,
    folder: RunFolder,
    *,
    n_seeds: int = 1,
    ablations: Sequence[str] = (),
    resume: bool = True,
    progress: Progress,
) -> list[Training]:
    """Train every arm with every seed, and write a table of all.

    Parameters
    ----------
    config
        The run; its store must have been built.
    folder
        The run folder; models go to ``trainings/ARM-SEED``.
    n_seeds
        Seeds, counted up from that of the configuration.
    ablations
        Keys of :data:`seismomag.experiment.ablations.ABLATIONS`.
    resume
        Whether finished and interrupted trainings are gone on with; otherwise they are made anew.
    progress
        Told after each step.

    Raises
    ------
    ConfigError
        There is nothing to train, or no store.
    """
    if n_seeds < 1:
        msg = f"--seeds {n_seeds} must be at least 1"
        raise ConfigError(msg)
    if not (folder / "store.h5").is_file():
        msg = f"{folder / 'store.h5'}: no store; run `seismomag build` first"
        raise ConfigError(msg)
    arms = arms_of_training(config.model, config.loss, ablations)
    done = []
    for arm in arms.values():
        for seed in range(config.training.seed, config.training.seed + n_seeds):
            done.append(_train(config, folder, arm, seed, resume, progress))
    write_text(folder / FOLDER / "record.json", _record(config, folder))
    comparison(done).to_csv(folder / FOLDER / "comparison.csv", index=False)
    return done


def _train(
    config: RunConfig,
    folder: RunFolder,
    arm: TrainingArm,
    seed: int,
    resume: bool,
    progress: Progress,
) -> Training:
    name = f"{arm.name}-{seed}"
    place = folder / FOLDER / name

    def told(stage: str, done: int, total: int) -> None:
        progress(f"{stage} ({name})", done, total)

    with open_store(folder / "store.h5") as store:
        fit(
            store,
            open_training(store.samples),
            model=arm.model,
            loss=arm.loss,
            training=replace(config.training, seed=seed),
            label_rule=asdict(config.labels),
            folder=place,
            resume=resume,
            replace_other=True,
            progress=told,
        )
    return Training(arm.name, seed, place)


def _record(config: RunConfig, folder: RunFolder) -> str:
    """Say what these trainings were made with."""
    record = folder.record()
    known = {
        "title": config.run.title,
        "configuration": config.source.text,
        "commit": record.commit if record else "",
        "config_sha256": record.config_sha256 if record else "",
        "versions": dict(versions()),
    }
    return json.dumps(known, indent=1, sort_keys=True) + "\n"


COMPARED = ("arm", "seed", "score", "epoch", "n_epochs", "n_parameters", "model_id")


def comparison(trainings: Sequence[Training]) -> pd.DataFrame:
    """One row for each training: validation score (average precision minus base rate) and size."""
    rows = []
    for training in trainings:
        model = open_model(training.folder)
        chosen: Mapping[str, Any] = model.description["selection"]
        score = float("nan") if chosen["score"] is None else float(chosen["score"])
        rows.append(
            (
                training.arm,
                training.seed,
                score,
                int(chosen["epoch"]),
                len(training.history()),
                int(model.description["n_parameters"]),
                model.model_id,
            )
        )
    return pd.DataFrame(rows, columns=list(COMPARED))


def differences(table: pd.DataFrame) -> pd.DataFrame:
    """Full arm minus every other, paired by seed, with a 95 % interval by Student's t.

    The interval speaks of the scatter of training seeds on one validation period, not of other
    periods.
    """
    from seismomag.experiment.proofs.runs import interval

    scores = table.pivot_table(index="seed", columns="arm", values="score", dropna=False)
    rows = [
        (name, *interval((scores[FULL] - scores[name]).to_numpy(float)), len(scores))
        for name in dict.fromkeys(table["arm"])
        if name != FULL
    ]
    return pd.DataFrame(rows, columns=["arm", "full_minus_arm", "low", "high", "n_seeds"])
