"""A dipole in the earth: the field of the layered conductor, and what limits it."""

import numpy as np
import pytest

from seismomag.audit.dipole import (
    DipolePlan,
    _interpolated,
    injected_dipole,
    limiting_moment_am,
    transfer,
)
from seismomag.audit.injection.signals import SignalPlan
from seismomag.core.errors import ConfigError
from seismomag.core.recording import make_recording


def test_an_earth_needs_a_resistivity_for_each_layer():
    with pytest.raises(ConfigError, match="half-space"):
        DipolePlan(thickness_km=(5.0,), resistivity_ohm_m=(100.0,))
    with pytest.raises(ConfigError, match="below the surface"):
        DipolePlan(depth_km=-1.0)
    with pytest.raises(ConfigError, match="above 0"):
        DipolePlan(resistivity_ohm_m=(0.0,))


def test_nothing_passes_outside_of_the_grid():
    flat = np.ones((3, 24), complex)
    out = _interpolated(flat, np.array([0.0, 1e-4, 0.01, 0.45]))
    np.testing.assert_allclose(out[0], [0, 0, 1, 0])


@pytest.fixture(scope="module")
def installed():
    """Skip, with the reason, where the optional package is absent."""
    pytest.importorskip("empymod", reason="optional: pip install empymod")
    pytest.importorskip("libdlf", reason="optional: needed by empymod")


def horizontal_nt(plan, frequency):
    field = transfer(plan, np.asarray(frequency))
    return np.hypot(np.abs(field[0]), np.abs(field[1]))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_field_agrees_with_the_known_table(installed):
    known = {
        (100, 50): (2e-8, 1e-8),
        (100, 100): (7e-9, 1.5e-9),
        (100, 200): (1e-9, 2e-10),
        (1000, 100): (8e-9, 7e-9),
        (10, 100): (1.4e-9, 6e-11),
    }
    for (rho, distance), wanted in known.items():
        plan = DipolePlan(distance_km=distance, resistivity_ohm_m=(float(rho),))
        np.testing.assert_allclose(horizontal_nt(plan, [0.01, 0.1]), wanted, rtol=0.35)
    plan = DipolePlan(distance_km=100)
    assert limiting_moment_am(0.1, plan, 0.022) == pytest.approx(2e7, rel=0.1)
    layered = DipolePlan(thickness_km=(10.0,), resistivity_ohm_m=(100.0, 100.0), distance_km=100)
    frequency = np.array([0.01])
    np.testing.assert_allclose(transfer(layered, frequency), transfer(plan, frequency), rtol=1e-6)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_injected_field_has_the_moment_and_the_sense_of_its_source(installed):
    quiet = make_recording(
        np.zeros((3, 7200)),
        np.datetime64("2024-01-01T00:00:00"),
        sampling_hz=1.0,
        frame="HDZ",
        station_code="AAA",
        source_format="test",
        source_sha256="0" * 64,
    )
    signal = SignalPlan(band_hz=(0.0215, 0.0225), night_local_h=(0.0, 23.99), ramp_s=1.0)
    moment = limiting_moment_am(0.1, DipolePlan(distance_km=100), 0.022)
    out = []
    for strike in (0.0, 180.0):
        plan = DipolePlan(distance_km=100, strike_deg=strike)
        rng = np.random.default_rng(0)
        found = injected_dipole(quiet, plan, signal, moment, rng, longitude_deg=0.0)
        out.append(found["field"].values)
    rms = np.sqrt((out[0][0] ** 2 + out[0][1] ** 2).mean())
    assert rms == pytest.approx(0.1, rel=0.05)
    np.testing.assert_allclose(out[1], -out[0], atol=1e-6)
