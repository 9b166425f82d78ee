"""The built page: small, whole, and with nothing that the content security policy forbids."""

import gzip
import json
import re
from importlib.resources import files
from pathlib import Path

import pytest

WEB = files("seismomag.operate") / "web"
LARGEST_JAVASCRIPT_KB = 60


@pytest.fixture(scope="module")
def assets():
    return {one.name: one.read_bytes() for one in (WEB / "assets").iterdir()}


def test_javascript_is_small(assets):
    packed = sum(
        len(gzip.compress(data, 9)) for name, data in assets.items() if name.endswith(".js")
    )
    assert packed <= LARGEST_JAVASCRIPT_KB * 1000


def test_the_page_holds_no_inline_code():
    page = (WEB / "index.html").read_text(encoding="utf-8")
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert "<style" not in page
    assert re.findall(r"\s(?:style|on\w+)=", page) == []
    assert "javascript:" not in page


def test_every_file_the_page_names_is_there(assets):
    page = (WEB / "index.html").read_text(encoding="utf-8")
    named = set(re.findall(r"/assets/([\w.-]+)", page))
    for name, data in assets.items():
        if name.endswith((".js", ".css")):
            named |= {found.decode() for found in re.findall(rb"/assets/([\w.-]+)", data)}
    assert named == set(assets)


def test_nothing_names_another_host(assets):
    allowed = {b"http://www.w3.org/2000/svg", b"http://www.w3.org/1999/xhtml"}
    allowed |= {b"http://www.w3.org/1998/Math/MathML", b"http://www.w3.org/1999/xlink"}
    for name, data in assets.items():
        if name.endswith((".js", ".css", ".svg")):
            hosts = set(re.findall(rb"https?://[^\s\"'`)]+", data))
            assert hosts <= allowed, name


def test_no_html_is_made_from_data(assets):
    for name, data in assets.items():
        if name.endswith(".js"):
            assert b"eval(" not in data
            assert b"document.write" not in data


def test_the_notices_of_what_others_made_travel_with_the_page():
    notices = (WEB / "THIRD_PARTY_LICENSES.txt").read_text(encoding="utf-8")
    assert notices.isascii()
    for name, holder in (
        ("preact", "Jason Miller"),
        ("d3-geo", "Mike Bostock"),
        ("d3-array", "Mike Bostock"),
        ("topojson-client", "Michael Bostock"),
        ("world-atlas", "Michael Bostock"),
    ):
        _, found, rest = notices.partition(f"\n{name} ")
        assert found, name
        assert holder in rest.split("-" * 78)[0], name
    assert "Natural Earth" in notices
    assert "Hugo Ahlenius" in notices
    assert "Open Data Commons Attribution License" in notices


def test_every_package_that_the_page_depends_on_has_its_notice():
    package = Path(__file__).parents[2] / "web" / "package.json"
    needed = json.loads(package.read_text(encoding="utf-8"))["dependencies"]
    notices = (WEB / "THIRD_PARTY_LICENSES.txt").read_text(encoding="utf-8")
    for name, version in needed.items():
        assert f"\n{name} {version} (" in notices
