"""Trunks: planes over (frequency, time) -> features over (frequency, time).

The EfficientNet-B1 follows Tan & Le 2019 (ICML; arXiv:1905.11946) without its classifier. Its
parameters bear the names that torchvision gives them, so that a state dict of ImageNet weights
fits.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import cast

import torch
from torch import Tensor, nn

from seismomag.network.depthwise import convolve
from seismomag.network.norm_silu import norm_silu

STOCHASTIC_DEPTH = 0.2
SMALL_LAYERS = ((24, (2, 2)), (32, (2, 1)), (48, (2, 2)), (64, (2, 1)))

# Stages of B0: expansion, kernel, stride, channels, repetitions; B1 repeats 1.1 times as often.
B0_STAGES = (
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
)
B1_DEPTH = 1.1


class ConvNormAct(nn.Sequential):
    """Convolution, batch norm and, where there is one, SiLU."""

    def forward(self, x: Tensor) -> Tensor:
        """Transform ``(B, C, F, T)``."""
        convolution, norm, *activation = self
        x = convolve(x, cast(nn.Conv2d, convolution))
        return norm_silu(x, cast(nn.BatchNorm2d, norm)) if activation else norm(x)


def conv_norm_act(
    n_in: int,
    n_out: int,
    kernel: int,
    stride: int | tuple[int, int] = 1,
    *,
    groups: int = 1,
    activation: bool = True,
) -> ConvNormAct:
    """Convolution without bias, batch norm and, where asked, SiLU."""
    layers: list[nn.Module] = [
        nn.Conv2d(n_in, n_out, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(n_out),
    ]
    if activation:
        layers.append(nn.SiLU())
    return ConvNormAct(*layers)


class SqueezeExcitation(nn.Module):
    """Scale each plane by a gate computed from the means of all planes."""

    def __init__(self, n_planes: int, n_squeezed: int) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(n_planes, n_squeezed, 1)
        self.fc2 = nn.Conv2d(n_squeezed, n_planes, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Gate ``(B, C, F, T)`` by its means."""
        mean = x.mean((2, 3), keepdim=True)
        gate = torch.sigmoid(self.fc2(nn.functional.silu(self.fc1(mean))))
        return x * gate


class InvertedBottleneck(nn.Module):
    """Expand, depthwise convolution, squeeze and excite, project; a short cut where it fits.

    While training, the block of a sample is left out with probability ``drop`` (stochastic
    depth, Huang et al. 2016, ECCV).
    """

    def __init__(
        self, n_in: int, n_out: int, *, expand: int, kernel: int, stride: int, drop: float
    ) -> None:
        super().__init__()
        n_wide = n_in * expand
        layers: list[nn.Module] = [] if expand == 1 else [conv_norm_act(n_in, n_wide, 1)]
        layers += [
            conv_norm_act(n_wide, n_wide, kernel, stride, groups=n_wide),
            SqueezeExcitation(n_wide, max(1, n_in // 4)),
            conv_norm_act(n_wide, n_out, 1, activation=False),
        ]
        self.block = nn.Sequential(*layers)
        self.has_short_cut = stride == 1 and n_in == n_out
        self.drop = drop

    def forward(self, x: Tensor) -> Tensor:
        """Transform ``(B, C, F, T)``."""
        y: Tensor = self.block(x)
        if not self.has_short_cut:
            return y
        if self.training and self.drop > 0:
            keep = 1 - self.drop
            kept = torch.empty(len(x), 1, 1, 1, dtype=x.dtype).bernoulli_(keep)
            y = y * (kept / keep)
        return x + y


@dataclass(frozen=True)
class Trunk:
    """A builder and the width of what it builds.

    Attributes
    ----------
    build
        From the number of planes to a module ``(B, P, F, T) -> (B, n_features, F', T')``, whose
        layers stand in ``features``.
    n_features
        Number of planes that come out.
    layout
        Order of the planes in memory that is quickest on a CPU.
    """

    build: Callable[[int], nn.Sequential]
    n_features: int
    layout: torch.memory_format = torch.contiguous_format


def _initialise(features: nn.Sequential) -> nn.Sequential:
    for module in features.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    return features


def efficientnet_b1(n_planes: int) -> nn.Sequential:
    """EfficientNet-B1 without its classifier: 1,280 planes at 1/32 of each axis."""
    repeats = [ceil(B1_DEPTH * stage[4]) for stage in B0_STAGES]
    n_blocks, done, n_in = sum(repeats), 0, 32
    stages: list[nn.Module] = [conv_norm_act(n_planes, n_in, 3, 2)]
    for (expand, kernel, stride, n_out, _), n_repeats in zip(B0_STAGES, repeats, strict=True):
        blocks = []
        for k in range(n_repeats):
            blocks.append(
                InvertedBottleneck(
                    n_in,
                    n_out,
                    expand=expand,
                    kernel=kernel,
                    stride=stride if k == 0 else 1,
                    drop=STOCHASTIC_DEPTH * done / n_blocks,
                )
            )
            n_in, done = n_out, done + 1
        stages.append(nn.Sequential(*blocks))
    stages.append(conv_norm_act(n_in, 1280, 1))
    return _initialise(nn.Sequential(*stages))


def small(n_planes: int) -> nn.Sequential:
    """Four convolutions for small grids: 64 planes at 1/16 in frequency and 1/4 in time."""
    layers, n_in = [], n_planes
    for n_out, stride in SMALL_LAYERS:
        layers.append(conv_norm_act(n_in, n_out, 3, stride))
        n_in = n_out
    return nn.Sequential(*layers)


TRUNKS: Mapping[str, Trunk] = {
    "efficientnet_b1": Trunk(efficientnet_b1, 1280),
    # A training step takes 23 ms instead of 31; EfficientNet-B1 was measured slower this way.
    "small": Trunk(small, 64, torch.channels_last),
}
"""The trunks by name; a new one is a builder, a line here and its name in ``plans``."""
