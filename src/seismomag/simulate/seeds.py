"""One random generator for each purpose, station and day: no state, no order of calls."""

from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    """What random numbers are drawn for; a new purpose never disturbs an old one."""

    KP = 1
    STORMS = 2
    DST = 3
    MAINSHOCKS = 4
    AFTERSHOCKS = 5
    PLANTING = 6
    PRECURSOR = 7
    COMMON = 8
    COMMON_SEAM = 9
    LOCAL = 10
    LOCAL_SEAM = 11
    PACKETS = 12
    BURSTS = 13
    STATION = 14
    QUIET_DAY = 15
    GAPS = 16
    STEPS = 17
    DAY_LOSS = 18
    STORM_NOISE = 19
    STORM_NOISE_SEAM = 20


# Days are counted from 1970; spawn keys must not be negative.
_DAY_OFFSET = 1_000_000


def generator(seed: int, purpose: Purpose, *key: int) -> np.random.Generator:
    """Make the generator of one purpose.

    Parameters
    ----------
    seed
        Seed of the simulation.
    purpose
        What is drawn.
    key
        Non-negative integers: index of the station, number of the day, and so on.
    """
    sequence = np.random.SeedSequence(seed, spawn_key=(int(purpose), *key))
    return np.random.Generator(np.random.SFC64(sequence))


def day_key(day: np.datetime64) -> int:
    """Turn a UTC day into a non-negative key."""
    return int(day.astype("datetime64[D]").astype(np.int64)) + _DAY_OFFSET
