"""The network of a rehearsal: the magnetometer stations of BMKG, positions to 0.01 degree.

Positions and names are those of the network's own list; everything that a rehearsal says about
them is invented.
"""

from seismomag.core.errors import ConfigError
from seismomag.core.stations import Station

_WEST, _MIDDLE, _EAST = "Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"

_LIST = (
    ("ALR", "Alor", -8.14, 124.59, _MIDDLE),
    ("AMB", "Ambon", -3.68, 128.11, _EAST),
    ("CLP", "Cilacap", -7.72, 109.02, _WEST),
    ("GSI", "Gunungsitoli", 1.30, 97.58, _WEST),
    ("GTO", "Gorontalo", 0.56, 123.14, _MIDDLE),
    ("JYP", "Jayapura", -2.51, 140.70, _EAST),
    ("KPY", "Kepahiang", -3.68, 102.58, _WEST),
    ("LPS", "Lampung Selatan", -5.79, 105.58, _WEST),
    ("LUT", "Lombok Utara", -8.22, 116.41, _MIDDLE),
    ("LWA", "Liwa", -5.02, 104.06, _WEST),
    ("LWK", "Luwuk", -1.00, 122.78, _MIDDLE),
    ("MLB", "Meulaboh", 4.05, 96.25, _WEST),
    ("PLU", "Palu", -0.62, 119.86, _MIDDLE),
    ("SBG", "Sabang", 5.88, 95.34, _WEST),
    ("SCN", "Sicincin", -0.55, 100.30, _WEST),
    ("SKB", "Sukabumi", -7.07, 106.53, _WEST),
    ("SMI", "Saumlaki", -7.67, 131.58, _EAST),
    ("SRG", "Serang", -6.17, 106.05, _WEST),
    ("SRO", "Sorong", -0.86, 131.26, _EAST),
    ("TND", "Tondano", 1.29, 124.93, _MIDDLE),
    ("TNT", "Ternate", 0.81, 127.37, _EAST),
    ("TRD", "Tarakan", 2.14, 117.42, _MIDDLE),
    ("TRT", "Tretes", -7.71, 112.64, _WEST),
    ("YOG", "Yogyakarta", -7.73, 110.35, _WEST),
)

NETWORK = tuple(
    Station(
        station_code=code, name=name, latitude_deg=latitude, longitude_deg=longitude, time_zone=zone
    )
    for code, name, latitude, longitude, zone in _LIST
)
"""All of them."""

LEAST_STATIONS = 4
"""As many as there are roles: silent, clock at fault, late, and one that tears its files."""


def first_stations(n: int) -> tuple[Station, ...]:
    """Return stations of the network, spread over it.

    Raises
    ------
    ConfigError
        More than there are, or fewer than a rehearsal has roles.
    """
    if not LEAST_STATIONS <= n <= len(NETWORK):
        msg = f"{n} stations: a rehearsal takes {LEAST_STATIONS} to {len(NETWORK)}"
        raise ConfigError(msg)
    chosen = sorted({round(i * (len(NETWORK) - 1) / (n - 1)) for i in range(n)})
    return tuple(NETWORK[i] for i in chosen)
