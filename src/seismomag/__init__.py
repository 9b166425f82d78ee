"""Ask whether geomagnetic signals precede earthquakes, and whether a network can see them.

The public names of seismomag on one screen. Each is loaded when it is first used:

>>> import seismomag as sm
>>> recording = sm.flag(sm.read("S250101.ALR.gz"))             # doctest: +SKIP
>>> picture = sm.scalogram(recording, band_hz=(0.01, 0.1))     # doctest: +SKIP

A spike that is not flagged stands in every frequency of a scalogram: flag first.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# A module; or a module and the name there, where it is another one.
_PUBLIC = {
    # readers: files -> recordings and lists, and back
    "read": "seismomag.readers",
    "read_columns": "seismomag.readers.columns",
    "ColumnMap": "seismomag.readers.columns",
    "find_days": "seismomag.readers.archive",
    "DayFolder": "seismomag.readers.archive",
    "read_catalogue": "seismomag.readers",
    "read_space_weather": "seismomag.readers",
    "read_stations": "seismomag.core.stations",
    "read_scalogram": "seismomag.readers.netcdf",
    "write_frg604rc": "seismomag.readers.frg604rc:write",
    "write_iaga2002": "seismomag.readers.iaga2002:write",
    "write_netcdf": "seismomag.readers.netcdf:write",
    "write_scalogram": "seismomag.readers.netcdf",
    "write_catalogue": "seismomag.readers.catalogues",
    "write_space_weather": "seismomag.readers.space_weather",
    # signal: recordings -> flags, frames, scalograms
    "join": "seismomag.core.joining",
    "to_one_hz": "seismomag.readers.resample",
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
    "target_pairs": "seismomag.dataset.labels",
    "SplitPlan": "seismomag.dataset.splits",
    "assign_splits": "seismomag.dataset.splits",
    "build_store": "seismomag.dataset.build",
    "open_store": "seismomag.dataset.store",
    "open_training": "seismomag.dataset.gate",
    "open_test": "seismomag.dataset.gate",
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
    "ForeignMap": "seismomag.audit.foreign.forecast",
    "read_foreign": "seismomag.audit.foreign.forecast",
    "judge_foreign": "seismomag.audit.foreign.judge",
    # runs
    "read_config": "seismomag.experiment.config",
    "run": "seismomag.experiment.steps",
    # words
    "Station": "seismomag.core.stations",
    "Band": "seismomag.core.bands",
    "Catalogue": "seismomag.core.schema",
    "Interval": "seismomag.core.schema",
    "SeismomagError": "seismomag.core.errors",
}

__all__ = ["__version__", *sorted(_PUBLIC)]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        msg = f"module 'seismomag' has no attribute {name!r}"
        raise AttributeError(msg)
    module, _, name_there = _PUBLIC[name].partition(":")
    value = getattr(import_module(module), name_there or name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
