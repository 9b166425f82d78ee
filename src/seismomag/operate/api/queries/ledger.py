"""The ledger view: a page of records, the state of the chain, what was frozen before day one."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from seismomag.core.errors import ConfigError, FormatError, LeakError
from seismomag.operate.api.context import Operation
from seismomag.operate.api.facts import phrases
from seismomag.operate.api.facts.due_records import due_missing
from seismomag.operate.api.facts.ledger_reading import LedgerView
from seismomag.operate.api.facts.times import read_utc, utc
from seismomag.operate.api.shapes.forecasts import (
    ChainState,
    LedgerAnswer,
    LedgerRecord,
    Registration,
)
from seismomag.operate.api.shapes.parts import Reason
from seismomag.operate.ledger.anchor import INDEX, read_anchors
from seismomag.operate.ledger.preregister import FILE_NAME, read_preregistration

OK, NO_DATA, LATE = "ok", "no_data", "late"
NEVER_REGISTERED = "nothing was registered before day one, so nothing can be scored"
ANOTHER_REGISTRATION = "the registration is not the one that the ledger began with"
NO_TIME = "the ledger does not say when the registration was made"
MOST_DUE = 500


def query_ledger(operation: Operation, before: int | None, limit: int) -> LedgerAnswer:
    """Answer for the ledger view; records with ``seq < before``, the newest first."""
    now = operation.clock()
    view = operation.ledger.view(utc(now))
    end = view.n_lines if before is None else min(before, view.n_lines)
    first = max(end - limit, 0)
    records = [record for line in view.lines(first, end) for record in _record(line)]
    return LedgerAnswer(
        as_of=utc(now),
        newest_datum_at=_newest(view),
        source="ledger: ledger.jsonl, its head and anchors",
        chain=_chain(operation, view),
        registration=_registration(operation),
        records=tuple(reversed(records)),
        next_before=first if first > 0 else None,
    )


def kind_of(record: Mapping[str, Any]) -> str:
    """``ok``, ``no_data``, ``late``, or that of a record of another kind."""
    kind = str(record.get("kind"))
    if kind == "forecast":
        is_late = str(record.get("issued_at")) > str(record.get("valid_from"))
        return LATE if is_late else OK
    return kind


def _record(line: Mapping[str, Any]) -> list[LedgerRecord]:
    """Show a record; one that is damaged beyond its fields is left out, and the chain says so."""
    times = {name: read_utc(line.get(name)) for name in ("issued_at", "valid_from", "valid_to")}
    issued = times["issued_at"]
    if issued is None or not isinstance(line.get("seq"), int):
        return []
    alarm, probability = line.get("alarm"), line.get("probability")
    return [
        LedgerRecord(
            seq=line["seq"],
            kind=kind_of(line),
            issued_at=issued,
            # A preregistration has no horizon: it is valid from its own time on.
            valid_from=times["valid_from"] or issued,
            valid_to=times["valid_to"] or issued,
            station_code=str(line.get("station") or ""),
            probability=probability if isinstance(probability, float | int) else None,
            is_alarm=alarm if isinstance(alarm, bool) else None,
            reason=phrases.told(line.get("reason")),
            model_sha256=str(line.get("model_sha256") or ""),
            input_sha256=str(line.get("input_sha256") or ""),
            hash=str(line.get("hash") or ""),
            prev=str(line.get("prev") or ""),
        )
    ]


def _newest(view: LedgerView) -> Any:
    last = view.lines(view.n_lines - 1, view.n_lines)
    return read_utc(last[0].get("issued_at")) if last else None


def _chain(operation: Operation, view: LedgerView) -> ChainState:
    check = view.check
    due = due_missing(operation.settings, operation.clock(), view)
    anchored_at, kind = _anchor(operation)
    return ChainState(
        n_records=check.n_records,
        is_whole=check.is_intact if view.verified_at else None,
        first_bad_seq=check.first_bad_seq,
        finding=phrases.told(check.reason),
        verified_at=view.verified_at,
        anchored_at=anchored_at,
        anchor_kind=kind,
        head=check.head,
        due_missing=tuple(f"{code} {day}" for code, day in due[-MOST_DUE:]),
    )


def _anchor(operation: Operation) -> tuple[Any, str]:
    try:
        anchors = read_anchors(operation.settings.ledger.parent / INDEX)
        last = anchors[-1] if anchors else {}
        return read_utc(last.get("at")), str(last.get("authority") or "")
    except (FormatError, AttributeError):
        return None, "the list of anchors is damaged"


def _registration(operation: Operation) -> Registration | Reason:
    settings = operation.settings
    place = settings.ledger.parent
    if not (place / FILE_NAME).is_file():
        return Reason(reason=phrases.told(NEVER_REGISTERED))
    try:
        found = read_preregistration(place, settings.ledger)
    except (ConfigError, LeakError):
        return Reason(reason=phrases.told(ANOTHER_REGISTRATION))
    first = operation.ledger.view(utc(operation.clock())).lines(0, 1)
    at = read_utc(first[0].get("issued_at")) if first else None
    if at is None:
        return Reason(reason=phrases.told(NO_TIME))
    return Registration(
        registered_at=at,
        first_day=date.fromisoformat(found.first_day),
        stop_day=date.fromisoformat(found.stop_day),
        primary_test=found.primary_test,
        catalogue_source=found.catalogue_source,
        model_sha256=found.model_sha256,
        threshold=found.threshold,
    )
