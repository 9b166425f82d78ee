"""Every address for everybody: a route that has no row here fails."""

import pytest

from seismomag.operate.api.openapi import openapi_document

ALERT = f"{'0' * 8}-0000-4000-8000-{'0' * 12}"
DECISION = {"model_sha256": "0" * 64, "reason": "because of the audit of May"}

OPEN, VIEWER, OPERATOR, ADMIN = "open", "viewer", "operator", "admin"

# Least role of each address; "open" answers everybody.
LEAST = {
    ("GET", "/healthz"): OPEN,
    ("GET", "/metrics"): VIEWER,
    ("GET", "/api/v1/session"): OPEN,
    ("POST", "/api/v1/session"): OPEN,
    ("DELETE", "/api/v1/session"): OPEN,
    ("GET", "/api/v1/status"): VIEWER,
    ("GET", "/api/v1/network"): VIEWER,
    ("GET", "/api/v1/stations"): VIEWER,
    ("GET", "/api/v1/operation"): VIEWER,
    ("GET", "/api/v1/stations/{station_code}/days/{day}"): VIEWER,
    ("GET", "/api/v1/stations/{station_code}/days/{day}/scalogram"): VIEWER,
    ("GET", "/api/v1/stations/{station_code}/coverage"): VIEWER,
    ("GET", "/api/v1/forecasts"): VIEWER,
    ("GET", "/api/v1/ledger"): VIEWER,
    ("GET", "/api/v1/audits"): VIEWER,
    ("GET", "/api/v1/audits/{audit_id}"): VIEWER,
    ("GET", "/api/v1/models"): VIEWER,
    ("GET", "/api/v1/alerts"): VIEWER,
    ("POST", "/api/v1/alerts/{alert_id}/acknowledgement"): OPERATOR,
    ("POST", "/api/v1/models/challenge"): ADMIN,
    ("POST", "/api/v1/models/promotion"): ADMIN,
    ("POST", "/api/v1/models/roll-back"): ADMIN,
    ("GET", "/api/v1/writes"): ADMIN,
}

ROLES = (VIEWER, OPERATOR, ADMIN)
WHO = ("none", *ROLES, "expired", "wrong")
BODIES = {
    "/api/v1/alerts/{alert_id}/acknowledgement": {"note": "seen"},
    "/api/v1/models/challenge": DECISION,
    "/api/v1/models/promotion": DECISION,
    "/api/v1/models/roll-back": DECISION,
}
PARTS = {
    "{station_code}": "ALR",
    "{day}": "2026-01-01",
    "{audit_id}": "latest",
    "{alert_id}": ALERT,
}


def all_routes():
    paths = openapi_document()["paths"]
    return {(method.upper(), path) for path, methods in paths.items() for method in methods}


def served_routes(routes, prefix=""):
    for route in routes:
        if hasattr(route, "routes"):
            yield from served_routes(route.routes, prefix + getattr(route, "path", ""))
        for method in getattr(route, "methods", None) or ():
            yield method, prefix + route.path


def test_every_route_has_a_row():
    assert all_routes() == set(LEAST)


def test_nothing_is_served_that_the_document_does_not_tell(serve):
    known = set(LEAST) | {(m, "/api/v1/openapi.json") for m in ("GET", "HEAD")}
    assert set(served_routes(serve().app.routes)) <= known


def expected(least, who):
    if least == OPEN:
        # A token that opens nothing is said so, also where nobody needs one.
        return "401" if who in {"expired", "wrong"} else "in"
    if who not in ROLES:
        return "401"
    return "in" if ROLES.index(who) >= ROLES.index(least) else "403"


def found(answer):
    return {401: "401", 403: "403"}.get(answer.status_code, "in")


@pytest.mark.parametrize("who", WHO)
def test_the_matrix_holds(serve, tokens, who):
    client = serve()
    wrong = []
    for (method, path), least in LEAST.items():
        if (method, path) == ("POST", "/api/v1/session") or path == "/healthz":
            continue
        if (method, path) == ("DELETE", "/api/v1/session"):
            continue
        address = path
        for name, value in PARTS.items():
            address = address.replace(name, value)
        answer = client.request(method, address, json=BODIES.get(path), headers=tokens.bearer(who))
        assert answer.status_code < 500, (method, path, answer.text)
        if found(answer) != expected(least, who):
            wrong.append((method, path, answer.status_code))
    assert wrong == []


@pytest.mark.parametrize("who", WHO)
def test_what_is_open_is_open_to_everybody(serve, tokens, who):
    client = serve()
    assert client.get("/healthz", headers=tokens.bearer(who)).status_code == 200
    assert client.get("/", headers=tokens.bearer(who)).status_code == 200
    assert client.get("/api/v1/openapi.json", headers=tokens.bearer(who)).status_code == 200
    assert client.delete("/api/v1/session", headers=tokens.bearer(who)).status_code == 204
    opened = client.post("/api/v1/session", json={"token": getattr(tokens, who, "x" * 43)})
    assert opened.status_code == (200 if who in ROLES else 401)


def test_no_answer_holds_a_secret_or_a_place(serve, tokens, folder, monkeypatch):
    monkeypatch.setenv("SEISMOMAG_MAIL_PASSWORD", "kata-sandi-surat")
    secret = folder / "hook.secret"
    secret.write_text("kata-sandi-kait")
    secret.chmod(0o600)
    (folder / "operate.toml").write_text(
        (folder / "operate.toml").read_text()
        + '\n[mail]\nhost = "localhost"\nport = 25\nstarttls = false\nuser = "me"\n'
        'sender = "a@example.org"\nrecipients = ["b@example.org"]\n'
        'password_source = "env:SEISMOMAG_MAIL_PASSWORD"\n'
        '\n[webhook]\nurl = "https://example.org/hook"\nsecret_source = "file:hook.secret"\n'
    )
    client = serve()
    for method, path in LEAST:
        if method != "GET":
            continue
        address = path
        for name, value in PARTS.items():
            address = address.replace(name, value)
        said = client.get(address, headers=tokens.bearer("admin"))
        held = said.text + str(said.headers)
        for secret_text in ("kata-sandi", tokens.admin, tokens.viewer, str(folder), "Traceback"):
            assert secret_text not in held, (path, secret_text)


def test_a_session_has_the_rights_of_its_token(signed_in):
    client, csrf = signed_in("operator")
    assert client.get("/api/v1/alerts").status_code == 200
    assert client.get("/api/v1/writes").status_code == 403
    for path, wanted in (("acknowledgement", 404), ("promotion", 403)):
        address = {
            "acknowledgement": f"/api/v1/alerts/{ALERT}/acknowledgement",
            "promotion": "/api/v1/models/promotion",
        }[path]
        body = {"acknowledgement": {}, "promotion": DECISION}[path]
        assert client.post(address, json=body, headers=csrf).status_code == wanted
