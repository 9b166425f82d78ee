"""A working directory: configuration with comments, folders, an empty database."""

from pathlib import Path

from seismomag.core.atomic import write_text
from seismomag.core.errors import ConfigError
from seismomag.operate.settings import FILE_NAME

TEMPLATE = """\
# An operation of seismomag. Paths are relative to this file.
# Check it with: seismomag config check .

[operation]
mode = "shadow"            # "test": rehearsal; "shadow": real data, for operators only
start_day = 2026-01-01     # first UTC day that is forecast
stations = "stations.csv"  # station_code,latitude_deg,longitude_deg[,name,time_zone]
language = "en"            # of alerts: "en" or "id"
no_data_after_hours = 20.0 # hours after a day's end until a missing file is written as "no data"
revisit_days = 3           # days back in which late files are looked for
keep_tensor_days = 60      # tensors can be made again from the archive
least_free_gb = 5.0

[source]
root = "incoming"          # folder of day files: STN/SData/yymm/Syymmdd.STN or STN/Syymmdd.STN
# pattern = "{code}/{yyyy}/{code_lower}{yyyy}{mm}{dd}vsec.sec"   # any other layout
settle_s = 30.0            # a file changed less than this ago may still be written

[space_weather]
files = []                 # Kp and Dst; without both, no alarm is ever told to anybody

[alarm]
threshold = 0.5            # freeze it with: seismomag preregister
window_days = 14
warning_probability = 0.7
critical_probability = 0.9

# [labels]                 # the default rule is in the documentation
# minimum_magnitude = 4.5

# [mail]
# host = "localhost"
# port = 25
# starttls = false         # only for a server on this machine
# sender = "seismomag@example.org"
# recipients = ["operator@example.org"]
# password_source = "env:SEISMOMAG_MAIL_PASSWORD"   # or "file:mail.password", mode 0600

# [webhook]
# url = "https://example.org/hook"
# secret_source = "env:SEISMOMAG_WEBHOOK_SECRET"

# [access]                 # who may see the page; users are made with: seismomag users add
# proxies = ["127.0.0.1"]  # reverse proxies that are believed about TLS and addresses
# user_header = "X-Forwarded-User"   # only if the proxy signs the users in
# hosts = ["magnetics.example.org"]
# session_hours = 12.0
"""

STATIONS = "station_code,latitude_deg,longitude_deg,name,time_zone\n"


def init(folder: Path | str) -> tuple[Path, ...]:
    """Make a working directory.

    Returns
    -------
    made
        Files to be filled in.

    Raises
    ------
    ConfigError
        There is one already.
    """
    place = Path(folder)
    if (place / FILE_NAME).exists():
        msg = f"{place / FILE_NAME}: exists already; choose another folder"
        raise ConfigError(msg)
    for name in ("incoming", "models", "ledger"):
        (place / name).mkdir(parents=True, exist_ok=True)
    stations = place / "stations.csv"
    if not stations.exists():
        write_text(stations, STATIONS)
    # Last: its presence means that the directory is made.
    return stations, write_text(place / FILE_NAME, TEMPLATE)
