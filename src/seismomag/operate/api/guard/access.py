"""Who is asking, and whether that person may."""

import hmac
import ipaddress
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import pandas as pd
from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPBearer
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from seismomag.operate import sessions, users
from seismomag.operate.access_plan import AccessPlan
from seismomag.operate.api.context import Operation
from seismomag.operate.api.guard.limits import Limits, Meter
from seismomag.operate.api.guard.problems import ProblemError
from seismomag.operate.api.shapes.access import Role
from seismomag.operate.clock import now as wall_clock

COOKIE = "seismomag_session"
CSRF_HEADER = "X-CSRF-Token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_API, _SIGN_IN = "/api/", "/api/v1/session"
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
_ASK_AGAIN_S = 1.0

_bearer = HTTPBearer(auto_error=False, scheme_name="token", description="Token of a user.")
_cookie = APIKeyCookie(
    name=COOKIE,
    auto_error=False,
    scheme_name="session",
    description=f"Cookie of `POST /session`; writes carry `{CSRF_HEADER}` as well.",
)


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asks.

    Attributes
    ----------
    name
        None for somebody at this machine, or for nobody.
    role
        None for nobody.
    way
        ``token``, ``session``, ``proxy``, ``loopback`` or ``none``.
    expires_at
        UTC; None where there is no end.
    csrf
        What a write of a browser must bring along; None where none is needed.
    """

    name: str | None = None
    role: Role | None = None
    way: str = "none"
    expires_at: pd.Timestamp | None = None
    csrf: str | None = None


NOBODY = Caller()


class Access:
    """The door of an application.

    Parameters
    ----------
    operation
        Whose users count.
    limits
        How often somebody may try.
    is_private
        Whether only this machine reaches the server; without users, reading is then free.
    clock
        UTC now; tokens end by the wall clock, also where the operation is rehearsed.
    """

    def __init__(
        self,
        operation: Operation,
        limits: Limits,
        *,
        is_private: bool,
        clock: Callable[[], pd.Timestamp] = wall_clock,
    ) -> None:
        self.operation, self.is_private, self.clock = operation, is_private, clock
        self.sign_ins = Meter(limits.sign_ins_per_minute)
        self.writes = Meter(limits.writes_per_minute)
        self._key = secrets.token_bytes(32)
        self._is_open, self._asked_s = False, float("-inf")

    @property
    def plan(self) -> AccessPlan:
        """Section ``[access]``."""
        return self.operation.settings.access

    async def caller(self, request: Request) -> Caller:
        """Say who asks.

        Raises
        ------
        ProblemError
            401: the token or the session is wrong or has ended.
        """
        if "authorization" in request.headers:
            return await run_in_threadpool(self._by_token, request.headers)
        peer = request.client.host if request.client else ""
        if self.plan.signs_in and self.plan.trusts(peer):
            return await run_in_threadpool(self._by_proxy, request.headers)
        if await self._is_free():
            is_ours = self.answers_to(request.headers.get("host", ""))
            return Caller(role=Role.viewer, way="loopback") if is_ours else NOBODY
        key = request.cookies.get(COOKIE)
        return await run_in_threadpool(self._by_session, key) if key else NOBODY

    def answers_to(self, host: str) -> bool:
        """Whether a server without users is called by one of its names.

        A page from elsewhere could else read this machine through a name of its own.
        """
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        return name.lower() in LOOPBACK_NAMES or name in self.plan.hosts

    def check(self, caller: Caller, least: Role, request: Request) -> None:
        """Refuse who may not.

        Raises
        ------
        ProblemError
            401 for nobody, 403 for a lower role or a write without its CSRF header, 429 for too
            many writes.
        """
        if caller.role is None:
            raise not_signed_in(detail="sign in, or send a token: Authorization: Bearer ...")
        if request.method not in SAFE:
            self.writes.take(f"{caller.way}:{caller.name}", "writes")
            check_csrf(caller, request.headers)
        if users.ROLES.index(caller.role) < users.ROLES.index(least):
            detail = f"this needs the role {least}; yours is {caller.role}"
            raise ProblemError(403, "not allowed", detail)

    def address_of(self, request: Request) -> str:
        """Address of the reader: behind a proxy, what that proxy says.

        An IPv6 reader counts by its /64, which is one subscriber.
        """
        peer = request.client.host if request.client else ""
        told = request.headers.get("x-forwarded-for", "")
        if told and self.plan.trusts(peer):
            hops = [hop.strip() for hop in told.split(",")]
            peer = next((hop for hop in reversed(hops) if not self.plan.trusts(hop)), hops[0])
        try:
            address = ipaddress.ip_address(peer)
        except ValueError:
            return "unknown"
        return str(address) if address.version == 4 else str(int(address) >> 64)

    def is_https(self, request: Request) -> bool:
        """Whether the reader's side speaks TLS."""
        peer = request.client.host if request.client else ""
        told = request.headers.get("x-forwarded-proto", "") if self.plan.trusts(peer) else ""
        return (told or request.url.scheme) == "https"

    def user_of(self, token: str) -> users.User:
        """User of a token.

        Raises
        ------
        ProblemError
            401: nobody's, or ended.
        """
        with self.operation.engine.connect() as connection:
            found = users.user_of_token(connection, token)
        if found is None:
            raise not_signed_in(detail="this token is nobody's")
        if found.is_expired(self.clock()):
            raise not_signed_in(
                detail="this token has ended; ask for another", since=found.expires_at
            )
        return found

    def _by_token(self, headers: Headers) -> Caller:
        kind, _, token = headers["authorization"].partition(" ")
        if kind.lower() != "bearer" or not token.strip():
            raise not_signed_in(detail="expected: Authorization: Bearer TOKEN")
        user = self.user_of(token.strip())
        return Caller(name=user.name, role=Role(user.role), way="token", expires_at=user.expires_at)

    def _by_session(self, key: str) -> Caller:
        with self.operation.engine.connect() as connection:
            found = sessions.session_of(connection, key)
            user = None if found is None else users.user_of_name(connection, found.name)
        if found is None or user is None:
            raise not_signed_in(detail="this session is not known; sign in again")
        end = (
            found.expires_at if user.expires_at is None else min(found.expires_at, user.expires_at)
        )
        if end <= self.clock():
            raise not_signed_in(detail="the session has ended; sign in again", since=end)
        return Caller(
            name=user.name,
            role=Role(user.role),
            way="session",
            expires_at=end,
            csrf=csrf_of(key.encode()),
        )

    def _by_proxy(self, headers: Headers) -> Caller:
        plan = self.plan
        named = headers.getlist(plan.user_header)
        if not named or not named[0]:
            return NOBODY
        if len(named) > 1:
            raise not_signed_in(detail="the proxy names several users; let it replace the header")
        name = named[0][:64]
        return Caller(
            name=name,
            role=self._role_by_proxy(headers, name),
            way="proxy",
            csrf=csrf_of(self._key + name.encode()),
        )

    def _role_by_proxy(self, headers: Headers, name: str) -> Role:
        if self.plan.role_header:
            said = headers.getlist(self.plan.role_header)
            return Role(said[0]) if len(said) == 1 and said[0] in users.ROLES else Role.viewer
        with self.operation.engine.connect() as connection:
            user = users.user_of_name(connection, name)
        return Role(self.plan.proxy_role if user is None else user.role)

    async def _is_free(self) -> bool:
        if not self.is_private or self.plan.signs_in:
            return False
        if time.monotonic() - self._asked_s > _ASK_AGAIN_S:
            has_users = await run_in_threadpool(users.has_users, self.operation.engine)
            self._is_open, self._asked_s = not has_users, time.monotonic()
        return self._is_open


