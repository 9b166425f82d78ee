"""From float32 to float16, exactly rounded, without the slow path of numpy for small numbers."""

import numpy as np
from numpy.typing import NDArray

# Bit patterns of float32: the first value that rounds above 65,504, and the smallest normal
# float16, 2^-14.
_TOO_LARGE = np.uint32(0x477FF000)
_NORMAL = np.uint32(0x38800000)
_NAN = np.uint16(0x7E00)

# Pieces of this size stay in the cache of a core.
_PIECE = 1 << 14


def to_half(values: NDArray[np.float32]) -> NDArray[np.float16]:
    """Round to the nearest float16, ties to even.

    Equal to ``values.astype(numpy.float16)`` but for magnitudes that round beyond 65,504: they
    become NaN, because a clipped amplitude would be a false one and an infinite one would spoil
    every mean it enters.

    Parameters
    ----------
    values
        float32 of any shape.

    Returns
    -------
    halves
        float16 of the same shape.

    Examples
    --------
    >>> to_half(np.array([1.0, 65504.0, 1e6, 6e-8], np.float32)).tolist()
    [1.0, 65504.0, nan, 5.960464477539063e-08]
    """
    flat = np.ascontiguousarray(values, np.float32).reshape(-1)
    out = np.empty(flat.size, np.uint16)
    for start in range(0, flat.size, _PIECE):
        piece = slice(start, start + _PIECE)
        _round_piece(flat[piece], out[piece])
    return out.view(np.float16).reshape(values.shape)


def _round_piece(values: NDArray[np.float32], out: NDArray[np.uint16]) -> None:
    bits = values.view(np.uint32)
    size = bits & np.uint32(0x7FFFFFFF)
    # Half an ulp of the float16, and one more where its last bit is odd: ties go to even.
    odd = size >> np.uint32(13)
    odd &= np.uint32(1)
    odd += size
    odd += np.uint32(0xFFF - (112 << 23) & 0xFFFFFFFF)
    odd >>= np.uint32(13)
    np.copyto(out, odd, casting="unsafe")
    smallest, largest = size.min(), size.max()
    if largest >= _TOO_LARGE:
        out[size >= _TOO_LARGE] = _NAN
    if smallest < _NORMAL:
        small = size < _NORMAL
        out[small] = np.rint(np.abs(values[small]) * np.float32(2**24)).astype(np.uint16)
    sign = bits >> np.uint32(16)
    sign &= np.uint32(0x8000)
    if sign.any():
        out |= sign.astype(np.uint16)
