"""Names of station-days: a pattern with the words of a day in braces."""

import numpy as np

from seismomag.core.errors import ConfigError


def fill(pattern: str, station_code: str, day: np.datetime64) -> str:
    """Name of one station-day.

    Parameters
    ----------
    pattern
        With ``{code} {code_lower} {yyyy} {yy} {mm} {dd} {doy}``.
    station_code, day
        Whose.

    Raises
    ------
    ConfigError
        Braces around another word.

    Examples
    --------
    >>> fill("{code_lower}/best-avail/pt1s/xyzf", "WIC", np.datetime64("2024-05-10"))
    'wic/best-avail/pt1s/xyzf'
    """
    text = str(day.astype("datetime64[D]"))
    day_of_year = (day.astype("datetime64[D]") - day.astype("datetime64[Y]")).astype(int) + 1
    words = {
        "code": station_code,
        "code_lower": station_code.lower(),
        "yyyy": text[:4],
        "yy": text[2:4],
        "mm": text[5:7],
        "dd": text[8:10],
        "doy": f"{day_of_year:03d}",
    }
    path = pattern
    for word, value in words.items():
        path = path.replace("{" + word + "}", value)
    if set(path) & set("{}"):
        known = ", ".join("{" + word + "}" for word in words)
        msg = f"pattern {pattern!r} has braces around another word; known are {known}"
        raise ConfigError(msg)
    return path
