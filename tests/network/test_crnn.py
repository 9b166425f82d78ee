import pytest
import torch
from safetensors.torch import load, save

from seismomag.network.crnn import MtlCrnn
from seismomag.network.plans import ModelPlan
from seismomag.network.trunk import TRUNKS


@pytest.mark.parametrize("name", TRUNKS)
def test_saved_and_reloaded_network_says_the_same(name):
    plan = ModelPlan(trunk=name, gru_width=4)
    first, second = MtlCrnn(plan, 3).eval(), MtlCrnn(plan, 3).eval()
    second.load_state_dict(load(save(first.state_dict())))
    planes = torch.randn(2, 3, 32, 40)
    with torch.no_grad():
        for a, b in zip(first(planes), second(planes), strict=True):
            assert torch.equal(a, b)


def test_outputs_are_named_and_absent_heads_are_none():
    outputs = MtlCrnn(ModelPlan(trunk="small", heads=("detection",)), 3)(torch.zeros(2, 3, 16, 24))
    assert outputs.detection_logits.shape == (2, 2)
    assert outputs.magnitude_logits is None
    assert outputs.azimuth_vector is None


def test_without_gru_the_order_of_columns_does_not_matter_to_the_head():
    network = MtlCrnn(ModelPlan(trunk="small", gru=False), 3).eval()
    assert network.gru is None
    columns = torch.randn(1, 64, 2, 9)
    network.features = torch.nn.Sequential()
    with torch.no_grad():
        there, back = network(columns), network(columns.flip(-1))
    torch.testing.assert_close(there.detection_logits, back.detection_logits)


def test_with_gru_the_order_of_columns_matters():
    network = MtlCrnn(ModelPlan(trunk="small"), 3).eval()
    columns = torch.randn(1, 64, 2, 9)
    network.features = torch.nn.Sequential()
    with torch.no_grad():
        there, back = network(columns), network(columns.flip(-1))
    assert not torch.allclose(there.detection_logits, back.detection_logits, atol=1e-4)
