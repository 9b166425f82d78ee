"""Versions of indices beside each other, and what became of each source."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "sources"
down_revision = "access"
branch_labels = None
depends_on = None

_BEFORE = "kind, time, status, value, available_time"


def upgrade() -> None:
    """Keep every version of an index with its source; make the table of sources."""
    _make_indices("indices_wide", is_wide=True)
    op.execute(
        "INSERT INTO indices_wide (kind, time, status, source, available_time, value) "
        "SELECT kind, time, status, 'files', available_time, value FROM indices"
    )
    op.drop_table("indices")
    op.rename_table("indices_wide", "indices")
    op.create_table(
        "source_states",
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("station_code", sa.String(length=8), nullable=False),
        sa.Column("last_attempt_at", sa.String(length=20), nullable=False),
        sa.Column("last_success_at", sa.String(length=20), nullable=True),
        sa.Column("reason_code", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source", "station_code"),
    )


def downgrade() -> None:
    """Keep only the newest version of each index in each state."""
    op.drop_table("source_states")
    _make_indices("indices_narrow", is_wide=False)
    op.execute(
        f"INSERT INTO indices_narrow ({_BEFORE}) "  # noqa: S608 - nothing of it comes from outside
        "SELECT i.kind, i.time, i.status, MAX(i.value), i.available_time FROM indices i "
        "WHERE i.available_time = (SELECT MAX(j.available_time) FROM indices j "
        "WHERE j.kind = i.kind AND j.time = i.time AND j.status = i.status) "
        "GROUP BY i.kind, i.time, i.status, i.available_time"
    )
    op.drop_table("indices")
    op.rename_table("indices_narrow", "indices")


def _make_indices(name: str, *, is_wide: bool) -> None:
    keys = ["kind", "time", "status"]
    columns: list[sa.Column[Any]] = [
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("time", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("available_time", sa.String(length=20), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
    ]
    if is_wide:
        columns.append(sa.Column("source", sa.String(length=24), nullable=False))
        keys += ["source", "available_time"]
    op.create_table(name, *columns, sa.PrimaryKeyConstraint(*keys))
