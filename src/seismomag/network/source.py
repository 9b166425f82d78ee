"""What the network needs of a tensor store."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class TensorGrid(Protocol):
    """The axes of every stored tensor."""

    @property
    def n_planes(self) -> int:
        """Number of planes P."""

    @property
    def n_columns(self) -> int:
        """Number of time columns T."""

    @property
    def frequencies_hz(self) -> NDArray[np.float64]:
        """Frequencies of the F rows [Hz], increasing."""

    def to_dict(self) -> Mapping[str, Any]:
        """Everything that decides the axes, as JSON values."""


class TensorSource(Protocol):
    """Tensors of station-days, by row."""

    @property
    def grid(self) -> TensorGrid:
        """The axes."""

    def read(self, rows: NDArray[np.int64]) -> NDArray[np.float16]:
        """Tensors ``(n, P, F, T)`` of these rows, in their order; amplitudes in nT, NaN masked."""


def read_rows(source: TensorSource, rows: NDArray[np.int64]) -> NDArray[np.float16]:
    """Read rows in any order, some perhaps twice, asking the source for sorted single ones."""
    single, place = np.unique(rows, return_inverse=True)
    return source.read(single)[place]
