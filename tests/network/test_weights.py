import pickle
import re
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from seismomag.core.errors import ModelError
from seismomag.network import ModelPlan
from seismomag.network.crnn import MtlCrnn
from seismomag.network.folder import open_model
from seismomag.network.starting import adapt_first, load_trunk
from seismomag.network.trunk import TRUNKS
from seismomag.network.weights import (
    _INVERTED,
    _OUTSIDE,
    _SEPARABLE,
    _in_our_layout,
    _read,
    convert,
)


@pytest.fixture(scope="module")
def trunk():
    torch.manual_seed(1)
    features = TRUNKS["efficientnet_b1"].build(3)
    features.train()
    with torch.no_grad():
        features(torch.randn(2, 3, 64, 64))
    return features.eval()


def as_torchvision(features):
    named = {f"features.{name}": value for name, value in features.state_dict().items()}
    return named | {
        "classifier.1.weight": torch.zeros(1000, 1280),
        "classifier.1.bias": torch.zeros(1000),
    }


def as_timm(features):
    found = {}
    for name, value in features.state_dict().items():
        layer, _, what = name.rpartition(".")
        outside = {ours: theirs for theirs, ours in _OUTSIDE.items()}
        place = re.fullmatch(r"(\d+)\.(\d+)\.block\.(.+)", layer)
        if place is None:
            found[f"{outside[layer]}.{what}"] = value
            continue
        known = _SEPARABLE if place[1] == "1" else _INVERTED
        inner = {ours: theirs for theirs, ours in known.items()}[place[3]]
        found[f"blocks.{int(place[1]) - 1}.{place[2]}.{inner}.{what}"] = value
    return found | {"classifier.weight": torch.zeros(1000, 1280)}


@pytest.mark.parametrize("layout", [as_torchvision, as_timm])
def test_trunk_says_the_same_with_weights_of_either_layout(trunk, tmp_path, layout):
    torch.save(layout(trunk), tmp_path / "theirs.pth")
    found = _read(tmp_path / "theirs.pth")
    save_file(_in_our_layout(found, trunk.state_dict(), "theirs"), tmp_path / "ours.safetensors")
    network = MtlCrnn(ModelPlan(gru_width=4), 3).eval()
    load_trunk(network, tmp_path / "ours.safetensors")
    planes = torch.randn(1, 3, 64, 96)
    with torch.no_grad():
        assert torch.equal(network.features(planes), trunk(planes))


def test_child_converts_safetensors_that_do_not_count_batches(trunk, tmp_path):
    theirs = {
        name: value
        for name, value in as_torchvision(trunk).items()
        if not name.endswith("num_batches_tracked")
    }
    save_file(theirs, tmp_path / "theirs.safetensors")
    out = convert(tmp_path / "theirs.safetensors", tmp_path / "ours.safetensors")
    ours = load_file(out)
    assert set(ours) == set(trunk.state_dict())
    assert torch.equal(ours["8.0.weight"], trunk.state_dict()["8.0.weight"])


class Attack:
    def __reduce__(self):
        return (open, ("/tmp/never", "w"))


def damaged(case, theirs, path):
    if case == "code":
        path.write_bytes(pickle.dumps({"features.0.0.weight": Attack()}))
    elif case == "torch file with code":
        torch.save({"features.0.0.weight": Attack()}, path)
    elif case == "truncated":
        torch.save(theirs, path)
        path.write_bytes(path.read_bytes()[:100_000])
    elif case == "another network":
        torch.save({"layer1.0.conv1.weight": torch.zeros(3)}, path)
    elif case == "a layer missing":
        torch.save({k: v for k, v in theirs.items() if "features.3.0" not in k}, path)
    elif case == "no state dict":
        torch.save([1, 2], path)
    else:
        torch.save(theirs | {"features.8.0.weight": torch.zeros(2, 2)}, path)


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("torch file with code", "refused"),
        ("truncated", "refused"),
        ("another network", "no layer of an EfficientNet-B1"),
        ("a layer missing", "3.0.block"),
        ("no state dict", "expected a state dict"),
        ("another shape", r"8\.0\.weight has shape \(2, 2\)"),
    ],
)
def test_other_files_are_refused(trunk, tmp_path, case, said):
    path = tmp_path / "theirs.pth"
    damaged(case, as_torchvision(trunk), path)
    with pytest.raises(ModelError, match=said):
        _in_our_layout(_read(path), trunk.state_dict(), str(path))


def test_file_of_code_is_refused_by_the_child_and_nothing_is_written(tmp_path):
    path = tmp_path / "theirs.pth"
    damaged("code", {}, path)
    with pytest.raises(ModelError, match="refused"):
        convert(path, tmp_path / "ours.safetensors")
    assert not (tmp_path / "ours.safetensors").exists()


@pytest.mark.parametrize("n_planes", [1, 2, 4, 9])
def test_first_convolution_spreads_over_the_planes(n_planes):
    weight = torch.randn(8, 3, 3, 3)
    adapted = adapt_first(weight, n_planes)
    assert adapted.shape == (8, n_planes, 3, 3)
    if n_planes >= 3:
        torch.testing.assert_close(adapted.sum(1), weight.sum(1))
    assert torch.equal(adapt_first(weight, 3), weight)


def test_training_starts_with_the_weights_and_says_so(case, tmp_path):
    features = TRUNKS["small"].build(3)
    path = tmp_path / "start.safetensors"
    save_file(features.state_dict(), path)
    training = replace(case.training, epochs=1, first_selectable_epoch=1, learning_rate=1e-9)
    started = case.but(training=replace(training, starting_weights=str(path)))
    folder = started.fit(tmp_path / "model")
    found = load_file(folder / "weights.safetensors")
    torch.testing.assert_close(found["features.0.0.weight"], features[0][0].weight.detach())
    assert len(open_model(folder).description["starting_sha256"]) == 64


def test_starting_weights_of_another_trunk_or_a_pickle_are_refused(case, tmp_path):
    save_file({"0.0.weight": torch.zeros(24, 3, 3, 3)}, tmp_path / "other.safetensors")
    torch.save({"a": torch.zeros(1)}, tmp_path / "pickle.pth")
    for name, said in (("other.safetensors", "another trunk"), ("pickle.pth", "not a file of")):
        training = replace(case.training, starting_weights=str(tmp_path / name))
        with pytest.raises(ModelError, match=said):
            case.but(training=training).fit(tmp_path / "model")
