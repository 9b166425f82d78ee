"""What every route works with: one operation, its databases and its clock."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import pandas as pd
import sqlalchemy as sa
from fastapi import Depends, Request

from seismomag.operate.api.answers.kept import Answers
from seismomag.operate.api.facts.ledger_reading import LedgerReader
from seismomag.operate.api.facts.marks import Marks
from seismomag.operate.api.facts.model_folders import ModelFolders
from seismomag.operate.clock import now
from seismomag.operate.database import open_database
from seismomag.operate.settings import Settings

READING_TIMEOUT_S = 2
"""A page must not wait for a locked database longer than this; it is told since when it is."""

WRITING_TIMEOUT_S = 5
"""A write may wait for the daily job, and gives up well before the request does."""


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
    answers
        Encoded answers that are kept while the facts behind them stand.
    ledger, models
        Readers of the forecast ledger and of the model folders.
    is_simulated
        Whether the data are invented and the clock is that of a rehearsal.
    """

    settings: Settings
    engine: sa.Engine
    writing: sa.Engine
    clock: Callable[[], pd.Timestamp]
    answers: Answers
    ledger: LedgerReader
    models: ModelFolders
    is_simulated: bool = False


def open_operation(
    settings: Settings,
    *,
    clock: Callable[[], pd.Timestamp] = now,
    is_simulated: bool = False,
) -> Operation:
    """Open the databases of an operation; :func:`close_operation` closes them."""
    engine = open_database(settings.database_url, read_only=True, lock_timeout_s=READING_TIMEOUT_S)
    return Operation(
        settings=settings,
        engine=engine,
        writing=open_database(settings.database_url, lock_timeout_s=WRITING_TIMEOUT_S),
        clock=clock,
        answers=Answers(Marks(settings, engine)),
        ledger=LedgerReader(settings.ledger),
        models=ModelFolders(settings),
        is_simulated=is_simulated,
    )


def close_operation(operation: Operation) -> None:
    """Close the databases."""
    operation.answers.close()
    operation.engine.dispose()
    operation.writing.dispose()


async def operation_of(request: Request) -> Operation:
    """Operation that an application serves."""
    found: Operation = request.app.state.operation
    return found


Opened = Annotated[Operation, Depends(operation_of)]
"""Parameter of a route that needs the operation."""
