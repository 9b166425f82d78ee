"""What a network looks at: Grad-CAM, and what it says less when a part of the day is hidden."""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn

from seismomag.core.errors import ConfigError, ModelError
from seismomag.network.crnn import MtlCrnn, build_network
from seismomag.network.folder import Model, open_model
from seismomag.network.job import TRAINED
from seismomag.network.normalise import N_AMPLITUDES
from seismomag.network.plans import LossPlan, ModelPlan
from seismomag.signal.grid import PAIRS

BATCH = 64
TOP_SHARE = 0.1


@dataclass(frozen=True)
class Explanation:
    """Maps over the scalogram of one station-day.

    Attributes
    ----------
    grad_cam
        ``(F, T)``, 0 to 1: where the trunk's features speak for a target.
    occlusion
        ``(components, F, T)``: by how much the detection logit falls when a block of this
        component is hidden; the mean over the blocks that hold the cell.
    components
        Numbers of the components, in the order of ``occlusion``.
    logit
        Detection logit of the whole day.
    """

    grad_cam: NDArray[np.float32]
    occlusion: NDArray[np.float32]
    components: tuple[int, ...]
    logit: float


def open_network(folder: Path | str) -> tuple[Model, MtlCrnn]:
    """Open a model folder, and its network in torch.

    Raises
    ------
    ModelError
        The folder is damaged, or its weights do not fit its plans.
    """
    model = open_model(folder)
    about = model.description
    heads = tuple(
        head for head, said in about["heads"].items() if said == TRAINED or head == "detection"
    )
    loss = LossPlan(**about["loss"])
    n_edges = len(about["magnitude_edges"])
    network = build_network(
        ModelPlan(**{**about["model"], "heads": heads}),
        loss,
        n_edges if loss.magnitude == "classes" else n_edges - 1,
    )
    try:
        network.load_state_dict(load_file(Path(folder) / "weights.safetensors"))
    except RuntimeError as error:
        msg = f"{folder}: weights do not fit the plans ({error}); train the model again"
        raise ModelError(msg) from error
    return model, network.eval()


def explain(
    network: MtlCrnn,
    planes: NDArray[np.float32],
    plane_numbers: Sequence[int],
    *,
    block: tuple[int, int],
) -> Explanation:
    """Explain what a network says of one station-day.

    Parameters
    ----------
    network
        From :func:`open_network`.
    planes
        ``(P, F, T)``, normalised.
    plane_numbers
        Which planes of the store these are, ``Normalisation.planes``.
    block
        Frequencies and columns that are hidden at a time; blocks overlap by half.
    """
    network.eval()
    occluded, components, logit = occlusion(network, planes, plane_numbers, block=block)
    return Explanation(grad_cam(network, planes), occluded, components, logit)


def _logit(network: MtlCrnn, planes: Tensor) -> Tensor:
    both: Tensor = network(planes).detection_logits
    return both[:, 1] - both[:, 0]


