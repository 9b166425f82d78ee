"""``seismomag store``: what is said, and the exit codes."""

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from seismomag.cli import EXIT_BAD_INPUT, EXIT_DONE, store_commands
from seismomag.cli.store_app import store_app
from seismomag.core.errors import ConfigError, StoreError
from seismomag.core.schema import SAMPLE_COLUMNS, empty_table
from seismomag.dataset import store
from seismomag.dataset.store.rows import RowWriter
from seismomag.readers import netcdf
from seismomag.signal.day import DayTensor
from seismomag.signal.grid import ScalogramGrid

GRID = ScalogramGrid(n_frequencies=3, column_s=21_600)
KINDS = {"text": "str", "time": "datetime64[ns]", "number": "float64", "truth": "boolean"}


def _make(path, code: str):
    day = pd.Series(pd.date_range("2020-01-04", periods=2, unit="ns"))
    table = empty_table(SAMPLE_COLUMNS).reindex(range(2))
    table["sample_id"] = [f"{code}_{d:%Y%m%d}" for d in day]
    table["station_code"], table["window_start"], table["store_row"] = code, day, -1
    table["issue_time"] = day + pd.Timedelta(days=1, minutes=9)
    table["horizon_start"] = day + pd.Timedelta(days=2)
    table["horizon_end"] = day + pd.Timedelta(days=16)
    kinds = {c: KINDS[k] for c, k in SAMPLE_COLUMNS.items()} | {"store_row": "int64"}
    store.create(path, table.astype(kinds), GRID, provenance={})
    tensor = DayTensor(
        planes=np.ones((3, 3, 4), np.float16),
        valid_s=np.full((3, 4), 21_600, np.uint16),
        coverage=1.0,
    )
    with RowWriter(path) as writer:
        writer.write(0, tensor)
    return path


@pytest.fixture
def path(tmp_path):
    return _make(tmp_path / "s.h5", "AAA")


def test_a_sound_store_is_described_and_passes(path, capsys):
    assert store_commands.info(path) == EXIT_DONE
    assert "AAA: 2 rows (2 no split), 1 done" in capsys.readouterr().out
    assert store_commands.check(path) == EXIT_DONE
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "1 rows read, 0 problems"


def test_a_damaged_store_leaves_with_two_and_a_foreign_one_is_an_error(path, tmp_path, capsys):
    place = store.read_layout(path).places["amplitude"]
    data = bytearray(path.read_bytes())
    data[place.offset + 3] ^= 1
    path.write_bytes(data)
    assert store_commands.check(path) == EXIT_BAD_INPUT
    assert "DAMAGED row 0: its bytes do not have the check sum" in capsys.readouterr().out
    foreign = tmp_path / "x.h5"
    foreign.write_text("no store")
    for command in (store_commands.info, store_commands.check):
        with pytest.raises(StoreError):
            command(foreign)


def test_many_problems_are_counted_and_not_all_shown(path, capsys, monkeypatch):
    monkeypatch.setattr(store_commands, "SHOWN_PROBLEMS", 0)
    place = store.read_layout(path).places["amplitude"]
    data = bytearray(path.read_bytes())
    data[place.offset] ^= 1
    path.write_bytes(data)
    assert store_commands.check(path) == EXIT_BAD_INPUT
    assert "and 1 more" in capsys.readouterr().out


def test_both_formats_are_written(path, tmp_path, capsys):
    assert store_commands.export(path, tmp_path / "sb", format_="seisbench") == EXIT_DONE
    assert (tmp_path / "sb" / "metadata.csv").is_file()
    day = tmp_path / "day.nc"
    assert store_commands.export(path, day, format_="netcdf", sample_id="AAA_20200104") == EXIT_DONE
    assert (netcdf.read_scalogram(day) == 1).all()
    assert capsys.readouterr().out.splitlines()[-1] == str(day)
    with pytest.raises(ConfigError, match="name it with --sample"):
        store_commands.export(path, tmp_path / "e.nc", format_="netcdf")
    with pytest.raises(ConfigError, match="none of seisbench, netcdf"):
        store_commands.export(path, tmp_path / "e.nc", format_="zarr")


def test_stores_are_joined_packed_and_unpacked(path, tmp_path, capsys):
    other = _make(tmp_path / "t.h5", "BBB")
    assert store_commands.join([path, other], tmp_path / "j.h5") == EXIT_DONE
    assert "shards: s.h5 (2), t.h5 (2)" in capsys.readouterr().out
    assert store_commands.pack(path, tmp_path / "p.h5", compression="gzip") == EXIT_DONE
    packed = tmp_path / "p.h5"
    assert store_commands.pack(packed, tmp_path / "u.h5", compression="none") == EXIT_DONE
    assert (tmp_path / "u.h5").read_bytes() == path.read_bytes()


def test_every_command_takes_its_options(path, tmp_path):
    other = _make(tmp_path / "t.h5", "BBB")
    s, t, out = str(path), str(other), str(tmp_path)
    for arguments, shown in [
        (["info", s], "grid: 3 planes"),
        (["check", s, "--rows", "0"], "0 rows read, 0 problems"),
        (["join", f"{out}/j.h5", s, t], "shards: s.h5 (2), t.h5 (2)"),
        (["pack", f"{out}/j.h5", f"{out}/p.h5", "--compression", "gzip"], "packed with gzip"),
        (["export", f"{out}/p.h5", f"{out}/sb"], "metadata.csv"),
        (
            ["export", s, f"{out}/d.nc", "--format", "netcdf", "--sample", "AAA_20200104"],
            "d.nc",
        ),
    ]:
        result = CliRunner().invoke(store_app, arguments)
        assert (result.exit_code, shown in result.output) == (EXIT_DONE, True), result.output
