"""The engine: memory, patience, bounds, and where it refuses to go."""

import datetime
import gzip
import hashlib
import ipaddress
import json
import ssl
import zlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seismomag.core.errors import ConfigError
from seismomag.operate.sources.answer import Answer, Journal, Provenance, SourceError, answer
from seismomag.operate.sources.fetch_plan import FetchPlan, Request


def get(fetcher, url, **options):
    journal = Journal()
    return fetcher.get(Request(url=url, **options), journal), journal


def refusal(fetcher, url, **options):
    with pytest.raises(SourceError) as caught:
        get(fetcher, url, **options)
    return caught.value.code, str(caught.value)


def test_a_body_comes_with_its_provenance(servers, serve, fetcher, clock):
    web = serve(lambda _: servers.Reply(b"field"))
    fetched, journal = get(fetcher, web.url + "/x?a=1")
    assert fetched.body == b"field"
    assert journal.provenance == [fetched.provenance]
    origin = fetched.provenance
    assert (origin.url, origin.status, origin.n_bytes) == (web.url + "/x?a=1", 200, 5)
    assert origin.sha256 == hashlib.sha256(b"field").hexdigest()
    assert origin.fetched_at.timestamp() == clock.now_s
    assert not origin.from_cache


def test_a_fresh_answer_is_taken_without_asking(servers, serve, fetcher, clock):
    web = serve(lambda _: servers.Reply(b"field"))
    get(fetcher, web.url, fresh_s=60)
    clock.now_s += 59
    again, _ = get(fetcher, web.url, fresh_s=60)
    assert again.provenance.from_cache
    assert len(web.asked) == 1
    clock.now_s += 2
    get(fetcher, web.url, fresh_s=60)
    assert len(web.asked) == 2


def test_an_unchanged_answer_does_not_travel_twice(servers, serve, fetcher, clock):
    def answers(asked):
        if asked.headers.get("if-none-match") == '"v1"':
            return servers.Reply(b"", 304)
        return servers.Reply(b"field", headers={"ETag": '"v1"', "Last-Modified": "yesterday"})

    web = serve(answers)
    first, _ = get(fetcher, web.url)
    clock.now_s += 1000
    second, _ = get(fetcher, web.url)
    assert web.asked[1].headers["if-modified-since"] == "yesterday"
    assert second.body == b"field"
    assert second.provenance.from_cache
    assert second.provenance.fetched_at == first.provenance.fetched_at


def test_a_changed_answer_replaces_the_kept_one_and_both_bodies_stay(servers, serve, fetcher):
    bodies = iter([b"old", b"new"])
    web = serve(lambda _: servers.Reply(next(bodies)))
    get(fetcher, web.url)
    assert get(fetcher, web.url)[0].body == b"new"
    assert len(list((fetcher.cache.root / "bodies").glob("*/*"))) == 2
    assert fetcher.cache.prune(older_than_s=0) == 3
    assert fetcher.cache.prune(older_than_s=1e12) == 3


@pytest.mark.parametrize("damage", ["body", "note", "keys"])
def test_a_damaged_cache_counts_as_empty(servers, serve, fetcher, damage):
    web = serve(lambda _: servers.Reply(b"field"))
    get(fetcher, web.url)
    pattern = "bodies/*/*" if damage == "body" else "answers/*"
    (file,) = fetcher.cache.root.glob(pattern)
    file.write_bytes({"body": b"fielD", "note": b"{", "keys": b'{"url": 1}'}[damage])
    again, _ = get(fetcher, web.url, fresh_s=1e9)
    assert again.body == b"field"
    assert not again.provenance.from_cache
    assert get(fetcher, web.url, fresh_s=1e9)[0].provenance.from_cache


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"url": 1}'])
def test_pruning_drops_notes_that_a_power_cut_has_emptied(servers, serve, fetcher, damage):
    web = serve(lambda _: servers.Reply(b"field"))
    get(fetcher, web.url)
    (note,) = fetcher.cache.root.glob("answers/*")
    note.write_bytes(damage)
    assert fetcher.cache.prune(older_than_s=0) == 5
    assert not note.exists()


def test_a_note_cannot_point_out_of_the_cache(servers, serve, fetcher, tmp_path):
    web = serve(lambda _: servers.Reply(b"field"))
    get(fetcher, web.url)
    (tmp_path / "secret").write_bytes(b"field")
    (note,) = fetcher.cache.root.glob("answers/*")
    known = json.loads(note.read_text())
    note.write_text(json.dumps({**known, "sha256": "../../secret"}))
    assert not get(fetcher, web.url, fresh_s=1e9)[0].provenance.from_cache


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_passing_failure_is_asked_again_after_growing_waits(
    servers, serve, fetcher, clock, status
):
    replies = iter([servers.Reply(b"busy", status)] * 2 + [servers.Reply(b"field")])
    web = serve(lambda _: next(replies))
    assert get(fetcher, web.url)[0].body == b"field"
    assert len(clock.naps) == 2
    assert 1 <= clock.naps[0] <= 1.5
    assert 2 <= clock.naps[1] <= 3


