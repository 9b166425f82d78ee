"""The tables of the operation; times are UTC texts, so that every database sorts them alike."""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

METADATA = MetaData()

DAY = String(10)
"""``2024-05-10``."""

TIME = String(20)
"""``2024-05-11T00:09:00Z``."""

SHA256 = String(64)
CODE = String(8)

stations = Table(
    "stations",
    METADATA,
    Column("station_code", CODE, primary_key=True),
    Column("latitude_deg", Float, nullable=False),
    Column("longitude_deg", Float, nullable=False),
    Column("name", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
)

files = Table(
    "files",
    METADATA,
    Column("station_code", CODE, nullable=False),
    Column("day", DAY, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("path", Text, nullable=False),
    Column("sha256", SHA256, nullable=False),
    Column("n_bytes", Integer, nullable=False),
    Column("origin", Text, nullable=False),
    Column("received_at", TIME, nullable=False),
    PrimaryKeyConstraint("station_code", "day", "revision"),
    UniqueConstraint("station_code", "day", "sha256"),
)

quality = Table(
    "quality",
    METADATA,
    Column("station_code", CODE, nullable=False),
    Column("day", DAY, nullable=False),
    Column("file_sha256", SHA256, nullable=False),
    Column("coverage", Float, nullable=False),
    Column("n_clock_faults", Integer, nullable=False),
    Column("sentences", Text, nullable=False),
    Column("checked_at", TIME, nullable=False),
    Column("clock_offset_s", Float),
    # When samples like these were first checked; a file that brings the same ones is none of news.
    Column("content_since", TIME),
    PrimaryKeyConstraint("station_code", "day"),
)

forecasts = Table(
    "forecasts",
    METADATA,
    Column("station_code", CODE, nullable=False),
    Column("day", DAY, nullable=False),
    Column("model_sha256", SHA256, nullable=False),
    Column("input_sha256", SHA256, nullable=False),
    Column("role", String(16), nullable=False),
    Column("issued_at", TIME, nullable=False),
    Column("valid_from", TIME, nullable=False),
    Column("valid_to", TIME, nullable=False),
    Column("probability", Float),
    Column("alarm", Boolean),
    Column("azimuth", Float),
    Column("magnitude_class", Integer),
    Column("coverage", Float),
    Column("kp_at_issue", Float),
    Column("dst_at_issue", Float),
    Column("reason", Text),
    Column("ledger_seq", Integer),
    Column("azimuth_kappa", Float),
    PrimaryKeyConstraint("station_code", "day", "model_sha256", "input_sha256"),
)

latest_forecasts = Table(
    "latest_forecasts",
    METADATA,
    *(Column(c.name, c.type, nullable=c.nullable) for c in forecasts.columns),
    PrimaryKeyConstraint("station_code", "model_sha256"),
)
"""The newest row of each station and model: a page must not search for it."""

events = Table(
    "events",
    METADATA,
    Column("event_id", String(64), primary_key=True),
    Column("origin_time", String(32), nullable=False, index=True),
    Column("latitude_deg", Float, nullable=False),
    Column("longitude_deg", Float, nullable=False),
    Column("depth_km", Float),
    Column("magnitude", Float),
    Column("magnitude_type", String(16)),
    Column("source", Text, nullable=False),
    Column("fetched_at", TIME, nullable=False),
)

indices = Table(
    "indices",
    METADATA,
    Column("kind", String(8), nullable=False),
    Column("time", TIME, nullable=False),
    Column("status", String(16), nullable=False),
    Column("source", String(24), nullable=False),
    Column("available_time", TIME, nullable=False),
    Column("value", Float, nullable=False),
    PrimaryKeyConstraint("kind", "time", "status", "source", "available_time"),
)
"""Every version of every value, with the time since when it was known; nothing is replaced."""

source_states = Table(
    "source_states",
    METADATA,
    Column("source", String(64), nullable=False),
    Column("station_code", CODE, nullable=False),
    Column("last_attempt_at", TIME, nullable=False),
    Column("last_success_at", TIME),
    Column("reason_code", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    PrimaryKeyConstraint("source", "station_code"),
)
"""What became of the last attempt at each source; the station is ``-`` for indices and events."""

runs = Table(
    "runs",
    METADATA,
    Column("run_id", String(36), primary_key=True),
    Column("started_at", TIME, nullable=False),
    Column("ended_at", TIME),
    Column("days", Text, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("sentence", Text, nullable=False),
)

stages = Table(
    "stages",
    METADATA,
    Column("station_code", CODE, nullable=False),
    Column("stage", String(16), nullable=False),
    Column("last_attempt_at", TIME, nullable=False),
    Column("last_success_at", TIME),
    Column("last_success_day", DAY),
    Column("last_error", Text, nullable=False),
    PrimaryKeyConstraint("station_code", "stage"),
)

failed_days = Table(
    "failed_days",
    METADATA,
    Column("station_code", CODE, nullable=False),
    Column("stage", String(16), nullable=False),
    Column("day", DAY, nullable=False),
    Column("error", Text, nullable=False),
    Column("since", TIME, nullable=False),
    PrimaryKeyConstraint("station_code", "stage", "day"),
)
"""Failures that stand: of days that the job comes back to, or (without a day) of the last runs."""

leases = Table(
    "leases",
    METADATA,
    Column("name", String(16), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("expires_at", TIME, nullable=False),
)

drift = Table(
    "drift",
    METADATA,
    Column("day", DAY, nullable=False),
    Column("model_sha256", SHA256, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("low_hz", Float, nullable=False),
    Column("high_hz", Float, nullable=False),
    Column("stability_index", Float, nullable=False),
    Column("n_reference", Integer, nullable=False),
    Column("n_recent", Integer, nullable=False),
    PrimaryKeyConstraint("day", "model_sha256", "kind", "low_hz"),
)
"""Population stability of input and forecasts, a measurement a day."""

alerts = Table(
    "alerts",
    METADATA,
    Column("alert_id", String(36), primary_key=True),
    Column("rule", String(24), nullable=False),
    Column("station_code", CODE, nullable=False),
    Column("day", DAY, nullable=False),
    Column("level", String(16), nullable=False),
    Column("detail", Text, nullable=False),
    Column("raised_at", TIME, nullable=False),
    UniqueConstraint("rule", "station_code", "day"),
)

deliveries = Table(
    "deliveries",
    METADATA,
    Column("alert_id", String(36), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("delivered_at", TIME),
    Column("n_attempts", Integer, nullable=False),
    Column("last_error", Text, nullable=False),
    PrimaryKeyConstraint("alert_id", "channel"),
)

promotions = Table(
    "promotions",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("model_sha256", SHA256, nullable=False),
    Column("path", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("at", TIME, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("verdict", String(4), nullable=False),
)

users = Table(
    "users",
    METADATA,
    Column("name", String(64), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("token_sha256", SHA256, nullable=False, unique=True),
    Column("created_at", TIME, nullable=False),
    Column("expires_at", TIME),
)

sessions = Table(
    "sessions",
    METADATA,
    Column("session_sha256", SHA256, primary_key=True),
    Column("name", String(64), nullable=False),
    Column("created_at", TIME, nullable=False),
    Column("expires_at", TIME, nullable=False),
)
"""Browsers that are signed in; the key itself is in their cookie only."""

acknowledgements = Table(
    "acknowledgements",
    METADATA,
    Column("alert_id", String(36), primary_key=True),
    Column("acknowledged_at", TIME, nullable=False),
    Column("acknowledged_by", Text, nullable=False),
    Column("note", Text, nullable=False),
)
"""Alerts that somebody has read."""

writes = Table(
    "writes",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("at", TIME, nullable=False),
    Column("by", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("action", String(32), nullable=False),
    Column("subject", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("outcome", Text, nullable=False),
)
"""The trail: everything that somebody changed, or tried to."""
