"""The consensus of a day: what neighbours say together, stored as forecasts of their own."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from seismomag.operate.canonical import canonical
from seismomag.operate.clock import stamp, unstamp
from seismomag.operate.consensus import MODEL_PREFIX, consensus, neighbours
from seismomag.operate.daily.stages import CHAMPION
from seismomag.operate.database import put_forecasts, rows_of
from seismomag.operate.database_tables import forecasts
from seismomag.operate.settings import ConsensusPlan, Settings

CONSENSUS = "consensus"
"""Role of its rows: they enter neither the ledger nor an alert, and are audited like any other."""


def combine_day(settings: Settings, engine: sa.Engine, day: str, now: pd.Timestamp) -> int:
    """Combine the champion's newest forecasts of a day; repeated, nothing changes.

    Parameters
    ----------
    settings, engine
        The operation; ``[consensus]`` says how.
    day
        UTC day.
    now
        UTC.

    Returns
    -------
    n_rows
        New forecasts. A late file of one station makes new ones of its neighbours; the earlier
        ones stay.
    """
    plan = settings.consensus
    if not plan.is_made:
        return 0
    with engine.begin() as connection:
        voices = _voices(connection, day, settings.codes)
        rows = [row for row in _combined(settings, voices, now) if not _is_held(connection, row)]
        put_forecasts(connection, rows)
    return len(rows)


def model_of(champion_sha256: str, plan: ConsensusPlan) -> str:
    """Name of a consensus: it changes with its champion and with its rule."""
    rule = {
        "consensus_of": champion_sha256,
        "within_km": plan.within_km,
        "least_stations": plan.least_stations,
    }
    return hashlib.sha256(canonical(rule)).hexdigest()


def _voices(connection: sa.Connection, day: str, codes: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Newest forecast of each station."""
    query = (
        sa.select(forecasts)
        .where(
            forecasts.c.day == day,
            forecasts.c.role == CHAMPION,
            forecasts.c.station_code.in_(codes),
            forecasts.c.probability.is_not(None),
        )
        .order_by(forecasts.c.issued_at, forecasts.c.ledger_seq)
    )
    return {row["station_code"]: row for row in rows_of(connection, query)}


def _combined(
    settings: Settings, voices: Mapping[str, Mapping[str, Any]], now: pd.Timestamp
) -> list[dict[str, Any]]:
    plan = settings.consensus
    if len(voices) < plan.least_stations:
        return []
    together = consensus(
        _table(voices.values()),
        settings.stations,
        within_km=plan.within_km,
        least_stations=plan.least_stations,
    )
    near = neighbours(settings.stations, plan.within_km)
    rows = []
    for said in together.to_dict("records"):
        own = voices[said["station_code"]]
        champion = str(said["model_id"]).removeprefix(MODEL_PREFIX)
        heard = {
            code: voice["input_sha256"]
            for code, voice in sorted(voices.items())
            if code in near[own["station_code"]] and voice["model_sha256"] == champion
        }
        rows.append(
            {
                **own,
                "model_sha256": model_of(champion, plan),
                "input_sha256": hashlib.sha256(canonical(heard)).hexdigest(),
                "role": CONSENSUS,
                "issued_at": stamp(now),
                "probability": float(said["probability"]),
                # The champion's threshold was not frozen on this score.
                "alarm": None,
                "reason": f"{len(heard)} stations: {', '.join(heard)}",
                "ledger_seq": None,
            }
        )
    return rows


def _table(rows: Any) -> pd.DataFrame:
    found = list(rows)
    start = pd.Series([unstamp(row["valid_from"]) for row in found])
    return pd.DataFrame(
        {
            "sample_id": [f"{row['station_code']}_{row['day']}" for row in found],
            "station_code": pd.Series([row["station_code"] for row in found], dtype="str"),
            # The combination looks at no clock; when each was issued stands in its own row.
            "issue_time": start,
            "horizon_start": start,
            "horizon_end": pd.Series([unstamp(row["valid_to"]) for row in found]),
            "probability": [float(row["probability"]) for row in found],
            "azimuth_deg": np.nan,
            "azimuth_kappa": np.nan,
            "model_id": pd.Series([row["model_sha256"] for row in found], dtype="str"),
            "data_cutoff": start,
        }
    )


def _is_held(connection: sa.Connection, row: Mapping[str, Any]) -> bool:
    key = [
        forecasts.c[name] == row[name]
        for name in ("station_code", "day", "model_sha256", "input_sha256")
    ]
    return connection.execute(sa.select(forecasts.c.day).where(*key)).first() is not None