def test_the_same_run_waits_the_same_and_another_machine_differently(
    servers, serve, make_fetcher, clock
):
    web = serve(lambda _: servers.Reply(b"busy", 503))
    refusal(make_fetcher(), web.url)
    refusal(make_fetcher(), web.url)
    refusal(make_fetcher(jitter_key="Alor"), web.url)
    assert clock.naps[:3] == clock.naps[3:6] != clock.naps[6:]


def test_after_all_attempts_there_is_a_reason(servers, serve, fetcher):
    web = serve(lambda _: servers.Reply(b"<html>Bad Gateway\x1b[2J</html>", 502))
    code, reason = refusal(fetcher, web.url)
    assert code == "unreachable"
    assert "502" in reason
    assert "4 attempts" in reason
    assert "\x1b" not in reason
    assert len(web.asked) == 4


def test_a_server_that_names_a_pause_is_obeyed(servers, serve, fetcher, clock):
    replies = iter([servers.Reply(b"", 429, {"Retry-After": "7"}), servers.Reply(b"field")])
    web = serve(lambda _: next(replies))
    get(fetcher, web.url)
    assert clock.naps == [7.0]


def test_a_pause_beyond_our_patience_ends_with_a_reason(servers, serve, fetcher, clock):
    web = serve(lambda _: servers.Reply(b"", 503, {"Retry-After": "86400"}))
    code, reason = refusal(fetcher, web.url)
    assert code == "unreachable"
    assert "86400 s" in reason
    assert len(web.asked) == 1
    assert clock.naps == []


def test_nobody_listening_is_a_reason(fetcher, servers):
    with servers.WebServer(lambda _: None) as web:
        url = web.url
    code, reason = refusal(fetcher, url)
    assert code == "unreachable"
    assert "ConnectError" in reason


def test_a_body_that_breaks_off_is_asked_again(servers, serve, fetcher):
    replies = iter([servers.Reply(b"field" * 100, cut_after=77), servers.Reply(b"field" * 100)])
    web = serve(lambda _: next(replies))
    assert len(get(fetcher, web.url)[0].body) == 500


def test_a_server_that_drips_meets_the_deadline(servers, serve, make_fetcher):
    web = serve(lambda _: servers.Reply(b"x" * 200, drip_s=0.02))
    code, reason = refusal(make_fetcher(total_s=0.3), web.url)
    assert code == "unreachable"
    assert "0.3 s" in reason


def test_a_silent_server_meets_the_read_limit(servers, serve, make_fetcher):
    web = serve(lambda _: servers.Reply(b"xx", drip_s=0.5))
    code, reason = refusal(make_fetcher(read_s=0.1, attempts=2), web.url)
    assert code == "unreachable"
    assert "ReadTimeout" in reason


@pytest.mark.parametrize("has_length", [True, False])
def test_a_body_beyond_the_limit_is_refused(servers, serve, fetcher, has_length):
    web = serve(lambda _: servers.Reply(b"x" * 1001, has_length=has_length))
    assert refusal(fetcher, web.url, limit_bytes=1000)[0] == "too_large"
    assert len(web.asked) == 1


def test_a_compressed_body_is_unpacked(servers, serve, fetcher):
    body = gzip.compress(b"field" * 1000)
    web = serve(lambda _: servers.Reply(body, headers={"Content-Encoding": "gzip"}))
    assert get(fetcher, web.url)[0].body == b"field" * 1000


def test_a_compressed_bomb_stops_at_the_limit(servers, serve, fetcher):
    body = gzip.compress(b"\0" * 50_000_000)
    web = serve(lambda _: servers.Reply(body, headers={"Content-Encoding": "gzip"}))
    assert refusal(fetcher, web.url, limit_bytes=1_000_000)[0] == "too_large"


@pytest.mark.parametrize(
    ("coding", "body", "code"),
    [
        ("br", b"x", "damaged"),
        ("gzip", b"no gzip", "damaged"),
        ("gzip", gzip.compress(b"x" * 5000, mtime=0)[:-9], "unreachable"),
        ("deflate", zlib.compress(b"x"), "damaged"),
    ],
)
def test_a_strange_or_damaged_coding_is_a_reason(servers, serve, fetcher, coding, body, code):
    web = serve(lambda _: servers.Reply(body, headers={"Content-Encoding": coding}))
    assert refusal(fetcher, web.url)[0] == code


def test_a_redirect_on_the_same_host_is_followed(servers, serve, fetcher):
    def answers(asked):
        if asked.path == "/old":
            return servers.Reply(b"", 301, {"Location": "/new"})
        return servers.Reply(b"field")

    web = serve(answers)
    fetched, _ = get(fetcher, web.url + "/old")
    assert fetched.provenance.url == web.url + "/new"


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.2:1/x",
        "https://example.org/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "//user:word@127.0.0.1:{port}/",
        "http://127.0.0.1:1/other-port",
    ],
)
def test_a_redirect_elsewhere_is_refused(servers, serve, fetcher, target):
    def answers(_):
        return servers.Reply(b"", 302, {"Location": target.replace("{port}", port)})

    web = serve(answers)
    port = web.url.rpartition(":")[2]
    code, reason = refusal(fetcher, web.url)
    assert code == "unsafe"
    assert "not declared" in reason


