"""From the torch network to an ONNX graph, layer by layer.

Each kind of layer has one function in ``EMITTERS``; a trunk of new layers adds theirs. Batch and
columns stay free. This takes a tenth of a second and one dependency; the exporters of torch take
seven (``torch.export``, with warnings of its own about GRU weights) or are announced to go away
(TorchScript). :func:`seismomag.network.export.export` compares the result with torch.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from seismomag.core.errors import ModelError
from seismomag.network.crnn import MtlCrnn
from seismomag.network.trunk import ConvNormAct, InvertedBottleneck, SqueezeExcitation

OPSET = 18
# The oldest file format that knows this opset, so that older runtimes read it too.
IR_VERSION = 8


class Graph:
    """Nodes and weights in the order in which they were added."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def add(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add a node with one output and return the output's name."""
        name = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def weight(self, value: torch.Tensor | NDArray[np.generic]) -> str:
        """Add a constant and return its name."""
        array = value.detach().numpy() if isinstance(value, torch.Tensor) else value
        name = f"weight_{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def rename_last(self, name: str) -> None:
        """Give the output of the last node a public name."""
        self.nodes[-1].output[0] = name


def emit(graph: Graph, layer: nn.Module, x: str) -> str:
    """Add a layer to a graph.

    Raises
    ------
    ModelError
        Nobody has said how to write this kind of layer.
    """
    if type(layer) not in EMITTERS:
        msg = f"{type(layer).__name__} has no ONNX form; add it to EMITTERS in graph.py"
        raise ModelError(msg)
    return EMITTERS[type(layer)](graph, layer, x)


def _sequential(graph: Graph, layer: nn.Sequential, x: str) -> str:
    for part in layer:
        x = emit(graph, part, x)
    return x


def _conv(graph: Graph, layer: nn.Conv2d, x: str) -> str:
    bias = [] if layer.bias is None else [graph.weight(layer.bias)]
    return graph.add(
        "Conv",
        x,
        graph.weight(layer.weight),
        *bias,
        kernel_shape=list(layer.kernel_size),
        strides=list(layer.stride),
        # ONNX lists the paddings before all axes, then those after.
        pads=[int(p) for p in layer.padding] * 2,
        dilations=list(layer.dilation),
        group=layer.groups,
    )


def _batch_norm(graph: Graph, layer: nn.BatchNorm2d, x: str) -> str:
    if layer.running_mean is None or layer.running_var is None:
        msg = "a batch norm without running statistics has no ONNX form"
        raise ModelError(msg)
    return graph.add(
        "BatchNormalization",
        x,
        graph.weight(layer.weight),
        graph.weight(layer.bias),
        graph.weight(layer.running_mean),
        graph.weight(layer.running_var),
        epsilon=layer.eps,
    )


def _silu(graph: Graph, layer: nn.SiLU, x: str) -> str:
    return graph.add("Mul", x, graph.add("Sigmoid", x))


def _relu(graph: Graph, layer: nn.ReLU, x: str) -> str:
    return graph.add("Relu", x)


def _nothing(graph: Graph, layer: nn.Dropout, x: str) -> str:
    return x


def _linear(graph: Graph, layer: nn.Linear, x: str) -> str:
    return graph.add("Gemm", x, graph.weight(layer.weight), graph.weight(layer.bias), transB=1)


def _layer_norm(graph: Graph, layer: nn.LayerNorm, x: str) -> str:
    scale, shift = graph.weight(layer.weight), graph.weight(layer.bias)
    return graph.add("LayerNormalization", x, scale, shift, axis=-1, epsilon=layer.eps)


def _squeeze_excitation(graph: Graph, layer: SqueezeExcitation, x: str) -> str:
    mean = graph.add("GlobalAveragePool", x)
    squeezed = _silu(graph, nn.SiLU(), _conv(graph, layer.fc1, mean))
    return graph.add("Mul", x, graph.add("Sigmoid", _conv(graph, layer.fc2, squeezed)))


