"""Addresses of the audit view and the model view."""

from fastapi import APIRouter, Request, Response

from seismomag.operate.api.parameters import AuditId, Format, ListFormat
from seismomag.operate.api.problems import ProblemError, problem_responses
from seismomag.operate.api.shapes_audit import AuditAnswer, AuditList, ModelsAnswer

router = APIRouter(tags=["audits"])


@router.get("/audits", response_model=AuditList, responses=problem_responses(422, 503))
async def get_audits(request: Request, form: ListFormat = Format.json) -> Response:
    """All audits that the operation knows, newest first."""
    raise ProblemError(503, "not to be had now", "this answer is being made")


@router.get(
    "/audits/{audit_id}", response_model=AuditAnswer, responses=problem_responses(404, 422, 503)
)
async def get_audit(
    request: Request, audit_id: AuditId, form: ListFormat = Format.json
) -> Response:
    """An audit with its verdict and diagrams; `latest` is the newest."""
    raise ProblemError(503, "not to be had now", "this answer is being made")


@router.get("/models", response_model=ModelsAnswer, responses=problem_responses(422, 503))
async def get_models(request: Request, form: ListFormat = Format.json) -> Response:
    """Champion, challengers, decisions and runs."""
    raise ProblemError(503, "not to be had now", "this answer is being made")
