"""Metrics of a training for TensorBoard and MLflow, both optional."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from seismomag.core.errors import ConfigError


def scalars(metrics: Path) -> Iterator[tuple[int, str, float]]:
    """Epoch, name and value of every number in a ``metrics.jsonl``.

    Raises
    ------
    ConfigError
        There is no such file.
    """
    if not metrics.is_file():
        msg = f"{metrics}: no metrics; train first"
        raise ConfigError(msg)
    for line in metrics.read_text(encoding="utf-8").splitlines():
        entry: Mapping[str, Any] = json.loads(line)
        for split in ("train", "validation"):
            for name, value in (entry.get(split) or {}).items():
                yield int(entry["epoch"]), f"{split}/{name}", float(value)
        for name in ("score", "learning_rate"):
            if entry.get(name) is not None:
                yield int(entry["epoch"]), name, float(entry[name])


def write_tensorboard(metrics: Path, folder: Path) -> Path:
    """Write the metrics as event files of TensorBoard.

    Raises
    ------
    ConfigError
        TensorBoard is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        msg = "TensorBoard is not installed; pip install 'seismomag[tensorboard]'"
        raise ConfigError(msg) from error
    with SummaryWriter(str(folder)) as writer:
        for epoch, name, value in scalars(metrics):
            writer.add_scalar(name, value, epoch)
    return folder


def log_mlflow(metrics: Path, *, experiment: str, run_name: str) -> None:
    """Log the metrics to MLflow, wherever ``MLFLOW_TRACKING_URI`` points.

    Raises
    ------
    ConfigError
        MLflow is not installed.
    """
    try:
        import mlflow  # type: ignore[import-not-found,unused-ignore]
    except ImportError as error:
        msg = "MLflow is not installed; pip install 'seismomag[mlflow]'"
        raise ConfigError(msg) from error
    mlflow.set_experiment(experiment)
    with mlflow.start_run(run_name=run_name):
        for epoch, name, value in scalars(metrics):
            mlflow.log_metric(name.replace("/", "."), value, step=epoch)
