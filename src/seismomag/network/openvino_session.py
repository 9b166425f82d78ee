"""The graph of a model through OpenVINO instead of ONNX Runtime: an extra, without torch."""

from collections.abc import Callable
from importlib import import_module
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from seismomag.core.errors import ConfigError, ModelError

Run = Callable[[NDArray[np.float32]], dict[str, NDArray[np.float32]]]
"""From planes ``(n, P, F, T)`` to the outputs of the heads by name, each ``(n, ...)``."""


def open_openvino(graph: bytes, *, threads: int) -> Run:
    """Compile an ONNX graph for the CPU, in float32.

    Parameters
    ----------
    graph
        The file ``model.onnx``.
    threads
        Of OpenVINO.

    Raises
    ------
    ConfigError
        OpenVINO is not installed.
    ModelError
        It does not accept the graph.
    """
    try:
        openvino = import_module("openvino")
    except ImportError as error:
        msg = "OpenVINO is not installed; pip install 'seismomag[openvino]', or use onnxruntime"
        raise ConfigError(msg) from error
    core = openvino.Core()
    wanted = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32"}
    try:
        compiled = core.compile_model(core.read_model(BytesIO(graph)), "CPU", wanted)
    except RuntimeError as error:
        msg = f"model.onnx: OpenVINO refuses it ({error})"
        raise ModelError(msg) from error
    names = [output.get_any_name() for output in compiled.outputs]

    def run(planes: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        made = compiled([planes])
        return {name: made[k].copy() for k, name in enumerate(names)}

    return run
