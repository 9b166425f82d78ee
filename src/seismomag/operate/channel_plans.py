"""The sections ``[mail]`` and ``[webhook]``: how operators are reached; checked when read."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from seismomag.core.errors import ConfigError

HERE = ("localhost", "127.0.0.1", "::1")
"""Names of this machine."""

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:.]{2,45}")
_URL = re.compile(r"[!-~]+")
_LARGEST_PORT = 65_535


@dataclass(frozen=True, kw_only=True)
class MailPlan:
    """E-mail to operators. The password is no setting: see ``password_source``.

    Attributes
    ----------
    host, port
        SMTP server.
    sender, recipients
        Addresses such as ``a@example.org``, without a name beside them.
    user
        Empty for servers without a login.
    password_source
        ``env:NAME`` or ``file:PATH`` (mode 0600).
    starttls
        Whether the connection must be encrypted; only a server on this machine may do without.
    ca_file
        Certificates that sign the server's, in place of the public ones; relative to the
        working directory. Verification itself cannot be turned off.
    """

    host: str
    port: int = 587
    sender: str
    recipients: tuple[str, ...]
    user: str = ""
    password_source: str = ""
    starttls: bool = True
    ca_file: str = ""

    def __post_init__(self) -> None:
        if not _HOST.fullmatch(self.host):
            msg = f"host {self.host!r}: expected a name such as mail.example.org, or an address"
            raise ConfigError(msg)
        if not 1 <= self.port <= _LARGEST_PORT:
            msg = f"port {self.port}: expected 1..{_LARGEST_PORT}, usually 587"
            raise ConfigError(msg)
        if not self.recipients:
            msg = "recipients: expected one address or more"
            raise ConfigError(msg)
        for name in (self.sender, *self.recipients):
            if not _ADDRESS.fullmatch(name):
                msg = f"{name!r}: expected an address such as a@example.org, in ASCII"
                raise ConfigError(msg)
        if not self.starttls and self.host not in HERE:
            msg = f"{self.host}: starttls = false is for a server on this machine only"
            raise ConfigError(msg)


@dataclass(frozen=True, kw_only=True)
class WebhookPlan:
    """Messages to another program.

    Attributes
    ----------
    url
        https only, to a public address.
    secret_source
        ``env:NAME`` or ``file:PATH`` (mode 0600): the key of the signature.
    allowed_hosts
        Hosts that may be reached although their address is private, also by http.
    ca_file
        As for mail.
    """

    url: str
    secret_source: str
    allowed_hosts: tuple[str, ...] = ()
    ca_file: str = ""

    def __post_init__(self) -> None:
        webhook_parts(self.url, self.allowed_hosts)


def webhook_parts(url: str, allowed_hosts: Sequence[str]) -> SplitResult:
    """Take the address of a webhook apart, and refuse what may not or cannot be reached.

    Names are not looked up here: see :func:`seismomag.operate.alerts.delivery.guarded`.

    Raises
    ------
    ConfigError
        No address, not https, with a login in it, letters beyond ASCII, an impossible port, or a
        numeric address that is private.
    """
    # No message shows the address: it may hold a login or a token.
    if not _URL.fullmatch(url):
        msg = "webhook: url must have no blanks, and %XX or xn-- for letters beyond ASCII"
        raise ConfigError(msg)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        msg = f"webhook: url is no address ({error})"
        raise ConfigError(msg) from error
    if parts.username is not None or parts.password is not None or not host:
        msg = "webhook: a host, and no login in the address"
        raise ConfigError(msg)
    is_allowed = host in allowed_hosts
    if parts.scheme != "https" and not (is_allowed and parts.scheme == "http"):
        msg = f"webhook {host}: https only"
        raise ConfigError(msg)
    if port == 0:
        msg = f"webhook {host}: port 0 is no port"
        raise ConfigError(msg)
    if not is_allowed and _is_numeric(host):
        refuse_private(host, [host])
    return parts


def refuse_private(host: str, addresses: Sequence[str]) -> None:
    """Refuse a host of which a numeric address is not of the public network.

    Raises
    ------
    ConfigError
        Names the address.
    """
    for address in addresses:
        found = ipaddress.ip_address(address.partition("%")[0])
        mapped = getattr(found, "ipv4_mapped", None)
        if not (mapped or found).is_global or found.is_multicast:
            msg = f"webhook {host}: {address} is no public address; see allowed_hosts"
            raise ConfigError(msg)


def _is_numeric(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True
