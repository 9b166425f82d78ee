"""Who is let in: tokens, sessions, proxies, and the machine itself."""

import pandas as pd
import pytest

from seismomag.operate import sessions, users
from seismomag.operate.api.guard.access import COOKIE
from seismomag.operate.clock import now, stamp
from seismomag.operate.database_tables import sessions as sessions_table

STATUS, SESSION, WRITES = "/api/v1/alerts", "/api/v1/session", "/api/v1/writes"


def is_problem(answer, status, words=""):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == status
    assert words in told["detail"]
    return told


def test_this_machine_reads_without_a_token_while_there_are_no_users(serve):
    client = serve()
    assert client.get(STATUS).status_code == 200
    assert client.get(SESSION).json() == {
        "name": None,
        "role": "viewer",
        "expires_at": None,
        "csrf": None,
    }
    is_problem(client.get(WRITES), 403, "needs the role admin")
    is_problem(client.post("/api/v1/models/roll-back", json={}), 401, "signed in")


def test_the_first_user_shuts_the_door_within_a_second_or_two(serve, engine_of):
    client = serve()
    assert client.get(STATUS).status_code == 200
    users.add_user(engine_of, "Dewi", "viewer", now=now())
    client.app.state.access._asked_s = float("-inf")
    is_problem(client.get(STATUS), 401, "sign in")


def test_without_users_another_address_is_never_open(serve):
    is_problem(serve(is_private=False).get(STATUS), 401)


@pytest.mark.parametrize(
    ("host", "is_open"),
    [
        ("localhost:8787", True),
        ("127.0.0.1:8787", True),
        ("[::1]:8787", True),
        ("[::1]", True),
        ("LOCALHOST", True),
        ("evil.example:8787", False),
        ("localhost.evil.example", False),
        ("", False),
    ],
)
def test_a_name_from_elsewhere_does_not_open_this_machine(serve, host, is_open):
    answer = serve().get(STATUS, headers={"Host": host})
    assert answer.status_code == (200 if is_open else 401)


def test_a_further_name_can_be_given(serve):
    client = serve(access='hosts = ["magnet.example"]')
    assert client.get(STATUS, headers={"Host": "magnet.example:80"}).status_code == 200


# --- tokens -------------------------------------------------------------------------------


def test_a_token_opens_for_its_role(serve, tokens):
    client = serve()
    assert client.get(STATUS, headers=tokens.bearer("viewer")).status_code == 200
    is_problem(client.get(WRITES, headers=tokens.bearer("operator")), 403, "yours is operator")
    assert client.get(WRITES, headers=tokens.bearer("admin")).status_code == 200


def test_a_token_that_has_ended_says_since_when(serve, tokens):
    told = is_problem(serve().get(STATUS, headers=tokens.bearer("expired")), 401, "has ended")
    assert told["since"].endswith("Z")
    assert pd.Timestamp(told["since"]).tz_localize(None) < now()


@pytest.mark.parametrize("sent", ["Basic abc", "Bearer", "Bearer ", "bearer  ", "", "é"])
def test_what_is_no_token_is_refused(serve, tokens, sent):
    headers = {"Authorization": sent.encode("latin-1")}
    answer = serve().get(STATUS, headers=headers)
    is_problem(answer, 401)
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_user_who_was_removed_is_out_at_once(serve, tokens, engine_of):
    client = serve()
    assert client.get(STATUS, headers=tokens.bearer("viewer")).status_code == 200
    users.remove_user(engine_of, "viewer")
    is_problem(client.get(STATUS, headers=tokens.bearer("viewer")), 401, "nobody's")


# --- sessions -----------------------------------------------------------------------------


def test_a_token_becomes_a_session_whose_cookie_scripts_cannot_read(serve, tokens):
    client = serve()
    answer = client.post(SESSION, json={"token": tokens.operator})
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Path=/" in cookie
    assert "Secure" not in cookie
    assert answer.headers["cache-control"] == "no-store"
    told = client.get(SESSION).json()
    assert (told["name"], told["role"]) == ("operator", "operator")
    assert tokens.operator not in answer.text + cookie


