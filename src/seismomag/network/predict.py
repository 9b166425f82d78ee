"""Forecasts from a model folder through ONNX Runtime; torch is neither needed nor loaded."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.core.errors import ConfigError, ModelError, SchemaError, StoreError
from seismomag.core.progress import Progress, silent
from seismomag.core.schema import MAGNITUDE_CLASS_PREFIX, check_forecast
from seismomag.network.folder import Model, open_model
from seismomag.network.openvino_session import Run, open_openvino
from seismomag.network.source import TensorSource, read_rows

if TYPE_CHECKING:
    from onnxruntime.capi.onnxruntime_inference_collection import InferenceSession


def open_session(graph: bytes, *, threads: int) -> "InferenceSession":
    """Load an ONNX graph on the CPU.

    Raises
    ------
    ModelError
        ONNX Runtime does not accept it.
    """
    from onnxruntime.capi import onnxruntime_pybind11_state as state
    from onnxruntime.capi.onnxruntime_inference_collection import InferenceSession

    options = state.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # A plan of the memory for every size of a batch is kept, and gains no time here.
    options.enable_mem_pattern = False
    # Waiting threads would otherwise spin and take the processor from everybody else.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except (state.Fail, state.InvalidGraph, state.InvalidProtobuf, state.NotImplemented) as error:
        msg = f"model.onnx: ONNX Runtime refuses it ({error})"
        raise ModelError(msg) from error


def run_session(
    session: "InferenceSession", planes: NDArray[np.float32]
) -> dict[str, NDArray[np.float32]]:
    """Run planes ``(n, P, F, T)``; outputs of the heads by name, each ``(n, ...)``."""
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {"planes": planes}), strict=True))


def usable(samples: pd.DataFrame) -> pd.Series:
    """Whether each sample has data: coverage above zero and a row in the store."""
    row = samples["store_row"]
    return (samples["coverage"] > 0).fillna(False) & row.notna() & (row.fillna(-1) >= 0)


def predict(
    folder: Path | str,
    store: TensorSource,
    samples: pd.DataFrame,
    *,
    batch_size: int = 32,
    threads: int = 1,
    runtime: str = "onnxruntime",
    progress: Progress = silent,
) -> pd.DataFrame:
    """Forecast each sample that has data.

    Parameters
    ----------
    folder
        A model folder, made by ``fit``.
    store
        Tensors of the same grid as in training.
    samples
        SampleTable; its labels are not looked at.
    batch_size
        Rows at a time.
    threads
        Threads of the runtime.
    runtime
        ``"onnxruntime"``, or ``"openvino"`` where that extra is installed.
    progress
        Told after each batch.

    Returns
    -------
    forecast
        Columns of ``FORECAST_COLUMNS`` and ``magnitude_class_k``, in the order of the samples.
        Samples without data have no row; ``attrs["n_without_data"]`` counts them. A head that
        was not trained gives NaN. ``data_cutoff`` is the end of the last horizon that training
        or validation looked into.

    Raises
    ------
    ModelError
        The folder is damaged, foreign or of another version.
    StoreError
        The store has another grid than the model.
    SchemaError
        No sample has a row in the store: the table is one of ``make_samples`` and not that of the
        store, or nothing is built yet.
    ConfigError
        The runtime is unknown or not installed.
    """
    opened = open_forecaster(open_model(folder), threads=threads, runtime=runtime)
    return opened.predict(store, samples, batch_size=batch_size, progress=progress)


@dataclass(frozen=True)
class Forecaster:
    """A model whose session is open, for those who forecast again and again.

    Attributes
    ----------
    model
        Verified.
    run
        The session.
    """

    model: Model
    run: Run

    def predict(
        self,
        store: TensorSource,
        samples: pd.DataFrame,
        *,
        batch_size: int = 32,
        progress: Progress = silent,
    ) -> pd.DataFrame:
        """Forecast each sample that has data, as :func:`predict` does.

        Raises
        ------
        StoreError
            The store has another grid than the model.
        SchemaError
            No sample has a row in the store.
        """
        check_grid(self.model, store)
        _refuse_without_rows(samples)
        known = samples[usable(samples)]
        rows = known["store_row"].to_numpy(np.int64)
        codes = known["station_code"].tolist()
        parts: list[dict[str, NDArray[np.float32]]] = []
        for start in range(0, len(rows), batch_size):
            here = slice(start, start + batch_size)
            read = read_rows(store, rows[here])
            parts.append(self.run(self.model.normalisation.apply(read, codes[here])))
            progress("forecast", min(start + batch_size, len(rows)), len(rows))
        outputs = {"detection": np.empty((0, 2), np.float32)}
        if parts:
            outputs = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        forecast = _table(self.model, known, outputs)
        forecast.attrs["n_without_data"] = len(samples) - len(known)
        return check_forecast(forecast)


def _refuse_without_rows(samples: pd.DataFrame) -> None:
    rows = samples["store_row"].fillna(-1)
    if len(samples) and not (rows >= 0).any():
        msg = (
            f"samples: none of {len(samples)} has a store_row, so there is no tensor to forecast "
            "from; take the table of the store (open_store(path).samples) after build_store"
        )
        raise SchemaError(msg)


def open_forecaster(model: Model, *, threads: int = 1, runtime: str = "onnxruntime") -> Forecaster:
    """Open the session of a model once; it stays open as long as the forecaster lives.

    Parameters
    ----------
    model
        Verified.
    threads, runtime
        As of :func:`predict`.

    Raises
    ------
    ModelError
        The runtime does not accept the graph.
    ConfigError
        The runtime is unknown or not installed.
    """
    return Forecaster(model, _open(model.graph, runtime, threads))


def _open(graph: bytes, runtime: str, threads: int) -> Run:
    if runtime == "openvino":
        return open_openvino(graph, threads=threads)
    if runtime != "onnxruntime":
        msg = f"runtime {runtime!r} is unknown; choose onnxruntime or openvino"
        raise ConfigError(msg)
    session = open_session(graph, threads=threads)
    return lambda planes: run_session(session, planes)


def check_grid(model: Model, store: TensorSource) -> None:
    """Refuse a store whose axes differ from those of the training.

    Raises
    ------
    StoreError
        Names the first property that differs.
    """
    trained: Mapping[str, Any] = model.description["grid"]
    found = json.loads(json.dumps(store.grid.to_dict()))
    for key in sorted({*trained, *found}):
        if trained.get(key) != found.get(key):
            msg = (
                f"the store's grid has {key} = {found.get(key)!r}, the model "
                f"{model.model_id} was trained with {trained.get(key)!r}; build the store with "
                "the grid of the model, or train on this one"
            )
            raise StoreError(msg)


def class_probabilities(logits: NDArray[np.float32], kind: str) -> NDArray[np.float64]:
    """Probability of each magnitude class, ``(n, K)``, from the magnitude head.

    Parameters
    ----------
    logits
        ``(n, K)`` for ``"classes"``; ``(n, K - 1)`` for ``"ordinal"``, where logit k belongs to
        P(class > k | class >= k).
    kind
        ``LossPlan.magnitude``.
    """
    from scipy.special import expit, softmax

    values = logits.astype(np.float64)
    if kind == "classes":
        return np.asarray(softmax(values, axis=1))
    exceeds = np.cumprod(expit(values), axis=1)
    one, zero = np.ones((len(values), 1)), np.zeros((len(values), 1))
    return -np.diff(np.hstack([one, exceeds, zero]), axis=1)


def _table(
    model: Model, known: pd.DataFrame, outputs: Mapping[str, NDArray[np.float32]]
) -> pd.DataFrame:
    columns = ["sample_id", "station_code", "issue_time", "horizon_start", "horizon_end"]
    forecast = known[columns].reset_index(drop=True)
    logits = outputs["detection"].astype(np.float64)
    forecast["probability"] = model.calibration.apply(logits[:, 1] - logits[:, 0])
    east, north = np.full((2, len(known)), np.nan)
    if "azimuth" in outputs:
        east, north = outputs["azimuth"].astype(np.float64).T
    turned_deg = np.rad2deg(np.arctan2(east, north)) + model.calibration.azimuth_turn_deg
    forecast["azimuth_deg"] = np.mod(turned_deg, 360.0)
    forecast["azimuth_kappa"] = model.calibration.kappa_scale * np.hypot(east, north)
    forecast["model_id"] = model.model_id
    cutoff = pd.Timestamp(model.description["data_cutoff"]).as_unit("us")
    forecast["data_cutoff"] = pd.Series(cutoff, index=forecast.index, dtype="datetime64[us]")
    n_classes = len(model.description["magnitude_edges"])
    classes = np.full((len(known), n_classes), np.nan)
    if "magnitude" in outputs:
        kind = model.description["loss"]["magnitude"]
        classes = class_probabilities(outputs["magnitude"], kind)
    for k in range(n_classes):
        forecast[f"{MAGNITUDE_CLASS_PREFIX}{k}"] = classes[:, k]
    return forecast
