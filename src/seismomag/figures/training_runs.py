"""Several trainings in one picture."""

from typing import TYPE_CHECKING

import pandas as pd

from seismomag.figures import look

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LABELS = {
    "score": "average precision minus base rate",
    "loss": "loss on validation (nats per sample)",
}


@look.styled
def curves_of_runs(table: pd.DataFrame) -> "Figure":
    """Draw skill and loss on validation by epoch, a line for each training.

    Parameters
    ----------
    table
        ``arm, seed, epoch, score, loss``; seeds of an arm share its colour and dash.
    """
    from matplotlib.ticker import MaxNLocator

    if table.dropna(subset=list(LABELS), how="all").empty:
        return look.empty_figure("Trainings", "no validation row was judged")
    arms = list(dict.fromkeys(table["arm"]))
    figure = look.new_figure(11.0, 4.2)
    for axes, (column, label) in zip(figure.subplots(1, 2), LABELS.items(), strict=True):
        for (arm, seed), series in table.groupby(["arm", "seed"], sort=False):
            place = arms.index(arm)
            axes.plot(
                series["epoch"],
                series[column],
                color=look.CATEGORICAL[place % len(look.CATEGORICAL)],
                ls=look.DASHES[place % len(look.DASHES)],
                lw=1.2,
                label=str(arm) if seed == table.loc[table["arm"] == arm, "seed"].iloc[0] else None,
            )
        axes.set(xlabel="epoch (count)", ylabel=label)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        look.hairlines(axes)
    figure.axes[0].legend(loc="best")
    return figure
