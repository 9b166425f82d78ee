"""Forecasts that read no magnetometer: what a claim of skill has to beat.

``BASELINES`` lists them. ``fit(training samples, context)`` returns ``predict(samples)``, which
returns a Forecast. Adding one is adding a line.
"""

from collections.abc import Mapping

from seismomag.baselines.constant import always_alarm, station_climatology
from seismomag.baselines.context import Context, Fit, Predict
from seismomag.baselines.recent import recent_earthquake
from seismomag.baselines.space_weather import kp_inverse, kp_only

BASELINES: Mapping[str, Fit] = {
    "always_alarm": always_alarm,
    "station_climatology": station_climatology,
    "recent_earthquake": recent_earthquake,
    "kp_only": kp_only,
    "kp_inverse": kp_inverse,
}

__all__ = ["BASELINES", "Context", "Fit", "Predict"]
