"""Kp and Dst: values with their state, and the moment since which each was known."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seismomag.core.errors import ConfigError, FormatError
from seismomag.operate.sources.dst import get_dst
from seismomag.operate.sources.index_revisions import add_revisions, as_of
from seismomag.operate.sources.kp import get_kp
from seismomag.operate.sources.kyoto_page import read_kyoto_page

# The clock of the tests stands at 2026-05-28 20:26:40.
NOW = pd.Timestamp(1_780_000_000, unit="s")
DAY = pd.Timestamp("2026-05-28")
NEXT_DAY = DAY + pd.Timedelta(days=1)
STAMPS = pd.date_range(DAY, periods=8, freq="3h")
KP = [1.0, 1.333, 1.667, 2.0, 2.333, 2.667, 3.0, 9.0]


@pytest.fixture
def kp(servers, serve, place, fetcher):
    def run(body, status=200, **options):
        web = serve(lambda _: servers.Reply(body, status))
        span = {"start": DAY, "end": DAY + pd.Timedelta(days=1), **options}
        return get_kp(span.pop("start"), span.pop("end"), fetcher, endpoint=place(web), **span), web

    return run


def test_kp_of_gfz_carries_its_state_and_when_it_was_seen(servers, kp):
    answer, web = kp(servers.gfz_json(STAMPS, KP, ["def"] * 3 + ["pre"] * 5))
    assert web.asked[0].query == {
        "start": "2026-05-28T00:00:00Z",
        "end": "2026-05-28T23:59:59Z",
        "index": "Kp",
    }
    assert answer.data["status"].tolist() == ["final"] * 3 + ["nowcast"] * 3
    np.testing.assert_allclose(answer.data["kp"], np.arange(3, 9) / 3)
    assert (answer.data["available_time"] == NOW).all()


def test_the_running_interval_is_no_value_yet(servers, kp):
    answer, _ = kp(servers.gfz_json(STAMPS, KP, ["pre"] * 8))
    assert answer.data["time"].max() == pd.Timestamp("2026-05-28T15:00")


def test_for_days_long_past_the_usual_delay_counts(servers, kp):
    stamps = STAMPS - pd.Timedelta(days=700)
    answer, _ = kp(
        servers.gfz_json(stamps, KP, ["def"] * 8),
        start=stamps[0],
        end=stamps[0] + pd.Timedelta(days=1),
        is_backfill=True,
    )
    assert (answer.data["available_time"] == answer.data["time"] + pd.Timedelta(hours=4)).all()


@pytest.mark.parametrize("is_final", [True, False])
@pytest.mark.parametrize("service", ["gfz_list", "gfz_nowcast"])
def test_the_lists_of_gfz_give_the_same(servers, kp, is_final, service):
    answer, web = kp(servers.gfz_list(STAMPS, [*KP[:7], -1], is_final), service=service)
    assert set(answer.data["status"]) == {"final" if is_final else "nowcast"}
    assert web.asked[0].path.endswith("nowcast.txt") == (service == "gfz_nowcast")
    assert len(answer.data) == 6


@pytest.mark.parametrize("shape", ["swpc_new", "swpc_old"])
def test_kp_of_swpc_is_read_in_both_shapes_and_is_a_nowcast(servers, kp, shape):
    body = getattr(servers, shape)(STAMPS, "Kp", [round(v, 2) for v in KP])
    answer, _ = kp(body, service="swpc")
    assert set(answer.data["status"]) == {"nowcast"}
    np.testing.assert_allclose(answer.data["kp"], np.arange(3, 9) / 3)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b"[1]", b'[["a"],["b"]]', b'[{"time_tag":"x","Kp":1}]',
             b'[{"time_tag":"2026-05-28","Kp":1.5}]', b'[{"time_tag":"2026-05-28","Kp":12}]'],
)  # fmt: skip
def test_what_swpc_never_sends_is_damaged(kp, body):
    assert kp(body, service="swpc")[0].reason_code == "damaged"


def test_gfz_without_definitive_values_yet_is_a_reason(servers, kp):
    assert kp(servers.gfz_json([], [], []))[0].reason_code in {"no_data", "damaged"}
    answer, _ = kp(servers.gfz_json(STAMPS, [None] * 8, ["pre"] * 8))
    assert answer.reason_code == "no_data"


@pytest.mark.parametrize(
    ("status", "code"), [(500, "unreachable"), (404, "no_data"), (403, "refused")]
)
def test_a_service_that_fails_is_a_reason(kp, status, code):
    assert kp(b"", status)[0].reason_code == code


def test_an_unknown_service_is_refused(kp, fetcher):
    for options in ({"service": "x"}, {"end": DAY}):
        with pytest.raises(ConfigError):
            kp(b"", **options)
    with pytest.raises(ConfigError):
        get_dst(DAY, DAY, fetcher)


HOURS = np.tile(np.arange(-24, 0), (28, 1))
GLUED = HOURS.copy()
GLUED[27, 3:] = 9999
GLUED[10, :4] = (-351, -387, -406, 9999)


@pytest.fixture
def dst(servers, serve, place, fetcher):
    """``dst(pages, start, end)``: pages by the end of their path."""

    def run(pages, start=DAY, end=NEXT_DAY, **options):
        def answers(asked):
            found = pages.get(asked.path.removeprefix("/"))
            return servers.Reply(b"", 404) if found is None else servers.Reply(found)

        web = serve(answers)
        return get_dst(start, end, fetcher, endpoint=place(web), **options), web

    return run


def month(rows=GLUED):
    return {"start": pd.Timestamp("2026-05-01"), "end": pd.Timestamp("2026-06-01")}, rows


def test_dst_in_real_time_is_read_where_9999_touches(servers, dst):
    span, rows = month()
    file = servers.wdc_dst("2026-05", rows)
    answer, web = dst({"dst_realtime/202605/dst2605.for.request": file}, **span)
    by_time = answer.data.set_index("time")["dst_nt"]
    assert by_time[pd.Timestamp("2026-05-11T02:00")] == -406
    assert np.isnan(by_time[pd.Timestamp("2026-05-11T03:00")])
    assert by_time[pd.Timestamp("2026-05-28T02:00")] == -22
    assert np.isnan(by_time[pd.Timestamp("2026-05-28T03:00")])
    assert set(answer.data["status"]) == {"nowcast"}
    assert [one.path.split("/")[1] for one in web.asked] == [
        "dst_final", "dst_final", "dst_provisional", "dst_provisional", "dst_realtime",
    ]  # fmt: skip


@pytest.mark.parametrize("gap", [" ", ""])
@pytest.mark.parametrize("margin", ["", " ", "  "])
def test_the_page_of_a_month_is_cut_from_the_right_whatever_its_gaps(servers, gap, margin):
    page = servers.kyoto_page("MAY 2026", GLUED, gap, margin)
    rows = read_kyoto_page(page, "page")
    wanted = np.where(GLUED == 9999, np.nan, GLUED).ravel()
    np.testing.assert_array_equal(rows["dst_nt"], wanted)
    assert rows["time"].iloc[0] == pd.Timestamp("2026-05-01")


@settings(max_examples=25)
@given(st.lists(st.lists(st.integers(-999, 99), min_size=24, max_size=24), min_size=1, max_size=5))
def test_any_month_comes_back_from_its_page(servers, values):
    rows = read_kyoto_page(servers.kyoto_page("FEBRUARY 2024", values), "page")
    np.testing.assert_array_equal(rows["dst_nt"], np.ravel(values))


def test_without_the_file_the_page_is_read(servers, dst):
    span, rows = month()
    page = servers.kyoto_page("MAY 2026", rows)
    answer, _ = dst({"dst_provisional/202605/index.html": page}, **span)
    assert set(answer.data["status"]) == {"provisional"}
    assert answer.data["dst_nt"].min() == -406


@pytest.mark.parametrize(
    ("folder", "version", "state"),
    [("final", "2", "final"), ("final", "1", "provisional"), ("provisional", "2", "provisional"),
     ("realtime", "2", "nowcast")],
)  # fmt: skip
def test_folder_and_file_together_make_the_state(servers, dst, folder, version, state):
    span, rows = month()
    file = servers.wdc_dst("2026-05", rows, version)
    answer, _ = dst({f"dst_{folder}/202605/dst2605.for.request": file}, **span)
    assert set(answer.data["status"]) == {state}


def test_months_in_different_states_stand_side_by_side(servers, dst):
    april, may = servers.wdc_dst("2026-04", HOURS, "1"), servers.wdc_dst("2026-05", HOURS)
    answer, _ = dst(
        {
            "dst_provisional/202604/dst2604.for.request": april,
            "dst_realtime/202605/dst2605.for.request": may,
        },
        start=pd.Timestamp("2026-04-27"),
        end=pd.Timestamp("2026-05-03"),
    )
    assert answer.data["status"].tolist() == ["provisional"] * 48 + ["nowcast"] * 48


@pytest.mark.parametrize(
    "spoil", [lambda b: b[:-50], lambda b: b.replace(b"DST2605", b"DST2604"),
              lambda _: b"<html>Sorry</html>", lambda b: b.replace(b" -24", b"-x24", 1)],
)  # fmt: skip
def test_a_month_that_is_not_what_it_claims_is_damaged(servers, dst, spoil):
    span, rows = month(HOURS)
    file = spoil(servers.wdc_dst("2026-05", rows))
    answer, _ = dst({"dst_realtime/202605/dst2605.for.request": file}, **span)
    assert answer.reason_code == "damaged"


def test_a_damaged_file_gives_way_to_the_sound_page(servers, dst):
    span, rows = month(HOURS)
    pages = {
        "dst_realtime/202605/dst2605.for.request": b"<html>Sorry</html>",
        "dst_realtime/202605/index.html": servers.kyoto_page("MAY 2026", rows),
    }
    assert len(dst(pages, **span)[0].data) == 28 * 24 - 4


def test_no_page_and_no_value_are_reasons(servers, dst):
    assert dst({})[0].reason_code == "no_data"
    rows = np.full((28, 24), 9999)
    file = servers.wdc_dst("2026-05", rows)
    assert dst({"dst_realtime/202605/dst2605.for.request": file})[0].reason_code == "no_data"


@pytest.mark.parametrize(
    "spoil", [lambda p: p.replace(b"<pre", b"<pro"), lambda p: p.replace(b"MAY", b"WAY"),
              lambda p: p.replace(b"\n 3", b"\n13"), lambda p: p.replace(b"-24", b"-2x", 1),
              lambda p: p.replace(b"-351", b"3351"), lambda p: p.replace(b"\n 2", b"\n 2 x", 1)],
)  # fmt: skip
def test_a_spoilt_page_is_refused(servers, spoil):
    page = spoil(servers.kyoto_page("MAY 2026", GLUED))
    with pytest.raises(FormatError):
        read_kyoto_page(page, "page")


def test_more_days_than_the_month_has_are_refused(servers):
    page = servers.kyoto_page("FEBRUARY 2026", np.zeros((29, 24), int))
    with pytest.raises(FormatError, match="29 days"):
        read_kyoto_page(page, "page")


@pytest.mark.parametrize("shape", ["swpc_new", "swpc_old"])
def test_dst_of_swpc_is_read_in_both_shapes(servers, dst, shape):
    stamps = pd.date_range(DAY, periods=20, freq="h")
    body = getattr(servers, shape)(stamps, "dst", list(range(-20, 0)))
    answer, _ = dst({"products/kyoto-dst.json": body}, service="swpc")
    assert answer.data["dst_nt"].tolist() == list(range(-20, 0))
    assert set(answer.data["status"]) == {"nowcast"}


def test_a_value_that_changes_its_state_keeps_its_history(servers, serve, place, fetcher, clock):
    states = iter([["pre"] * 8, ["pre"] * 8, ["def"] * 8])
    values = iter([KP, KP, [2.0, *KP[1:]]])
    web = serve(lambda _: servers.Reply(servers.gfz_json(STAMPS, next(values), next(states))))
    known = None
    moments = []
    for _ in range(3):
        fresh = get_kp(DAY, DAY + pd.Timedelta(hours=3), fetcher, endpoint=place(web)).data
        known = fresh if known is None else add_revisions(known, fresh)
        moments.append(fetcher.now())
        clock.now_s += 86_400
    assert known["kp"].tolist() == [1.0, 2.0]
    assert known["available_time"].tolist() == [moments[0], moments[2]]
    assert as_of(known, moments[1])["kp"].tolist() == [1.0]
    assert as_of(known, moments[2])["status"].tolist() == ["final"]
    assert as_of(known, moments[0] - pd.Timedelta(seconds=1)).empty
