"""The section ``[access]``: who is believed about whom."""

import ipaddress
import re
from dataclasses import dataclass

from seismomag.core.errors import ConfigError
from seismomag.operate.users import ROLES

_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")


@dataclass(frozen=True, kw_only=True)
class AccessPlan:
    """Who may see and change what.

    Attributes
    ----------
    proxies
        Addresses or networks of reverse proxies; only what comes from one of them is believed
        about the reader's address and about TLS.
    user_header
        Header in which such a proxy names the user that it has signed in; empty: it signs nobody
        in.
    role_header
        Header in which it says the role; empty: ``proxy_role``, or that of the user of this name.
    proxy_role
        Role of a user whom the proxy names and nobody else knows.
    hosts
        Further names of this server; without users it answers to no other name.
    session_hours
        Hours until a browser must sign in again.
    """

    proxies: tuple[str, ...] = ()
    user_header: str = ""
    role_header: str = ""
    proxy_role: str = "viewer"
    hosts: tuple[str, ...] = ()
    session_hours: float = 12.0

    def __post_init__(self) -> None:
        for address in self.proxies:
            _network(address)
        named = [name for name in (self.user_header, self.role_header) if name]
        wants = (
            (all(_HEADER.fullmatch(name) for name in named), "header names are letters and -"),
            (not named or bool(self.proxies), "a header is believed from proxies only: name them"),
            (bool(self.user_header) or not self.role_header, "role_header needs user_header"),
            (self.proxy_role in ROLES, f"proxy_role must be one of {', '.join(ROLES)}"),
            (0 < self.session_hours <= 24 * 31, "session_hours must lie in 0..744"),
        )
        for holds, message in wants:
            if not holds:
                raise ConfigError(message)

    @property
    def signs_in(self) -> bool:
        """Whether a proxy names the users."""
        return bool(self.user_header)

    def trusts(self, address: str) -> bool:
        """Whether an address is that of a proxy.

        Examples
        --------
        >>> AccessPlan(proxies=("10.0.0.0/8",)).trusts("10.1.2.3")
        True
        >>> AccessPlan().trusts("127.0.0.1")
        False
        """
        try:
            given = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(given in _network(proxy) for proxy in self.proxies)


def _network(address: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(address)
    except ValueError as error:
        msg = f"proxies: {address!r} is neither an address nor a network such as 10.0.0.0/8"
        raise ConfigError(msg) from error
