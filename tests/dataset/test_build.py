"""From days to rows: the right context, nothing lost, nothing known too early."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from seismomag.core.bands import Band
from seismomag.core.constants import SECONDS_PER_DAY
from seismomag.core.errors import ConfigError, FormatError, StoreError
from seismomag.core.recording import make_recording, sha256_of
from seismomag.dataset import build, store
from seismomag.dataset.labels import LabelRule, make_samples
from seismomag.signal import day as signal_day
from seismomag.signal import gaps, quality
from seismomag.signal.grid import ScalogramGrid

GRID = ScalogramGrid(band=Band(low_hz=0.02, high_hz=0.1), n_frequencies=4, column_s=1200)
REACH_S = GRID.reach_s
DAYS = np.arange("2020-01-04", "2020-01-10", dtype="datetime64[D]")


def _field(code: str, day: np.datetime64, version: int = 0) -> np.ndarray:
    seed = [int(day.astype(np.int64)), sum(code.encode()), version]
    noise = np.random.default_rng(seed).normal(0, 0.1, (3, SECONDS_PER_DAY))
    return noise + np.array([37_000.0, 20.0, -25_000.0])[:, None]


def _recording(
    code: str, day: np.datetime64, version: int = 0, *, frame: str = "HDZ", base_nt: float = 0.0
) -> xr.Dataset:
    return make_recording(
        _field(code, day, version) + base_nt,
        day,
        sampling_hz=1.0,
        frame=frame,
        station_code=code,
        source_format="test",
        source_sha256=sha256_of(f"{code} {day} {version} {frame} {base_nt}".encode()),
    )


class Archive:
    """Days as files would give them; counts how often each is asked for."""

    def __init__(self, changes=None):
        self.changes = dict(changes or {})
        self.asked: list[tuple[str, np.datetime64]] = []

    def load_day(self, code, day):
        self.asked.append((code, day))
        what = self.changes.get((code, str(day)), lambda: _recording(code, day))
        return what()


@pytest.fixture(scope="module")
def samples(stations, weather, make_catalogue):
    days = pd.DataFrame(
        {
            "station_code": pd.Series(np.repeat(["AAA", "BBB"], len(DAYS)), dtype="str"),
            "day": np.tile(DAYS.astype("datetime64[ns]"), 2),
        }
    )
    catalogue = make_catalogue([("e", "2020-01-20", 0.1, 0.1, 10.0, 5.5)])
    return make_samples(stations, days, LabelRule(), catalogue, weather, reach_s=REACH_S)


def _row(samples: pd.DataFrame, sample_id: str) -> int:
    return samples["sample_id"].tolist().index(sample_id)


def _tensors(path) -> np.ndarray:
    with store.open_store(path) as opened:
        return opened.read(np.arange(opened.n_rows))


def _expected(fields: list[np.ndarray | None]) -> np.ndarray:
    before, here, after = (
        np.full((3, SECONDS_PER_DAY), np.nan) if f is None else f for f in fields
    )
    whole = np.concatenate([before[:, -REACH_S:], here, after[:, :REACH_S]], axis=1)
    return signal_day.transform(whole, GRID).planes


def test_a_row_is_the_transform_of_its_day_between_its_neighbours(tmp_path, samples):
    archive = Archive()
    report = build.build_store(tmp_path / "s.h5", samples, archive.load_day, GRID, flag=None)
    assert (report.n_rows, report.n_computed, report.n_kept) == (12, 12, 0)
    assert report.failures.empty
    assert report.remarks.empty
    planes = _tensors(report.path)
    for sample_id in ("AAA_20200104", "BBB_20200109", "AAA_20200107"):
        code, day = (
            sample_id[:3],
            np.datetime64(f"{sample_id[4:8]}-{sample_id[8:10]}-{sample_id[10:]}"),
        )
        fields = [_field(code, day + i) for i in (-1, 0, 1)]
        np.testing.assert_array_equal(planes[_row(samples, sample_id)], _expected(fields))
    with store.open_store(report.path) as opened:
        assert opened.samples["coverage"].tolist() == [1.0] * 12
        assert (opened.valid_s(np.arange(12)) == 1200).all()
        assert len(set(opened.inputs_sha256(np.arange(12)))) == 12


@pytest.mark.parametrize("chunk", ["station", "day"])
def test_each_day_is_loaded_once(tmp_path, samples, chunk):
    archive = Archive()
    build.build_store(tmp_path / "s.h5", samples, archive.load_day, GRID, flag=None, chunk=chunk)
    # The first one decides the orientation of the store before the work begins.
    assert len(archive.asked) - 1 == len(set(archive.asked)) == 2 * (len(DAYS) + 2)


def test_one_bad_file_is_one_line_of_the_report(tmp_path, samples):
    def broken():
        message = "BBB.bin: cut short at byte 7"
        raise FormatError(message)

    def absent():
        return None

    changes = {("BBB", "2020-01-06"): broken, ("BBB", "2020-01-03"): absent}
    report = build.build_store(
        tmp_path / "s.h5", samples, Archive(changes).load_day, GRID, flag=None
    )
    assert report.failures.to_dict("records") == [
        {"sample_id": "BBB_20200106", "reason": "BBB.bin: cut short at byte 7"}
    ]
    assert report.remarks["sample_id"].tolist() == [
        "BBB_20200104",
        "BBB_20200105",
        "BBB_20200107",
    ]
    planes = _tensors(report.path)
    bad = _row(samples, "BBB_20200106")
    assert np.isnan(planes[bad]).all()
    day = np.datetime64("2020-01-05")
    fields = [_field("BBB", day - 1), _field("BBB", day), None]
    np.testing.assert_array_equal(planes[bad - 1], _expected(fields))
    assert np.isnan(planes[bad - 1][:, 0, -1]).all()
    with store.open_store(report.path) as opened:
        table = opened.samples
        assert table["coverage"].iloc[bad] == 0
        assert table["store_row"].iloc[bad] == bad
        assert (opened.valid_s([bad]) == 0).all()


def test_only_what_changed_and_its_neighbours_are_built_again(tmp_path, samples):
    path = tmp_path / "s.h5"
    build.build_store(path, samples, Archive().load_day, GRID, flag=None)
    again = build.build_store(path, samples, Archive().load_day, GRID, flag=None)
    assert (again.n_computed, again.n_kept) == (0, 12)

    day = np.datetime64("2020-01-07")
    changes = {("AAA", "2020-01-07"): partial(_recording, "AAA", day, 1)}
    changed = build.build_store(path, samples, Archive(changes).load_day, GRID, flag=None)
    assert (changed.n_computed, changed.n_kept) == (3, 9)
    fresh = build.build_store(
        tmp_path / "f.h5", samples, Archive(changes).load_day, GRID, flag=None
    )
    np.testing.assert_array_equal(_tensors(path), _tensors(fresh.path))


def test_trusted_rows_cost_nothing_and_failed_ones_are_tried_again(tmp_path, samples):
    path = tmp_path / "s.h5"
    build.build_store(path, samples, Archive({("AAA", "2020-01-05"): lambda: None}).load_day, GRID)
    archive = Archive()
    again = build.build_store(path, samples, archive.load_day, GRID, verify_inputs=False)
    assert (again.n_computed, again.n_kept) == (1, 11)
    assert set(archive.asked) == {("AAA", np.datetime64(f"2020-01-0{d}")) for d in (4, 5, 6)}


def test_labels_of_today_replace_those_of_an_old_store(tmp_path, samples):
    path = tmp_path / "s.h5"
    build.build_store(path, samples, Archive().load_day, GRID, flag=None)
    split = samples.assign(split=pd.Series(["test"] * 12, dtype="str"))
    build.build_store(path, split, Archive().load_day, GRID, flag=None, provenance={"run": 2})
    with store.open_store(path) as opened:
        assert opened.provenance["given"] == {"run": 2}
        assert set(opened.samples["split"]) == {"test"}


def test_a_store_is_never_continued_with_something_else(tmp_path, samples):
    path = tmp_path / "s.h5"
    load = Archive().load_day
    build.build_store(path, samples.iloc[:2], load, GRID, flag=None)
    other = ScalogramGrid(n_frequencies=5)
    with pytest.raises(StoreError, match="asked for is ScalogramGrid"):
        build.build_store(path, samples.iloc[:2], load, other, flag=None)
    with pytest.raises(StoreError, match="other samples"):
        build.build_store(path, samples.iloc[2:4], load, GRID, flag=None)
    with pytest.raises(StoreError, match="built with flags 'none', asked for are 'flag'"):
        build.build_store(path, samples.iloc[:2], load, GRID)
    store.create(tmp_path / "bare.h5", samples, GRID, provenance={})
    with pytest.raises(StoreError, match="built with flags None"):
        build.build_store(tmp_path / "bare.h5", samples, load, GRID)


def test_options_out_of_range_are_refused(tmp_path, samples):
    with pytest.raises(ConfigError, match="workers=0"):
        build.build_store(tmp_path / "s.h5", samples, Archive().load_day, GRID, workers=0)
    with pytest.raises(ConfigError, match="station, day"):
        build.build_store(tmp_path / "s.h5", samples, Archive().load_day, GRID, chunk="month")


def test_one_store_holds_one_orientation(tmp_path, samples):
    first = np.datetime64("2020-01-05")
    changes = {
        ("AAA", "2020-01-04"): lambda: None,
        ("AAA", "2020-01-05"): partial(_recording, "AAA", first, frame="HEZ"),
        ("AAA", "2020-01-07"): partial(_recording, "AAA", first + 2, frame="XYZ"),
    }
    report = build.build_store(
        tmp_path / "s.h5", samples, Archive(changes).load_day, GRID, flag=None
    )
    reasons = report.failures.set_index("sample_id")["reason"].to_dict()
    assert set(reasons) == {"AAA_20200104", "AAA_20200107"}
    assert "geographic, the store holds magnetic ones (HDZ/HEZ)" in reasons["AAA_20200107"]
    remarks = report.remarks.set_index("sample_id")["reason"]
    assert remarks["AAA_20200106"] == "day after not used: it has another frame or base"
    with store.open_store(report.path) as opened:
        assert opened.provenance["build"] == {"flag": "none", "orientation": "magnetic"}


def test_a_neighbour_on_another_base_is_masked_and_never_a_step(tmp_path, samples):
    day = np.datetime64("2020-01-06")
    changes = {("AAA", "2020-01-06"): partial(_recording, "AAA", day, base_nt=2000.0)}
    report = build.build_store(
        tmp_path / "s.h5", samples, Archive(changes).load_day, GRID, flag=None
    )
    remarks = report.remarks.groupby("sample_id")["reason"].first()
    assert remarks.index.tolist() == ["AAA_20200105", "AAA_20200106", "AAA_20200107"]
    assert remarks["AAA_20200105"] == "day after not used: its level is 2000 nT away"
    planes = _tensors(report.path)[_row(samples, "AAA_20200105")]
    fields = [_field("AAA", day - 2), _field("AAA", day - 1), None]
    np.testing.assert_array_equal(planes, _expected(fields))


def test_faster_recordings_are_decimated_and_slower_ones_refused(tmp_path, samples):
    day = np.datetime64("2020-01-05")

    def at(rate, n):
        return make_recording(
            np.ones((3, n)),
            day,
            sampling_hz=rate,
            frame="HDZ",
            station_code="AAA",
            source_format="test",
            source_sha256=f"{rate}",
        )

    changes = {
        ("AAA", "2020-01-05"): partial(at, 2.0, 2 * SECONDS_PER_DAY),
        ("AAA", "2020-01-07"): partial(at, 1 / 60, 1440),
    }
    report = build.build_store(
        tmp_path / "s.h5", samples, Archive(changes).load_day, GRID, flag=None
    )
    assert report.failures["sample_id"].tolist() == ["AAA_20200107"]
    assert "needs 1 Hz or faster" in report.failures["reason"].iloc[0]
    with store.open_store(report.path) as opened:
        assert opened.samples["coverage"].iloc[1] > 0.999


def test_flags_are_set_and_unusable_samples_masked(tmp_path, samples):
    day = np.datetime64("2020-01-05")
    recording = _recording("AAA", day)
    recording["field"][0, 5000:5100] = 1e6
    changes = {("AAA", "2020-01-05"): lambda: recording}
    report = build.build_store(tmp_path / "s.h5", samples, Archive(changes).load_day, GRID)
    masked = gaps.mask(quality.flag(recording))
    assert np.isnan(masked[0, 5000:5100]).all()
    fields = [gaps.mask(quality.flag(_recording("AAA", day + i))) for i in (-1, 1)]
    planes = _tensors(report.path)[_row(samples, "AAA_20200105")]
    np.testing.assert_array_equal(planes, _expected([fields[0], masked, fields[1]]))
    with store.open_store(report.path) as opened:
        assert opened.samples["coverage"].iloc[1] <= 1 - 100 / SECONDS_PER_DAY


def test_a_dead_sensor_leaves_a_day_without_coverage(tmp_path, samples):
    row = _row(samples, "AAA_20200105")

    def load_day(code, day):
        found = _recording(code, day)
        if (code, day) == ("AAA", np.datetime64("2020-01-05")):
            found["field"][1] = 12.3
        return found

    build.build_store(tmp_path / "s.h5", samples, load_day, GRID)
    with store.open_store(tmp_path / "s.h5") as opened:
        assert opened.samples["coverage"].iloc[row] == 0
        planes = opened.read(row)[0]
        assert np.isnan(planes[1]).all()
        assert np.isfinite(planes[0]).any()
        others = opened.samples["coverage"].drop(index=row)
    assert (others > 0.9).all()


def test_a_day_without_a_valid_sample_is_a_failure(tmp_path, samples):
    recording = _recording("AAA", np.datetime64("2020-01-05"))
    recording["field"][:] = np.nan
    changes = {("AAA", "2020-01-05"): lambda: recording}
    report = build.build_store(
        tmp_path / "s.h5", samples, Archive(changes).load_day, GRID, flag=None
    )
    assert report.failures.to_dict("list") == {
        "sample_id": ["AAA_20200105"],
        "reason": ["no usable sample"],
    }


def test_an_archive_without_any_day_makes_a_store_of_failures(tmp_path, samples):
    report = build.build_store(tmp_path / "s.h5", samples, lambda code, day: None, GRID)
    assert len(report.failures) == report.n_rows == 12
    assert report.n_computed == 0


def test_a_fault_of_the_program_is_not_swallowed(tmp_path, samples):
    changes = {("AAA", "2020-01-08"): lambda: 1 / 0}
    path = tmp_path / "s.h5"
    with pytest.raises(ZeroDivisionError):
        build.build_store(path, samples, Archive(changes).load_day, GRID, flag=None)
    with store.open_store(path) as opened:
        assert opened.done[:3].all()
        assert not opened.done[3:].any()
    again = build.build_store(path, samples, Archive().load_day, GRID, flag=None)
    assert again.n_kept == 3


def test_progress_counts_every_row(tmp_path, samples):
    calls = []
    build.build_store(
        tmp_path / "s.h5",
        samples,
        Archive().load_day,
        GRID,
        flag=None,
        progress=lambda *call: calls.append(call),
    )
    assert calls == [("build", done, 12) for done in range(13)]


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), first=st.integers(0, 3))
def test_nothing_recorded_after_the_issue_time_reaches_a_tensor(
    tmp_path_factory, samples, seed, first
):
    folder = tmp_path_factory.mktemp("peek")
    row = samples.iloc[first]
    rng = np.random.default_rng(seed)

    def changed(code, day):
        recording = _recording(code, day)
        late = recording["time"].values >= row["issue_time"].to_datetime64()
        recording["field"][:, late] += rng.normal(0, 100, (3, int(late.sum())))
        return recording

    one = samples.iloc[[first]]
    a = build.build_store(folder / "a.h5", one, Archive().load_day, GRID, flag=None)
    b = build.build_store(folder / "b.h5", one, changed, GRID, flag=None)
    np.testing.assert_array_equal(_tensors(a.path), _tensors(b.path))
    with store.open_store(a.path) as opened_a, store.open_store(b.path) as opened_b:
        assert opened_a.samples["coverage"].equals(opened_b.samples["coverage"])


def test_overlay_transforms_only_the_named_rows(tmp_path, samples):
    day = np.datetime64("2020-01-07")
    changes = {("AAA", "2020-01-07"): partial(_recording, "AAA", day, 1)}
    source = tmp_path / "a.h5"
    build.build_store(source, samples, Archive().load_day, GRID, flag=None)
    bytes_before = source.read_bytes()
    rows = [_row(samples, f"AAA_2020010{d}") for d in (6, 7, 8)]
    archive = Archive(changes)
    report = build.overlay(source, tmp_path / "b.h5", rows, archive.load_day, flag=None)
    assert (report.n_rows, report.n_computed) == (3, 3)
    assert {code for code, _ in archive.asked} == {"AAA"}
    assert source.read_bytes() == bytes_before
    whole = build.build_store(
        tmp_path / "c.h5", samples, Archive(changes).load_day, GRID, flag=None
    )
    np.testing.assert_array_equal(_tensors(report.path), _tensors(whole.path))
    with pytest.raises(StoreError, match="exists already"):
        build.overlay(source, tmp_path / "b.h5", rows, archive.load_day, flag=None)
    with pytest.raises(StoreError, match="no row 12; it has 12"):
        build.overlay(source, tmp_path / "d.h5", [12], archive.load_day, flag=None)
    with pytest.raises(StoreError, match="built with flags 'none'"):
        build.overlay(source, tmp_path / "d.h5", [1], archive.load_day)
    assert not (tmp_path / "d.h5").exists()


def test_overlay_of_no_rows_is_a_copy(tmp_path, samples):
    source = tmp_path / "a.h5"
    build.build_store(source, samples.iloc[:2], Archive().load_day, GRID, flag=None)
    build.overlay(source, tmp_path / "b.h5", [], Archive().load_day, flag=None)
    assert (tmp_path / "b.h5").read_bytes() == source.read_bytes()
