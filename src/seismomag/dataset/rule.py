"""What makes a station-day a target: the rule, and its arithmetic of time and distance."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, cast

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from seismomag.core.constants import DOBROVOLSKY_EXPONENT, SECONDS_PER_DAY
from seismomag.core.errors import ConfigError
from seismomag.core.kinds import check_kinds

Naming = Literal["largest", "nearest", "highest_energy"]
NAMINGS: tuple[Naming, ...] = ("largest", "nearest", "highest_energy")
EnergyOver = Literal["day", "event"]
Declustering = Literal["gardner_knopoff", "nearest_neighbour"]

# The horizon begins at the second midnight after the window: a forecast issued on D+1 is in time.
HORIZON_AFTER_DAYS = 2

NEAREST_KM = 1.0
"""Epicentral distances below are taken as this when an energy is divided by the distance."""


class Horizon(NamedTuple):
    """When a sample is issued and which time it speaks about; datetime64[ns] arrays."""

    issue_time: NDArray[np.datetime64]
    start: NDArray[np.datetime64]
    end: NDArray[np.datetime64]


def local_energy(magnitude: ArrayLike, distance_km: ArrayLike) -> NDArray[np.float64]:
    """Seismic energy of an earthquake over the square of its distance, Es [J/km^2].

    ``10 ** (4.8 + 1.5 M) / r ** 2`` with the energy of Gutenberg & Richter (1956, Ann. Geofis. 9,
    1) and the epicentral distance r, at least 1 km; the index of Han et al. 2014 (J. Geophys.
    Res. Space Phys. 119, 5011) for a station.

    Examples
    --------
    >>> float(local_energy(6.0, 100.0).round(-6))
    6310000000.0
    """
    size = np.asarray(magnitude, dtype=np.float64)
    far = np.maximum(np.asarray(distance_km, dtype=np.float64), NEAREST_KM)
    return np.asarray(10.0 ** (4.8 + 1.5 * size) / far**2)


@dataclass(frozen=True, kw_only=True)
class LabelRule:
    """Which earthquakes are targets of a station-day.

    Attributes
    ----------
    minimum_magnitude
        Smallest magnitude of a target.
    minimum_by_type
        Other smallest magnitudes for some magnitude types, such as ``{"mb": 4.8}``; capitals do
        not count. Types not named here, and events without a type, fall under
        ``minimum_magnitude``.
    radius
        ``"dobrovolsky"``: the epicentre lies within ``10 ** (0.43 M)`` km of the station
        (Dobrovolsky et al. 1979), ``"energy"``: Es (:func:`local_energy`) reaches
        ``minimum_energy``, or a fixed number of kilometres.
    minimum_energy
        Smallest Es of a target [J/km^2]; counts for ``radius="energy"`` only.
    energy_over
        ``"day"``: the sum of Es over a UTC day at a station must reach the minimum, and the
        event with the highest Es stands for the day (beside any that reaches it alone);
        ``"event"``: each event must reach it by itself.
    maximum_depth_km
        Deepest target; ``inf`` for no limit. An event of unknown depth is a target only then.
    horizon_days
        Length of the time that a forecast speaks about [days].
    horizon_start_days
        Days from 00:00 UTC of day D to the start of the horizon; 2 or more, so that a forecast
        issued on D+1 is in time.
    window_days
        UTC days of recording behind a forecast; the last of them is day D.
    magnitude_edges
        Lower edges of the magnitude classes; the last class has no upper edge.
    naming
        Which of several targets gives a sample its event, magnitude, distance and azimuth: the
        ``"largest"`` (of equals the earliest), the ``"nearest"`` or that of ``"highest_energy"``.
    mainshocks_only
        Whether only mainshocks are targets.
    declustering
        How mainshocks and clusters are found: a name of
        :data:`~seismomag.dataset.decluster.DECLUSTERING`.
    post_seismic_days
        Days after an event in range (aftershocks too) during which a window is disturbed: rows
        whose window meets them are unknown. 0 keeps all.
    require_completeness
        Whether rows are unknown whose horizon meets a year in which the catalogue is shown to be
        incomplete at ``minimum_magnitude``.
    """

    minimum_magnitude: float = 4.5
    minimum_by_type: Mapping[str, float] = field(default_factory=dict)
    radius: Literal["dobrovolsky", "energy"] | float = "dobrovolsky"
    minimum_energy: float = 1e8
    energy_over: EnergyOver = "day"
    maximum_depth_km: float = 100.0
    horizon_days: int = 14
    horizon_start_days: int = HORIZON_AFTER_DAYS
    window_days: int = 1
    magnitude_edges: tuple[float, ...] = (4.5, 5.0, 6.0)
    naming: Naming = "largest"
    mainshocks_only: bool = False
    declustering: Declustering = "gardner_knopoff"
    post_seismic_days: int = 0
    require_completeness: bool = False

    def __post_init__(self) -> None:
        check_kinds(self)
        for holds, message in (*self._wants_of_size(), *self._wants_of_time()):
            if not holds:
                raise ConfigError(message)

    def _wants_of_size(self) -> tuple[tuple[bool, str], ...]:
        edges, least = self.magnitude_edges, self.least_magnitude
        radius_works = self.radius in ("dobrovolsky", "energy") or (
            not isinstance(self.radius, str) and self.radius > 0
        )
        no_class = (
            f"magnitude_edges={edges} begin above the smallest magnitude of a target ({least}): "
            "some targets would have no class"
        )
        folded = [name.casefold() for name in self.minimum_by_type]
        return (
            (
                radius_works,
                f"radius={self.radius!r}: give 'dobrovolsky', 'energy' or kilometres above 0",
            ),
            (self.minimum_energy > 0, f"minimum_energy={self.minimum_energy} must exceed 0"),
            (
                self.energy_over in ("day", "event"),
                f"energy_over={self.energy_over!r} is none of day, event",
            ),
            (
                len(set(folded)) == len(folded),
                f"minimum_by_type={dict(self.minimum_by_type)} names a type twice",
            ),
            (self.maximum_depth_km > 0, f"maximum_depth_km={self.maximum_depth_km} must exceed 0"),
            (
                bool(edges) and list(edges) == sorted(set(edges)),
                f"magnitude_edges={edges} must increase",
            ),
            (bool(edges) and edges[0] <= least, no_class),
            (self.naming in NAMINGS, f"naming={self.naming!r} is none of {', '.join(NAMINGS)}"),
            (
                self.declustering in ("gardner_knopoff", "nearest_neighbour"),
                f"declustering={self.declustering!r} is none of gardner_knopoff, nearest_neighbour",
            ),
        )

    def _wants_of_time(self) -> tuple[tuple[bool, str], ...]:
        late = f"horizon_start_days={self.horizon_start_days}: a forecast issued on D+1 is in time "
        return (
            (self.horizon_days >= 1, f"horizon_days={self.horizon_days} must be 1 or more"),
            (
                self.horizon_start_days >= HORIZON_AFTER_DAYS,
                late + f"only for {HORIZON_AFTER_DAYS} or more",
            ),
            (self.window_days >= 1, f"window_days={self.window_days} must be 1 or more"),
            (
                self.post_seismic_days >= 0,
                f"post_seismic_days={self.post_seismic_days} must not be negative",
            ),
        )

    @property
    def least_magnitude(self) -> float:
        """Smallest magnitude that a target of any type may have."""
        return min(self.minimum_magnitude, *self.minimum_by_type.values(), np.inf)

    def is_large(self, events: pd.DataFrame) -> NDArray[np.bool_]:
        """Whether each event of a catalogue reaches the smallest magnitude of its type.

        Examples
        --------
        >>> events = pd.DataFrame({"magnitude": [4.6, 4.6], "magnitude_type": ["Mw", "mb"]})
        >>> LabelRule(minimum_by_type={"MB": 4.8}).is_large(events)
        array([ True, False])
        """
        least = np.full(len(events), self.minimum_magnitude)
        if self.minimum_by_type:
            folded = {name.casefold(): value for name, value in self.minimum_by_type.items()}
            kinds = events["magnitude_type"].astype("str").str.casefold().map(folded)
            least = np.where(kinds.notna(), kinds.to_numpy(np.float64), least)
        return np.asarray(events["magnitude"].to_numpy(np.float64) >= least)

    def radius_km(self, magnitude: ArrayLike) -> NDArray[np.float64]:
        """Largest distance at which an earthquake of this magnitude is a target by itself [km].

        Examples
        --------
        >>> LabelRule().radius_km([5.0, 6.0]).round(1)
        array([141.3, 380.2])
        >>> LabelRule(radius=300.0).radius_km([5.0, 6.0])
        array([300., 300.])
        >>> LabelRule(radius="energy").radius_km([5.0, 6.0]).round(1)
        array([141.3, 794.3])
        """
        size = np.asarray(magnitude, dtype=np.float64)
        if self.radius == "dobrovolsky":
            return np.asarray(10.0 ** (DOBROVOLSKY_EXPONENT * size))
        if self.radius == "energy":
            far = np.sqrt(10.0 ** (4.8 + 1.5 * size) / self.minimum_energy)
            # An event that is too weak at the least distance is too weak everywhere.
            return np.where(far >= NEAREST_KM, far, -1.0)
        return np.full(size.shape, float(self.radius))

    def horizon(self, day: ArrayLike, reach_s: int) -> Horizon:
        """When the sample of UTC day D is issued, and its horizon.

        Parameters
        ----------
        day
            UTC day D (datetime64), one or many.
        reach_s
            Seconds of the next day that the transform needs; 0 <= reach_s <= 86,400.

        Returns
        -------
        horizon
            ``issue_time`` = end of D + reach; ``start`` = 00:00 of D + ``horizon_start_days``;
            ``end`` = start + ``horizon_days`` (excluded).

        Raises
        ------
        ConfigError
            The reach is longer than a day: the forecast would come after its horizon began.

        Examples
        --------
        >>> LabelRule().horizon(np.datetime64("2024-05-10"), 540).issue_time
        array('2024-05-11T00:09:00.000000000', dtype='datetime64[ns]')
        """
        if not 0 <= reach_s <= SECONDS_PER_DAY:
            msg = f"reach_s={reach_s} must lie in 0..{SECONDS_PER_DAY}; choose a higher band"
            raise ConfigError(msg)
        midnight = np.asarray(day, dtype="datetime64[D]").astype("datetime64[ns]")
        start = midnight + np.timedelta64(self.horizon_start_days, "D")
        return Horizon(
            np.asarray(midnight + np.timedelta64(SECONDS_PER_DAY + int(reach_s), "s")),
            np.asarray(start),
            np.asarray(start + np.timedelta64(self.horizon_days, "D")),
        )

    def magnitude_class(self, magnitude: ArrayLike) -> NDArray[np.int64]:
        """Class of each magnitude, counted from 0; -1 for a missing one.

        Examples
        --------
        >>> LabelRule().magnitude_class([4.5, 5.9, 6.0, float("nan")])
        array([ 0,  1,  2, -1])
        """
        size = np.asarray(magnitude, dtype=np.float64)
        classes = np.searchsorted(np.asarray(self.magnitude_edges), size, side="right") - 1
        return cast("NDArray[np.int64]", np.where(np.isnan(size), -1, classes))
