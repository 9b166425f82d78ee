"""How long work tells that it goes on, without knowing who listens."""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""``progress(stage, done, total)``: called now and then by anything that takes seconds."""


def silent(stage: str, done: int, total: int) -> None:
    """Tell nobody."""
