"""A rule file is read as the configuration of a run reads it, and says what is wrong with it."""

from pathlib import Path

import pytest

from seismomag.core.errors import ConfigError
from seismomag.dataset.labels import LabelRule
from seismomag.experiment.rule_file import read_rule


def written(folder: Path, text: str) -> Path:
    path = folder / "rule.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_what_is_stated_counts_and_the_rest_is_the_default(tmp_path: Path) -> None:
    text = "[labels]\nminimum_magnitude = 5\nmagnitude_edges = [5.0, 6.0]\nhorizon_days = 7\n"
    found = read_rule(written(tmp_path, text))
    assert found.rule == LabelRule(
        minimum_magnitude=5.0, magnitude_edges=(5.0, 6.0), horizon_days=7
    )
    assert set(found.stated) == {"minimum_magnitude", "magnitude_edges", "horizon_days"}


def test_the_configuration_of_a_run_is_a_rule_file_too(tmp_path: Path) -> None:
    demo = Path(__file__).parents[2] / "configs" / "conrad.toml"
    assert read_rule(demo).rule.minimum_magnitude == 5.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[labels]\nminimum_magnitud = 5\n",
            r"rule\.toml:2: labels\.minimum_magnitud: unknown key",
        ),
        ("[labels]\nhorizon_days = 'ten'\n", r"rule\.toml:2: labels\.horizon_days: .*found 'ten'"),
        ("[labels]\nhorizon_days = 0\n", r"rule\.toml: \[labels\]: .*horizon_days=0"),
        ("minimum_magnitude = 5\n", r"no table \[labels\], found \[minimum_magnitude\]"),
        ("", r"no table \[labels\], found nothing"),
        ("labels = 3\n", r"labels: expected a table, found 3"),
        ("[labels\n", r"no TOML"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_rule(written(tmp_path, text))


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.toml: no such file; give TOML"):
        read_rule(tmp_path / "absent.toml")
