import pytest
import torch

from seismomag.network.crnn import MtlCrnn, n_parameters
from seismomag.network.losses import Targets, total_loss
from seismomag.network.plans import LossPlan, ModelPlan
from seismomag.network.trunk import TRUNKS, InvertedBottleneck

SHAPES = {"efficientnet_b1": (1280, 2, 3), "small": (64, 4, 24)}


@pytest.mark.parametrize("name", TRUNKS)
def test_trunk_has_its_shape_for_any_number_of_planes(name):
    features = TRUNKS[name].build(9).eval()
    with torch.no_grad():
        out = features(torch.zeros(2, 9, 64, 96))
    assert out.shape == (2, *SHAPES[name])
    assert out.shape[1] == TRUNKS[name].n_features


@pytest.mark.parametrize("name", TRUNKS)
def test_gradient_reaches_every_parameter(name):
    torch.manual_seed(0)
    network = MtlCrnn(ModelPlan(trunk=name, gru_width=4, dropout=0), 3)
    outputs = network(torch.randn(4, 3, 32, 64))
    total_loss(outputs, make_targets(4), LossPlan())["total"].backward()
    without = [
        key for key, p in network.named_parameters() if p.grad is None or not p.grad.abs().sum()
    ]
    # Stochastic depth may leave a whole block out of all four samples.
    allowed = "block" if name == "efficientnet_b1" else "no such key"
    assert [key for key in without if allowed not in key] == []
    assert len(without) < 30


def make_targets(n: int) -> Targets:
    truth = torch.arange(n) % 2 == 0
    return Targets(
        torch.ones(n, dtype=torch.bool),
        truth,
        torch.arange(n) % 3,
        torch.linspace(0, 5, n),
        torch.full((n,), 2.0),
        torch.full((n,), -10.0),
        torch.ones(n),
    )


def test_small_network_overfits_eight_samples():
    torch.manual_seed(0)
    network = MtlCrnn(ModelPlan(trunk="small", gru_width=8, dropout=0), 3)
    planes, targets = torch.randn(8, 3, 16, 24), make_targets(8)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-2)
    plan = LossPlan(gamma=0, magnitude_weight=1, azimuth_weight=1)
    for _ in range(80):
        losses = total_loss(network(planes), targets, plan)
        optimizer.zero_grad()
        losses["total"].backward()
        optimizer.step()
    assert losses["detection"] < 0.01
    assert losses["magnitude"] < 0.05
    outputs = network(planes)
    assert (outputs.detection_logits.argmax(1).bool() == targets.is_target).all()
    angle = torch.atan2(outputs.azimuth_vector[:, 0], outputs.azimuth_vector[:, 1])
    turn = torch.remainder(angle - targets.azimuth_rad + torch.pi, 2 * torch.pi) - torch.pi
    assert turn[targets.is_target].abs().max() < 0.3


def test_paper_configuration_counts_to_the_parameter():
    network = MtlCrnn(ModelPlan(), 3)
    assert n_parameters(network.features) == 6_513_184
    assert n_parameters(network.gru) == 1_082_880
    assert n_parameters(network) == 7_614_055


def test_demo_configuration_counts_to_the_parameter():
    plan = ModelPlan(trunk="small", representation="polarimetric", gru_width=32)
    network = MtlCrnn(plan, 2)
    assert n_parameters(network.features) == 50_664
    assert n_parameters(network) == 74_158


def test_efficientnet_bears_the_names_of_torchvision():
    shapes = {k: tuple(v.shape) for k, v in MtlCrnn(ModelPlan(), 3).features.state_dict().items()}
    # From the published state dict of torchvision's efficientnet_b1, without "features.".
    assert shapes["0.0.weight"] == (32, 3, 3, 3)
    assert shapes["1.0.block.0.0.weight"] == (32, 1, 3, 3)
    assert shapes["1.0.block.1.fc1.weight"] == (8, 32, 1, 1)
    assert shapes["1.1.block.2.1.running_var"] == (16,)
    assert shapes["2.0.block.3.0.weight"] == (24, 96, 1, 1)
    assert shapes["5.3.block.2.fc2.bias"] == (672,)
    assert shapes["7.1.block.0.0.weight"] == (1920, 320, 1, 1)
    assert shapes["8.0.weight"] == (1280, 320, 1, 1)
    assert shapes["8.1.num_batches_tracked"] == ()


def test_stochastic_depth_keeps_the_mean_and_acts_in_training_alone():
    torch.manual_seed(0)
    block = InvertedBottleneck(8, 8, expand=1, kernel=3, stride=1, drop=0.5)
    x = torch.randn(1, 8, 4, 4).expand(2000, -1, -1, -1)
    block.eval()
    whole = block(x)[0] - x[0]
    assert torch.equal(block(x)[0], block(x)[1])
    for module in block.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eval()
    block.training = True
    added = block(x) - x
    dropped = added.abs().sum((1, 2, 3)) == 0
    assert 0.45 < dropped.float().mean() < 0.55
    torch.testing.assert_close(added[~dropped][0], 2 * whole, rtol=1e-4, atol=1e-5)
