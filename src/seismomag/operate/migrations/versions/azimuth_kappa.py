"""How wide the direction of a forecast is."""

import sqlalchemy as sa
from alembic import op

revision = "azimuth_kappa"
down_revision = "drift"
branch_labels = None
depends_on = None

_TABLES = ("forecasts", "latest_forecasts")


def upgrade() -> None:
    """Add the concentration beside the azimuth; what was forecast before has none."""
    for table in _TABLES:
        op.add_column(table, sa.Column("azimuth_kappa", sa.Float(), nullable=True))


def downgrade() -> None:
    """Remove it."""
    for table in _TABLES:
        op.drop_column(table, "azimuth_kappa")
