"""A backup holds what an operation cannot be taken up again without, all of one moment."""

import shutil
import threading
from pathlib import Path

import pytest
from tests.operate.daily_world import records, run

from seismomag.cli import operate_commands as commands
from seismomag.core.errors import ConfigError
from seismomag.operate import ledger
from seismomag.operate.backup_files import files_beside
from seismomag.operate.settings import read_settings

PROOFS = ("anchors.jsonl", "anchors/0.tsr", "anchors/0.ots", "ledger.jsonl.3.torn", "scores.jsonl")


@pytest.fixture
def sealed(world, send):
    send(0)
    run(world, 0)
    for name in PROOFS:
        path = world / "ledger" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(name.encode())
    return world


def test_proofs_and_a_station_list_of_any_name_come_back(sealed, tmp_path):
    (sealed / "lists").mkdir()
    (sealed / "stations.csv").rename(sealed / "lists/net.csv")
    text = (sealed / "operate.toml").read_text()
    (sealed / "operate.toml").write_text(text.replace('"stations.csv"', '"lists/net.csv"'))
    (sealed / "ledger/.scores.jsonl.x7").write_text("half")
    assert commands.backup(sealed, tmp_path / "kept") == 0
    other = tmp_path / "other"
    assert commands.restore(other, tmp_path / "kept") == 0
    for name in PROOFS:
        assert (other / "ledger" / name).read_bytes() == name.encode()
    assert read_settings(other).codes == ("ALR", "KPY")
    assert not (other / "ledger/.scores.jsonl.x7").exists()
    shutil.copytree(sealed / "archive", other / "archive")
    shutil.copytree(sealed / "models", other / "models")
    assert commands.operate_doctor(other) == 0
    assert records(other) == records(sealed)


def test_links_and_lists_elsewhere_are_refused(sealed, tmp_path):
    (sealed / "ledger/anchors/1.tsr").symlink_to("/etc/hostname")
    with pytest.raises(ConfigError, match=r"1\.tsr: is a link"):
        commands.backup(sealed, tmp_path / "kept")
    (sealed / "ledger/anchors/1.tsr").unlink()
    outside = tmp_path / "net.csv"
    (sealed / "stations.csv").rename(outside)
    (sealed / "stations.csv").symlink_to(outside)
    with pytest.raises(ConfigError, match="move the list into"):
        commands.backup(sealed, tmp_path / "kept")
    text = (sealed / "operate.toml").read_text()
    for place in (str(outside), "../net.csv"):
        (sealed / "operate.toml").write_text(text.replace("stations.csv", place))
        with pytest.raises(ConfigError, match="move the list into"):
            files_beside(read_settings(sealed))
    assert not (tmp_path / "kept").exists()


def test_nobody_appends_while_a_backup_reads(sealed, tmp_path, monkeypatch):
    path = sealed / "ledger/ledger.jsonl"
    before = records(sealed)
    late = {k: v for k, v in before[0].items() if k not in ("seq", "prev", "hash")}
    writer = threading.Thread(target=lambda: ledger.append(path, [late]))
    real = Path.read_bytes

    def and_then_append(self):
        data = real(self)
        # Whichever of ledger and head is read first.
        if self.name.startswith("ledger.") and writer.ident is None:
            writer.start()
            writer.join(0.5)
        return data

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", and_then_append)
        commands.backup(sealed, tmp_path / "kept")
    writer.join(30)
    assert len(records(sealed)) == 3
    kept = tmp_path / "kept/files/ledger/ledger.jsonl"
    assert (ledger.verify(kept).is_intact, ledger.verify(kept).head_behind) == (True, 0)
    assert ledger.read(kept) == before


def test_the_doctor_names_what_database_ledger_and_archive_tell_apart(sealed, capsys):
    assert commands.operate_doctor(sealed) == 0
    stray = sealed / "archive/ALR/2024/0509-r1/S240509.ALR"
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"x")
    stray.with_suffix(".part").write_bytes(b"x")
    capsys.readouterr()
    assert commands.operate_doctor(sealed) == 2
    told = capsys.readouterr().out
    assert "1 file has no row in the database (first: ALR/2024/0509-r1/S240509.ALR)" in told
    with pytest.raises(ConfigError, match="--drop-data"):
        commands.migrate(sealed, "base")
    assert commands.migrate(sealed, "base", drop_data=True) == 0
    assert commands.migrate(sealed) == 0
    capsys.readouterr()
    assert commands.operate_doctor(sealed) == 2
    told = capsys.readouterr().out
    assert "3 files have no row" in told
    assert "2 records of the ledger have no forecast in the database" in told
