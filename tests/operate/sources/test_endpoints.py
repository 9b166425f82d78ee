"""Addresses stand in one file, and are sound."""

import ast
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from seismomag.core.errors import ConfigError
from seismomag.operate.sources import endpoints
from seismomag.operate.sources.endpoints import ENDPOINTS, Endpoint


def test_every_service_is_encrypted_named_once_and_has_a_licence():
    assert len({one.name for one in ENDPOINTS}) == len(ENDPOINTS)
    for one in ENDPOINTS:
        assert one.url.startswith("https://")
        assert one.licence != "not stated"
        assert all(urlsplit(f"https://{host}").hostname == host for host in one.hosts)
    defined = {value for value in vars(endpoints).values() if isinstance(value, Endpoint)}
    assert defined == set(ENDPOINTS)


def test_no_other_module_of_the_sources_holds_an_address():
    folder = Path(endpoints.__file__).parent
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
            if is_text and path.name != "endpoints.py" and "\n" not in node.value:
                assert "://" not in node.value or node.value.startswith("sftp://")


@pytest.mark.parametrize(
    "url", ["ftp://example.org", "https://", "https://example.org/", "https://u:p@example.org",
            "https://example.org?x=1", "example.org"],
)  # fmt: skip
def test_an_unsound_address_is_refused(url):
    with pytest.raises(ConfigError):
        Endpoint(name="x", url=url)


def test_words_that_are_none_are_not_sent():
    place = Endpoint(name="x", url="https://example.org")
    assert place.at("/q", a=None, b="x y", c="2024-01-01T00:00:00") == (
        "https://example.org/q?b=x+y&c=2024-01-01T00:00:00"
    )
    assert place.at("/q", a=None) == "https://example.org/q"