def grad_cam(network: MtlCrnn, planes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Where the trunk's features speak for a target, ``(F, T)``, 0 to 1.

    The features are weighted by the mean of their gradients; what speaks against a target is cut
    off (Selvaraju et al. 2017, ICCV). Between the cells of the trunk the map is interpolated.

    Parameters
    ----------
    network
        In evaluation.
    planes
        ``(P, F, T)``, normalised.
    """
    held: list[Tensor] = []

    def keep(_module: nn.Module, _given: object, found: Tensor) -> None:
        held.append(found)

    hook = network.features.register_forward_hook(keep)
    try:
        logit = _logit(network, torch.from_numpy(planes[None]))
    finally:
        hook.remove()
    (slope,) = torch.autograd.grad(logit.sum(), held[0])
    cam = (slope.mean((2, 3), keepdim=True) * held[0]).sum(1, keepdim=True).relu().detach()
    cam = nn.functional.interpolate(cam, planes.shape[1:], mode="bilinear", align_corners=False)
    found: NDArray[np.float32] = (cam[0, 0] / cam.max().clamp(min=1e-12)).numpy()
    return found


def occlusion(
    network: MtlCrnn,
    planes: NDArray[np.float32],
    plane_numbers: Sequence[int],
    *,
    block: tuple[int, int],
) -> tuple[NDArray[np.float32], tuple[int, ...], float]:
    """By how much the detection logit falls when a block is hidden.

    Hidden means 0 in every plane that the component takes part in, which is the usual state of
    the station.

    Returns
    -------
    fall
        ``(components, F, T)``, the mean over the blocks that hold a cell.
    components
        Their numbers.
    logit
        Of the whole day.

    Raises
    ------
    ConfigError
        The block is not within the scalogram.
    """
    shape = planes.shape[1:]
    if not all(1 <= size <= whole for size, whole in zip(block, shape, strict=True)):
        msg = f"block {block} must be at least 1 and at most {shape} frequencies and columns"
        raise ConfigError(msg)
    components = tuple(p for p in plane_numbers if p < N_AMPLITUDES)
    places = [(c, *place) for c in range(len(components)) for place in _blocks(shape, block)]
    sums, counts = np.zeros((len(components), *shape)), np.zeros((len(components), *shape))
    touched = [_planes_of(component, plane_numbers) for component in components]
    with torch.no_grad():
        logit = float(_logit(network, torch.from_numpy(planes[None]))[0])
        for start in range(0, len(places), BATCH):
            here = places[start : start + BATCH]
            hidden = np.repeat(planes[None], len(here), axis=0)
            for sample, (c, rows, columns) in zip(hidden, here, strict=True):
                sample[touched[c], rows, columns] = 0
            falls = logit - _logit(network, torch.from_numpy(hidden)).numpy()
            for fall, (c, rows, columns) in zip(falls, here, strict=True):
                sums[c, rows, columns] += fall
                counts[c, rows, columns] += 1
    return (sums / counts).astype(np.float32), components, logit


def _blocks(shape: tuple[int, ...], block: tuple[int, int]) -> Iterator[tuple[slice, slice]]:
    """Blocks that overlap by half and reach both edges."""
    starts = []
    for size, whole in zip(block, shape, strict=True):
        steps = list(range(0, whole - size, max(1, size // 2)))
        starts.append([*steps, whole - size])
    for row in starts[0]:
        for column in starts[1]:
            yield slice(row, row + block[0]), slice(column, column + block[1])


def _planes_of(component: int, plane_numbers: Sequence[int]) -> list[int]:
    """Positions of the planes that a component takes part in."""
    return [
        k
        for k, plane in enumerate(plane_numbers)
        if plane == component
        or (plane >= N_AMPLITUDES and component in PAIRS[(plane - N_AMPLITUDES) // 2])
    ]


def trunk_cell(network: MtlCrnn, shape: tuple[int, int]) -> tuple[int, int]:
    """Frequencies and columns that one cell of the trunk's output stands for."""
    first = next(network.features.parameters())
    with torch.no_grad():
        found = network.features(torch.zeros(1, first.shape[1], *shape)).shape[2:]
    return -(-shape[0] // found[0]), -(-shape[1] // found[1])


@dataclass(frozen=True)
class Attribution:
    """How much of a map lies where something was planted.

    Attributes
    ----------
    share_inside
        Share of the positive mass of the map's top decile inside the planted rectangle, dilated
        by one cell of the trunk.
    share_of_area
        Share of the rectangle itself in the scalogram.
    """

    share_inside: float
    share_of_area: float

    @property
    def is_at_the_signal(self) -> bool:
        """At least 80 % inside, and at least three times the share of the area."""
        return self.share_inside >= max(0.8, 3 * self.share_of_area)


def attribution(
    values: NDArray[np.float32], planted: tuple[slice, slice], cell: tuple[int, int]
) -> Attribution:
    """Measure how much of a map lies where something was planted.

    Parameters
    ----------
    values
        ``(F, T)``.
    planted
        Frequencies and columns of the planted rectangle.
    cell
        From :func:`trunk_cell`.
    """
    inside, wide = np.zeros(values.shape, bool), np.zeros(values.shape, bool)
    inside[planted] = True
    rows, columns = (
        slice(max(0, part.start - more), part.stop + more)
        for part, more in zip(planted, cell, strict=True)
    )
    wide[rows, columns] = True
    is_top = values >= np.quantile(values, 1 - TOP_SHARE)
    mass = np.where(is_top, np.maximum(values, 0), 0).astype(np.float64)
    share = float(mass[wide].sum() / mass.sum()) if mass.sum() > 0 else 0.0
    return Attribution(share, float(inside.mean()))


def with_random_weights(network: MtlCrnn, seed: int) -> MtlCrnn:
    """Give a network of the same plan that has learnt nothing.

    A map that stays the same for it shows the input, not what was learnt (Adebayo et al. 2018,
    NeurIPS).
    """
    other = copy.deepcopy(network)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for module in other.modules():
            reset = getattr(module, "reset_parameters", None)
            if callable(reset):
                reset()
    return other.eval()


def rank_similarity(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Spearman correlation of two maps; 0 if one of them is constant."""
    from scipy.stats import rankdata

    first, second = rankdata(a.ravel()), rankdata(b.ravel())
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])
