"""The services of Kp and Dst, and the public lists of BMKG."""

import json

import numpy as np
import pandas as pd


def gfz_json(stamps, kp, status):
    """Answer of the JSON service of GFZ."""
    return json.dumps(
        {
            "Kp": kp,
            "datetime": [f"{t:%Y-%m-%dT%H:%M:%SZ}" for t in stamps],
            "meta": {"source": "GFZ Potsdam", "license": "CC BY 4.0"},
            "status": status,
        }
    ).encode()


def gfz_list(stamps, kp, is_final):
    """Ten numbers each three hours."""
    lines = ["#YYY MM DD hh.h hh._m       days      days_m     Kp   ap D"]
    for t, value in zip(stamps, kp, strict=True):
        days = (t - pd.Timestamp("1932-01-01")) / pd.Timedelta(days=1)
        lines.append(
            f"{t:%Y %m %d} {t.hour:04.1f} {t.hour + 1.5:05.2f} {days:.5f} {days + 0.0625:.5f} "
            f"{value:6.3f} {12:4d} {int(is_final)}"
        )
    return ("\n".join(lines) + "\n").encode()


def swpc_new(stamps, column, values):
    rows = [
        {"time_tag": f"{t:%Y-%m-%dT%H:%M:%S}", column: v, "station_count": 8}
        for t, v in zip(stamps, values, strict=True)
    ]
    return json.dumps(rows).encode()


def swpc_old(stamps, column, values):
    rows = [
        [f"{t:%Y-%m-%d %H:%M:%S}.000", f"{v}", "8"] for t, v in zip(stamps, values, strict=True)
    ]
    return json.dumps([["time_tag", column, "station_count"], *rows]).encode()


def wdc_dst(month, values, version="0"):
    """A month in 120 columns; values as (days, 24), 9999 where missing."""
    lines = []
    for day, hours in enumerate(values, start=1):
        mean = 9999 if 9999 in hours else round(float(np.mean(hours)))
        letters = "  " if version == "2" else "PP" if version == "1" else "RR"
        head = f"DST{month[2:4]}{month[5:7]}*{day:02d}{letters}X{version}{month[:2]}   0"
        lines.append(head + "".join(f"{v:4d}" for v in hours) + f"{mean:4d}")
    assert all(len(line) == 120 for line in lines)
    return ("\n".join(lines) + "\n").encode()


def kyoto_page(month_name, values, gap=" ", margin=" "):
    """The web page of a month: groups of eight fields that touch."""
    hours = gap.join("".join(f"{h:4d}" for h in range(first, first + 8)) for first in (1, 9, 17))
    lines = [f"      {month_name}", "unit=nT      UT", f"  {margin}{hours}", "DAY"]
    for day, row in enumerate(values, start=1):
        groups = ("".join(f"{v:4d}" for v in row[i : i + 8]) for i in (0, 8, 16))
        lines.append(f"{day:2d}{margin}{gap.join(groups)}")
        if day % 5 == 0:
            lines.append("")
    table = "\n".join(lines)
    page = f'<html><body><pre class="data">\n<!-- ^^ -->\n{table}\n<!-- vv --></pre></body></html>'
    return page.encode()


def bmkg_row(moment, latitude=-7.52, longitude=107.7, magnitude="5.1"):
    local = moment + pd.Timedelta(hours=7)
    return {
        "Tanggal": "01 Jan 2026",
        "Jam": f"{local:%H:%M:%S} WIB",
        "DateTime": f"{moment:%Y-%m-%dT%H:%M:%S}+00:00",
        "Coordinates": f"{latitude},{longitude}",
        "Lintang": f"{abs(latitude)} LS",
        "Bujur": f"{longitude} BT",
        "Magnitude": magnitude,
        "Kedalaman": "10 km",
        "Wilayah": "somewhere",
        "Potensi": "",
    }


def bmkg_list(rows):
    return json.dumps({"Infogempa": {"gempa": rows}}).encode()
