"""INTERMAGNET, USGS, folders: a station-day, or why not."""

import json
import os

import numpy as np
import numpy.testing as npt
import pytest

from seismomag.core.errors import ConfigError
from seismomag.operate.sources.folder import FolderPlan, get_folder_day
from seismomag.operate.sources.gin import GinQuery, get_gin_day
from seismomag.operate.sources.usgs import UsgsQuery, get_usgs_day

DAY = np.datetime64("2026-05-10")


@pytest.fixture
def gin(servers, serve, place, fetcher):
    def run(service=None, **query):
        web = serve(servers.GinService(servers.Reply, **(service or {})))
        named = GinQuery(**{"station_code": "TST", "day": DAY, "period_s": 60.0, **query})
        return get_gin_day(named, fetcher, endpoint=place(web, "/GIN")), web

    return run


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_day_of_intermagnet_is_read_by_its_letters(servers, gin, end):
    answer, web = gin({"end": end})
    assert answer.data.attrs["frame"] == "HEZ"
    assert answer.data.attrs["station_code"] == "TST"
    assert answer.data.sizes["time"] == 1440
    wanted = [servers.minute_nt(k, 700) for k in "HEZ"]
    npt.assert_allclose(answer.data["field"].values[:, 700], wanted)
    assert web.asked[0].query["samplesPerDay"] == "minute"
    assert web.asked[0].query["publicationState"] == "best-avail"
    assert len(answer.provenance) == 1


def test_an_embargoed_day_is_a_reason_of_its_own(gin):
    answer, _ = gin({"embargoed": {"2026-05-10"}})
    assert answer.reason_code == "embargo"


def test_an_empty_day_long_past_is_no_embargo(gin):
    answer, _ = gin({"embargoed": {"2024-05-10"}}, day=np.datetime64("2024-05-10"))
    assert answer.reason_code == "no_data"


def test_what_intermagnet_does_not_have_is_a_reason(gin):
    assert gin(day=np.datetime64("1999-01-01"))[0].reason_code == "no_data"
    answer, _ = gin(station_code="XXX")
    assert answer.reason_code == "refused"
    assert "unknown observatory" in answer.reason


def test_a_web_page_under_200_is_damaged(servers, gin):
    page = servers.Reply(b"<!DOCTYPE html><html>Sorry</html>\n")
    answer, _ = gin({"faults": {0: lambda _: page}})
    assert answer.reason_code == "damaged"
    assert "Sorry" in answer.reason


def test_a_connection_reset_within_the_body_is_asked_again(servers, gin):
    faults = {0: lambda body: servers.Reply(body, cut_after=30_000)}
    answer, web = gin({"faults": faults})
    assert answer.data.sizes["time"] == 1440
    assert len(web.asked) == 2


def test_a_body_that_ends_within_a_line_is_asked_again(servers, gin):
    once = {0: lambda body: servers.Reply(body[:-30])}
    assert gin({"faults": once})[0].data.sizes["time"] == 1440
    always = dict.fromkeys(range(9), once[0])
    assert gin({"faults": always})[0].reason_code == "damaged"


def test_a_day_with_fewer_samples_says_so(servers, gin):
    def shorter(body):
        return servers.Reply(b"".join(body.splitlines(keepends=True)[:-40]))

    answer, _ = gin({"faults": {0: shorter}})
    assert answer.data.sizes["time"] == 1400
    assert "1,400 of 1,440" in answer.notes[0]


def test_another_station_or_another_day_is_damaged(servers, gin):
    answer, _ = gin({"code": "OTH"})
    assert answer.reason_code == "damaged"
    other = servers.iaga2002("TST", "2026-05-09", "EHZF")
    answer, _ = gin({"faults": {0: lambda _: servers.Reply(other)}})
    assert answer.reason_code == "damaged"
    assert "misses it" in answer.reason


