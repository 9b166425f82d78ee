"""The days on which transforms are measured: real ones where they are, else an invented one."""

import numpy as np
from measuring import REAL_DATA
from numpy.typing import NDArray

DAY = 86_400
CONTEXT_S = 3600

REAL = {
    "Alor 2025-01-01": ("bmkg/S250101.ALR.gz", "2025-01-01"),
    "Conrad 2018-08-29": (
        "one_second/wic_2018-08-24_7days_imagcdf12_geomagpy119_example4.cdf",
        "2018-08-29",
    ),
}


def load() -> dict[str, NDArray[np.float64]]:
    """Fields (3, hour + day + hour) [nT]; NaN where nothing was recorded."""
    from seismomag.core.recording import place
    from seismomag.readers import read
    from seismomag.signal import gaps, quality

    out = {}
    for name, (path, day) in REAL.items():
        if (REAL_DATA / path).exists():
            recording = quality.flag(read(REAL_DATA / path))
            usable = recording.assign(field=(("component", "time"), gaps.mask(recording)))
            start = np.datetime64(day) - np.timedelta64(CONTEXT_S, "s")
            out[name] = place(usable, start, DAY + 2 * CONTEXT_S)
    return out or {"invented": invented(DAY + 2 * CONTEXT_S, seed=1)}


def invented(n: int, seed: int) -> NDArray[np.float64]:
    """Red noise with the roughness of a quiet day, periodic in n [nT]."""
    rng = np.random.default_rng(seed)
    k = np.arange(1, n // 2 + 1)
    bins = (k / n) ** -0.9 * rng.exponential(size=(3, k.size))
    bins = bins * np.exp(2j * np.pi * rng.random((3, k.size)))
    noise = np.fft.irfft(np.concatenate([np.zeros((3, 1)), bins], axis=1), n, axis=1)
    noise *= 0.06 / np.diff(noise).std(axis=1, keepdims=True)
    return noise + rng.normal(0, 0.01, (3, n)) + np.array([[37_650.0], [15.0], [-23_160.0]])


def main_part(field_nt: NDArray[np.float64], reach_s: int) -> NDArray[np.float64]:
    """The day with the margin that a transform asks for."""
    return field_nt[:, CONTEXT_S - reach_s : CONTEXT_S + DAY + reach_s]
