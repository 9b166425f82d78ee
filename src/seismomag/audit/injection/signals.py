"""Signals to inject into a recording: real ones, and controls that must not raise an alarm.

``x_c(t) = A g_c w(t) s(t)``: A is the rms in its band during the on-time [nT], g the direction,
w the nights, s a waveform of unit rms.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy.fft
import xarray as xr
from numpy.typing import NDArray

from seismomag.core.errors import ConfigError

Floats = NDArray[np.float64]

BAND_HZ = (0.010, 0.045)
PAPER_BAND_HZ = (0.022, 0.100)
OFF_BAND_HZ = (0.200, 0.400)
KINDS: Mapping[str, str] = {
    "noise": "band-limited Gaussian noise",
    "pulses": "pulses of 5-60 s at random times",
    "tone": "a tone that drifts through the band",
    "off_band": "control: noise above the band; must not raise alarms",
    "step": "control: a step of the base line; must be rejected as an artefact",
}


@dataclass(frozen=True, kw_only=True)
class SignalPlan:
    """A signal to inject.

    Attributes
    ----------
    kind
        One of :data:`KINDS`.
    band_hz
        Of the kinds with a band [Hz]; ``off_band`` has its own.
    azimuth_deg
        Direction of the horizontal vector; with 180 more the vector turns round.
    z_to_h
        Vertical over horizontal amplitude, in phase.
    night_local_h
        Local solar time of beginning and end [hours].
    ramp_s
        Cosine ramps inside each night [s].
    """

    kind: str = "noise"
    band_hz: tuple[float, float] = BAND_HZ
    azimuth_deg: float = 0.0
    z_to_h: float = 0.5
    night_local_h: tuple[float, float] = (22.0, 2.0)
    ramp_s: float = 1800.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            msg = f"kind={self.kind!r} is none of {', '.join(KINDS)}"
            raise ConfigError(msg)
        if not 0 < self.band_hz[0] < self.band_hz[1]:
            msg = f"band_hz={self.band_hz}: give two rising frequencies above 0"
            raise ConfigError(msg)


def waveform(
    plan: SignalPlan, n: int, sampling_hz: float, generator: np.random.Generator
) -> Floats:
    """Waveform of unit rms; shape (n,).

    Raises
    ------
    ConfigError
        The band lies above the Nyquist frequency.
    """
    if plan.kind == "step":
        step = np.zeros(n)
        # In the middle third: inside the day itself where its two neighbours are around it.
        step[int(generator.integers(n // 3, max(2 * n // 3, n // 3 + 1))) :] = 1.0
        return step
    if plan.kind == "tone":
        return _tone(plan.band_hz, n, sampling_hz, generator)
    white = (
        generator.normal(size=n) if plan.kind != "pulses" else _pulses(n, sampling_hz, generator)
    )
    band = OFF_BAND_HZ if plan.kind == "off_band" else plan.band_hz
    return _in_band(white, band, sampling_hz)


def _in_band(white: Floats, band: tuple[float, float], sampling_hz: float) -> Floats:
    if band[1] > sampling_hz / 2:
        msg = f"band {band} Hz lies above half the sampling rate of {sampling_hz} Hz"
        raise ConfigError(msg)
    spectrum = scipy.fft.rfft(white)
    frequency = scipy.fft.rfftfreq(white.size, 1 / sampling_hz)
    spectrum[(frequency < band[0]) | (frequency > band[1])] = 0
    narrow = scipy.fft.irfft(spectrum, n=white.size)
    rms = float(np.sqrt(np.mean(narrow**2)))
    return np.asarray(narrow / rms if rms else narrow, dtype=np.float64)


def _tone(
    band: tuple[float, float], n: int, sampling_hz: float, generator: np.random.Generator
) -> Floats:
    frequency = np.geomspace(band[0], band[1], n)
    if generator.random() < 0.5:
        frequency = frequency[::-1]
    phase = 2 * np.pi * (np.cumsum(frequency) / sampling_hz + generator.random())
    return np.asarray(np.sqrt(2) * np.sin(phase))


def _pulses(n: int, sampling_hz: float, generator: np.random.Generator) -> Floats:
    out = np.zeros(n)
    for _ in range(int(generator.poisson(n / sampling_hz / 300)) + 1):
        length = max(int(generator.uniform(5, 60) * sampling_hz), 2)
        begin = int(generator.integers(0, max(n - length, 1)))
        stop = min(begin + length, n)
        out[begin:stop] += generator.choice([-1.0, 1.0]) * np.hanning(length)[: stop - begin]
    return out


def envelope(time: NDArray[np.datetime64], longitude_deg: float, plan: SignalPlan) -> Floats:
    """Weight of every sample, 1 in the local night, 0 by day, cosine ramps between; shape (n,)."""
    second = (time - time.astype("datetime64[D]")) / np.timedelta64(1, "s")
    local = (second / 3600 + longitude_deg / 15) % 24
    start, end = plan.night_local_h
    length = (end - start) % 24
    into = (local - start) % 24
    edge = np.minimum(into, length - into) * 3600 / max(plan.ramp_s, 1.0)
    return np.asarray(np.where(into < length, 0.5 - 0.5 * np.cos(np.pi * np.clip(edge, 0, 1)), 0.0))


def nights_of(
    time: NDArray[np.datetime64],
    longitude_deg: float,
    plan: SignalPlan,
    span: tuple[np.datetime64, np.datetime64],
) -> NDArray[np.bool_]:
    """Whether each sample lies in a night that reaches into a span of time; shape (n,).

    A night that crosses the border of the span is taken as a whole.
    """
    second = (time - time[:1].astype("datetime64[D]")) / np.timedelta64(1, "s")
    local_h = second / 3600 + longitude_deg / 15 - plan.night_local_h[0]
    number = np.floor(local_h / 24).astype(np.int64)
    lit = envelope(time, longitude_deg, plan) > 0
    inside = lit & (time >= span[0]) & (time < span[1])
    return np.asarray(lit & np.isin(number, np.unique(number[inside])))


def weight_of(time: NDArray[np.datetime64], longitude_deg: float, plan: SignalPlan) -> Floats:
    """Weight of a signal at every sample: its nights, or 1 throughout for a step; shape (n,)."""
    if plan.kind == "step":
        return np.ones(time.size)
    return envelope(time, longitude_deg, plan)


def added_field_nt(
    plan: SignalPlan,
    amplitude_nt: float,
    weight: Floats,
    sampling_hz: float,
    generator: np.random.Generator,
) -> Floats:
    """Field of a signal [nT], shape (3, n): the two horizontal components and the vertical one.

    Parameters
    ----------
    plan, amplitude_nt
        What to add, and its rms during the on-time [nT].
    weight
        Shape (n,), at uniform times: from 0 where it is off to 1.
    sampling_hz
        Rate of the samples.
    generator
        Of the waveform.
    """
    signal = waveform(plan, weight.size, sampling_hz, generator)
    angle = np.deg2rad(plan.azimuth_deg)
    direction = np.array([np.cos(angle), np.sin(angle), plan.z_to_h])
    return np.asarray(amplitude_nt * direction[:, None] * (weight * signal))


def band_rms_nt(
    field_nt: Floats, sampling_hz: float, band_hz: tuple[float, float], on: NDArray[np.bool_]
) -> float:
    """Rms of the horizontal field in a band during the on-time [nT]; missing samples count as 0.

    Parameters
    ----------
    field_nt
        Shape (3, n).
    on
        Shape (n,).
    """
    known = np.isfinite(field_nt[:2])
    level = np.nanmedian(np.where(known, field_nt[:2], np.nan), axis=1) if known.any() else 0.0
    centred = np.where(known, field_nt[:2] - np.reshape(level, (-1, 1)), 0.0)
    spectrum = scipy.fft.rfft(centred, axis=1)
    frequency = scipy.fft.rfftfreq(centred.shape[1], 1 / sampling_hz)
    spectrum[:, (frequency < band_hz[0]) | (frequency > band_hz[1])] = 0
    narrow = scipy.fft.irfft(spectrum, n=centred.shape[1], axis=1)
    chosen = on & known.all(axis=0)
    return float(np.sqrt((narrow[:, chosen] ** 2).sum(axis=0).mean())) if chosen.any() else np.nan


def injected(
    recording: xr.Dataset,
    plan: SignalPlan,
    amplitude_nt: float,
    generator: np.random.Generator,
    *,
    longitude_deg: float,
) -> xr.Dataset:
    """Add a signal to the raw samples of a recording; gaps, spikes and flags stay as they are.

    Parameters
    ----------
    recording
        Two horizontal components and the vertical one, in this order; not changed.
    plan, amplitude_nt, generator
        As for :func:`added_field_nt`; an amplitude of 0 gives an equal recording.
    longitude_deg
        Of the station, for its night.
    """
    weight = weight_of(recording["time"].values, longitude_deg, plan)
    sampling_hz = float(recording.attrs["sampling_hz"])
    return with_added(recording, added_field_nt(plan, amplitude_nt, weight, sampling_hz, generator))


def with_added(recording: xr.Dataset, added_nt: Floats) -> xr.Dataset:
    """Copy a recording with a field [nT], shape (3, n), added to its samples."""
    out = recording.copy(deep=True)
    out["field"] = recording["field"] + added_nt
    out["field"].attrs = dict(recording["field"].attrs)
    return out
