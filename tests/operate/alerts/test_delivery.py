"""Delivery over TLS, to real servers with certificates of an authority of our own."""

import base64
import contextlib
import datetime
import ipaddress
import json
import socketserver
import ssl
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pandas as pd
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from seismomag.core.errors import ConfigError
from seismomag.operate import database
from seismomag.operate.alerts import rules
from seismomag.operate.alerts.delivery import DeliveryError, deliver, send_mail, send_webhook
from seismomag.operate.alerts.message import Message
from seismomag.operate.channel_plans import MailPlan, WebhookPlan
from seismomag.operate.daily.conclusion import STATUS_FILE, conclude
from seismomag.operate.settings import read_settings

MESSAGE = Message(message_id="id-1", subject="[seismomag test] x", body="facts\n", data=b"{}")
HERE = "127.0.0.1"
NOW = pd.Timestamp("2024-05-09 21:00")


def name_of(text):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def certificate(subject, key, issuer, signer, *, is_authority, places=()):
    """A certificate that is valid today."""
    now = datetime.datetime.now(datetime.UTC)
    day = datetime.timedelta(days=1)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name_of(subject))
        .issuer_name(name_of(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    if is_authority:
        usage = dict.fromkeys(
            (
                "digital_signature",
                "content_commitment",
                "key_encipherment",
                "data_encipherment",
                "key_agreement",
                "encipher_only",
                "decipher_only",
            ),
            False,
        )
        builder = builder.add_extension(
            x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True
        )
    if places:
        builder = builder.add_extension(x509.SubjectAlternativeName(places), critical=False)
    return builder.sign(signer, hashes.SHA256())


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """Our authority: its file, and server sides for this host and for another one."""
    folder = tmp_path_factory.mktemp("ca")
    root = ec.generate_private_key(ec.SECP256R1())
    own = certificate("root", root, "root", root, is_authority=True)
    (folder / "ca.pem").write_bytes(own.public_bytes(serialization.Encoding.PEM))
    sides = {}
    for host, place in (
        ("here", x509.IPAddress(ipaddress.ip_address(HERE))),
        ("elsewhere", x509.DNSName("example.org")),
    ):
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = certificate(host, key, "root", root, is_authority=False, places=[place])
        file = folder / f"{host}.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + leaf.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(str(file))
        sides[host] = context
    return folder / "ca.pem", sides


class Post(socketserver.StreamRequestHandler):
    """A mail server that wants STARTTLS, then a login."""

    timeout = 10

    def handle(self):
        self.is_safe, self.is_over = False, False
        answers = {b"EHLO": self.greet, b"STAR": self.turn_to_tls, b"DATA": self.take}
        self.say(b"220 here")
        while not self.is_over and (line := self.rfile.readline()):
            word = line[:4].upper().strip()
            self.server.heard.append((self.is_safe, word, line.strip()))
            if word in answers:
                answers[word]()
            else:
                self.say({b"AUTH": b"235 yes", b"QUIT": b"221 bye"}.get(word, b"250 yes"))

    def greet(self):
        self.say(b"250-here", b"250 AUTH PLAIN" if self.is_safe else b"250 STARTTLS")

    def take(self):
        self.say(b"354 go on")
        while self.rfile.readline() not in {b".\r\n", b""}:
            pass
        self.say(b"250 yes")

    def say(self, *lines):
        self.wfile.write(b"".join(line + b"\r\n" for line in lines))

    def turn_to_tls(self):
        if self.server.refuses_tls:
            self.say(b"454 not now")
            return
        self.say(b"220 go on")
        try:
            self.request = self.server.side.wrap_socket(self.request, server_side=True)
        except OSError:
            # The client does not trust us: that is what is tested.
            self.is_over = True
            return
        self.is_safe = True
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", 0)

    def finish(self):
        with contextlib.suppress(OSError):
            super().finish()
        self.request.close()


@pytest.fixture
def post(authority):
    running = []

    def start(side="here", *, refuses_tls=False):
        server = socketserver.ThreadingTCPServer((HERE, 0), Post)
        server.daemon_threads, server.heard = True, []
        server.side, server.refuses_tls = authority[1][side], refuses_tls
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        running.append(server)
        return server

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


@pytest.fixture
def hook(authority):
    running = []

    def start(side="here", status=200):
        class Handler(BaseHTTPRequestHandler):
            timeout = 10

            def do_POST(self):
                size = int(self.headers["Content-Length"])
                self.server.got.append((dict(self.headers), self.rfile.read(size)))
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(HTTPServer):
            def handle_error(self, *_):
                # Clients that do not trust us are part of the game.
                pass

        server = Server((HERE, 0), Handler)
        server.socket = authority[1][side].wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        server.got = []
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        running.append(server)
        return server

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


@pytest.fixture
def settings(small_world, authority, monkeypatch):
    monkeypatch.setenv("HOOK_SECRET", "s3cret")
    monkeypatch.setenv("MAIL_PASSWORD", "hunter2")
    (small_world / "ca.pem").write_bytes(authority[0].read_bytes())
    return read_settings(small_world)


def with_mail(settings, server, **options):
    plan = {
        "host": HERE,
        "port": server.server_address[1],
        "sender": "a@example.org",
        "recipients": ("b@example.org",),
        "user": "me",
        "password_source": "env:MAIL_PASSWORD",
        "ca_file": "ca.pem",
        **options,
    }
    return replace(settings, mail=MailPlan(**plan))


def with_hook(settings, server, **options):
    plan = {
        "url": f"https://{HERE}:{server.server_port}/hook",
        "secret_source": "env:HOOK_SECRET",
        "allowed_hosts": (HERE,),
        "ca_file": "ca.pem",
        **options,
    }
    return replace(settings, webhook=WebhookPlan(**plan))


def test_mail_goes_over_tls_and_the_password_only_there(settings, post):
    server = post()
    send_mail(with_mail(settings, server), MESSAGE)
    assert (True, b"DATA", b"data") in server.heard
    ((is_safe, login),) = [(safe, line) for safe, word, line in server.heard if word == b"AUTH"]
    assert is_safe
    assert base64.b64decode(login.split()[2]) == b"\0me\0hunter2"
    assert {word for safe, word, _ in server.heard if not safe} == {b"EHLO", b"STAR"}


@pytest.mark.parametrize(
    ("side", "options", "error"),
    [
        ("here", {"ca_file": ""}, "SSLCertVerificationError"),
        ("elsewhere", {}, "SSLCertVerificationError"),
    ],
)
def test_mail_to_a_server_that_cannot_prove_itself_says_nothing(
    settings, post, side, options, error
):
    server = post(side)
    with pytest.raises(DeliveryError, match=error):
        send_mail(with_mail(settings, server, **options), MESSAGE)
    assert {word for _, word, _ in server.heard} == {b"EHLO", b"STAR"}


def test_mail_is_not_sent_in_the_clear_when_tls_is_refused(settings, post):
    server = post(refuses_tls=True)
    with pytest.raises(DeliveryError):
        send_mail(with_mail(settings, server), MESSAGE)
    assert not {b"AUTH", b"DATA", b"MAIL"} & {word for _, word, _ in server.heard}


def test_the_webhook_goes_over_tls_to_the_address_that_was_checked(settings, hook):
    server = hook()
    send_webhook(with_hook(settings, server), MESSAGE)
    ((headers, body),) = server.got
    assert json.loads(body) == {}
    assert headers["X-Seismomag-Id"] == "id-1"
    assert headers["X-Seismomag-Signature"].startswith("sha256=")


@pytest.mark.parametrize(
    ("side", "options"), [("here", {"ca_file": ""}), ("elsewhere", {})], ids=["authority", "name"]
)
def test_a_webhook_that_cannot_prove_itself_gets_nothing(settings, hook, side, options):
    server = hook(side)
    with pytest.raises(DeliveryError, match="SSLCertVerificationError"):
        send_webhook(with_hook(settings, server, **options), MESSAGE)
    assert server.got == []


def test_a_plain_server_behind_https_is_no_answer(settings, post):
    server = post()
    plan = WebhookPlan(
        url=f"https://{HERE}:{server.server_address[1]}/",
        secret_source="env:HOOK_SECRET",
        allowed_hosts=(HERE,),
    )
    with pytest.raises(DeliveryError, match="did not answer"):
        send_webhook(replace(settings, webhook=plan), MESSAGE)


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_file_without_certificates_is_named(settings, post, content):
    path = settings.folder / "other.pem"
    if content is not None:
        path.write_bytes(content)
    server = post()
    with pytest.raises(ConfigError, match=r"other\.pem: no certificates"):
        send_mail(with_mail(settings, server, ca_file="other.pem"), MESSAGE)


@pytest.fixture
def engine(settings):
    opened = database.open_database(settings.database_url)
    yield opened
    opened.dispose()


def plant(engine, *channels):
    """One alert that waits."""
    found = rules.Alert(
        rule="disk", station_code="-", day="2024-05-08", level="critical", detail=""
    )
    rules.raise_new(engine, [found], list(channels), NOW)


def test_a_password_that_smtp_cannot_carry_ends_neither_the_webhook_nor_the_run(
    settings, engine, post, hook, monkeypatch
):
    monkeypatch.setenv("MAIL_PASSWORD", "hünter2")
    mail, web = post(), hook()
    both = with_hook(with_mail(settings, mail), web)
    plant(engine, "mail", "webhook")
    (failure,) = deliver(both, engine, NOW)
    assert failure == "mail: cannot be sent as it is configured (UnicodeEncodeError)"
    assert len(web.got) == 1
    said = []
    assert conclude(both, engine, NOW, said.append) is False
    status = json.loads((settings.folder / STATUS_FILE).read_text())
    (alerts,) = {(s["state"], s["sentence"]) for s in status["stages"] if s["stage"] == "alerts"}
    assert alerts[0] == "failed"
    assert "UnicodeEncodeError" in alerts[1]
    assert any("not delivered: mail" in line for line in said)
    assert not any("hünter" in line for line in said)
    assert len(web.got) == 1 + sum("alert" in line.split()[0] for line in said)


def test_a_secret_that_is_no_text_is_a_failure_of_its_channel(settings, engine, hook):
    path = settings.folder / "hook.secret"
    path.write_bytes(b"\xff\xfe")
    path.chmod(0o600)
    plant(engine, "webhook")
    found = with_hook(settings, hook(), secret_source="file:hook.secret")
    assert deliver(found, engine, NOW) == (
        "webhook: cannot be sent as it is configured (UnicodeDecodeError)",
    )
