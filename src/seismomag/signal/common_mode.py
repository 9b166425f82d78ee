"""What a network sees everywhere comes from above; what remains at one station may be local.

Two estimates of the common field, each an option that declares in the attributes of what it
returns which stations it used: the median over other stations, and a linear regression on one
remote station. Both add the noise of what they subtract. Neither looks at labels, but both look at
other stations of the same time: a model whose inputs were cleaned needs these stations in
operation too.
"""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from seismomag.core.errors import CoverageError, SchemaError
from seismomag.core.flags import Flag
from seismomag.core.recording import place
from seismomag.signal import gaps

LEAST_STATIONS = 3
FIT_MEAN_S = 10.0
_LEAST_FIT = 200


def remove_median(
    recording: xr.Dataset, others: Sequence[xr.Dataset], *, least_stations: int = LEAST_STATIONS
) -> xr.Dataset:
    """Subtract the median over other stations, sample by sample.

    Parameters
    ----------
    recording
        The station to be cleaned.
    others
        The rest of the network, in the same frame and at the same rate; each about its own level,
        so bases and main fields may differ. The recording itself is never a member.
    least_stations
        Where fewer of them have a usable value the common field is not known, and the cleaned
        sample is missing.

    Returns
    -------
    recording
        Its own level stays; new attributes ``common_mode`` (``"network median"``),
        ``common_mode_stations`` and ``common_mode_sha256``, and a note.

    Raises
    ------
    SchemaError
        A station differs in frame or rate, is the recording itself, or there are fewer than
        ``least_stations``.
    """
    if len(others) < max(least_stations, 1):
        msg = (
            f"{_code(recording)}: {len(others)} other stations, a network median needs "
            f"{max(least_stations, 1)}; give more, or regress on one remote station"
        )
        raise SchemaError(msg)
    deviations = np.stack([_deviation(recording, other) for other in others])
    known = np.isfinite(deviations)
    enough = known.sum(axis=0) >= max(least_stations, 1)
    # Zeros where too few are known, so that no median is of nothing; these become missing below.
    filled = np.where(enough, deviations, 0.0)
    common = np.where(enough, np.nanmedian(filled, axis=0), np.nan)
    return _declare(recording, common, "network median", others)


def remove_regression(
    recording: xr.Dataset, remote: xr.Dataset, *, mean_s: float = FIT_MEAN_S
) -> xr.Dataset:
    """Subtract what a remote station explains linearly.

    ``field - level - G (remote - its level)`` with a matrix G (3, 3) that is fitted by least
    squares to the differences of means over ``mean_s``: offsets, trends and drifts do not take
    part, and the noise of the sensors hardly does.

    Parameters
    ----------
    recording
        The station to be cleaned.
    remote
        Far enough not to see what is looked for, near enough to see the same currents above;
        in the same frame and at the same rate.
    mean_s
        Length of the means that are fitted [s].

    Returns
    -------
    recording
        As :func:`remove_median`, with ``common_mode`` ``"remote regression"`` and
        ``common_mode_gain`` (nine numbers, row by row).

    Raises
    ------
    SchemaError
        The remote station differs in frame or rate, or is the recording itself.
    CoverageError
        Fewer than 200 differences are known at both stations.
    """
    deviation = _deviation(recording, remote)
    length = max(1, round(mean_s * recording.attrs["sampling_hz"]))
    here, there = (_slow_differences(x, length) for x in (gaps.mask(recording), deviation))
    known = np.isfinite(here).all(axis=0) & np.isfinite(there).all(axis=0)
    if known.sum() < _LEAST_FIT:
        msg = (
            f"{_code(recording)} and {_code(remote)}: {known.sum()} differences of {mean_s:g} s "
            f"means are known at both, a regression needs {_LEAST_FIT}; give a longer recording"
        )
        raise CoverageError(msg)
    transposed, *_ = np.linalg.lstsq(there[:, known].T, here[:, known].T)
    gain = transposed.T
    cleaned = _declare(recording, gain @ deviation, "remote regression", [remote])
    return cleaned.assign_attrs(common_mode_gain=[float(g) for g in gain.ravel()])


def _code(recording: xr.Dataset) -> str:
    return str(recording.attrs["station_code"])


def _deviation(recording: xr.Dataset, other: xr.Dataset) -> NDArray[np.float64]:
    """Lay another station onto the times of the recording, about its own level."""
    for name in ("frame", "sampling_hz"):
        if recording.attrs[name] != other.attrs[name]:
            msg = (
                f"{_code(recording)} and {_code(other)} differ in {name} "
                f"({recording.attrs[name]} and {other.attrs[name]}); rotate or decimate one first"
            )
            raise SchemaError(msg)
    if _code(recording) == _code(other):
        msg = f"{_code(recording)}: a station cannot be its own network; leave it out of the others"
        raise SchemaError(msg)
    times = recording["time"].values
    usable = other.assign(field=(("component", "time"), gaps.mask(other)))
    field = place(usable, times[0], times.size)
    for values in field:
        known = np.isfinite(values)
        if known.any():
            values -= np.median(values[known])
    return field


def _slow_differences(field: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    n = field.shape[1] // length
    return np.diff(field[:, : n * length].reshape(3, n, length).mean(axis=2), axis=1)


def _declare(
    recording: xr.Dataset, common: NDArray[np.float64], method: str, used: Sequence[xr.Dataset]
) -> xr.Dataset:
    field = recording["field"].values - common
    bits = np.array(recording["flags"].values, dtype=np.uint16)
    bits[np.isnan(field)] |= np.uint16(Flag.MISSING)
    codes = [_code(other) for other in used]
    note = f"the common field is removed: {method} of {', '.join(codes)}"
    dims = ("component", "time")
    return recording.assign(
        field=(dims, field, recording["field"].attrs), flags=(dims, bits, recording["flags"].attrs)
    ).assign_attrs(
        common_mode=method,
        common_mode_stations=codes,
        common_mode_sha256=[str(other.attrs["source_sha256"]) for other in used],
        notes=[*recording.attrs.get("notes", ()), note],
    )
