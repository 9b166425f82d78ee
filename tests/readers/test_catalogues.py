"""Lists of earthquakes become catalogues, whoever wrote them."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seismomag.core.errors import FormatError
from seismomag.core.schema import Catalogue, Interval
from seismomag.readers.catalogues import (
    CATALOGUE_READERS,
    read_catalogue,
    read_catalogue_with_report,
    read_events,
    write_catalogue,
)

USGS = (
    "time,latitude,longitude,depth,mag,magType,nst,gap,dmin,rms,net,id,updated,place,type,"
    "horizontalError,depthError,magError,magNst,status,locationSource,magSource\n"
    "2020-12-31T23:12:35.050Z,-9.1,118.9,85.7,4.8,mb,,43,3.3,0.9,us,us1,2021-03-06T23:21:08.040Z,"
    '"74 km SSE of Bima, Indonesia",earthquake,7,6,0.07,55,reviewed,us,us\n'
    "2020-12-31T20:00:00.000Z,1,2,10,5.2,mww,,34,1.3,1,us,us2,2021-03-09T18:33:28.040Z,"
    '"a mine",mine collapse,7,1,0.09,10,reviewed,us,us\n'
)
BULLETIN = (
    "No,event_id,datetime,Latitude,Longitude,Magnitude,Depth\n"
    "1,35402,2018-01-01 00:52:31.890000,-0.3667,123.6873,5.1,126.76\n"
)
REPOSITORY = (
    '"No","Event ID","Date time","Latitude","Longitude","Magnitude","Mag Type","Depth (km)",'
    '"Phase Count","Azimuth Gap","Location","Agency"\n'
    '"1","bmg2025teha","2025-09-30T17:15:57.966686Z","-7.27","114.16","4.3","MLv","15","48",'
    '"57.1","Bali Sea","BMKG"\n'
)
REGIONS = (
    "time,latitude,longitude,depth,mag,region\n"
    "2008-11-01T00:31:25.143Z,-0.60,98.90,20,3.0,Southern Sumatra; Indonesia\n"
)
NEIC = (
    '﻿"Date,Time,Latitude,Longitude,Type,Depth,Depth Error,Depth Seismic Stations,Magnitude,'
    "Magnitude Type,Magnitude Error,Magnitude Seismic Stations,Azimuthal Gap,"
    "Horizontal Distance,Horizontal Error,Root Mean Square,ID,Source,Location Source,"
    'Magnitude Source,Status"\r\n'
    '"01/02/1965,13:44:18,19.246,145.616,Earthquake,131.6,,,6,MW,,,,,,,ISCGEM860706,ISCGEM,'
    'ISCGEM,ISCGEM,Automatic"\r\n'
    '"1975-02-23T02:58:41.000Z,1975-02-23T02:58:41.000Z,8.017,124.075,Earthquake,623,,,5.6,MB,'
    ',,,,,,USP0000A09,US,US,US,Reviewed"\r\n'
)
FDSN = (
    "#EventID | Time | Latitude | Longitude | Depth/km | Author | Catalog | Contributor | "
    "ContributorID | MagType | Magnitude | MagAuthor | EventLocationName\n"
    "ev1|2025-01-01T01:02:03.4|-8.1|124.6|15.0|BMKG||BMKG|ev1|Mw|5.1|BMKG|Alor\n"
    "ev2|2025-01-02T01:02:03|-8.2|124.7||BMKG||BMKG|ev2|||BMKG|Alor\n"
)
QUAKEML = """<?xml version="1.0" encoding="UTF-8"?>
<q:quakeml xmlns:q="http://quakeml.org/xmlns/quakeml/1.2"
 xmlns="http://quakeml.org/xmlns/bed/1.2"><eventParameters publicID="smi:local/ep">
 <event publicID="smi:local/ev1"><preferredOriginID>smi:local/o1</preferredOriginID>
  <preferredMagnitudeID>smi:local/m1</preferredMagnitudeID><type>earthquake</type>
  <origin publicID="smi:local/o0"><time><value>2024-01-01T01:02:03Z</value></time>
   <latitude><value>0</value></latitude><longitude><value>0</value></longitude></origin>
  <origin publicID="smi:local/o1"><time><value>2025-01-01T01:02:03.400000Z</value></time>
   <latitude><value>-8.1</value></latitude><longitude><value>124.6</value></longitude>
   <depth><value>15000.0</value></depth><creationInfo><agencyID>BMKG</agencyID></creationInfo>
  </origin>
  <magnitude publicID="smi:local/m1"><mag><value>5.1</value></mag><type>Mw</type></magnitude>
 </event></eventParameters></q:quakeml>
