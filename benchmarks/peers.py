"""The same work by other packages: minute means of the Morlet power at given frequencies.

Each entry prepares what its package can prepare (plans, scales) and gives a function from a field
(3, n) [nT] to the power (3, F, n / 60) [nT^2], scaled so that a tone of amplitude A gives A^2.
All use w0 = 6 and one thread. A package that is not installed is reported as absent.
"""

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float64]
Power = NDArray[np.floating]
Transform = Callable[[Field], Power]

W0 = 6.0


def _minutes(w: NDArray[np.complexfloating]) -> Power:
    return (w.real**2 + w.imag**2).reshape(w.shape[0], -1, 60).mean(axis=2)


def fcwt(frequencies: Field, n: int) -> Transform:
    """fCWT 0.1.18 (Arts & van den Broek 2022), FFTW plans made beforehand."""
    import fcwt as package

    morlet = package.Morlet(W0 / (2 * np.pi))
    scales = package.Scales(
        morlet, package.FCWT_LOGSCALES, 1, frequencies[0], frequencies[-1], frequencies.size
    )
    machine = package.FCWT(morlet, 1, False, True)
    # Its plans are files of the working folder, made aloud.
    folder = tempfile.mkdtemp(prefix="fcwt-")
    with _silent(), contextlib.chdir(folder):
        machine.create_FFT_optimization_plan(n, "FFTW_MEASURE")
    out = np.zeros((frequencies.size, n), np.complex64)
    # The machine points to its wavelet without owning it.
    owned = (morlet, scales)

    def transform(field: Field) -> Power:
        power = []
        with contextlib.chdir(folder):
            for x in field:
                machine.cwt((x - x.mean()).astype(np.float32), owned[1], out)
                power.append(_minutes(out)[::-1] * 2 / np.sqrt(np.pi))
        return np.stack(power)

    return transform


def ssqueezepy(frequencies: Field, n: int) -> Transform:
    """ssqueezepy, float32."""
    os.environ["SSQ_PARALLEL"] = "0"
    import ssqueezepy as package

    wavelet = package.Wavelet(("morlet", {"mu": W0}), dtype="float32")
    scales = (W0 / (2 * np.pi * frequencies))[::-1].astype(np.float32)

    def transform(field: Field) -> Power:
        power = []
        for x in field:
            values = (x - x.mean()).astype(np.float32)
            w, _ = package.cwt(values, wavelet, scales=scales, fs=1.0, padtype="reflect")
            power.append(_minutes(w)[::-1] * 2 / np.sqrt(np.pi))
        return np.stack(power)

    return transform


def pywavelets(frequencies: Field, n: int) -> Transform:
    """PyWavelets, method="fft"."""
    import pywt as package

    centre = W0 / (2 * np.pi)
    scales = centre / frequencies

    def transform(field: Field) -> Power:
        power = []
        for x in field:
            w, _ = package.cwt(x - x.mean(), scales, f"cmor2.0-{centre}", method="fft")
            power.append(_minutes(w) * 4 / scales[:, None])
        return np.stack(power)

    return transform


def pycwt(frequencies: Field, n: int) -> Transform:
    """pycwt (after Torrence & Compo 1998)."""
    import pycwt as package

    morlet = package.Morlet(W0)
    scales = W0 / (2 * np.pi * frequencies)

    def transform(field: Field) -> Power:
        power = []
        for x in field:
            w = package.cwt(
                x - x.mean(), 1.0, wavelet=morlet, freqs=1 / (morlet.flambda() * scales)
            )
            power.append(_minutes(w[0]) * 2 / np.sqrt(np.pi) / scales[:, None])
        return np.stack(power)

    return transform


def plain_scipy(frequencies: Field, n: int) -> Transform:
    """Twenty lines of scipy.fft in float32: the transform at full rate, then the minute mean."""
    import scipy.fft

    nu = np.arange(n // 2 + 1) / n
    gains = 2 * np.exp(-((W0 * nu / frequencies[:, None] - W0) ** 2) / 2).astype(np.float32)

    def transform(field: Field) -> Power:
        power = []
        for x in field:
            bins = scipy.fft.rfft((x - x.mean()).astype(np.float32))
            rows = []
            for gain in gains:
                analytic = np.zeros(n, np.complex64)
                analytic[: nu.size] = bins * gain
                rows.append(_minutes(scipy.fft.ifft(analytic, overwrite_x=True)[None])[0])
            power.append(np.stack(rows))
        return np.stack(power)

    return transform


PEERS: dict[str, Callable[[Field, int], Transform]] = {
    "fCWT 0.1.18, planned": fcwt,
    "plain scipy.fft": plain_scipy,
    "ssqueezepy": ssqueezepy,
    "pycwt": pycwt,
    "PyWavelets": pywavelets,
}


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Keep what a compiled library writes away from the table."""
    sys.stdout.flush()
    kept = os.dup(1)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        try:
            yield
        finally:
            os.dup2(kept, 1)
            os.close(kept)
