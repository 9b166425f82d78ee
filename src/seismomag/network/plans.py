"""Decisions about a network, its losses and its training; importing this loads no torch."""

from dataclasses import dataclass

from seismomag.core.errors import ConfigError
from seismomag.core.kinds import check_kinds
from seismomag.signal.grid import PAIRS, PLANES

TRUNK_NAMES = ("efficientnet_b1", "small")
HEADS = ("detection", "magnitude", "azimuth")


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ConfigError(message)


@dataclass(frozen=True, kw_only=True)
class ModelPlan:
    """What the network is; the defaults are the paper's configuration.

    Attributes
    ----------
    trunk
        Key of ``TRUNKS``.
    representation
        ``"amplitude"`` (3 planes) or ``"polarimetric"`` (3 amplitudes, then the real and
        imaginary parts of the three normalised cross-spectra: 9 planes).
    components
        Which of the three components the network sees, by number in the store's order. A
        cross-spectrum is seen when both of its components are.
    gru
        Whether a bidirectional GRU reads the columns in order; without it their mean is used.
    gru_width
        Width of the hidden state in each direction.
    dropout
        Share of the context dropped before the heads, 0 <= dropout < 1.
    heads
        Some of ``detection, magnitude, azimuth``; detection is always among them.

    Examples
    --------
    >>> ModelPlan(representation="polarimetric", components=(0, 2)).planes
    (0, 2, 5, 6)
    """

    trunk: str = "efficientnet_b1"
    representation: str = "amplitude"
    components: tuple[int, ...] = (0, 1, 2)
    gru: bool = True
    gru_width: int = 128
    dropout: float = 0.3
    heads: tuple[str, ...] = HEADS

    def __post_init__(self) -> None:
        check_kinds(self)
        for name in ("components", "heads"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        _require(
            self.trunk in TRUNK_NAMES,
            f"trunk {self.trunk!r} is unknown; choose one of {', '.join(TRUNK_NAMES)}",
        )
        _require(
            self.representation in PLANES,
            f"representation {self.representation!r} is unknown; choose one of {', '.join(PLANES)}",
        )
        _require(
            bool(self.components) and sorted(set(self.components)) == list(self.components),
            f"components {self.components} must be different numbers in increasing order",
        )
        _require(
            set(self.components) <= {0, 1, 2},
            f"components {self.components} must be some of 0, 1, 2",
        )
        _require(self.gru_width >= 1, f"gru_width {self.gru_width} must be at least 1")
        _require(0 <= self.dropout < 1, f"dropout {self.dropout} must lie in [0, 1)")
        _require(
            "detection" in self.heads and set(self.heads) <= set(HEADS),
            f"heads {self.heads} must hold detection and be some of {', '.join(HEADS)}",
        )

    @property
    def planes(self) -> tuple[int, ...]:
        """Planes of the stored tensor that the network reads, in order."""
        amplitudes = self.components
        if self.representation == "amplitude":
            return amplitudes
        cross = []
        for k, pair in enumerate(PAIRS):
            if set(pair) <= set(self.components):
                cross += [3 + 2 * k, 4 + 2 * k]
        return (*amplitudes, *cross)


@dataclass(frozen=True, kw_only=True)
class LossPlan:
    """What training minimises.

    Attributes
    ----------
    gamma
        Exponent of the focal loss; 0 is the cross-entropy.
    gpl
        Whether false alarms in geomagnetic storms weigh more (Geomagnetic Penalty Loss).
    gpl_lambda
        Weight of a false alarm in a full storm, >= 1.
    detection_weight, magnitude_weight, azimuth_weight
        Weights of the three tasks in the sum.
    magnitude
        ``"classes"`` (cross-entropy) or ``"ordinal"`` (conditional probabilities of exceeding
        each edge, which cannot contradict each other).
    task_weighting
        ``"fixed"``, or ``"uncertainty"``: the three weights are multiplied by learnt precisions
        (Kendall, Gal & Cipolla 2018, CVPR).
    """

    gamma: float = 2.0
    gpl: bool = True
    gpl_lambda: float = 5.0
    detection_weight: float = 1.0
    magnitude_weight: float = 0.1
    azimuth_weight: float = 0.05
    magnitude: str = "classes"
    task_weighting: str = "fixed"

    def __post_init__(self) -> None:
        check_kinds(self)
        _require(self.gamma >= 0, f"gamma {self.gamma} must not be negative")
        _require(
            self.gpl_lambda >= 1,
            f"gpl_lambda {self.gpl_lambda} must be at least 1; below it would reward "
            "false alarms in storms",
        )
        for name in ("detection_weight", "magnitude_weight", "azimuth_weight"):
            weight = getattr(self, name)
            _require(weight >= 0, f"{name} {weight} must not be negative")
        _require(self.detection_weight > 0, "detection_weight must be positive")
        _require(
            self.magnitude in ("classes", "ordinal"),
            f"magnitude {self.magnitude!r} is unknown; choose classes or ordinal",
        )
        _require(
            self.task_weighting in ("fixed", "uncertainty"),
            f"task_weighting {self.task_weighting!r} is unknown; choose fixed or uncertainty",
        )


@dataclass(frozen=True, kw_only=True)
class TrainingPlan:
    """How training goes; the defaults suit the small trunk.

    Attributes
    ----------
    epochs, batch_size
        Passes over the (balanced) rows, and rows in a step.
    learning_rate, weight_decay
        Peak of the one-cycle schedule and decay of AdamW.
    seed
        Decides the first weights, the order of rows, augmentation and dropout.
    balance
        ``"sampler"`` (all positives and as many new negatives in each epoch), ``"weights"``
        (all rows, classes weighted inversely to their number) or ``"none"``; never both.
    first_selectable_epoch
        First epoch, counted from 1, whose weights may become the model.
    clip
        Largest norm of the gradient.
    patience
        Epochs without a better validation score after which training stops; ``None`` never.
    roll_columns
        Augmentation: the columns are shifted by up to so many, either way.
    mask_share, mask_columns
        Augmentation: in this share of the samples a block of up to so many columns is masked,
        as a gap does.
    gain_jitter_dex
        Augmentation: the gain of each component varies by a normal factor of this many decades.
    precision
        ``"float32"``, ``"bfloat16"`` (the trunk computes in it, weights stay float32) or
        ``"auto"``: bfloat16 for EfficientNet-B1 where the CPU has the instructions.
    accumulate
        Parts into which a batch is cut, one after the other; the gradient is that of the whole.
    recompute
        Whether the trunk forgets what its stages found and computes it again going back
        (gradient checkpointing): less memory for more time.
    freeze_batch_norm
        Whether batch norms keep the statistics that they start with.
    starting_weights
        A file of ``seismomag weights convert`` with which the trunk starts; empty for chance.
    threads
        Threads of torch while training.
    """

    epochs: int = 12
    batch_size: int = 32
    learning_rate: float = 3e-3
    weight_decay: float = 0.02
    seed: int = 0
    balance: str = "sampler"
    first_selectable_epoch: int = 5
    clip: float = 1.0
    patience: int | None = None
    roll_columns: int = 3
    mask_share: float = 0.5
    mask_columns: int = 12
    gain_jitter_dex: float = 0.0
    precision: str = "auto"
    accumulate: int = 1
    recompute: bool = False
    freeze_batch_norm: bool = False
    starting_weights: str = ""
    threads: int = 1

    def __post_init__(self) -> None:
        check_kinds(self)
        for name in ("epochs", "batch_size", "threads", "first_selectable_epoch", "accumulate"):
            _require(getattr(self, name) >= 1, f"{name} {getattr(self, name)} must be at least 1")
        for name in ("learning_rate", "clip"):
            _require(getattr(self, name) > 0, f"{name} {getattr(self, name)} must be positive")
        for name in ("weight_decay", "seed", "roll_columns", "mask_columns", "gain_jitter_dex"):
            _require(getattr(self, name) >= 0, f"{name} {getattr(self, name)} must not be negative")
        _require(
            self.first_selectable_epoch <= self.epochs,
            f"first_selectable_epoch {self.first_selectable_epoch} comes after the last of "
            f"{self.epochs} epochs; lower it",
        )
        _require(
            self.balance in ("sampler", "weights", "none"),
            f"balance {self.balance!r} is unknown; choose sampler, weights or none",
        )
        _require(
            self.precision in ("auto", "float32", "bfloat16"),
            f"precision {self.precision!r} is unknown; choose auto, float32 or bfloat16",
        )
        _require(
            self.accumulate <= self.batch_size,
            f"accumulate {self.accumulate} cuts a batch of {self.batch_size} into parts of less "
            "than a row; lower it",
        )
        _require(0 <= self.mask_share <= 1, f"mask_share {self.mask_share} must lie in [0, 1]")
        _require(
            self.patience is None or self.patience >= 1,
            f"patience {self.patience} must be at least 1, or None for no early stop",
        )
