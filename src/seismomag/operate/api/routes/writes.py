"""The trail of writes."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from seismomag.operate.api.answers.encoding import encode_csv, encode_json
from seismomag.operate.api.context import Opened
from seismomag.operate.api.facts.times import read_utc, utc
from seismomag.operate.api.guard.access import Admin
from seismomag.operate.api.guard.problems import problem_responses
from seismomag.operate.api.routes.parameters import Format, Limit, ListFormat
from seismomag.operate.api.shapes.access import WriteRow, WritesAnswer
from seismomag.operate.trail import lines

router = APIRouter(tags=["access"])

Before = Annotated[
    int | None, Query(ge=0, le=2**31 - 1, description="`next_before` of the page before")
]


@router.get("/writes", response_model=WritesAnswer, responses=problem_responses(401, 403, 422, 503))
def get_writes(
    request: Request,
    _: Admin,
    operation: Opened,
    before: Before = None,
    limit: Limit = 50,
    form: ListFormat = Format.json,
) -> Response:
    """Everything that somebody changed, or tried to, newest first."""
    rows = lines(operation.engine, before=before, limit=limit + 1)
    shown = tuple(WriteRow.model_validate(row) for row in rows[:limit])
    if form is Format.csv:
        return encode_csv(WriteRow, shown, "writes").respond(request.headers)
    answer = WritesAnswer(
        as_of=utc(operation.clock()),
        newest_datum_at=read_utc(rows[0]["at"]) if rows and before is None else None,
        source="writes: table writes",
        writes=shown,
        next_before=shown[-1].number if len(rows) > limit else None,
    )
    return encode_json(answer).respond(request.headers)
