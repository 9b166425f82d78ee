"""The label rule of a model: which earthquakes it was trained on, and so speaks about."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from seismomag.core.errors import ConfigError
from seismomag.dataset.rule import LabelRule


def read_rule(told: object, where: object) -> LabelRule:
    """Read the label rule as ``model.json`` keeps it.

    Parameters
    ----------
    told
        Fields of :class:`~seismomag.dataset.rule.LabelRule`; an endless number is a text. Those
        that are absent came after the model was made, and have the value that changes nothing.
    where
        Named in errors.

    Raises
    ------
    ConfigError
        There is none, or it has a field or a value that is unknown here.
    """
    known = {item.name for item in fields(LabelRule)}
    values: dict[str, Any] = dict(told) if isinstance(told, Mapping) else {}
    strange = sorted(str(name) for name in set(values) - known)
    if strange or not values:
        found = f"unknown {', '.join(strange)}" if strange else "none"
        msg = f"{where}: label_rule: {found}; install the seismomag that made this model"
        raise ConfigError(msg)
    try:
        if "magnitude_edges" in values:
            values["magnitude_edges"] = tuple(float(edge) for edge in values["magnitude_edges"])
        if "maximum_depth_km" in values:
            values["maximum_depth_km"] = float(values["maximum_depth_km"])
        return LabelRule(**values)
    except (TypeError, ValueError, AttributeError, OverflowError, ConfigError) as error:
        msg = f"{where}: label_rule: {error}"
        raise ConfigError(msg) from error


def differences(told: LabelRule, wanted: LabelRule) -> str:
    """Fields in which two rules differ, with both values; empty where they are the same.

    Examples
    --------
    >>> differences(LabelRule(horizon_days=3), LabelRule())
    'horizon_days = 3, wanted 14'
    """
    pairs = (
        (item.name, getattr(told, item.name), getattr(wanted, item.name))
        for item in fields(LabelRule)
    )
    return "; ".join(f"{name} = {a!r}, wanted {b!r}" for name, a, b in pairs if a != b)
