"""How the training went: parts of the loss, and skill on the validation period."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from seismomag.figures import look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE = "Training"
SKILL = "ap_minus_base"
"""Name of the metric by which the epoch is chosen: average precision minus the base rate."""
SCORES = (SKILL, "average_precision", "base_rate", "auc", "score")
"""Names that belong to the right panel; every other name is a part of the loss."""


@look.styled
def training_curves(metrics: pd.DataFrame, *, chosen_epoch: int | None = None) -> "Figure":
    """Draw the losses of every part and, beside them, the skill on validation.

    Parameters
    ----------
    metrics
        Long table ``epoch, split, name, value``. Names of :data:`SCORES` go to the right, the
        parts of the loss to the left.
    chosen_epoch
        The epoch whose weights were kept; by default the one with the highest
        ``ap_minus_base`` on validation.
    """
    known = metrics.dropna(subset=["value"]) if len(metrics) else metrics
    if known.empty:
        found = len(metrics)
        reason = f"none of {found} rows holds a value" if found else "no epoch was trained"
        return look.empty_figure(TITLE, reason)
    is_loss = ~known["name"].astype(str).isin(SCORES)
    figure = look.new_figure(11.0, 4.0)
    losses, skill = figure.subplots(1, 2)
    _draw(losses, known[is_loss], "loss (nats per sample)", "no loss was recorded")
    _draw(skill, known[~is_loss], "score (0 to 1)", "no score on validation was recorded")
    chosen = _best_epoch(known) if chosen_epoch is None else chosen_epoch
    if chosen is not None:
        for axes in (losses, skill):
            axes.axvline(chosen, color=look.TOKENS["mark"], lw=1, ls=(0, (1.2, 1.5)))
        is_late = chosen > known["epoch"].mean()
        skill.annotate(
            f"kept: epoch {chosen}",
            (chosen, 0.02),
            xycoords=skill.get_xaxis_transform(),
            xytext=(-4 if is_late else 4, 0),
            textcoords="offset points",
            ha="right" if is_late else "left",
            fontsize=8,
            color=look.TOKENS["mark"],
        )
    losses.set_title("Loss by part")
    skill.set_title("Skill on validation")
    return figure


def history_table(entries: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Put the epochs of a training history into the long table that is drawn.

    Parameters
    ----------
    entries
        One mapping for each epoch: ``epoch``, losses by name under ``train`` and
        ``validation`` (None where nothing was judged), and ``score``, the average precision
        minus the base rate on validation (None where undefined).

    Examples
    --------
    >>> history_table([{"epoch": 1, "train": {"total": 0.5}, "validation": None, "score": 0.1}])
       epoch       split           name  value
    0      1       train          total    0.5
    1      1  validation  ap_minus_base    0.1
    """
    rows: list[tuple[int, str, str, float]] = []
    for entry in entries:
        epoch = int(entry["epoch"])
        for split in ("train", "validation"):
            losses = entry.get(split) or {}
            rows += [(epoch, split, str(name), float(value)) for name, value in losses.items()]
        if entry.get("score") is not None:
            rows.append((epoch, "validation", SKILL, float(entry["score"])))
    return pd.DataFrame(rows, columns=["epoch", "split", "name", "value"])


def _best_epoch(metrics: pd.DataFrame) -> int | None:
    skill = metrics[(metrics["name"] == SKILL) & (metrics["split"] == "validation")]
    if skill.empty:
        return None
    return int(skill["epoch"].to_numpy()[int(skill["value"].to_numpy().argmax())])


def _draw(axes: "Axes", table: pd.DataFrame, y_label: str, reason: str) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set(xlabel="epoch (count)", ylabel=y_label)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    look.hairlines(axes)
    if table.empty:
        axes.text(
            0.5, 0.5, reason, transform=axes.transAxes, ha="center", color=look.TOKENS["ink-2"]
        )
        return
    names = list(dict.fromkeys(table["name"].astype(str)))
    for (name, split), series in table.groupby(["name", "split"], sort=False):
        place = names.index(str(name)) % len(look.CATEGORICAL)
        series = series.sort_values("epoch")
        is_validation = split == "validation"
        axes.plot(
            series["epoch"],
            series["value"],
            color=look.CATEGORICAL[place],
            ls="-" if is_validation else look.DASHES[1],
            lw=1.8 if is_validation else 1.2,
            marker=look.MARKERS[place] if len(series) <= 40 else None,
            ms=4,
            label=f"{str(name).replace('_', ' ')}, {split}",
        )
    axes.legend(loc="best")
