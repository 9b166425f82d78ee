"""Lists in sentences: the first few, and how many more there are."""

from collections.abc import Iterable


def some(values: Iterable[object], n: int = 3) -> str:
    """Name the first of several values, and count the others.

    Parameters
    ----------
    values
        What is named, as ``str`` writes it.
    n
        How many are named.

    Examples
    --------
    >>> some(["ALR", "SCN"]), some("abcdef", 2)
    ('ALR, SCN', 'a, b and 4 more')
    """
    shown = [str(value) for value in values]
    return ", ".join(shown[:n]) + (f" and {len(shown) - n} more" if len(shown) > n else "")
