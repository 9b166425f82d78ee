import pytest
import torch
from torch import nn

from seismomag.network.depthwise import StridedDepthwise, convolve


@pytest.mark.parametrize(("kernel", "size"), [(3, (8, 12)), (5, (9, 7)), (3, (5, 5))])
def test_slopes_are_those_of_finite_differences(kernel, size):
    torch.manual_seed(0)
    x = torch.randn(2, 3, *size, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(3, 1, kernel, kernel, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x, w: StridedDepthwise.apply(x, w, 2), (x, weight))


def test_in_bfloat16_it_says_what_torch_says():
    torch.manual_seed(1)
    convolution = nn.Conv2d(6, 6, 5, 2, 2, groups=6, bias=False)
    x = torch.randn(2, 6, 16, 24)
    given, found = x.clone().requires_grad_(), []
    for way in (lambda x: convolve(x, convolution), convolution):
        given.grad, convolution.weight.grad = None, None
        with torch.autocast("cpu", torch.bfloat16):
            y = way(given)
        (y.float() ** 2).sum().backward()
        found.append((y.detach(), given.grad, convolution.weight.grad))
    assert found[0][0].dtype is torch.bfloat16
    assert torch.equal(found[0][0], found[1][0])
    for ours, theirs in zip(found[0][1:], found[1][1:], strict=True):
        torch.testing.assert_close(ours, theirs, rtol=2e-2, atol=2e-2 * float(theirs.abs().max()))


def test_outside_bfloat16_nothing_changes():
    convolution = nn.Conv2d(4, 4, 3, 2, 1, groups=4, bias=False)
    y = convolve(torch.randn(1, 4, 8, 8), convolution)
    assert y.dtype is torch.float32
    assert "StridedDepthwise" not in type(y.grad_fn).__name__
