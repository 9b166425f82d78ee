"""Forecasts by simple rules: what a claim of skill has to beat.

``BASELINES`` lists them. ``fit(training samples, context)`` returns ``predict(samples)``, which
returns a Forecast. Adding one is adding a line.
"""

from collections.abc import Mapping

from seismomag.baselines.constant import always_alarm, coin, station_climatology
from seismomag.baselines.context import Context, Fit, Predict
from seismomag.baselines.magnetometer import MAGNETOMETER
from seismomag.baselines.metadata import metadata_only
from seismomag.baselines.rates import smoothed_rate, station_season
from seismomag.baselines.recent import recent_earthquake
from seismomag.baselines.space_weather import kp_inverse, kp_only

BASELINES: Mapping[str, Fit] = {
    "always_alarm": always_alarm,
    "coin": coin,
    "station_climatology": station_climatology,
    "station_season": station_season,
    "recent_earthquake": recent_earthquake,
    "smoothed_rate": smoothed_rate,
    "kp_only": kp_only,
    "kp_inverse": kp_inverse,
    "metadata_only": metadata_only,
    **MAGNETOMETER,
}

__all__ = ["BASELINES", "Context", "Fit", "Predict"]
