"""A write of the API: traced, and its refusal turned into a problem without paths."""

from collections.abc import Iterator
from contextlib import contextmanager

import pandas as pd

from seismomag.core.errors import ConfigError, SeismomagError
from seismomag.operate.api.context import Operation
from seismomag.operate.api.guard.access import Caller
from seismomag.operate.api.guard.problems import TITLES, ProblemError
from seismomag.operate.trail import Write, traced


@contextmanager
def deed(
    operation: Operation,
    caller: Caller,
    now: pd.Timestamp,
    *,
    action: str,
    subject: str,
    reason: str,
) -> Iterator[None]:
    """Do a write and leave its line in the trail.

    Raises
    ------
    ProblemError
        409: refused, with the reason. The operation's folder is taken out of it.
    """
    write = Write(
        by=caller.name or "-",
        role=str(caller.role),
        action=action,
        subject=subject,
        reason=reason,
    )
    with traced(operation.writing, write, now):
        try:
            yield
        except ConfigError as error:
            raise ProblemError(409, TITLES[409], without_folder(operation, str(error))) from error
        except SeismomagError as error:
            said = f"{type(error).__name__}: the model folder cannot be used"
            raise ProblemError(409, TITLES[409], said) from error


def without_folder(operation: Operation, sentence: str) -> str:
    """Leave the place of the operation out of a sentence for readers.

    What remains is relative to the working directory.
    """
    for place in {str(operation.settings.folder.absolute()), str(operation.settings.folder)}:
        if place not in {"", "."}:
            sentence = sentence.replace(f"{place}/", "").replace(place, "")
    return sentence
