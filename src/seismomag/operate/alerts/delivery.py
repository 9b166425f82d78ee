"""Delivery of alerts by e-mail and webhook: at least once, with an id; a digest after outages."""

import hashlib
import hmac
import http.client
import smtplib
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Any
from urllib.parse import SplitResult

import pandas as pd
import sqlalchemy as sa

from seismomag.core.errors import ConfigError, SeismomagError
from seismomag.operate.alerts import rules as alerts
from seismomag.operate.alerts.message import Message, compose, verdict_of
from seismomag.operate.channel_plans import refuse_private, webhook_parts
from seismomag.operate.clock import stamp
from seismomag.operate.database import rows_of
from seismomag.operate.database_tables import alerts as alert_table
from seismomag.operate.database_tables import deliveries
from seismomag.operate.secrets import read_secret
from seismomag.operate.settings import Settings

TIMEOUT_S = 15.0
DIGEST_ABOVE = 3
"""More than so many waiting messages become one."""

_LARGEST_ANSWER_BYTES = 10_000
_LONGEST_ERROR = 300


class DeliveryError(SeismomagError):
    """A message did not get through; it stays waiting."""


def tell(
    settings: Settings, engine: sa.Engine, now: pd.Timestamp
) -> tuple[tuple[alerts.Alert, ...], tuple[str, ...]]:
    """Evaluate every rule, raise what is new, and deliver what waits.

    Returns
    -------
    fresh, failures
        New alerts; one sentence for each rule and each delivery that failed.
    """
    found, failures = alerts.evaluate(settings, engine, now)
    fresh = alerts.raise_new(engine, found, list(channels(settings)), now)
    return fresh, (*failures, *deliver(settings, engine, now))


def channels(settings: Settings) -> dict[str, Callable[[Settings, Message], None]]:
    """Channels that are configured."""
    known = {"mail": (settings.mail, send_mail), "webhook": (settings.webhook, send_webhook)}
    return {name: send for name, (plan, send) in known.items() if plan is not None}


def deliver(settings: Settings, engine: sa.Engine, now: pd.Timestamp) -> tuple[str, ...]:
    """Send what waits on every channel; a failure is kept as a fact and tried again next time."""
    failures = []
    operation = settings.operation
    verdict = verdict_of(settings.folder, operation.language)
    for name, send in channels(settings).items():
        waiting = _waiting(engine, name)
        many = len(waiting) > DIGEST_ABOVE
        for batch in [waiting] if many else [[row] for row in waiting]:
            message = compose(
                batch, mode=operation.mode, language=operation.language, verdict=verdict
            )
            error = attempt(send, settings, message)
            if error:
                failures.append(f"{name}: {error}")
            _note(engine, name, batch, error, now)
    return tuple(failures)


def attempt(send: Callable[[Settings, Message], None], settings: Settings, message: Message) -> str:
    """Send once; what failed is returned, and ends nothing else.

    Returns
    -------
    error
        One sentence, without a secret; empty when the message was taken.
    """
    fault = ""
    try:
        send(settings, message)
    except SeismomagError as error:
        fault = str(error)
    except OSError as error:
        # Such as a file with the secret that belongs to somebody else.
        fault = f"the channel is refused by this machine ({error.strerror or type(error).__name__})"
    except ValueError as error:
        # Letters that no protocol carries, in a host or a password; its own words could show them.
        fault = f"cannot be sent as it is configured ({type(error).__name__})"
    return fault[:_LONGEST_ERROR]


def send_mail(settings: Settings, message: Message) -> None:
    """Send by SMTP.

    Raises
    ------
    DeliveryError
        The server did not take it.
    ConfigError
        No password.
    """
    plan = settings.mail
    if plan is None:
        msg = "[mail] is not configured"
        raise ConfigError(msg)
    letter = EmailMessage()
    letter["Subject"] = message.subject
    letter["From"] = plan.sender
    letter["To"] = ", ".join(plan.recipients)
    letter["Message-ID"] = make_msgid(message.message_id[:36], plan.sender.partition("@")[2])
    letter["X-Seismomag-Id"] = message.message_id
    letter.set_content(message.body)
    try:
        with smtplib.SMTP(plan.host, plan.port, timeout=TIMEOUT_S) as server:
            if plan.starttls:
                server.starttls(context=_context(settings, plan.ca_file))
            if plan.user:
                server.login(plan.user, read_secret(plan.password_source, settings.folder))
            server.send_message(letter)
    except (smtplib.SMTPException, OSError) as error:
        msg = f"{plan.host}:{plan.port} did not take the mail ({type(error).__name__})"
        raise DeliveryError(msg) from error


