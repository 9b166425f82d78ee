"""Tags, 304 and gzip; and the files of the page."""

import os

import pytest

from seismomag.operate.api.answers.conditional import etag_of, is_known, takes_gzip
from seismomag.operate.api.page_files import ASK_AGAIN, FOR_EVER, page_folder

ADDRESSES = (
    "/",
    "/healthz",
    "/api/v1/openapi.json",
    "/api/v1/session",
    "/api/v1/status",
    "/api/v1/network",
    "/api/v1/stations",
    "/api/v1/operation",
    "/api/v1/ledger",
    "/api/v1/audits",
    "/api/v1/models",
    "/api/v1/alerts",
    "/api/v1/stations/ALR/coverage?year=2026",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_the_reader_has_is_not_sent_again(serve, address):
    client = serve()
    first = client.get(address)
    tag = first.headers["etag"]
    assert tag.startswith('W/"')
    again = client.get(address, headers={"If-None-Match": f'"other", {tag}'})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == tag
    assert "content-security-policy" in again.headers
    other = client.get(address, headers={"If-None-Match": '"other"'})
    assert other.status_code == 200
    assert other.content


@pytest.mark.parametrize("address", ["/", "/api/v1/openapi.json"])
def test_long_answers_are_packed_for_who_takes_it(serve, address):
    client = serve()
    plain = client.get(address, headers={"Accept-Encoding": "identity"})
    packed = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content
    if len(plain.content) > 2000:
        assert packed.headers["content-encoding"] == "gzip"
        assert int(packed.headers["content-length"]) < len(plain.content)
        assert "Accept-Encoding" in packed.headers["vary"]


def test_problems_carry_no_tag(serve):
    answer = serve().get("/api/v1/nothing", headers={"If-None-Match": "*"})
    assert answer.status_code == 404
    assert "etag" not in answer.headers


@pytest.fixture
def page(tmp_path):
    folder = tmp_path / "page"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>page</title>")
    (folder / "assets" / "a-1234.js").write_text("export const a = 1;\n" * 500)
    (folder / "map.json").write_text("{}")
    (tmp_path / "secret.txt").write_text("geheim")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    return folder


def test_hashed_files_are_kept_for_ever_and_the_page_is_asked_for_again(serve, page):
    client = serve(page=page)
    script = client.get("/assets/a-1234.js", headers={"Accept-Encoding": "gzip"})
    assert script.headers["cache-control"] == FOR_EVER
    assert script.headers["content-type"].startswith("text/javascript")
    assert script.headers["content-encoding"] == "gzip"
    for path in ("/", "/index.html", "/map.json", "/station/ALR/2026-01-01", "/audit/latest"):
        assert client.get(path).headers["cache-control"] == ASK_AGAIN
    assert "<title>page" in client.get("/station/ALR/2026-01-01").text
    assert client.get("/assets/gone.js").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/..%5csecret.txt",
        "//etc/passwd",
        "/link.txt",
        "/%00",
        "/assets",
    ],
)
def test_no_path_leaves_the_folder(serve, page, path):
    answer = serve(page=page).get(path)
    assert "geheim" not in answer.text
    assert "root:" not in answer.text
    assert answer.status_code in {200, 404}


def test_a_page_that_was_built_anew_is_served_anew(serve, page):
    client = serve(page=page)
    before = client.get("/").headers["etag"]
    (page / "index.html").write_text("<!doctype html><title>another</title>")
    os.utime(page / "index.html", ns=(1, 1))
    assert client.get("/").headers["etag"] != before


def test_without_a_built_page_the_api_is_named(serve, tmp_path):
    assert "/api/v1" in serve(page=tmp_path).get("/").text


def test_the_built_page_loads_nothing_from_elsewhere():
    text = (page_folder() / "index.html").read_text()
    assert "http://" not in text
    assert "https://" not in text
    assert "<style" not in text
    assert " style=" not in text
    assert "onclick" not in text


def test_the_time_of_asking_is_no_part_of_the_tag():
    one, other = b'{"as_of":"1","n":2}', b'{"as_of":"2","n":2}'
    assert etag_of(one) == etag_of(other)
    assert etag_of(one) != etag_of(b'{"as_of":"1","n":3}')
    assert etag_of(b"") != etag_of(b"{}")


def test_tags_are_compared_weakly():
    assert is_known('W/"a"', '"a"')
    assert is_known('"a"', 'W/"b", W/"a"')
    assert not is_known('W/"a"', '"ab"')
    assert not is_known('W/"a"', "")


def test_gzip_is_for_who_asks():
    assert takes_gzip("deflate, gzip;q=1.0")
    assert not takes_gzip("gzip; q=0.000")
    assert not takes_gzip("")
