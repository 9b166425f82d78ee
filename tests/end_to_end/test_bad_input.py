"""What a person gets wrong is a clear error or a recorded reason; nothing is half-written."""

import gzip
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seismomag.core.errors import ConfigError, CoverageError, FormatError
from seismomag.core.recording import cut
from seismomag.core.stations import Station
from seismomag.experiment.config import RunConfig, read_config
from seismomag.experiment.runs import RunFolder
from seismomag.experiment.steps import perform_steps, run
from seismomag.readers import frg604rc
from seismomag.simulate import NO_FAULTS, Simulation

TRAIN, VALIDATION, TEST = ("2030-01-01", "2030-03-01", "2030-05-01")
DAYS = [np.datetime64(day) + k for day in (TRAIN, VALIDATION, TEST) for k in range(2)]

CONFIG = """
[run]
title = "a small archive"
workers = 1

[[stations]]
station_code = "TIM"
latitude_deg = -8.2
longitude_deg = 118.6

[archive]
root = "archive"
frame = "HDZ"

[catalogue]
files = ["catalogue.csv"]
coverage = [["2029-01-01", "2030-05-10"]]

[splits]
validation_start = 2030-02-15
test_start = 2030-04-15
embargo_days = 30

[grid]
n_frequencies = 8
column_s = 3600

[model]
trunk = "small"
gru_width = 4

[training]
epochs = 1
first_selectable_epoch = 1
batch_size = 2
roll_columns = 0
"""

CATALOGUE = """event_id,origin_time,latitude_deg,longitude_deg,depth_km,magnitude,\
magnitude_type,source
e1,2029-01-01T01:00:00,-8.3,118.5,10,5.5,Mw,test
e2,2030-05-09T01:00:00,40.0,20.0,10,5.5,Mw,test
"""


@pytest.fixture(scope="module")
def recordings() -> dict[np.datetime64, object]:
    station = Station(station_code="TIM", latitude_deg=-8.2, longitude_deg=118.6)
    made = {}
    for first in (TRAIN, VALIDATION, TEST):
        simulation = Simulation(
            stations=(station,), start=np.datetime64(first), n_days=2, seed=3, faults=NO_FAULTS
        )
        for day in simulation.days:
            made[day] = simulation.load_day("TIM", day)
    return made


@pytest.fixture
def place(tmp_path: Path, recordings) -> Path:
    """A folder with a configuration, a catalogue and six day files."""
    (tmp_path / "run.toml").write_text(CONFIG)
    (tmp_path / "catalogue.csv").write_text(CATALOGUE)
    for day in DAYS:
        path = file_of(tmp_path, day)
        path.parent.mkdir(parents=True, exist_ok=True)
        frg604rc.write(recordings[day], path)
    return tmp_path


def file_of(root: Path, day: np.datetime64) -> Path:
    return root / "archive" / "TIM" / f"S{pd.Timestamp(day):%y%m%d}.TIM.gz"


def config_of(place: Path) -> RunConfig:
    return read_config(place / "run.toml")


def build(place: Path) -> RunFolder:
    return perform_steps(config_of(place), place / "run", ("simulate", "build"))


def reasons(folder: RunFolder) -> str:
    record = folder.record()
    assert record is not None
    return "\n".join(record.reasons())


def test_a_good_archive_is_built_and_what_it_lacks_is_said(place: Path) -> None:
    said = reasons(build(place))
    assert "No positive among the 2 station-days of train." in said
    assert "horizon that the catalogue does not cover" in said


def test_the_whole_run_ends_with_too_little_to_judge(place: Path) -> None:
    outcome = run(str(place / "run.toml"), str(place / "run"))
    folder = outcome.folder
    said = reasons(folder)
    assert "Magnitude head: not trained" in said
    assert "Azimuth head: not trained" in said
    assert "Detection head" in said
    assert folder.record().command == ""
    assert folder.record().steps["audit"].facts["verdict"] == outcome.report.verdict.level == "V0"
    assert outcome.page == folder / "report.html"
    assert (folder / "report.html").stat().st_size > 10_000


def test_training_alone_without_a_positive_is_an_error(place: Path) -> None:
    folder = build(place)
    with pytest.raises(CoverageError, match="0 of 2 training rows are positive"):
        perform_steps(config_of(place), folder.path, ("train",))
    assert not (folder / "model").exists()


def command(place: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", "from seismomag.cli import main; main()", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=place,
        stdin=subprocess.DEVNULL,
    )


def test_the_command_says_verdict_and_page_and_ends_well(place: Path) -> None:
    done = command(place, "run", "run.toml")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[-2].startswith("V0: ")
    assert Path(lines[-1]) == place / "runs" / "run" / "report.html"
    assert "build: 6 of 6" in done.stderr


def test_the_command_for_a_step_that_cannot_be_done_is_bad_input(place: Path) -> None:
    assert command(place, "build", "run.toml").returncode == 0
    done = command(place, "train", "run.toml")
    assert done.returncode == 2
    assert "0 of 2 training rows are positive" in done.stderr


