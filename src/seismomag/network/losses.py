"""Losses of the three tasks, and which rows count for each.

A row of unknown label counts for nothing; magnitude and azimuth count for positives alone.
"""

from collections.abc import Mapping
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


def weighted_mean(values: Tensor, weights: Tensor, total: Tensor | None = None) -> Tensor:
    """``sum(w v) / max(1, sum(w))``; where w = 0 the value takes no part, not even its NaN.

    ``total`` stands for the sum of w where the rows are a part of a larger batch.
    """
    counted = torch.where(weights > 0, values, torch.zeros_like(values))
    total = weights.sum() if total is None else total
    return (weights * counted).sum() / total.clamp(min=1)


def detection_weights(targets: Targets, plan: LossPlan) -> Tensor:
    """Weight of each row in the detection loss, ``(B,)``."""
    weights = targets.is_known * targets.class_weight
    return weights * storm_weight(targets, plan.gpl_lambda) if plan.gpl else weights


def magnitude_weights(targets: Targets, plan: LossPlan, n_logits: int) -> Tensor:
    """Weight of each row, ``(B,)``, or of each row and edge, ``(B, n_logits)``, if ordinal."""
    counts = targets.is_known & targets.is_target & (targets.magnitude_class >= 0)
    if plan.magnitude == "classes":
        return counts.float()
    edge = torch.arange(n_logits)
    return (counts[:, None] & (targets.magnitude_class[:, None] >= edge)).float()


def azimuth_weights(targets: Targets) -> Tensor:
    """Weight of each row in the azimuth loss, ``(B,)``."""
    return (targets.is_known & targets.is_target & ~torch.isnan(targets.azimuth_rad)).float()


def sums_of_weights(targets: Targets, plan: LossPlan, n_magnitude_logits: int) -> Tensor:
    """Denominators of the detection, magnitude and azimuth loss, ``(3,)``.

    They know nothing of the network, so that the parts of a batch, wherever they are computed,
    can be divided by the sums of the whole.
    """
    weights = (
        detection_weights(targets, plan),
        magnitude_weights(targets, plan, n_magnitude_logits),
        azimuth_weights(targets),
    )
    return torch.stack([w.sum() for w in weights])


def detection_loss(
    logits: Tensor, targets: Targets, plan: LossPlan, total: Tensor | None = None
) -> Tensor:
    """Weighted mean of the focal loss over the rows of known label."""
    each = focal(logits, targets.is_target, plan.gamma)
    weights = detection_weights(targets, plan)
    # A mean of weights below 1 (class weights of a batch) must not shrink the loss.
    counted = torch.where(weights > 0, each, torch.zeros_like(each))
    total = weights.sum() if total is None else total
    return (weights * counted).sum() / torch.where(total > 0, total, torch.ones_like(total))


def magnitude_loss(
    logits: Tensor, targets: Targets, plan: LossPlan, total: Tensor | None = None
) -> Tensor:
    """Cross-entropy over the magnitude classes of the positives.

    The ordinal form is CORN: edge k learns P(class > k | class >= k) from rows of class >= k
    alone (Shi, Cao & Raschka 2023, Pattern Anal. Appl. 26, 941).
    """
    weights = magnitude_weights(targets, plan, logits.shape[1])
    label = targets.magnitude_class.clamp(min=0)
    if plan.magnitude == "classes":
        each = functional.cross_entropy(logits, label, reduction="none")
    else:
        exceeds = (label[:, None] > torch.arange(logits.shape[1])).to(logits.dtype)
        each = functional.binary_cross_entropy_with_logits(logits, exceeds, reduction="none")
    return weighted_mean(each, weights, total)


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


def azimuth_loss(vector: Tensor, targets: Targets, total: Tensor | None = None) -> Tensor:
    """Mean of the von Mises loss over the positives whose azimuth is known."""
    angle = torch.nan_to_num(targets.azimuth_rad, nan=0.0)
    return weighted_mean(von_mises(vector, angle), azimuth_weights(targets), total)


@dataclass(frozen=True)
class Whole:
    """What a part of a batch must know of the whole batch.

    Attributes
    ----------
    sums
        From :func:`sums_of_weights`, over all parts.
    n_parts
        Into how many parts it is cut.
    """

    sums: Tensor
    n_parts: int


def total_loss(
    outputs: Outputs,
    targets: Targets,
    plan: LossPlan,
    *,
    whole: Whole | None = None,
    log_variance: Tensor | None = None,
) -> dict[str, Tensor]:
    """Losses of the tasks by name, and their weighted sum as ``total``.

    A head that is absent has no entry.

    Parameters
    ----------
    outputs, targets, plan
        Of the same rows.
    whole
        Given if these rows are a part of a batch: the losses of all parts then add up to those
        of the batch, and so do their gradients.
    log_variance
        ``(3,)``: learnt log variances s of detection, magnitude and azimuth. A task of weight w
        and loss L then counts ``w exp(-s) L + s / 2``.
    """
    sums = (None, None, None) if whole is None else tuple(whole.sums)
    parts = {"detection": detection_loss(outputs.detection_logits, targets, plan, sums[0])}
    if outputs.magnitude_logits is not None:
        parts["magnitude"] = magnitude_loss(outputs.magnitude_logits, targets, plan, sums[1])
    if outputs.azimuth_vector is not None:
        parts["azimuth"] = azimuth_loss(outputs.azimuth_vector, targets, sums[2])
    if log_variance is None:
        total = plan.detection_weight * parts["detection"]
        for name, weight in _lesser_weights(plan).items():
            if name in parts:
                total = total + weight * parts[name]
        return {**parts, "total": total}
    n_parts = 1 if whole is None else whole.n_parts
    return {**parts, "total": _by_uncertainty(parts, plan, log_variance, n_parts)}


def _lesser_weights(plan: LossPlan) -> Mapping[str, float]:
    return {"magnitude": plan.magnitude_weight, "azimuth": plan.azimuth_weight}


def _by_uncertainty(
    parts: Mapping[str, Tensor], plan: LossPlan, log_variance: Tensor, n_parts: int
) -> Tensor:
    weights = {"detection": plan.detection_weight, **_lesser_weights(plan)}
    terms = [
        weight * torch.exp(-s) * parts[name] + s / (2 * n_parts)
        for (name, weight), s in zip(weights.items(), log_variance, strict=True)
        if name in parts
    ]
    return torch.stack(terms).sum()
