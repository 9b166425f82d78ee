"""A field that all stations share goes, what one station has alone stays, and it is declared."""

import numpy as np
import numpy.testing as npt
import pytest

from seismomag.core.bands import Band
from seismomag.core.errors import CoverageError, SchemaError
from seismomag.core.flags import Flag
from seismomag.core.schema import check_recording
from seismomag.core.stations import Station
from seismomag.signal.common_mode import remove_median, remove_regression
from seismomag.signal.wavelet import ScalogramGrid, scalogram
from seismomag.simulate import Simulation

HOURS = 6 * 3600
GRID = ScalogramGrid(band=Band(low_hz=0.015, high_hz=0.03), n_frequencies=3, column_s=1200)
PLANTED_NT = 0.5


def planted():
    return PLANTED_NT * np.cos(2 * np.pi * GRID.frequencies_hz[1] * np.arange(HOURS))


@pytest.fixture
def network(recording_of, noise):
    """Five stations: a common field, weak noise of their own; a tone at the first one alone."""
    common = noise(HOURS, seed=20, rms_difference_nt=2.0)
    rng = np.random.default_rng(21)
    stations = []
    for i in range(5):
        gain = 1 + 0.05 * i
        field = gain * common + rng.normal(0, 0.02, (3, HOURS)) + 100.0 * i
        if i == 0:
            field = field + planted()
        stations.append(recording_of(field).assign_attrs(station_code=f"N{i}"))
    return stations


def tone_share(recording):
    """Amplitude at the tone, over what lies beside it."""
    planes = scalogram(recording, GRID).values[:, :, 2:16]
    return np.nanmedian(planes, axis=2)


def test_median_removes_the_common_field_and_keeps_the_planted_signal(network):
    before = tone_share(network[0])
    after = tone_share(remove_median(network[0], network[1:]))
    assert (before[:, 0] > 1.5).all()
    assert (after[:, 0] < 0.3 * before[:, 0]).all()
    npt.assert_allclose(after[:, 1], PLANTED_NT, rtol=0.5)


def test_regression_removes_nearly_all_and_keeps_the_planted_signal(network):
    cleaned = remove_regression(network[0], network[4])
    after = tone_share(cleaned)
    npt.assert_allclose(after[:, 1], PLANTED_NT, rtol=0.1)
    gain = np.reshape(cleaned.attrs["common_mode_gain"], (3, 3))
    npt.assert_allclose(np.diag(gain), 1 / 1.2, rtol=0.02)
    assert np.abs(gain - np.diag(np.diag(gain))).max() < 0.02


def test_what_was_used_is_declared_and_the_contract_kept(network):
    cleaned = check_recording(remove_median(network[0], network[1:4]))
    assert cleaned.attrs["common_mode"] == "network median"
    assert cleaned.attrs["common_mode_stations"] == ["N1", "N2", "N3"]
    assert len(cleaned.attrs["common_mode_sha256"]) == 3
    assert cleaned.attrs["notes"][-1].endswith("network median of N1, N2, N3")
    assert "common_mode" not in network[0].attrs
    remote = remove_regression(network[0], network[1])
    assert remote.attrs["common_mode_stations"] == ["N1"]


def test_level_of_the_station_stays(network):
    cleaned = remove_median(network[0], network[1:])
    before, after = (np.median(r["field"].values, axis=1) for r in (network[0], cleaned))
    npt.assert_allclose(before, after, atol=5.0)


def test_where_too_few_stations_recorded_the_sample_is_missing(network):
    for other in network[1:3]:
        other["field"].values[:, 1000:1100] = np.nan
    cleaned = remove_median(network[0], network[1:], least_stations=3)
    lost = np.isnan(cleaned["field"].values)
    assert lost[:, 1000:1100].all()
    assert lost.sum() == 300
    assert (cleaned["flags"].values[:, 1000:1100] & np.uint16(Flag.MISSING)).all()
    enough = remove_median(network[0], network[1:], least_stations=2)
    assert np.isfinite(enough["field"].values).all()


def test_simulated_network_loses_its_pulsations():
    stations = [
        Station(station_code=f"Q{i}", latitude_deg=-8.0 + i, longitude_deg=115.0 + 2 * i)
        for i in range(4)
    ]
    day = np.datetime64("2024-05-10")
    simulation = Simulation(stations=tuple(stations), start=day, n_days=1, seed=5)
    recordings = [simulation.load_day(s.station_code, day) for s in stations]
    cleaned = remove_median(recordings[0], recordings[1:])
    before, after = (np.nanmedian(scalogram(r, GRID).values[:2]) for r in (recordings[0], cleaned))
    assert after < before
    regressed = np.nanmedian(scalogram(remove_regression(*recordings[:2]), GRID).values[:2])
    assert regressed < before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"frame": "XYZ"}, "differ in frame"),
        ({"sampling_hz": 2.0}, "differ in sampling_hz"),
        ({"station_code": "N0"}, "its own network"),
    ],
)
def test_stations_that_cannot_be_compared_are_refused(network, change, message):
    with pytest.raises(SchemaError, match=message):
        remove_regression(network[0], network[1].assign_attrs(**change))


def test_too_small_networks_and_too_short_recordings_are_refused(network):
    with pytest.raises(SchemaError, match="2 other stations"):
        remove_median(network[0], network[1:3])
    short = [r.isel(time=slice(0, 600)) for r in network[:2]]
    with pytest.raises(CoverageError, match="needs 200"):
        remove_regression(*short)
