"""The findings of a proof in one picture."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from seismomag.figures import look

if TYPE_CHECKING:
    from matplotlib.figure import Figure


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
    known = [f for f in findings if np.isfinite(f["value"])]
    if not known:
        return look.empty_figure(title, "nothing was found")
    figure = look.new_figure(8.0, 0.24 * len(known) + 1.2)
    axes = figure.add_subplot()
    for k, f in enumerate(known):
        colour = look.TOKENS["alarm" if f["is_met"] is False else "data"]
        if np.isfinite(f["low"]):
            axes.plot([f["low"], f["high"]], [k, k], color=colour, lw=1.6)
        axes.plot([f["value"]], [k], marker="o", ms=5, ls="", color=colour)
    axes.set_yticks(range(len(known)), [str(f["name"]) for f in known])
    axes.invert_yaxis()
    axes.set_xlabel("value, with its 95 % interval where there is one")
    axes.set_title(title)
    look.hairlines(axes)
    return figure
