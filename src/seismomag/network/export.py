"""The network as a file that runs without torch, refused unless it says the same."""

import numpy as np
import torch
from numpy.typing import NDArray

from seismomag.core.errors import ModelError
from seismomag.network.crnn import MtlCrnn
from seismomag.network.graph import write_graph
from seismomag.network.predict import open_session, run_session

LARGEST_DRIFT = 1e-5
"""Largest difference of a probability between torch and ONNX Runtime."""
LARGEST_VECTOR_DRIFT = 1e-4
"""The same for the azimuth vector, relative to the larger of 1 and its length."""


def export(
    network: MtlCrnn, planes: NDArray[np.float32], heads: tuple[str, ...]
) -> tuple[bytes, float]:
    """Write the network as ONNX and compare it with torch.

    Parameters
    ----------
    network
        Trained.
    planes
        ``(n, P, F, T)``: normalised planes of real rows, on which the two must agree.
    heads
        Heads to write.

    Returns
    -------
    graph, drift
        The file, and the largest difference of a probability that was found.

    Raises
    ------
    ModelError
        A probability differs by more than 1e-5, or an azimuth vector by more than 1e-4.
    """
    network.eval()
    data = write_graph(network, planes.shape[1], heads).SerializeToString(deterministic=True)
    found = run_session(open_session(data, threads=1), planes)
    with torch.no_grad():
        outputs = network(torch.from_numpy(planes))
    drifts = []
    for name in heads:
        if name == "azimuth":
            _check_vector(found[name], outputs.azimuth_vector.numpy())
            continue
        expected = getattr(outputs, f"{name}_logits").numpy()
        drifts.append(_largest(_softmax(found[name]) - _softmax(expected)))
        # Ordinal logits are not a softmax: each is the logit of a probability of its own.
        drifts.append(_largest(_sigmoid(found[name]) - _sigmoid(expected)))
    # numpy's maximum hands a NaN on; the built-in one may drop it.
    drift = float(np.max(drifts))
    if not drift <= LARGEST_DRIFT:
        msg = (
            f"the exported graph differs from torch by {drift:.2e} in probability, allowed "
            f"are {LARGEST_DRIFT:.0e}; the model was not saved"
        )
        raise ModelError(msg)
    return data, drift


def _check_vector(found: NDArray[np.float32], expected: NDArray[np.float32]) -> None:
    size = np.maximum(1, np.linalg.norm(expected, axis=1, keepdims=True))
    drift = _largest((found - expected) / size)
    if not drift <= LARGEST_VECTOR_DRIFT:
        msg = (
            f"the exported graph differs from torch by {drift:.2e} in the azimuth vector, "
            f"allowed are {LARGEST_VECTOR_DRIFT:.0e}; the model was not saved"
        )
        raise ModelError(msg)


def _largest(difference: NDArray[np.floating]) -> float:
    return float(np.abs(difference).max())


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    from scipy.special import softmax

    return np.asarray(softmax(logits.astype(np.float64), axis=1))


def _sigmoid(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    from scipy.special import expit

    return np.asarray(expit(logits.astype(np.float64)))
