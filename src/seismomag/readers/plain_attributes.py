"""Attributes of recordings and scalograms as plain JSON values, and back unchanged."""

from collections.abc import Mapping
from typing import Any

import numpy as np

_TUPLE = "tuple"


def to_plain(value: Any) -> Any:
    """Turn numpy scalars and arrays into what JSON knows; mark tuples.

    Examples
    --------
    >>> to_plain({"band_hz": (0.01, 0.1)})
    {'band_hz': {'tuple': [0.01, 0.1]}}
    """
    if isinstance(value, Mapping):
        return {str(k): to_plain(v) for k, v in value.items()}
    if isinstance(value, tuple):
        return {_TUPLE: [to_plain(v) for v in value]}
    if isinstance(value, list):
        return [to_plain(v) for v in value]
    if isinstance(value, np.ndarray):
        return [to_plain(v) for v in value.tolist()]
    return value.item() if isinstance(value, np.generic) else value


def from_plain(value: Any) -> Any:
    """Give back what :func:`to_plain` was given; arrays stay lists.

    Examples
    --------
    >>> from_plain({"band_hz": {"tuple": [0.01, 0.1]}})
    {'band_hz': (0.01, 0.1)}
    """
    if isinstance(value, dict):
        if set(value) == {_TUPLE}:
            return tuple(from_plain(v) for v in value[_TUPLE])
        return {k: from_plain(v) for k, v in value.items()}
    return [from_plain(v) for v in value] if isinstance(value, list) else value
