"""Decisions on models: for admins, with a reason; a promotion needs a passed audit."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, TypedDict

import pandas as pd
from fastapi import APIRouter, Depends, Request

from seismomag.core.errors import ConfigError
from seismomag.operate import models_registry
from seismomag.operate.api.context import Opened, Operation
from seismomag.operate.api.facts.audited_models import verdict_on
from seismomag.operate.api.guard.access import Admin, Caller, access_of
from seismomag.operate.api.guard.deeds import deed
from seismomag.operate.api.guard.problems import ProblemError, problem_responses
from seismomag.operate.api.shapes.access import ModelDecided, ModelDecision

router = APIRouter(prefix="/models", tags=["models"])

_PROBLEMS = problem_responses(400, 401, 403, 404, 409, 415, 422, 429, 503)


class Signature(TypedDict):
    """Who decides, why, and when; as the registry of models keeps it."""

    by: str
    reason: str
    now: pd.Timestamp


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What an admin wants decided.

    Attributes
    ----------
    operation
        Whose models.
    caller
        Who decides.
    wanted
        Which model, and why.
    now
        UTC.
    """

    operation: Operation
    caller: Caller
    wanted: ModelDecision
    now: pd.Timestamp

    @property
    def path(self) -> str:
        """Folder of the model, relative to the working directory.

        Raises
        ------
        ProblemError
            404: none has this manifest.
        """
        path = models_registry.path_of(self.operation.settings, self.wanted.model_sha256)
        if path is None:
            raise ProblemError(404, "unknown model", "no model folder has this manifest")
        return path

    @contextmanager
    def signed(self, action: str) -> Iterator[Signature]:
        """Decide within: what becomes of it leaves its line in the trail of writes."""
        model, reason = self.wanted.model_sha256, self.wanted.reason
        with deed(
            self.operation, self.caller, self.now, action=action, subject=model, reason=reason
        ):
            yield Signature(by=self.caller.name or "-", reason=reason, now=self.now)

    def outcome(self) -> ModelDecided:
        """Read what was decided last."""
        row = models_registry.history(self.operation.writing)[-1]
        return ModelDecided(
            model_sha256=row["model_sha256"], role=row["role"], verdict=row["verdict"]
        )


def _proposal(
    request: Request, caller: Admin, operation: Opened, wanted: ModelDecision
) -> Proposal:
    now = access_of(request).clock()
    return Proposal(operation=operation, caller=caller, wanted=wanted, now=now)


Proposed = Annotated[Proposal, Depends(_proposal)]


@router.post("/challenge", responses=_PROBLEMS)
def challenge(proposal: Proposed) -> ModelDecided:
    """Let a model of the folder `models` forecast in shadow."""
    operation = proposal.operation
    with proposal.signed("challenge") as signature:
        models_registry.challenge(operation.settings, operation.writing, proposal.path, **signature)
    return proposal.outcome()


@router.post("/promotion", responses=_PROBLEMS)
def promote(proposal: Proposed) -> ModelDecided:
    """Make a model the champion; `audit_id` names the audit that it has passed."""
    operation, wanted = proposal.operation, proposal.wanted
    with proposal.signed("promote") as signature:
        path = proposal.path
        verdict = verdict_on(operation.settings.folder, wanted.audit_id, wanted.model_sha256)
        models_registry.promote(operation.settings, operation.writing, path, verdict, **signature)
    return proposal.outcome()


@router.post("/roll-back", responses=_PROBLEMS)
def roll_back(proposal: Proposed) -> ModelDecided:
    """Return to the champion before the present one; `model_sha256` names it."""
    operation = proposal.operation
    with proposal.signed("roll back") as signature:
        before = models_registry.champion_before(operation.writing)
        if before is not None and before["model_sha256"] != proposal.wanted.model_sha256:
            msg = f"the champion before is {before['model_sha256'][:12]}..., not this one"
            raise ConfigError(msg)
        models_registry.roll_back(operation.settings, operation.writing, **signature)
    return proposal.outcome()
