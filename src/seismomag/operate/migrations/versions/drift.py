"""Drift of input and forecasts, day by day."""

import sqlalchemy as sa
from alembic import op

revision = "drift"
down_revision = "sources"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of measurements."""
    op.create_table(
        "drift",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("model_sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("low_hz", sa.Float(), nullable=False),
        sa.Column("high_hz", sa.Float(), nullable=False),
        sa.Column("stability_index", sa.Float(), nullable=False),
        sa.Column("n_reference", sa.Integer(), nullable=False),
        sa.Column("n_recent", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "model_sha256", "kind", "low_hz"),
    )


def downgrade() -> None:
    """Remove it."""
    op.drop_table("drift")
