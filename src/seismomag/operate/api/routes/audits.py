"""Addresses of the audit view and the model view."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from seismomag.operate.api.answers import tables
from seismomag.operate.api.answers.tables import Part
from seismomag.operate.api.guard.problems import problem_responses
from seismomag.operate.api.queries.audits import query_audit, query_audits
from seismomag.operate.api.queries.models import query_models
from seismomag.operate.api.routes.answering import answer, answer_json
from seismomag.operate.api.routes.parameters import AuditId, Format, ListFormat
from seismomag.operate.api.shapes.audit import (
    AlarmDay,
    AuditAnswer,
    AuditList,
    AuditSummary,
    Decision,
    ModelRow,
    ModelsAnswer,
    NullRow,
    Quantity,
    RuleRow,
    RunRow,
    StormRow,
)

router = APIRouter(tags=["audits"])


class AuditPart(StrEnum):
    """Tables of an audit."""

    quantities = "quantities"
    molchan = "molchan"
    histogram = "histogram"
    reliability = "reliability"
    calendar = "calendar"
    storms = "storms"
    baselines = "baselines"
    nulls = "nulls"


class ModelsPart(StrEnum):
    """Tables of the model answer."""

    models = "models"
    decisions = "decisions"
    runs = "runs"
    curves = "curves"


AUDIT_PARTS: Mapping[str, Part] = {
    "quantities": Part(Quantity, lambda a: a.quantities),
    "molchan": Part(tables.PointRow, tables.molchan_rows),
    "histogram": Part(tables.PointRow, tables.histogram_rows),
    "reliability": Part(tables.PointRow, tables.reliability_rows),
    "calendar": Part(AlarmDay, lambda a: a.calendar),
    "storms": Part(StormRow, lambda a: a.storms),
    "baselines": Part(RuleRow, lambda a: a.baselines),
    "nulls": Part(NullRow, lambda a: a.all_nulls),
}
MODEL_PARTS: Mapping[str, Part] = {
    "models": Part(ModelRow, lambda a: a.models),
    "decisions": Part(Decision, lambda a: a.decisions),
    "runs": Part(RunRow, lambda a: a.runs),
    "curves": Part(tables.EpochRow, tables.epoch_rows),
}
LIST_PARTS: Mapping[str, Part] = {"audits": Part(AuditSummary, lambda a: a.audits)}


@router.get("/audits", response_model=AuditList, responses=problem_responses(422, 503))
async def get_audits(request: Request, form: ListFormat = Format.json) -> Response:
    """All audits that the operation knows, newest first."""
    if form is Format.json:
        return await answer_json(request, "audits", query_audits)
    return await answer(
        request,
        ("audits", "csv"),
        lambda o: tables.encode_part(query_audits(o), LIST_PARTS, "audits", "all"),
    )


@router.get(
    "/audits/{audit_id}", response_model=AuditAnswer, responses=problem_responses(404, 422, 503)
)
async def get_audit(
    request: Request,
    audit_id: AuditId,
    form: ListFormat = Format.json,
    part: Annotated[AuditPart, Query(description="table of the CSV")] = AuditPart.quantities,
) -> Response:
    """An audit with its verdict and diagrams; `latest` is the newest."""
    if form is Format.json:
        return await answer_json(request, ("audit", audit_id), lambda o: query_audit(o, audit_id))
    return await answer(
        request,
        ("audit", audit_id, part),
        lambda o: tables.encode_part(query_audit(o, audit_id), AUDIT_PARTS, part, "audit"),
    )


@router.get("/models", response_model=ModelsAnswer, responses=problem_responses(422, 503))
async def get_models(
    request: Request,
    form: ListFormat = Format.json,
    part: Annotated[ModelsPart, Query(description="table of the CSV")] = ModelsPart.models,
) -> Response:
    """Champion, challengers, decisions and runs."""
    if form is Format.json:
        return await answer_json(request, "models", query_models)
    return await answer(
        request,
        ("models", part),
        lambda o: tables.encode_part(query_models(o), MODEL_PARTS, part, "models"),
    )
