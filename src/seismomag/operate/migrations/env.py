"""What Alembic runs: the steps, on the connection that it is given."""

from alembic import context

from seismomag.operate.database_tables import METADATA


def run() -> None:
    """Run the steps that Alembic has planned."""
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=METADATA,
        # SQLite cannot alter a column in place.
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()


# The name under which Alembic loads this file; an import must do nothing.
if __name__ == "env_py":
    run()
