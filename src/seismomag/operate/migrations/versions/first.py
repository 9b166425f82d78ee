"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "first"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table."""
    _make_events()
    _make_files()
    _make_forecasts()
    _make_indices()
    _make_latest_forecasts()
    _make_quality()
    _make_stations()
    _make_alerts()
    _make_deliveries()
    _make_leases()
    _make_promotions()
    _make_runs()
    _make_stages()
    _make_users()


def _make_events() -> None:
    op.create_table(
        "events",
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("origin_time", sa.String(length=32), nullable=False),
        sa.Column("latitude_deg", sa.Float(), nullable=False),
        sa.Column("longitude_deg", sa.Float(), nullable=False),
        sa.Column("depth_km", sa.Float(), nullable=True),
        sa.Column("magnitude", sa.Float(), nullable=True),
        sa.Column("magnitude_type", sa.String(length=16), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("fetched_at", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("event_id"),
    )
    op.create_index(op.f("ix_events_origin_time"), "events", ["origin_time"], unique=False)


def _make_files() -> None:
    op.create_table(
        "files",
        sa.Column("station_code", sa.String(length=8), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("n_bytes", sa.Integer(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("received_at", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("station_code", "day", "revision"),
        sa.UniqueConstraint("station_code", "day", "sha256"),
    )


def _make_forecasts() -> None:
    op.create_table(
        "forecasts",
        sa.Column("station_code", sa.String(length=8), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("model_sha256", sa.String(length=64), nullable=False),
        sa.Column("input_sha256", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("issued_at", sa.String(length=20), nullable=False),
        sa.Column("valid_from", sa.String(length=20), nullable=False),
        sa.Column("valid_to", sa.String(length=20), nullable=False),
        sa.Column("probability", sa.Float(), nullable=True),
        sa.Column("alarm", sa.Boolean(), nullable=True),
        sa.Column("azimuth", sa.Float(), nullable=True),
        sa.Column("magnitude_class", sa.Integer(), nullable=True),
        sa.Column("coverage", sa.Float(), nullable=True),
        sa.Column("kp_at_issue", sa.Float(), nullable=True),
        sa.Column("dst_at_issue", sa.Float(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("ledger_seq", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("station_code", "day", "model_sha256", "input_sha256"),
    )


def _make_indices() -> None:
    op.create_table(
        "indices",
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("time", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("available_time", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("kind", "time", "status"),
    )


def _make_latest_forecasts() -> None:
    op.create_table(
        "latest_forecasts",
        sa.Column("station_code", sa.String(length=8), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("model_sha256", sa.String(length=64), nullable=False),
        sa.Column("input_sha256", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("issued_at", sa.String(length=20), nullable=False),
        sa.Column("valid_from", sa.String(length=20), nullable=False),
        sa.Column("valid_to", sa.String(length=20), nullable=False),
        sa.Column("probability", sa.Float(), nullable=True),
        sa.Column("alarm", sa.Boolean(), nullable=True),
        sa.Column("azimuth", sa.Float(), nullable=True),
        sa.Column("magnitude_class", sa.Integer(), nullable=True),
        sa.Column("coverage", sa.Float(), nullable=True),
        sa.Column("kp_at_issue", sa.Float(), nullable=True),
        sa.Column("dst_at_issue", sa.Float(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("ledger_seq", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("station_code", "model_sha256"),
    )


def _make_quality() -> None:
    op.create_table(
        "quality",
        sa.Column("station_code", sa.String(length=8), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("coverage", sa.Float(), nullable=False),
        sa.Column("n_clock_faults", sa.Integer(), nullable=False),
        sa.Column("sentences", sa.Text(), nullable=False),
        sa.Column("checked_at", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("station_code", "day"),
    )


def _make_stations() -> None:
    op.create_table(
        "stations",
        sa.Column("station_code", sa.String(length=8), nullable=False),
        sa.Column("latitude_deg", sa.Float(), nullable=False),
        sa.Column("longitude_deg", sa.Float(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("station_code"),
    )


def _make_alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("alert_id", sa.String(length=36), nullable=False),
        sa.Column("rule", sa.String(length=24), nullable=False),
        sa.Column("station_code", sa.String(length=8), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("alert_id"),
        sa.UniqueConstraint("rule", "station_code", "day"),
    )


def _make_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("alert_id", sa.String(length=36), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("delivered_at", sa.String(length=20), nullable=True),
        sa.Column("n_attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("alert_id", "channel"),
    )


def _make_leases() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _make_promotions() -> None:
    op.create_table(
        "promotions",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("model_sha256", sa.String(length=64), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("at", sa.String(length=20), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("verdict", sa.String(length=4), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )


def _make_runs() -> None:
    op.create_table(
        "runs",
        sa.Column("run_id", sa.String(length=36), nullable=False),
        sa.Column("started_at", sa.String(length=20), nullable=False),
        sa.Column("ended_at", sa.String(length=20), nullable=True),
        sa.Column("days", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id"),
    )


def _make_stages() -> None:
    op.create_table(
        "stages",
        sa.Column("station_code", sa.String(length=8), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("last_attempt_at", sa.String(length=20), nullable=False),
        sa.Column("last_success_at", sa.String(length=20), nullable=True),
        sa.Column("last_success_day", sa.String(length=10), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("station_code", "stage"),
    )


def _make_users() -> None:
    op.create_table(
        "users",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.String(length=20), nullable=False),
        sa.Column("expires_at", sa.String(length=20), nullable=True),
        sa.PrimaryKeyConstraint("name"),
        sa.UniqueConstraint("token_sha256"),
    )


def downgrade() -> None:
    """Remove every table, and with it all that they hold."""
    op.drop_table("users")
    op.drop_table("stations")
    op.drop_table("stages")
    op.drop_table("runs")
    op.drop_table("quality")
    op.drop_table("promotions")
    op.drop_table("leases")
    op.drop_table("latest_forecasts")
    op.drop_table("indices")
    op.drop_table("forecasts")
    op.drop_table("files")
    op.drop_index(op.f("ix_events_origin_time"), table_name="events")
    op.drop_table("events")
    op.drop_table("deliveries")
    op.drop_table("alerts")
