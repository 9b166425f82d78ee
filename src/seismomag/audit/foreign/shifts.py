"""A foreign table under common shifts: of its catalogue's events, or of its own labels."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.audit import event_level, missing, nulls
from seismomag.audit.foreign.forecast import ForeignTable
from seismomag.audit.foreign.grid import Grid, Laid
from seismomag.audit.leaks.checks import EMBARGO_DAYS
from seismomag.audit.null_table import NULL_COLUMNS
from seismomag.audit.nulls import Pairs
from seismomag.audit.table import NAN, Line
from seismomag.audit.verdict import ALPHA

Floats = NDArray[np.float64]


def near_days(table: ForeignTable) -> int:
    """Shifts up to this length count as near [days]: horizon and embargo."""
    return max(EMBARGO_DAYS, table.horizon_days)


def row_areas(grid: Grid) -> Floats:
    """Row AUC at every shift of the labels; the first is that of the known rows as they stand.

    Labels are rotated as they stand, on the days from the first known row to the last, and
    forecasts keep their place. Rows whose outcome is unknown take part at no shift, so that their
    forecasts never count as quiet. Where unknown rows lie between known ones, shifts compare
    fewer rows than the truth does: p is then too large rather than too small.
    """
    day = np.flatnonzero(grid.is_known.any(axis=0))
    ring = slice(day[0], day[-1] + 1) if day.size else slice(0)
    label = grid.label & grid.is_known
    return nulls.auc_by_shift(grid.judged[:, ring], label[:, ring])


def area_shifts(table: ForeignTable, grid: Grid) -> dict[str, pd.DataFrame]:
    """Curve ``shift_null_auc``: ``shift_days, auc, is_near``; empty without events."""
    if not (grid.label & grid.is_known).any():
        return {}
    auc = row_areas(grid)
    shifts = pd.DataFrame(
        {
            "shift_days": nulls.signed_shift(auc.size),
            "auc": auc,
            "is_near": nulls.near_shifts(auc.size, near_days(table)),
        }
    )
    return {"shift_null_auc": shifts.sort_values("shift_days", ignore_index=True)}


def against_shifts(table: ForeignTable, laid: Laid) -> tuple[list[Line], pd.DataFrame]:
    """Lines of the events, and every null; the primary one stands first.

    Returns
    -------
    lines, nulls
        :data:`~seismomag.audit.null_table.NULL_COLUMNS`; empty where nothing can be compared.
    """
    near, pairs = near_days(table), laid.pairs
    lines: list[Line] = []
    tested: list[tuple[object, ...]] = []
    if pairs is not None and pairs.n_events:
        lines, tested = _of_events(laid, pairs, near)
    tested += _of_rows(laid.grid, near, is_primary=not tested)
    return lines, pd.DataFrame(tested, columns=list(NULL_COLUMNS))


def _of_events(laid: Laid, pairs: Pairs, near: int) -> tuple[list[Line], list[tuple[object, ...]]]:
    played = laid.played
    outcome = event_level.judge(played, pairs)
    share = missing.forecast_share(laid.grid.probability, played.rule.state_days)
    share = share[:, laid.grid.is_kept]
    rate = outcome.hits / outcome.n_events
    lines = event_level.lines(played, outcome, pairs)
    lines += missing.lines(laid.spoken, laid.grid.is_kept, played.rule, pairs)
    return lines, [
        _null("event_hit_rate", rate, near, "primary: all common shifts"),
        _null("area_skill", outcome.area_skill, near, "secondary"),
        *(
            _null(name, values, near, note)
            for name, values, note in missing.by_shift(played.in_alarm, share, pairs)
        ),
    ]


def _of_rows(grid: Grid, near: int, *, is_primary: bool) -> list[tuple[object, ...]]:
    event = grid.label[grid.is_known]
    if not event.any():
        return []
    auc = row_areas(grid)
    note = "rows, all common shifts" + ("; primary: the table has no events" * is_primary)
    p = nulls.permutation_p(grid.probability[grid.is_known], event)
    invalid = "invalid: takes rows as independent; shown only to be distrusted"
    return [
        _null("auc", auc, near, note),
        ("N0", "auc", float(auc[0]), 0.5, p, NAN, NAN, 0, 0, False, invalid),
    ]


def _null(statistic: str, values: Floats, near: int, note: str) -> tuple[object, ...]:
    """One line of the nulls; shifts at which nothing could be compared do not count."""
    known = values[1:][np.isfinite(values[1:])]
    mean = float(known.mean()) if known.size else NAN
    p = nulls.p_value(float(values[0]), known)
    is_near = nulls.near_shifts(values.size, near)
    is_near[0] = False
    ties = int(np.sum(is_near & (values >= values[0] - 1e-9)))
    alpha_days = int(np.ceil((ties + 1) / ALPHA))
    floor = 1 / (known.size + 1)
    return (
        "N2", statistic, float(values[0]), mean, p, floor, (ties + 1) * floor,
        alpha_days, int(known.size), True, note,
    )  # fmt: skip
