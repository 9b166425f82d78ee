"""A physical source: a horizontal electric dipole at the hypocentre in a conducting earth.

Where the amplitude at a station hides the physics, the moment of a source [A m] carries it:
attenuation with distance and frequency, the ratio of Z to H, the direction. The field comes from
empymod (Werthmueller 2017, Geophysics 82, WB9), an optional package.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy.fft
import xarray as xr
from numpy.typing import NDArray

from seismomag.audit.injection.signals import SignalPlan, envelope, waveform, with_added
from seismomag.core.errors import ConfigError

Floats = NDArray[np.float64]

AIR_OHM_M = 2e14
MU_0 = 4e-7 * np.pi
GRID_HZ = np.geomspace(1e-3, 0.4, 24)
"""Frequencies of the transfer function; between them it is interpolated."""


@dataclass(frozen=True, kw_only=True)
class DipolePlan:
    """A source and the earth around it.

    Attributes
    ----------
    depth_km
        Of the dipole [km].
    distance_km, bearing_deg
        From the epicentre to the station [km, degrees from north].
    strike_deg
        Direction of the dipole [degrees from north].
    thickness_km, resistivity_ohm_m
        Layers from the surface down; the last one is a half-space and has no thickness.
    """

    depth_km: float = 15.0
    distance_km: float = 50.0
    bearing_deg: float = 45.0
    strike_deg: float = 0.0
    thickness_km: tuple[float, ...] = ()
    resistivity_ohm_m: tuple[float, ...] = (100.0,)

    def __post_init__(self) -> None:
        wants = (
            (self.depth_km > 0, f"depth_km={self.depth_km}: the source lies below the surface"),
            (self.distance_km > 0, f"distance_km={self.distance_km} must be above 0"),
            (
                len(self.resistivity_ohm_m) == len(self.thickness_km) + 1,
                "give one resistivity for each layer and one for the half-space below",
            ),
            (
                all(v > 0 for v in (*self.resistivity_ohm_m, *self.thickness_km)),
                "thicknesses and resistivities must be above 0",
            ),
        )
        for holds, message in wants:
            if not holds:
                raise ConfigError(message)


def transfer(plan: DipolePlan, frequency_hz: Floats) -> NDArray[np.complex128]:
    """Magnetic field at the surface for a moment of 1 A m; shape (3, F) [nT]: north, east, down.

    Raises
    ------
    ConfigError
        empymod is not installed.
    """
    try:
        import empymod  # type: ignore[import-untyped, import-not-found, unused-ignore]
    except ImportError as error:
        msg = "physical sources need empymod: pip install empymod"
        raise ConfigError(msg) from error
    angle = np.deg2rad(plan.bearing_deg)
    # empymod: x is taken as north and y as east, z points down: a right-handed frame.
    place = [plan.distance_km * 1e3 * np.cos(angle), plan.distance_km * 1e3 * np.sin(angle), 1e-3]
    depth = np.concatenate([[0.0], np.cumsum(plan.thickness_km) * 1e3])
    source = [0.0, 0.0, plan.depth_km * 1e3, plan.strike_deg, 0.0]
    out = np.empty((3, frequency_hz.size), dtype=np.complex128)
    for row, (azimuth, dip) in enumerate(((0.0, 0.0), (90.0, 0.0), (0.0, 90.0))):
        field = empymod.bipole(
            src=source,
            rec=[*place, azimuth, dip],
            depth=depth,
            res=[AIR_OHM_M, *plan.resistivity_ohm_m],
            freqtime=frequency_hz,
            mrec=True,
            verb=0,
        )
        out[row] = MU_0 * 1e9 * np.asarray(field).ravel()
    return out


def injected_dipole(
    recording: xr.Dataset,
    plan: DipolePlan,
    signal: SignalPlan,
    moment_am: float,
    generator: np.random.Generator,
    *,
    longitude_deg: float,
) -> xr.Dataset:
    """Add the field of a source of the given moment to a recording.

    Parameters
    ----------
    recording
        Components north, east and down.
    plan
        Source and earth.
    signal
        Waveform and nights of the moment; its direction is not used.
    moment_am
        rms of the moment during the on-time [A m].
    generator, longitude_deg
        As for :func:`~seismomag.audit.injection.signals.injected`.
    """
    weight = envelope(recording["time"].values, longitude_deg, signal)
    sampling_hz = float(recording.attrs["sampling_hz"])
    added = dipole_field_nt(plan, signal, moment_am, weight, sampling_hz, generator)
    return with_added(recording, added)


def dipole_field_nt(
    plan: DipolePlan,
    signal: SignalPlan,
    moment_am: float,
    weight: Floats,
    sampling_hz: float,
    generator: np.random.Generator,
) -> Floats:
    """Field of the source at the station [nT], shape (3, n): north, east, down.

    Parameters
    ----------
    plan, signal, moment_am
        As for :func:`injected_dipole`.
    weight, sampling_hz, generator
        As for :func:`~seismomag.audit.injection.signals.added_field_nt`.
    """
    moment = moment_am * weight * waveform(signal, weight.size, sampling_hz, generator)
    spectrum = scipy.fft.rfft(moment)
    frequency = scipy.fft.rfftfreq(weight.size, 1 / sampling_hz)
    response = _interpolated(_response(plan), frequency)
    return np.asarray(scipy.fft.irfft(response * spectrum, n=weight.size, axis=1))


@lru_cache(maxsize=64)
def _response(plan: DipolePlan) -> NDArray[np.complex128]:
    """Transfer function on the grid of frequencies: the earth is computed once a source."""
    return transfer(plan, GRID_HZ)


def _interpolated(response: NDArray[np.complex128], frequency_hz: Floats) -> NDArray[np.complex128]:
    """Interpolate in the logarithm of frequency; nothing passes outside of the grid."""
    inside = (frequency_hz >= GRID_HZ[0]) & (frequency_hz <= GRID_HZ[-1])
    at = np.log(frequency_hz[inside])
    out = np.zeros((3, frequency_hz.size), dtype=np.complex128)
    for row, values in enumerate(response):
        real = np.interp(at, np.log(GRID_HZ), values.real)
        out[row, inside] = real + 1j * np.interp(at, np.log(GRID_HZ), values.imag)
    return out


def limiting_moment_am(amplitude_nt: float, plan: DipolePlan, frequency_hz: float) -> float:
    """Moment whose horizontal field has this rms at the station and frequency [A m]."""
    field = transfer(plan, np.array([frequency_hz]))
    return float(amplitude_nt / np.hypot(np.abs(field[0, 0]), np.abs(field[1, 0])))
