"""Weights to start from: files of safetensors in the layout of our trunk."""

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from seismomag.core.errors import ModelError
from seismomag.network.crnn import MtlCrnn

FIRST = "0.0.weight"
"""Name of the first convolution, the only layer that knows the number of planes."""


def load_trunk(network: MtlCrnn, path: Path) -> None:
    """Let a trunk start with the weights of a file.

    Raises
    ------
    ModelError
        The file is no safetensors, or of another trunk.
    """
    try:
        weights = load_file(path)
    except (SafetensorError, OSError) as error:
        msg = (
            f"{path}: not a file of safetensors ({error}); turn a torch file into one with "
            "`seismomag weights convert`"
        )
        raise ModelError(msg) from error
    own = network.features.state_dict()
    if FIRST in weights and FIRST in own:
        weights[FIRST] = adapt_first(weights[FIRST], own[FIRST].shape[1])
    refuse_other_layout(weights, own, str(path))
    network.features.load_state_dict(weights)


def adapt_first(weight: Tensor, n_planes: int) -> Tensor:
    """Spread the first convolution over another number of planes.

    Plane k gets the filters of plane k modulo those that there are, scaled so that equal planes
    excite it as before.

    Parameters
    ----------
    weight
        ``(n_out, n_in, height, width)``.
    n_planes
        Wanted.
    """
    n_in = weight.shape[1]
    if n_in == n_planes:
        return weight
    order = torch.arange(n_planes) % n_in
    share = torch.bincount(order, minlength=n_in)[order].to(weight.dtype)
    kept = weight[:, order] / share[None, :, None, None]
    # With fewer planes than filters, those that stay take over the sum.
    scale = weight.sum(1, keepdim=True).norm() / kept.sum(1, keepdim=True).norm().clamp(min=1e-12)
    return kept if n_planes >= n_in else kept * scale


def refuse_other_layout(weights: dict[str, Tensor], own: dict[str, Tensor], name: str) -> None:
    """Refuse weights whose names or shapes are not those of the trunk.

    Raises
    ------
    ModelError
        Names the first that differs.
    """
    for key in (*own, *weights):
        found = tuple(weights[key].shape) if key in weights else None
        expected = tuple(own[key].shape) if key in own else None
        if found != expected:
            msg = (
                f"{name}: {key} has shape {found}, the trunk expects {expected}; the file "
                "belongs to another trunk"
            )
            raise ModelError(msg)
