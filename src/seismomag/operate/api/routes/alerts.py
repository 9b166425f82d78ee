"""Messages to operators: the list, and that somebody has read one."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from seismomag.operate.alerts.acknowledgements import acknowledge, alert_row, alert_rows
from seismomag.operate.api.answers.encoding import encode_csv, encode_json
from seismomag.operate.api.context import Opened, Operation
from seismomag.operate.api.facts import phrases
from seismomag.operate.api.facts.times import read_utc, utc
from seismomag.operate.api.guard.access import Operator, Viewer, access_of
from seismomag.operate.api.guard.deeds import deed
from seismomag.operate.api.guard.problems import ProblemError, problem_responses
from seismomag.operate.api.routes.parameters import Format, Limit, ListFormat
from seismomag.operate.api.shapes.access import Acknowledgement, AlertRow, AlertsAnswer

router = APIRouter(tags=["alerts"])

Before = Annotated[
    str | None,
    Query(
        pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ_[0-9a-f-]{36}$",
        description="`next_before` of the page before",
    ),
]
AlertId = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$", description="key of an alert")]


@router.get("/alerts", response_model=AlertsAnswer, responses=problem_responses(401, 403, 422, 503))
def get_alerts(
    request: Request,
    _: Viewer,
    operation: Opened,
    before: Before = None,
    limit: Limit = 50,
    form: ListFormat = Format.json,
) -> Response:
    """Messages to operators, newest first."""
    answer = _alerts(operation, before, limit)
    if form is Format.csv:
        return encode_csv(AlertRow, answer.alerts, "alerts").respond(request.headers)
    return encode_json(answer).respond(request.headers)


@router.post(
    "/alerts/{alert_id}/acknowledgement",
    responses=problem_responses(400, 401, 403, 404, 409, 415, 422, 429, 503),
)
def acknowledge_alert(
    request: Request, caller: Operator, operation: Opened, alert_id: AlertId, said: Acknowledgement
) -> AlertRow:
    """Say that one has read a message; the first who does is kept."""
    if alert_row(operation.engine, alert_id) is None:
        raise ProblemError(404, "unknown alert", "there is no alert of this key")
    now = access_of(request).clock()
    with deed(operation, caller, now, action="acknowledge", subject=alert_id, reason=said.note):
        acknowledge(operation.writing, alert_id, by=caller.name or "-", words=said.note, now=now)
    row = alert_row(operation.engine, alert_id)
    assert row is not None
    return _shape(row)


def _alerts(operation: Operation, before: str | None, limit: int) -> AlertsAnswer:
    key = None
    if before is not None:
        at, _, alert_id = before.partition("_")
        key = at, alert_id
    rows = alert_rows(operation.engine, before=key, limit=limit + 1)
    shown = rows[:limit]
    more = len(rows) > limit
    return AlertsAnswer(
        as_of=utc(operation.clock()),
        newest_datum_at=read_utc(rows[0]["raised_at"]) if rows and before is None else None,
        source="alerts: table alerts with acknowledgements",
        alerts=tuple(_shape(row) for row in shown),
        next_before=f"{shown[-1]['raised_at']}_{shown[-1]['alert_id']}" if more else None,
    )


def _shape(row: dict[str, Any]) -> AlertRow:
    raised_at = read_utc(row["raised_at"])
    assert raised_at is not None
    return AlertRow(
        alert_id=row["alert_id"],
        rule=row["rule"],
        station_code=row["station_code"],
        day=row["day"],
        level=row["level"],
        detail=phrases.told(row["detail"]),
        raised_at=raised_at,
        acknowledged_at=read_utc(row["acknowledged_at"]),
        acknowledged_by=row["acknowledged_by"] or "",
    )
