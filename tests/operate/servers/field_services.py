"""The data services of INTERMAGNET and the USGS, minute data of one station."""

import json
from functools import lru_cache

import numpy as np
import pandas as pd

HEAD = (
    ("Format", "IAGA-2002"),
    ("Source of Data", "invented"),
    ("Station Name", "Test"),
    ("IAGA Code", "{code}"),
    ("Geodetic Latitude", "-8.1"),
    ("Geodetic Longitude", "124.6"),
    ("Elevation", "10"),
    ("Reported", "{letters}"),
    ("Sensor Orientation", "{letters}"),
    ("Digital Sampling", "1 second"),
    ("Data Interval Type", "1-minute (00:30-01:29)"),
    ("Data Type", "variation"),
)
MEAN_NT = {"X": 38_000, "Y": 1_200, "Z": -20_000, "H": 38_000, "E": 1_200, "F": 43_000}


def minute_nt(letter, minute):
    """Value of an element at a minute of the day."""
    return MEAN_NT[letter] + np.round(10 * np.sin(2 * np.pi * minute / 1440), 2)


@lru_cache(maxsize=32)
def iaga2002(code, day, letters, n=1440, *, is_missing=False, end="\n", step="min"):
    """A day in IAGA-2002 with the columns in the order of the letters."""
    head = [f" {key:<23}{value.format(code=code, letters=letters):<44} |" for key, value in HEAD]
    columns = "".join(f"   {code + letter:<7}" for letter in letters)
    lines = [*head, f"DATE       TIME         DOY  {columns}|"]
    stamps = pd.date_range(day, periods=n, freq=step)
    minute = np.arange(n) / (60 if step == "s" else 1)
    values = [99_999.0 + 0 * minute if is_missing else minute_nt(k, minute) for k in letters]
    texts = np.datetime_as_string(stamps.to_numpy("datetime64[ms]"))
    rows = zip(texts, stamps.day_of_year, zip(*values, strict=True), strict=True)
    for text, day_of_year, row in rows:
        numbers = "".join(f" {v:9.2f}" for v in row)
        lines.append(f"{text.replace('T', ' ')} {day_of_year:03d}   {numbers}")
    return (end.join(lines) + end).encode()


class GinService:
    """Answers GetData."""

    def __init__(self, reply, **options):
        self.reply = reply
        self.embargoed = set()
        self.letters = "EHZF"
        self.code = "TST"
        self.end = "\n"
        self.is_fast = False
        self.faults = {}
        self.n = 0
        vars(self).update(options)

    def __call__(self, asked):
        number, self.n = self.n, self.n + 1
        query = asked.query
        if query.get("Request") != "GetData":
            return self.reply(b"unknown request", 400)
        if query["publicationState"] == "Best-available":
            return self.reply(b"bad publication state", 400)
        if query["observatoryIagaCode"] != "TST":
            return self.reply(b"unknown observatory", 400)
        day = query["dataStartDate"]
        if day < "2020":
            return self.reply(b"no such data", 404)
        is_fast = query["samplesPerDay"] == "second" and self.is_fast
        body = iaga2002(
            self.code,
            day,
            self.letters,
            86_400 if is_fast else 1440,
            is_missing=day in self.embargoed,
            end=self.end,
            step="s" if is_fast else "min",
        )
        fault = self.faults.get(number)
        return self.reply(body) if fault is None else fault(body)


class UsgsService:
    """Answers /data/; the older form sends errors under 200."""

    def __init__(self, reply, **options):
        self.reply = reply
        self.is_old = False
        self.is_fast = False
        self.empty_days = set()
        self.mangle = lambda body: body
        vars(self).update(options)

    def __call__(self, asked):
        query = asked.query
        if query.get("id") != "BOU":
            return self.error(query, f"Bad observatory id '{query.get('id')}'")
        elements = query["elements"].split(",")
        start, end = (pd.Timestamp(query[k].removesuffix("Z")) for k in ("starttime", "endtime"))
        period = float(query["sampling_period"])
        n = round((end - start).total_seconds() / period) + 1
        if n * len(elements) > 345_600:
            return self.error(query, f"Request exceeds limit ({n * len(elements)} > 345600)")
        is_missing = str(start.date()) in self.empty_days
        if query["format"] == "iaga2002":
            step = "s" if period == 1 and self.is_fast else "min"
            letters = "".join(elements)
            body = iaga2002("BOU", start, letters, n, is_missing=is_missing, step=step)
        else:
            body = self.json(start, elements, n, is_missing)
        return self.reply(self.mangle(body))

    def json(self, start, elements, n, is_missing):
        stamps = pd.date_range(start, periods=n, freq="min")
        body = {
            "type": "Timeseries",
            "metadata": {"intermagnet": {"imo": {"iaga_code": "BOU"}}, "status": 200},
            "times": [f"{t:%Y-%m-%dT%H:%M:%S.000Z}" for t in stamps],
            "values": [
                {"id": k, "values": [None if is_missing else minute_nt(k, m) for m in range(n)]}
                for k in elements
            ],
        }
        return json.dumps(body).encode()

    def error(self, query, text):
        if query.get("format") == "json" or self.is_old:
            body = {"type": "Error", "metadata": {"status": 400, "title": "Bad", "error": text}}
            return self.reply(json.dumps(body).encode(), 200 if self.is_old else 400)
        page = f"Error 400: Bad Request\n\n{text}\n\nUsage details are available from ...\n"
        return self.reply(page.encode(), 400)
