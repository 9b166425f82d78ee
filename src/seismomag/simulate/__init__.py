"""Invented recordings with known truth."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seismomag.simulate.background import BackgroundPlan, sensor_noise_nt
    from seismomag.simulate.faults import NO_FAULTS, FaultPlan
    from seismomag.simulate.network import Simulation, simulate_like
    from seismomag.simulate.precursor import PrecursorPlan
    from seismomag.simulate.pulsations import PulsationPlan
    from seismomag.simulate.seismicity import SeismicityPlan
    from seismomag.simulate.station_day import FieldPlan
    from seismomag.simulate.storms import StormPlan
    from seismomag.simulate.weather import WeatherPlan

_HOMES = {
    "BackgroundPlan": "background",
    "sensor_noise_nt": "background",
    "NO_FAULTS": "faults",
    "FaultPlan": "faults",
    "Simulation": "network",
    "simulate_like": "network",
    "PrecursorPlan": "precursor",
    "PulsationPlan": "pulsations",
    "SeismicityPlan": "seismicity",
    "FieldPlan": "station_day",
    "StormPlan": "storms",
    "WeatherPlan": "weather",
}

__all__ = [
    "NO_FAULTS",
    "BackgroundPlan",
    "FaultPlan",
    "FieldPlan",
    "PrecursorPlan",
    "PulsationPlan",
    "SeismicityPlan",
    "Simulation",
    "StormPlan",
    "WeatherPlan",
    "sensor_noise_nt",
    "simulate_like",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
