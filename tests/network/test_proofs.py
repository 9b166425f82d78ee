"""The proofs' own arithmetic, on an archive of thirty days."""

import json
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest

from seismomag.core.errors import ConfigError
from seismomag.experiment.demo import demo_config
from seismomag.experiment.proofs.bench import Finding, drawn
from seismomag.experiment.proofs.explanations import planted_cells
from seismomag.experiment.proofs.heads import pit
from seismomag.experiment.proofs.null import _verdicts, verdict_of
from seismomag.experiment.proofs.page import write_page
from seismomag.experiment.proofs.prove import lines_of, prove, read_proof
from seismomag.experiment.proofs.runs import interval, resampled
from seismomag.experiment.proofs.storm import _effect, _silence, in_alarm, storm_numbers
from seismomag.experiment.proofs.world import WorldPlan
from seismomag.figures.proofs import findings_figure


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


@pytest.mark.parametrize(("code", "columns"), [("BAR", (41, 63)), ("TIM", (37, 60))])
def test_planted_cells_are_the_night_of_the_station_in_the_band_of_the_source(code, columns):
    grid = demo_config().grid
    rows, found = planted_cells(grid, code)
    inside = grid.frequencies_hz[rows]
    assert inside.min() >= 0.015
    assert inside.max() < 0.040
    # 20 to 4 hours of local mean solar time, half a ramp less; a column lasts 20 minutes.
    assert found == slice(*columns)


def test_fewer_storm_alarms_without_skill_are_called_so():
    fell, none = (-0.2, -0.3, -0.1), (0.0, -0.1, 0.1)
    bought = _effect({"false-alarm rate": fell, "PSS": none})
    earned = _effect({"false-alarm rate": fell, "PSS": (0.2, 0.1, 0.3)})
    neither = _effect({"false-alarm rate": none, "PSS": none})
    assert [f[1].value for f in (bought, earned, neither)] == [1, 0, 0]
    assert [f[0].is_met for f in (bought, earned, neither)] == [True, True, False]


def test_training_without_a_hit_in_storms_is_silent():
    alarms = np.array([[True, False, False], [True, True, False]])
    event = np.array([False, True, True])
    assert _silence(alarms, event, "gpl").value == 0.5


def null_rows(probability: np.ndarray, is_target: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "window_start": pd.date_range("2020-01-01", periods=len(is_target)),
            "station_code": "TIM",
            "probability": probability,
            "is_target": is_target,
        }
    )


def test_audit_lets_a_seer_rise_and_a_guesser_not():
    vary = np.random.default_rng(0)
    events = np.repeat(vary.random(60) < 0.3, 3)
    guessed = verdict_of(null_rows(vary.random(180), events))
    seen = verdict_of(null_rows(np.where(events, 0.9, 0.1) + vary.random(180) / 20, events))
    assert guessed in {"V0", "V1"}
    assert int(seen[1:]) > 1


def test_verdicts_above_v1_are_held_against_chance():
    assert _verdicts(["V1"] * 17 + ["V2"] * 3)[-1].is_met
    assert not _verdicts(["V1"] * 16 + ["V2"] * 4)[-1].is_met


def test_lines_say_every_figure_and_whether_all_bounds_are_kept(tmp_path):
    findings = [
        asdict(Finding(name="a", value=1.0, demand="<= 2", is_met=True)),
        asdict(Finding(name="b", value=3.0, low=2.5, high=3.5, demand="<= 2", is_met=False)),
    ]
    told = {"proof": "gpl", "title": "t", "cpu_s": 1.0, "findings": findings}
    (tmp_path / "gpl.json").write_text(json.dumps(told))
    lines, is_kept = lines_of(tmp_path / "gpl.json")
    assert not is_kept
    assert "OUT OF BOUNDS" in lines[2]
    assert "[2.500, 3.500]" in lines[2]
    assert lines[1].endswith("ok")


def test_picture_has_a_panel_for_each_axis_and_shows_what_nothing_would_be():
    findings = [
        *drawn("AUC", [Finding(name="a", value=0.7), Finding(name="b", value=0.6)], 0.5),
        *drawn("error [degrees]", [Finding(name="c", value=12.0, low=10.0, high=14.0)]),
        Finding(name="how many", value=20.0),
    ]
    panels = findings_figure("t", [asdict(f) for f in findings]).axes
    assert [axes.get_xlabel() for axes in panels] == ["AUC", "error [degrees]"]
    assert [t.get_text() for t in panels[0].get_yticklabels()] == ["a", "b"]
    assert any(np.allclose(line.get_xdata(), 0.5) for line in panels[0].lines)
    assert all(axes.get_xlim()[0] <= 0 for axes in panels)


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
    again = json.loads(prove(tmp_path / "c.toml", tmp_path / "out").read_text())
    assert again["cpu_s"] > result["cpu_s"]
    page = write_page(tmp_path / "out", tmp_path / "docs" / "proofs.md").read_text()
    assert f"## {name}" in page
    assert page.count("Not run.") == 5
    assert (tmp_path / "docs" / "images" / f"proof_{name}.png").is_file()
