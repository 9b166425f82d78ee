"""What makes a station-day a target: the rule, and its arithmetic of time and distance."""

from dataclasses import dataclass
from typing import Literal, NamedTuple, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seismomag.core.constants import DOBROVOLSKY_EXPONENT, SECONDS_PER_DAY
from seismomag.core.errors import ConfigError

Naming = Literal["largest", "nearest"]
NAMINGS: tuple[Naming, ...] = ("largest", "nearest")

# The horizon begins at the second midnight after the window: a forecast issued on D+1 is in time.
HORIZON_AFTER_DAYS = 2


class Horizon(NamedTuple):
    """When a sample is issued and which time it speaks about; datetime64[ns] arrays."""

    issue_time: NDArray[np.datetime64]
    start: NDArray[np.datetime64]
    end: NDArray[np.datetime64]


@dataclass(frozen=True, kw_only=True)
class LabelRule:
    """Which earthquakes are targets of a station-day.

    Attributes
    ----------
    minimum_magnitude
        Smallest magnitude of a target.
    radius
        ``"dobrovolsky"``: the epicentre lies within ``10 ** (0.43 M)`` km of the station
        (Dobrovolsky et al. 1979), or a fixed number of kilometres.
    maximum_depth_km
        Deepest target; ``inf`` for no limit. An event of unknown depth is a target only then.
    horizon_days
        Length of the time that a forecast speaks about [days].
    window_days
        UTC days of recording behind a forecast; the last of them is day D.
    magnitude_edges
        Lower edges of the magnitude classes; the last class has no upper edge.
    naming
        Which of several targets gives a sample its event, magnitude, distance and azimuth: the
        ``"largest"`` (of equals the earliest) or the ``"nearest"``.
    mainshocks_only
        Whether only mainshocks by Gardner and Knopoff are targets.
    """

    minimum_magnitude: float = 4.5
    radius: Literal["dobrovolsky"] | float = "dobrovolsky"
    maximum_depth_km: float = 100.0
    horizon_days: int = 14
    window_days: int = 1
    magnitude_edges: tuple[float, ...] = (4.5, 5.0, 6.0)
    naming: Naming = "largest"
    mainshocks_only: bool = False

    def __post_init__(self) -> None:
        edges = self.magnitude_edges
        radius_works = self.radius == "dobrovolsky" or (
            not isinstance(self.radius, str) and self.radius > 0
        )
        no_class = (
            f"magnitude_edges={edges} begin above minimum_magnitude={self.minimum_magnitude}: "
            "some targets would have no class"
        )
        wants = (
            (radius_works, f"radius={self.radius!r}: give 'dobrovolsky' or kilometres above 0"),
            (self.maximum_depth_km > 0, f"maximum_depth_km={self.maximum_depth_km} must exceed 0"),
            (self.horizon_days >= 1, f"horizon_days={self.horizon_days} must be 1 or more"),
            (self.window_days >= 1, f"window_days={self.window_days} must be 1 or more"),
            (
                bool(edges) and list(edges) == sorted(set(edges)),
                f"magnitude_edges={edges} must increase",
            ),
            (bool(edges) and edges[0] <= self.minimum_magnitude, no_class),
            (self.naming in NAMINGS, f"naming={self.naming!r} is none of {', '.join(NAMINGS)}"),
        )
        for holds, message in wants:
            if not holds:
                raise ConfigError(message)

    def radius_km(self, magnitude: ArrayLike) -> NDArray[np.float64]:
        """Largest distance at which an earthquake of this magnitude is a target [km].

        Examples
        --------
        >>> LabelRule().radius_km([5.0, 6.0]).round(1)
        array([141.3, 380.2])
        >>> LabelRule(radius=300.0).radius_km([5.0, 6.0])
        array([300., 300.])
        """
        size = np.asarray(magnitude, dtype=np.float64)
        if self.radius == "dobrovolsky":
            return np.asarray(10.0 ** (DOBROVOLSKY_EXPONENT * size))
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
            ``issue_time`` = end of D + reach; ``start`` = 00:00 of D+2;
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
        start = midnight + np.timedelta64(HORIZON_AFTER_DAYS, "D")
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
