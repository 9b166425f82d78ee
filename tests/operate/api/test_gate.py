"""Headers of safety, limits of a request, and the last fence."""

import asyncio
import json
import logging
import time

import pytest

from seismomag.operate.api.guard.gate import CONTENT_SECURITY_POLICY, SAFETY
from seismomag.operate.api.guard.limits import Limits, Meter

SESSION = "/api/v1/session"


def test_the_policy_is_the_one_that_was_demanded():
    assert (
        CONTENT_SECURITY_POLICY
        == "default-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'"
    )
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    told = dict(SAFETY)
    assert told[b"x-content-type-options"] == b"nosniff"
    assert told[b"referrer-policy"] == b"no-referrer"
    assert told[b"x-frame-options"] == b"DENY"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/station/ALR/2026-01-01", 200),
        ("GET", "/healthz", 200),
        ("GET", "/api/v1/status", 200),
        ("HEAD", "/api/v1/status", 200),
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/nothing.js", 404),
        ("GET", "/api/v1/alerts?limit=0", 422),
        ("GET", "/api/v1/writes", 403),
        ("POST", "/api/v1/alerts", 405),
        ("POST", "/", 405),
        ("OPTIONS", "/api/v1/status", 405),
        ("POST", SESSION, 422),
    ],
)
def test_every_answer_carries_the_headers_of_safety(serve, method, path, status):
    answer = serve().request(method, path, headers={"Origin": "https://evil.example"})
    assert answer.status_code == status
    for name, value in SAFETY:
        assert answer.headers.get_list(name.decode()) == [value.decode()]
    assert len(answer.headers["x-request-id"]) == 16
    assert "server" not in answer.headers
    assert not [name for name in answer.headers if name.startswith("access-control")]
    if status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["cache-control"] == "no-store"
        if method != "HEAD":
            assert answer.json()["status"] == status


def test_head_is_get_without_its_body(serve):
    client = serve()
    got, head = client.get("/api/v1/alerts"), client.head("/api/v1/alerts")
    assert head.content == b""
    assert head.headers["content-length"] == str(len(got.content))
    assert head.headers["etag"] == got.headers["etag"]


def test_what_is_not_done_says_what_is(serve):
    answer = serve().post("/api/v1/alerts")
    assert "GET" in answer.headers["allow"]
    assert serve().put("/audit").headers["allow"] == "GET, HEAD"


# --- sizes --------------------------------------------------------------------------------


def test_a_body_of_more_than_ten_megabytes_is_refused_at_sight(serve):
    answer = serve().post(SESSION, content=b"x" * 10_000_001)
    assert answer.status_code == 413
    assert "10000000 bytes" in answer.json()["detail"]


def test_a_body_that_does_not_say_its_size_is_cut_off(serve):
    def parts():
        for _ in range(12):
            yield b" " * 1_000_000

    answer = serve().post(SESSION, content=parts(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


def test_a_body_of_ten_megabytes_is_read(serve, tokens):
    body = json.dumps({"token": tokens.viewer}).encode()
    body += b" " * (10_000_000 - len(body))
    answer = serve().post(SESSION, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200


# --- times --------------------------------------------------------------------------------


def test_a_question_that_takes_too_long_is_given_up(serve):
    client = serve(limits=Limits(request_s=0.3))

    @client.app.get("/api/v1/slow")
    async def slow():
        await asyncio.sleep(30)

    began = time.monotonic()
    answer = client.get("/api/v1/slow")
    assert time.monotonic() - began < 5
    assert answer.status_code == 503
    assert "not done within" in answer.json()["detail"]


# --- how often ----------------------------------------------------------------------------


def test_five_attempts_to_sign_in_a_minute(serve, tokens):
    client = serve()
    statuses = [client.post(SESSION, json={"token": tokens.wrong}).status_code for _ in range(7)]
    assert statuses == [401] * 5 + [429] * 2
    answer = client.post(SESSION, json={"token": tokens.viewer})
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 60


def test_attempts_are_counted_by_the_reader_behind_a_proxy(serve, tokens):
    client = serve(access='proxies = ["127.0.0.1"]')
    for number in range(7):
        sent = {"X-Forwarded-For": f"198.51.100.{number}"}
        answer = client.post(SESSION, json={"token": tokens.wrong}, headers=sent)
        assert answer.status_code == 401
    for _ in range(5):
        # The reader may write what he likes to the left; the proxy writes on the right.
        sent = {"X-Forwarded-For": "203.0.113.9, 198.51.100.77"}
        client.post(SESSION, json={"token": tokens.wrong}, headers=sent)
    sent = {"X-Forwarded-For": "192.0.2.1, 198.51.100.77"}
    assert client.post(SESSION, json={"token": tokens.wrong}, headers=sent).status_code == 429


def test_nobody_escapes_the_count_by_a_header_of_his_own(serve, tokens):
    client = serve()
    for number in range(6):
        sent = {"X-Forwarded-For": f"198.51.100.{number}"}
        last = client.post(SESSION, json={"token": tokens.wrong}, headers=sent)
    assert last.status_code == 429


def test_sixty_writes_a_minute_of_one_user(serve, tokens):
    client = serve()
    address = f"/api/v1/alerts/{'0' * 8}-0000-4000-8000-{'0' * 12}/acknowledgement"
    post = lambda name: client.post(address, json={}, headers=tokens.bearer(name))  # noqa: E731
    statuses = [post("operator").status_code for _ in range(62)]
    assert statuses == [404] * 60 + [429] * 2
    assert post("admin").status_code == 404
    assert client.get("/api/v1/alerts", headers=tokens.bearer("operator")).status_code == 200


def test_a_meter_forgets_whom_it_has_not_seen():
    meter = Meter(1, clock=lambda: 0.0)
    for number in range(20_000):
        assert meter.wait_s(str(number)) == 0.0
    assert len(meter._times) == 10_000


# --- the last fence -----------------------------------------------------------------------


def test_an_error_of_ours_shows_no_trace_and_is_in_the_log(serve, caplog):
    client = serve()

    @client.app.get("/api/v1/broken")
    def broken():
        msg = "/var/lib/secret/place"
        raise RuntimeError(msg)

    with caplog.at_level(logging.INFO, "seismomag.api"):
        answer = client.get("/api/v1/broken?token=geheim")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    number = answer.headers["x-request-id"]
    assert f"{number} failed" in caplog.text
    assert "/var/lib/secret/place" in caplog.text
    assert f"{number} GET /api/v1/broken 500" in caplog.text
    assert "geheim" not in caplog.text


def test_a_path_writes_no_line_of_its_own_into_the_log(serve, caplog):
    with caplog.at_level(logging.INFO, "seismomag.api"):
        serve().get("/api/v1/x%0a2026-01-01 ERROR all is lost")
    assert all("\n" not in record.getMessage() for record in caplog.records)