def send_webhook(settings: Settings, message: Message) -> None:
    """Send by HTTPS, signed, to a public address only, without following redirects.

    The header ``X-Seismomag-Signature`` is ``sha256=`` and the HMAC-SHA256 of the id, a full
    stop and the body.

    Raises
    ------
    DeliveryError
        The receiver did not answer with 2xx.
    ConfigError
        The address is not allowed.
    """
    plan = settings.webhook
    if plan is None:
        msg = "[webhook] is not configured"
        raise ConfigError(msg)
    secret = read_secret(plan.secret_source, settings.folder)
    parts, address = guarded(plan.url, plan.allowed_hosts)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "seismomag",
        "X-Seismomag-Id": message.message_id,
        "X-Seismomag-Signature": f"sha256={sign(secret, message)}",
    }
    connection = _connection(parts, address, _context(settings, plan.ca_file))
    try:
        path = parts.path or "/"
        connection.request(
            "POST", f"{path}?{parts.query}" if parts.query else path, message.data, headers
        )
        answer = connection.getresponse()
        answer.read(_LARGEST_ANSWER_BYTES)
    except (OSError, http.client.HTTPException) as error:
        msg = f"{parts.hostname} did not answer ({type(error).__name__})"
        raise DeliveryError(msg) from error
    finally:
        connection.close()
    if not 200 <= answer.status < 300:
        msg = f"{parts.hostname} answered {answer.status}"
        raise DeliveryError(msg)


def sign(secret: str, message: Message) -> str:
    """HMAC-SHA256 of id and body."""
    text = message.message_id.encode() + b"." + message.data
    return hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def guarded(url: str, allowed_hosts: Sequence[str]) -> tuple[SplitResult, str]:
    """Resolve an address once, and refuse every one that is not of the public network.

    Returns
    -------
    parts, address
        The connection goes to exactly this address: a second look-up could give another.

    Raises
    ------
    ConfigError
        Not https, with a login in it, or private.
    DeliveryError
        Nobody knows the host.
    """
    parts = webhook_parts(url, allowed_hosts)
    host = parts.hostname or ""
    try:
        found = socket.getaddrinfo(host, parts.port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        msg = f"{host}: unknown host"
        raise DeliveryError(msg) from error
    addresses = [str(entry[4][0]) for entry in found]
    if host not in allowed_hosts:
        refuse_private(host, addresses)
    return parts, addresses[0]


class _PinnedHTTPS(http.client.HTTPSConnection):
    """Connects to an address that was checked, and wants the certificate of the host."""

    def __init__(self, host: str, port: int, address: str, context: ssl.SSLContext) -> None:
        self._checked = context
        super().__init__(host, port, timeout=TIMEOUT_S, context=context)
        self._address = address

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), TIMEOUT_S)
        try:
            self.sock = self._checked.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise


def _context(settings: Settings, ca_file: str) -> ssl.SSLContext:
    """Verify by the public authorities, or by those of a file."""
    if not ca_file:
        return ssl.create_default_context()
    path = settings.folder / ca_file
    try:
        return ssl.create_default_context(cafile=str(path))
    except OSError as error:
        msg = f"{path}: no certificates in PEM form ({error})"
        raise ConfigError(msg) from error


def _connection(
    parts: SplitResult, address: str, context: ssl.SSLContext
) -> http.client.HTTPConnection:
    host = parts.hostname or ""
    if parts.scheme == "https":
        return _PinnedHTTPS(host, parts.port or 443, address, context)
    return http.client.HTTPConnection(address, parts.port or 80, timeout=TIMEOUT_S)


def _waiting(engine: sa.Engine, channel: str) -> list[dict[str, Any]]:
    query = (
        sa.select(alert_table)
        .join(deliveries, deliveries.c.alert_id == alert_table.c.alert_id)
        .where(deliveries.c.channel == channel, deliveries.c.delivered_at.is_(None))
        .order_by(alert_table.c.raised_at, alert_table.c.alert_id)
    )
    with engine.connect() as connection:
        return rows_of(connection, query)


def _note(
    engine: sa.Engine,
    channel: str,
    batch: Sequence[Mapping[str, Any]],
    error: str,
    now: pd.Timestamp,
) -> None:
    ids = [row["alert_id"] for row in batch]
    with engine.begin() as connection:
        connection.execute(
            deliveries.update()
            .where(deliveries.c.channel == channel, deliveries.c.alert_id.in_(ids))
            .values(
                delivered_at=None if error else stamp(now),
                n_attempts=deliveries.c.n_attempts + 1,
                last_error=error,
            )
        )