def test_a_redirect_to_a_declared_host_is_followed(servers, serve, fetcher):
    there = serve(lambda _: servers.Reply(b"field"))
    here = serve(lambda _: servers.Reply(b"", 302, {"Location": there.url}))
    assert get(fetcher, here.url, hosts=("127.0.0.1",))[0].body == b"field"


@pytest.mark.parametrize("target", ["http://[::bad/", "javascript:alert(1)", "http://x:y/"])
def test_a_redirect_to_nonsense_is_a_reason(servers, serve, fetcher, target):
    web = serve(lambda _: servers.Reply(b"", 302, {"Location": target}))
    assert refusal(fetcher, web.url)[0] in {"unreachable", "refused", "unsafe"}


def test_redirects_in_a_circle_end(servers, serve, fetcher):
    web = serve(lambda _: servers.Reply(b"", 302, {"Location": "/again"}))
    assert refusal(fetcher, web.url)[0] == "refused"
    assert len(web.asked) == 6


def test_cookies_are_not_sent_back(servers, serve, fetcher):
    web = serve(lambda _: servers.Reply(b"x", headers={"Set-Cookie": "a=b"}))
    get(fetcher, web.url)
    get(fetcher, web.url)
    assert "cookie" not in web.asked[1].headers


def test_two_requests_to_one_host_keep_their_distance(servers, serve, make_fetcher, clock):
    web = serve(lambda _: servers.Reply(b"x"))
    fetcher = make_fetcher(interval_s=30.0)
    get(fetcher, web.url + "/a")
    get(fetcher, web.url + "/b")
    assert len(clock.naps) == 1
    assert 29 < clock.naps[0] <= 30


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "nonsense", "http://[::bad/"])
def test_an_address_that_cannot_be_fetched_is_refused(fetcher, url):
    assert refusal(fetcher, url)[0] in {"refused"}


def test_not_modified_out_of_nothing_is_a_reason(servers, serve, fetcher):
    web = serve(lambda _: servers.Reply(b"", 304))
    assert refusal(fetcher, web.url)[0] == "unreachable"


@pytest.fixture
def certificate(tmp_path):
    """Self-signed certificate of 127.0.0.1: server side, and the file that trusts it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    place = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(place, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (tmp_path / "cert.pem").write_bytes(made.public_bytes(pem))
    (tmp_path / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    side.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    return side, tmp_path / "cert.pem"


def test_an_unknown_certificate_is_refused_at_once(servers, serve, fetcher, certificate):
    web = serve(lambda _: servers.Reply(b"field"), tls=certificate[0])
    code, reason = refusal(fetcher, web.url)
    assert code == "unsafe"
    assert "certificate" in reason


def test_a_declared_certificate_is_trusted_but_a_downgrade_is_not(
    servers, serve, make_fetcher, certificate
):
    plain = serve(lambda _: servers.Reply(b"plain"))

    def answers(asked):
        if asked.path == "/down":
            return servers.Reply(b"", 302, {"Location": plain.url})
        return servers.Reply(b"field")

    web = serve(answers, tls=certificate[0])
    fetcher = make_fetcher(ca_file=certificate[1])
    assert get(fetcher, web.url)[0].body == b"field"
    assert refusal(fetcher, web.url + "/down", hosts=("127.0.0.1",))[0] == "unsafe"


@given(st.integers(1, 60), st.text(max_size=9), st.floats(0, 3))
def test_a_wait_lies_between_the_doubled_one_and_its_jitter(attempt, key, jitter):
    plan = FetchPlan(jitter=jitter, jitter_key=key)
    wait_s = plan.wait_s("https://example.org", attempt)
    doubled = min(2.0 ** (attempt - 1), 60)
    assert doubled <= wait_s <= doubled * (1 + jitter)


@pytest.mark.parametrize("wrong", ["attempts", "read_s", "limit_bytes", "total_s"])
def test_a_plan_without_patience_is_refused(wrong):
    with pytest.raises(ConfigError, match=wrong):
        FetchPlan(**{wrong: 0})


def test_an_answer_is_data_or_a_reason_never_both():
    for parts in ({}, {"data": 1, "reason": "x", "reason_code": "damaged"}, {"reason": "x"}):
        with pytest.raises(ConfigError):
            Answer(**parts)
    assert Answer(reason="x", reason_code="damaged").data is None


def test_a_fault_of_ours_is_not_turned_into_a_reason():
    def work(_):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        answer(work)


def test_the_available_time_is_that_of_the_last_body(servers, serve, fetcher, clock):
    web = serve(lambda _: servers.Reply(b"x"))

    def work(journal):
        for path in ("/a", "/b"):
            fetcher.get(Request(url=web.url + path), journal)
            clock.now_s += 10
        return 1

    done = answer(work)
    assert isinstance(done.provenance[0], Provenance)
    assert done.available_time == done.provenance[1].fetched_at
    assert replace(done, data=2).data == 2