def test_a_line_of_another_length_and_a_wrong_day_of_year_are_not_swallowed(servers, gin):
    def mangle(body):
        lines = body.split(b"\n")
        lines[100] = lines[100][:-1]
        lines[200] = lines[200] + b"0"
        lines[300] = lines[300].replace(b" 130 ", b" 131 ")
        return servers.Reply(b"\n".join(lines))

    answer, _ = gin({"faults": {0: mangle}})
    assert any("day of the year" in fault for fault in answer.data.attrs["clock_faults"])


@pytest.mark.parametrize(
    "wrong", [{"period_s": 10.0}, {"orientation": "ZZ"}, {"state": "Best-available"},
              {"station_code": "../x"}],
)  # fmt: skip
def test_an_impossible_question_to_intermagnet_is_refused(wrong):
    with pytest.raises(ConfigError):
        GinQuery(**{"station_code": "TST", "day": DAY, **wrong})


@pytest.fixture
def usgs(servers, serve, place, fetcher):
    def run(service=None, **query):
        web = serve(servers.UsgsService(servers.Reply, **(service or {})))
        named = UsgsQuery(**{"station_code": "BOU", "day": DAY, "period_s": 60.0, **query})
        return get_usgs_day(named, fetcher, endpoint=place(web, "/ws")), web

    return run


@pytest.mark.parametrize("form", ["iaga2002", "json"])
def test_a_day_of_the_usgs_comes_the_same_in_both_forms(servers, usgs, form):
    answer, web = usgs(format=form)
    assert answer.data.attrs["frame"] == "HEZ"
    assert answer.data.sizes["time"] == 1440
    wanted = [servers.minute_nt(k, 700) for k in "HEZ"]
    npt.assert_allclose(answer.data["field"].values[:, 700], wanted)
    assert web.asked[0].query["endtime"] == "2026-05-10T23:59:00Z"
    assert web.asked[0].query["type"] == "variation"


@pytest.mark.parametrize("form", ["iaga2002", "json"])
def test_a_day_of_nulls_under_200_is_a_reason(usgs, form):
    answer, _ = usgs({"empty_days": {"2026-05-10"}}, format=form)
    assert answer.reason_code == "no_data"
    assert "missing" in answer.reason


@pytest.mark.parametrize("form", ["iaga2002", "json"])
@pytest.mark.parametrize("is_old", [True, False])
def test_errors_of_the_usgs_are_reasons_under_any_status(usgs, form, is_old):
    answer, _ = usgs({"is_old": is_old}, station_code="XXX", format=form)
    assert answer.data is None
    assert "Bad observatory id 'XXX'" in answer.reason


def test_a_request_beyond_the_limit_is_told_as_such(servers, usgs):
    service = servers.UsgsService(servers.Reply)
    for form in ("iaga2002", "json"):
        text = "Request exceeds limit (345601 > 345600)"
        body = service.error({"format": form}, text).body
        answer, _ = usgs({"mangle": lambda _, b=body: b}, format=form)
        assert answer.reason_code == "too_large"
        assert "345601" in answer.reason


@pytest.mark.parametrize(
    "mangle",
    [lambda b: b[:-100], lambda _: b"[]", lambda _: b'{"type":"Timeseries"}', lambda _: b"<html>",
     lambda b: b.replace(b"2026-05-10T00:00:00", b"never", 1),
     lambda b: b.replace(b'[38000', b'["x", 38000', 1)],
)  # fmt: skip
def test_json_of_the_usgs_that_is_none_is_damaged(usgs, mangle):
    assert usgs({"mangle": mangle}, format="json")[0].reason_code == "damaged"


def test_lists_of_unequal_length_are_damaged(usgs):
    def shorter(body):
        parts = json.loads(body)
        parts["values"][1]["values"].pop()
        return json.dumps(parts).encode()

    assert "as many values" in usgs({"mangle": shorter}, format="json")[0].reason


@pytest.mark.parametrize(
    "wrong", [{"elements": ("H", "D", "Z")}, {"elements": tuple("HEZFG")}, {"format": "xml"},
              {"data_type": "best"}, {"period_s": 3600.0}],
)  # fmt: skip
def test_an_impossible_question_to_the_usgs_is_refused(wrong):
    with pytest.raises(ConfigError):
        UsgsQuery(**{"station_code": "BOU", "day": DAY, **wrong})


