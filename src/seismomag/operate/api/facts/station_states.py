"""States of stations, from recorded facts; a fact older than one cycle leaves "unknown"."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from seismomag.operate.api.facts import phrases
from seismomag.operate.api.facts.known import REACH, STALE_AFTER, Known, Row, first_due_day
from seismomag.operate.api.facts.times import age_text, end_of, read_utc, utc
from seismomag.operate.api.shapes.network import StateCount
from seismomag.operate.api.shapes.parts import StationState, Words
from seismomag.operate.settings import Settings
from seismomag.operate.status import GRACE_MINUTES

CLOCK_FAULT, MINUS = "Clock fault: ", "\u2212"
WORST_FIRST = tuple(StationState)
"""The order of the shape."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """State of a station and the worst fact behind it.

    Attributes
    ----------
    state
        In the words of the page.
    reason
        Empty for ``ok``.
    newest_sample_at
        End of the newest day in the archive; None if it has none.
    """

    state: StationState
    reason: Words
    newest_sample_at: datetime | None


def standings(settings: Settings, known: Known) -> dict[str, Standing]:
    """Return the standing of every configured station.

    In this order: nothing recorded, or for longer than a cycle and a quarter of an hour, is
    ``unknown``; the newest due day absent is ``silent`` from the hour of the "no data" record
    on, before that ``late``; a day that quality refuses, or with a clock at fault, is
    ``faulty``; a newest day that was not checked is ``unknown``.
    """
    return {code: _standing(settings, known, code) for code in settings.codes}


def counts(found: Mapping[str, Standing]) -> tuple[StateCount, ...]:
    """Count stations by state, worst first; a state without any stays, with zero."""
    return tuple(
        StateCount(state=state, n=len(codes), station_codes=codes)
        for state in WORST_FIRST
        for codes in [tuple(code for code, s in found.items() if s.state == state)]
    )


def worst_first(found: Mapping[str, Standing]) -> list[str]:
    """Codes of the roll call: by state, then by age of the newest sample, then by code."""

    def rank(code: str) -> tuple[int, float, str]:
        at = found[code].newest_sample_at
        return WORST_FIRST.index(found[code].state), at.timestamp() if at else 0.0, code

    return sorted(found, key=rank)


def newest_of(found: Iterable[Standing]) -> datetime | None:
    """Return the time of the newest sample of all."""
    times = [one.newest_sample_at for one in found if one.newest_sample_at]
    return max(times) if times else None


def _standing(settings: Settings, known: Known, code: str) -> Standing:
    archive = known.archive.get(code)
    newest = end_of(archive["last_day"]) if archive else None
    state, reason = (
        _unknown(known, code)
        or _absent(settings, known, code, archive)
        or _faulty(known, code, archive)
        or (StationState.ok, phrases.NOTHING)
    )
    return Standing(state=state, reason=reason, newest_sample_at=newest)


def _unknown(known: Known, code: str) -> tuple[StationState, Words] | None:
    looked = known.last_looked_at(code)
    if looked is None:
        return StationState.unknown, phrases.say("never_run")
    age = utc(known.now) - looked
    if age > STALE_AFTER:
        said = phrases.say("stale_fact", age=age_text(age.total_seconds()))
        return StationState.unknown, said
    return None


def _absent(
    settings: Settings, known: Known, code: str, archive: Row | None
) -> tuple[StationState, Words] | None:
    end = end_of(first_due_day(settings, archive))
    hours = settings.operation.no_data_after_hours
    if utc(known.now) >= end + pd.Timedelta(hours=hours, minutes=GRACE_MINUTES):
        state, phrase = StationState.silent, "silent"
    else:
        looked = known.looked_for_until(code)
        if looked is None or end + REACH > looked:
            # Nobody can have looked for a day that was not over.
            return None
        state, phrase = StationState.late, "late"
    return state, phrases.say(phrase if archive else "no_sample")


def _faulty(known: Known, code: str, archive: Row | None) -> tuple[StationState, Words] | None:
    if archive is None:
        return StationState.unknown, phrases.say("no_sample")
    error = (known.stages.get((code, "quality")) or {}).get("last_error") or ""
    if error:
        return StationState.faulty, phrases.say("refused", detail=phrases.told(error))
    checked = known.quality.get(code)
    if checked is None or checked["day"] < archive["last_day"]:
        return StationState.unknown, phrases.say("unchecked")
    if checked["n_clock_faults"]:
        return StationState.faulty, _clock(checked)
    return None


def _clock(checked: Row) -> Words:
    """How far the clock is off, where that was measured; the rest is said among the troubles."""
    offset_s = checked.get("clock_offset_s")
    if offset_s is None:
        return phrases.say("clock")
    signed = f"{offset_s:+.3g}".replace("-", MINUS)
    return phrases.say("clock_off", offset=Words(en=signed, id=signed.replace(".", ",")))


def clock_detail(checked: Row) -> Words:
    """First sentence about the clock of a quality record, else how many faults there are."""
    said = [
        line.removeprefix(CLOCK_FAULT).rstrip(".")
        for line in str(checked["sentences"]).splitlines()
        # The readers end a long list with "... and 13 more like it".
        if line.startswith(CLOCK_FAULT) and not line.startswith(f"{CLOCK_FAULT}...")
    ]
    return phrases.told(said[0] if said else f"{checked['n_clock_faults']} clock faults")


def next_cycle(known: Known) -> datetime | None:
    """When the next run is due: as long after the last one as that came after its own."""
    begun = read_utc(known.last_run["started_at"]) if known.last_run else None
    return begun + known.cycle if begun else None
