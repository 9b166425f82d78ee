"""HAPI in both dialects and three forms, against a server with bad manners."""

import numpy as np
import numpy.testing as npt
import pandas as pd
import pytest

from seismomag.core.errors import ConfigError
from seismomag.operate.sources.answer import SourceError
from seismomag.operate.sources.hapi import HapiQuery, get_hapi
from seismomag.operate.sources.hapi_info import duration_s, moment, read_info

DAY = pd.Timestamp("2024-05-10")


@pytest.fixture
def ask(servers, serve, place, fetcher):
    """Ask a service with options: ``ask(query, **options) -> answer, web``."""

    def run(query=None, **options):
        service = servers.HapiService(servers.Reply, **options)
        web = serve(service)
        query = {"start": DAY, "end": DAY + pd.Timedelta(days=1), **(query or {})}
        named = HapiQuery(dataset=servers.DATASET, station_code="TST", **query)
        return get_hapi(named, fetcher, endpoint=place(web, "/hapi")), web

    return run


def data_requests(web):
    return [one for one in web.asked if one.path.endswith("/data")]


@pytest.mark.parametrize("form", ["csv", "binary", "json"])
@pytest.mark.parametrize("version", ["2.0", "3.1"])
def test_a_day_comes_the_same_in_each_form_and_dialect(servers, ask, form, version):
    answer, web = ask({"form": form}, version=version)
    assert answer.reason == ""
    assert answer.data.attrs["frame"] == "XYZ"
    assert answer.data.attrs["station_code"] == "TST"
    npt.assert_allclose(answer.data["field"].values, servers.expected_nt(DAY, 1440), atol=1e-4)
    assert answer.data["time"].values[0] == DAY.to_datetime64()
    words = set(data_requests(web)[0].query)
    assert ("time.min" in words) == (version == "2.0")
    assert ("start" in words) == (version == "3.1")


def test_the_best_form_that_the_server_offers_is_asked_for(ask):
    assert data_requests(ask()[1])[0].query["format"] == "binary"
    assert data_requests(ask(formats=["csv", "x_own"])[1])[0].query["format"] == "csv"


@pytest.mark.parametrize("fill", ["99999", "99999.0", "9.9999e4"])
@pytest.mark.parametrize("form", ["csv", "binary", "json"])
def test_a_fill_value_is_missing_however_it_is_spelt(ask, form, fill):
    gone = {DAY + pd.Timedelta(minutes=m) for m in (5, 6, 7)}
    answer, _ = ask({"form": form}, fill_text=fill, missing=gone)
    missing = np.flatnonzero(np.isnan(answer.data["field"].values[0]))
    npt.assert_array_equal(missing, [5, 6, 7])


def test_a_span_of_only_fill_values_is_a_reason(ask):
    gone = set(pd.date_range(DAY, periods=1440, freq="min"))
    answer, _ = ask(missing=gone)
    assert answer.data is None
    assert answer.reason_code == "no_data"


def test_long_spans_travel_in_pieces_that_the_server_allows(servers, ask):
    span = {"start": DAY + pd.Timedelta(hours=7), "end": DAY + pd.Timedelta(days=5, hours=3)}
    answer, web = ask(span)
    spans = [(one.query["start"], one.query["stop"]) for one in data_requests(web)]
    assert spans == [
        ("2024-05-10T07:00:00Z", "2024-05-12T00:00:00Z"),
        ("2024-05-12T00:00:00Z", "2024-05-14T00:00:00Z"),
        ("2024-05-14T00:00:00Z", "2024-05-15T00:00:00Z"),
        ("2024-05-15T00:00:00Z", "2024-05-15T03:00:00Z"),
    ]
    n = answer.data.sizes["time"]
    assert n == (4 * 24 + 20) * 60
    npt.assert_allclose(answer.data["field"].values, servers.expected_nt(span["start"], n))


def test_asked_again_only_the_missing_piece_travels(servers, serve, place, fetcher):
    service = servers.HapiService(servers.Reply)
    web = serve(service)
    service.faults = {1: lambda _: servers.Reply(b"no service", 400)}
    span = {"start": DAY, "end": DAY + pd.Timedelta(days=6)}
    query = HapiQuery(dataset=servers.DATASET, station_code="TST", **span)
    first = get_hapi(query, fetcher, endpoint=place(web, "/hapi"))
    assert first.reason_code == "refused"
    before = len(data_requests(web))
    second = get_hapi(query, fetcher, endpoint=place(web, "/hapi"))
    assert second.data.sizes["time"] == 6 * 1440
    assert len(data_requests(web)) - before == 2
    assert [p.from_cache for p in second.provenance] == [True, True, True, False, False]


