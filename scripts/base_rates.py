"""Print how often an always-on alarm is right, for several label rules.

    python scripts/base_rates.py STATIONS.csv CATALOGUE [CATALOGUE ...]

Every station-day whose horizon the catalogue covers counts, whether recorded or not. Distances are
epicentral, without a limit of depth.
"""

import sys
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from seismomag.core.schema import SPACE_WEATHER_COLUMNS, Catalogue
from seismomag.core.stations import Station, read_stations
from seismomag.dataset.base_rates import base_rate_table
from seismomag.dataset.labels import LabelRule, make_samples
from seismomag.readers.catalogues import read_catalogue

TARGETS = (
    ("M>=5, R<=300 km", 5.0, 300.0),
    ("M>=5, R<=500 km", 5.0, 500.0),
    ("M>=5, Dobrovolsky", 5.0, "dobrovolsky"),
    ("M>=4.5, Dobrovolsky", 4.5, "dobrovolsky"),
    ("M>=6, R<=500 km", 6.0, 500.0),
)
HORIZONS_DAYS = (7, 14, 30)


def no_space_weather() -> pd.DataFrame:
    """Make a table of Kp and Dst without a row: labels do not need them."""
    kinds = {"time": "datetime64[ns]", "number": "float64", "text": "str"}
    return pd.DataFrame(
        {c: pd.Series(dtype=kinds[kind]) for c, kind in SPACE_WEATHER_COLUMNS.items()}
    )


def cases(stations: Sequence[Station], catalogue: Catalogue) -> Iterator[tuple[str, pd.DataFrame]]:
    """Label all station-days by every rule and horizon."""
    for name, magnitude, radius in TARGETS:
        for horizon_days in HORIZONS_DAYS:
            rule = LabelRule(
                minimum_magnitude=magnitude,
                radius=radius,
                maximum_depth_km=np.inf,
                horizon_days=horizon_days,
            )
            samples = make_samples(stations, None, rule, catalogue, no_space_weather(), reach_s=0)
            yield f"{name}, {horizon_days} d", samples


def main(arguments: Sequence[str]) -> None:
    """Read the lists and print the table."""
    stations = read_stations(arguments[0])
    table = base_rate_table(cases(stations, read_catalogue(arguments[1:])))
    print(table.to_string(index=False, float_format="{:.3f}".format))


if __name__ == "__main__":
    main(sys.argv[1:])
