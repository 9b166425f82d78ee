"""Where a scalogram is sampled: frequencies, columns, planes, and the context they need."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil, pi
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seismomag.core.bands import Band
from seismomag.core.constants import SECONDS_PER_DAY
from seismomag.core.errors import ConfigError
from seismomag.core.kinds import check_kinds

W0 = 6.0
"""Dimensionless frequency of the Morlet wavelet."""

LOWEST_HZ = 0.001
HIGHEST_HZ = 0.4

# 5.6 standard deviations of the wavelet keep the edge columns right to 6e-6 of their value; the
# quadrature over a minute asks for five minutes in any case.
REACH_SCALES = 5.6
LEAST_REACH_MINUTES = 5

PAIRS = ((0, 1), (0, 2), (1, 2))
"""Components of the three cross-spectra, in the order of their planes."""

AMPLITUDE_PLANES = ("c0", "c1", "c2")
CROSS_PLANES = tuple(f"c{a}c{b}_{part}" for a, b in PAIRS for part in ("real", "imag"))
PLANES: Mapping[str, tuple[str, ...]] = {
    "amplitude": AMPLITUDE_PLANES,
    "polarimetric": AMPLITUDE_PLANES + CROSS_PLANES,
}


def scale_s(frequency_hz: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Give the standard deviation in time of the wavelet at a frequency, w0 / (2 pi f) [s]."""
    return np.asarray(W0 / (2 * pi * np.asarray(frequency_hz, np.float64)))


@dataclass(frozen=True, kw_only=True)
class ScalogramGrid:
    """Frequencies, columns and planes of a scalogram.

    Attributes
    ----------
    band
        Lowest and highest frequency, both on the grid; between 1 mHz and 0.4 Hz.
    n_frequencies
        Number of frequencies, equally spaced in the logarithm.
    column_s
        Length of a column [s]: a multiple of 60 that divides the day.
    representation
        ``"amplitude"``: three planes, one for each component [nT].
        ``"polarimetric"``: these, and the real and imaginary parts of the three normalised
        cross-spectra [1]; only they carry the sense of a direction.

    Examples
    --------
    >>> grid = ScalogramGrid(n_frequencies=3, column_s=1200)
    >>> grid.frequencies_hz.round(4).tolist(), grid.n_columns, grid.reach_s
    ([0.01, 0.0316, 0.1], 72, 540)
    >>> ScalogramGrid(representation="polarimetric").planes[3:5]
    ('c0c1_real', 'c0c1_imag')
    """

    band: Band = field(default_factory=lambda: Band(low_hz=0.01, high_hz=0.1))
    n_frequencies: int = 128
    column_s: int = 60
    representation: str = "amplitude"

    def __post_init__(self) -> None:
        check_kinds(self)
        if self.band.low_hz < LOWEST_HZ or self.band.high_hz > HIGHEST_HZ:
            msg = (
                f"band {self.band.low_hz}-{self.band.high_hz} Hz leaves the range of the "
                f"transform; choose both edges within {LOWEST_HZ}-{HIGHEST_HZ} Hz"
            )
            raise ConfigError(msg)
        if self.n_frequencies < 2:
            msg = f"n_frequencies={self.n_frequencies}: a grid needs both edges, so at least 2"
            raise ConfigError(msg)
        if self.column_s <= 0 or self.column_s % 60 or SECONDS_PER_DAY % self.column_s:
            msg = (
                f"column_s={self.column_s} must be a multiple of 60 that divides "
                f"{SECONDS_PER_DAY}, such as 60, 300 or 1200"
            )
            raise ConfigError(msg)
        if self.representation not in PLANES:
            msg = (
                f"representation {self.representation!r} is not known; "
                f"expected one of {', '.join(PLANES)}"
            )
            raise ConfigError(msg)

    @property
    def frequencies_hz(self) -> NDArray[np.float64]:
        """Frequencies, ascending [Hz], shape (n_frequencies,)."""
        return np.geomspace(self.band.low_hz, self.band.high_hz, self.n_frequencies)

    @property
    def n_columns(self) -> int:
        """Columns of one day."""
        return SECONDS_PER_DAY // self.column_s

    @property
    def planes(self) -> tuple[str, ...]:
        """Names of the planes; ``c0, c1, c2`` stand for the components of the recording.

        ``c0c1_real`` is the real part of the mean of W_0 conj(W_1), divided by the product of
        the two amplitudes.
        """
        return PLANES[self.representation]

    @property
    def plane_units(self) -> tuple[str, ...]:
        """Unit of each plane: nT for amplitudes, 1 for parts of normalised cross-spectra."""
        return tuple("nT" if plane in AMPLITUDE_PLANES else "1" for plane in self.planes)

    @property
    def n_planes(self) -> int:
        """Number of planes: 3 or 9."""
        return len(self.planes)

    @property
    def reach_s(self) -> int:
        """Context that the transform needs on each side of a day [s]; see :func:`reach_s`."""
        return reach_s(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain values that rebuild the grid."""
        return {
            "low_hz": self.band.low_hz,
            "high_hz": self.band.high_hz,
            "n_frequencies": self.n_frequencies,
            "column_s": self.column_s,
            "representation": self.representation,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "ScalogramGrid":
        """Build a grid from the values of :meth:`to_dict`.

        Raises
        ------
        ConfigError
            A key is missing or unknown, or a value impossible.
        """
        known = {"low_hz", "high_hz", "n_frequencies", "column_s", "representation"}
        if set(values) != known:
            msg = f"grid has keys {sorted(values)}, expected {sorted(known)}"
            raise ConfigError(msg)
        return cls(
            band=Band(low_hz=float(values["low_hz"]), high_hz=float(values["high_hz"])),
            n_frequencies=int(values["n_frequencies"]),
            column_s=int(values["column_s"]),
            representation=str(values["representation"]),
        )


def plane_name(plane: str, letters: str) -> str:
    """Name a plane after the components of a frame.

    Examples
    --------
    >>> plane_name("c0", "HDZ"), plane_name("c1c2_imag", "XYZ")
    ('H', 'YZ_imag')
    """
    for i, letter in enumerate(letters):
        plane = plane.replace(f"c{i}", letter)
    return plane


def describe_planes(grid: ScalogramGrid) -> dict[str, str]:
    """Say what the values of a scalogram are: ``long_name``, and ``units`` where all share one."""
    if grid.representation == "amplitude":
        return {"long_name": "wavelet amplitude", "units": "nT"}
    return {"long_name": "wavelet amplitude, and parts of normalised cross-spectra"}


def reach_s(grid: ScalogramGrid) -> int:
    """Context that the transform needs on each side of a day.

    The smallest whole number of minutes that holds 5.6 scales of the lowest frequency and
    gives the transform a length without large prime factors.

    Parameters
    ----------
    grid
        Only its lowest frequency matters.

    Returns
    -------
    reach_s
        [s], a multiple of 60; 540 (nine minutes) at 10 mHz.
    """
    minutes = max(ceil(REACH_SCALES * float(scale_s(grid.band.low_hz)) / 60), LEAST_REACH_MINUTES)
    while not is_smooth(SECONDS_PER_DAY // 60 + 2 * minutes):
        minutes += 1
    return 60 * minutes


def is_smooth(n: int) -> bool:
    """Whether n has no prime factor above 7, so that transforms of length n are quick."""
    for prime in (2, 3, 5, 7):
        while n % prime == 0:
            n //= prime
    return n == 1
