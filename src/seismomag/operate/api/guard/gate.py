"""What every request passes first: limits, a number, the headers of safety, the last fence."""

import asyncio
import logging
import secrets
import time

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seismomag.operate.api.guard.failures import LOG, answer, unexpected
from seismomag.operate.api.guard.limits import Limits
from seismomag.operate.api.guard.problems import TITLES, ProblemError
from seismomag.operate.api.metrics import Metrics

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'"
)

SAFETY: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
"""Of every answer; there is no header that would let another site read it."""

_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_LONGEST_PATH = 200


class Gate:
    """Outermost part of the application; see the module.

    Parameters
    ----------
    app
        What it guards.
    limits
        Size and time of a request.
    metrics
        Where requests are counted.
    """

    def __init__(self, app: ASGIApp, *, limits: Limits, metrics: Metrics) -> None:
        self.app, self.limits, self.metrics = app, limits, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer in its place."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began_s = time.perf_counter()
        passage = Passage(scope, receive, send, self.limits)
        scope.setdefault("state", {})["request_id"] = passage.request_id
        try:
            await self._pass(scope, passage)
        finally:
            took_s = time.perf_counter() - began_s
            self.metrics.count(scope, passage.method, passage.status, took_s)
            _log(scope, passage, took_s)

    async def _pass(self, scope: Scope, passage: "Passage") -> None:
        try:
            passage.refuse_at_sight()
            async with asyncio.timeout(self.limits.request_s):
                await self.app(scope, passage.receive, passage.send)
        except TimeoutError:
            await passage.give_up(passage.too_slow())
        except ProblemError as problem:
            await passage.give_up(problem)
        except Exception:  # noqa: BLE001 - the last fence: no trace leaves, the log has it
            LOG.exception("%s failed", passage.request_id)
            await passage.give_up(unexpected())


class Passage:
    """One request on its way through the gate."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, limits: Limits) -> None:
        self._scope, self._receive, self._send, self._limits = scope, receive, send, limits
        self.request_id = secrets.token_hex(8)
        self.method: str = scope["method"]
        self.status = 0
        self._n_bytes, self._is_read = 0, False
        if self.method == "HEAD":
            # Every GET answers HEAD alike, without its body.
            scope["method"] = "GET"

    def refuse_at_sight(self) -> None:
        """Refuse a body by what its head says of it.

        A form of another site can be sent without asking; JSON cannot.

        Raises
        ------
        ProblemError
            413: too large; 415: no JSON.
        """
        told = Headers(scope=self._scope)
        length = told.get("content-length", "0")
        if length.isdigit() and int(length) > self._limits.body_bytes:
            raise self._too_large()
        kind = told.get("content-type", "").partition(";")[0].strip().lower()
        has_body = length != "0" or "transfer-encoding" in told
        if self.method in _WITH_BODY and has_body and kind != "application/json":
            raise ProblemError(415, TITLES[415], "a body is JSON: Content-Type: application/json")

    async def receive(self) -> Message:
        """Hand on a part of the body.

        Raises
        ------
        HTTPException
            413: more came than is allowed.
        """
        message = await self._receive()
        if message["type"] == "http.request":
            self._n_bytes += len(message.get("body", b""))
            self._is_read = not message.get("more_body", False)
            if self._n_bytes > self._limits.body_bytes:
                # One that the reading of the body hands on as it is.
                raise HTTPException(413, self._too_large().detail)
        return message

    async def send(self, message: Message) -> None:
        """Hand on a part of the answer, with the headers of safety."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = [*message.get("headers", ()), *SAFETY]
            names = {name for name, _ in headers}
            if b"cache-control" not in names:
                headers.append((b"cache-control", b"private, no-cache"))
            headers.append((b"x-request-id", self.request_id.encode()))
            message = {**message, "headers": headers}
        elif self.method == "HEAD":
            message = {**message, "body": b""}
        await self._send(message)

    async def give_up(self, problem: ProblemError) -> None:
        """Answer with a problem; where an answer has begun, the connection is cut."""
        if not self.status:
            await answer(problem)(self._scope, self._receive, self.send)

    def too_slow(self) -> ProblemError:
        """Make the problem of a request that took too long to come, or to be answered."""
        status = 503 if self._is_read or self.method in {"GET", "HEAD"} else 408
        return ProblemError(
            status, TITLES[status], f"not done within {self._limits.request_s:.0f} s"
        )

    def _too_large(self) -> ProblemError:
        limit = self._limits.body_bytes
        return ProblemError(413, TITLES[413], f"a body may have {limit} bytes at most")


def _log(scope: Scope, passage: Passage, took_s: float) -> None:
    """Write a line about writes and about what went wrong; never a query or a header."""
    if passage.status < 400 and passage.method in {"GET", "HEAD"}:
        return
    path = scope.get("raw_path", b"").decode("ascii", "replace")[:_LONGEST_PATH]
    level = logging.ERROR if passage.status >= 500 else logging.INFO
    LOG.log(
        level,
        "%s %s %s %d %.0f ms",
        passage.request_id,
        passage.method,
        path,
        passage.status,
        took_s * 1e3,
    )