def csrf_of(key: bytes) -> str:
    """Proof that a write comes from a page that could read this session's answers."""
    return hmac.digest(key, b"csrf", "sha256").hex()


def check_csrf(caller: Caller, headers: Headers) -> None:
    """Refuse a write that another site may have sent through the reader's browser.

    Raises
    ------
    ProblemError
        403: the header is absent or wrong.
    """
    if caller.csrf is None:
        return
    given = headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(given.encode(), caller.csrf.encode()):
        raise ProblemError(
            403, "not allowed", f"a write of a browser carries {CSRF_HEADER}, from GET /session"
        )


def not_signed_in(*, detail: str, since: pd.Timestamp | None = None) -> ProblemError:
    """Make the problem of somebody who is not known, or no longer."""
    return ProblemError(
        401,
        "not signed in",
        detail,
        since=None if since is None else since.tz_localize("UTC").to_pydatetime(),
        headers={"WWW-Authenticate": 'Bearer realm="seismomag"'},
    )


def access_of(request: Request) -> Access:
    """Door of the application that answers."""
    found: Access = request.app.state.access
    return found


class Strangers:
    """Turns away who wants to write and brings nothing along, before the body is read."""

    def __init__(self, app: ASGIApp, *, access: Access) -> None:
        self.app, self.access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or raise the problem that answers it."""
        if scope["type"] == "http" and scope["method"] in _WITH_BODY:
            self._refuse_body(Request(scope))
        await self.app(scope, receive, send)

    def _refuse_body(self, request: Request) -> None:
        path, headers = request.url.path, request.headers
        has_body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
        if not has_body or not path.startswith(_API) or path == _SIGN_IN:
            return
        peer = request.client.host if request.client else ""
        by_proxy = self.access.plan.signs_in and self.access.plan.trusts(peer)
        if not by_proxy and "authorization" not in headers and COOKIE not in request.cookies:
            raise not_signed_in(detail="a write needs somebody who is signed in")


class _Least:
    """A dependency that lets a role and those above it in."""

    def __init__(self, role: Role) -> None:
        self.role = role

    async def __call__(
        self,
        request: Request,
        _token: Annotated[object, Depends(_bearer)],
        _session: Annotated[object, Depends(_cookie)],
    ) -> Caller:
        access = access_of(request)
        caller = await access.caller(request)
        request.app.state.outage.end()
        access.check(caller, self.role, request)
        return caller


VIEWER, OPERATOR, ADMIN = _Least(Role.viewer), _Least(Role.operator), _Least(Role.admin)

Viewer = Annotated[Caller, Depends(VIEWER)]
Operator = Annotated[Caller, Depends(OPERATOR)]
Admin = Annotated[Caller, Depends(ADMIN)]
"""Parameters of routes that need a role."""
