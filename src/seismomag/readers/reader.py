"""What a reader is."""

from collections.abc import Callable
from dataclasses import dataclass

import xarray as xr


@dataclass(frozen=True)
class Reader:
    """One format of recordings.

    Attributes
    ----------
    name
        For people and for ``source_format``.
    is_mine
        Whether the first bytes (at most :data:`HEAD_BYTES`) look like this format. It must be
        cheap and must not raise.
    read
        Turns the whole content into a recording; the second argument is the name of the file,
        for cross-checks and messages. Raises ``FormatError``.
    looks_for
        What ``is_mine`` looks for, in words.
    in_child
        Whether foreign bytes are given to a library in C that they may send into an endless
        search, or crash: they are then read in the child process of
        :mod:`seismomag.readers.guard`.
    """

    name: str
    is_mine: Callable[[bytes], bool]
    read: Callable[[bytes, str], xr.Dataset]
    looks_for: str
    in_child: bool = False


HEAD_BYTES = 4096
"""How much of a file a reader may see before it decides."""
