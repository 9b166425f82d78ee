"""C22, C23: stations, columns and labels against what can be computed again."""

import numpy as np
import pandas as pd

from seismomag.audit.leaks.case import LeakCase
from seismomag.audit.leaks.chronology import shown
from seismomag.audit.leaks.finding import Finding, count, not_run, red
from seismomag.core.geodesy import azimuth_deg, circular_difference_deg, distance_km

TOLERATED_KM, TOLERATED_DEG = 1.0, 0.5
SAME_PLACE_DEG = 1e-4


def geometry(case: LeakCase) -> Finding:
    """C22: columns that contradict the file's name, stations in one place, wrong directions.

    Distances and azimuths are recomputed from station and catalogue (1 km, 0.5 degrees).
    """
    said: list[str] = []
    parts: list[pd.DataFrame] = []
    n, found = 0, 0
    for look in (_shifted_columns, _stations, _directions):
        inspected, wrong, sentence, rows = look(case)
        n, found = max(n, inspected), found + wrong
        said += [sentence] if sentence else []
        parts += [rows] if len(rows) else []
    if not n:
        return not_run("neither names of files, nor stations, nor directions with a catalogue")
    table = pd.concat(parts) if parts else pd.DataFrame()
    return red(n, found, "; ".join(said), table)


Looked = tuple[int, int, str, pd.DataFrame]
NOTHING: Looked = (0, 0, "", pd.DataFrame())


def _shifted_columns(case: LeakCase) -> Looked:
    rows = case.rows
    wrong = np.zeros(len(rows), bool)
    looked = np.zeros(len(rows), bool)
    for from_name, column in (("file_day", "day"), ("file_station", "station_code")):
        if case.has(from_name) and column in rows:
            told = rows[from_name].notna().to_numpy()
            looked |= told
            # A column that is no date at all became missing when it was read.
            wrong |= told & (rows[column] != rows[from_name]).to_numpy(dtype=bool, na_value=True)
    if not looked.any():
        return NOTHING
    n = int(wrong.sum())
    said = f"{count(n, 'row')} whose station or date column contradicts the name of the file"
    return int(looked.sum()), n, said, shown(rows[wrong], "file_name", "file_station")


def _stations(case: LeakCase) -> Looked:
    stations = sorted(case.stations, key=lambda s: s.station_code)
    if not stations:
        return NOTHING
    place = np.array([(s.latitude_deg, s.longitude_deg) for s in stations])
    same = [
        f"{a.station_code} and {b.station_code}"
        for i, a in enumerate(stations)
        for j, b in enumerate(stations[i + 1 :], i + 1)
        if np.abs(place[i] - place[j]).max() < SAME_PLACE_DEG or a.station_code == b.station_code
    ]
    at_origin = [s.station_code for s, p in zip(stations, place, strict=True) if not p.any()]
    known = {s.station_code for s in stations}
    strange: list[str] = []
    if case.has("station_code"):
        strange = sorted(set(case.rows["station_code"].dropna()) - known)
    faults = [f"stations {', '.join(same)} stand in one place"] if same else []
    faults += [f"{', '.join(at_origin)} at 0 N 0 E"] if at_origin else []
    faults += [f"no coordinates of {', '.join(strange)}"] if strange else []
    n = len(same) + len(at_origin) + len(strange)
    return len(stations), n, "; ".join(faults), pd.DataFrame()


def _directions(case: LeakCase) -> Looked:
    needed = ("station_code", "event_id", "azimuth_deg")
    if case.catalogue is None or not case.stations or not all(map(case.has, needed)):
        return NOTHING
    rows = case.rows[case.rows["event_id"].notna() & case.rows["azimuth_deg"].notna()]
    events = case.catalogue.events.set_index("event_id")[["latitude_deg", "longitude_deg"]]
    places = pd.DataFrame(
        [(s.station_code, s.latitude_deg, s.longitude_deg) for s in case.stations],
        columns=["station_code", "lat", "lon"],
    ).drop_duplicates("station_code")
    joined = rows[list(needed)].merge(places, on="station_code", how="left")
    joined = joined.join(events, on="event_id")
    line = tuple(joined[c].to_numpy() for c in ("lat", "lon", "latitude_deg", "longitude_deg"))
    off = np.abs(circular_difference_deg(azimuth_deg(*line), rows["azimuth_deg"].to_numpy()))
    wrong = ~(off <= TOLERATED_DEG)
    if case.has("distance_km"):
        wrong |= ~(np.abs(distance_km(*line) - rows["distance_km"].to_numpy()) <= TOLERATED_KM)
    n = int(wrong.sum())
    said = (
        f"{count(n, 'row')} whose distance or azimuth is not that of its earthquake"
        if n
        else (f"distance and azimuth agree with the catalogue in {count(len(rows), 'row')}")
    )
    return len(rows), n, said, shown(rows[wrong], "event_id", "azimuth_deg", "distance_km")


def label_provenance(case: LeakCase) -> Finding:
    """C23: labels differ from those that catalogue and rule give."""
    wrong = case.wrong_labels
    n = int(wrong.sum())
    said = f"{count(n, 'label')} that differ from what the catalogue gives"
    return red(len(case.known), n, said, shown(case.known[wrong]))
