"""One request over the wire, with every bound in force while the body arrives."""

import ssl
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING

from seismomag.core.errors import ConfigError, SeismomagError
from seismomag.operate.sources.answer import (
    DAMAGED,
    REFUSED,
    TOO_LARGE,
    UNREACHABLE,
    UNSAFE,
    SourceError,
)
from seismomag.operate.sources.fetch_plan import FetchPlan

if TYPE_CHECKING:
    import httpx

_CHUNK_BYTES = 65_536


@dataclass(frozen=True, kw_only=True)
class Raw:
    """A whole answer.

    Attributes
    ----------
    url, status, body
        What answered, how, with what.
    headers
        Names in lower case.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


class TransientError(SeismomagError):
    """A failure that may pass; the fetcher decides whether to ask again."""

    def __init__(self, reason: str, retry_after_s: float = 0.0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after_s = retry_after_s


class Transport:
    """Sends requests; holds the connections."""

    def __init__(self, plan: FetchPlan, tick_s: Callable[[], float]) -> None:
        self.plan = plan
        self._tick_s = tick_s
        self._client: httpx.Client | None = None

    def get(self, url: str, headers: Mapping[str, str], limit_bytes: int, deadline_s: float) -> Raw:
        """Get one address without following redirects.

        Raises
        ------
        TransientError
            No connection, silence, or a body that broke off.
        SourceError
            Past the deadline, too large, no valid certificate, no address of ours.
        """
        httpx = _httpx()
        if self._client is None:
            self._client = _open_client(self.plan)
        try:
            with self._client.stream("GET", url, headers=dict(headers)) as response:
                # What a server remembers of us must not steer the next answer.
                self._client.cookies.clear()
                body = self._read(response, url, limit_bytes, deadline_s)
                lower = {k.lower(): v for k, v in response.headers.items()}
                return Raw(url=url, status=response.status_code, headers=lower, body=body)
        except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            msg = f"{url}: not an address that can be fetched ({error})"
            raise SourceError(REFUSED, msg) from error
        except httpx.TransportError as error:
            _refuse_bad_certificate(error, url)
            msg = f"{type(error).__name__}: {error}"
            raise TransientError(msg) from error

    def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _read(
        self, response: "httpx.Response", url: str, limit_bytes: int, deadline_s: float
    ) -> bytes:
        declared = response.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > limit_bytes:
            msg = f"{url}: announces {int(declared):,} bytes, more than the limit {limit_bytes:,}"
            raise SourceError(TOO_LARGE, msg)
        pieces: list[bytes] = []
        size = 0
        for piece in self._decoded(response, url):
            size += len(piece)
            pieces.append(piece)
            if size > limit_bytes:
                msg = f"{url}: sends more than the limit of {limit_bytes:,} bytes"
                raise SourceError(TOO_LARGE, msg)
            if self._tick_s() > deadline_s:
                msg = f"{url}: {size:,} bytes came in {self.plan.total_s:g} s, then we gave up"
                raise SourceError(UNREACHABLE, msg)
        return b"".join(pieces)

    def _decoded(self, response: "httpx.Response", url: str) -> Iterator[bytes]:
        # Without a size of pieces they come as they arrive, and the deadline is seen in time.
        coding = response.headers.get("content-encoding", "identity").strip().lower()
        if coding not in {"identity", "gzip", ""}:
            msg = f"{url}: encoded as {coding[:20]!r}, asked for gzip or nothing"
            raise SourceError(DAMAGED, msg)
        if coding != "gzip":
            yield from response.iter_raw()
            return
        inflater = zlib.decompressobj(wbits=31)
        try:
            for piece in response.iter_raw():
                yield from _inflate(inflater, piece)
            yield inflater.flush()
        except zlib.error as error:
            msg = f"{url}: the compressed body is damaged ({error})"
            raise SourceError(DAMAGED, msg) from error
        if not inflater.eof:
            msg = "the compressed body breaks off"
            raise TransientError(msg)


def _inflate(inflater: "zlib._Decompress", piece: bytes) -> Iterator[bytes]:
    """Inflate in small steps, so that a bomb meets the limit before it fills the memory."""
    while piece:
        yield inflater.decompress(piece, _CHUNK_BYTES)
        piece = inflater.unconsumed_tail


def _httpx() -> ModuleType:
    try:
        import httpx
    except ImportError as error:
        msg = "fetching needs httpx: install seismomag[operate]"
        raise ConfigError(msg) from error
    return httpx


def _open_client(plan: FetchPlan) -> "httpx.Client":
    import httpx

    timeout = httpx.Timeout(plan.read_s, connect=plan.connect_s)
    headers = {"User-Agent": plan.user_agent, "Accept": "*/*", "Accept-Encoding": "gzip"}
    verify: ssl.SSLContext | bool = True
    if plan.ca_file is not None:
        verify = ssl.create_default_context(cafile=str(plan.ca_file))
    return httpx.Client(
        timeout=timeout,
        headers=headers,
        verify=verify,
        follow_redirects=False,
        trust_env=plan.trust_environment,
    )


def _refuse_bad_certificate(error: BaseException, url: str) -> None:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            msg = f"{url}: the certificate does not verify ({cause.verify_message})"
            raise SourceError(UNSAFE, msg)
        cause = cause.__cause__ or cause.__context__
