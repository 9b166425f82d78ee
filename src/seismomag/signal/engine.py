"""Who does the work of a transform: compiled loops where numba is installed, else numpy.

Both give the same to 1e-6 of a power. The choice is made once in a process, at its first
transform; the environment variable ``SEISMOMAG_ENGINE`` makes it for you.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from seismomag.core.errors import ConfigError
from seismomag.signal import half, stages
from seismomag.signal.plan import Batch, Plan

VARIABLE = "SEISMOMAG_ENGINE"


@dataclass(frozen=True, kw_only=True)
class Engine:
    """The stages that an engine does in its own way; see :mod:`seismomag.signal.stages`."""

    name: str
    difference: Callable[[NDArray[np.float64]], NDArray[np.float32]]
    place: Callable[
        [NDArray[np.complex64], Batch, Plan, NDArray[np.complex64]], NDArray[np.complex64]
    ]
    reduce_power: Callable[[NDArray[np.complex64], Batch, NDArray[np.float32]], None]
    reduce_cross: Callable[[NDArray[np.complex64], Batch, NDArray[np.float32]], None]
    amplitudes: Callable[[NDArray[np.float32]], None]
    to_half: Callable[[NDArray[np.float32]], NDArray[np.float16]]


def _numpy() -> Engine:
    return Engine(
        name="scipy",
        difference=stages.difference,
        place=stages.place,
        reduce_power=stages.reduce_power,
        reduce_cross=stages.reduce_cross,
        amplitudes=stages.amplitudes,
        to_half=half.to_half,
    )


def _numba() -> Engine:
    from seismomag.signal import kernels

    of_difference = kernels.compiled(kernels.difference)
    of_amplitudes = kernels.compiled(kernels.amplitudes)
    of_place = kernels.compiled(kernels.place)
    of_power = kernels.compiled(kernels.reduce_power)
    of_cross = kernels.compiled(kernels.reduce_cross)
    of_half = kernels.compiled(kernels.to_half)

    def difference(field_nt: NDArray[np.float64]) -> NDArray[np.float32]:
        out = np.zeros((4, field_nt.shape[1]), np.float32)
        of_difference(field_nt, out)
        return out

    def place(
        bins: NDArray[np.complex64], batch: Batch, plan: Plan, buffer: NDArray[np.complex64]
    ) -> NDArray[np.complex64]:
        length = batch.per_minute * plan.n_minutes
        placed = buffer[: batch.sizes.size * 3 * length].reshape(-1, 3, length)
        parts = placed.view(np.float32)
        of_place(bins.view(np.float32), batch.first_bin, batch.gains, batch.sizes, parts)
        return placed

    def reduce_power(w: NDArray[np.complex64], batch: Batch, out: NDArray[np.float32]) -> None:
        of_power(w, batch.taps, batch.first_sample, batch.per_column, out[:, batch.rows])

    def reduce_cross(w: NDArray[np.complex64], batch: Batch, out: NDArray[np.float32]) -> None:
        of_cross(w, batch.taps, batch.first_sample, batch.per_column, out[:, batch.rows])

    def amplitudes(power: NDArray[np.float32]) -> None:
        of_amplitudes(power.reshape(-1))

    def to_half(values: NDArray[np.float32]) -> NDArray[np.float16]:
        flat = np.ascontiguousarray(values, np.float32).reshape(-1)
        out = np.empty(flat.size, np.uint16)
        of_half(flat.view(np.uint32), flat, out)
        return out.view(np.float16).reshape(values.shape)

    return Engine(
        name="numba",
        difference=difference,
        place=place,
        reduce_power=reduce_power,
        reduce_cross=reduce_cross,
        amplitudes=amplitudes,
        to_half=to_half,
    )


ENGINES: Mapping[str, Callable[[], Engine]] = {"numba": _numba, "scipy": _numpy}


@lru_cache(maxsize=len(ENGINES))
def load(name: str) -> Engine:
    """Prepare an engine by its name, once; loops not yet in the cache take two seconds.

    Raises
    ------
    ConfigError
        There is no such engine, or its package is not installed.
    """
    if name not in ENGINES:
        msg = f"{VARIABLE}={name!r}: no such engine, choose one of {', '.join(ENGINES)}"
        raise ConfigError(msg)
    if name == "numba" and find_spec("numba") is None:
        msg = f"{VARIABLE}=numba, but numba is not installed: pip install 'seismomag[fast]'"
        raise ConfigError(msg)
    return ENGINES[name]()


def engine() -> Engine:
    """Give the engine of this process: that of ``SEISMOMAG_ENGINE``, or the fastest there is."""
    return load(os.environ.get(VARIABLE) or _fastest())


@lru_cache(maxsize=1)
def _fastest() -> str:
    return "scipy" if find_spec("numba") is None else "numba"
