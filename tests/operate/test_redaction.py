"""No line of a log shows a secret."""

import base64
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seismomag.operate import users
from seismomag.operate.redaction import HIDDEN, RedactingFormatter, redacted


def test_a_token_of_ours_is_hidden_wherever_it_stands():
    token = users.new_token()
    for line in (
        f"Authorization: Bearer {token}",
        f"GET /x?token={token}&a=1",
        f"cookie: seismomag_session={token}; other=1",
        f'{{"token": "{token}"}}',
        f"found {token} in it",
    ):
        assert token not in redacted(line), line


@given(st.binary(min_size=32, max_size=32))
def test_every_token_is_hidden(data):
    token = base64.urlsafe_b64encode(data).rstrip(b"=").decode()
    assert token not in redacted(f"found {token} in it")


@pytest.mark.parametrize(
    "line",
    [
        "password=geheim123",
        "smtp password: geheim123",
        "postgresql+psycopg://me:geheim123@host/db",
        "authorization = Basic geheim123",
        "X-CSRF-Token: geheim123",
        'secret="geheim123"',
    ],
)
def test_what_is_named_a_secret_is_hidden(line):
    assert "geheim123" not in redacted(line)
    assert HIDDEN in redacted(line)


@pytest.mark.parametrize(
    "line",
    [
        "a3f1 GET /api/v1/stations/ALR/days/2026-04-07 200 3 ms",
        "model " + "0123456789abcdef" * 4,
        "the secret 'env:SEISMOMAG_MAIL_PASSWORD' is empty or not set",
        "https://service.example/fdsnws/event/1/query",
    ],
)
def test_other_lines_are_left_as_they_are(line):
    assert redacted(line) == line


def test_a_known_secret_is_hidden_also_in_a_trace():
    handler = logging.StreamHandler()
    handler.setFormatter(RedactingFormatter(("kata-sandi", "")))
    try:
        msg = "login failed for kata-sandi"
        raise RuntimeError(msg)
    except RuntimeError as error:
        record = logging.LogRecord("x", logging.ERROR, "f", 1, "failed %s", ("kata-sandi",), None)
        record.exc_info = (type(error), error, error.__traceback__)
    text = handler.format(record)
    assert "Traceback" in text
    assert "kata-sandi" not in text
