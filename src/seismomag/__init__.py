"""Ask whether geomagnetic signals precede earthquakes, and whether a network can see them.

The public names of seismomag on one screen. Each is loaded when it is first used:

>>> import seismomag as sm
>>> recording = sm.read("S250101.ALR.gz")                      # doctest: +SKIP
>>> picture = sm.scalogram(recording, band_hz=(0.01, 0.1))     # doctest: +SKIP
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_PUBLIC = {
    # readers: files -> recordings and lists
    "read": "seismomag.readers",
    "read_catalogue": "seismomag.readers",
    "read_space_weather": "seismomag.readers",
    "read_stations": "seismomag.core.stations",
    "join": "seismomag.core.joining",
    # signal: recordings -> flags, frames, scalograms
    "flag": "seismomag.signal.quality",
    "rotate": "seismomag.signal.rotation",
    "scalogram": "seismomag.signal.wavelet",
    "ScalogramGrid": "seismomag.signal.wavelet",
    # simulate: invented recordings with known truth
    "Simulation": "seismomag.simulate",
    "PrecursorPlan": "seismomag.simulate",
    # dataset: labels, splits, the store
    "LabelRule": "seismomag.dataset.labels",
    "make_samples": "seismomag.dataset.labels",
    "SplitPlan": "seismomag.dataset.splits",
    "assign_splits": "seismomag.dataset.splits",
    "build_store": "seismomag.dataset.build",
    "open_store": "seismomag.dataset.store",
    # network: the MTL-CRNN
    "ModelPlan": "seismomag.network",
    "LossPlan": "seismomag.network",
    "TrainingPlan": "seismomag.network",
    "fit": "seismomag.network.training",
    "predict": "seismomag.network.predict",
    # baselines and the audit
    "BASELINES": "seismomag.baselines",
    "AuditCase": "seismomag.audit",
    "audit_forecast": "seismomag.audit",
    # runs
    "run": "seismomag.experiment.steps",
    # words
    "Station": "seismomag.core.stations",
    "Band": "seismomag.core.bands",
    "SeismomagError": "seismomag.core.errors",
}

__all__ = ["__version__", *sorted(_PUBLIC)]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        msg = f"module 'seismomag' has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(import_module(_PUBLIC[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
