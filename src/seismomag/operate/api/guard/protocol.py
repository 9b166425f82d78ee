"""The HTTP protocol of the server, with a time and a size for the head of a request."""

import asyncio
import time
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from seismomag.operate.api.guard.gate import SAFETY
from seismomag.operate.api.guard.limits import Limits
from seismomag.operate.api.guard.problems import MEDIA_TYPE, TITLES, ProblemError


def protocol_with(limits: Limits) -> type[HttpToolsProtocol]:
    """Make the protocol for some limits."""

    class Bounded(BoundedProtocol):
        bounds = limits

    return Bounded


class BoundedProtocol(HttpToolsProtocol):
    """Ends connections whose request does not come.

    A socket that sends its head byte by byte would else be kept for ever: there is no such limit
    in the server itself.
    """

    bounds = Limits()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the head of a request."""
        super().connection_made(transport)
        self._n_head_bytes, self._is_in_head = 0, True
        self._waits: asyncio.TimerHandle | None = None
        self.waits_since_s = time.monotonic()
        self._await_head()
        if len(self.connections) > self.bounds.connections:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timer."""
        self._forget_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes; a head that grows too large is refused."""
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._is_in_head:
            self._n_head_bytes += len(data)
            if self._n_head_bytes > self.bounds.headers_bytes:
                self._refuse(431, f"a head may have {self.bounds.headers_bytes} bytes at most")
        is_idle = self.cycle is None or self.cycle.response_complete
        if self._waits is None and (self._is_in_head or is_idle):
            self._await_head()

    def on_message_begin(self) -> None:
        """Begin a head."""
        super().on_message_begin()
        self._n_head_bytes, self._is_in_head = 0, True

    def on_headers_complete(self) -> None:
        """End a head."""
        self._is_in_head = False
        self._forget_timer()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, with a problem document like every other refusal."""
        self._refuse(400, "this is no request of HTTP")

    def _await_head(self) -> None:
        self.waits_since_s = time.monotonic()
        self._waits = self.loop.call_later(self.bounds.headers_s, self._head_is_late)

    def _head_is_late(self) -> None:
        self._waits = None
        if not self.transport.is_closing():
            self._refuse(408, f"the head did not come within {self.bounds.headers_s:.0f} s")

    def _forget_timer(self) -> None:
        if self._waits is not None:
            self._waits.cancel()
            self._waits = None

    def _make_room(self) -> None:
        """Close the connection that has waited longest; this one where all are at work."""
        waiting: list[Any] = [c for c in self.connections if getattr(c, "_is_in_head", False)]
        oldest = min(waiting, key=lambda c: c.waits_since_s, default=self)
        oldest.transport.abort()

    def _refuse(self, status: int, detail: str) -> None:
        body = ProblemError(status, TITLES[status], detail).document()
        content = body.model_dump_json(exclude_none=True).encode()
        head = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode()]
        head += [name + b": " + value for name, value in SAFETY]
        head += [
            f"content-type: {MEDIA_TYPE}".encode(),
            f"content-length: {len(content)}".encode(),
            b"connection: close",
        ]
        self.transport.write(b"\r\n".join([*head, b"", content]))
        self.transport.close()
