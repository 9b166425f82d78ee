"""FDSN services and the lists of BMKG: a whole span, or why not."""

import pandas as pd
import pytest

from seismomag.core.errors import ConfigError
from seismomag.core.schema import Catalogue, Interval
from seismomag.operate.sources.bmkg_events import get_bmkg_events
from seismomag.operate.sources.fdsn_events import FdsnQuery, get_fdsn_events, vanished

START, END = pd.Timestamp("2025-01-01"), pd.Timestamp("2025-03-01")


@pytest.fixture
def ask(servers, serve, place, fetcher):
    def run(events, service=None, **query):
        made = servers.FdsnService(servers.Reply, events, **(service or {}))
        web = serve(made)
        named = FdsnQuery(**{"start": START, "end": END, "limit": 20, **query})
        return get_fdsn_events(named, fetcher, endpoint=place(web, "/fdsnws/event/1")), web

    return run


def ids(answer):
    return list(answer.data.events["event_id"])


@pytest.mark.parametrize("form", ["text", "xml"])
@pytest.mark.parametrize("too_much", ["413", "400", "silent"])
def test_a_span_with_too_many_events_is_split_until_each_part_fits(servers, ask, form, too_much):
    events = servers.invented_events(50)
    answer, web = ask(events, {"too_much": too_much}, format=form, end=pd.Timestamp("2025-01-15"))
    assert ids(answer) == [f"ev{i}" for i in range(48)]
    assert answer.data.coverage == (Interval(START, pd.Timestamp("2025-01-15")),)
    assert len(web.asked) == 7
    assert all("offset" not in one.query for one in web.asked)


def test_an_event_at_the_seam_of_two_windows_stands_once(servers, ask):
    seams = [START + pd.Timedelta(days=30 * n) for n in (0, 1)]
    events = [
        {"id": f"seam{n}{s}", "time": t + pd.Timedelta(seconds=s), "lat": 0, "lon": 0, "mag": 5}
        for n, t in enumerate(seams)
        for s in (-60, 0, 60)
    ]
    answer, _ = ask(events)
    assert ids(answer) == ["seam00", "seam060", "seam1-60", "seam10", "seam160"]


def test_a_revision_between_two_pages_loses_nothing_and_the_later_form_stays(servers, ask):
    seam = START + pd.Timedelta(days=30)
    event = {"id": "moved", "time": seam + pd.Timedelta(seconds=20), "lat": 0, "lon": 0, "mag": 5}

    def revise(number):
        if number == 1:
            event.update(time=seam - pd.Timedelta(seconds=20), mag=5.3)

    answer, _ = ask([event], {"before": revise})
    assert ids(answer) == ["moved"]
    assert answer.data.events["magnitude"].tolist() == [5.3]


def test_more_events_in_ten_minutes_than_the_limit_is_a_reason(servers, ask):
    events = servers.invented_events(50, step="5s")
    assert ask(events)[0].reason_code == "too_large"


@pytest.mark.parametrize("nodata", [204, 404])
@pytest.mark.parametrize("form", ["text", "xml"])
def test_a_quiet_span_is_an_empty_list_that_covers_it(ask, nodata, form):
    answer, web = ask([], nodata=nodata, format=form)
    assert len(answer.data.events) == 0
    assert answer.data.coverage == (Interval(START, END),)
    assert web.asked[0].query["nodata"] == str(nodata)


def test_a_404_that_nobody_asked_for_is_no_quiet_earth(servers, ask):
    answer, _ = ask([], {"nothing": servers.Reply(b"<html>Not found</html>", 404)})
    assert answer.reason_code == "refused"


def test_empty_documents_under_200_are_empty_lists(servers, ask):
    for form, body in (("text", servers.HEADER + "\n"), ("xml", servers.quakeml([]))):
        answer, _ = ask([], {"nothing": servers.Reply(body.encode())}, format=form)
        assert len(answer.data.events) == 0