@pytest.fixture
def folder(servers, tmp_path):
    """A folder with one day, last changed long ago."""
    root = tmp_path / "days"
    file = root / "TST" / "tst20260510vmin.min"
    file.parent.mkdir(parents=True)
    file.write_bytes(servers.iaga2002("TST", "2026-05-10", "HEZF"))
    os.utime(file, (1e9, 1e9))
    plan = FolderPlan(root=root, pattern="{code}/{code_lower}{yyyy}{mm}{dd}vmin.min")
    return plan, file


def test_a_day_in_a_folder_is_read(folder):
    answer = get_folder_day(folder[0], "TST", DAY)
    assert answer.data.sizes["time"] == 1440
    assert answer.provenance[0].url == folder[1].as_uri()
    assert get_folder_day(folder[0], "TST", DAY - 1).reason_code == "no_data"


def test_a_file_that_was_just_changed_waits(folder):
    os.utime(folder[1])
    assert get_folder_day(folder[0], "TST", DAY).reason_code == "growing"


def test_a_link_out_of_the_folder_is_refused(folder, tmp_path):
    outside = folder[1].rename(tmp_path / "outside")
    folder[1].symlink_to(outside)
    assert get_folder_day(folder[0], "TST", DAY).reason_code == "unsafe"


def test_a_file_of_another_day_station_or_kind_is_damaged(folder, servers):
    for body in (
        servers.iaga2002("TST", "2026-05-11", "HEZF"),
        servers.iaga2002("OTH", "2026-05-10", "HEZF"),
        b"nonsense",
    ):
        folder[1].write_bytes(body)
        os.utime(folder[1], (1e9, 1e9))
        assert get_folder_day(folder[0], "TST", DAY).reason_code == "damaged"


def test_a_day_without_a_value_is_a_reason(folder, servers):
    folder[1].write_bytes(servers.iaga2002("TST", "2026-05-10", "HEZF", is_missing=True))
    os.utime(folder[1], (1e9, 1e9))
    assert get_folder_day(folder[0], "TST", DAY).reason_code == "no_data"


def test_two_files_of_one_day_must_agree(servers, tmp_path):
    root = tmp_path / "bmkg"
    for n, name in enumerate(("S260510.TST", "SData/2605/S260510.TST")):
        file = root / "TST" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        body = servers.iaga2002("TST", "2026-05-10", "HEZF")
        file.write_bytes(body if n == 0 else body.replace(b"38000.00", b"38000.01", 1))
        os.utime(file, (1e9, 1e9))
    answer = get_folder_day(FolderPlan(root=root), "TST", DAY)
    assert answer.reason_code == "unsafe"
    assert "disagree" in answer.reason


@pytest.mark.parametrize("pattern", ["/etc/{code}", "../{code}", "{code.__class__}", "{strange}"])
def test_a_pattern_that_leaves_or_digs_is_refused(tmp_path, pattern):
    with pytest.raises(ConfigError):
        FolderPlan(root=tmp_path, pattern=pattern)


def test_a_strange_station_code_is_refused(folder):
    assert get_folder_day(folder[0], "../x", DAY).reason_code == "unsafe"


@pytest.mark.real_data
def test_the_one_raw_day_of_bmkg_comes_through_the_door(real_data, tmp_path):
    (tmp_path / "ALR").mkdir()
    (tmp_path / "ALR" / "S250101.ALR.gz").symlink_to(real_data / "bmkg" / "S250101.ALR.gz")
    day = np.datetime64("2025-01-01")
    assert get_folder_day(FolderPlan(root=tmp_path), "ALR", day).reason_code == "unsafe"
    file = tmp_path / "ALR" / "S250101.ALR.gz"
    body = file.read_bytes()
    file.unlink()
    file.write_bytes(body)
    answer = get_folder_day(FolderPlan(root=tmp_path, settle_s=0.0), "ALR", day)
    assert answer.data.sizes["time"] == 86_400
