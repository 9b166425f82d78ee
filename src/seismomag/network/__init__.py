"""The MTL-CRNN: its plans, its training, and forecasts from it.

Importing this loads no torch: training asks for it when it is called, forecasts never do.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from seismomag.network.folder import Model, open_model
from seismomag.network.plans import LossPlan, ModelPlan, TrainingPlan
from seismomag.network.predict import predict

if TYPE_CHECKING:
    from seismomag.network.training import fit
    from seismomag.network.trunk import TRUNKS

__all__ = [
    "TRUNKS",
    "LossPlan",
    "Model",
    "ModelPlan",
    "TrainingPlan",
    "fit",
    "open_model",
    "predict",
]

_NEEDS_TORCH = {"fit": "seismomag.network.training", "TRUNKS": "seismomag.network.trunk"}


def __getattr__(name: str) -> Any:
    if name in _NEEDS_TORCH:
        return getattr(import_module(_NEEDS_TORCH[name]), name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
