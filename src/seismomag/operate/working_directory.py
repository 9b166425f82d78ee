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

# Where the days come from. Several [[sources]] are asked in this order until one has the day;
# `stations = ["ALR", "KPY"]` in one of them restricts it to these, without it serves all.
[[sources]]
kind = "folder"
root = "incoming"          # folder of day files: STN/SData/yymm/Syymmdd.STN or STN/Syymmdd.STN
# pattern = "{code}/{yyyy}/{code_lower}{yyyy}{mm}{dd}vsec.sec"   # any other layout
settle_s = 30.0            # a file changed less than this ago may still be written
period_s = 1.0             # seconds between samples that the files must have

# [[sources]]
# kind = "sftp"            # needs the extra "sftp"; keys and the agent only, never a password
# stations = ["ALR"]
# host = "data.example.org"
# port = 22
# user = "seismomag"
# known_hosts = "known_hosts"          # its key, in the form of OpenSSH; unknown hosts are refused
# client_keys = ["id_ed25519"]         # without it: the agent
# root = "upload"
# pattern = "{code}/S{yy}{mm}{dd}.{code}"

# [[sources]]
# kind = "gin"             # INTERMAGNET's data service
# stations = ["KAK"]
# orientation = "Native"   # or XYZF, HDZF, XYZS, HDZS
# state = "best-avail"     # or adj-or-rep, reported, adjusted, quasi-def, definitive

# [[sources]]
# kind = "hapi"            # any HAPI server, 2 or 3
# stations = ["WIC"]
# url = "https://imag-data.bgs.ac.uk/GIN_V1/hapi"
# dataset = "{code_lower}/best-avail/pt1s/xyzf"
# vector = "Field_Vector"
# letters = ""             # of the three values, where the server does not say them: "HEZ"
# form = ""                # binary, csv or json; empty: the first that the server offers

# [[sources]]
# kind = "usgs"            # geomagnetism service of the USGS
# stations = ["BOU"]
# elements = ["H", "E", "Z", "F"]
# data_type = "variation"  # or adjusted, quasi-definitive, definitive

# [fetch]                  # for everything that comes over a network
# user_agent = "seismomag (Your Institute; you@example.org)"
# jitter_key = "name of this network"  # spreads the requests of many machines
# ca_file = "ca.pem"       # a private authority; certificates are always verified
# trust_environment = true # use the proxy of the environment
# total_s = 120.0          # for one request, with all its attempts
# attempts = 3
# run_minutes = 30.0       # for older days in one run; the rest waits for the next run
# give_up_after = 3        # failures in a row after which a source rests until the next run
# recheck_hours = 6.0      # until a day that is there is asked for again, for late data
# keep_days = 7            # days for which answers stay in cache/

[space_weather]            # Kp and Dst; without both, no alarm is ever told to anybody
files = []                 # files in any known layout
kp = []                    # services, the first is preferred: ["gfz", "swpc"]
dst = []                   # ["kyoto", "swpc"]
# urls = {gfz = "https://mirror.example.org/kp"}

[events]                   # earthquakes, for the page; a test is scored on a catalogue file
services = []              # asked until one answers: ["usgs"], ["fdsn", "bmkg"]
minimum_magnitude = 4.5
margin_deg = 10.0          # around the stations
days_back = 30             # asked for again at each run: events are revised
# bmkg_list = "strong"     # or "felt", "latest"
# urls = {fdsn = "https://example.org/fdsnws/event/1"}

[alarm]
threshold = 0.5            # that of the model's audit: config check compares
window_days = 14           # freeze both with: seismomag preregister, before day one
warning_probability = 0.7
critical_probability = 0.9

[consensus]                # neighbouring stations together; stored and audited, never told
is_made = true
within_km = 500.0
least_stations = 2

# [labels]                 # without it: the rule that the champion was trained on
# minimum_magnitude = 4.5

# [mail]
# host = "localhost"
# port = 25
# starttls = false         # only for a server on this machine
# sender = "seismomag@example.org"
# recipients = ["operator@example.org"]
# password_source = "env:SEISMOMAG_MAIL_PASSWORD"   # or "file:mail.password", mode 0600
# ca_file = "ca.pem"       # a private authority

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
