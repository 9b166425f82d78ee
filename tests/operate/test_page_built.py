"""The built page: small, whole, and with nothing that the content security policy forbids."""

import gzip
import re
from importlib.resources import files

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
