"""Problems: what is answered when something cannot be; see RFC 9457."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from seismomag.operate.api.shapes.access import Problem

MEDIA_TYPE = "application/problem+json"

TITLES: Mapping[int, str] = {
    400: "not understood",
    401: "not signed in",
    403: "not allowed",
    404: "not there",
    405: "not done here",
    408: "too slow",
    409: "not possible now",
    413: "too large",
    415: "not understood",
    422: "not a possible question",
    429: "too many",
    431: "too large",
    500: "failed",
    503: "not to be had now",
}


class ProblemError(Exception):
    """A question that cannot be answered; its handler makes the document.

    Attributes
    ----------
    status
        Of HTTP.
    title, detail
        What, in general and here; neither a path nor a trace.
    since, nearest
        Since when, and the nearest name that exists; absent where they do not apply.
    headers
        Of the answer, beside the document.
    """

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        *,
        since: datetime | None = None,
        nearest: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{title}: {detail}")
        self.status, self.title, self.detail = status, title, detail
        self.since, self.nearest = since, nearest
        self.headers = dict(headers or {})

    def document(self) -> Problem:
        """Return the document."""
        return Problem(
            type="about:blank",
            title=self.title,
            status=self.status,
            detail=self.detail,
            since=self.since,
            nearest=self.nearest,
        )


def unknown_name(name: str, kind: str, known: Iterable[str]) -> ProblemError:
    """Say that there is no such name, and which one is nearest.

    Examples
    --------
    >>> unknown_name("ALRR", "station", ["ALR", "KPY"]).nearest
    'ALR'
    """
    names = list(known)
    near = get_close_matches(name.upper(), names, n=1, cutoff=0.0)
    nearest = near[0] if near else None
    told = f"; nearest: {nearest}" if nearest else ""
    # What was asked for is said again only where it is a plausible name.
    shown = f" {name}" if name.isalnum() and len(name) <= 64 else " of that name"
    return ProblemError(404, f"unknown {kind}", f"there is no {kind}{shown}{told}", nearest=nearest)


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe problem documents for the OpenAPI document of a route."""
    # The schema itself is put into the document by ``openapi.describe``.
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": TITLES[status], "content": content} for status in statuses}
