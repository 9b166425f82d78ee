"""What is answered when something cannot be; never a path or a trace."""

import sqlite3
from datetime import UTC, datetime

import pytest

from seismomag.core.errors import StoreError
from seismomag.operate.api.guard.failures import Outage
from seismomag.operate.api.guard.problems import ProblemError


def raising(client, error):
    @client.app.get("/api/v1/raising")
    def route():
        raise error

    return client.get("/api/v1/raising")


def test_a_locked_database_is_said_with_its_time(serve, tokens, engine_of, folder):
    engine_of.dispose()
    other = sqlite3.connect(folder / "seismomag.sqlite", isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    try:
        client = serve()
        before = datetime.now(UTC).replace(microsecond=0)
        first = client.get("/api/v1/alerts", headers=tokens.bearer("viewer"))
        again = client.get("/api/v1/alerts", headers=tokens.bearer("viewer"))
        health = client.get("/healthz")
    finally:
        other.close()
    assert (first.status_code, health.status_code) == (503, 503)
    told = first.json()
    assert "database is locked" in told["detail"]
    assert before <= datetime.fromisoformat(told["since"]) <= datetime.now(UTC)
    assert again.json()["since"] == health.json()["since"] == told["since"]
    assert "seismomag.sqlite" not in first.text
    assert client.get("/healthz").status_code == 200


def test_a_write_on_a_locked_database_is_told_too(serve, tokens, folder):
    client = serve()
    other = sqlite3.connect(folder / "seismomag.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        answer = client.post("/api/v1/session", json={"token": tokens.viewer})
    finally:
        other.close()
    assert answer.status_code == 503
    assert "locked" in answer.json()["detail"]
    assert client.post("/api/v1/session", json={"token": tokens.viewer}).status_code == 200


def test_health_says_that_the_database_is_gone_and_since_when(serve, folder):
    client = serve()
    assert client.get("/healthz").json()["status"] == "ok"
    client.app.state.operation.engine.dispose()
    for path in folder.glob("seismomag.sqlite*"):
        path.unlink()
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["since"].endswith("Z")


def test_a_damaged_store_is_told_without_its_path(serve):
    answer = raising(serve(), StoreError("/var/lib/op/tensors/ALR.h5: damaged"))
    assert answer.status_code == 503
    assert "/var" not in answer.text


def test_a_problem_keeps_since_and_nearest(serve):
    since = datetime(2026, 4, 8, tzinfo=UTC)
    error = ProblemError(404, "unknown", "no such", since=since, nearest="ALR")
    told = raising(serve(), error).json()
    assert (told["since"], told["nearest"]) == ("2026-04-08T00:00:00Z", "ALR")


def test_a_question_that_is_not_possible_says_what_is_wrong(serve):
    answer = serve().get("/api/v1/alerts?limit=many&before=yesterday")
    assert answer.status_code == 422
    assert "query.limit" in answer.json()["detail"]
    assert "query.before" in answer.json()["detail"]
    assert len(serve().post("/api/v1/session", json={"token": "x" * 9000}).text) < 1000


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[" * 5000, b"null", b'{"token": 1}', b""])
def test_what_is_no_json_is_no_error_of_ours(serve, body):
    headers = {"Content-Type": "application/json"}
    answer = serve().post("/api/v1/session", content=body, headers=headers)
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_outage_lasts_from_its_first_failure_to_the_next_answer():
    hours = iter(range(1, 9))
    outage = Outage(clock=lambda: datetime(2026, 4, 8, next(hours), tzinfo=UTC))
    assert outage.begin() == outage.begin() == datetime(2026, 4, 8, 1, tzinfo=UTC)
    outage.end()
    assert outage.begin() > datetime(2026, 4, 8, 1, tzinfo=UTC)


def test_an_outage_of_writing_outlasts_what_can_be_read():
    hours = iter(range(1, 9))
    outage = Outage(clock=lambda: datetime(2026, 4, 8, next(hours), tzinfo=UTC))
    begun = outage.begin(is_write=True)
    outage.end()
    assert outage.begin(is_write=True) == begun
    outage.end(is_write=True)
    assert outage.begin(is_write=True) > begun
