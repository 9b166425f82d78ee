"""Status, computed from stored facts: who is configured must be heard of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import sqlalchemy as sa

from seismomag.operate.daily.collecting import NETWORK
from seismomag.operate.drift_watch import is_watched
from seismomag.operate.facts import STAGES, stage_facts
from seismomag.operate.network_sources import network_stages
from seismomag.operate.settings import Settings

OK, LATE, FAILED, NEVER = "ok", "late", "failed", "never"
GRACE_MINUTES = 15


@dataclass(frozen=True, kw_only=True)
class StageState:
    """State of a stage of a station.

    Attributes
    ----------
    station_code, stage
        Which.
    state
        ``ok``, ``late`` (the newest success is of an older day than due), ``failed`` (the last
        attempt failed) or ``never``.
    last_success_day
        Empty if there was none.
    sentence
        For a person.
    """

    station_code: str
    stage: str
    state: str
    last_success_day: str
    sentence: str


def due_day(settings: Settings, now: pd.Timestamp) -> pd.Timestamp:
    """Newest day of which everything must be done by now."""
    hours = settings.operation.no_data_after_hours
    shift = pd.Timedelta(hours=hours, minutes=GRACE_MINUTES)
    return (now - shift).normalize() - pd.Timedelta(days=1)


def status(settings: Settings, engine: sa.Engine, now: pd.Timestamp) -> tuple[StageState, ...]:
    """State of every stage of every configured station, then of what concerns none of them.

    A station without any fact is ``never``, which is no state to be green about. The stages of
    indices and earthquakes carry ``-`` in place of a station.
    """
    facts = stage_facts(engine)
    due = f"{due_day(settings, now):%Y-%m-%d}"
    has_begun = due >= f"{settings.operation.start_day:%Y-%m-%d}"
    wanted = [(code, stage) for code in settings.codes for stage in STAGES]
    wanted += [(NETWORK, stage) for stage in network_stages(settings)]
    wanted += [(NETWORK, "consensus")] if settings.consensus.is_made else []
    wanted += [(NETWORK, "drift")] if is_watched(settings) else []
    return tuple(
        _state(code, stage, facts.get((code, stage)), due if has_begun else "")
        for code, stage in wanted
    )


def is_green(states: tuple[StageState, ...]) -> bool:
    """Whether everything is in order."""
    return all(state.state == OK for state in states)


def _state(code: str, stage: str, fact: Mapping[str, Any] | None, due: str) -> StageState:
    day = (fact or {}).get("last_success_day") or ""
    error = (fact or {}).get("last_error") or ""
    if fact is None or not (day or error):
        state, sentence = NEVER, "no run has come to it yet"
    elif error:
        state, sentence = FAILED, error
    elif day < due:
        state, sentence = LATE, f"newest day {day}, due is {due}"
    else:
        state, sentence = OK, f"newest day {day}"
    return StageState(
        station_code=code, stage=stage, state=state, last_success_day=day, sentence=sentence
    )
