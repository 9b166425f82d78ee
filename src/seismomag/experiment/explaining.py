"""The part of the report that shows what the network looked at, made from the run folder alone."""

import json
from typing import Any

import numpy as np
import pandas as pd

from seismomag.core.errors import ModelError
from seismomag.dataset.context import ORIENTATIONS
from seismomag.dataset.store import Store, open_store
from seismomag.experiment.pages import Section
from seismomag.experiment.runs import RunFolder
from seismomag.experiment.tables import read_table
from seismomag.figures.explain import ExplainedDay, explanation_figure

KEY, TITLE = "explained", "What the network looked at"
CELLS = (8, 16)
"""A block that is hidden is this part of the frequencies and of the columns."""


def explain_section(folder: RunFolder) -> Section:
    """Explain the validation day of the highest probability.

    A validation day, so that no test row is opened for a picture.

    Parameters
    ----------
    folder
        A run that has forecast.
    """
    reason = _why_not(folder)
    if reason:
        return Section(key=KEY, title=TITLE, reason=reason)
    row = _most_alarming(folder)
    if row is None:
        return Section(key=KEY, title=TITLE, reason="no validation day has a forecast")
    from seismomag.network.explain import explain, open_network

    try:
        model, network = open_network(folder / "model")
    except ModelError as error:
        return Section(key=KEY, title=TITLE, reason=str(error))
    with open_store(folder / "store.h5") as store:
        tensor = store.read(np.array([row["store_row"]], np.int64))
        grid, names = store.grid, component_names(store)
    planes = model.normalisation.apply(tensor, [str(row["station_code"])])[0]
    block = (max(1, planes.shape[1] // CELLS[0]), max(1, planes.shape[2] // CELLS[1]))
    found = explain(network, planes, model.normalisation.planes, block=block)
    day = np.datetime64(row["window_start"], "D")
    shown = ExplainedDay(
        title=f"{row['station_code']} {day}, forecast probability {row['probability']:.2f}",
        day=day,
        frequencies_hz=grid.frequencies_hz,
        amplitude_nt=tensor[0, list(found.components)].astype(np.float32),
        component_names=[names[c] for c in found.components],
        occlusion=found.occlusion,
        grad_cam=found.grad_cam,
    )
    return Section(
        key=KEY,
        title=TITLE,
        figure=explanation_figure(shown),
        caption="The validation day with the highest probability. Enclosed: the tenth of the "
        "cells whose hiding lowers the detection logit most. Below: Grad-CAM, as coarse as the "
        "cells of the network.",
    )


def component_names(store: Store) -> tuple[str, ...]:
    """Name the components of a store by the frames that may stand in it.

    A store knows the orientation of its rows, not the frame of each: of HDZ and HEZ, which are
    the same axes, the second component is ``D or E``.
    """
    orientation = (store.provenance.get("build") or {}).get("orientation")
    frames = [frame for frame, name in ORIENTATIONS.items() if name == orientation]
    if not frames:
        return tuple(f"component {number}" for number in (1, 2, 3))
    return tuple(" or ".join(dict.fromkeys(letters)) for letters in zip(*frames, strict=True))


def _why_not(folder: RunFolder) -> str:
    from importlib.util import find_spec

    if not (folder / "model" / "manifest.json").is_file():
        return "no network was trained"
    if not (folder / "forecast.csv").is_file():
        return "nothing was forecast"
    if find_spec("torch") is None:
        return "torch is not installed (pip install seismomag[train])"
    return _uninformed(folder)


def _uninformed(folder: RunFolder) -> str:
    """Say why what the network looks at means nothing; empty text when it does mean something."""
    from seismomag.network.job import TRAINED

    about = json.loads((folder / "model" / "model.json").read_text(encoding="utf-8"))
    said = str(about["heads"].get("detection", "not asked for"))
    if said == TRAINED:
        return ""
    return f"the detection head was {said}, so nothing that it looked at means anything"


def _most_alarming(folder: RunFolder) -> "pd.Series[Any] | None":
    """The validation row of the highest probability, with its sample."""
    samples = read_table(folder / "samples.csv", "samples")
    forecast = read_table(folder / "forecast.csv", "forecast")[["sample_id", "probability"]]
    rows = samples[samples["split"] == "validation"].merge(forecast, on="sample_id")
    if rows.empty:
        return None
    return rows.iloc[int(rows["probability"].to_numpy().argmax())]
