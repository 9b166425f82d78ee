"""Days on which a stage failed and has not succeeded since; what was found of a clock and when."""

import sqlalchemy as sa
from alembic import op

revision = "failed_days"
down_revision = "azimuth_kappa"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; what failed before is found again by the next run."""
    op.create_table(
        "failed_days",
        sa.Column("station_code", sa.String(length=8), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("since", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("station_code", "stage", "day"),
    )
    op.add_column("quality", sa.Column("clock_offset_s", sa.Float(), nullable=True))
    op.add_column("quality", sa.Column("content_since", sa.String(length=20), nullable=True))


def downgrade() -> None:
    """Remove all of it."""
    op.drop_column("quality", "content_since")
    op.drop_column("quality", "clock_offset_s")
    op.drop_table("failed_days")
