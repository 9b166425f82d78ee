import hashlib
import json
import shutil

import numpy as np
import pytest

from seismomag.core.errors import ModelError
from seismomag.network import open_model
from seismomag.network.folder import FILES, MANIFEST, pack_normalisation, unpack_normalisation


@pytest.fixture
def copied(model_folder, tmp_path):
    return shutil.copytree(model_folder, tmp_path / "copy")


def reseal(folder):
    """Make a manifest that agrees with the altered files, as a forger would."""
    digests = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(manifest | {"sha256": digests}))


def test_model_folder_opens_and_its_name_is_its_content(model_folder, copied):
    model = open_model(model_folder)
    assert model.model_id.startswith("small-")
    assert open_model(copied).model_id == model.model_id


@pytest.mark.parametrize("name", FILES)
def test_one_altered_byte_is_refused(copied, name):
    data = bytearray((copied / name).read_bytes())
    data[len(data) // 2] ^= 1
    (copied / name).write_bytes(data)
    with pytest.raises(ModelError, match=rf"{name}: SHA-256 .* altered or truncated"):
        open_model(copied)


@pytest.mark.parametrize("name", FILES)
def test_truncated_file_is_refused(copied, name):
    data = (copied / name).read_bytes()
    (copied / name).write_bytes(data[: len(data) // 2])
    with pytest.raises(ModelError, match=name):
        open_model(copied)


@pytest.mark.parametrize("name", [*FILES, MANIFEST])
def test_absent_file_is_refused(copied, name):
    (copied / name).unlink()
    with pytest.raises(ModelError, match=f"{name}: absent"):
        open_model(copied)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "not a manifest"),
        ("{", "not a manifest"),
        ('{"format": "seismomag model 0", "sha256": {}}', "this version reads"),
        ('{"format": "seismomag model 1", "sha256": {"../x": "0"}}', r"lists \.\./x; expected"),
        (" " * 2_000_000, "2000000 bytes"),
    ],
)
def test_foreign_manifest_is_refused(copied, text, said):
    (copied / MANIFEST).write_text(text)
    with pytest.raises(ModelError, match=said):
        open_model(copied)


@pytest.mark.parametrize("text", ["{}", "[", '{"calibration": {}}', '{"calibration": 3}'])
def test_foreign_description_is_refused_even_when_sealed(copied, text):
    (copied / "model.json").write_text(text)
    reseal(copied)
    with pytest.raises(ModelError, match=r"model\.json"):
        open_model(copied)


def test_pickled_statistics_are_refused_even_when_sealed(copied):
    with (copied / "normalisation.npz").open("wb") as file:
        np.savez(file, planes=np.array([{}], object), station_codes=[], median=[], spread=[])
    reseal(copied)
    with pytest.raises(ModelError, match=r"normalisation\.npz: not the statistics"):
        open_model(copied)


def test_statistics_that_do_not_fit_are_refused(model_folder):
    whole = open_model(model_folder).normalisation
    for changed in ({"median": whole.median[:-1]}, {"spread": whole.spread[:, :-1]}):
        arrays = vars(whole) | changed
        data = pack_normalisation(type(whole)(**{k: arrays[k] for k in whole.__annotations__}))
        with pytest.raises(ModelError, match="do not fit"):
            unpack_normalisation(data)
