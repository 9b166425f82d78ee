"""How a route answers: the kept bytes of a question, with its tag, packed where that is liked."""

from collections.abc import Callable, Hashable

from fastapi import Request, Response

from seismomag.operate.api.context import Operation
from seismomag.operate.api.encoding import Encoded, encode_json
from seismomag.operate.api.shapes import Answer


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
    """
    operation: Operation = request.app.state.operation
    encoded = await operation.answers.get(key, lambda: make(operation))
    return encoded.respond(request.headers)


async def answer_json(
    request: Request, key: Hashable, query: Callable[[Operation], Answer]
) -> Response:
    """Answer with JSON."""
    return await answer(request, key, lambda operation: encode_json(query(operation)))
