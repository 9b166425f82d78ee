"""Losses of the three tasks, and which rows count for each.

A row of unknown label counts for nothing; magnitude and azimuth count for positives alone.
"""

from dataclasses import dataclass
from math import log, pi

import torch
from torch import Tensor
from torch.nn import functional

from seismomag.core.constants import STORM_DST_NT, STORM_KP
from seismomag.network.crnn import Outputs
from seismomag.network.plans import LossPlan

KP_SCALE = 0.5
DST_SCALE_NT = 10.0


@dataclass(frozen=True)
class Targets:
    """What is known of each row of a batch; every field has shape ``(B,)``.

    Attributes
    ----------
    is_known
        Whether the label is known at all.
    is_target
        Whether a target event follows; False where unknown.
    magnitude_class
        int64; -1 = none known.
    azimuth_rad
        Station to epicentre, clockwise from north; NaN = none known.
    kp, dst_nt
        As available at issue time; NaN = missing.
    class_weight
        Weight of the row by its class.
    """

    is_known: Tensor
    is_target: Tensor
    magnitude_class: Tensor
    azimuth_rad: Tensor
    kp: Tensor
    dst_nt: Tensor
    class_weight: Tensor


def focal(logits: Tensor, is_target: Tensor, gamma: float) -> Tensor:
    """Focal loss of each row, ``(1 - p_t)^gamma CE`` (Lin et al. 2017, ICCV), unreduced.

    Parameters
    ----------
    logits
        ``(B, 2)``.
    is_target
        ``(B,)`` bool.
    gamma
        Exponent >= 0.
    """
    cross_entropy = functional.cross_entropy(logits, is_target.long(), reduction="none")
    if gamma == 0:
        return cross_entropy
    # 1 - p_t as a probability of its own: 1 - exp(-CE) loses every digit as p_t nears 1, and
    # a power below 1 has an infinite slope at the 0 that would come out.
    wrong = functional.softmax(logits, 1).gather(1, (~is_target).long()[:, None])[:, 0]
    tiny = torch.finfo(logits.dtype).tiny
    return wrong.clamp(min=tiny) ** gamma * cross_entropy


def storm_degree(kp: Tensor, dst_nt: Tensor) -> Tensor:
    """How much of a storm each row saw, 0 (quiet) to 1.

    ``max(sigmoid((Kp - 5) / 0.5), sigmoid((-50 - Dst) / 10))``; where one is missing the other
    decides, where both are the degree is NaN: storm unknown.
    """
    by_kp = torch.sigmoid((kp - STORM_KP) / KP_SCALE)
    by_dst = torch.sigmoid((STORM_DST_NT - dst_nt) / DST_SCALE_NT)
    return torch.fmax(by_kp, by_dst)


def storm_weight(targets: Targets, gpl_lambda: float) -> Tensor:
    """Weight of each row in the Geomagnetic Penalty Loss.

    ``1 + (lambda - 1) s`` for a negative row of storm degree s, 1 for a positive row and where
    the storm is unknown.
    """
    degree = torch.nan_to_num(storm_degree(targets.kp, targets.dst_nt), nan=0.0)
    return 1 + (gpl_lambda - 1) * degree * (~targets.is_target)


def n_storm_unknown(targets: Targets) -> int:
    """Count the rows of known label whose storm state nobody knows."""
    missing = torch.isnan(targets.kp) & torch.isnan(targets.dst_nt)
    return int((missing & targets.is_known).sum())


def weighted_mean(values: Tensor, weights: Tensor) -> Tensor:
    """``sum(w v) / max(1, sum(w))``; where w = 0 the value takes no part, not even its NaN."""
    counted = torch.where(weights > 0, values, torch.zeros_like(values))
    return (weights * counted).sum() / weights.sum().clamp(min=1)


