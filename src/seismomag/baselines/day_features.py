"""A few numbers of the magnetometer's day, for the rules that the field used before networks.

From the scalogram of a day: the logarithm of the amplitude in four bands and three components,
and of the night (22-02 local solar time) ratio of the vertical to the horizontal field at
10-45 mHz (Hayakawa et al. 1996, Geophys. Res. Lett. 23, 241).
"""

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.core.stations import Station

Floats = NDArray[np.float64]

NIGHT_LOCAL_H = (22.0, 2.0)
NIGHT_BAND_HZ = (0.010, 0.045)
N_BANDS = 4
COMPONENTS = ("h", "d", "z")
FEATURES = (
    *(f"log_{c}_{k}" for k in range(N_BANDS) for c in COMPONENTS),
    *(f"log_ratio_{k}" for k in range(N_BANDS)),
    "log_night_ratio",
)
"""Natural logarithms of nT, and of Z over the horizontal amplitude."""


def day_features(
    amplitude: NDArray[np.floating], frequencies_hz: Floats, longitude_deg: float
) -> Floats:
    """Reduce the amplitudes of one UTC day.

    Parameters
    ----------
    amplitude
        Shape (3, F, T) [nT]: horizontal, horizontal, vertical; NaN where masked.
    frequencies_hz
        Shape (F,), ascending.
    longitude_deg
        Of the station, for local solar time.

    Returns
    -------
    features
        Shape (len(FEATURES),); NaN where nothing is known.
    """
    power = np.asarray(amplitude[:3], dtype=np.float64) ** 2
    bands = np.array_split(np.arange(frequencies_hz.size), N_BANDS)
    each = np.array([_rms(power[:, band]) for band in bands])
    horizontal = np.hypot(each[:, 0], each[:, 1])
    in_band = (frequencies_hz >= NIGHT_BAND_HZ[0]) & (frequencies_hz <= NIGHT_BAND_HZ[1])
    night = _rms(power[:, in_band][:, :, is_night(power.shape[2], longitude_deg)])
    ratio = _log(night[2]) - _log(np.hypot(night[0], night[1]))
    return np.concatenate([_log(each).ravel(), _log(each[:, 2]) - _log(horizontal), [ratio]])


def is_night(n_columns: int, longitude_deg: float) -> NDArray[np.bool_]:
    """Whether the middle of each column of a UTC day lies in the local night; shape (T,)."""
    hour = (np.arange(n_columns) + 0.5) * 24 / n_columns
    local = (hour + longitude_deg / 15) % 24
    return np.asarray((local >= NIGHT_LOCAL_H[0]) | (local < NIGHT_LOCAL_H[1]))


def feature_table(
    samples: pd.DataFrame,
    read: Callable[[int], NDArray[np.floating]],
    frequencies_hz: Floats,
    stations: Iterable[Station],
) -> pd.DataFrame:
    """Features of every sample that has a store row.

    Parameters
    ----------
    samples
        Sample table; rows without ``store_row`` get NaN.
    read
        From a store row to its planes, shape (P, F, T), horizontal components first.
    frequencies_hz
        Shape (F,).
    stations
        For their longitudes.
    """
    longitude: Mapping[str, float] = {s.station_code: s.longitude_deg for s in stations}
    values = np.full((len(samples), len(FEATURES)), np.nan)
    rows = samples["store_row"].to_numpy(dtype=np.float64)
    for i, (row, code) in enumerate(zip(rows, samples["station_code"], strict=True)):
        if np.isfinite(row):
            values[i] = day_features(read(int(row)), frequencies_hz, longitude[str(code)])
    day = samples["window_start"].to_numpy(dtype="datetime64[ns]").astype("datetime64[D]")
    table = pd.DataFrame(values, columns=list(FEATURES))
    table.insert(0, "day", day.astype("datetime64[ns]"))
    table.insert(0, "station_code", samples["station_code"].to_numpy())
    table.insert(0, "sample_id", samples["sample_id"].to_numpy())
    return table


def _rms(power: Floats) -> Floats:
    """Root of the mean over frequency and time of each component; NaN where nothing is known."""
    known = np.isfinite(power)
    n = known.sum(axis=(1, 2))
    total = np.where(known, power, 0.0).sum(axis=(1, 2))
    mean = np.divide(total, n, out=np.full(n.shape, np.nan), where=n > 0)
    return np.asarray(np.sqrt(mean))


def _log(value: Floats | float) -> Floats:
    positive = np.asarray(value, dtype=np.float64)
    return np.log(positive, out=np.full(positive.shape, np.nan), where=positive > 0)
