"""Loops that numba compiles: stages of the transform for which numpy needs many passes.

Plain Python on arrays; uncompiled they are only slow. Each gives what its namesake in
:mod:`seismomag.signal.stages` gives, up to the rounding of float32. Loops run over slices with
a plain index: a compiler turns just these into vector instructions.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

# Bit patterns, see :mod:`seismomag.signal.half`.
_TOO_LARGE = np.uint32(0x477FF000)
_NORMAL = np.uint32(0x38800000)
_NAN = np.uint16(0x7E00)
_REBIAS = np.uint32(0xFFF - (112 << 23) & 0xFFFFFFFF)
_SHIFT = np.uint32(13)
_ODD = np.uint32(1)
_TINY = np.float32(2**24)
_ZERO = np.float32(0)


def place(parts: Any, first_bin: Any, gains: Any, sizes: Any, out: Any) -> None:
    """Multiply the bins of each frequency and component by its gains; zeros behind them."""
    for i in range(out.shape[0]):
        n = sizes[i]
        gain = gains[i, :n]
        first = 2 * first_bin[i]
        for c in range(3):
            row = out[i, c]
            source = parts[c, first : first + n]
            for k in range(n):
                row[k] = source[k] * gain[k]
            row[n:] = _ZERO


def reduce_power(w: Any, taps: Any, first: int, per_column: int, out: Any) -> None:
    """Weigh the squared modulus in the window of each column."""
    power = np.empty(w.shape[2], np.float32)
    for i in range(w.shape[0]):
        weights = taps[i]
        for c in range(3):
            values = w[i, c]
            for k in range(values.size):
                v = values[k]
                power[k] = v.real * v.real + v.imag * v.imag
            row = out[c, i]
            for t in range(row.size):
                start = first + t * per_column
                window = power[start : start + weights.size]
                total = _ZERO
                for j in range(weights.size):
                    total += weights[j] * window[j]
                row[t] = total


def reduce_cross(w: Any, taps: Any, first: int, per_column: int, out: Any) -> None:
    """Weigh the three products W_a conj(W_b): rows of real and imaginary parts in turn."""
    real = np.empty(w.shape[2], np.float32)
    imag = np.empty(w.shape[2], np.float32)
    for i in range(w.shape[0]):
        weights = taps[i]
        for pair in range(3):
            a = w[i, pair // 2]
            b = w[i, pair // 2 + 1 + pair % 2 * (1 - pair // 2)]
            for k in range(a.size):
                u, v = a[k], b[k]
                real[k] = u.real * v.real + u.imag * v.imag
                imag[k] = u.imag * v.real - u.real * v.imag
            of_real = out[2 * pair, i]
            of_imag = out[2 * pair + 1, i]
            for t in range(of_real.size):
                start = first + t * per_column
                window, window_imag = (
                    real[start : start + weights.size],
                    imag[start : start + weights.size],
                )
                total, total_imag = _ZERO, _ZERO
                for j in range(weights.size):
                    total += weights[j] * window[j]
                    total_imag += weights[j] * window_imag[j]
                of_real[t] = total
                of_imag[t] = total_imag


def amplitudes(power: Any) -> None:
    """Square roots in place; the few powers below 0 become 0."""
    for k in range(power.size):
        power[k] = np.sqrt(max(power[k], _ZERO))


def to_half(bits: Any, values: Any, out: Any) -> None:
    """Round float32, given as values and as bit patterns, to the bit patterns of float16."""
    n_small = 0
    for k in range(bits.size):
        size = bits[k] & np.uint32(0x7FFFFFFF)
        rounded = (size + ((size >> _SHIFT) & _ODD) + _REBIAS) >> _SHIFT
        sign = np.uint16((bits[k] >> np.uint32(16)) & np.uint32(0x8000))
        half = _NAN if size >= _TOO_LARGE else np.uint16(rounded)
        out[k] = half | sign
        n_small += size < _NORMAL
    if n_small:
        for k in range(bits.size):
            if bits[k] & np.uint32(0x7FFFFFFF) < _NORMAL:
                sign = np.uint16((bits[k] >> np.uint32(16)) & np.uint32(0x8000))
                out[k] = np.uint16(np.rint(abs(values[k]) * _TINY)) | sign


def difference(field: Any, out: Any) -> None:
    """First differences in double precision, stored in single; the first of each row is 0."""
    for c in range(field.shape[0]):
        row = out[c]
        here, before = field[c, 1:], field[c, :-1]
        row[0] = _ZERO
        rest = row[1:]
        for k in range(here.size):
            rest[k] = here[k] - before[k]


SIGNATURES = {
    difference: "void(float64[:,:], float32[:,::1])",
    place: "void(float32[:,::1], int64[::1], float32[:,::1], int64[::1], float32[:,:,::1])",
    reduce_power: "void(complex64[:,:,::1], float32[:,::1], int64, int64, float32[:,:,:])",
    reduce_cross: "void(complex64[:,:,::1], float32[:,::1], int64, int64, float32[:,:,:])",
    amplitudes: "void(float32[::1])",
    to_half: "void(uint32[::1], float32[::1], uint16[::1])",
}

# Sums may be reordered (without it no reduction is vectorised); NaN keeps its meaning.
_FAST = {"reassoc", "nsz", "contract"}


def compiled(function: Callable[..., None]) -> Callable[..., None]:
    """Compile one of :data:`SIGNATURES`; about half a second, once.

    The machine code is kept beside this file or, where that folder cannot be written, in the
    user's cache (or where ``NUMBA_CACHE_DIR`` says); where nothing can be written it is compiled
    in every process.
    """
    njit = import_module("numba").njit
    signature = SIGNATURES[function]
    try:
        return _typed(njit(signature, cache=True, fastmath=_FAST, nogil=True)(function))
    except (RuntimeError, OSError):
        # No folder for the cache, or none that takes the file.
        return _typed(njit(signature, cache=False, fastmath=_FAST, nogil=True)(function))


def _typed(function: Any) -> Callable[..., None]:
    typed: Callable[..., None] = function
    return typed
