"""What a model leaves beside its forecasts for the leak audit: tensors, statistics, decisions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray


class Tensors(Protocol):
    """Rows of scalograms, such as a :class:`~seismomag.dataset.store.Store`."""

    @property
    def n_rows(self) -> int:
        """Number of rows."""

    def read(self, rows: ArrayLike) -> NDArray[np.float16]:
        """Read rows, shape (n, planes, F, T)."""


@dataclass(frozen=True)
class Scaling:
    """Statistics that a model normalises with, and how they come about.

    Attributes
    ----------
    stored
        Arrays kept with the model, by name.
    refit
        ``refit(rows) -> arrays``: the same statistics from other rows.
    """

    stored: Mapping[str, NDArray[Any]]
    refit: Callable[[pd.DataFrame], Mapping[str, NDArray[Any]]]


@dataclass(frozen=True)
class LeakMaterial:
    """What stands beside a forecast; what is absent leaves its checks out, and says so.

    Attributes
    ----------
    tensors
        Behind the ``store_row`` of the samples.
    scaling
        Of the model.
    decisions
        Decision (normalisation, epoch, calibration) -> the split that made it.
    """

    tensors: Tensors | None = None
    scaling: Scaling | None = None
    decisions: Mapping[str, str] = field(default_factory=dict)
