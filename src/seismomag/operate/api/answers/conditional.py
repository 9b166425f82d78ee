"""ETag, 304 and gzip, in one place, for answers that have not seen to it themselves."""

import gzip
import hashlib
import re
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_AS_OF = re.compile(rb'"as_of":"([^"]*)",?')
_NEAR_THE_START = 200
_LEAST_BYTES = 1000
_LEVEL = 4
_PACKED_ALREADY = ("image/png", "font/")


def etag_of(body: bytes) -> str:
    """Weak tag of an answer: two that differ in the time of asking alone are one.

    Examples
    --------
    >>> etag_of(b'{"as_of":"1","n":2}') == etag_of(b'{"as_of":"2","n":2}')
    True
    """
    head = _AS_OF.sub(b"", body[:_NEAR_THE_START], count=1)
    seen = hashlib.sha256(head)
    seen.update(body[_NEAR_THE_START:])
    return f'W/"{seen.hexdigest()[:32]}"'


def is_known(etag: str, if_none_match: str) -> bool:
    """Whether the reader has this answer, by the weak comparison of RFC 9110.

    Examples
    --------
    >>> is_known('W/"a"', '"b", "a"'), is_known('W/"a"', "*"), is_known('W/"a"', "")
    (True, True, False)
    """
    held = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return "*" in held or etag.removeprefix("W/") in held


def takes_gzip(accept_encoding: str) -> bool:
    """Whether a reader takes gzip.

    Examples
    --------
    >>> takes_gzip("br, gzip;q=0.8"), takes_gzip("gzip;q=0"), takes_gzip("identity")
    (True, False, False)
    """
    for part in accept_encoding.lower().split(","):
        name, _, weight = part.partition(";")
        if name.strip() in {"gzip", "*"}:
            return not re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", weight)
    return False


class Conditional:
    """Gives answers to GET a tag, and leaves out what the reader has."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        await self.app(scope, receive, _Reply(Headers(scope=scope), send).take)


class _Reply:
    """One answer: its parts are held back until it is known what of it must be sent."""

    def __init__(self, asked: Headers, send: Send) -> None:
        self._asked, self._send = asked, send
        self._start: Message = {}
        self._parts: list[bytes] = []
        self._is_passed = False

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = Headers(raw=message["headers"])
            self._is_passed = message["status"] != 200 or "etag" in headers
            self._start = message
        if self._is_passed:
            await self._send(message)
            return
        if message["type"] != "http.response.body":
            return
        self._parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            await self._finish(b"".join(self._parts))

    async def _finish(self, body: bytes) -> None:
        headers = MutableHeaders(raw=list(self._start["headers"]))
        headers["ETag"] = etag_of(body)
        headers.add_vary_header("Accept-Encoding")
        as_of = _AS_OF.search(body[:_NEAR_THE_START])
        if as_of:
            headers["X-As-Of"] = as_of[1].decode("ascii")
        status = self._start["status"]
        if is_known(headers["ETag"], self._asked.get("if-none-match", "")):
            status, body = 304, b""
            _remove(headers, ("content-length", "content-type"))
        elif self._is_worth_packing(headers, body):
            body = gzip.compress(body, _LEVEL, mtime=0)
            headers["Content-Encoding"] = "gzip"
            headers["Content-Length"] = str(len(body))
        await self._send({**self._start, "status": status, "headers": headers.raw})
        await self._send({"type": "http.response.body", "body": body})

    def _is_worth_packing(self, headers: Headers, body: bytes) -> bool:
        kind = headers.get("content-type", "")
        return (
            len(body) >= _LEAST_BYTES
            and "content-encoding" not in headers
            and not kind.startswith(_PACKED_ALREADY)
            and takes_gzip(self._asked.get("accept-encoding", ""))
        )


def _remove(headers: MutableHeaders, names: Iterable[str]) -> None:
    for name in names:
        if name in headers:
            del headers[name]