def test_the_asked_span_is_clamped_to_what_the_data_set_covers(ask):
    answer, web = ask({"start": pd.Timestamp("2024-05-31"), "end": pd.Timestamp("2024-06-09")})
    assert answer.data.sizes["time"] == 1440
    assert data_requests(web)[-1].query["stop"] == "2024-06-01T00:00:00Z"
    assert "covers 2024-05-01" in answer.notes[0]


def test_a_span_outside_of_the_data_set_is_a_reason_without_a_request(ask):
    answer, web = ask({"start": pd.Timestamp("2023-01-01"), "end": pd.Timestamp("2023-01-02")})
    assert answer.reason_code == "no_data"
    assert data_requests(web) == []


def test_a_server_that_lies_about_its_cover_is_a_reason(servers, ask):
    def lie(_):
        return servers.HapiService(servers.Reply).error(400, 1405, "outside")

    answer, _ = ask(faults={0: lie})
    assert answer.reason_code == "no_data"
    assert "1405" in answer.reason


def test_nothing_under_1201_is_a_reason(servers, ask):
    for body in (b"", b'{"HAPI":"3.1","status":{"code":1201,"message":"OK - no data"}}'):
        answer, _ = ask(faults={0: lambda _, b=body: servers.Reply(b)})
        assert answer.reason_code == "no_data"
    answer, _ = ask(faults={0: lambda _: servers.Reply(b"", 204)})
    assert answer.reason_code == "no_data"


@pytest.mark.parametrize(("form", "size"), [("csv", 61), ("binary", 48)])
@pytest.mark.parametrize("is_clean", [True, False])
def test_a_stream_cut_once_is_asked_for_again(servers, ask, form, size, is_clean):
    def cut(body):
        end = body.rindex(b"\n", 0, 30_000) + 1 if form == "csv" else 48 * 600
        return servers.Reply(body[: end if is_clean else end - 5])

    answer, web = ask({"form": form}, faults={0: cut})
    assert len(data_requests(web)) == 2
    assert not np.isnan(answer.data["field"].values).any()
    assert answer.data.sizes["time"] == 1440
    assert answer.notes == ()


def test_one_missing_last_record_is_noticed(servers, ask):
    answer, web = ask({"form": "binary"}, faults={0: lambda body: servers.Reply(body[:-48])})
    assert len(data_requests(web)) == 2
    assert answer.data.sizes["time"] == 1440


def test_a_stream_cut_anew_each_time_is_a_reason(servers, ask):
    faults = {n: lambda body, n=n: servers.Reply(body[: 48 * (500 + n)]) for n in range(9)}
    answer, web = ask(faults=faults)
    assert answer.reason_code == "damaged"
    assert "stream ends at" in answer.reason
    assert len(data_requests(web)) == 3


def test_records_that_really_end_early_are_taken_with_a_note(ask):
    absent = set(pd.date_range(DAY + pd.Timedelta(hours=20), periods=240, freq="min"))
    answer, web = ask(absent=absent)
    assert answer.data.sizes["time"] == 1200
    assert len(data_requests(web)) == 2
    assert "sent so twice" in answer.notes[0]


def test_half_a_record_twice_is_still_damaged(servers, ask):
    faults = {n: lambda body: servers.Reply(body[:-5]) for n in range(9)}
    assert ask(faults=faults)[0].reason_code == "damaged"


def test_truncated_stamps_are_read(servers, ask):
    answer, _ = ask({"form": "csv"}, is_truncating_stamps=True)
    npt.assert_allclose(answer.data["field"].values, servers.expected_nt(DAY, 1440), atol=1e-4)


@pytest.mark.parametrize(
    ("status", "code", "reason_code"),
    [(400, 1400, "refused"), (400, 1408, "refused"), (404, 1407, "refused"),
     (500, 1500, "unreachable"), (200, 1406, "refused"), (200, 1501, "unreachable")],
)  # fmt: skip
def test_errors_of_the_server_are_reasons(servers, ask, status, code, reason_code):
    def fail(_):
        return servers.HapiService(servers.Reply).error(status, code, "no")

    answer, _ = ask(faults=dict.fromkeys(range(9), fail))
    assert answer.reason_code == reason_code


@pytest.mark.parametrize("status", [200, 404, 502])
def test_a_page_of_a_proxy_is_a_reason(servers, ask, status):
    page = servers.Reply(b"<html><title>502 Bad Gateway</title></html>", status)
    answer, _ = ask(faults=dict.fromkeys(range(9), lambda _: page))
    assert answer.data is None
    assert "Bad Gateway" in answer.reason


