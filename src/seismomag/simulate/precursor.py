"""A planted precursor: what, where, when, and the exact field it adds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy.fft
from numpy.typing import NDArray

from seismomag.core.constants import DOBROVOLSKY_EXPONENT, SECONDS_PER_DAY
from seismomag.core.geodesy import azimuth_deg, distance_km
from seismomag.core.kinds import check_kinds
from seismomag.core.stations import Station
from seismomag.simulate.checks import as_tuple, require, require_not_negative, require_share
from seismomag.simulate.families import is_independent
from seismomag.simulate.seeds import Purpose, day_key, generator


@dataclass(frozen=True, kw_only=True)
class PrecursorPlan:
    """A signal that precedes earthquakes because we say so.

    The horizontal field vector of the signal lies on the line from the station to the
    epicentre. Its radial component R is positive toward the epicentre, so that
    ``H = R cos(azimuth)`` and ``D = R sin(azimuth)`` (H to the north, D to the east: simulated
    stations have no declination), and ``Z = z_to_h R`` is in phase with it: the phase of Z
    tells an azimuth from its opposite.

    Attributes
    ----------
    band_hz
        The signal is Gaussian noise in this band [Hz].
    amplitude_nt
        rms of R during the night, between the ramps [nT].
    event_scatter_dex
        Scatter of the amplitude from event to event.
    event_share
        Share of target events that have a precursor at all.
    leads_days
        First and last lead: a night is that of lead k when the UTC day D holds it and the
        event comes on day ``D + 1 + k``, k full days after the end of D.
    night_probability
        Probability that a night in this range carries the signal.
    night_hours
        Local mean solar time of beginning and end of the night [hours]. Where the night
        crosses UTC midnight, each UTC day is planted on its own and ramps to 0 at midnight.
    ramp_s
        Length of the cosine ramps inside these hours [s].
    z_to_h
        Z against R.
    range_exponent
        Stations within ``10^(range_exponent M)`` km carry the signal.
    minimum_magnitude
        Only mainshocks of this magnitude and more have precursors, and of these only such as
        a declustering recognises: see :func:`~seismomag.simulate.families.is_independent`.
    """

    band_hz: tuple[float, float] = (0.015, 0.040)
    amplitude_nt: float = 0.04
    event_scatter_dex: float = 0.1
    event_share: float = 0.9
    leads_days: tuple[int, int] = (1, 7)
    night_probability: float = 0.6
    night_hours: tuple[float, float] = (20.0, 4.0)
    ramp_s: float = 1_800.0
    z_to_h: float = 1.0
    range_exponent: float = DOBROVOLSKY_EXPONENT
    minimum_magnitude: float = 5.0

    def __post_init__(self) -> None:
        check_kinds(self)
        as_tuple(self, "band_hz", "leads_days", "night_hours")
        low, high = self.band_hz
        require(0 < low < high <= 0.5, f"PrecursorPlan.band_hz={self.band_hz} must rise in 0-0.5")
        first, last = self.leads_days
        require(0 <= first <= last, f"PrecursorPlan.leads_days={self.leads_days} must rise from 0")
        require(
            all(0 <= hour < 24 for hour in self.night_hours) and self.night_s > 2 * self.ramp_s,
            f"PrecursorPlan.night_hours={self.night_hours} must be two hours of the day with room "
            f"for two ramps of {self.ramp_s} s",
        )
        require_not_negative(self, "amplitude_nt", "event_scatter_dex", "ramp_s")
        require_share(self, "event_share", "night_probability")

    @property
    def night_s(self) -> float:
        """Length of the night [s]."""
        begin, end = self.night_hours
        return ((end - begin) % 24) * 3600


PLANTED_COLUMNS = (
    "event_id",
    "station_code",
    "day",
    "azimuth_deg",
    "distance_km",
    "amplitude_nt",
)


def plant(
    plan: PrecursorPlan,
    events: pd.DataFrame,
    mainshocks: frozenset[str],
    stations: Sequence[Station],
    days: tuple[np.datetime64, np.datetime64],
    seed: int,
) -> pd.DataFrame:
    """Decide which station-days carry a precursor.

    Parameters
    ----------
    plan
        The rule.
    events
        Columns of a catalogue.
    mainshocks
        Which of them were drawn as mainshocks.
    stations
        The network.
    days
        First day of the simulation, and the day after its last.
    seed
        Of the simulation.

    Returns
    -------
    planted
        Columns :data:`PLANTED_COLUMNS`, one row for each event and station-day.
    """
    rows = []
    strong = events[events["magnitude"] >= plan.minimum_magnitude]
    candidates = strong[is_independent(strong) & strong["event_id"].isin(mainshocks)]
    for event in candidates.itertuples():
        # The id counts drawn mainshocks, so that the choice does not depend on the others.
        rng = generator(seed, Purpose.PLANTING, int(str(event.event_id)[1:]))
        has_precursor = rng.random() < plan.event_share
        amplitude_nt = plan.amplitude_nt * 10 ** (plan.event_scatter_dex * rng.standard_normal())
        nights = rng.random((len(stations), plan.leads_days[1] + 1)) < plan.night_probability
        if has_precursor:
            rows += _rows(plan, event, stations, nights, amplitude_nt)
    planted = pd.DataFrame(rows, columns=list(PLANTED_COLUMNS)).astype(
        {"event_id": "str", "station_code": "str", "day": "datetime64[s]"}
        | dict.fromkeys(PLANTED_COLUMNS[3:], "float64")
    )
    inside = planted[(planted["day"] >= days[0]) & (planted["day"] < days[1])]
    return inside.sort_values(["day", "station_code", "event_id"], ignore_index=True)


def _rows(
    plan: PrecursorPlan,
    event: Any,
    stations: Sequence[Station],
    nights: NDArray[np.bool_],
    amplitude_nt: float,
) -> list[tuple[object, ...]]:
    there = (event.latitude_deg, event.longitude_deg)
    here = ([s.latitude_deg for s in stations], [s.longitude_deg for s in stations])
    distances, azimuths = distance_km(*here, *there), azimuth_deg(*here, *there)
    reach_km = 10 ** (plan.range_exponent * event.magnitude)
    event_day = np.datetime64(event.origin_time, "D")
    first, last = plan.leads_days
    return [
        (
            event.event_id,
            station.station_code,
            event_day - np.timedelta64(1 + lead, "D"),
            float(azimuths[i]),
            float(distances[i]),
            amplitude_nt,
        )
        for i, station in enumerate(stations)
        if distances[i] <= reach_km
        for lead in range(first, last + 1)
        if nights[i, lead]
    ]


def night_window(plan: PrecursorPlan, solar_offset_hours: float) -> NDArray[np.float64]:
    """Weight of the signal through a UTC day: 1 by night, cosine ramps inside its borders.

    Parameters
    ----------
    plan
        Hours and ramps.
    solar_offset_hours
        Local mean solar time minus UTC [hours].

    Returns
    -------
    weight
        Shape (86400,), between 0 and 1.
    """
    weight = np.zeros(SECONDS_PER_DAY)
    begin = ((plan.night_hours[0] - solar_offset_hours) % 24) * 3600
    for offset in (-SECONDS_PER_DAY, 0):
        first = max(begin + offset, 0)
        last = min(begin + offset + plan.night_s, SECONDS_PER_DAY)
        if last - first > 2 * plan.ramp_s:
            seconds = np.arange(SECONDS_PER_DAY)
            edge = np.minimum(seconds - first, last - seconds)
            ramp = np.clip(edge / max(plan.ramp_s, 1), 0, 1)
            weight += 0.5 - 0.5 * np.cos(np.pi * ramp)
    return weight


def precursor_field_nt(
    plan: PrecursorPlan,
    planted: pd.DataFrame,
    stations: Sequence[Station],
    station: int,
    seed: int,
) -> NDArray[np.float64]:
    """Compute what the planted rows of one station-day add to its field.

    Parameters
    ----------
    plan
        Band, window and polarisation.
    planted
        Rows of :func:`plant` of this station and one day.
    stations, station
        The network and the index in it.
    seed
        Of the simulation.

    Returns
    -------
    field_nt
        Shape (3, 86400): H, D, Z [nT].
    """
    weight = night_window(plan, stations[station].solar_offset_hours)
    field = np.zeros((3, SECONDS_PER_DAY))
    for row in planted.to_dict("records"):
        key = (station, day_key(np.datetime64(row["day"])), int(row["event_id"][1:]))
        radial = weight * _band_noise(plan, generator(seed, Purpose.PRECURSOR, *key))
        radial *= row["amplitude_nt"]
        azimuth = np.deg2rad(row["azimuth_deg"])
        polarisation = np.array([np.cos(azimuth), np.sin(azimuth), plan.z_to_h])
        field += polarisation[:, None] * radial
    return field


def _band_noise(plan: PrecursorPlan, rng: np.random.Generator) -> NDArray[np.float64]:
    """Gaussian noise in the band, of rms 1, one UTC day long."""
    frequency = np.fft.rfftfreq(SECONDS_PER_DAY)
    inside = (frequency >= plan.band_hz[0]) & (frequency < plan.band_hz[1])
    spectrum = np.zeros(frequency.size, np.complex128)
    real, imaginary = rng.standard_normal((2, int(inside.sum())))
    spectrum[inside] = real + 1j * imaginary
    noise = np.asarray(scipy.fft.irfft(spectrum, n=SECONDS_PER_DAY))
    # The expected power, not the drawn one: amplitudes of nights scatter as nature's would.
    expected: float = np.sqrt(inside.sum()) * 2 / SECONDS_PER_DAY
    return noise / expected
