"""A small world that the tests of this floor share."""

import numpy as np
import pytest

from seismomag.core.stations import Station
from seismomag.simulate import NO_FAULTS, PrecursorPlan, SeismicityPlan, Simulation

STATIONS = (
    Station(station_code="BAR", latitude_deg=-0.9, longitude_deg=100.4),
    Station(station_code="TIM", latitude_deg=-8.2, longitude_deg=118.6),
    Station(station_code="HAL", latitude_deg=1.2, longitude_deg=127.6),
)


@pytest.fixture(scope="session")
def stations() -> tuple[Station, ...]:
    """Three invented stations, 700 km apart and more."""
    return STATIONS


@pytest.fixture(scope="session")
def planted_world() -> Simulation:
    """Ninety days without faults and with many precursors."""
    return Simulation(
        stations=STATIONS,
        start=np.datetime64("2030-03-01"),
        n_days=90,
        seed=5,
        faults=NO_FAULTS,
        seismicity=SeismicityPlan(mainshocks_per_station_day=0.05),
        precursor=PrecursorPlan(event_share=1.0, night_probability=1.0, amplitude_nt=0.05),
    )
