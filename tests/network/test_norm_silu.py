import pytest
import torch
from torch import nn

from seismomag.network.norm_silu import norm_silu


def pair(seed: int) -> tuple[nn.BatchNorm2d, nn.BatchNorm2d, torch.Tensor]:
    torch.manual_seed(seed)
    ours, theirs = nn.BatchNorm2d(6), nn.BatchNorm2d(6)
    with torch.no_grad():
        ours.weight.normal_()
        ours.bias.normal_()
    theirs.load_state_dict(ours.state_dict())
    return ours, theirs, 3 + 5 * torch.randn(4, 6, 5, 7)


def went(norm, activated, x, weight):
    x = x.clone().requires_grad_()
    y = activated(x, norm)
    (y * weight).sum().backward()
    return [y.detach(), x.grad, norm.weight.grad, norm.bias.grad, *norm.buffers()]


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
def test_it_is_batch_norm_and_then_silu(layout, precision):
    ours, theirs, x = pair(0)
    x = x.to(precision).contiguous(memory_format=layout)
    weight = torch.randn_like(x)
    found = went(ours, norm_silu, x, weight)
    expected = went(theirs, lambda x, norm: nn.functional.silu(norm(x)), x, weight)
    few = 1e-5 if precision is torch.float32 else 2e-2
    for a, b in zip(found, expected, strict=True):
        torch.testing.assert_close(a, b, rtol=few, atol=few)
    assert ours.num_batches_tracked == 1


def test_slope_is_that_of_finite_differences():
    ours, _, x = pair(1)
    ours.double()
    x = x[:2, :, :2, :2].double().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: norm_silu(x, ours), (x,))


def test_plane_that_does_not_vary_has_a_finite_slope():
    ours, _, x = pair(2)
    x = (0 * x + 7).requires_grad_()
    norm_silu(x, ours).sum().backward()
    assert torch.isfinite(x.grad).all()


def test_frozen_statistics_stay():
    ours, theirs, x = pair(3)
    ours.eval()
    theirs.eval()
    assert torch.equal(norm_silu(x, ours), nn.functional.silu(theirs(x)))
    assert ours.num_batches_tracked == 0
