"""What a learner can know of a direction from the tensors of injected sources.

From amplitudes the axis only: a source at phi looks like one at phi + 180. From nine planes the
direction, because Z moves with the radial component and the planes keep its sign.
"""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import r2_score, roc_auc_score
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from seismomag.core.bands import Band
from seismomag.signal.day import transform
from seismomag.signal.wavelet import ScalogramGrid

DAY = 86_400
N_SOURCES = 100
SNR = 1.0
GRID = ScalogramGrid(
    band=Band(low_hz=0.012, high_hz=0.05),
    n_frequencies=6,
    column_s=7200,
    representation="polarimetric",
)
FOLDS = KFold(5, shuffle=True, random_state=0)


def injected(background, azimuth_deg, rng):
    """Bursts of a narrow band along an azimuth, Z in phase with the radial component."""
    t = np.arange(background.shape[1])
    radial = np.zeros(t.size)
    for start in rng.integers(0, t.size - 9000, 8):
        f, phase = rng.uniform(0.015, 0.035), rng.uniform(0, 2 * np.pi)
        window = np.hanning(9000)
        radial[start : start + 9000] += window * np.cos(2 * np.pi * f * t[:9000] + phase)
    # Ratio of the rms values of the radial field and of a background of 0.06 nT a second.
    radial *= SNR * 0.35 / radial.std()
    azimuth = np.deg2rad(azimuth_deg)
    return background + radial * np.array([[np.cos(azimuth)], [np.sin(azimuth)], [0.5]])


@pytest.fixture(scope="module")
def sources(noise):
    """Azimuths (n,) and tensors (n, 9, 6, 12) of sources in independent backgrounds."""
    rng = np.random.default_rng(30)
    n = DAY + 2 * GRID.reach_s
    pool = [noise(n, seed=40 + i) for i in range(6)]
    azimuths = rng.uniform(0, 360, N_SOURCES)
    tensors = []
    for azimuth in azimuths:
        # Other parts of other days for each component: backgrounds without a common sense.
        parts = [np.roll(pool[rng.integers(6)][c], rng.integers(n)) for c in range(3)]
        tensors.append(transform(injected(np.stack(parts), azimuth, rng), GRID).planes)
    return azimuths, np.stack(tensors).astype(np.float64)


def features(tensors, n_planes):
    """Means over the day of log amplitudes and of the signed planes."""
    amplitude = np.log(tensors[:, :3]).mean(axis=3)
    planes = np.concatenate([amplitude, tensors[:, 3:n_planes].mean(axis=3)], axis=1)
    return planes.reshape(len(tensors), -1)


def sense_auc(azimuths, tensors, n_planes):
    """Whether phi can be told from phi + 180: the eastern half from the western."""
    learner = make_pipeline(StandardScaler(), LogisticRegression(C=0.1))
    is_east = azimuths < 180
    found = cross_val_predict(
        learner, features(tensors, n_planes), is_east, cv=FOLDS, method="predict_proba"
    )
    return roc_auc_score(is_east, found[:, 1])


def test_amplitudes_know_the_axis_and_not_its_sense(sources):
    azimuths, tensors = sources
    # Chance alone has a standard deviation of 0.05 here.
    assert abs(sense_auc(azimuths, tensors, 3) - 0.5) < 0.15
    axis = np.cos(2 * np.deg2rad(azimuths))
    learner = make_pipeline(StandardScaler(), Ridge(1.0))
    found = cross_val_predict(learner, features(tensors, 3), axis, cv=FOLDS)
    assert r2_score(axis, found) > 0.6


def test_nine_planes_tell_an_azimuth_from_its_opposite(sources):
    azimuths, tensors = sources
    assert sense_auc(azimuths, tensors, 9) > 0.97


def test_nine_planes_give_the_azimuth_and_amplitudes_do_not(sources):
    azimuths, tensors = sources
    radians = np.deg2rad(azimuths)
    vector = np.column_stack([np.cos(radians), np.sin(radians)])
    error = {}
    for n_planes in (3, 9):
        learner = make_pipeline(StandardScaler(), Ridge(1.0))
        found = cross_val_predict(learner, features(tensors, n_planes), vector, cv=FOLDS)
        turned = np.arctan2(found[:, 1], found[:, 0]) - radians
        error[n_planes] = np.median(np.abs(np.rad2deg(np.angle(np.exp(1j * turned)))))
    assert error[9] < 20
    # Chance is 90 degrees.
    assert error[3] > 60


def test_mirrored_azimuths_are_confused_by_amplitudes_alone(sources):
    azimuths, tensors = sources
    mirrored = np.sin(2 * np.deg2rad(azimuths)) > 0
    for n_planes, low, high in ((3, 0.35, 0.65), (9, 0.9, 1.0)):
        learner = make_pipeline(StandardScaler(), LogisticRegression(C=0.1))
        found = cross_val_predict(
            learner, features(tensors, n_planes), mirrored, cv=FOLDS, method="predict_proba"
        )
        assert low <= roc_auc_score(mirrored, found[:, 1]) <= high
