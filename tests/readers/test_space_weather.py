"""Indices come out of every archive with the same meaning."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seismomag.core.errors import FormatError
from seismomag.core.schema import SPACE_WEATHER_COLUMNS
from seismomag.readers.space_weather import (
    SPACE_WEATHER_READERS,
    read_indices,
    read_space_weather,
    read_space_weather_with_report,
    write_space_weather,
)

KP_TABLE = (
    "Date_Time_UTC,Kp_Index,Date_Only,Time_Only\n"
    "2024-05-11 00:00:00+00:00,9.0,2024-05-11,00:00:00\n"
    "2024-05-11 03:00:00+00:00,8.333,2024-05-11,03:00:00\n"
    "2024-05-11 06:00:00+00:00,,2024-05-11,06:00:00\n"
)
GFZ_INTERVALS = (
    "# The file contains the Kp index\n"
    "#YYY MM DD hh.h hh._m        days      days_m     Kp   ap D\n"
    "1932 01 01 00.0 01.50     0.00000     0.06250  3.333   18 1\n"
    "1932 01 01 03.0 04.50     0.12500     0.18750 -1.000   -1 0\n"
)
GFZ_DAYS = (
    "# Kp, ap, Ap, SN, F10.7\n"
    "#YYY MM DD  days  days_m  Bsr dB    Kp1    Kp2    Kp3    Kp4    Kp5    Kp6    Kp7    Kp8\n"
    "2024 05 10 33733 33733.5 2602 14 3.000 2.333 2.667 2.667 3.000 7.667 8.667 8.667 "
    "15 9 12 12 15 179 236 236 105 153 223.0 227.4 2\n"
    "2024 05 11 33734 33734.5 2602 15 9.000 8.333 -1.000 -1.000 -1.000 -1.000 -1.000 -1.000 "
    "400 207 -1 -1 -1 -1 -1 -1 -1 -1 -1.0 -1.0 0\n"
)
GFZ_JSON = json.dumps(
    {
        "Kp": [9.0, 8.333, None],
        "datetime": ["2024-05-11T00:00:00Z", "2024-05-11T03:00:00Z", "2024-05-11T06:00:00Z"],
        "meta": {"source": "GFZ Potsdam", "license": "CC BY 4.0"},
        "status": ["def", "pre", "pre"],
    }
)
CELESTRAK_DAY = (
    "1957 10 01 1700 19 43 40 30 20 37 23 43 37 273  32  27  15   7  22   9  32  22  21 1.1 5 334 "
    "269.8 0 266.8 235.5 269.3 266.6 230.9"
)
CELESTRAK = "\r\n".join(
    [
        "DATATYPE CssiSpaceWeather",
        "VERSION 1.2",
        "NUM_OBSERVED_POINTS 1",
        "BEGIN OBSERVED",
        CELESTRAK_DAY,
        "END OBSERVED",
        "",
        "NUM_DAILY_PREDICTED_POINTS 1",
        "BEGIN DAILY_PREDICTED",
        CELESTRAK_DAY.replace("1957 10 01", "2957 10 02"),
        "END DAILY_PREDICTED",
        "",
    ]
)


def wdc_day(
    hours: list[int], *, version: str = "X1", base: int = 0, mean: int | None = None
) -> str:
    known = [h for h in hours if h != 9999]
    mean = round(sum(known) / len(known)) if mean is None else mean
    return f"DST2405*11  {version}20{base:4d}" + "".join(f"{h:4d}" for h in [*hours, mean]) + "\n"


STORM = [-351, -387, -406, -395, *[-300] * 20]
WDC = wdc_day(STORM)
IAGA_HEADER = (
    " Format                 IAGA-2002                                    |\n"
    " IAGA CODE              DST                                          |\n"
    " Data Type              {kind:<45}|\n"
)
IAGA_COLUMNS = "DATE       TIME         DOY     DST                                  |\n"
IAGA = (
    IAGA_COLUMNS
    + "2018-01-31 23:00:00.000 031         0.00\n"
    + IAGA_HEADER.format(kind="Final")
    + IAGA_COLUMNS
    + "2018-02-01 00:00:00.000 032        -1.00\n"
    + IAGA_HEADER.format(kind="Provisional")
    + IAGA_COLUMNS
    + "2018-03-01 00:00:00.000 060     99999.00\n"
    + IAGA_HEADER.format(kind="Real-time")
    + IAGA_COLUMNS
    + "2018-04-01 00:00:00.000 091      -406.00"
)
EXAMPLES = {
    "kp_table": KP_TABLE,
    "gfz_text": GFZ_INTERVALS,
    "gfz_json": GFZ_JSON,
    "celestrak": CELESTRAK,
    "dst_wdc": WDC,
    "dst_iaga": IAGA,
}


def put(folder: Path, text: str | bytes, name: str = "index.txt") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize("kind", EXAMPLES)
def test_exactly_one_reader_claims_each_layout(kind: str) -> None:
    head = EXAMPLES[kind].encode()
    assert [reader.name for reader in SPACE_WEATHER_READERS if reader.is_mine(head)] == [kind]


def test_kp_table_by_hand(tmp_path: Path) -> None:
    rows = read_space_weather(put(tmp_path, KP_TABLE))
    assert list(rows.columns) == list(SPACE_WEATHER_COLUMNS)
    np.testing.assert_array_equal(rows["kp"], [9, 25 / 3, np.nan])
    assert rows["dst_nt"].isna().all()
    assert rows["status"].tolist() == ["provisional"] * 3
    # Three hours of interval and one of delay.
    assert rows["available_time"].iloc[0] == pd.Timestamp("2024-05-11 04:00")


def test_gfz_intervals_carry_their_status_and_missing_stays_missing(tmp_path: Path) -> None:
    rows = read_space_weather(put(tmp_path, GFZ_INTERVALS))
    np.testing.assert_array_equal(rows["kp"], [10 / 3, np.nan])
    assert rows["status"].tolist() == ["final", "nowcast"]
    assert rows["time"].tolist() == [
        pd.Timestamp("1932-01-01"),
        pd.Timestamp("1932-01-01 03:00"),
    ]


def test_gfz_days_give_eight_kp_and_a_flux(tmp_path: Path) -> None:
    rows = read_space_weather(put(tmp_path, GFZ_DAYS))
    kp = rows[rows["kp"].notna()]
    assert len(kp) == 10
    assert kp["kp"].tolist()[5:9] == [pytest.approx(v) for v in (23 / 3, 26 / 3, 26 / 3, 9.0)]
    assert kp["time"].iloc[8] == pd.Timestamp("2024-05-11")
    assert rows["f107_sfu"].dropna().tolist() == [223.0]
    assert set(rows.loc[rows["time"] < pd.Timestamp("2024-05-11"), "status"]) == {"final"}
    assert set(rows.loc[rows["time"] >= pd.Timestamp("2024-05-11"), "status"]) == {"nowcast"}


def test_gfz_json_by_hand(tmp_path: Path) -> None:
    rows = read_space_weather(put(tmp_path, GFZ_JSON))
    np.testing.assert_array_equal(rows["kp"], [9, 25 / 3, np.nan])
    assert rows["status"].tolist() == ["final", "nowcast", "nowcast"]


def test_gfz_json_of_the_flux_has_no_status(tmp_path: Path) -> None:
    text = json.dumps({"Fobs": [223.0], "datetime": ["2024-05-10T00:00:00Z"]})
    [row] = read_space_weather(put(tmp_path, text)).to_dict("records")
    assert (row["f107_sfu"], row["status"]) == (223.0, "nowcast")


def test_celestrak_stops_at_the_end_of_the_observed(tmp_path: Path) -> None:
    rows = read_space_weather(put(tmp_path, CELESTRAK))
    assert rows["time"].max() == pd.Timestamp("1957-10-01 21:00")
    np.testing.assert_allclose(rows["kp"].dropna() * 3, [13, 12, 9, 6, 11, 7, 13, 11])
    assert rows["f107_sfu"].dropna().tolist() == [269.3]


def test_wdc_fields_that_touch_are_cut_by_position(tmp_path: Path) -> None:
    hours = [*STORM[:4], 9999, *STORM[5:]]
    rows = read_space_weather(put(tmp_path, wdc_day(hours, base=-1)))
    assert rows["dst_nt"].tolist()[:4] == [-451, -487, -506, -495]
    assert np.isnan(rows["dst_nt"].iloc[4])
    assert rows["time"].iloc[2] == pd.Timestamp("2024-05-11 02:00")
    assert rows["available_time"].iloc[2] == pd.Timestamp("2024-05-11 05:00")


@pytest.mark.parametrize(
    ("version", "status"), [("X2", "final"), ("X1", "provisional"), ("X0", "nowcast")]
)
def test_wdc_version_is_the_status(tmp_path: Path, version: str, status: str) -> None:
    rows = read_space_weather(put(tmp_path, wdc_day(STORM, version=version)))
    assert set(rows["status"]) == {status}


def test_iaga_blocks_give_the_status_and_a_headless_month_takes_the_next(tmp_path: Path) -> None:
    rows = read_space_weather(put(tmp_path, IAGA))
    assert rows["status"].tolist() == ["final", "final", "provisional", "nowcast"]
    np.testing.assert_array_equal(rows["dst_nt"], [0, -1, np.nan, -406])


@pytest.mark.parametrize("kind", EXAMPLES)
def test_our_own_csv_gives_the_rows_back(tmp_path: Path, kind: str) -> None:
    before = read_space_weather(put(tmp_path, EXAMPLES[kind]))
    after = read_space_weather(write_space_weather(before, tmp_path / "own.csv"))
    pd.testing.assert_frame_equal(after, before)


@pytest.mark.parametrize("order", [1, -1])
def test_the_more_trusted_value_stays_whatever_the_order(tmp_path: Path, order: int) -> None:
    final = put(tmp_path, wdc_day(STORM, version="X2"), "final")
    other = put(tmp_path, wdc_day([h + 5 for h in STORM], version="X0"), "nowcast")
    rows, report = read_space_weather_with_report([final, other][::order])
    assert rows["dst_nt"].tolist() == STORM
    assert (report.n_read, report.n_merged) == (48, 24)
    assert any(s.startswith("24 values") for s in report.sentences)


def test_a_value_stands_before_a_gap_and_the_later_file_before_the_earlier(tmp_path: Path) -> None:
    gap = put(tmp_path, wdc_day([9999, *STORM[1:]], version="X2"), "gap")
    full = put(tmp_path, wdc_day(STORM, version="X0"), "full")
    assert read_space_weather([full, gap])["dst_nt"].iloc[0] == -351
    later = put(tmp_path, wdc_day([-1, *STORM[1:]], version="X0"), "later")
    rows, report = read_space_weather_with_report([full, later])
    assert rows["dst_nt"].iloc[0] == -1
    assert any(s.startswith("1 values") for s in report.sentences)


def test_kp_and_dst_of_one_hour_stand_in_two_rows(tmp_path: Path) -> None:
    rows = read_space_weather([put(tmp_path, WDC, "a"), put(tmp_path, KP_TABLE, "b")])
    assert len(rows) == 27
    assert rows["time"].is_monotonic_increasing
    assert (rows[["kp", "dst_nt", "f107_sfu"]].notna().sum(axis=1) <= 1).all()


OWN = ",".join(SPACE_WEATHER_COLUMNS) + "\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("a,b\n1,2\n", "expected one of the layouts"),
        (KP_TABLE.replace("9.0,", "9.3,"), "line 2: Kp_Index is '9.3'"),
        (KP_TABLE.replace("8.333", "8.5"), "line 3: expected Kp in thirds"),
        (KP_TABLE.replace("05-11 03", "05-32 03"), "line 3: Date_Time_UTC"),
        (GFZ_INTERVALS.replace("   -1 0", ""), "line 4: 8 numbers"),
        (GFZ_INTERVALS.replace("01 01 03.0", "01 02 03.0"), "line 4: expected a date"),
        (GFZ_INTERVALS.replace("04.50", "four"), "could not convert"),
        (GFZ_INTERVALS.replace("3.333", "3.733"), "line 3: expected Kp in thirds"),
        (GFZ_INTERVALS.replace("3.333", "9.333"), "line 3: expected Kp from 0 to 9"),
        (GFZ_INTERVALS.replace(" 03.0 ", " 04.0 "), "line 4: expected an hour"),
        (GFZ_INTERVALS.replace("Kp   ap", "Hp30 ap"), "expected one of the layouts"),
        (GFZ_DAYS.replace("223.0", "5.0"), "line 3: expected F10.7"),
        (GFZ_JSON[:-5], "no JSON"),
        ('{"Kp":' + "[" * 100_000, "no JSON"),
        (GFZ_JSON.replace('"Kp"', '"ap"'), "no list Kp"),
        (GFZ_JSON.replace("8.333, ", ""), "lists of one length"),
        (GFZ_JSON.replace("8.333", "8.5"), "line 2: expected Kp in thirds"),
        (GFZ_JSON.replace("[9.0, 8.333, null]", '"x"'), "lists of one length"),
        (CELESTRAK.replace("END OBSERVED", "END"), "the file is cut"),
        (CELESTRAK.replace("POINTS 1", "POINTS 2"), "1 observed rows, the header promises 2"),
        (CELESTRAK.replace("NUM_OBS", "NOM_OBS"), "promises no number"),
        (CELESTRAK.replace(" 43 40", " 44 40"), r"line 5, columns 19-21: found ' 44'"),
        (CELESTRAK.replace("1957 10 01", "1957 13 01"), r"line 5, columns 5-7"),
        (CELESTRAK.replace(" 230.9", ""), "line 5: 124 characters, expected 130"),
        (WDC.replace("-387", "-3x7"), "line 1, columns 25-28: found '-3x7'"),
        (WDC.replace("-387", "-287"), "the mean of the 24 hours"),
        (WDC[:-3], "line 1: 118 characters"),
        (WDC.replace("DST2405*11", "DST2402*31"), "expected a date"),
        (WDC + "XST" + WDC[3:], "line 2, columns 1-3"),
        (wdc_day(STORM, base=-30), "expected Dst from"),
        (IAGA[:-1], "line 17: 39 characters"),
        (IAGA.replace(" 032 ", " 033 "), "the day of the year"),
        (IAGA.replace("00:00:00.000 032", "00:30:00.000 032"), "a full hour"),
        (IAGA.replace("-406.00", "-9e9.00"), "columns 31-40"),
        (IAGA.replace("-406.00", " 606.00"), "expected Dst from"),
        (IAGA.replace("\n IAGA CODE", "\nIAGA CODE"), "expected a header or a stamp"),
        (IAGA_COLUMNS, "no line of data"),
        (OWN + "2025-01-01,5,-3,,final,2025-01-01\n", "line 2: two indices"),
        (OWN + "2025-01-01,5,,,sure,2025-01-01\n", "status 'sure'"),
        (KP_TABLE + "9" * 10_000_000, "line 5: 10000000 characters"),
        (KP_TABLE.encode("utf-16"), "expected one of the layouts"),
        (KP_TABLE.encode() + b"\xe9", "expected UTF-8"),
    ],
)
def test_bad_archives_are_refused_with_the_reason(
    tmp_path: Path, text: str | bytes, message: str
) -> None:
    path = put(tmp_path, text)
    with pytest.raises(FormatError, match=message) as caught:
        read_space_weather(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("kind", [*EXAMPLES, "gfz_days"])
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_damaged_archives_are_read_or_refused_and_nothing_else(
    kind: str, data: st.DataObject
) -> None:
    content = bytearray({**EXAMPLES, "gfz_days": GFZ_DAYS}[kind].encode())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    content = content[: data.draw(st.integers(1, len(content)))]
    try:
        rows = read_indices(bytes(content), "damaged")
    except FormatError:
        return
    assert rows["kp"].dropna().between(0, 9).all()
    assert rows["dst_nt"].dropna().between(-2500, 500).all()


@pytest.mark.real_data
class TestRealArchives:
    def test_kp_nine_on_2024_05_11(self, real_data: Path) -> None:
        rows = read_space_weather(real_data / "indices" / "kp_2018-2026.csv.xz")
        assert len(rows) == 24_153
        assert rows.loc[rows["kp"] == 9, "time"].dt.date.astype(str).tolist()[-1] == "2024-05-11"
        assert rows["time"].max() == pd.Timestamp("2026-04-08")

    def test_dst_minimum_of_2024(self, real_data: Path) -> None:
        rows = read_space_weather(real_data / "indices" / "dst_2018-2024.txt.xz")
        assert len(rows) == 61_368
        lowest = rows.loc[rows["dst_nt"].idxmin()]
        assert (lowest["dst_nt"], lowest["time"]) == (-406, pd.Timestamp("2024-05-11 02:00"))
        last = rows.groupby("status")["time"].max()
        assert last["final"] == pd.Timestamp("2020-12-31 23:00")
        assert last["provisional"] == pd.Timestamp("2024-10-31 23:00")
        assert last["nowcast"] == pd.Timestamp("2024-12-31 23:00")

    def test_wdc_has_6209_days_and_agrees_with_the_other_layout(self, real_data: Path) -> None:
        wdc = read_space_weather(real_data / "indices" / "WDC_Kyoto.dat.xz")
        assert len(wdc) == 6_209 * 24
        assert wdc["dst_nt"].notna().all()
        iaga = read_space_weather(real_data / "indices" / "dst_2018-2024.txt.xz")
        both = wdc.merge(iaga, on="time", suffixes=("_wdc", "_iaga"))
        final = both[both["status_wdc"].eq("final") & both["status_iaga"].eq("final")]
        assert len(final) > 20_000
        assert (final["dst_nt_wdc"] == final["dst_nt_iaga"]).all()

    def test_celestrak_ends_on_2025_07_20_and_agrees_with_gfz(self, real_data: Path) -> None:
        rows = read_space_weather(next((real_data / "indices").glob("SW-All*")))
        assert rows["f107_sfu"].notna().sum() == 24_765
        assert rows["kp"].notna().sum() == 8 * 24_765
        assert rows["time"].max() == pd.Timestamp("2025-07-20 21:00")
        gfz = read_space_weather(real_data / "indices" / "kp_2018-2026.csv.xz")
        both = rows[rows["kp"].notna()].merge(gfz, on="time", suffixes=("", "_gfz"))
        assert len(both) > 20_000
        assert (both["kp"] == both["kp_gfz"]).mean() > 0.99

    def test_all_archives_join(self, real_data: Path) -> None:
        paths = sorted((real_data / "indices").glob("*.xz"))
        rows, report = read_space_weather_with_report(paths)
        assert report.n_read - report.n_merged == len(rows)
        storm = rows[rows["time"].eq(pd.Timestamp("2024-05-11"))]
        assert storm["kp"].max() == 9
        assert storm["dst_nt"].min() == -313


def test_a_header_with_a_longer_name_is_refused_by_its_column(tmp_path: Path) -> None:
    path = tmp_path / "kp.csv"
    path.write_text("Date_Time_UTC,Kp_Indexed\n2025-01-01 00:00:00+00:00,3.0\n")
    with pytest.raises(FormatError, match="no column Kp_Index; found Date_Time_UTC, Kp_Indexed"):
        read_space_weather(path)
