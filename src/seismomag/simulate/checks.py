"""Refusals that the plans share."""

from collections.abc import Sequence

from seismomag.core.errors import ConfigError


def require(condition: bool, message: str) -> None:
    """Raise :class:`ConfigError` with a message that says what to change."""
    if not condition:
        raise ConfigError(message)


def require_not_negative(owner: object, *names: str) -> None:
    """Refuse negative or missing numbers in the named fields of a plan."""
    for name in names:
        value = getattr(owner, name)
        kind = type(owner).__name__
        require(value >= 0, f"{kind}.{name}={value} must be a number of 0 or more")


def require_share(owner: object, *names: str) -> None:
    """Refuse shares outside [0, 1] in the named fields of a plan."""
    for name in names:
        value = getattr(owner, name)
        kind = type(owner).__name__
        require(0 <= value <= 1, f"{kind}.{name}={value} must be a share between 0 and 1")


def as_tuple(owner: object, *names: str) -> None:
    """Turn lists, as a configuration file has them, into tuples of a frozen plan."""
    for name in names:
        value: Sequence[float] = getattr(owner, name)
        object.__setattr__(owner, name, tuple(value))
