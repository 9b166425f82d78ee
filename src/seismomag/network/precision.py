"""In which precision a trunk computes while it trains, and why."""

from pathlib import Path

from seismomag.network.plans import TrainingPlan

FLAGS = ("avx512_bf16", "amx_bf16")
GAINING_TRUNKS = ("efficientnet_b1",)
"""Trunks whose training step is quicker in bfloat16; the small one spends its time elsewhere."""


def has_bfloat16(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether the processor multiplies bfloat16 itself; unknown counts as no."""
    try:
        text = cpuinfo.read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    lines = [line for line in text.splitlines() if line.startswith("flags")]
    return bool(lines) and any(flag in lines[0].split() for flag in FLAGS)


def choose_precision(training: TrainingPlan, trunk: str, *, has: bool) -> tuple[str, str]:
    """Choose the precision of a training.

    Parameters
    ----------
    training
        What was asked for.
    trunk
        Key of ``TRUNKS``.
    has
        Whether the processor has bfloat16 instructions.

    Returns
    -------
    precision, reason
        ``"float32"`` or ``"bfloat16"``, and a sentence.

    Examples
    --------
    >>> choose_precision(TrainingPlan(), "efficientnet_b1", has=False)
    ('float32', 'the processor has no bfloat16 instructions')
    """
    if training.precision != "auto":
        return training.precision, "as asked for"
    if trunk not in GAINING_TRUNKS:
        return "float32", f"the trunk {trunk} gains nothing from bfloat16"
    if not has:
        return "float32", "the processor has no bfloat16 instructions"
    return "bfloat16", "the processor has bfloat16 instructions"
