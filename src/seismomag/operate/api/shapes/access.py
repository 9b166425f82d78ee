"""Shapes of sessions, writes, and of what is answered when something cannot be."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import ConfigDict, Field, StringConstraints

from seismomag.operate.api.shapes.parts import Answer, Shape, Words

Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$"),
]
"""Words of a person: lines, without what steers a terminal."""


def shown(**example: Any) -> ConfigDict:
    """Put an example into the document, beside what every shape has."""
    return ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": [example]})


class Role(StrEnum):
    """What somebody may do: read; acknowledge; decide on models."""

    viewer = "viewer"
    operator = "operator"
    admin = "admin"


class Problem(Shape):
    """A problem document (RFC 9457, ``application/problem+json``); never a path or a trace."""

    model_config = shown(
        type="about:blank",
        title="unknown station",
        status=404,
        detail="there is no station ALRR; nearest: ALR",
        nearest="ALR",
    )

    type: str
    title: str
    status: int
    detail: str
    since: datetime | None = None
    nearest: str | None = Field(default=None, description="nearest known name, where there is one")


class Health(Shape):
    """The server and its database answer."""

    model_config = shown(status="ok", database_revision="drift")

    status: str
    database_revision: str


class SignIn(Shape):
    """A token against a session."""

    model_config = shown(token="T" * 43)

    token: str = Field(min_length=16, max_length=256)


class Session(Shape):
    """Who one is; ``csrf`` goes back in the header ``X-CSRF-Token`` of every write."""

    model_config = shown(
        name="dewi", role="operator", expires_at="2026-04-08T14:14:00Z", csrf="0" * 64
    )

    name: str | None
    role: Role | None
    expires_at: datetime | None
    csrf: str | None


class ModelDecision(Shape):
    """A decision on a model, with its reason.

    Attributes
    ----------
    model_sha256
        SHA-256 of the manifest of the model: the one to run in shadow, to promote, or to return
        to.
    audit_id
        Of the audit that the model has passed; a promotion needs it.
    reason
        Kept for ever.
    """

    model_config = shown(
        model_sha256="0" * 64,
        audit_id="may",
        reason="better on the audit of May, no storm among its hits",
    )

    model_sha256: str = Field(pattern="^[0-9a-f]{64}$")
    audit_id: str | None = Field(default=None, max_length=64)
    reason: Text = Field(min_length=10, max_length=500)


class ModelDecided(Shape):
    """What serves after a decision."""

    model_config = shown(model_sha256="0" * 64, role="champion", verdict="V3")

    model_sha256: str
    role: str
    verdict: str


class AlertRow(Shape):
    """A message to operators."""

    model_config = shown(
        alert_id="00000000-0000-4000-8000-000000000000",
        rule="silent",
        station_code="ALR",
        day="2026-04-07",
        level="warning",
        detail={
            "en": "incoming: no file of station ALR for 2026-04-07",
            "id": "incoming: tidak ada berkas stasiun ALR untuk 2026-04-07",
            "foreign": [],
        },
        raised_at="2026-04-08T02:14:00Z",
        acknowledged_at=None,
        acknowledged_by="",
    )

    alert_id: str
    rule: str
    station_code: str
    day: str
    level: str
    detail: Words
    raised_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str


class AlertsAnswer(Answer):
    """Messages, newest first; ``next_before`` is the key of the next page."""

    alerts: tuple[AlertRow, ...]
    next_before: str | None


class Acknowledgement(Shape):
    """Somebody has read a message."""

    model_config = shown(note="called the station; the fuse was gone")

    note: Text = Field(default="", max_length=500)


class WriteRow(Shape):
    """A line of the trail of writes."""

    model_config = shown(
        number=7,
        at="2026-04-08T02:14:00Z",
        by="dewi",
        role="operator",
        action="acknowledge",
        subject="00000000-0000-4000-8000-000000000000",
        reason="called the station; the fuse was gone",
        outcome="done",
    )

    number: int
    at: datetime
    by: str
    role: str
    action: str
    subject: str
    reason: str
    outcome: str


class WritesAnswer(Answer):
    """Every write that was tried, newest first."""

    writes: tuple[WriteRow, ...]
    next_before: int | None
