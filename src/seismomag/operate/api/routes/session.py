"""Signing in and out with a browser."""

from typing import Annotated

import pandas as pd
from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from seismomag.operate import sessions
from seismomag.operate.api.context import Opened
from seismomag.operate.api.facts.times import utc
from seismomag.operate.api.guard.access import COOKIE, Access, access_of, check_csrf, csrf_of
from seismomag.operate.api.guard.problems import ProblemError, problem_responses
from seismomag.operate.api.shapes.access import Role, Session, SignIn
from seismomag.operate.trail import DONE, Write, note
from seismomag.operate.users import User

router = APIRouter(tags=["access"])

Door = Annotated[Access, Depends(access_of)]


@router.post("/session", responses=problem_responses(400, 401, 415, 422, 429, 503))
async def sign_in(
    request: Request, response: Response, wanted: SignIn, access: Door, operation: Opened
) -> Session:
    """Change a token for a session: the cookie carries it, `csrf` goes with every write."""
    access.sign_ins.take(access.address_of(request), "attempts to sign in")
    user, key, end = await run_in_threadpool(_begin, access, wanted.token)
    request.app.state.outage.end(is_write=True)
    seconds = max(int((end - access.clock()).total_seconds()), 0)
    response.set_cookie(
        COOKIE,
        key,
        max_age=seconds,
        path="/",
        secure=access.is_https(request),
        httponly=True,
        samesite="strict",
    )
    response.headers["Cache-Control"] = "no-store"
    return Session(
        name=user.name, role=Role(user.role), expires_at=utc(end), csrf=csrf_of(key.encode())
    )


@router.get("/session", responses=problem_responses(401, 503))
async def get_session(request: Request, response: Response, access: Door) -> Session:
    """Who one is here; empty for somebody who is not signed in."""
    response.headers["Cache-Control"] = "no-store"
    caller = await access.caller(request)
    return Session(
        name=caller.name,
        role=caller.role,
        expires_at=None if caller.expires_at is None else utc(caller.expires_at),
        csrf=caller.csrf,
    )


@router.delete("/session", status_code=204, responses=problem_responses(401, 403, 503))
async def sign_out(request: Request, access: Door, operation: Opened) -> Response:
    """End the session; nothing happens to somebody who has none."""
    answer = Response(status_code=204)
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    key = request.cookies.get(COOKIE)
    if key is None:
        return answer
    try:
        caller = await access.caller(request)
    except ProblemError as problem:
        if problem.status != 401:
            raise
        # It has ended already: the cookie goes all the same.
        return answer
    check_csrf(caller, request.headers)
    await run_in_threadpool(sessions.end, operation.writing, key)
    return answer


def _begin(access: Access, token: str) -> tuple[User, str, pd.Timestamp]:
    user = access.user_of(token)
    now = access.clock()
    engine = access.operation.writing
    key, end = sessions.begin(engine, user, hours=access.plan.session_hours, now=now)
    write = Write(by=user.name, role=user.role, action="sign in", subject="session")
    note(engine, write, DONE, now)
    return user, key, end