def test_an_unknown_data_set_is_a_reason(servers, serve, place, fetcher):
    web = serve(servers.HapiService(servers.Reply))
    query = HapiQuery(
        dataset="nobody", station_code="TST", start=DAY, end=DAY + pd.Timedelta(days=1)
    )
    answer = get_hapi(query, fetcher, endpoint=place(web, "/hapi"))
    assert answer.reason_code == "refused"
    assert "1406" in answer.reason


def test_without_a_vector_of_three_there_is_a_reason(ask):
    assert "no parameter Other" in ask({"vector": "Other"})[0].reason
    assert ask(vector={"size": [2]})[0].reason_code == "refused"


@pytest.mark.parametrize(
    ("options", "query", "frame"),
    [
        ({"label": ["H", "E", "Z"]}, {}, "HEZ"),
        ({"label": ["H", "D", "Z"]}, {}, "HEZ"),
        ({}, {"letters": "HDZ"}, "HEZ"),
        ({}, {}, "XYZ"),
    ],
)
def test_the_frame_comes_from_the_query_the_labels_or_the_name(ask, options, query, frame):
    assert ask(query, vector=options)[0].data.attrs["frame"] == frame


def test_a_d_in_degrees_is_an_angle(servers, ask):
    answer, _ = ask({"letters": "HDZ"}, vector={"units": ["deg", "deg", "nT"]})
    h, d = servers.field_nt(DAY)[:2]
    assert answer.data.attrs["frame"] == "XYZ"
    npt.assert_allclose(answer.data["field"].values[0, 0], h * np.cos(np.radians(d)), atol=1e-3)


def test_a_d_of_unknown_unit_is_a_reason(ask):
    answer, _ = ask({"letters": "HDZ"}, vector={"units": "furlong"})
    assert answer.reason_code == "refused"


@pytest.mark.parametrize(
    "body", [b"x\n", b"2024-05-10T00:00Z,1,2\n", b"2024-05-10T00:00Z,1,2,three\n",
             b"no time,1,2,3\n", b"2024-05-10T00:00Z,1,2,\xff\n"],
)  # fmt: skip
def test_records_that_are_none_are_a_reason(servers, ask, body):
    faults = dict.fromkeys(range(9), lambda _: servers.Reply(body))
    assert ask({"form": "csv"}, faults=faults)[0].reason_code == "damaged"


@pytest.mark.parametrize("body", [b"[1]", b'{"data":1}', b'{"data":[["x"]]}', b'{"data":[[1,2]]}'])
def test_json_that_is_none_is_a_reason(servers, ask, body):
    faults = dict.fromkeys(range(9), lambda _: servers.Reply(body))
    assert ask({"form": "json"}, faults=faults)[0].reason_code == "damaged"


@pytest.mark.parametrize(
    "change", [{"parameters": []}, {"startDate": "soon"}, {"cadence": "often"},
               {"parameters": [{"name": "x", "type": "double"}]},
               {"parameters": [{"name": "t", "type": "isotime"}]},
               {"parameters": [{"name": "t", "type": "blob", "length": 9}]},
               {"parameters": [{"name": "t", "type": "isotime", "length": 10**9}]}],
)  # fmt: skip
def test_an_info_that_is_none_is_refused(change):
    time = {"name": "Time", "type": "isotime", "length": 24}
    sound = {"startDate": "2024-001Z", "stopDate": "2024-12-31T00Z", "parameters": [time]}
    assert read_info(sound, "test").start == pd.Timestamp("2024-01-01")
    with pytest.raises(SourceError) as caught:
        read_info({**sound, **change}, "test")
    assert caught.value.code == "damaged"


@pytest.mark.parametrize("text", ["", "P", "1 day", "PT", "P1DT", "P-1D"])
def test_a_text_that_is_no_duration_is_refused(text):
    with pytest.raises(SourceError):
        duration_s(text)


@pytest.mark.parametrize("text", ["now", "2024-5-1", "2024-05-10T00:00:00+07:00", "9"])
def test_a_text_that_is_no_utc_time_is_refused(text):
    with pytest.raises(ValueError, match="is no time"):
        moment(text)


@pytest.mark.parametrize("wrong", [{"end": DAY}, {"form": "xml"}, {"letters": "XY"}])
def test_an_impossible_query_is_refused(wrong):
    with pytest.raises(ConfigError):
        HapiQuery(**{"dataset": "a", "station_code": "A", "start": DAY,
                     "end": DAY + pd.Timedelta(days=1), **wrong})  # fmt: skip
