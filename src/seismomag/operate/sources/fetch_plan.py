"""Decisions of fetching: patience, politeness, bounds."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from seismomag.core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class FetchPlan:
    """How to ask a server.

    Attributes
    ----------
    connect_s, read_s
        Longest wait for a connection, and between two pieces of an answer.
    total_s
        Longest time for one request, with all its attempts and waits.
    attempts
        How often a request is sent at most.
    first_wait_s, longest_wait_s
        The wait after the first failure, which doubles each time, and its bound; a server that
        asks for a longer pause (``Retry-After``) ends the request with a reason.
    jitter
        Share by which a wait is lengthened at most, so that many machines do not come in step.
    jitter_key
        What makes this machine differ from others, such as the name of its network. The jitter is
        a hash of key, address and attempt: the same run waits the same.
    interval_s
        Shortest time between two requests to one host.
    limit_bytes
        Largest body, also after decompression.
    user_agent
        How we name ourselves; an address for complaints is good manners.
    ca_file
        Certificates that sign the server's, in place of the public ones. Verification itself
        cannot be turned off.
    trust_environment
        Whether the proxy of the environment counts.
    """

    connect_s: float = 10.0
    read_s: float = 30.0
    total_s: float = 300.0
    attempts: int = 4
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    jitter: float = 0.5
    jitter_key: str = ""
    interval_s: float = 0.5
    limit_bytes: int = 100_000_000
    user_agent: str = "seismomag (research on geomagnetic precursors)"
    ca_file: Path | None = None
    trust_environment: bool = True

    def __post_init__(self) -> None:
        positive = ("connect_s", "read_s", "total_s", "first_wait_s", "longest_wait_s")
        wrong = [name for name in positive if not getattr(self, name) > 0]
        wrong += [name for name in ("attempts", "limit_bytes") if getattr(self, name) < 1]
        wrong += [name for name in ("jitter", "interval_s") if getattr(self, name) < 0]
        if wrong:
            msg = f"fetch plan: {', '.join(wrong)} must be positive"
            raise ConfigError(msg)

    def wait_s(self, url: str, attempt: int) -> float:
        """Pause after a failed attempt, counted from 1.

        Examples
        --------
        >>> plan = FetchPlan(jitter=0.0)
        >>> [plan.wait_s("https://example.org", n) for n in (1, 2, 3, 9)]
        [1.0, 2.0, 4.0, 60.0]
        """
        doubled = min(self.first_wait_s * 2.0 ** (attempt - 1), self.longest_wait_s)
        digest = hashlib.sha256(f"{self.jitter_key}\n{url}\n{attempt}".encode()).digest()
        share = int.from_bytes(digest[:4], "big") / 2**32
        return doubled * (1 + self.jitter * share)


@dataclass(frozen=True, kw_only=True)
class Request:
    """One address to get.

    Attributes
    ----------
    url
        Whole address.
    hosts
        Hosts to which a redirect may lead besides the own one.
    fresh_s
        Age up to which a kept answer is taken without asking; 0 asks always (and sends what the
        server needs to say "not modified").
    limit_bytes
        Largest body; None takes the plan's.
    """

    url: str
    hosts: tuple[str, ...] = ()
    fresh_s: float = 0.0
    limit_bytes: int | None = None