def test_a_missing_archive_is_named(place: Path) -> None:
    (place / "run.toml").write_text(CONFIG.replace('root = "archive"', 'root = "elsewhere"'))
    with pytest.raises(CoverageError, match=r"elsewhere is not a folder"):
        build(place)
    assert not (place / "run" / "store.h5").exists()


def test_an_empty_archive_says_what_was_expected(place: Path) -> None:
    for day in DAYS:
        file_of(place, day).unlink()
    with pytest.raises(FormatError, match=r"no day file; expected"):
        build(place)


def test_a_truncated_file_is_a_reason_and_the_others_are_used(place: Path) -> None:
    file = file_of(place, DAYS[0])
    file.write_bytes(file.read_bytes()[:20_000])
    said = reasons(build(place))
    assert "TIM_20300101" in said
    assert "TIM_20300102" not in said


def test_a_file_of_another_format_is_a_reason(place: Path) -> None:
    file_of(place, DAYS[1]).write_bytes(gzip.compress(b"not a magnetometer\n" * 1000))
    assert "TIM_20300102" in reasons(build(place))


def test_a_file_of_another_station_is_a_reason(place: Path) -> None:
    stranger = file_of(place, DAYS[0])
    data = gzip.decompress(stranger.read_bytes())
    stranger.write_bytes(gzip.compress(data.replace(b"TIM", b"XYZ")))
    said = reasons(build(place))
    assert "TIM_20300101" in said
    assert "XYZ" in said


def test_a_file_of_another_day_is_a_reason(place: Path) -> None:
    file_of(place, DAYS[0]).write_bytes(file_of(place, DAYS[2]).read_bytes())
    said = reasons(build(place))
    assert "TIM_20300101" in said
    assert "2030-03-01" in said


def test_two_files_of_a_day_that_disagree_are_a_reason(place: Path, recordings) -> None:
    other = recordings[DAYS[0]].copy(deep=True)
    other["field"].values += 5.0
    second = place / "archive" / "TIM" / "SData" / "3001" / "S300101.TIM"
    second.parent.mkdir(parents=True)
    frg604rc.write(other, second)
    said = reasons(build(place))
    assert "TIM_20300101" in said


def test_a_half_day_is_used_with_its_coverage(place: Path, recordings) -> None:
    day = DAYS[0]
    half = cut(recordings[day], day, day + np.timedelta64(12, "h"))
    frg604rc.write(half, file_of(place, day))
    folder = build(place)
    samples = pd.read_csv(folder / "samples.csv")
    assert samples.loc[0, "coverage"] == pytest.approx(0.5, abs=0.01)


def test_a_catalogue_that_ends_before_the_data_makes_labels_unknown(place: Path) -> None:
    text = CONFIG.replace("2030-05-10", "2030-01-02")
    (place / "run.toml").write_text(text)
    samples = pd.read_csv(build(place) / "samples.csv")
    assert samples["is_target"].isna().all()


def test_an_absent_catalogue_is_named(place: Path) -> None:
    (place / "catalogue.csv").unlink()
    with pytest.raises((FormatError, FileNotFoundError), match=r"catalogue\.csv"):
        build(place)
    assert not (place / "run" / "store.h5").exists()


def test_a_catalogue_of_no_known_layout_is_named(place: Path) -> None:
    (place / "catalogue.csv").write_text("a,b\n1,2\n")
    with pytest.raises(FormatError, match=r"catalogue\.csv"):
        build(place)


def test_a_step_before_its_time_names_the_missing_one(place: Path) -> None:
    with pytest.raises(ConfigError, match="'forecast' needs 'simulate'"):
        perform_steps(config_of(place), place / "run", ("forecast",))


def test_a_listed_file_that_is_absent_is_a_reason_while_another_is_used(place: Path) -> None:
    text = CONFIG.replace('frame = "HDZ"\n', 'frame = "HDZ"\n' + LISTED)
    (place / "run.toml").write_text(text)
    assert "absent.gz" in reasons(build(place))


def test_no_usable_file_at_all_is_an_error(place: Path) -> None:
    only = LISTED.replace("TIM/S300101.TIM.gz", "absent2.gz")
    (place / "run.toml").write_text(CONFIG.replace('frame = "HDZ"\n', 'frame = "HDZ"\n' + only))
    with pytest.raises(CoverageError, match="none of the 2 listed files can be used"):
        build(place)


def test_a_day_in_two_listed_files_must_be_decided(place: Path) -> None:
    twice = LISTED.replace("absent.gz", "TIM/SData/3001/S300101.TIM.gz")
    copy = place / "archive" / "TIM" / "SData" / "3001" / "S300101.TIM.gz"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(file_of(place, DAYS[0]).read_bytes())
    (place / "run.toml").write_text(CONFIG.replace('frame = "HDZ"\n', 'frame = "HDZ"\n' + twice))
    with pytest.raises(ConfigError, match=r"stands in .* and in .*; name the days"):
        build(place)


LISTED = """
[[archive.files]]
path = "TIM/S300101.TIM.gz"

[[archive.files]]
path = "absent.gz"
"""
