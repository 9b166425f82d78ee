"""Names of BMKG day files: ``S<yymmdd>.<STN>`` with or without ``.gz``."""

import re
from pathlib import PurePath

import numpy as np

_DAY_FILE = re.compile(
    r"^S(?P<yy>\d\d)(?P<mm>\d\d)(?P<dd>\d\d)\.(?P<code>[A-Za-z0-9]{3,4})(\.gz)?$"
)


def parse_day_file(name: str) -> tuple[str, np.datetime64] | None:
    """Station and UTC day that the name of a day file states.

    Returns
    -------
    station_code, day
        None when the name is not of this form or names no day of the calendar.

    Examples
    --------
    >>> parse_day_file("S250101.ALR.gz")
    ('ALR', np.datetime64('2025-01-01'))
    """
    match = _DAY_FILE.match(PurePath(name).name)
    if match is None:
        return None
    try:
        day = np.datetime64(f"20{match['yy']}-{match['mm']}-{match['dd']}", "D")
    except ValueError:
        return None
    return match["code"].upper(), day


def day_file_name(station_code: str, day: np.datetime64) -> str:
    """Name of the day file of a station, without ``.gz``.

    Examples
    --------
    >>> day_file_name("ALR", np.datetime64("2025-01-01"))
    'S250101.ALR'
    """
    text = str(day.astype("datetime64[D]"))
    return f"S{text[2:4]}{text[5:7]}{text[8:10]}.{station_code}"
