"""Tables with anything in any cell end in a verdict or in an error of ours, never in another."""

import random
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest

from seismomag.audit.foreign.forecast import read_foreign
from seismomag.audit.foreign.judge import judge_foreign
from seismomag.core.errors import SeismomagError
from seismomag.core.schema import Catalogue, Interval
from seismomag.core.stations import Station
from seismomag.dataset.labels import LabelRule

HEADER = "date,station,probability,alarm,event,issued,azimuth_deg,magnitude,kp"
CELLS = (
    *("", "nan", "inf", "-1", "1e400", "2010-13-01", "0001-01-01", "9999-12-31", "99999999"),
    *("2010-01-05T00:00:00Z", "20100105", "yes", "maybe", "5%", "0,5", "é", "network", "S00 "),
    *("s00", "0x10", "1_0", ";", "\t", '"', " ", "None", "NA", "2262-05-01"),
)
STATIONS = tuple(
    Station(station_code=f"S0{i}", latitude_deg=0.0, longitude_deg=100.0 + 10 * i) for i in range(3)
)
RULE = LabelRule(minimum_magnitude=5.0, magnitude_edges=(5.0,), horizon_days=3)


def catalogue():
    start = pd.Timestamp("2010-01-01")
    events = pd.DataFrame(
        {
            "event_id": [f"e{i}" for i in range(10)],
            "origin_time": start + pd.to_timedelta(np.arange(10) * 5 + 5.5, "D"),
            "latitude_deg": 0.1,
            "longitude_deg": 100.0 + 10 * (np.arange(10) % 3),
            "depth_km": 10.0,
            "magnitude": 5.5,
            "magnitude_type": "Mw",
            "source": "test",
        }
    )
    return Catalogue(events, (Interval(start, start + pd.Timedelta(days=70)),))


def table(draw):
    """Sixty station-days, with strange cells, and sometimes a column of one strange cell."""
    rows = [
        [
            f"2010-{1 + i // 28:02d}-{1 + i % 28:02d}",
            f"S0{i % 3}",
            f"{draw.random():.3f}",
            draw.choice(["yes", "no"]),
            draw.choice(["0", "1", ""]),
            "2009-12-31",
            f"{360 * draw.random():.1f}",
            f"{5 + draw.random():.1f}",
            str(draw.randint(0, 9)),
        ]
        for i in range(60)
    ]
    for _ in range(draw.randint(1, 4)):
        draw.choice(rows)[draw.randrange(9)] = draw.choice(CELLS)
    if draw.random() < 0.3:
        column, cell = draw.randrange(9), draw.choice(CELLS)
        for row in rows:
            row[column] = cell
    return "\n".join([HEADER, *(",".join(row) for row in rows)])


@pytest.mark.parametrize("seed", range(60))
def test_no_table_breaks_the_judge(seed, tmp_path):
    draw = random.Random(seed)
    path = tmp_path / "t.csv"
    path.write_text(table(draw), encoding=draw.choice(["utf-8", "utf-8-sig", "latin-1"]))
    given = {"catalogue": catalogue(), "stations": STATIONS, "rule": RULE}
    with suppress(SeismomagError):
        found = judge_foreign(read_foreign(path), n_bootstrap=10, **(given if seed % 2 else {}))
        assert found.verdict.level in ("V0", "V1", "V2")
