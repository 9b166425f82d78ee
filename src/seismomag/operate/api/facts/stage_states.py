"""Stages by station as the health view shows them; what waits for another stage says so."""

from collections import Counter
from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from seismomag.operate.api.facts import phrases
from seismomag.operate.api.facts.known import STALE_AFTER, Known
from seismomag.operate.api.facts.times import age_text, read_utc, utc
from seismomag.operate.api.shapes.network import CycleBar, StageCell, StageRow
from seismomag.operate.api.shapes.parts import Words
from seismomag.operate.facts import STAGES
from seismomag.operate.settings import Settings
from seismomag.operate.status import FAILED, LATE, NEVER, OK, StageState, status

OKAY, BEHIND, BROKEN, REFUSED, WAITS, UNKNOWN = (
    "ok",
    "late",
    "failed",
    "refused",
    "waits",
    "unknown",
)


def stage_rows(settings: Settings, engine: sa.Engine, known: Known) -> tuple[StageRow, ...]:
    """Return a row for each stage, a cell for each configured station.

    ``failed``: the last attempt failed; where it is quality that fails at some stations only,
    ``refused``. ``late``: an older day than due. ``waits``: late or never, behind a stage of the
    same station that is not ok. ``unknown``: never attempted, or not for a cycle and a quarter
    of an hour.
    """
    states = {(s.station_code, s.stage): s for s in status(settings, engine, known.now)}
    cells = {code: _cells(code, states, known) for code in settings.codes}
    refusing = [code for code in settings.codes if cells[code]["quality"].state == BROKEN]
    if len(refusing) < len(settings.codes):
        for code in refusing:
            cells[code]["quality"] = cells[code]["quality"].model_copy(update={"state": REFUSED})
    return tuple(
        StageRow(
            stage=stage,
            n_ok=sum(cells[code][stage].state == OKAY for code in settings.codes),
            n_stations=len(settings.codes),
            cells=tuple(cells[code][stage] for code in settings.codes),
        )
        for stage in STAGES
    )


def codes_in(row: StageRow, *states: str) -> tuple[str, ...]:
    """Codes of the stations that a stage is in one of these states at."""
    return tuple(cell.station_code for cell in row.cells if cell.state in states)


def most_said(row: StageRow, codes: Iterable[str]) -> Words:
    """Return what most of these stations say."""
    wanted = set(codes)
    said = Counter(cell.detail for cell in row.cells if cell.station_code in wanted)
    return said.most_common(1)[0][0] if said else phrases.NOTHING


def last_cycle(known: Known) -> tuple[CycleBar, ...]:
    """When the stages of the last run were at work: from their first record of it to the last."""
    begun = read_utc(known.last_run["started_at"]) if known.last_run else None
    if begun is None:
        return ()
    bars = []
    for stage in STAGES:
        facts = [fact for (_, name), fact in known.stages.items() if name == stage]
        times = [(read_utc(fact["last_attempt_at"]), fact["last_error"]) for fact in facts]
        since = [((at - begun).total_seconds(), error) for at, error in times if at and at >= begun]
        if since:
            seconds = [s for s, _ in since]
            outcome = BROKEN if any(error for _, error in since) else OKAY
            bars.append(
                CycleBar(stage=stage, start_s=min(seconds), end_s=max(seconds), outcome=outcome)
            )
    return tuple(bars)


def _cells(
    code: str, states: Mapping[tuple[str, str], StageState], known: Known
) -> dict[str, StageCell]:
    found: dict[str, StageCell] = {}
    is_blocked = False
    for stage in STAGES:
        cell = _cell(states[code, stage], known, is_blocked=is_blocked)
        is_blocked = is_blocked or cell.state not in (OKAY, UNKNOWN)
        found[stage] = cell
    return found


def _cell(state: StageState, known: Known, *, is_blocked: bool) -> StageCell:
    fact = known.stages.get((state.station_code, state.stage)) or {}
    attempted = read_utc(fact.get("last_attempt_at"))
    shown = {OK: OKAY, LATE: BEHIND, FAILED: BROKEN, NEVER: UNKNOWN}[state.state]
    detail = phrases.told(state.sentence)
    if is_blocked and shown in (BEHIND, UNKNOWN):
        shown = WAITS
    elif shown == OKAY and attempted and utc(known.now) - attempted > STALE_AFTER:
        age = (utc(known.now) - attempted).total_seconds()
        shown, detail = UNKNOWN, phrases.say("stale_fact", age=age_text(age))
    return StageCell(
        station_code=state.station_code,
        state=shown,
        last_success_at=read_utc(fact.get("last_success_at")),
        last_success_day=state.last_success_day,
        detail=detail,
    )
