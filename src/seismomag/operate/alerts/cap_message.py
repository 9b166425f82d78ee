"""A CAP message about what the champion said of a station: of a test or an exercise only."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import sqlalchemy as sa

from seismomag.core.errors import ConfigError
from seismomag.operate.alerts import cap
from seismomag.operate.audits import verdict_line
from seismomag.operate.clock import unstamp
from seismomag.operate.daily.stages import CHAMPION
from seismomag.operate.database import rows_of
from seismomag.operate.database_tables import forecasts
from seismomag.operate.models_registry import label_rule
from seismomag.operate.settings import Settings

_SENTENCE_END = "."


def message_of(
    settings: Settings,
    engine: sa.Engine,
    *,
    station_code: str,
    status: cap.Status,
    sender: str,
    addresses: Sequence[str],
    now: pd.Timestamp,
    day: str = "",
) -> cap.Message:
    """Put the champion's newest score of a station into a message.

    Parameters
    ----------
    settings, engine
        The operation.
    station_code
        Whose score.
    status
        Test or Exercise; there is no other.
    sender, addresses
        Who sends it, and who alone receives it.
    now
        UTC.
    day
        UTC day of the score; empty takes the newest.

    Returns
    -------
    message
        Its radius is that of the smallest target of the label rule; it expires with the horizon.

    Raises
    ------
    ConfigError
        No such station, no score of it, or a horizon that is over.
    """
    station = next((s for s in settings.stations if s.station_code == station_code), None)
    if station is None:
        msg = f"{station_code}: no station of this operation ({', '.join(settings.codes)})"
        raise ConfigError(msg)
    row = _newest_score(engine, station_code, day)
    rule = label_rule(settings, engine)
    language = settings.operation.language
    mark = f"{now:%Y%m%dT%H%M%S}"
    return cap.Message(
        identifier=f"seismomag-{status.value.lower()}-{station_code}-{row['day']}-{mark}",
        sender=sender,
        sent=now,
        expires=unstamp(row["valid_to"]),
        status=status,
        addresses=tuple(addresses),
        area=station.name or station_code,
        latitude_deg=station.latitude_deg,
        longitude_deg=station.longitude_deg,
        radius_km=float(rule.radius_km([rule.minimum_magnitude])[0]),
        sentence=verdict_line(settings.folder, language).rstrip(_SENTENCE_END),
        parameters=_parameters(settings, row),
        language=language,
    )


def _newest_score(engine: sa.Engine, station_code: str, day: str) -> dict[str, Any]:
    query = sa.select(forecasts).where(
        forecasts.c.station_code == station_code,
        forecasts.c.role == CHAMPION,
        forecasts.c.probability.is_not(None),
        *([forecasts.c.day == day] if day else []),
    )
    newest = query.order_by(forecasts.c.day.desc(), forecasts.c.issued_at.desc()).limit(1)
    with engine.connect() as connection:
        rows = rows_of(connection, newest)
    if not rows:
        msg = f"{station_code}: no score{f' of {day}' if day else ' yet'}"
        raise ConfigError(msg)
    return rows[0]


def _parameters(settings: Settings, row: Mapping[str, Any]) -> dict[str, str]:
    return {
        "station": row["station_code"],
        "day": row["day"],
        "anomaly_score": f"{row['probability']:.3f}",
        "valid_from": row["valid_from"],
        "mode": settings.operation.mode,
        "model_sha256": row["model_sha256"],
    }
