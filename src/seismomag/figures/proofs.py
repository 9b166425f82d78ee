"""The findings of a proof in one picture."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from seismomag.figures import look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


LARGE = 1.5
"""Scores and rates lie below, degrees above: they get axes of their own."""


@look.styled
def findings_figure(title: str, findings: Sequence[Mapping[str, Any]]) -> "Figure":
    """Draw values with their intervals, one line each.

    Parameters
    ----------
    title
        Of the proof.
    findings
        ``name, value, low, high, is_met``; a finding that is not met is drawn in the colour of
        alarm.
    """
    known = [f for f in findings if np.isfinite(f["value"]) and not _is_count(f)]
    groups = [[f for f in known if (abs(f["value"]) > LARGE) == large] for large in (False, True)]
    groups = [group for group in groups if group]
    if not groups:
        return look.empty_figure(title, "nothing was found")
    sizes = [len(group) + 1 for group in groups]
    figure = look.new_figure(8.0, 0.24 * sum(sizes) + 0.8 * len(groups) + 0.4)
    panels = figure.subplots(len(groups), 1, squeeze=False, height_ratios=sizes)[:, 0]
    for axes, group in zip(panels, groups, strict=True):
        _draw(axes, group)
    figure.suptitle(title, x=0.01, ha="left", fontsize=10, color=look.TOKENS["ink"])
    return figure


def _is_count(finding: Mapping[str, Any]) -> bool:
    """Whether it only says how many there were."""
    return finding["value"] > LARGE and not np.isfinite(finding["low"])


def _draw(axes: "Axes", group: Sequence[Mapping[str, Any]]) -> None:
    for k, f in enumerate(group):
        colour = look.TOKENS["alarm" if f["is_met"] is False else "data"]
        if np.isfinite(f["low"]):
            axes.plot([f["low"], f["high"]], [k, k], color=colour, lw=1.6)
        axes.plot([f["value"]], [k], marker="o", ms=5, ls="", color=colour)
    axes.set_yticks(range(len(group)), [str(f["name"]) for f in group])
    axes.invert_yaxis()
    axes.set_xlabel("value, with its 95 % interval where there is one")
    look.hairlines(axes)
