"""The null of common shifts: how the same alarms fare against a catalogue moved in time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from seismomag.core.schema import AuditReport
from seismomag.figures import look
from seismomag.figures.curves import REASONS, curve, is_true, unit_of_events

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE = "Common shifts of the catalogue"
SHIFT_NULLS = ("N2", "common_shift")
"""Names under which the audit files the null of common shifts."""


@dataclass(frozen=True)
class ShiftedStatistic:
    """A statistic that the audit keeps for every common shift.

    Attributes
    ----------
    curve, column
        Where the report keeps it.
    title
        What it is, as a title begins.
    axis
        Name and unit; ``{unit}`` stands for what the pictures count.
    without_skill
        Its value without skill where that is known beforehand, else None.
    """

    curve: str
    column: str
    title: str
    axis: str
    without_skill: float | None = None


HIT_RATE = ShiftedStatistic("shift_null", "hit_rate", "Hit rate", "hit rate (share of {unit})")
AUC = ShiftedStatistic("shift_null_auc", "auc", "AUC", "AUC of rows (0 to 1)", 0.5)
STATISTICS: Mapping[str, ShiftedStatistic] = {
    "event_hit_rate": HIT_RATE,
    "hit_rate": HIT_RATE,
    "auc": AUC,
}
"""By the name that the table of nulls gives them."""


@look.styled
def shift_null_figure(report: AuditReport) -> "Figure":
    """Draw the primary statistic under every common shift: its distribution, and by the shift.

    Parameters
    ----------
    report
        Reads the first row of the common shift in ``report.nulls`` (observed value, p, floors)
        and the curve of *its* statistic: ``shift_null`` for the hit rate, ``shift_null_auc`` for
        the AUC.

    Returns
    -------
    figure
        Near shifts, which still overlap the true catalogue, are marked and put a floor under p.
    """
    row = shift_row(report)
    shown, reason = _primary(report, row)
    if shown is None:
        return look.empty_figure(TITLE, reason)
    shifts = curve(report, shown.curve)
    shifts = shifts.assign(
        value=shifts[shown.column].astype(float),
        is_near=is_true(shifts["is_near"]) if "is_near" in shifts else False,
    )
    observed = float(row["observed"]) if row is not None else float("nan")
    axis = shown.axis.format(unit=unit_of_events(report))
    figure = look.new_figure(11.0, 3.9)
    left, right = figure.subplots(1, 2, width_ratios=[1, 1.35])
    _draw_distribution(left, shifts[shifts["shift_days"] != 0], observed, axis)
    _draw_against_shift(right, shifts, observed, axis)
    if shown.without_skill is not None:
        _mark_without_skill(left, right, shown.without_skill)
    n_shifts = int((shifts["shift_days"] != 0).sum())
    left.legend(loc="upper left", ncols=2, columnspacing=1)
    right.legend(loc="lower right", ncols=3)
    left.set_title(f"{shown.title} under {look.number(n_shifts, 9)} shifts")
    right.set_title(_sentence(row), fontsize=9)
    return figure


def shift_row(report: AuditReport) -> "pd.Series | None":
    """Primary row of the common shift in the table of nulls, its first; None if it was not run."""
    nulls = report.nulls
    if nulls.empty or "null_id" not in nulls:
        return None
    mine = nulls[nulls["null_id"].astype(str).isin(SHIFT_NULLS)]
    return None if mine.empty else mine.iloc[0]


def why_no_shifts(report: AuditReport) -> str:
    """Say why the shifts of the primary statistic cannot be drawn; empty text when they can."""
    return _primary(report, shift_row(report))[1]


def _primary(report: AuditReport, row: "pd.Series | None") -> tuple[ShiftedStatistic | None, str]:
    """Find the statistic whose p decides, if its shifts are kept; else the reason."""
    name = "event_hit_rate" if row is None else str(row["statistic"])
    shown = STATISTICS.get(name)
    if shown is not None:
        table = curve(report, shown.curve)
        if not table.empty and table[shown.column].notna().any():
            return shown, ""
    if shown is HIT_RATE or not np.isfinite(float("nan") if row is None else row["observed"]):
        return None, REASONS["shift_null"]
    return None, f"the shifts of the primary statistic, {name.replace('_', ' ')}, were not kept"


def _sentence(row: "pd.Series | None") -> str:
    if row is None:
        return "p —: the null gave no p-value"
    floors = ", ".join(
        f"{name} {look.number(float(row[column]), 2)}"
        for column, name in (("floor_1_over_d", "1/D"), ("floor_ties", "ties"))
        if column in row
    )
    text = f"p = {look.number(float(row['p']), 2)}\nfloors of p: {floors}"
    if "days_needed" in row and np.isfinite(float(row["days_needed"])):
        text += f"; p < 0.01 needs {look.number(float(row['days_needed']), 5)} d"
    return text


def _split(shifts: pd.DataFrame) -> "tuple[pd.DataFrame, pd.DataFrame]":
    near = shifts["is_near"].to_numpy(dtype=bool)
    return shifts[near], shifts[~near]


def _draw_distribution(axes: "Axes", shifts: pd.DataFrame, observed: float, axis: str) -> None:
    near, far = (part["value"].dropna().to_numpy(float) for part in _split(shifts))
    values = np.append(near, far)
    n_bins = int(np.clip(np.unique(values.round(9)).size, 5, 30))
    edges = np.linspace(
        min(values.min(), 0.0),
        max(values.max(), observed if np.isfinite(observed) else 0) + 1e-9,
        n_bins + 1,
    )
    name = "far shifts" if near.size else "shifts"
    groups = [(far, "band", name), (near, "series-5", "near shifts")]
    shown = [group for group in groups if group[0].size]
    axes.hist(
        [values for values, _, _ in shown],
        edges.tolist(),
        stacked=True,
        color=[look.TOKENS[token] for _, token, _ in shown],
        edgecolor=look.TOKENS["data"],
        lw=0.7,
        label=[name for _, _, name in shown],
    )
    if np.isfinite(observed):
        axes.axvline(
            observed, color=look.TOKENS["mark"], lw=2, label=f"observed {look.number(observed)}"
        )
    axes.set(xlabel=axis, ylabel="shifts (count)")
    axes.margins(x=0.03)
    look.hairlines(axes, axis="y")
    axes.set_ylim(0, axes.get_ylim()[1] * 1.35)


def _draw_against_shift(axes: "Axes", shifts: pd.DataFrame, observed: float, axis: str) -> None:
    ordered = shifts.sort_values("shift_days")
    days = ordered["shift_days"].to_numpy(float)
    near = ordered["is_near"].to_numpy(dtype=bool)
    axes.plot(days, ordered["value"], color=look.TOKENS["data"], lw=0.8)
    if near.any():
        axes.plot(
            days[near],
            ordered["value"].to_numpy(float)[near],
            ls="none",
            marker="s",
            ms=2.6,
            color=look.TOKENS["series-5"],
            label="near shifts",
        )
    if np.isfinite(observed):
        axes.axhline(observed, color=look.TOKENS["mark"], lw=1.4, label="observed")
    axes.set(xlabel="shift of the whole catalogue (days)", ylabel=axis)
    axes.set_xlim(days.min(), max(days.max(), days.min() + 1))
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, 0), high)
    look.hairlines(axes)


def _mark_without_skill(left: "Axes", right: "Axes", value: float) -> None:
    style = {"color": look.TOKENS["ink-3"], "lw": 1.2, "ls": (0, (4, 3))}
    label = f"without skill {look.number(value)}"
    left.axvline(value, label=label, **style)  # type: ignore[arg-type]
    right.axhline(value, label="without skill", **style)  # type: ignore[arg-type]
