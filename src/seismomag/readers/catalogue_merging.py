"""Two lists of the same earthquakes under different ids: joined, with a record of what was."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.core.constants import SECONDS_PER_DAY
from seismomag.core.errors import ConfigError
from seismomag.core.geodesy import distance_km
from seismomag.core.schema import CATALOGUE_COLUMNS, Catalogue, check_catalogue
from seismomag.readers.catalogue_coverage import merge_intervals
from seismomag.readers.merge_report import MergeReport

MATCH_COLUMNS = (
    "event_id",
    "merged_id",
    "time_difference_s",
    "distance_km",
    "magnitude_difference",
)


class Tolerance(NamedTuple):
    """How far two entries of one earthquake may lie apart.

    Attributes
    ----------
    time_s
        Of origin times; 16 s and 100 km are what the ComCat of the USGS uses.
    distance_km
        Of epicentres.
    magnitude
        Of magnitudes; different types of a large event easily differ by half a unit.
    """

    time_s: float = 16.0
    distance_km: float = 100.0
    magnitude: float = 1.0


TOLERANCE = Tolerance()


def merge_catalogues(
    first: Catalogue, second: Catalogue, *, tolerance: Tolerance = TOLERANCE
) -> tuple[Catalogue, pd.DataFrame, MergeReport]:
    """Join two catalogues that overlap; an earthquake in both stands once.

    Parameters
    ----------
    first
        Its entry of an earthquake stays.
    second
        Its entries come in where the first has none.
    tolerance
        Two entries within all three are one earthquake. Each entry is used once; the closest pairs
        (by the sum of the differences, each in units of its tolerance) are joined first.
        Missing magnitudes do not speak against a pair.

    Returns
    -------
    catalogue
        All of the first, and what only the second has; the coverage is the union.
    matches
        Columns :data:`MATCH_COLUMNS`, second minus first, one row for each pair joined.
    report
        Counts, and sentences on time, place and magnitude of the pairs.

    Raises
    ------
    ConfigError
        A tolerance is not positive.
    SchemaError
        An id of both lists names different earthquakes.
    """
    if min(tolerance) <= 0:
        msg = f"{tolerance}: every tolerance must exceed 0"
        raise ConfigError(msg)
    matches = match_events(first.events, second.events, tolerance)
    joined = set(matches["merged_id"])
    new = second.events[~second.events["event_id"].isin(joined)]
    events = pd.concat(
        [first.events[list(CATALOGUE_COLUMNS)], new[list(CATALOGUE_COLUMNS)]], ignore_index=True
    ).sort_values(["origin_time", "event_id"], kind="stable", ignore_index=True)
    coverage = merge_intervals([*first.coverage, *second.coverage])
    report = MergeReport(
        n_read=len(first.events) + len(second.events),
        n_merged=len(matches),
        sentences=_sentences(first, second, matches, len(new)),
    )
    return check_catalogue(Catalogue(events=events, coverage=coverage)), matches, report


def match_events(
    first: pd.DataFrame, second: pd.DataFrame, tolerance: Tolerance = TOLERANCE
) -> pd.DataFrame:
    """Find the entries of two lists that are one earthquake.

    Returns
    -------
    matches
        Columns :data:`MATCH_COLUMNS`, in the order of the first list.
    """
    one, other, differences = candidates(first, second, tolerance)
    score = sum(np.abs(d) / t for d, t in zip(differences, tolerance, strict=True))
    taken_one, taken_other = (np.zeros(len(table), dtype=bool) for table in (first, second))
    kept = []
    for k in np.lexsort((other, one, np.atleast_1d(score))):
        if not taken_one[one[k]] and not taken_other[other[k]]:
            taken_one[one[k]] = taken_other[other[k]] = True
            kept.append(k)
    kept = sorted(kept, key=lambda k: int(one[k]))
    values = (
        first["event_id"].to_numpy(object)[one[kept]],
        second["event_id"].to_numpy(object)[other[kept]],
        *(d[kept] for d in differences),
    )
    return pd.DataFrame(dict(zip(MATCH_COLUMNS, values, strict=True))).astype(
        {"event_id": "str", "merged_id": "str"}
    )


def candidates(
    first: pd.DataFrame, second: pd.DataFrame, tolerance: Tolerance
) -> tuple[NDArray[np.int64], NDArray[np.int64], tuple[NDArray[np.float64], ...]]:
    """Positions of all pairs within a tolerance, and their differences (s, km, magnitude)."""
    mine, theirs = _seconds(first), _seconds(second)
    order = np.argsort(theirs, kind="stable")
    low = np.searchsorted(theirs[order], mine - tolerance.time_s, side="left")
    count = np.searchsorted(theirs[order], mine + tolerance.time_s, side="right") - low
    one = np.repeat(np.arange(len(mine)), count)
    inside = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    other = order[inside + np.repeat(low, count)]
    size = second["magnitude"].to_numpy(np.float64)[other]
    size = np.nan_to_num(size - first["magnitude"].to_numpy(np.float64)[one], nan=0.0)
    apart_deg = np.abs(
        second["latitude_deg"].to_numpy(np.float64)[other]
        - first["latitude_deg"].to_numpy(np.float64)[one]
    )
    # A degree of latitude is 110.5 km at least: most pairs fall before a geodesic is solved.
    near = (np.abs(size) <= tolerance.magnitude) & (apart_deg * 110.0 <= tolerance.distance_km)
    one, other, size = one[near], other[near], size[near]
    km = distance_km(
        *(t[c].to_numpy()[at] for t, at in ((first, one), (second, other)) for c in _P)
    )
    near = km <= tolerance.distance_km
    one, other = one[near].astype(np.int64), other[near].astype(np.int64)
    return one, other, (theirs[other] - mine[one], km[near], size[near])


_P = ("latitude_deg", "longitude_deg")


def _seconds(events: pd.DataFrame) -> NDArray[np.float64]:
    stamp = events["origin_time"].to_numpy(dtype="datetime64[us]").astype(np.int64)
    return np.asarray(stamp / 1e6)


def _sentences(
    first: Catalogue, second: Catalogue, matches: pd.DataFrame, n_new: int
) -> tuple[str, ...]:
    counts = (
        f"{len(matches)} earthquakes stand in both lists and were joined; {n_new} came from the "
        "second list only"
    )
    said = [counts]
    if len(matches):
        middle = matches[list(MATCH_COLUMNS[2:])].median()
        said.append(
            f"joined entries differ by {middle['time_difference_s']:+.1f} s, "
            f"{middle['distance_km']:.0f} km and {middle['magnitude_difference']:+.2f} in "
            "magnitude (medians, second minus first)"
        )
    shared = _shared_days(first, second)
    if shared > 0:
        said.append(
            f"the lists cover {shared:g} days together; in days that only one covers the numbers "
            "of events do not compare"
        )
    return tuple(said)


def _shared_days(first: Catalogue, second: Catalogue) -> float:
    seconds = 0.0
    for one in first.coverage:
        for other in second.coverage:
            both = min(one.end, other.end) - max(one.start, other.start)
            seconds += max(0.0, both.total_seconds())
    return seconds / SECONDS_PER_DAY
