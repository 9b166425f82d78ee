import json

import numpy as np
import pytest

from seismomag.core.errors import CoverageError, SchemaError
from seismomag.operate import drift

FREQUENCIES = np.geomspace(0.01, 0.1, 8)


def amplitudes(seed, scale=1.0, n=100):
    return np.exp(np.random.default_rng(seed).normal(-3, 0.5, (n, 8, 6))) * scale


def test_equal_worlds_are_stable_and_a_louder_band_is_shifted():
    old, new = amplitudes(1, n=600), amplitudes(2, n=600)
    assert {b.word for b in drift.by_band(old, new, FREQUENCIES)} == {"stable"}
    new[:, 2:4] *= 2
    words = [b.word for b in drift.by_band(old, new, FREQUENCIES)]
    assert words == ["stable", "shifted", "stable", "stable"]


def test_the_index_by_hand():
    reference = np.arange(100.0)
    recent = np.repeat(-1.0, 100)
    p, q = 10.5 / 105, np.array([100.5, *[0.5] * 9]) / 105
    expected = np.sum((p - q) * np.log(p / q))
    assert drift.population_stability(reference, recent) == pytest.approx(expected)


def test_too_little_and_unfitting_are_refused():
    with pytest.raises(CoverageError):
        drift.population_stability(np.arange(10.0), np.arange(100.0))
    with pytest.raises(SchemaError):
        drift.by_band(amplitudes(1), amplitudes(2)[:, :4], FREQUENCIES)


def test_an_operation_is_compared_with_its_training(small_world, monkeypatch):
    import pandas as pd

    from seismomag.operate.settings import read_settings

    settings = read_settings(small_world)
    with pytest.raises(CoverageError, match="no tensor"):
        drift._recent([])
    monkeypatch.setattr(drift, "_recent", lambda _: amplitudes(2, scale=3).astype(np.float16))

    class Store:
        grid = type("Grid", (), {"frequencies_hz": FREQUENCIES})
        samples = pd.DataFrame(
            {"split": ["train"] * 9, "station_code": "ALR", "coverage": 1.0, "store_row": range(9)}
        )

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def read(self, rows):
            return amplitudes(1, n=27).reshape(9, 3, 8, 6)[rows]

    monkeypatch.setattr(drift, "open_store", lambda _: Store())
    found = drift.measure(settings, "store.h5", pd.Timestamp("2024-05-11"))
    assert {band.word for band in found} == {"shifted"}
    kept = json.loads((small_world / "drift.json").read_bytes())
    assert [band["word"] for band in kept["bands"]] == ["shifted"] * 4
    from seismomag.operate import alerts

    (alert,) = alerts._drift(settings, None, pd.Timestamp("2024-05-11"))
    assert alert.rule == "drift"
