"""EfficientNet-B1 weights of others, turned into a file of safetensors in our layout.

This is the only place that reads a torch file, and it does so in a child process with a limit of
time and of memory, which unpickles nothing but tensors.
"""

import json
import multiprocessing
import pickle
import re
import resource
import sys
import tempfile
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seismomag.core.atomic import write_bytes
from seismomag.core.errors import ModelError

if TYPE_CHECKING:
    from torch import Tensor

MEGABYTE = 1_000_000
LONGEST_S = 120.0
MEGABYTES = 2_000
LARGEST_FILE_BYTES = 1_000 * MEGABYTE
MESSAGE_LIMIT = 100_000

# The blocks of timm: which of its layers stands where in a block of ours.
_SEPARABLE = {
    "conv_dw": "0.0",
    "bn1": "0.1",
    "se.conv_reduce": "1.fc1",
    "se.conv_expand": "1.fc2",
    "conv_pw": "2.0",
    "bn2": "2.1",
}
_INVERTED = {
    "conv_pw": "0.0",
    "bn1": "0.1",
    "conv_dw": "1.0",
    "bn2": "1.1",
    "se.conv_reduce": "2.fc1",
    "se.conv_expand": "2.fc2",
    "conv_pwl": "3.0",
    "bn3": "3.1",
}
_OUTSIDE = {"conv_stem": "0.0", "bn1": "0.1", "conv_head": "8.0", "bn2": "8.1"}


def convert(path: Path | str, out: Path | str) -> Path:
    """Turn a file of EfficientNet-B1 weights into starting weights.

    Parameters
    ----------
    path
        A state dict in the layout of torchvision or timm: safetensors, or a torch file. The
        classifier is left out.
    out
        The file of safetensors; replaced in one step.

    Returns
    -------
    out

    Raises
    ------
    ModelError
        The file holds anything but tensors, or not those of an EfficientNet-B1, or reading it
        took too long or too much.
    """
    path, out = Path(path), Path(out)
    size = path.stat().st_size
    if size > LARGEST_FILE_BYTES:
        msg = f"{path}: {size} bytes; weights of an EfficientNet-B1 have about 31 million"
        raise ModelError(msg)
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / "weights.safetensors"
        _run_child(path, made)
        write_bytes(out, made.read_bytes())
    return out


def _run_child(path: Path, made: Path) -> None:
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_convert_in_child, args=(sender, str(path), str(made)))
    child.start()
    sender.close()
    try:
        if not receiver.poll(LONGEST_S):
            msg = f"{path}: reading took longer than {LONGEST_S:g} s and was ended"
            raise ModelError(msg)
        answer = json.loads(receiver.recv_bytes(MESSAGE_LIMIT))
    except EOFError as error:
        msg = f"{path}: the process that read this file ended before it answered; refused"
        raise ModelError(msg) from error
    finally:
        receiver.close()
        child.kill()
        child.join()
    if "error" in answer:
        raise ModelError(answer["error"])


def _convert_in_child(sender: Connection, path: str, made: str) -> None:
    # Loaded before the limits hold: torch alone maps more than a file of weights needs.
    from safetensors.torch import save_file

    from seismomag.network.trunk import TRUNKS

    own = TRUNKS["efficientnet_b1"].build(3).state_dict()
    _limit()
    answer: dict[str, str] = {}
    try:
        save_file(_in_our_layout(_read(Path(path)), own, path), made)
    except (ModelError, OSError) as error:
        answer = {"error": str(error)}
    except (MemoryError, RecursionError) as error:
        answer = {"error": f"{path}: needs more than {MEGABYTES} MB ({type(error).__name__})"}
    sender.send_bytes(json.dumps(answer).encode())


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (int(LONGEST_S), int(LONGEST_S)))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        taken = re.search(r"VmData:\s+(\d+)", Path("/proc/self/status").read_text())
        limit = (int(taken[1]) * 1024 if taken else 0) + MEGABYTES * MEGABYTE
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _read(path: Path) -> Mapping[str, Any]:
    """Tensors by name, of safetensors or of a torch file."""
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except SafetensorError:
        pass
    try:
        found = torch.load(path, weights_only=True, map_location="cpu")
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError) as error:
        text = str(error).splitlines()[0][:300]
        msg = f"{path}: neither safetensors nor a torch file of tensors alone ({text}); refused"
        raise ModelError(msg) from error
    for key in ("state_dict", "model"):
        if isinstance(found, Mapping) and isinstance(found.get(key), Mapping):
            found = found[key]
    if not isinstance(found, Mapping):
        msg = f"{path}: holds a {type(found).__name__}, expected a state dict"
        raise ModelError(msg)
    return found


def _in_our_layout(
    found: Mapping[str, Any], own: Mapping[str, "Tensor"], path: str
) -> dict[str, "Tensor"]:
    import torch

    from seismomag.network.starting import refuse_other_layout

    rename = timm_name if "conv_stem.weight" in found else torchvision_name
    weights = _renamed(found, rename, path)
    for name, value in weights.items():
        if not isinstance(value, torch.Tensor):
            msg = f"{path}: {name} is a {type(value).__name__}, expected a tensor"
            raise ModelError(msg)
    for name, value in own.items():
        # Old files do not count the batches.
        if name.endswith("num_batches_tracked"):
            weights.setdefault(name, value)
    refuse_other_layout(weights, dict(own), path)
    return {name: weights[name].to(value.dtype).contiguous() for name, value in own.items()}


def _renamed(
    found: Mapping[str, Any], rename: Callable[[str], str | None], path: str
) -> dict[str, Any]:
    weights = {}
    for key, value in found.items():
        if str(key).startswith("classifier."):
            continue
        name = rename(str(key))
        if name is None:
            msg = f"{path}: {str(key)[:80]!r} is no layer of an EfficientNet-B1"
            raise ModelError(msg)
        weights[name] = value
    return weights


def torchvision_name(key: str) -> str | None:
    """Our name of a layer of torchvision; None for none.

    Examples
    --------
    >>> torchvision_name("features.1.0.block.0.0.weight")
    '1.0.block.0.0.weight'
    """
    return key.removeprefix("features.") if key.startswith("features.") else None


def timm_name(key: str) -> str | None:
    """Our name of a layer of timm; None for none.

    Examples
    --------
    >>> timm_name("blocks.1.0.se.conv_reduce.bias"), timm_name("conv_stem.weight")
    ('2.0.block.2.fc1.bias', '0.0.weight')
    """
    layer, _, what = key.rpartition(".")
    if layer in _OUTSIDE:
        return f"{_OUTSIDE[layer]}.{what}"
    place = re.fullmatch(r"blocks\.(\d+)\.(\d+)\.(.+)", layer)
    if place is None:
        return None
    stage, block, inner = int(place[1]), place[2], place[3]
    known = _SEPARABLE if stage == 0 else _INVERTED
    return f"{stage + 1}.{block}.block.{known[inner]}.{what}" if inner in known else None
