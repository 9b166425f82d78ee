"""Several stations about one place: a forecast like any other, to be audited like any other."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.core.errors import SchemaError
from seismomag.core.geodesy import distance_km
from seismomag.core.schema import check_forecast
from seismomag.core.stations import Station

MODEL_PREFIX = "consensus-"


def consensus(
    forecast: pd.DataFrame,
    stations: Sequence[Station],
    *,
    within_km: float = 500.0,
    least_stations: int = 2,
) -> pd.DataFrame:
    """Combine each station's forecast with those of its neighbours of the same horizon.

    The probability is the mean of the log-odds, which is the geometric mean of the odds: one
    station that shouts does not carry the others, and equal voices change nothing. A station that
    is silent is left out, not counted as quiet; fewer than ``least_stations`` give no row.

    Parameters
    ----------
    forecast
        Forecast table.
    stations
        Positions.
    within_km
        Neighbours lie no farther.
    least_stations
        Stations that must have spoken, the one itself included.

    Returns
    -------
    combined
        Forecast table; ``model_id`` begins with ``consensus-``, azimuth and magnitude are those
        of the station itself.

    Raises
    ------
    SchemaError
        A station of the forecast is not listed.
    """
    check_forecast(forecast)
    place = {s.station_code: s for s in stations}
    strange = sorted(set(forecast["station_code"]) - set(place))
    if strange:
        msg = f"consensus: station {', '.join(strange)} has no position"
        raise SchemaError(msg)
    near = neighbours(stations, within_km)
    logit = _logit(forecast["probability"].to_numpy(np.float64))
    combined = forecast.copy()
    n_voices = np.zeros(len(forecast), dtype=np.int64)
    mean = np.full(len(forecast), np.nan)
    codes = forecast["station_code"].to_numpy()
    # Forecasts with another model or another horizon do not speak about the same thing.
    groups: dict[Any, Any] = forecast.groupby(["model_id", "horizon_start", "horizon_end"]).indices
    for rows in groups.values():
        for row in rows:
            heard = rows[[codes[other] in near[codes[row]] for other in rows]]
            n_voices[row] = len(heard)
            mean[row] = logit[heard].mean()
    combined["probability"] = 1 / (1 + np.exp(-mean))
    combined["model_id"] = MODEL_PREFIX + forecast["model_id"].astype("str")
    return check_forecast(combined[n_voices >= least_stations].reset_index(drop=True))


def neighbours(stations: Sequence[Station], within_km: float) -> dict[str, set[str]]:
    """Stations within a distance of each station, itself included."""
    codes = sorted(station.station_code for station in stations)
    place = {station.station_code: station for station in stations}
    latitude = np.array([place[code].latitude_deg for code in codes])
    longitude = np.array([place[code].longitude_deg for code in codes])
    near = {}
    for code in codes:
        here = place[code]
        far = distance_km(here.latitude_deg, here.longitude_deg, latitude, longitude)
        near[code] = {other for other, km in zip(codes, far, strict=True) if km <= within_km}
    return near


def _logit(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    # Certainty is never granted to one station.
    bounded = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(bounded / (1 - bounded)))
