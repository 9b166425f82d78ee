"""Which alerts somebody has read."""

from typing import Any

import pandas as pd
import sqlalchemy as sa

from seismomag.core.errors import ConfigError
from seismomag.operate.clock import stamp
from seismomag.operate.database import rows_of
from seismomag.operate.database_tables import acknowledgements, alerts


def alert_rows(
    engine: sa.Engine, *, before: tuple[str, str] | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """Alerts with their acknowledgements, newest first.

    Parameters
    ----------
    engine
        The database.
    before
        ``raised_at`` and ``alert_id`` of the last alert of the page before; None for the first.
    limit
        Alerts at most.
    """
    query = _joined().order_by(alerts.c.raised_at.desc(), alerts.c.alert_id.desc()).limit(limit)
    if before is not None:
        at, alert_id = before
        query = query.where(
            (alerts.c.raised_at < at)
            | ((alerts.c.raised_at == at) & (alerts.c.alert_id < alert_id))
        )
    with engine.connect() as connection:
        return rows_of(connection, query)


def alert_row(engine: sa.Engine, alert_id: str) -> dict[str, Any] | None:
    """One alert with its acknowledgement; None where there is none of this key."""
    with engine.connect() as connection:
        found = rows_of(connection, _joined().where(alerts.c.alert_id == alert_id))
    return found[0] if found else None


def acknowledge(
    engine: sa.Engine, alert_id: str, *, by: str, words: str, now: pd.Timestamp
) -> None:
    """Keep that somebody has read an alert.

    Raises
    ------
    ConfigError
        Somebody has already; says who and when.
    """
    row = {
        "alert_id": alert_id,
        "acknowledged_at": stamp(now),
        "acknowledged_by": by,
        "note": words,
    }
    with engine.begin() as connection:
        held = rows_of(
            connection, sa.select(acknowledgements).where(acknowledgements.c.alert_id == alert_id)
        )
        if held:
            msg = f"{held[0]['acknowledged_by']} has read it at {held[0]['acknowledged_at']}"
            raise ConfigError(msg)
        connection.execute(acknowledgements.insert(), [row])


def _joined() -> "sa.Select[Any]":
    same = alerts.c.alert_id == acknowledgements.c.alert_id
    return sa.select(
        alerts, acknowledgements.c.acknowledged_at, acknowledgements.c.acknowledged_by
    ).select_from(alerts.outerjoin(acknowledgements, same))
