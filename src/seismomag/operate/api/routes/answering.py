"""How a route answers: the kept bytes of a question, with its tag, packed where that is liked."""

from collections.abc import Callable, Hashable

from fastapi import Request, Response

from seismomag.operate.api.answers.encoding import Encoded, encode_json
from seismomag.operate.api.context import Operation
from seismomag.operate.api.guard.problems import TITLES, ProblemError
from seismomag.operate.api.shapes.parts import Answer


async def answer(request: Request, key: Hashable, make: Callable[[Operation], Encoded]) -> Response:
    """Answer a request.

    Parameters
    ----------
    request
        Gives the operation, and what the asker has and takes.
    key
        Names the question with all its parameters.
    make
        Makes the answer where no kept one stands.

    Raises
    ------
    ProblemError
        503: a file cannot be read; databases and damaged files have handlers of their own.
    """
    operation: Operation = request.app.state.operation
    try:
        encoded = await operation.answers.get(key, lambda: make(operation))
    except OSError as error:
        detail = f"a file of the operation cannot be read: {error.strerror}"
        raise ProblemError(503, TITLES[503], detail) from error
    return encoded.respond(request.headers)


async def answer_json(
    request: Request, key: Hashable, query: Callable[[Operation], Answer]
) -> Response:
    """Answer with JSON."""
    return await answer(request, key, lambda operation: encode_json(query(operation)))