def test_a_document_that_breaks_off_is_damaged_and_not_empty(servers, ask):
    whole = servers.quakeml(servers.invented_events(3)).encode()
    head = whole[: whole.index(b"<event ")]
    for body in (head, whole[:-60], whole[: len(whole) // 2]):
        answer, _ = ask([], {"nothing": servers.Reply(body)}, format="xml")
        assert answer.reason_code == "damaged"


def test_a_text_row_with_too_few_fields_is_damaged(servers, ask):
    body = "\n".join([servers.HEADER, servers.text_row(servers.invented_events(1)[0])[:60]])
    assert ask([], {"nothing": servers.Reply(body.encode())})[0].reason_code == "damaged"


@pytest.mark.parametrize("body", [b"<html>Sorry</html>", b"Error 400: no\n", b"{}", b"\n"])
def test_what_is_no_list_under_200_is_damaged(servers, ask, body):
    assert ask([], {"nothing": servers.Reply(body)})[0].reason_code == "damaged"


@pytest.mark.parametrize("status", [400, 401, 403, 414])
def test_a_refusal_is_a_reason(servers, ask, status):
    answer, _ = ask([], {"nothing": servers.Reply(b"Error: unknown parameter", status)})
    assert answer.reason_code == "refused"
    assert "unknown parameter" in answer.reason


def test_a_throttled_request_waits_as_long_as_told(servers, ask, clock):
    def before(number):
        return servers.Reply(b"", 429, {"Retry-After": "3"}) if number == 0 else None

    answer, _ = ask(servers.invented_events(3), {"before": before})
    assert len(answer.data.events) == 3
    assert clock.naps == [3.0]


def test_one_window_without_an_answer_makes_no_list(servers, ask):
    def before(number):
        return servers.Reply(b"", 403) if number == 1 else None

    assert ask(servers.invented_events(10), {"before": before})[0].data is None


def test_explosions_are_left_out_and_counted(servers, ask):
    events = servers.invented_events(3)
    events[1]["type"] = "quarry blast"
    answer, _ = ask(events, format="xml")
    assert ids(answer) == ["ev0", "ev2"]
    assert "1 events are no earthquakes" in answer.notes[0]


def test_a_feed_of_revisions_covers_nothing(servers, ask):
    events = servers.invented_events(4)
    events[0]["updated"] = pd.Timestamp("2025-02-20")
    answer, _ = ask(events, updated_after=pd.Timestamp("2025-02-01"))
    assert ids(answer) == ["ev0"]
    assert answer.data.coverage == ()


def test_region_and_magnitude_are_asked_for(servers, ask):
    answer, web = ask(
        servers.invented_events(10),
        region=(-12.0, 7.0, 94.0, 142.0),
        minimum_magnitude=5.0,
        event_type="earthquake",
    )
    query = web.asked[0].query
    assert (query["minlatitude"], query["maxlongitude"]) == ("-12.0", "142.0")
    assert query["eventtype"] == "earthquake"
    assert answer.data.events["magnitude"].min() >= 5.0


def test_an_event_that_was_deleted_is_named(servers, ask):
    events = servers.invented_events(5)
    known = ask(events)[0].data
    fresh = ask(events[:2] + events[3:])[0].data
    assert vanished(known, fresh) == ("ev2",)
    assert vanished(known, Catalogue(events=fresh.events, coverage=())) == ()


@pytest.mark.parametrize(
    "wrong", [{"end": START}, {"format": "csv"}, {"window_days": 0}, {"nodata": 200},
              {"region": (7, -12, 94, 142)}, {"region": (-12, 7, 94, 500)}],
)  # fmt: skip
def test_an_impossible_query_is_refused(wrong):
    with pytest.raises(ConfigError):
        FdsnQuery(**{"start": START, "end": END, **wrong})


MOMENTS = [pd.Timestamp("2026-05-20T20:15:00"), pd.Timestamp("2026-05-19T03:04:05")]


@pytest.fixture
def bmkg(servers, serve, place, fetcher):
    def run(body, status=200, **options):
        web = serve(lambda _: servers.Reply(body, status))
        return get_bmkg_events(fetcher, endpoint=place(web), **options), web

    return run


def test_the_newest_of_bmkg_are_read_and_cover_nothing(servers, bmkg):
    answer, web = bmkg(servers.bmkg_list([servers.bmkg_row(t) for t in MOMENTS]))
    events = answer.data.events
    assert web.asked[0].path == "/gempaterkini.json"
    assert answer.data.coverage == ()
    assert events["origin_time"].tolist() == MOMENTS[::-1]
    assert events["depth_km"].tolist() == [10.0, 10.0]
    assert events["event_id"][0] == "bmkg_20260519T030405_-7.52_107.7"


def test_the_single_newest_of_bmkg_is_an_object(servers, bmkg):
    answer, web = bmkg(servers.bmkg_list(servers.bmkg_row(MOMENTS[0])), which="latest")
    assert len(answer.data.events) == 1
    assert web.asked[0].path == "/autogempa.json"


def test_local_time_labelled_utc_is_refused(servers, bmkg):
    row = servers.bmkg_row(MOMENTS[0])
    row["DateTime"] = "2026-05-21T03:15:00+00:00"
    answer, _ = bmkg(servers.bmkg_list([row]))
    assert answer.reason_code == "damaged"
    assert "WIB" in answer.reason


@pytest.mark.parametrize(
    "change", [{"Magnitude": "big"}, {"Coordinates": "107.7,-7.52"}, {"Coordinates": "-7.52"},
               {"DateTime": "yesterday"}, {"Kedalaman": "9999 km"}],
)  # fmt: skip
def test_an_impossible_row_of_bmkg_is_damaged(servers, bmkg, change):
    row = {**servers.bmkg_row(MOMENTS[0]), **change}
    assert bmkg(servers.bmkg_list([row]))[0].reason_code == "damaged"


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"Infogempa":{"gempa":[]}}', b"<html>", b"[" * 9999]
)
def test_what_is_no_list_of_bmkg_is_damaged(bmkg, body):
    assert bmkg(body)[0].reason_code == "damaged"


def test_a_list_that_is_not_there_is_a_reason(bmkg):
    assert bmkg(b"", 404)[0].reason_code == "no_data"
    assert bmkg(b"", 403)[0].reason_code == "refused"
    with pytest.raises(ConfigError):
        bmkg(b"", which="all")
