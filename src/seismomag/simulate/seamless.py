"""Noise and curves that know no midnight.

A day of noise is one seeded piece; around each midnight it gives way to a short seam that
belongs to that midnight alone, so that neighbouring days agree there without knowing each
other. The ramps are cosine and sine: independent pieces add in power, and the power stays.
The seam has no power below ``1 / SEAM_S`` (0.3 mHz), which is below every band in use.
"""

from functools import cache

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from seismomag.core.constants import SECONDS_PER_DAY

SEAM_S = 3_456
"""Length of a seam [s]: twice the ramp on each side of midnight; a good FFT length."""

NODE_S = 300
"""Distance of the nodes of slow curves [s]."""

NODE_OFFSETS_S = NODE_S * np.arange(-1, SECONDS_PER_DAY // NODE_S + 2)
"""Seconds after midnight of the nodes that a day needs: one before, two after."""

Array32 = NDArray[np.float32]
Array64 = NDArray[np.float64]


def coloured(rng: np.random.Generator, density: Array32, n_rows: int) -> Array32:
    """Draw Gaussian noise of a given spectrum.

    Parameters
    ----------
    rng
        Source of randomness.
    density
        Shape (n // 2 + 1,), or (n_rows, n // 2 + 1): amplitude spectral density at the frequencies
        ``rfftfreq(n)`` [nT / sqrt(Hz)].
    n_rows
        Number of independent series.

    Returns
    -------
    noise_nt
        Shape (n_rows, n), one sample a second [nT].
    """
    n = 2 * (density.shape[-1] - 1)
    # Nothing is drawn above the last frequency that has power.
    heard = np.flatnonzero(np.atleast_2d(density).any(axis=0))
    density = density[..., : heard[-1] + 1 if heard.size else 1]
    # Uniform numbers are five times faster than normal ones, and a sum over thousands of
    # frequencies is Gaussian either way.
    draws = rng.random((n_rows, 2 * density.shape[-1]), dtype=np.float32)
    draws -= np.float32(0.5)
    spectrum = draws.view(np.complex64)
    # One-sided density S gives E|X_k|^2 = S^2 n / 2, split between real and imaginary part;
    # a uniform number has the variance 1 / 12.
    spectrum *= density * np.float32(np.sqrt(12 * n) / 2)
    spectrum[:, 0] = 0
    return scipy.fft.irfft(spectrum, n=n, axis=-1, overwrite_x=True)


@cache
def _ramps() -> tuple[Array32, Array32]:
    u = (np.arange(SEAM_S // 2) + 0.5) / (SEAM_S // 2)
    # Level in slope and curvature at both ends: a kink in the weight of slow, strong noise
    # would be heard in the band.
    angle = np.pi / 2 * u**3 * (10 - 15 * u + 6 * u**2)
    return np.sin(angle).astype(np.float32), np.cos(angle).astype(np.float32)


def join(body: Array32, seam_before: Array32, seam_after: Array32) -> Array32:
    """Let a day of noise give way to the seams of its two midnights; changes ``body``.

    Parameters
    ----------
    body
        Shape (..., 86400).
    seam_before, seam_after
        Shape (..., SEAM_S), centred on the midnights that begin and end the day.

    Returns
    -------
    day
        ``body`` itself.
    """
    half = SEAM_S // 2
    up, down = _ramps()
    body[..., :half] *= up
    body[..., :half] += down * seam_before[..., half:]
    body[..., -half:] *= down
    body[..., -half:] += up * seam_after[..., :half]
    return body


@cache
def _spline() -> Array64:
    u = np.arange(NODE_S) / NODE_S
    weights = [(1 - u) ** 3, 3 * u**3 - 6 * u**2 + 4, -3 * u**3 + 3 * u**2 + 3 * u + 1, u**3]
    basis: Array64 = np.stack(weights) / 6
    return basis


def upsample(nodes: Array64) -> Array64:
    """Draw a curve with continuous curvature along nodes.

    Parameters
    ----------
    nodes
        Shape (..., 291): values at :data:`NODE_OFFSETS_S`.

    Returns
    -------
    curve
        Shape (..., 86400), the uniform cubic B-spline of the nodes: it smooths them a little
        (1-2-1 / 6) and meets the curve of the next day in value, slope and curvature.
    """
    windows = np.lib.stride_tricks.sliding_window_view(nodes, 4, axis=-1)
    curve: Array64 = windows @ _spline()
    return curve.reshape(*nodes.shape[:-1], SECONDS_PER_DAY)


def upsample_float32(nodes: Array64) -> Array32:
    """:func:`upsample` in single precision, for factors of noise."""
    windows = np.lib.stride_tricks.sliding_window_view(nodes.astype(np.float32), 4, axis=-1)
    curve: Array32 = windows @ _spline().astype(np.float32)
    return curve.reshape(*nodes.shape[:-1], SECONDS_PER_DAY)
