"""The findings of a proof in one picture."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from seismomag.figures import look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@look.styled
def findings_figure(title: str, findings: Sequence[Mapping[str, Any]]) -> "Figure":
    """Draw values with their intervals, one line each.

    Parameters
    ----------
    title
        Of the proof.
    findings
        ``name, value, low, high, is_met, axis, nothing``. Those of one axis share a panel, in
        which the value of ``nothing`` is a dashed line; a finding that is not met is drawn in the
        colour of alarm.
    """
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for finding in findings:
        if finding["axis"] and np.isfinite(finding["value"]):
            groups.setdefault(finding["axis"], []).append(finding)
    if not groups:
        return look.empty_figure(title, "nothing was found")
    sizes = [len(group) + 1 for group in groups.values()]
    figure = look.new_figure(8.0, 0.24 * sum(sizes) + 0.8 * len(groups) + 0.4)
    panels = figure.subplots(len(groups), 1, squeeze=False, height_ratios=sizes)[:, 0]
    for axes, (axis, group) in zip(panels, groups.items(), strict=True):
        _draw(axes, axis, group)
    figure.suptitle(title, x=0.01, ha="left", fontsize=10, color=look.TOKENS["ink"])
    return figure


def _draw(axes: "Axes", axis: str, group: Sequence[Mapping[str, Any]]) -> None:
    nothing = group[0]["nothing"]
    if np.isfinite(nothing):
        axes.axvline(nothing, color=look.TOKENS["ink-2"], lw=1.0, ls="--")
    for k, f in enumerate(group):
        colour = look.TOKENS["alarm" if f["is_met"] is False else "data"]
        if np.isfinite(f["low"]):
            axes.plot([f["low"], f["high"]], [k, k], color=colour, lw=1.6)
        axes.plot([f["value"]], [k], marker="o", ms=5, ls="", color=colour)
    axes.set_yticks(range(len(group)), [str(f["name"]) for f in group])
    # From 0 on: a cut axis makes much of little.
    axes.set_xlim(left=min(0.0, axes.get_xlim()[0]))
    axes.set_ylim(len(group) - 0.5, -0.5)
    axes.set_xlabel(axis)
    look.hairlines(axes)
