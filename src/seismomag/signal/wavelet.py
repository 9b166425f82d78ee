"""The wavelet transform of a recording: grid, scalogram, and the definition it is held to."""

from importlib.metadata import version

import numpy as np
import scipy.fft
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from seismomag.core.bands import Band
from seismomag.core.constants import SECONDS_PER_DAY
from seismomag.core.errors import CoverageError, SchemaError
from seismomag.core.kinds import check_kind
from seismomag.core.recording import place
from seismomag.core.schema import check_recording
from seismomag.signal import gaps
from seismomag.signal.day import compute_planes
from seismomag.signal.grid import ScalogramGrid, plane_name, reach_s
from seismomag.signal.labelling import label_planes
from seismomag.signal.plan import spectrum

__all__ = ["ScalogramGrid", "direct_power", "reach_s", "scalogram"]


def scalogram(
    recording: xr.Dataset,
    grid: ScalogramGrid | None = None,
    *,
    band_hz: tuple[float, float] = (0.01, 0.1),
    n_frequencies: int = 128,
    column_s: int = 60,
    representation: str = "amplitude",
) -> xr.DataArray:
    """Transform the whole UTC days that a recording touches.

    Every day sees its real neighbours; where the recording ends, the columns within the reach
    of the end are NaN. Samples that are flagged unusable, and spikes, are bridged and masked.

    Parameters
    ----------
    recording
        At 1 Hz, of any length.
    grid
        All decisions in one; without it, those that follow.
    band_hz, n_frequencies, column_s, representation
        Lowest and highest frequency [Hz], frequencies, length of a column [s] and planes, as in
        :class:`ScalogramGrid`; not read when a grid is given.

    Returns
    -------
    scalogram
        float32 (component, frequency, time): amplitude, the root of the mean power [nT], a tone of
        amplitude A gives A. A polarimetric grid has nine "components": the three of the
        recording, then real and imaginary parts of the normalised cross-spectra [1], such as
        ``HD_real``. ``time`` is the start of a column; ``valid_s`` its valid seconds (of the
        component with fewer for a cross-spectrum), ``plane_units`` the unit of each component;
        the attribute ``units`` is there where all have the same.

    Raises
    ------
    SchemaError
        The recording breaks its contract (times with holes, out of order or thinned out,
        components in another order), is not at 1 Hz, or its samples lie off the full second.
    CoverageError
        The recording is empty.
    ConfigError
        A decision is impossible, or of another kind.
    """
    if grid is None:
        check_kind("band_hz", band_hz, tuple[float, float])
    else:
        check_kind("grid", grid, ScalogramGrid)
    grid = grid or ScalogramGrid(
        band=Band(low_hz=band_hz[0], high_hz=band_hz[1]),
        n_frequencies=n_frequencies,
        column_s=column_s,
        representation=representation,
    )
    _check_one_hertz(check_recording(recording))
    times = recording["time"].values
    first = times[0].astype("datetime64[D]")
    n_days = int((times[-1].astype("datetime64[D]") - first) / np.timedelta64(1, "D")) + 1
    usable = recording.assign(field=(("component", "time"), gaps.mask(recording)))
    length = n_days * SECONDS_PER_DAY + 2 * grid.reach_s
    field = place(usable, first - np.timedelta64(grid.reach_s, "s"), length)
    size = SECONDS_PER_DAY + 2 * grid.reach_s
    days = [
        compute_planes(field[:, i * SECONDS_PER_DAY : i * SECONDS_PER_DAY + size], grid)
        for i in range(n_days)
    ]
    planes = np.concatenate([planes for planes, _ in days], axis=2)
    valid_s = np.concatenate([valid_s for _, valid_s in days], axis=1)
    return _label(planes, valid_s, recording, first, grid)


def _check_one_hertz(recording: xr.Dataset) -> None:
    who = f"recording {recording.attrs['station_code']}"
    if recording.sizes["time"] == 0:
        msg = f"{who}: no samples, so no day to transform"
        raise CoverageError(msg)
    if recording.attrs["sampling_hz"] != 1.0:
        msg = (
            f"{who}: sampled at {recording.attrs['sampling_hz']:.6g} Hz; the scalogram needs 1 Hz: "
            "decimate faster sampling with seismomag.readers.resample.to_one_hz, or read the "
            "one-second file of that day"
        )
        raise SchemaError(msg)


def _label(
    planes: NDArray[np.float32],
    valid_s: NDArray[np.int64],
    recording: xr.Dataset,
    first: np.datetime64,
    grid: ScalogramGrid,
) -> xr.DataArray:
    names = [plane_name(plane, recording.attrs["frame"]) for plane in grid.planes]
    origin = {name: recording.attrs[name] for name in ("station_code", "frame", "source_sha256")}
    return label_planes(
        planes, valid_s, grid, first, names, {"version": version("seismomag"), **origin}
    )


def direct_power(field_nt: NDArray[np.float64], frequencies_hz: ArrayLike) -> NDArray[np.float64]:
    """Minute means of the wavelet power by the definition, slow and in double precision.

    The reference for the accuracy of :func:`seismomag.signal.day.transform`: every frequency at
    the full rate of 1 Hz over the full length, then the mean over 60 samples.

    Parameters
    ----------
    field_nt
        Shape (components, n) [nT] without NaN, n a multiple of 60, with context of its own on
        both sides: the ends of the array are not handled.
    frequencies_hz
        Shape (F,) [Hz].

    Returns
    -------
    power
        Shape (components, F, n / 60), float64 [nT^2].
    """
    field = np.asarray(field_nt, np.float64)
    n = field.shape[1]
    line = np.linspace(field[:, 0], field[:, -1], n, axis=1)
    bins = scipy.fft.fft(field - line, axis=1)
    nu = np.arange(1, n) / n
    frequencies = np.atleast_1d(np.asarray(frequencies_hz, np.float64))
    power = np.empty((field.shape[0], frequencies.size, n // 60))
    for i, f in enumerate(frequencies):
        analytic = np.zeros_like(bins)
        analytic[:, 1:] = bins[:, 1:] * 2 * spectrum(float(f), nu)
        w = scipy.fft.ifft(analytic, axis=1)
        power[:, i] = (np.abs(w) ** 2).reshape(field.shape[0], -1, 60).mean(axis=2)
    return power
