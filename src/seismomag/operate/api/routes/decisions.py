"""Decisions on models: for admins, with a reason; a promotion needs a passed audit."""

from collections.abc import Callable

import pandas as pd
from fastapi import APIRouter, Request

from seismomag.core.errors import ConfigError
from seismomag.operate import models_registry
from seismomag.operate.api.context import Opened, Operation
from seismomag.operate.api.facts.audited_models import verdict_on
from seismomag.operate.api.guard.access import Admin, Caller, access_of
from seismomag.operate.api.guard.deeds import deed
from seismomag.operate.api.guard.problems import ProblemError, problem_responses
from seismomag.operate.api.shapes.access import ModelDecided, ModelDecision
from seismomag.operate.stages import Served

router = APIRouter(prefix="/models", tags=["models"])

_PROBLEMS = problem_responses(400, 401, 403, 404, 409, 415, 422, 429, 503)

Decide = Callable[[pd.Timestamp], Served]


@router.post("/challenge", responses=_PROBLEMS)
def challenge(
    request: Request, caller: Admin, operation: Opened, wanted: ModelDecision
) -> ModelDecided:
    """Let a model of the folder `models` forecast in shadow."""

    def decide(now: pd.Timestamp) -> Served:
        return models_registry.challenge(
            operation.settings,
            operation.writing,
            _path_of(operation, wanted),
            by=caller.name or "-",
            reason=wanted.reason,
            now=now,
        )

    return _decided(request, caller, operation, wanted, "challenge", decide)


@router.post("/promotion", responses=_PROBLEMS)
def promote(
    request: Request, caller: Admin, operation: Opened, wanted: ModelDecision
) -> ModelDecided:
    """Make a model the champion; `audit_id` names the audit that it has passed."""

    def decide(now: pd.Timestamp) -> Served:
        return models_registry.promote(
            operation.settings,
            operation.writing,
            _path_of(operation, wanted),
            verdict_on(operation.settings.folder, wanted.audit_id, wanted.model_sha256),
            by=caller.name or "-",
            reason=wanted.reason,
            now=now,
        )

    return _decided(request, caller, operation, wanted, "promote", decide)


@router.post("/roll-back", responses=_PROBLEMS)
def roll_back(
    request: Request, caller: Admin, operation: Opened, wanted: ModelDecision
) -> ModelDecided:
    """Return to the champion before the present one; `model_sha256` names it."""

    def decide(now: pd.Timestamp) -> Served:
        before = models_registry.champion_before(operation.writing)
        if before is not None and before["model_sha256"] != wanted.model_sha256:
            msg = f"the champion before is {before['model_sha256'][:12]}..., not this one"
            raise ConfigError(msg)
        return models_registry.roll_back(
            operation.settings,
            operation.writing,
            by=caller.name or "-",
            reason=wanted.reason,
            now=now,
        )

    return _decided(request, caller, operation, wanted, "roll back", decide)


def _path_of(operation: Operation, wanted: ModelDecision) -> str:
    path = models_registry.path_of(operation.settings, wanted.model_sha256)
    if path is None:
        raise ProblemError(404, "unknown model", "no model folder has this manifest")
    return path


def _decided(
    request: Request,
    caller: Caller,
    operation: Operation,
    wanted: ModelDecision,
    action: str,
    decide: Decide,
) -> ModelDecided:
    now = access_of(request).clock()
    subject = wanted.model_sha256
    with deed(operation, caller, now, action=action, subject=subject, reason=wanted.reason):
        decide(now)
    row = models_registry.history(operation.writing)[-1]
    return ModelDecided(model_sha256=row["model_sha256"], role=row["role"], verdict=row["verdict"])
