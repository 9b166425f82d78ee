"""Archives of day files in both layouts."""

import gzip
import pickle
from pathlib import Path

import numpy as np
import pytest

from seismomag.core.errors import FormatError
from seismomag.core.recording import make_recording
from seismomag.readers import frg604rc
from seismomag.readers.archive import DayFolder, find_days

DAY = np.datetime64("2025-01-01", "D")


def put(path: Path, code: str = "ALR", day=DAY, value: float = 100.0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    recording = make_recording(
        np.full((3, 600), value),
        day.astype("datetime64[ns]"),
        sampling_hz=1.0,
        frame="HDZ",
        station_code=code,
        source_format="made here",
        source_sha256="0",
    )
    return frg604rc.write(recording, path)


def test_both_layouts_are_found(tmp_path: Path) -> None:
    one = put(tmp_path / "ALR" / "SData" / "2501" / "S250101.ALR.gz")
    two = put(tmp_path / "SCN" / "S250102.SCN", "SCN", DAY + 1)
    (tmp_path / "ALR" / "notes.txt").write_text("hello")
    (tmp_path / "readme").write_text("hello")
    days = find_days(tmp_path)
    assert list(days.columns) == ["station_code", "day", "path", "error"]
    assert days["station_code"].tolist() == ["ALR", "SCN"]
    assert days["day"].tolist() == [np.datetime64("2025-01-01"), np.datetime64("2025-01-02")]
    assert days["path"].tolist() == [str(one), str(two)]
    assert days["error"].tolist() == ["", ""]


def test_two_files_that_agree_are_one_day(tmp_path: Path) -> None:
    put(tmp_path / "ALR" / "S250101.ALR.gz")
    put(tmp_path / "ALR" / "SData" / "2501" / "S250101.ALR")
    days = find_days(tmp_path)
    assert len(days) == 1
    assert days["error"].item() == ""
    assert DayFolder(tmp_path).load_day("ALR", DAY) is not None


def test_two_files_that_disagree_are_an_error(tmp_path: Path) -> None:
    put(tmp_path / "ALR" / "S250101.ALR.gz")
    put(tmp_path / "ALR" / "SData" / "2501" / "S250101.ALR", value=200.0)
    days = find_days(tmp_path)
    assert len(days) == 1
    assert "disagree" in days["error"].item()
    with pytest.raises(FormatError, match="disagree"):
        DayFolder(tmp_path).load_day("ALR", DAY)


def test_a_damaged_twin_is_an_error(tmp_path: Path) -> None:
    path = put(tmp_path / "ALR" / "S250101.ALR.gz")
    twin = tmp_path / "ALR" / "S250101.ALR"
    twin.write_bytes(gzip.decompress(path.read_bytes())[:100])
    path.write_bytes(path.read_bytes()[:50])
    assert "ends early" in find_days(tmp_path)["error"].item()


def test_a_file_in_the_folder_of_another_station_is_an_error(tmp_path: Path) -> None:
    put(tmp_path / "ALR" / "S250101.SCN", "SCN")
    assert "station SCN in the folder of ALR" in find_days(tmp_path)["error"].item()
    assert DayFolder(tmp_path).load_day("SCN", DAY) is None


def test_a_day_is_loaded_also_by_a_copy_in_another_process(tmp_path: Path) -> None:
    put(tmp_path / "ALR" / "S250101.ALR.gz")
    folder = pickle.loads(pickle.dumps(DayFolder(tmp_path)))
    recording = folder.load_day("ALR", DAY.astype("datetime64[ns]"))
    assert np.isfinite(recording["field"].values).sum() == 1_800
    assert folder.load_day("ALR", DAY + 1) is None
    assert len(folder.days()) == 1


def test_a_bad_file_raises_and_spoils_no_other(tmp_path: Path) -> None:
    put(tmp_path / "ALR" / "S250101.ALR.gz")
    (tmp_path / "ALR" / "S250102.ALR.gz").write_bytes(b"\x1f\x8bnothing")
    (tmp_path / "ALR" / "S250103.ALR").write_bytes(b"")
    folder = DayFolder(tmp_path)
    for offset in (1, 2):
        with pytest.raises(FormatError, match="S25010"):
            folder.load_day("ALR", DAY + offset)
    assert folder.load_day("ALR", DAY) is not None


def test_no_folder_and_no_file_are_told(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no such folder"):
        find_days(tmp_path / "nowhere")
    with pytest.raises(FormatError, match="no day file"):
        find_days(tmp_path)
