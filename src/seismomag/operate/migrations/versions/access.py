"""Who is signed in, who has read which alert, and the trail of writes."""

import sqlalchemy as sa
from alembic import op

revision = "access"
down_revision = "first"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of sessions, acknowledgements and writes."""
    op.create_table(
        "sessions",
        sa.Column("session_sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.String(length=20), nullable=False),
        sa.Column("expires_at", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("session_sha256"),
    )
    op.create_table(
        "acknowledgements",
        sa.Column("alert_id", sa.String(length=36), nullable=False),
        sa.Column("acknowledged_at", sa.String(length=20), nullable=False),
        sa.Column("acknowledged_by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("alert_id"),
    )
    op.create_table(
        "writes",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=20), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )


def downgrade() -> None:
    """Remove them; everybody must sign in again, and the trail is gone."""
    op.drop_table("writes")
    op.drop_table("acknowledgements")
    op.drop_table("sessions")
