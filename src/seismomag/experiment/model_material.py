"""What a run hands to its leak audit beside the forecasts: tensors, statistics, decisions."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.audit.leaks.material import LeakMaterial, Scaling
from seismomag.dataset.store import Store
from seismomag.network.folder import MANIFEST, open_model
from seismomag.network.normalise import Normalisation, fit_normalisation
from seismomag.network.plans import ModelPlan
from seismomag.network.predict import usable


def material_of(model: Path, plan: ModelPlan, store: Store) -> LeakMaterial:
    """Collect it from a model folder and the store that the model was trained on.

    Parameters
    ----------
    model
        Folder; where no model was made, only the tensors are there to look at.
    plan
        Of the model: decides the planes.
    store
        Must stay open for as long as the audit goes on.
    """
    if not (model / MANIFEST).is_file():
        return LeakMaterial(tensors=store)
    opened = open_model(model)

    def refit(rows: pd.DataFrame) -> Mapping[str, NDArray[np.floating]]:
        return _arrays(fit_normalisation(store, rows[usable(rows)], plan))

    return LeakMaterial(
        tensors=store,
        scaling=Scaling(stored=_arrays(opened.normalisation), refit=refit),
        decisions=dict(opened.description.get("decided_on", {})),
    )


def _arrays(fitted: Normalisation) -> dict[str, NDArray[np.floating]]:
    return {"median": fitted.median, "spread": fitted.spread}
