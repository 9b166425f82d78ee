"""What was joined, left out or contradicted when several lists became one."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class MergeReport:
    """Counts of a merge, and what a person should know about it.

    Attributes
    ----------
    n_read
        Rows in all files.
    n_merged
        Rows that were dropped because another row says the same thing, or a better one.
    n_left_out
        Rows of another kind (explosions, collapses), or below the asked magnitude.
    sentences
        One for each thing that a person should know.
    """

    n_read: int
    n_merged: int
    n_left_out: int = 0
    sentences: tuple[str, ...] = ()