def _bottleneck(graph: Graph, layer: InvertedBottleneck, x: str) -> str:
    y = emit(graph, layer.block, x)
    return graph.add("Add", x, y) if layer.has_short_cut else y


def _gru(graph: Graph, layer: nn.GRU, columns: str) -> str:
    """Write the final hidden states of both directions, ``(B, T, C) -> (B, 2 H)``."""
    sides = ("", "_reverse")
    stacked = [
        np.stack([_gates(layer, f"{kind}_l0{side}") for side in sides])
        for kind in ("weight_ih", "weight_hh")
    ]
    biases = np.stack(
        [
            np.concatenate([_gates(layer, f"{kind}_l0{side}") for kind in ("bias_ih", "bias_hh")])
            for side in sides
        ]
    )
    by_time = graph.add("Transpose", columns, perm=[1, 0, 2])
    inputs = [by_time, *(graph.weight(a) for a in (*stacked, biases))]
    hidden = f"hidden_{len(graph.nodes)}"
    graph.nodes.append(
        helper.make_node(
            "GRU",
            inputs,
            ["", hidden],
            direction="bidirectional",
            hidden_size=layer.hidden_size,
            # torch applies the reset gate after the recurrent product.
            linear_before_reset=1,
        )
    )
    return graph.add("Flatten", graph.add("Transpose", hidden, perm=[1, 0, 2]), axis=1)


def _gates(layer: nn.GRU, name: str) -> NDArray[np.float32]:
    """Gates in the order of ONNX (update, reset, new); torch stacks reset, update, new."""
    value: torch.Tensor = getattr(layer, name)
    reset, update, new = np.split(value.detach().numpy(), 3)
    return np.concatenate([update, reset, new])


EMITTERS: Mapping[type[nn.Module], Callable[..., str]] = {
    nn.Sequential: _sequential,
    ConvNormAct: _sequential,
    nn.Conv2d: _conv,
    nn.BatchNorm2d: _batch_norm,
    nn.SiLU: _silu,
    nn.ReLU: _relu,
    nn.Dropout: _nothing,
    nn.Linear: _linear,
    nn.LayerNorm: _layer_norm,
    SqueezeExcitation: _squeeze_excitation,
    InvertedBottleneck: _bottleneck,
    nn.GRU: _gru,
}
"""How each kind of layer is written, as it acts in evaluation."""


def write_graph(network: MtlCrnn, n_planes: int, heads: tuple[str, ...]) -> onnx.ModelProto:
    """Write the network as it acts in evaluation.

    Parameters
    ----------
    network
        On the CPU, float32.
    n_planes
        Planes of its input.
    heads
        Heads to write; each becomes the output of its name.

    Returns
    -------
    model
        Input ``planes (batch, n_planes, frequency, column)``; every axis but the second free.
    """
    graph = Graph()
    x = emit(graph, network.features, "planes")
    axes = graph.weight(np.array([2], np.int64))
    x = graph.add("ReduceMean", x, axes, keepdims=0)
    columns = graph.add("Transpose", x, perm=[0, 2, 1])
    if network.gru is None:
        axes = graph.weight(np.array([1], np.int64))
        context = graph.add("ReduceMean", columns, axes, keepdims=0)
    else:
        context = emit(graph, network.gru, columns)
    outputs = []
    for name in heads:
        emit(graph, getattr(network, name), context)
        graph.rename_last(name)
        outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", None]))
    shape: list[str | int | None] = ["batch", n_planes, "frequency", "column"]
    planes = helper.make_tensor_value_info("planes", TensorProto.FLOAT, shape)
    body = helper.make_graph(graph.nodes, "seismomag", [planes], outputs, graph.weights)
    model = helper.make_model(
        body,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="seismomag",
    )
    onnx.checker.check_model(model, full_check=True)
    return model
