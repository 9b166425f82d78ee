import numpy as np
import onnx
import pytest
import torch

from seismomag.core.errors import ModelError
from seismomag.network import ModelPlan
from seismomag.network.crnn import MtlCrnn
from seismomag.network.export import export
from seismomag.network.graph import Graph, emit
from seismomag.network.plans import HEADS
from seismomag.network.predict import open_session, run_session
from seismomag.network.trunk import TRUNKS


def settled(plan: ModelPlan) -> MtlCrnn:
    """A network whose batch norms have statistics of their own."""
    torch.manual_seed(0)
    network = MtlCrnn(plan, 3).train()
    with torch.no_grad():
        for _ in range(2):
            network(torch.randn(8, len(plan.planes), 32, 40))
    return network.eval()


def planes(n: int, n_columns: int = 40) -> np.ndarray:
    return np.random.default_rng(n).normal(size=(n, 3, 32, n_columns)).astype(np.float32)


@pytest.mark.parametrize("gru", [True, False])
@pytest.mark.parametrize("trunk", TRUNKS)
def test_graph_agrees_with_torch_for_other_batches_and_lengths(trunk, gru):
    network = settled(ModelPlan(trunk=trunk, gru=gru, gru_width=8))
    data, drift = export(network, planes(4), HEADS)
    assert drift <= 1e-5
    session = open_session(data, threads=1)
    for n, n_columns in ((1, 40), (5, 40), (2, 72)):
        some = planes(n, n_columns)
        found = run_session(session, some)
        with torch.no_grad():
            expected = network(torch.from_numpy(some))
        for name, value in zip(HEADS, expected, strict=True):
            np.testing.assert_allclose(found[name], value, atol=2e-5)


def test_only_heads_asked_for_are_written():
    data, _ = export(settled(ModelPlan(trunk="small")), planes(2), ("detection",))
    assert [o.name for o in onnx.load_from_string(data).graph.output] == ["detection"]


@pytest.mark.parametrize("head", HEADS)
def test_graph_that_differs_from_torch_is_refused(monkeypatch, head):
    network = settled(ModelPlan(trunk="small", gru_width=8))

    def wrong(session, some):
        outputs = run_session(session, some)
        return outputs | {head: outputs[head] + np.float32([0, 1e-3, 0][: outputs[head].shape[1]])}

    monkeypatch.setattr("seismomag.network.export.run_session", wrong)
    with pytest.raises(ModelError, match="differs from torch by"):
        export(network, planes(2), HEADS)


def test_graph_that_says_nan_is_refused(monkeypatch):
    monkeypatch.setattr(
        "seismomag.network.export.run_session",
        lambda session, some: {"detection": np.full((2, 2), np.nan, np.float32)},
    )
    with pytest.raises(ModelError, match="differs from torch by nan"):
        export(settled(ModelPlan(trunk="small")), planes(2), ("detection",))


def test_layer_without_onnx_form_is_named():
    with pytest.raises(ModelError, match="Hardtanh has no ONNX form; add it to EMITTERS"):
        emit(Graph(), torch.nn.Hardtanh(), "x")


def test_batch_norm_without_statistics_is_refused():
    layer = torch.nn.BatchNorm2d(3, track_running_stats=False)
    with pytest.raises(ModelError, match="running statistics"):
        emit(Graph(), layer, "x")


def test_file_that_is_no_graph_is_refused():
    with pytest.raises(ModelError, match="ONNX Runtime refuses it"):
        open_session(b"not a graph", threads=1)
