"""Addresses of public services, in one place, with their limits and licences.

Facts of the services' own pages; whoever runs another server passes its own :class:`Endpoint`.
"""

from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from seismomag.core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A service.

    Attributes
    ----------
    name
        For messages and files.
    url
        Root address, without a slash at its end.
    hosts
        Further hosts to which the service may redirect.
    licence
        Under which its data may be used; to be shown beside them.
    limits
        What the service asks of its clients, in words.
    """

    name: str
    url: str
    hosts: tuple[str, ...] = ()
    licence: str = "not stated"
    limits: str = ""

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            msg = f"endpoint {self.name}: {self.url!r} is no http(s) address with a host"
            raise ConfigError(msg)
        if parts.username or parts.password or parts.query or parts.fragment:
            msg = f"endpoint {self.name}: the address must carry no login, query or fragment"
            raise ConfigError(msg)
        if self.url.endswith("/"):
            msg = f"endpoint {self.name}: write the address without the slash at its end"
            raise ConfigError(msg)

    def at(self, path: str = "", **query: object) -> str:
        """Address below this endpoint.

        Examples
        --------
        >>> Endpoint(name="x", url="https://example.org/ws").at("/data", id="BOU", period=1)
        'https://example.org/ws/data?id=BOU&period=1'
        """
        asked = {key: value for key, value in query.items() if value is not None}
        return self.url + path + ("?" + urlencode(asked, safe=",:/") if asked else "")


GIN = Endpoint(
    name="INTERMAGNET GIN",
    url="https://imag-data.bgs.ac.uk/GIN_V1/GINServices",
    licence="CC BY-NC 4.0 unless the institute says otherwise",
    limits="366 days of minutes or 31 days of seconds a request; we ask for one day",
)
GIN_HAPI = Endpoint(
    name="INTERMAGNET HAPI",
    url="https://imag-data.bgs.ac.uk/GIN_V1/hapi",
    licence="CC BY-NC 4.0 unless the institute says otherwise",
    limits="maxRequestDuration of each data set",
)
USGS_GEOMAG = Endpoint(
    name="USGS geomagnetism",
    url="https://geomag.usgs.gov/ws",
    licence="public domain",
    limits="345,600 samples a request: one day of four elements at 1 Hz",
)
USGS_EVENTS = Endpoint(
    name="USGS earthquakes",
    url="https://earthquake.usgs.gov/fdsnws/event/1",
    licence="public domain",
    limits="20,000 events a request",
)
BMKG_EVENTS = Endpoint(
    name="BMKG earthquakes",
    url="https://data.bmkg.go.id/DataMKG/TEWS",
    licence="free use with BMKG named as the source",
    limits="the newest 15 events; 60 requests a minute",
)
GFZ_JSON = Endpoint(
    name="GFZ Kp (JSON)",
    url="https://kp.gfz.de/app/json",
    hosts=("kp.gfz.de", "kp.gfz-potsdam.de"),
    licence="CC BY 4.0",
)
GFZ_TEXT = Endpoint(
    name="GFZ Kp (lists)",
    url="https://kp.gfz.de/app/files",
    hosts=("kp.gfz.de", "kp.gfz-potsdam.de"),
    licence="CC BY 4.0; sunspot numbers CC BY-NC 4.0",
)
KYOTO_DST = Endpoint(
    name="WDC Kyoto Dst",
    url="https://wdc.kugi.kyoto-u.ac.jp",
    licence="scientific use; real-time values must not be passed on",
)
SWPC = Endpoint(
    name="NOAA SWPC",
    url="https://services.swpc.noaa.gov",
    licence="public domain",
    limits="about 7 days of values; refreshed every few minutes",
)

ENDPOINTS: tuple[Endpoint, ...] = (
    GIN,
    GIN_HAPI,
    USGS_GEOMAG,
    USGS_EVENTS,
    BMKG_EVENTS,
    GFZ_JSON,
    GFZ_TEXT,
    KYOTO_DST,
    SWPC,
)
"""Every public service that this package knows."""
