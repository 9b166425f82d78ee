"""Which simulated earthquakes stand for themselves, as a declustering would see them."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.core.geodesy import distance_km


def is_independent(events: pd.DataFrame) -> NDArray[np.bool_]:
    """Tell which earthquakes no larger one claims as its fore- or aftershock.

    By chance a mainshock falls into the aftershock window of another one, and no declustering
    can know better; a precursor planted before it would precede what the labels do not count.
    Windows of Gardner & Knopoff 1974 (Bull. Seismol. Soc. Am. 64, 1363) with larger ones
    first. The rule of the labels lives on the floor above and cannot be asked from here; that
    the two agree is tested there where both are known.

    Parameters
    ----------
    events
        Columns ``event_id, origin_time, latitude_deg, longitude_deg, magnitude``.

    Returns
    -------
    is_independent
        One truth for each row.
    """
    magnitude = events["magnitude"].to_numpy(np.float64)
    start = events["origin_time"].min()
    day = ((events["origin_time"] - start) / pd.Timedelta(days=1)).to_numpy(np.float64)
    latitude = events["latitude_deg"].to_numpy(np.float64)
    longitude = events["longitude_deg"].to_numpy(np.float64)
    window_km, window_days = _windows(magnitude)
    is_free = np.ones(magnitude.size, bool)
    independent = np.zeros(magnitude.size, bool)
    for i in np.lexsort((day, -magnitude)):
        if not is_free[i]:
            continue
        independent[i] = True
        lag = day - day[i]
        near = np.flatnonzero(is_free & (lag <= window_days[i]) & (lag >= -window_days))
        apart = distance_km(latitude[i], longitude[i], latitude[near], longitude[near])
        is_free[near[apart <= window_km[i]]] = False
    return independent


def _windows(
    magnitude: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    days = np.where(
        magnitude < 6.5, 10 ** (0.5409 * magnitude - 0.547), 10 ** (0.032 * magnitude + 2.7389)
    )
    return 10 ** (0.1238 * magnitude + 0.983), days