def test_the_cookie_is_secure_where_the_reader_speaks_tls(serve, tokens):
    client = serve(access='proxies = ["127.0.0.1"]')
    headers = {"X-Forwarded-Proto": "https"}
    answer = client.post(SESSION, json={"token": tokens.viewer}, headers=headers)
    assert "Secure" in answer.headers["set-cookie"]


def test_nobody_but_a_proxy_is_believed_about_tls(serve, tokens):
    headers = {"X-Forwarded-Proto": "https"}
    answer = serve().post(SESSION, json={"token": tokens.viewer}, headers=headers)
    assert "Secure" not in answer.headers["set-cookie"]


def test_the_database_holds_neither_tokens_nor_sessions(serve, tokens, folder):
    client = serve()
    client.post(SESSION, json={"token": tokens.admin})
    held = b"".join(path.read_bytes() for path in folder.glob("seismomag.sqlite*"))
    assert client.cookies[COOKIE].encode() not in held
    assert tokens.admin.encode() not in held
    assert users.digest(tokens.admin).encode() in held


def test_a_session_that_has_ended_says_so_and_since_when(signed_in, engine_of):
    client, _ = signed_in("viewer")
    past = stamp(now() - pd.Timedelta(hours=1))
    with engine_of.begin() as connection:
        connection.execute(sessions_table.update().values(expires_at=past))
    told = is_problem(client.get(STATUS), 401, "the session has ended; sign in again")
    assert told["since"] == past


def test_a_session_ends_with_its_user(signed_in, engine_of):
    client, _ = signed_in("viewer")
    users.expire_user(engine_of, "viewer", now())
    is_problem(client.get(STATUS), 401, "has ended")
    users.remove_user(engine_of, "viewer")
    is_problem(client.get(STATUS), 401, "not known")


def test_a_session_follows_the_role_of_its_user(signed_in, engine_of):
    client, _ = signed_in("admin")
    assert client.get(WRITES).status_code == 200
    with engine_of.begin() as connection:
        connection.execute(users.users.update().values(role="viewer"))
    assert client.get(WRITES).status_code == 403


def test_signing_out_ends_the_session_for_whoever_has_its_cookie(signed_in):
    client, csrf = signed_in("viewer")
    key = client.cookies[COOKIE]
    is_problem(client.delete(SESSION), 403, "X-CSRF-Token")
    assert client.delete(SESSION, headers=csrf).status_code == 204
    client.cookies.clear()
    again = client.get(STATUS, headers={"Cookie": f"{COOKIE}={key}"})
    is_problem(again, 401, "not known")
    assert client.delete(SESSION).status_code == 204


def test_old_sessions_are_forgotten_after_a_week(engine_of, tokens):
    user = users.list_users(engine_of)[0]
    past = now() - pd.Timedelta(days=9)
    key, _ = sessions.begin(engine_of, user, hours=1, now=past)
    sessions.begin(engine_of, user, hours=1, now=now())
    with engine_of.connect() as connection:
        assert sessions.session_of(connection, key) is None


def test_a_wrong_or_ended_token_begins_no_session(serve, tokens):
    client = serve()
    is_problem(client.post(SESSION, json={"token": tokens.wrong}), 401, "nobody's")
    is_problem(client.post(SESSION, json={"token": tokens.expired}), 401, "has ended")
    assert not client.cookies


# --- writes of browsers -------------------------------------------------------------------

ALERT = f"/api/v1/alerts/{'0' * 8}-0000-4000-8000-{'0' * 12}/acknowledgement"


@pytest.mark.parametrize("sent", [{}, {"X-CSRF-Token": "0" * 64}, {"X-CSRF-Token": "é".encode()}])
def test_a_browser_cannot_be_made_to_write_by_another_site(signed_in, sent):
    client, _ = signed_in("operator")
    is_problem(client.post(ALERT, json={}, headers=sent), 403, "X-CSRF-Token")


