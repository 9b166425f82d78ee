import gzip
import itertools

import numpy as np
import pandas as pd
import pytest
from tests.readers.hostile_netcdf import hanging_netcdf

from seismomag.core.errors import FormatError, SchemaError
from seismomag.core.recording import make_recording
from seismomag.operate.archive import Archive
from seismomag.readers import guard, iaga2002

DAY = np.datetime64("2024-05-10")
NOW = pd.Timestamp("2024-05-11 00:10")


@pytest.fixture
def archive(sqlite_engine, tmp_path):
    return Archive(sqlite_engine, tmp_path / "archive")


@pytest.fixture(scope="module")
def field():
    vary = np.random.default_rng(1)
    base = np.array([[38_000.0], [500.0], [-9_000.0]])
    return np.round(base + vary.normal(0, 1, (3, 86_400)).cumsum(axis=1) * 0.01, 2)


def day_file(field, folder, name="day.sec"):
    recording = make_recording(
        field,
        DAY,
        sampling_hz=1.0,
        frame="HDZ",
        station_code="ALR",
        source_format="test",
        source_sha256="",
    )
    return iaga2002.write(recording, folder / name).read_bytes()


def holes(field, parts):
    """The field with only these tenths of the day."""
    out = np.full_like(field, np.nan)
    for part in parts:
        cut = slice(part * 8640, (part + 1) * 8640)
        out[:, cut] = field[:, cut]
    return out


@pytest.fixture(scope="module")
def pieces(field, tmp_path_factory):
    """Three files of a day that overlap, one of them late."""
    folder = tmp_path_factory.mktemp("pieces")
    shares = [(0, 1, 2, 3, 4, 5), (4, 5, 6, 7, 8), (9,)]
    return [day_file(holes(field, s), folder, f"{i}.sec") for i, s in enumerate(shares)]


def put(archive, data, name="day.sec", now=NOW):
    return archive.ingest("ALR", DAY, data, name=name, origin="test", now=now)


def test_a_file_is_kept_byte_for_byte_and_cannot_be_written(archive, pieces):
    kept = put(archive, pieces[0])
    path = archive.root / kept.path
    assert kept.path.as_posix() == "ALR/2024/0510-r1/day.sec"
    assert path.read_bytes() == pieces[0]
    assert path.stat().st_mode & 0o777 == 0o444
    assert archive.check() == ()


def test_compressed_files_stay_as_they_came(archive, pieces):
    packed = gzip.compress(pieces[0], mtime=1)
    kept = put(archive, packed, name="day.sec.gz")
    assert (archive.root / kept.path).read_bytes() == packed
    assert archive.load_day("ALR", DAY).sizes["time"] == 86_400


def test_the_same_bytes_ten_times_are_one_file(archive, pieces):
    results = [put(archive, pieces[0], name=f"{i}.sec") for i in range(10)]
    assert [r.is_new for r in results] == [True] + [False] * 9
    assert len(archive.revisions("ALR", DAY)) == 1
    assert len(list(archive.root.rglob("*.sec"))) == 1


def test_pieces_in_any_order_give_the_same_day(archive, pieces, sqlite_engine, tmp_path, field):
    """R3: late, duplicate and overlapping files; the digest does not depend on their order."""
    digests = set()
    for i, order in enumerate(list(itertools.permutations(range(3)))[::2], start=1):
        other = Archive(sqlite_engine, tmp_path / str(i))
        day = DAY + i
        for which in (*order, order[0]):
            moved = pieces[which].replace(b"2024-05-10", str(day).encode())
            doy = f"{131 + i:03d}".encode()
            other.ingest(
                "ALR",
                day,
                moved.replace(b" 131 ", b" " + doy + b" "),
                name="day.sec",
                origin="test",
                now=NOW,
            )
        loaded = other.load_day("ALR", day)
        digests.add(loaded.attrs["source_sha256"])
        assert len(other.revisions("ALR", day)) == 3
        np.testing.assert_array_equal(loaded["field"].values, field)
    assert len(digests) == 1
    whole = day_file(field, tmp_path)
    put(archive, whole)
    assert archive.load_day("ALR", DAY).attrs["source_sha256"] in digests


def test_a_correction_is_a_new_revision_and_the_old_one_stays(archive, field, tmp_path):
    corrected = field.copy()
    corrected[:, 100:200] += 1
    first, second = day_file(field, tmp_path), day_file(corrected, tmp_path)
    put(archive, first)
    before = archive.load_day("ALR", DAY).attrs["source_sha256"]
    assert put(archive, second).revision == 2
    loaded = archive.load_day("ALR", DAY)
    np.testing.assert_array_equal(loaded["field"].values, corrected)
    assert any("100 samples" in note for note in loaded.attrs["notes"])
    assert loaded.attrs["source_sha256"] != before
    assert [(archive.root / r["path"]).read_bytes() for r in archive.revisions("ALR", DAY)] == [
        first,
        second,
    ]


def test_a_lost_file_is_said_and_comes_back_when_it_is_sent_again(archive, pieces):
    kept = put(archive, pieces[0])
    (archive.root / kept.path).unlink()
    assert "gone" in archive.check()[0]
    with pytest.raises(FormatError, match="gone"):
        archive.load_day("ALR", DAY)
    again = put(archive, pieces[0])
    assert (again.revision, again.path) == (1, kept.path)
    assert archive.check() == ()


def test_a_changed_file_is_refused(archive, pieces):
    path = archive.root / put(archive, pieces[0]).path
    path.chmod(0o644)
    path.write_bytes(pieces[0].replace(b"38", b"39", 1))
    assert "not what was received" in archive.check()[0]
    with pytest.raises(FormatError, match="not what was received"):
        archive.load_day("ALR", DAY)


@pytest.mark.parametrize("name", ["../../../x", "/etc/passwd", "..", "a b\n", "\u00e9" * 300, ""])
def test_no_name_leaves_the_archive(archive, pieces, name):
    kept = put(archive, pieces[0], name=name)
    inside = (archive.root / kept.path).resolve()
    assert inside.is_relative_to(archive.root.resolve())
    assert inside.is_file()


def test_strange_stations_and_giants_are_refused(archive, monkeypatch):
    with pytest.raises(SchemaError):
        archive.ingest("../A", DAY, b"x", name="x", origin="test", now=NOW)
    monkeypatch.setattr("seismomag.operate.archive.LIMIT_BYTES", 3)
    with pytest.raises(FormatError, match="more than"):
        put(archive, b"xxxx")
    assert archive.revisions("ALR", DAY) == []


def test_nothing_is_nothing(archive):
    assert archive.load_day("ALR", DAY) is None


def test_a_file_that_hangs_its_library_is_refused(archive, tmp_path, monkeypatch):
    monkeypatch.setattr(guard, "LIMIT_S", 8.0)
    day = np.datetime64("2024-05-10")
    data = hanging_netcdf(tmp_path)
    archive.ingest("ALR", day, data, name="hangs.nc", origin="here", now=NOW)
    with pytest.raises(FormatError, match="longer than 8 s"):
        archive.load_day("ALR", day)
