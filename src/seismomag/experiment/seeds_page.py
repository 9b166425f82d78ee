"""The page that lays several trainings side by side."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from seismomag.core.atomic import write_text
from seismomag.experiment import report_numbers as numbers
from seismomag.experiment.pages import Section, panel, render_page
from seismomag.experiment.seeds import Training, comparison, differences
from seismomag.figures.training_runs import curves_of_runs


def write_comparison(trainings: Sequence[Training], title: str, path: Path) -> Path:
    """Write one self-contained page: curves of every training, scores, differences of arms.

    Parameters
    ----------
    trainings
        From :func:`seismomag.experiment.seeds.train_several`.
    title
        Of the run.
    path
        The HTML file; replaced in one step.
    """
    table = comparison(trainings)
    curves = Section(
        key="curves",
        title="Skill and loss by epoch",
        figure=curves_of_runs(curve_table(trainings)),
        caption="Each line is a training; arms differ by colour and dash. All scores are of "
        "the validation period: no test row was opened.",
    )
    page = render_page(
        "seeds.html",
        title=title,
        panels=[panel(curves)],
        tables=[
            numbers.page_table("Trainings", table, "nothing was trained"),
            numbers.page_table(
                "Full network minus each arm", differences(table), "a single arm was trained"
            ),
        ],
    )
    write_text(path, page)
    return path


def curve_table(trainings: Sequence[Training]) -> pd.DataFrame:
    """Metrics of all epochs: ``arm, seed, epoch, score, loss``; score and loss on validation."""
    rows = [
        (t.arm, t.seed, entry["epoch"], entry["score"], (entry["validation"] or {}).get("total"))
        for t in trainings
        for entry in t.history()
    ]
    table = pd.DataFrame(rows, columns=["arm", "seed", "epoch", "score", "loss"])
    return table.astype({"score": float, "loss": float})
