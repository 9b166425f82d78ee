"""``seismomag labels explain`` says what a rule means, in numbers that can be checked."""

from pathlib import Path

import pandas as pd

from seismomag.cli.label_commands import explain, say_rule
from seismomag.dataset.base_rates import base_rates
from seismomag.dataset.labels import LabelRule, make_samples
from seismomag.experiment.config import read_config
from seismomag.experiment.worlds import lists_of

DEMO = Path(__file__).parents[2] / "configs" / "demo.toml"


def test_the_demo_is_explained(capsys):
    assert explain(DEMO) == 0
    said = capsys.readouterr().out
    config = read_config(DEMO)
    catalogue, weather, _ = lists_of(config)
    samples = make_samples(config.stations, None, config.labels, catalogue, weather, reach_s=540)
    rates = base_rates(samples)
    days = config.labels.horizon_days
    line = next(row for row in said.splitlines() if f"this rule, {days} d" in row)
    assert f"{rates['base_rate']:.2f}  ({rates['lowest_station']:.2f} .. " in line
    for code in (station.station_code for station in config.stations):
        assert f"  {code} " in said
    for title in ("The catalogue", "The splits", "Unknown labels", "standardised differences"):
        assert title in said
    assert "Es >= 1e8 of one event, 14 d" in said
    assert "Digest of all station-days: " in said
    assert all(f"  {year} " in said for year in pd.unique(catalogue.events["origin_time"].dt.year))


def test_rules_are_said_in_words():
    assert say_rule(LabelRule(radius="energy", minimum_by_type={"mb": 5.0})) == (
        "M >= 4.5, mb >= 5, Es >= 1e+08 J/km2 of one day, not deeper than 100 km"
    )
    rule = LabelRule(radius=300.0, maximum_depth_km=float("inf"), mainshocks_only=True)
    assert say_rule(rule) == "M >= 4.5, within 300 km, mainshocks only"
