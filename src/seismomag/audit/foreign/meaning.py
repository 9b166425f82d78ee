"""What a foreign table is taken to say: the time it speaks of, its targets, its alarms."""

from dataclasses import replace

import numpy as np

from seismomag.audit.alarms import AlarmRule
from seismomag.audit.foreign.forecast import ForeignTable
from seismomag.audit.foreign.grid import OWN_THRESHOLD, OWN_THRESHOLD_TAU
from seismomag.dataset.labels import LabelRule


def settle(
    table: ForeignTable, rule: LabelRule | None
) -> tuple[ForeignTable, LabelRule | None, str]:
    """Give table and rule one horizon, that of the map before that of the rule.

    Returns
    -------
    table, rule, source
        ``source`` says in words who stated the horizon.
    """
    stated = table.map.horizon_days
    if stated is not None:
        source = "stated by the map"
    elif rule is not None:
        stated, source = rule.horizon_days, "of the label rule; the map states none"
    else:
        stated, source = 1, "taken as one day: nobody states it"
    settled = replace(table, map=replace(table.map, horizon_days=stated))
    return settled, None if rule is None else replace(rule, horizon_days=stated), source


def sentences(
    table: ForeignTable, rule: LabelRule | None, frozen: AlarmRule, source: str
) -> tuple[str, ...]:
    """Say the time that a forecast speaks of, the targets, and what an alarm is."""
    first = table.offset_days
    last = first + table.horizon_days - 1
    spoken = f"D+{first}" if first == last else f"D+{first} .. D+{last}"
    whose = f"{table.horizon_days} day{'s' * (table.horizon_days > 1)}, {source}"
    return (
        f"a forecast of day D speaks of {spoken} ({whose})",
        f"targets: {_targets(rule)}",
        f"alarm = {_alarm(table, frozen)}",
    )


def _targets(rule: LabelRule | None) -> str:
    if rule is None:
        return "the rows that the table itself calls events"
    where = {
        "dobrovolsky": "within 10^(0.43 M) km of a station",
        "energy": f"of Es >= {rule.minimum_energy:g} J/km^2 at a station",
    }.get(str(rule.radius), f"within {rule.radius} km of a station")
    deep = "any depth"
    if np.isfinite(rule.maximum_depth_km):
        deep = f"depth <= {rule.maximum_depth_km:g} km"
    whose = ", mainshocks only" if rule.mainshocks_only else ""
    return f"M >= {rule.minimum_magnitude:g} {where}, {deep}{whose}"


def _alarm(table: ForeignTable, frozen: AlarmRule) -> str:
    if table.uses_alarms:
        ranks = "; the probability only ranks" if table.has("probability") else ""
        return f"the column {table.map.columns['alarm']}{ranks}"
    by = f"{table.map.columns['probability']} >= {frozen.threshold:.4g}"
    if frozen.frozen_on == OWN_THRESHOLD:
        return f"{by}, the largest {OWN_THRESHOLD_TAU:.0%} of these same rows: optimistic"
    return f"{by}, as the map states"