"""
EXAMPLES = {
    "usgs_comcat": USGS,
    "bmkg_bulletin": BULLETIN,
    "bmkg_repository": REPOSITORY,
    "bmkg_regions": REGIONS,
    "neic": NEIC,
    "fdsn_text": FDSN,
    "quakeml": QUAKEML,
}


def put(folder: Path, text: str | bytes, name: str = "list.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def own(rows: list[tuple[str, str, float]]) -> str:
    header = (
        "event_id,origin_time,latitude_deg,longitude_deg,depth_km,magnitude,magnitude_type,source"
    )
    return "\n".join([header, *(f"{i},{t},0,0,10,{m},mb,us" for i, t, m in rows)]) + "\n"


@pytest.mark.parametrize("kind", EXAMPLES)
def test_exactly_one_reader_claims_each_layout(kind: str) -> None:
    head = EXAMPLES[kind].encode()[:4096]
    assert [reader.name for reader in CATALOGUE_READERS if reader.is_mine(head)] == [kind]


def test_usgs_by_hand(tmp_path: Path) -> None:
    catalogue, report = read_catalogue_with_report(put(tmp_path, USGS))
    [event] = catalogue.events.to_dict("records")
    assert event == {
        "event_id": "us1",
        "origin_time": pd.Timestamp("2020-12-31T23:12:35.050"),
        "latitude_deg": -9.1,
        "longitude_deg": 118.9,
        "depth_km": 85.7,
        "magnitude": 4.8,
        "magnitude_type": "mb",
        "source": "us",
    }
    assert (report.n_read, report.n_left_out) == (2, 1)
    assert any("mine collapse" in sentence for sentence in report.sentences)


def test_unlabelled_magnitudes_stay_unlabelled_and_naive_times_are_utc(tmp_path: Path) -> None:
    [event] = read_catalogue(put(tmp_path, BULLETIN)).events.to_dict("records")
    assert event["magnitude_type"] == ""
    assert event["origin_time"] == pd.Timestamp("2018-01-01 00:52:31.890")
    assert event["source"] == "BMKG"
    assert event["depth_km"] == 126.76


def test_a_zone_is_converted_and_dropped(tmp_path: Path) -> None:
    text = BULLETIN.replace("00:52:31.890000", "07:52:31.890000+07:00")
    [event] = read_catalogue(put(tmp_path, text)).events.to_dict("records")
    assert event["origin_time"] == pd.Timestamp("2018-01-01 00:52:31.890")


def test_a_list_without_ids_names_events_by_time_and_place(tmp_path: Path) -> None:
    [event] = read_catalogue(put(tmp_path, REGIONS)).events.to_dict("records")
    assert event["event_id"] == "bmkg_20081101T003125.143000_-0.60_98.90"


def test_quoted_lines_with_iso_stamps_in_both_columns(tmp_path: Path) -> None:
    events = read_catalogue(put(tmp_path, NEIC)).events
    assert list(events["event_id"]) == ["iscgem860706", "usp0000a09"]
    assert events["origin_time"].tolist() == [
        pd.Timestamp("1965-01-02T13:44:18"),
        pd.Timestamp("1975-02-23T02:58:41"),
    ]


def test_missing_depth_and_magnitude_stay_missing(tmp_path: Path) -> None:
    events = read_catalogue(put(tmp_path, FDSN)).events
    assert events["depth_km"].tolist()[0] == 15
    assert np.isnan(events["depth_km"].iloc[1])
    assert np.isnan(events["magnitude"].iloc[1])
    assert read_catalogue(put(tmp_path, FDSN), minimum_magnitude=0).events.shape[0] == 1


def test_quakeml_prefers_what_the_event_prefers_and_depth_is_metres(tmp_path: Path) -> None:
    [event] = read_catalogue(put(tmp_path, QUAKEML, "list.xml")).events.to_dict("records")
    assert event["origin_time"] == pd.Timestamp("2025-01-01T01:02:03.4")
    assert (event["depth_km"], event["magnitude"], event["source"]) == (15.0, 5.1, "BMKG")
    assert event["event_id"] == "ev1"


def test_quakeml_of_usgs_is_named_by_its_catalogue_attributes(tmp_path: Path) -> None:
    text = QUAKEML.replace(
        '<event publicID="smi:local/ev1">',
        '<event xmlns:c="http://anss.org/xmlns/catalog/0.1" c:eventsource="us" '
        'c:eventid="7000abcd" publicID="smi:local/ev1">',
    )
    [event] = read_catalogue(put(tmp_path, text)).events.to_dict("records")
    assert (event["event_id"], event["source"]) == ("us7000abcd", "us")


@pytest.mark.parametrize("kind", EXAMPLES)
def test_our_own_csv_gives_the_catalogue_back(tmp_path: Path, kind: str) -> None:
    before = read_catalogue(put(tmp_path, EXAMPLES[kind]))
    after = read_catalogue(write_catalogue(before, tmp_path / "own.csv"))
    pd.testing.assert_frame_equal(after.events, before.events)
    assert after.coverage == before.coverage


def test_an_empty_catalogue_that_covers_time_survives(tmp_path: Path) -> None:
    full = read_catalogue(put(tmp_path, USGS))
    before = Catalogue(events=full.events.iloc[:0], coverage=full.coverage)
    after = read_catalogue(write_catalogue(before, tmp_path / "own.csv"))
    assert len(after.events) == 0
    assert after.coverage == before.coverage


def test_identical_rows_are_merged_and_counted(tmp_path: Path) -> None:
    paths = [put(tmp_path, REPOSITORY, name) for name in ("a.csv", "b.csv")]
    catalogue, report = read_catalogue_with_report(paths)
    assert len(catalogue.events) == 1
    assert report.n_merged == 1
    assert any("bmg2025teha" in sentence for sentence in report.sentences)


@pytest.mark.parametrize("order", [1, -1])
def test_of_contradicting_rows_the_newest_file_stays(tmp_path: Path, order: int) -> None:
    older = put(tmp_path, own([("a", "2025-01-01", 5.0), ("b", "2025-01-02", 4.0)]), "old.csv")
    newer = put(tmp_path, own([("a", "2025-01-01", 5.4), ("c", "2025-01-03", 4.0)]), "new.csv")
    catalogue, report = read_catalogue_with_report([older, newer][::order])
    assert catalogue.events["magnitude"].tolist() == [5.4, 4.0, 4.0]
    assert any("contradict a newer row" in s and "a" in s for s in report.sentences)


def test_rows_are_sorted_whatever_their_order(tmp_path: Path) -> None:
    text = own([("a", "2025-01-03", 5.0), ("b", "2025-01-01", 4.0), ("c", "2025-01-02", 4.0)])
    assert read_catalogue(put(tmp_path, text)).events["event_id"].tolist() == ["b", "c", "a"]


def test_the_coverage_does_not_shrink_with_the_magnitude(tmp_path: Path) -> None:
    text = own([("a", "2025-01-01", 4.0), ("b", "2025-01-02", 6.0), ("c", "2025-01-03", 4.0)])
    catalogue = read_catalogue(put(tmp_path, text), minimum_magnitude=5)
    assert catalogue.events["event_id"].tolist() == ["b"]
    assert catalogue.covers(pd.Timestamp("2025-01-01"), pd.Timestamp("2025-01-04"))


def test_declared_coverage_rules(tmp_path: Path) -> None:
    declared = Interval(pd.Timestamp("2017-01-01"), pd.Timestamp("2019-01-01"))
    assert read_catalogue(put(tmp_path, BULLETIN), coverage=[declared]).coverage == (declared,)


def test_wrapped_lists_are_unwrapped(tmp_path: Path) -> None:
    path = put(tmp_path, gzip.compress(BULLETIN.encode()), "list.csv.gz")
    assert len(read_catalogue(path).events) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        (BULLETIN.split("\n")[0] + "\n", "header without rows"),
        (BULLETIN.replace("Magnitude", "Size"), "bmkg_bulletin, which needs also Magnitude"),
        (BULLETIN.replace("-0.3667", "-90.1"), r"line 2: Latitude is '-90.1', expected"),
        (BULLETIN.replace("-0.3667", ""), r"line 2: Latitude is '', expected a value"),
        (BULLETIN.replace("123.6873", "361"), r"line 2: Longitude is '361'"),
        (BULLETIN.replace("123.6873", "east"), r"line 2: Longitude is 'east'"),
        (BULLETIN.replace("5.1", "55.1"), r"line 2: Magnitude is '55.1'"),
        (BULLETIN.replace("126.76", "inf"), r"line 2: Depth is 'inf'"),
        (BULLETIN.replace("2018-01-01", "2018-02-30"), r"line 2: datetime is '2018-02-30"),
        (BULLETIN.replace("2018-01-01", "0018-01-01"), r"line 2: datetime is '0018-01-01"),
        (BULLETIN.replace("35402", ""), r"line 2: event_id is ''"),
        (BULLETIN[:-12], r"line 2: 5 fields, expected 7"),
        ("a,b\n1,2\n", "expected a header of"),
        (BULLETIN.encode("utf-16"), "expected UTF-8|expected a header"),
        (BULLETIN.encode() + "2,x,2018-01-02,0,0,5,1\xe9\n".encode("latin-1"), "expected UTF-8"),
        (BULLETIN + "9" * 10_000_000, "line 3: 10000000 characters"),
        (BULLETIN + '2,"' + "x\n" * 200_000, "line 3|after line|fields"),
        ("# coverage: never/ever\n" + own([("a", "2025-01-01", 5)]), "coverage 'never/ever'"),
    ],
)
def test_bad_lists_are_refused_with_the_reason(
    tmp_path: Path, text: str | bytes, message: str
) -> None:
    path = put(tmp_path, text)
    with pytest.raises(FormatError, match=message) as caught:
        read_catalogue(path)
    assert str(path) in str(caught.value)


def test_paths_that_are_no_files_are_refused(tmp_path: Path) -> None:
    for path, found in ((tmp_path, "a folder"), (tmp_path / "absent.csv", "nothing")):
        with pytest.raises(FormatError, match=found):
            read_catalogue(path)
    with pytest.raises(FormatError, match="no file was given"):
        read_catalogue([])


BILLION_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE q [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    "<q:quakeml xmlns:q='http://quakeml.org/xmlns/quakeml/1.2'>&b;</q:quakeml>"
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BILLION_LAUGHS, "document type or entity"),
        (
            QUAKEML.replace("<q:quakeml", '<!DOCTYPE q SYSTEM "file:///etc/passwd"><q:quakeml'),
            "doc",
        ),
        (QUAKEML[:600], "not well-formed"),
        (QUAKEML.replace("<event ", "<happening ").replace("</event>", "</happening>"), "no event"),
        (
            QUAKEML.replace("origin publicID", "place publicID").replace("/origin", "/place"),
            "no or",
        ),
        (QUAKEML.replace("15000.0", "deep"), "depth_km is 'deep'"),
        ("<quakeml>" + "<a>" * 1000, "XML of depth"),
    ],
)
def test_hostile_or_broken_xml_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read_catalogue(put(tmp_path, text, "list.xml"))


@pytest.mark.parametrize("kind", EXAMPLES)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_damaged_lists_are_read_or_refused_and_nothing_else(kind: str, data: st.DataObject) -> None:
    content = bytearray(EXAMPLES[kind].encode())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    content = content[: data.draw(st.integers(1, len(content)))]
    try:
        events = read_events(bytes(content), "damaged").events
    except FormatError:
        return
    assert events["latitude_deg"].between(-90, 90).all()
    assert events["origin_time"].notna().all()


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=300))
def test_noise_is_refused(content: bytes) -> None:
    with pytest.raises(FormatError):
        read_events(content, "noise")
