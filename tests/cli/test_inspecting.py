"""``seismomag inspect`` says what a person must know, and draws it."""

from pathlib import Path

import numpy as np
import pytest
from tests.readers.hostile_netcdf import hanging_netcdf

from seismomag.cli.inspecting import inspect_all
from seismomag.core.stations import Station
from seismomag.readers import frg604rc, guard
from seismomag.simulate import FaultPlan, Simulation


@pytest.fixture(scope="module")
def day_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    station = Station(station_code="TIM", latitude_deg=-8.2, longitude_deg=118.6)
    simulation = Simulation(
        stations=(station,),
        start=np.datetime64("2030-03-01"),
        n_days=1,
        seed=2,
        faults=FaultPlan(lost_day_share=0, gaps_per_day=3.0, gap_s=600.0),
    )
    path = tmp_path_factory.mktemp("day") / "S300301.TIM.gz"
    frg604rc.write(simulation.load_day("TIM", np.datetime64("2030-03-01")), path)
    return path


def test_a_day_is_described_and_drawn(day_file: Path, tmp_path: Path, capsys) -> None:
    assert inspect_all([day_file], tmp_path / "pictures") == 0
    said = capsys.readouterr().out
    assert "station TIM, format FRG604RC, frame HDZ, 1 Hz, absolute field" in said
    assert "2030-03-01 00:00:00 .. 2030-03-01 23:59:59 UTC" in said
    assert "Missing: H" in said
    picture = tmp_path / "pictures" / "S300301.TIM.gz.png"
    assert picture.read_bytes()[:4] == b"\x89PNG"


def test_one_bad_file_is_one_line(day_file: Path, tmp_path: Path, capsys) -> None:
    bad = tmp_path / "bad.sec"
    bad.write_text("nothing that anybody knows\n")
    assert inspect_all([bad, day_file], None) == 0
    said = capsys.readouterr().out
    assert "not read:" in said
    assert "1 of 2 files read" in said


def test_a_folder_is_inspected_file_by_file(day_file: Path, capsys) -> None:
    assert inspect_all([day_file.parent], None) == 0
    assert "TIM" in capsys.readouterr().out


def test_no_readable_file_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"\x00" * 100)
    assert inspect_all([tmp_path], None) == 2


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("bmkg/S250101.ALR.gz", "one gap of 64 s from 2025-01-01 06:58:03"),
        ("one_second/wik_2011-09-08_gdas_quantised0.1nT_magpycdf.cdf", "steps of 0.1 nT"),
        ("one_second/gdh4_2009-12-15_oldcdf.cdf", "2009-12-15 00:00:00"),
        (
            "one_minute/wik_2011-09_lemi025/20110916v.min.xz",
            "the clock jumps by +21 s at 2011-09-16 17:10:08",
        ),
        ("one_minute/wik_2011-09_lemi025/20110903v.min.xz", "lie -13 s off the whole 60 s"),
    ],
)
def test_the_fault_of_a_real_file_is_named(name: str, said: str, real_data: Path, capsys) -> None:
    assert inspect_all([real_data / name], None) == 0
    assert said in capsys.readouterr().out


def test_a_file_that_hangs_its_library_is_one_line(
    day_file: Path, tmp_path: Path, capsys, monkeypatch
) -> None:
    monkeypatch.setattr(guard, "LIMIT_S", 8.0)
    hostile = tmp_path / "hangs.nc"
    hostile.write_bytes(hanging_netcdf(tmp_path))
    assert inspect_all([hostile, day_file], None) == 0
    said = capsys.readouterr().out
    assert "not read:" in said
    assert "hangs.nc: reading took longer than 8 s" in said
    assert "1 of 2 files read" in said
