"""The network: trunk, mean over frequency, bidirectional GRU, three heads."""

from typing import NamedTuple, cast

import torch
from torch import Tensor, nn

from seismomag.network.plans import LossPlan, ModelPlan
from seismomag.network.recomputing import through_stages
from seismomag.network.trunk import TRUNKS

AZIMUTH_WIDTH = 64


class Outputs(NamedTuple):
    """What the heads say of each sample; ``None`` for a head that the plan leaves out.

    Attributes
    ----------
    detection_logits
        ``(B, 2)``; the probability of a target event is ``softmax[..., 1]``.
    magnitude_logits
        ``(B, K)`` for classes, ``(B, K - 1)`` for the ordinal form.
    azimuth_vector
        ``(B, 2)``: kappa (sin azimuth, cos azimuth).
    """

    detection_logits: Tensor
    magnitude_logits: Tensor | None
    azimuth_vector: Tensor | None


class MtlCrnn(nn.Module):
    """Multi-task convolutional recurrent network over a scalogram.

    Parameters
    ----------
    plan
        What to build.
    n_magnitude_logits
        Width of the magnitude head.
    """

    def __init__(self, plan: ModelPlan, n_magnitude_logits: int) -> None:
        super().__init__()
        trunk = TRUNKS[plan.trunk]
        self.layout = trunk.layout
        self.precision, self.recompute = "float32", False
        self.log_variance: nn.Parameter | None = None
        self.features = trunk.build(len(plan.planes))
        width = 2 * plan.gru_width if plan.gru else trunk.n_features
        self.gru = (
            nn.GRU(trunk.n_features, plan.gru_width, batch_first=True, bidirectional=True)
            if plan.gru
            else None
        )
        self.dropout = nn.Dropout(plan.dropout)
        self.detection = nn.Linear(width, 2)
        self.magnitude = nn.Linear(width, n_magnitude_logits) if "magnitude" in plan.heads else None
        self.azimuth = (
            nn.Sequential(
                nn.Linear(width, AZIMUTH_WIDTH),
                nn.LayerNorm(AZIMUTH_WIDTH),
                nn.ReLU(),
                nn.Dropout(plan.dropout),
                nn.Linear(AZIMUTH_WIDTH, 2),
            )
            if "azimuth" in plan.heads
            else None
        )

    def forward(self, planes: Tensor) -> Outputs:
        """Judge normalised scalograms.

        Parameters
        ----------
        planes
            ``(B, P, F, T)``, normalised, masked values 0.
        """
        planes = planes.contiguous(memory_format=self.layout)
        columns = self._features(planes).mean(2).transpose(1, 2)
        if self.gru is None:
            context = columns.mean(1)
        else:
            _, hidden = self.gru(columns)
            context = hidden.transpose(0, 1).flatten(1)
        context = self.dropout(context)
        return Outputs(
            self.detection(context),
            None if self.magnitude is None else self.magnitude(context),
            None if self.azimuth is None else self.azimuth(context),
        )

    def _features(self, planes: Tensor) -> Tensor:
        """Run the trunk; only training may compute in bfloat16, or twice."""
        if not self.training:
            return cast(Tensor, self.features(planes))
        with torch.autocast("cpu", torch.bfloat16, enabled=self.precision == "bfloat16"):
            if self.recompute:
                planes = through_stages(self.features, planes)
            else:
                planes = self.features(planes)
        return planes.float()


def build_network(model: ModelPlan, loss: LossPlan, n_magnitude_logits: int) -> MtlCrnn:
    """Build a network with what its loss must learn beside it.

    With ``task_weighting="uncertainty"`` it carries ``log_variance``, the log variances of
    detection, magnitude and azimuth, from 0.
    """
    network = MtlCrnn(model, n_magnitude_logits)
    if loss.task_weighting == "uncertainty":
        network.log_variance = nn.Parameter(torch.zeros(3))
    return network


def n_parameters(module: nn.Module) -> int:
    """Count the trainable numbers of a module."""
    return sum(p.numel() for p in module.parameters() if p.requires_grad)
