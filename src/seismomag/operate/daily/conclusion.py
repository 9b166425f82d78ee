"""The last two stages of a run: operators are told, and the state of everything is written."""

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pandas as pd
import sqlalchemy as sa

from seismomag.core.atomic import write_bytes
from seismomag.core.errors import SeismomagError
from seismomag.operate import facts
from seismomag.operate.alerts.delivery import tell
from seismomag.operate.canonical import canonical
from seismomag.operate.clock import stamp
from seismomag.operate.settings import Settings
from seismomag.operate.status import OK, is_green, status

STATUS_FILE = "status.json"

Say = Callable[[str], None]


def conclude(settings: Settings, engine: sa.Engine, now: pd.Timestamp, say: Say) -> bool:
    """Tell operators what is new, then write ``status.json``; each keeps its success as a fact.

    Parameters
    ----------
    settings, engine
        The operation.
    now
        UTC.
    say
        Gets one sentence for each new alert and each failure.

    Returns
    -------
    is_green
        Whether everything is in order.
    """
    _stage(settings, engine, "alerts", now, say, lambda: _tell(settings, engine, now, say))
    _stage(settings, engine, "status", now, say, lambda: _write(settings, engine, now))
    return is_green(status(settings, engine, now))


def newest_day(now: pd.Timestamp) -> str:
    """Newest UTC day that is over."""
    return f"{now.normalize() - pd.Timedelta(days=1):%Y-%m-%d}"


def _tell(settings: Settings, engine: sa.Engine, now: pd.Timestamp, say: Say) -> str:
    fresh, failures = tell(settings, engine, now)
    for alert in fresh:
        say(f"alert {alert.level}: {alert.rule} {alert.station_code} {alert.detail}")
    for failure in failures:
        say(f"not delivered: {failure}")
    return "; ".join(failures)


def _write(settings: Settings, engine: sa.Engine, now: pd.Timestamp) -> str:
    # Of this very stage: it succeeds with the file.
    states = tuple(
        replace(s, state=OK, sentence=f"newest day {newest_day(now)}") if s.stage == "status" else s
        for s in status(settings, engine, now)
    )
    said = {
        "at": stamp(now),
        "is_green": is_green(states),
        "mode": settings.operation.mode,
        "stages": [asdict(state) for state in states],
    }
    write_bytes(Path(settings.folder / STATUS_FILE), canonical(said) + b"\n")
    return ""


def _stage(
    settings: Settings,
    engine: sa.Engine,
    stage: str,
    now: pd.Timestamp,
    say: Say,
    work: Callable[[], str],
) -> None:
    """Do the work of a stage of every station and keep the fact; an error ends nothing else."""
    try:
        error = work()
    except (SeismomagError, OSError) as failure:
        error = str(failure) or type(failure).__name__
        say(f"{stage}: {error}")
    facts.record_for_all(engine, settings.codes, stage, newest_day(now), now, error)
