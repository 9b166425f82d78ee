"""The one way to the network: polite, patient, bounded, and with a memory."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self
from urllib.parse import SplitResult, urljoin, urlsplit

import pandas as pd

from seismomag.core.recording import sha256_of
from seismomag.operate.sources.answer import (
    NO_DATA,
    REFUSED,
    UNREACHABLE,
    UNSAFE,
    Journal,
    Provenance,
    SourceError,
)
from seismomag.operate.sources.fetch_cache import Cache, Kept
from seismomag.operate.sources.fetch_plan import FetchPlan, Request
from seismomag.operate.sources.transport import Raw, TransientError, Transport

MAX_REDIRECTS = 5
_REDIRECTS = {301, 302, 303, 307, 308}
_ASK_AGAIN = {408, 425, 429, 500, 502, 503, 504}
_NOT_MODIFIED = 304
_OK = 200


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """An answer with its body.

    Attributes
    ----------
    status, content_type, body
        As the server gave them.
    provenance
        Where it came from.
    """

    status: int
    content_type: str
    body: bytes
    provenance: Provenance


class Fetcher:
    """Fetches addresses; use it in a ``with`` block, from one thread.

    Parameters
    ----------
    cache
        Where answers are kept; None keeps nothing.
    plan
        Patience, politeness, bounds.
    now_s, tick_s, sleep
        The clock on the wall, the clock that never steps back, and how to wait.
    """

    def __init__(
        self,
        cache: Cache | None = None,
        plan: FetchPlan | None = None,
        *,
        now_s: Callable[[], float] = time.time,
        tick_s: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.plan = plan or FetchPlan()
        self.cache = cache
        self._now_s, self._tick_s, self._sleep = now_s, tick_s, sleep
        self._transport = Transport(self.plan, tick_s)
        self._last_asked_s: dict[str, float] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def now(self) -> pd.Timestamp:
        """Present moment, UTC without a zone."""
        return _moment(self._now_s())

    def get(self, request: Request, journal: Journal) -> Fetched:
        """Fetch one address.

        Parameters
        ----------
        request
            What to ask.
        journal
            Gets the provenance of the answer.

        Returns
        -------
        fetched
            With any status that is an answer: 2xx, and the 4xx in which services say "nothing
            here" or "too much".

        Raises
        ------
        SourceError
            No answer after all attempts, a body beyond the limit, a redirect to an undeclared
            host, a certificate that does not verify.
        """
        kept = None if self.cache is None else self.cache.find(request.url)
        if kept is not None and self._now_s() - kept[0].checked_at_s < request.fresh_s:
            fetched = _from_cache(*kept)
        else:
            raw = self._insist(request, {} if kept is None else _conditions(kept[0]))
            fetched = self._settle(request, raw, kept)
        journal.provenance.append(fetched.provenance)
        return fetched

    def forget(self, url: str) -> None:
        """Drop a kept answer that turned out to be damaged or cut."""
        if self.cache is not None:
            self.cache.forget(url)

    def recall(self, url: str, fresh_s: float) -> Fetched | None:
        """Kept body of an address of another protocol, unless it is older than ``fresh_s``."""
        kept = None if self.cache is None else self.cache.find(url)
        if kept is None or self._now_s() - kept[0].checked_at_s >= fresh_s:
            return None
        return _from_cache(*kept)

    def remember(self, url: str, body: bytes) -> None:
        """Keep a body that came by another protocol."""
        if self.cache is not None:
            now_s = self._now_s()
            kept = Kept(
                url=url,
                final_url=url,
                fetched_at_s=now_s,
                checked_at_s=now_s,
                sha256=sha256_of(body),
                n_bytes=len(body),
                status=0,
            )
            self.cache.keep(kept, body)

    def _settle(self, request: Request, raw: Raw, kept: tuple[Kept, bytes] | None) -> Fetched:
        now_s = self._now_s()
        if raw.status == _NOT_MODIFIED:
            if kept is None or self.cache is None:
                msg = f"{request.url}: 'not modified' although nothing is kept"
                raise SourceError(UNREACHABLE, msg)
            self.cache.keep(replace(kept[0], checked_at_s=now_s), kept[1])
            return _from_cache(*kept)
        fresh = Kept(
            url=request.url,
            final_url=raw.url,
            fetched_at_s=now_s,
            checked_at_s=now_s,
            sha256=sha256_of(raw.body),
            n_bytes=len(raw.body),
            status=raw.status,
            content_type=raw.headers.get("content-type", ""),
            etag=raw.headers.get("etag", ""),
            last_modified=raw.headers.get("last-modified", ""),
        )
        if self.cache is not None and raw.status == _OK:
            self.cache.keep(fresh, raw.body)
        return _fetched(fresh, raw.body, from_cache=False)

    def _insist(self, request: Request, headers: Mapping[str, str]) -> Raw:
        deadline_s = self._tick_s() + self.plan.total_s
        for attempt in range(1, self.plan.attempts + 1):
            outcome = self._attempt(request, headers, deadline_s)
            if isinstance(outcome, Raw):
                return outcome
            wait_s = max(outcome.retry_after_s, self.plan.wait_s(request.url, attempt))
            reason = f"{request.url}: {outcome.reason}"
            if outcome.retry_after_s > self.plan.longest_wait_s:
                msg = f"{reason}; the server asks to come back in {outcome.retry_after_s:g} s"
                raise SourceError(UNREACHABLE, msg)
            if attempt == self.plan.attempts or self._tick_s() + wait_s > deadline_s:
                msg = f"{reason}; gave up after {attempt} attempts"
                raise SourceError(UNREACHABLE, msg)
            self._sleep(wait_s)
        raise AssertionError

    def _attempt(
        self, request: Request, headers: Mapping[str, str], deadline_s: float
    ) -> Raw | TransientError:
        url = request.url
        for _ in range(MAX_REDIRECTS + 1):
            self._pause_for(url)
            try:
                raw = self._transport.get(
                    url, headers, request.limit_bytes or self.plan.limit_bytes, deadline_s
                )
            except TransientError as error:
                return error
            if raw.status in _ASK_AGAIN:
                return TransientError(f"status {raw.status}{_said(raw)}", _retry_after_s(raw))
            if raw.status not in _REDIRECTS:
                return raw
            url = _followed(request, url, raw)
        msg = f"{request.url}: more than {MAX_REDIRECTS} redirects"
        raise SourceError(REFUSED, msg)

    def _pause_for(self, url: str) -> None:
        host = _split(url).netloc
        last_s = self._last_asked_s.get(host)
        if last_s is not None:
            wait_s = last_s + self.plan.interval_s - self._tick_s()
            if wait_s > 0:
                self._sleep(wait_s)
        self._last_asked_s[host] = self._tick_s()


def _followed(request: Request, url: str, raw: Raw) -> str:
    """Address of a redirect, if it may be followed."""
    target = raw.headers.get("location", "")
    old, new = _split(url), _split(target, below=url)
    is_known = new.netloc == old.netloc or new.hostname in request.hosts
    is_downgrade = old.scheme == "https" and new.scheme != "https"
    if not is_known or is_downgrade or new.scheme not in {"http", "https"} or new.username:
        shown = target.encode("ascii", "backslashreplace").decode()[:120]
        msg = f"{request.url}: redirects to {shown}, which is not declared for this source"
        raise SourceError(UNSAFE, msg)
    return new.geturl()


def _split(url: str, below: str = "") -> SplitResult:
    try:
        return urlsplit(urljoin(below, url))
    except ValueError as error:
        msg = f"{below or url}: {excerpt(url.encode())!r} is no address ({error})"
        raise SourceError(REFUSED, msg) from error


def _conditions(kept: Kept) -> dict[str, str]:
    pairs = {"If-None-Match": kept.etag, "If-Modified-Since": kept.last_modified}
    return {key: value for key, value in pairs.items() if value}


def _from_cache(kept: Kept, body: bytes) -> Fetched:
    return _fetched(kept, body, from_cache=True)


def _fetched(kept: Kept, body: bytes, *, from_cache: bool) -> Fetched:
    provenance = Provenance(
        url=kept.final_url,
        fetched_at=_moment(kept.fetched_at_s),
        sha256=kept.sha256,
        status=kept.status,
        n_bytes=kept.n_bytes,
        from_cache=from_cache,
    )
    return Fetched(
        status=kept.status, content_type=kept.content_type, body=body, provenance=provenance
    )


def _retry_after_s(raw: Raw) -> float:
    text = raw.headers.get("retry-after", "").strip()
    # The other form, a date, depends on two clocks; our own back-off serves as well.
    return float(text) if text.isdecimal() and len(text) < 9 else 0.0


def _said(raw: Raw) -> str:
    text = excerpt(raw.body)
    return f" ({text})" if text else ""


class NothingThereError(SourceError):
    """The service says that there is nothing at an address."""


def refuse_status(fetched: Fetched, who: str) -> None:
    """Raise SourceError unless the status is 200; NothingThereError for 204 and 404."""
    if fetched.status in {204, 404}:
        msg = f"{who}: nothing there (status {fetched.status})"
        raise NothingThereError(NO_DATA, msg)
    if fetched.status != 200:
        msg = f"{who}: status {fetched.status} ({excerpt(fetched.body)})"
        raise SourceError(REFUSED, msg)


def excerpt(body: bytes, n: int = 120) -> str:
    r"""First words of a foreign body, fit to be shown.

    Examples
    --------
    >>> excerpt(b"Error 400:\tBad Request\x1b[2J\n\n")
    'Error 400: Bad Request?[2J'
    """
    text = body[: 8 * n].decode("ascii", "replace")
    clean = "".join(c if " " <= c <= "~" or c.isspace() else "?" for c in text)
    return " ".join(clean.split())[:n]


def _moment(seconds: float) -> pd.Timestamp:
    return pd.Timestamp(round(seconds * 1000), unit="ms")
