"""The fingerprint of FRG604RC bytes that were read with the wrong layout.

A layout with one header of 32 bytes and int16 fields of 0.1 nT, plus invented baselines, also
circulates. It turns the bytes of any day into noise of one shape: all three components fill the
whole range of an int16, +-3,276.8 nT, with a standard deviation of 950 to 1,650 nT.
"""

import numpy as np
from numpy.typing import NDArray

from seismomag.core.errors import FormatError

STD_NT = (950.0, 1_650.0)
FULL_RANGE_NT = 6_553.6
"""The range of an int16 in steps of 0.1 nT."""

_FILLED = 0.95
_FEW_SAMPLES = 600


def is_misdecode(field_nt: NDArray[np.float64]) -> bool:
    """Whether three components carry the fingerprint of the wrong layout.

    Parameters
    ----------
    field_nt
        Shape (3, n) [nT]; NaN = missing.
    """
    return all(_component_is_noise(component) for component in field_nt)


def refuse_misdecode(field_nt: NDArray[np.float64], name: str) -> None:
    """Raise where :func:`is_misdecode`.

    Raises
    ------
    FormatError
        Says what was found and what to do.
    """
    if not is_misdecode(field_nt):
        return
    spread = ", ".join(f"{np.nanstd(component):.0f}" for component in field_nt)
    msg = (
        f"{name}: all components fill +-{FULL_RANGE_NT / 2:,.1f} nT with standard deviations of "
        f"{spread} nT: these are FRG604RC bytes read with the wrong layout, not a magnetic field; "
        "read the original day file"
    )
    raise FormatError(msg)


def _component_is_noise(component: NDArray[np.float64]) -> bool:
    few = component[:: max(1, component.size // 1_000)]
    # A cheap look first: nearly every recording is told apart by a thousand of its samples.
    rough = np.fmax.reduce(few, initial=-np.inf) - np.fmin.reduce(few, initial=np.inf)
    if not FULL_RANGE_NT / 2 <= rough <= FULL_RANGE_NT + 0.1:
        return False
    valid = component[np.isfinite(component)]
    if valid.size < _FEW_SAMPLES:
        return False
    extent = float(valid.max() - valid.min())
    if not _FILLED * FULL_RANGE_NT <= extent <= FULL_RANGE_NT + 0.1:
        return False
    return STD_NT[0] <= float(valid.std()) <= STD_NT[1]
