"""Invented fields with a known answer."""

import numpy as np
import pytest

from seismomag.core.recording import make_recording

DAY = 86_400


def red_noise(n, seed, exponent=0.9, rms_difference_nt=0.06):
    """Three components of power-law noise on a main field, with white sensor noise [nT]."""
    rng = np.random.default_rng(seed)
    k = np.arange(1, n // 2 + 1)
    size = (k / n) ** -exponent * rng.exponential(size=(3, k.size))
    bins = size * np.exp(2j * np.pi * rng.random((3, k.size)))
    noise = np.fft.irfft(np.concatenate([np.zeros((3, 1)), bins], axis=1), n, axis=1)
    noise *= rms_difference_nt / np.diff(noise).std(axis=1, keepdims=True)
    return noise + rng.normal(0, 0.01, (3, n)) + np.array([[37_650.0], [15.0], [-23_160.0]])


@pytest.fixture(scope="session")
def long_field():
    """A day with an hour and a half of real neighbours on each side."""
    return red_noise(DAY + 2 * 5400, seed=1)


@pytest.fixture
def recording_of():
    """Make a recording of a field."""

    def make(field_nt, start="2025-03-01T00:00:00", sampling_hz=1.0, frame="HDZ", **more):
        return make_recording(
            field_nt,
            np.datetime64(start),
            sampling_hz=sampling_hz,
            frame=frame,
            station_code="TST",
            source_format="test",
            source_sha256="0" * 64,
            **more,
        )

    return make


@pytest.fixture(scope="session")
def noise():
    """Make red noise: :func:`red_noise`."""
    return red_noise