def detection_loss(logits: Tensor, targets: Targets, plan: LossPlan) -> Tensor:
    """Weighted mean of the focal loss over the rows of known label."""
    each = focal(logits, targets.is_target, plan.gamma)
    weights = targets.is_known * targets.class_weight
    if plan.gpl:
        weights = weights * storm_weight(targets, plan.gpl_lambda)
    # A mean of weights below 1 (class weights of a batch) must not shrink the loss.
    counted = torch.where(weights > 0, each, torch.zeros_like(each))
    total = weights.sum()
    return (weights * counted).sum() / torch.where(total > 0, total, torch.ones_like(total))


def magnitude_loss(logits: Tensor, targets: Targets, plan: LossPlan) -> Tensor:
    """Cross-entropy over the magnitude classes of the positives."""
    counts = targets.is_known & targets.is_target & (targets.magnitude_class >= 0)
    label = targets.magnitude_class.clamp(min=0)
    if plan.magnitude == "classes":
        each = functional.cross_entropy(logits, label, reduction="none")
        return weighted_mean(each, counts.to(logits.dtype))
    return _ordinal(logits, label, counts)


def _ordinal(logits: Tensor, label: Tensor, counts: Tensor) -> Tensor:
    """CORN: edge k learns P(class > k | class >= k) from rows of class >= k alone.

    Shi, Cao & Raschka 2023, Pattern Anal. Appl. 26, 941.
    """
    edge = torch.arange(logits.shape[1])
    exceeds = (label[:, None] > edge).to(logits.dtype)
    concerned = counts[:, None] & (label[:, None] >= edge)
    each = functional.binary_cross_entropy_with_logits(logits, exceeds, reduction="none")
    return weighted_mean(each, concerned.to(logits.dtype))


def von_mises(vector: Tensor, azimuth_rad: Tensor) -> Tensor:
    """Negative log likelihood of each azimuth, with learned concentration.

    ``log 2 pi + log i0e(|v|) + |v| - v . t`` with ``t = (sin, cos)`` of the azimuth and
    ``v = kappa (sin mu, cos mu)``: log I0(kappa) - kappa cos(azimuth - mu) without overflow.

    Parameters
    ----------
    vector
        ``(B, 2)``. Its gradient is finite at the origin.
    azimuth_rad
        ``(B,)``.
    """
    truth = torch.stack((torch.sin(azimuth_rad), torch.cos(azimuth_rad)), 1)
    # The slope of the norm is undefined at 0; under the root this constant (1e-6 in kappa)
    # makes it 0 there, which is the slope of log I0.
    kappa = torch.sqrt((vector**2).sum(1) + 1e-12)
    # log(i0e) without its own series loses nothing: i0e lies in (0, 1].
    log_i0 = torch.log(torch.special.i0e(kappa)) + kappa
    return log(2 * pi) + log_i0 - (vector * truth).sum(1)


def azimuth_loss(vector: Tensor, targets: Targets) -> Tensor:
    """Mean of the von Mises loss over the positives whose azimuth is known."""
    counts = targets.is_known & targets.is_target & ~torch.isnan(targets.azimuth_rad)
    angle = torch.nan_to_num(targets.azimuth_rad, nan=0.0)
    return weighted_mean(von_mises(vector, angle), counts.to(vector.dtype))


def total_loss(outputs: Outputs, targets: Targets, plan: LossPlan) -> dict[str, Tensor]:
    """Losses of the tasks by name, and their weighted sum as ``total``.

    A head that is absent has no entry.
    """
    parts = {"detection": detection_loss(outputs.detection_logits, targets, plan)}
    total = plan.detection_weight * parts["detection"]
    if outputs.magnitude_logits is not None:
        parts["magnitude"] = magnitude_loss(outputs.magnitude_logits, targets, plan)
        total = total + plan.magnitude_weight * parts["magnitude"]
    if outputs.azimuth_vector is not None:
        parts["azimuth"] = azimuth_loss(outputs.azimuth_vector, targets)
        total = total + plan.azimuth_weight * parts["azimuth"]
    return {**parts, "total": total}
