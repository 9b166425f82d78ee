"""What the network looked at: drawn only where it has learnt, with the components by name."""

import json
from types import SimpleNamespace

import pytest

from seismomag.experiment.explaining import component_names, explain_section
from seismomag.experiment.runs import RunFolder


@pytest.mark.parametrize(
    ("build", "names"),
    [
        ({"orientation": "magnetic"}, ("H", "D or E", "Z")),
        ({"orientation": "geographic"}, ("X", "Y", "Z")),
        ({"orientation": "instrument"}, ("U", "V", "W")),
        (None, ("component 1", "component 2", "component 3")),
    ],
)
def test_components_bear_the_names_of_the_frames_of_the_store(build, names):
    assert component_names(SimpleNamespace(provenance={"build": build})) == names


def test_a_detection_head_that_learnt_nothing_is_not_explained(tmp_path):
    pytest.importorskip("torch")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "manifest.json").write_text("{}")
    said = "trained on 10 rows of which 0 are positive; its probability carries no information"
    (tmp_path / "model" / "model.json").write_text(json.dumps({"heads": {"detection": said}}))
    (tmp_path / "forecast.csv").write_text("sample_id,probability\n")
    section = explain_section(RunFolder(tmp_path))
    assert section.figure is None
    assert section.reason.startswith(f"the detection head was {said}")
