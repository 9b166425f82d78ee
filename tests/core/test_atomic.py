"""A file is there whole, or as it was before."""

import gzip
import os
from pathlib import Path

import pytest

from seismomag.core.atomic import write_bytes, write_text


def test_a_folder_is_made_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a" / "b.txt", "text")
    assert path.read_text() == "text"
    assert [p.name for p in path.parent.iterdir()] == ["b.txt"]


def test_a_write_that_dies_leaves_the_old_file_alone(tmp_path: Path, monkeypatch) -> None:
    path = write_bytes(tmp_path / "a.bin", b"old")

    def dies(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", dies)
    with pytest.raises(OSError, match="No space"):
        write_bytes(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.bin"]


def test_equal_content_gives_equal_compressed_bytes(tmp_path: Path) -> None:
    one, two = (write_bytes(tmp_path / name / "x.gz", b"field" * 99) for name in ("a", "b"))
    assert one.read_bytes() == two.read_bytes()
    assert gzip.decompress(one.read_bytes()) == b"field" * 99


def test_the_mode_is_that_of_an_ordinary_file(tmp_path: Path) -> None:
    ordinary = tmp_path / "ordinary"
    ordinary.write_bytes(b"")
    path = write_bytes(tmp_path / "a", b"x", durable=False)
    assert path.stat().st_mode == ordinary.stat().st_mode


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_the_umask_has_its_part(umask: int, tmp_path: Path) -> None:
    before = os.umask(umask)
    try:
        path = write_bytes(tmp_path / "a", b"x", durable=False)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask


def test_the_umask_of_all_threads_is_left_alone(tmp_path: Path, monkeypatch) -> None:
    def changed(_mask: int) -> int:
        raise AssertionError

    monkeypatch.setattr(os, "umask", changed)
    assert write_bytes(tmp_path / "a", b"x").read_bytes() == b"x"
