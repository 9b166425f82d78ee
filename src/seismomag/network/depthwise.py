"""Depthwise convolution with a stride in bfloat16, going back without the slow path.

The gradient to the input of a convolution with a stride is a convolution without one, by the
turned kernel, of the slope with zeros put between its values. Where the processor computes in
bfloat16, torch takes up to eight times as long for the same numbers.
"""

from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional


class StridedDepthwise(torch.autograd.Function):
    """One kernel of odd size for each plane, half a kernel of zeros around."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, stride: int) -> Tensor:
        """Convolve ``(B, C, F, T)`` with ``(C, 1, k, k)``."""
        ctx.save_for_backward(x, weight)
        ctx.stride = stride
        half, n_planes = weight.shape[-1] // 2, len(weight)
        return functional.conv2d(x, weight, stride=stride, padding=half, groups=n_planes)

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor, Tensor, None]:
        """Give the gradients to the input and to the kernels."""
        x, weight = ctx.saved_tensors
        step, half, n_planes = ctx.stride, weight.shape[-1] // 2, len(weight)
        # Of the gradient to the input, the native path is not asked.
        to_kernels = torch.ops.aten.convolution_backward(
            slope, x, weight, None, [step] * 2, [half] * 2, [1, 1], False, [0, 0], n_planes,
            [False, True, False],
        )[1]  # fmt: skip
        spread = torch.zeros_like(x)
        spread[:, :, ::step, ::step] = slope
        to_input = functional.conv2d(spread, weight.flip(2, 3), padding=half, groups=n_planes)
        return to_input, to_kernels, None


def convolve(x: Tensor, convolution: nn.Conv2d) -> Tensor:
    """Apply a convolution, by the quick way back where that gains.

    Parameters
    ----------
    x
        ``(B, C, F, T)``.
    convolution
        Any; only a depthwise one with a stride, under autocast to bfloat16, goes its own way.
    """
    stride = convolution.stride[0]
    is_depthwise = convolution.groups == convolution.in_channels == convolution.out_channels
    if stride == 1 or not is_depthwise or not _is_in_bfloat16():
        return cast(Tensor, convolution(x))
    low = (x.to(torch.bfloat16), convolution.weight.to(torch.bfloat16))
    return cast(Tensor, StridedDepthwise.apply(*low, stride))  # type: ignore[no-untyped-call]


def _is_in_bfloat16() -> bool:
    if not torch.is_autocast_enabled("cpu"):
        return False
    return torch.is_grad_enabled() and torch.get_autocast_dtype("cpu") is torch.bfloat16
