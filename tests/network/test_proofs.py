"""The proofs' own arithmetic, on an archive of thirty days."""

import json

import numpy as np
import pandas as pd
import pytest

from seismomag.core.errors import ConfigError
from seismomag.experiment.proofs import prove, read_proof
from seismomag.experiment.proofs_heads import pit
from seismomag.experiment.proofs_page import write_page
from seismomag.experiment.proofs_runs import interval, resampled
from seismomag.experiment.proofs_storm import in_alarm, storm_numbers
from seismomag.experiment.proofs_world import WorldPlan


def test_pit_of_azimuths_that_kappa_describes_is_uniform():
    vary = np.random.default_rng(0)
    told = pd.Series(vary.uniform(0, 360, 4000))
    truth = (told + np.rad2deg(vary.vonmises(0, 3.0, 4000))) % 360
    counts = np.histogram(pit(told, truth, pd.Series([3.0] * 4000)), bins=10, range=(0, 1))[0]
    assert counts.min() > 330
    assert counts.max() < 470


def test_share_in_alarm_is_exactly_as_asked():
    rows = pd.DataFrame({"probability": np.ones(50)})
    assert in_alarm(rows, 0.2).sum() == 10


def test_storm_is_a_run_of_days_of_all_stations():
    day = pd.to_datetime(["2020-01-01", "2020-01-01", "2020-01-02", "2020-01-05"])
    rows = pd.DataFrame({"window_start": day, "kp_max": [6.0, 6.0, 5.0, 7.0]})
    assert storm_numbers(rows).tolist() == [0, 0, 0, 1]


def test_interval_by_students_t_is_that_of_the_textbook():
    assert interval([1.0, 2.0, 3.0]) == pytest.approx((2.0, -0.484, 4.484), abs=1e-3)


def test_resampling_whole_groups_widens_the_interval():
    groups = np.repeat(np.arange(5), 20)
    values = np.repeat(np.arange(5.0), 20)

    def mean(positions):
        return float(values[positions].mean())

    by_group, by_row = resampled(groups, mean), resampled(np.arange(100), mean)
    assert by_group[2] - by_group[1] > 3 * (by_row[2] - by_row[1])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[proof]\nproof = "magic"', "unknown"),
        ('[proof]\nproof = "gpl"\n[word]', "word"),
        ("proof = ", "not TOML"),
        ('[proof]\nproof = "gpl"\n[world]\ntest_from = 0.1', "must rise"),
    ],
)
def test_wrong_configuration_is_refused(tmp_path, text, said):
    (tmp_path / "c.toml").write_text(text)
    with pytest.raises(ConfigError, match=said):
        read_proof(tmp_path / "c.toml")


def test_unknown_kind_of_label_is_refused():
    with pytest.raises(ConfigError, match="labels"):
        WorldPlan(labels="guessed")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", ["azimuth", "null"])
def test_proof_runs_from_its_configuration_to_its_page(tmp_path, name):
    labels = "events" if name == "null" else "injected"
    (tmp_path / "c.toml").write_text(
        f'[proof]\nproof = "{name}"\ntraining_seeds = [0]\nepochs = 1\nn_archives = 2\n'
        f'[world]\nn_stations = 1\nn_days = 40\npositive_share = 0.5\nlabels = "{labels}"\n'
        "snr = [3.0, 4.0, 5.0]\n"
    )
    result = json.loads(prove(tmp_path / "c.toml", tmp_path / "out").read_text())
    assert result["proof"] == name
    page = write_page(tmp_path / "out", tmp_path / "docs" / "proofs.md").read_text()
    assert f"## {name}" in page
    assert page.count("Not run.") == 5
    assert (tmp_path / "docs" / "images" / f"proof_{name}.png").is_file()
