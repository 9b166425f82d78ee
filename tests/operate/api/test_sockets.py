"""The server on real sockets: slow ones, many of them, and what is no HTTP."""

import contextlib
import http.client
import re
import socket
import subprocess
import sys
import threading
import time

import pytest

from seismomag.core.errors import ConfigError
from seismomag.operate import users
from seismomag.operate.access_plan import AccessPlan
from seismomag.operate.api.application import create_application
from seismomag.operate.api.context import open_operation
from seismomag.operate.api.guard.limits import Limits
from seismomag.operate.api.server import address_of, listen, make_server, refuse_open_door
from seismomag.operate.clock import now
from seismomag.operate.settings import read_settings

N_SLOW = 200
QUICK = Limits(headers_s=1.5, request_s=2.0, connections=260)


@pytest.fixture
def served(folder):
    """A server in a thread of this process; gives its port."""
    listening = listen("127.0.0.1", 0)
    application = create_application(open_operation(read_settings(folder)), limits=QUICK)
    server = make_server(application, QUICK)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join(20)
    listening.close()
    assert not thread.is_alive()


def get(port, path="/healthz", timeout_s=5.0):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


@contextlib.contextmanager
def many(port, start):
    opened = [socket.create_connection(("127.0.0.1", port), 5) for _ in range(N_SLOW)]
    try:
        for one in opened:
            one.sendall(start)
        yield opened
    finally:
        for one in opened:
            one.close()


def last_words(one, until_s=None):
    left_s = 5.0 if until_s is None else max(until_s - time.monotonic(), 0.01)
    one.settimeout(left_s)
    said = b""
    with contextlib.suppress(ConnectionError, TimeoutError):
        while part := one.recv(4096):
            said += part
    return said


HEAD = b"GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
BODY = (
    b"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
)


@pytest.mark.parametrize(("start", "status"), [(HEAD, b"408"), (BODY, b"408"), (b"", b"408")])
def test_two_hundred_slow_sockets_do_not_stop_health(served, start, status):
    with many(served, start) as slow:
        longest_s, ends = 0.0, time.monotonic() + QUICK.request_s + 1.5
        while time.monotonic() < ends:
            for one in slow:
                with contextlib.suppress(OSError):
                    one.sendall(b"a" if start else b"\r\n")
            began = time.monotonic()
            assert get(served)[0] == 200
            longest_s = max(longest_s, time.monotonic() - began)
            time.sleep(0.2)
        assert longest_s < 4.0
        # Each was told, and none is kept.
        until_s = time.monotonic() + 5
        words = [last_words(one, until_s) for one in slow]
    assert sum(status in said.split(b"\r\n", 1)[0] for said in words) >= N_SLOW - 5


def test_slow_readers_do_not_stop_health(served):
    with many(served, HEAD + b"\r\n\r\n"):
        assert get(served)[0] == 200


def test_more_connections_than_are_kept_push_out_those_that_wait(served):
    with many(served, HEAD), many(served, HEAD):
        assert get(served)[0] == 200


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"BLAH\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 40_000, 431),
        (b"GET / HTTP/9.9\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"GET /" + b"\xff" * 9 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
    ],
)
def test_what_is_no_request_gets_a_problem_document(served, sent, status):
    with socket.create_connection(("127.0.0.1", served), 5) as one:
        one.sendall(sent)
        said = last_words(one)
    head, _, body = said.partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"application/problem+json" in head
    assert b"content-security-policy" in head
    assert b"server:" not in head.lower()
    assert f'"status":{status}'.encode() in body
    assert get(served)[0] == 200


def test_a_connection_is_used_again_and_no_server_is_named(served):
    connection = http.client.HTTPConnection("127.0.0.1", served, timeout=5)
    for _ in range(3):
        connection.request("GET", "/api/v1/status")
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.getheader("server") is None
        assert len(answer.read()) > 100
    connection.close()


# --- the address --------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "magnet.example"])
def test_an_address_that_others_reach_needs_users(engine_of, host):
    with pytest.raises(ConfigError, match="seismomag users add"):
        refuse_open_door(host, engine_of, AccessPlan())
    with pytest.raises(ConfigError, match="users"):
        refuse_open_door(host, engine_of, AccessPlan(proxies=("10.0.0.5",)))
    signed = AccessPlan(proxies=("10.0.0.5",), user_header="X-User")
    refuse_open_door(host, engine_of, signed)
    users.add_user(engine_of, "Dewi", "viewer", now=now())
    refuse_open_door(host, engine_of, AccessPlan())


def test_this_machine_needs_none(engine_of):
    for host in ("127.0.0.1", "::1", "localhost"):
        refuse_open_door(host, engine_of, AccessPlan())


def test_an_address_that_is_taken_is_said():
    first = listen("127.0.0.1", 0)
    with contextlib.closing(first), pytest.raises(ConfigError, match=r"cannot listen on 127\."):
        listen("127.0.0.1", first.getsockname()[1])


# --- the command --------------------------------------------------------------------------


def command(*words):
    return subprocess.Popen(
        [sys.executable, "-m", "seismomag.cli", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_serve_answers_and_stops_when_it_is_told_to(folder):
    process = command("serve", str(folder), "--port", "0")
    try:
        port = int(re.search(r":(\d+)/$", process.stdout.readline().strip())[1])
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                assert get(port)[0] == 200
                break
            time.sleep(0.1)
        process.terminate()
        _, told = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0
    assert "Traceback" not in told


def test_serve_refuses_an_open_door_with_exit_code_two(folder):
    process = command("serve", str(folder), "--host", "0.0.0.0", "--port", "0")
    said, told = process.communicate(timeout=60)
    assert process.returncode == 2
    assert said == ""
    assert "there are no users" in told


def test_an_address_is_written_for_a_browser():
    with contextlib.closing(listen("127.0.0.1", 0)) as listening:
        assert address_of(listening) == f"http://127.0.0.1:{listening.getsockname()[1]}/"
