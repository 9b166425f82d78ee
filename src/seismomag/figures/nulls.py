"""The null of common shifts: how the same alarms fare against a catalogue moved in time."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from seismomag.core.schema import AuditReport
from seismomag.figures import look
from seismomag.figures.curves import REASONS, curve, is_true

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE = "Common shifts of the catalogue"
SHIFT_NULLS = ("N2", "common_shift")
"""Names under which the audit files the null of common shifts."""


@look.styled
def shift_null_figure(report: AuditReport) -> "Figure":
    """Draw the hit rate under every common shift, as distribution and against the shift.

    Parameters
    ----------
    report
        Reads the curve ``shift_null`` and, for the observed rate, p and its floors, the row of
        ``report.nulls`` that belongs to it.

    Returns
    -------
    figure
        Near shifts, which still overlap the true catalogue, are marked and put a floor under p.
    """
    shifts = curve(report, "shift_null")
    if shifts.empty:
        return look.empty_figure(TITLE, REASONS["shift_null"])
    row = shift_row(report)
    observed = float(row["observed"]) if row is not None else float("nan")
    figure = look.new_figure(11.0, 3.9)
    left, right = figure.subplots(1, 2, width_ratios=[1, 1.35])
    _draw_distribution(left, shifts, observed)
    _draw_against_shift(right, shifts, observed)
    left.set_title(f"Hit rate under {look.number(len(shifts), 9)} shifts")
    right.set_title(_sentence(row), fontsize=9)
    return figure


def shift_row(report: AuditReport) -> "pd.Series | None":
    """Row of the table of nulls for the common shift of the hit rate; None if it was not run."""
    nulls = report.nulls
    if nulls.empty or "null_id" not in nulls:
        return None
    mine = nulls[nulls["null_id"].astype(str).isin(SHIFT_NULLS)]
    hit = mine[mine["statistic"].astype(str).str.contains("hit")]
    chosen = hit if len(hit) else mine
    return None if chosen.empty else chosen.iloc[0]


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
    near = is_true(shifts["is_near"])
    return shifts[near], shifts[~near]


def _draw_distribution(axes: "Axes", shifts: pd.DataFrame, observed: float) -> None:
    near, far = (part["hit_rate"].to_numpy(float) for part in _split(shifts))
    values = np.append(near, far)
    n_bins = int(np.clip(np.unique(values.round(9)).size, 5, 30))
    edges = np.linspace(
        min(values.min(), 0.0),
        max(values.max(), observed if np.isfinite(observed) else 0) + 1e-9,
        n_bins + 1,
    )
    axes.hist(
        [far, near],
        edges.tolist(),
        stacked=True,
        color=[look.TOKENS["band"], look.TOKENS["series-5"]],
        edgecolor=look.TOKENS["data"],
        lw=0.7,
        label=["far shifts", "near shifts"],
    )
    if np.isfinite(observed):
        axes.axvline(
            observed, color=look.TOKENS["mark"], lw=2, label=f"observed {look.number(observed)}"
        )
    axes.set(xlabel="hit rate (share of events)", ylabel="shifts (count)")
    axes.margins(x=0.03)
    look.hairlines(axes, axis="y")
    axes.set_ylim(0, axes.get_ylim()[1] * 1.25)
    axes.legend(loc="upper left", ncols=3, columnspacing=1)


def _draw_against_shift(axes: "Axes", shifts: pd.DataFrame, observed: float) -> None:
    ordered = shifts.sort_values("shift_days")
    days = ordered["shift_days"].to_numpy(float)
    near = is_true(ordered["is_near"])
    axes.plot(days, ordered["hit_rate"], color=look.TOKENS["data"], lw=0.8)
    axes.plot(
        days[near],
        ordered["hit_rate"].to_numpy(float)[near],
        ls="none",
        marker="s",
        ms=2.6,
        color=look.TOKENS["series-5"],
        label="near shifts",
    )
    if np.isfinite(observed):
        axes.axhline(observed, color=look.TOKENS["mark"], lw=1.4, label="observed")
    axes.set(xlabel="shift of the whole catalogue (days)", ylabel="hit rate (share of events)")
    axes.set_xlim(days.min(), max(days.max(), days.min() + 1))
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, 0), high)
    look.hairlines(axes)
    axes.legend(loc="lower right", ncols=2)
