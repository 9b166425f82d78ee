"""Copies of recordings, as they are and nearly."""

from dataclasses import replace

import numpy as np
import pytest

from seismomag.audit import CHECKS
from seismomag.audit.leaks import canaries
from seismomag.audit.leaks.canary_world import HeldTensors, clean_case
from seismomag.audit.leaks.duplicates import band_powers


@pytest.fixture(scope="module")
def clean():
    return clean_case(0)


def planted(case, change):
    """Lay changed copies of ten test tensors into training rows."""
    held = case.tensors.held.copy()
    test, train = (case.part(n)["store_row"].to_numpy()[:10] for n in ("test", "train"))
    held[train] = change(held[test].astype(np.float32)).astype(np.float16)
    return replace(case, tensors=HeldTensors(held))


def test_exact_copies_are_counted_once_a_pair(clean):
    found = CHECKS["C05"](planted(clean, lambda x: x))
    assert (found.severity, found.n_found) == ("RED", 10)
    assert len(found.rows) == 20


def test_a_copy_with_noise_is_near_and_not_exact(clean):
    noise = np.random.default_rng(1)
    near = planted(clean, lambda x: x * (1 + 0.003 * noise.standard_normal(x.shape)))
    assert CHECKS["C05"](near).severity == "GREEN"
    found = CHECKS["C06"](near)
    assert (found.severity, found.n_found) == ("RED", 10)
    assert (found.rows["similarity"] > 0.999).all()


def test_days_without_a_recording_are_alike_and_no_copies(clean):
    held = clean.tensors.held.copy()
    held[:40] = np.nan
    held[-40:] = 0
    empty = replace(clean, tensors=HeldTensors(held))
    assert CHECKS["C05"](empty).severity == "GREEN"
    assert CHECKS["C06"](empty).severity == "GREEN"


def test_a_test_close_to_training_is_found_without_a_single_copy(clean):
    held = clean.tensors.held.astype(np.float32)
    generator = np.random.default_rng(2)
    test = clean.part("test")["store_row"].to_numpy()
    train = generator.choice(clean.part("train")["store_row"].to_numpy(), test.size)
    held[test] = held[train] * np.exp(0.5 * generator.standard_normal(held[test].shape))
    found = CHECKS["C06"](replace(clean, tensors=HeldTensors(held.astype(np.float16))))
    assert found.severity == "AMBER"
    assert "rank test" in found.sentence


def test_the_search_is_the_same_for_the_same_seed(clean):
    near = canaries.noisy_copies(clean, np.random.default_rng(0))
    first, second = CHECKS["C06"](near), CHECKS["C06"](near)
    assert first == second
    assert first.rows.equals(second.rows)


def test_declared_augmentation_is_allowed_in_training_only(clean):
    train = clean.rows["split"] == "train"
    declared = replace(clean, rows=clean.rows.assign(is_augmented=train, is_declared=train))
    assert CHECKS["C07"](declared).severity == "GREEN"
    test = clean.rows["split"] == "test"
    outside = replace(clean, rows=clean.rows.assign(is_augmented=test, is_declared=test))
    found = CHECKS["C07"](outside)
    assert (found.severity, found.n_found) == ("RED", int(test.sum()))


def test_band_powers_follow_the_amplitude(clean):
    held = np.stack([np.full((1, 6, 16), v, np.float16) for v in (0.1, 1.0, 10.0)])
    features = band_powers(HeldTensors(held), np.arange(3))
    assert features.shape == (3, 6)
    assert (np.diff(features, axis=0) > 0).all()
