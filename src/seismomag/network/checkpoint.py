"""The state of a training between two epochs, in one safetensors file; nothing is unpickled.

Order of rows, augmentation, dropout and learning rate are functions of (seed, epoch, step), so
the epoch stands for the state of sampler, random numbers and schedule.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from seismomag.core.atomic import write_bytes
from seismomag.core.errors import ConfigError, ModelError
from seismomag.network.crnn import MtlCrnn

NAME = "checkpoint.safetensors"


@dataclass
class State:
    """What changes from epoch to epoch.

    Attributes
    ----------
    network, optimizer
        As they stand.
    epoch
        Epochs done.
    best_epoch
        Epoch whose weights are chosen so far, from 1; 0 = none yet.
    best_weights
        State dict of that epoch.
    history
        One entry of metrics for each epoch done.
    """

    network: MtlCrnn
    optimizer: torch.optim.Optimizer
    epoch: int = 0
    best_epoch: int = 0
    best_weights: dict[str, Tensor] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)


def copy_weights(network: nn.Module) -> dict[str, Tensor]:
    """State dict that later steps do not change."""
    return {name: value.detach().clone() for name, value in network.state_dict().items()}


def save_checkpoint(folder: Path, state: State, digest: str) -> None:
    """Write the state so that a crash leaves the old file or the new one.

    Parameters
    ----------
    folder
        Run folder.
    state
        What to keep.
    digest
        Of everything that decided this training; asked for on resuming.
    """
    tensors = {f"network.{name}": value for name, value in copy_weights(state.network).items()}
    tensors |= {f"best.{name}": value for name, value in state.best_weights.items()}
    for k, values in state.optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{k}.{name}": value.clone() for name, value in values.items()}
    about = {
        "digest": digest,
        "epoch": state.epoch,
        "best_epoch": state.best_epoch,
        "history": state.history,
    }
    write_bytes(folder / NAME, save(tensors, {"state": json.dumps(about)}))


def load_checkpoint(folder: Path, state: State, digest: str) -> bool:
    """Bring a state to where the checkpoint of a folder left it.

    Returns
    -------
    found
        False where there is no checkpoint.

    Raises
    ------
    ModelError
        The file is no checkpoint.
    ConfigError
        It belongs to other plans, rows or labels.
    """
    path = folder / NAME
    if not path.is_file():
        return False
    try:
        with safe_open(path, "pt") as file:
            about = json.loads(file.metadata()["state"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        msg = f"{path}: not a checkpoint ({error}); remove it and train from the start"
        raise ModelError(msg) from error
    if about["digest"] != digest:
        msg = (
            f"{path}: belongs to a training with other plans, rows or labels; use the old ones, "
            "another folder, or train without resuming"
        )
        raise ConfigError(msg)
    state.network.load_state_dict(_branch(tensors, "network."))
    state.best_weights = _branch(tensors, "best.")
    _load_optimizer(state.optimizer, _branch(tensors, "optimizer."))
    state.epoch, state.best_epoch = about["epoch"], about["best_epoch"]
    state.history = about["history"]
    return True


def digest_in(folder: Path) -> str:
    """Digest of the training that a checkpoint belongs to; empty without a readable one."""
    try:
        with safe_open(folder / NAME, "pt") as file:
            return str(json.loads(file.metadata()["state"])["digest"])
    except (OSError, SafetensorError, KeyError, TypeError, ValueError):
        return ""


def _branch(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {
        name.removeprefix(prefix): value
        for name, value in tensors.items()
        if name.startswith(prefix)
    }


def _load_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    states: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        number, name = key.split(".", 1)
        states.setdefault(int(number), {})[name] = value
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": states, "param_groups": groups})
