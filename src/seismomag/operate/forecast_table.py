"""What an operation said, as a table that is audited like anybody's."""

from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from seismomag.core.atomic import write_text
from seismomag.core.errors import ConfigError
from seismomag.operate.clock import unstamp
from seismomag.operate.daily.consensus import CONSENSUS
from seismomag.operate.daily.stages import CHAMPION
from seismomag.operate.database import rows_of
from seismomag.operate.database_tables import forecasts
from seismomag.operate.models_registry import CHALLENGER
from seismomag.operate.settings import Settings

ROLES = (CHAMPION, CHALLENGER, CONSENSUS)

_MAP = """\
# What the columns of {csv} are: seismomag audit {csv} --columns {toml} --catalogue ...
[table]
name = "{role} of the operation"
horizon_days = {horizon_days}
{threshold}
[columns]
date = "valid_from"
station = "station"
probability = "probability"
issued = "issued_at"
azimuth_deg = "azimuth_deg"
kp = "kp"
dst_nt = "dst_nt"
"""


def write_forecast_table(
    settings: Settings, engine: sa.Engine, path: Path, *, role: str
) -> tuple[int, int]:
    """Write the forecasts of a role, and the map of their columns beside them.

    Parameters
    ----------
    settings, engine
        The operation.
    path
        A CSV; the map is the same name with ``.toml``.
    role
        Of :data:`ROLES`. A threshold is stated for the champion only: it was frozen for no other.

    Returns
    -------
    n_rows, n_late
        Rows, one for each station-day: the first that was issued (decision 011); those issued
        after their horizon began, which are left out.

    Raises
    ------
    ConfigError
        No such role, or the file exists.
    """
    if role not in ROLES:
        msg = f"role {role!r}: expected one of {', '.join(ROLES)}"
        raise ConfigError(msg)
    beside = path.with_suffix(".toml")
    there = [file for file in (path, beside) if file.exists()]
    if there:
        msg = f"{there[0]}: exists already; give a new name"
        raise ConfigError(msg)
    rows = _first_issued(engine, role)
    kept = [row for row in rows if row["issued_at"] <= row["valid_from"]]
    table = pd.DataFrame(
        {
            "valid_from": [row["valid_from"][:10] for row in kept],
            "station": [row["station_code"] for row in kept],
            "probability": [row["probability"] for row in kept],
            "issued_at": [row["issued_at"] for row in kept],
            "azimuth_deg": [row["azimuth"] for row in kept],
            "kp": [row["kp_at_issue"] for row in kept],
            "dst_nt": [row["dst_at_issue"] for row in kept],
        }
    )
    threshold = f"threshold = {settings.alarm.threshold}\n" if role == CHAMPION else ""
    write_text(
        beside,
        _MAP.format(
            csv=path.name,
            toml=beside.name,
            role=role,
            horizon_days=_horizon_days(kept),
            threshold=threshold,
        ),
    )
    write_text(path, table.to_csv(index=False, lineterminator="\n"))
    return len(kept), len(rows) - len(kept)


def _first_issued(engine: sa.Engine, role: str) -> list[dict[str, Any]]:
    query = (
        sa.select(forecasts)
        .where(forecasts.c.role == role, forecasts.c.probability.is_not(None))
        .order_by(forecasts.c.issued_at.desc())
    )
    with engine.connect() as connection:
        found = {(row["day"], row["station_code"]): row for row in rows_of(connection, query)}
    return [found[key] for key in sorted(found)]


def _horizon_days(rows: list[dict[str, Any]]) -> int:
    spans = {(unstamp(row["valid_to"]) - unstamp(row["valid_from"])).days for row in rows}
    if len(spans) > 1:
        msg = f"forecasts of horizons of {sorted(spans)} days cannot be judged in one table"
        raise ConfigError(msg)
    return next(iter(spans), 1)
