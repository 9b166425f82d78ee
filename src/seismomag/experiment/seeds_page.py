"""The page that lays several trainings side by side."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import pandas as pd

from seismomag.core.atomic import write_text
from seismomag.experiment import report_numbers as numbers
from seismomag.experiment.inline_svg import inline_svg
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
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    table = comparison(trainings)
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    figure = curves_of_runs(curve_table(trainings))
    panel = {
        "key": "curves",
        "title": "Skill and loss by epoch",
        "caption": "Each line is a training; arms differ by colour and dash. All scores are of "
        "the validation period: no test row was opened.",
        # Made by inline_svg, which keeps Matplotlib's escaping of every text.
        "svg": Markup(inline_svg(figure, "curves", "Curves of the trainings")),  # noqa: S704
    }
    reason = "a single arm was trained"
    page = environment.from_string(_own_file("seeds.html")).render(
        title=title,
        # The style sheet is a file of this package, not input.
        css=Markup(_own_file("report.css")),  # noqa: S704
        panels=[panel],
        tables=[
            numbers.page_table("Trainings", table, "nothing was trained"),
            numbers.page_table("Full network minus each arm", differences(table), reason),
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


def _own_file(name: str) -> str:
    return files("seismomag.experiment").joinpath(name).read_text(encoding="utf-8")
