"""What every route works with: one operation, its databases and its clock."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import pandas as pd
import sqlalchemy as sa
from fastapi import Depends, Request

from seismomag.operate.clock import now
from seismomag.operate.database import open_database
from seismomag.operate.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Operation:
    """An operation as the API sees it.

    Attributes
    ----------
    settings
        Its configuration.
    engine
        Its database, for reading only: a route that reads cannot write.
    writing
        The same database, for sessions, acknowledgements, decisions and their trail.
    clock
        UTC now; the end of the simulation where the operation is rehearsed.
    """

    settings: Settings
    engine: sa.Engine
    writing: sa.Engine
    clock: Callable[[], pd.Timestamp]


def open_operation(settings: Settings, *, clock: Callable[[], pd.Timestamp] = now) -> Operation:
    """Open the databases of an operation; :func:`close_operation` closes them."""
    return Operation(
        settings=settings,
        engine=open_database(settings.database_url, read_only=True),
        writing=open_database(settings.database_url),
        clock=clock,
    )


def close_operation(operation: Operation) -> None:
    """Close the databases."""
    operation.engine.dispose()
    operation.writing.dispose()


async def operation_of(request: Request) -> Operation:
    """Operation that an application serves."""
    found: Operation = request.app.state.operation
    return found


Opened = Annotated[Operation, Depends(operation_of)]
"""Parameter of a route that needs the operation."""