def test_the_header_of_another_session_does_not_do(signed_in, serve, tokens):
    client, _ = signed_in("operator")
    other = serve().post(SESSION, json={"token": tokens.operator}).json()["csrf"]
    is_problem(client.post(ALERT, json={}, headers={"X-CSRF-Token": other}), 403)


def test_a_write_with_its_header_goes_through(signed_in):
    client, csrf = signed_in("operator")
    is_problem(client.post(ALERT, json={}, headers=csrf), 404, "no alert")


def test_a_form_of_another_site_is_not_taken_for_json(signed_in, tokens):
    client, csrf = signed_in("operator")
    body = f'{{"token": "{tokens.admin}"}}'
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        answer = client.post(SESSION, content=body, headers={"Content-Type": kind})
        is_problem(answer, 415)
        is_problem(client.post(ALERT, content="{}", headers=csrf | {"Content-Type": kind}), 415)


def test_a_stranger_is_turned_away_before_the_body_is_read(serve, tokens):
    client = serve()

    for content in (b"{", b"\xff", b"[" * 100_000):
        headers = {"Content-Type": "application/json"}
        is_problem(client.post(ALERT, content=content, headers=headers), 401, "signed in")


# --- a proxy that signs users in ----------------------------------------------------------

PROXY = 'proxies = ["10.0.0.5"]\nuser_header = "X-User"'


def test_a_proxy_names_the_user(serve):
    client = serve(access=PROXY, peer="10.0.0.5", is_private=False)
    told = client.get(SESSION, headers={"X-User": "dewi@example"}).json()
    assert (told["name"], told["role"]) == ("dewi@example", "viewer")
    is_problem(client.get(STATUS), 401)


def test_nobody_else_can_say_who_he_is(serve):
    client = serve(access=PROXY, peer="10.0.0.6", is_private=False)
    is_problem(client.get(STATUS, headers={"X-User": "dewi"}), 401)
    assert client.get(SESSION, headers={"X-User": "dewi"}).json()["role"] is None


def test_two_names_are_none(serve):
    client = serve(access=PROXY, peer="10.0.0.5", is_private=False)
    sent = [("X-User", "dewi"), ("X-User", "root")]
    is_problem(client.get(STATUS, headers=sent), 401, "several users")


def test_the_proxy_may_say_the_role(serve):
    client = serve(access=f'{PROXY}\nrole_header = "X-Role"', peer="10.0.0.5", is_private=False)
    as_role = lambda role: client.get(WRITES, headers={"X-User": "a", "X-Role": role})  # noqa: E731
    assert as_role("admin").status_code == 200
    for other in ("viewer", "root", "", "ADMIN"):
        is_problem(as_role(other), 403)
    twice = [("X-User", "a"), ("X-Role", "admin"), ("X-Role", "admin")]
    is_problem(client.get(WRITES, headers=twice), 403)


def test_a_user_of_ours_keeps_the_role_behind_a_proxy(serve, tokens):
    client = serve(access=PROXY, peer="10.0.0.5", is_private=False)
    assert client.get(WRITES, headers={"X-User": "admin"}).status_code == 200
    assert client.get(WRITES, headers={"X-User": "somebody"}).status_code == 403


def test_a_write_through_a_proxy_needs_the_header_too(serve, tokens):
    client = serve(access=PROXY, peer="10.0.0.5", is_private=False)
    named = {"X-User": "operator"}
    is_problem(client.post(ALERT, json={}, headers=named), 403, "X-CSRF-Token")
    csrf = client.get(SESSION, headers=named).json()["csrf"]
    is_problem(client.post(ALERT, json={}, headers=named | {"X-CSRF-Token": csrf}), 404)
    other = {"X-User": "admin", "X-CSRF-Token": csrf}
    is_problem(client.post(ALERT, json={}, headers=other), 403, "X-CSRF-Token")
