"""The same answers from the other kind of database."""

import pytest

from seismomag.operate import users
from seismomag.operate.alerts.rules import Alert, raise_new
from seismomag.operate.clock import now
from seismomag.operate.database import migrate, open_database
from seismomag.operate.settings import DATABASE_VARIABLE

READ = (
    "/healthz",
    "/metrics",
    "/api/v1/status",
    "/api/v1/network",
    "/api/v1/stations",
    "/api/v1/operation",
    "/api/v1/stations/ALR/coverage?year=2026",
    "/api/v1/forecasts",
    "/api/v1/ledger",
    "/api/v1/audits",
    "/api/v1/models",
    "/api/v1/alerts",
    "/api/v1/writes",
)


@pytest.fixture
def outgrown(empty_postgres, monkeypatch):
    """A database of PostgreSQL behind the working directory, with an alert and an admin."""
    monkeypatch.setenv(DATABASE_VARIABLE, empty_postgres)
    engine = open_database(empty_postgres)
    migrate(engine)
    alert = Alert(
        rule="silent", station_code="ALR", day="2026-04-07", level="warning", detail="none"
    )
    raise_new(engine, [alert], [], now())
    token = users.add_user(engine, "Dewi", "admin", now=now())
    yield {"Authorization": f"Bearer {token}"}, alert.alert_id, token
    engine.dispose()


def test_postgresql_is_read_and_written_alike(outgrown, serve):
    headers, alert_id, token = outgrown
    client = serve()
    for address in READ:
        answer = client.get(address, headers=headers)
        assert answer.status_code in {200, 404}, (address, answer.text)
    csrf = client.post("/api/v1/session", json={"token": token}).json()["csrf"]
    address = f"/api/v1/alerts/{alert_id}/acknowledgement"
    answer = client.post(address, json={"note": "seen"}, headers={"X-CSRF-Token": csrf})
    assert answer.json()["acknowledged_by"] == "Dewi"
    actions = [line["action"] for line in client.get("/api/v1/writes").json()["writes"]]
    assert actions == ["acknowledge", "sign in"]
    assert client.delete("/api/v1/session", headers={"X-CSRF-Token": csrf}).status_code == 204


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/stations/%00/coverage?year=2026",
        "/api/v1/stations/A%00B/days/2026-01-01",
        "/api/v1/forecasts?station=%00",
        "/api/v1/forecasts?station=%ED%A0%80",
        "/api/v1/audits/%00",
        "/api/v1/alerts?before=%00",
        "/api/v1/ledger?before=99999999999",
        "/api/v1/writes?before=2147483647",
    ],
)
def test_what_postgresql_cannot_take_never_reaches_it(outgrown, serve, address):
    answer = serve().get(address, headers=outgrown[0])
    assert answer.status_code in {200, 404, 422}, answer.text
    bad = serve().get(address, headers={"Authorization": b"Bearer \xff\x80"})
    assert bad.status_code == 401
