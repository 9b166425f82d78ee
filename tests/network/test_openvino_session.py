"""Needs the extra ``openvino``; without it the drift is not measured, and the skip says so."""

import sys

import numpy as np
import pytest

from seismomag.core.errors import ConfigError, ModelError
from seismomag.network import open_model, predict
from seismomag.network.openvino_session import open_openvino


@pytest.fixture
def openvino():
    return pytest.importorskip("openvino", reason="OpenVINO is absent: its drift is not measured")


@pytest.mark.filterwarnings("ignore")
def test_openvino_says_what_onnx_runtime_says(openvino, archive, model_folder):
    ours = predict(model_folder, archive.store, archive.samples, runtime="openvino")
    known = predict(model_folder, archive.store, archive.samples)
    assert np.abs(ours["probability"] - known["probability"]).max() <= 1e-5
    np.testing.assert_allclose(ours["azimuth_kappa"], known["azimuth_kappa"], rtol=1e-4, atol=1e-6)


@pytest.mark.filterwarnings("ignore")
def test_graph_that_is_none_is_refused(openvino):
    with pytest.raises(ModelError, match="OpenVINO refuses it"):
        open_openvino(b"no graph", threads=1)


def test_without_openvino_the_extra_is_named(monkeypatch, model_folder):
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(ConfigError, match=r"seismomag\[openvino\]"):
        open_openvino(open_model(model_folder).graph, threads=1)


def test_unknown_runtime_is_refused(archive, model_folder):
    with pytest.raises(ConfigError, match="runtime 'tensorrt' is unknown"):
        predict(model_folder, archive.store, archive.samples, runtime="tensorrt")
