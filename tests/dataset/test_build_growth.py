"""A store that exists is continued with more days: only what is new, or beside it, is made."""

import numpy as np
import pandas as pd
import pytest

from seismomag.core.bands import Band
from seismomag.core.errors import ConfigError
from seismomag.core.recording import make_recording, sha256_of
from seismomag.dataset import build, store
from seismomag.dataset.labels import LabelRule, make_samples
from seismomag.dataset.store import making as store_making
from seismomag.signal.grid import ScalogramGrid

GRID = ScalogramGrid(band=Band(low_hz=0.02, high_hz=0.1), n_frequencies=4, column_s=1200)
DAYS = np.arange("2020-01-04", "2020-01-10", dtype="datetime64[D]")


class Archive:
    """Days up to one; remembers which were asked for."""

    def __init__(self, last: str = "2020-02-01", version: dict[str, int] | None = None) -> None:
        self.last, self.version = np.datetime64(last), version or {}
        self.asked: list[str] = []

    def __call__(self, code, day):
        self.asked.append(f"{code} {day}")
        if day > self.last:
            return None
        version = self.version.get(f"{code} {day}", 0)
        rng = np.random.default_rng([int(day.astype(int)), *code.encode(), version])
        return make_recording(
            rng.normal(0, 0.1, (3, 86_400)) + 100.0,
            day,
            sampling_hz=1.0,
            frame="HDZ",
            station_code=code,
            source_format="test",
            source_sha256=sha256_of(f"{code} {day} {version}".encode()),
        )


@pytest.fixture(scope="module")
def samples(stations, weather, make_catalogue):
    days = pd.DataFrame(
        {
            "station_code": pd.Series(np.repeat(["AAA", "BBB"], len(DAYS)), dtype="str"),
            "day": np.tile(DAYS.astype("datetime64[ns]"), 2),
        }
    )
    catalogue = make_catalogue([("e", "2020-01-20", 0.1, 0.1, 10.0, 5.5)])
    return make_samples(stations, days, LabelRule(), catalogue, weather, reach_s=GRID.reach_s)


def _until(samples, day: str):
    kept = samples[samples["issue_time"] < pd.Timestamp(day) + pd.Timedelta(days=2)]
    return kept.reset_index(drop=True)


def _build(path, samples, archive, **options):
    return build.build_store(path, samples, archive, GRID, flag=None, **options)


@pytest.mark.parametrize("verify_inputs", [True, False])
def test_a_day_more_costs_itself_and_its_neighbours(tmp_path, samples, verify_inputs):
    path = tmp_path / "s.h5"
    _build(path, _until(samples, "2020-01-08"), Archive(last="2020-01-08"))
    archive = Archive()
    grown = _build(path, samples, archive, verify_inputs=verify_inputs)
    # The new day of each station, and the day before it, which had no neighbour until now.
    assert (grown.n_rows, grown.n_computed, grown.n_kept) == (12, 4, 8)
    if not verify_inputs:
        assert set(archive.asked) == {
            f"{code} 2020-01-{day:02}" for code in ("AAA", "BBB") for day in range(7, 11)
        }
    fresh = _build(tmp_path / "f.h5", samples, Archive())
    assert path.read_bytes() == fresh.path.read_bytes()


def test_neighbours_that_saw_the_new_day_already_are_kept(tmp_path, samples):
    path = tmp_path / "s.h5"
    _build(path, _until(samples, "2020-01-08"), Archive())
    grown = _build(path, samples, Archive(), verify_inputs=False)
    assert (grown.n_computed, grown.n_kept) == (2, 10)
    with store.open_store(path) as opened:
        assert opened.flags.tolist() == [1] * 12


def test_a_day_in_between_is_beside_two(tmp_path, samples):
    path = tmp_path / "s.h5"
    hole = samples[samples["sample_id"] != "BBB_20200106"].reset_index(drop=True)
    missing = Archive()
    _build(path, hole, lambda c, d: None if f"{c} {d}" == "BBB 2020-01-06" else missing(c, d))
    grown = _build(path, samples, Archive(), verify_inputs=False)
    assert (grown.n_computed, grown.n_kept) == (3, 9)


def test_a_changed_day_invalidates_its_neighbours_too(tmp_path, samples):
    path = tmp_path / "s.h5"
    _build(path, samples, Archive())
    with store.open_store(path) as opened:
        before = opened.inputs_sha256(np.arange(12))
    changed = Archive(version={"BBB 2020-01-06": 1})
    assert _build(path, samples, changed).n_computed == 3
    with store.open_store(path) as opened:
        after = opened.inputs_sha256(np.arange(12))
        ids = opened.samples["sample_id"]
    differ = {ids[i] for i in range(12) if before[i] != after[i]}
    assert differ == {"BBB_20200105", "BBB_20200106", "BBB_20200107"}
    fresh = _build(tmp_path / "f.h5", samples, changed)
    assert path.read_bytes() == fresh.path.read_bytes()


def test_a_horizon_that_starts_later_does_not_move_the_day(
    tmp_path, stations, weather, make_catalogue
):
    days = pd.DataFrame(
        {"station_code": pd.Series(["AAA"], dtype="str"), "day": [pd.Timestamp("2020-01-05")]}
    )
    catalogue = make_catalogue([("e", "2020-01-20", 0.1, 0.1, 10.0, 5.5)])
    rule = LabelRule(horizon_start_days=4)
    late = make_samples(stations, days, rule, catalogue, weather, reach_s=GRID.reach_s)
    archive = Archive()
    _build(tmp_path / "s.h5", late, archive)
    assert set(archive.asked) == {f"AAA 2020-01-0{day}" for day in (4, 5, 6)}


def test_days_without_data_are_not_written_again(tmp_path, samples):
    path = tmp_path / "s.h5"
    _build(path, samples, Archive(last="2020-01-06"))
    before = path.stat().st_mtime_ns
    again = _build(path, samples, Archive(last="2020-01-06"))
    assert (again.n_computed, len(again.failures)) == (0, 6)
    assert path.stat().st_mtime_ns == before


def test_rows_of_another_version_of_the_code_are_remarked_on(tmp_path, samples, monkeypatch):
    archive = Archive()
    path = tmp_path / "s.h5"
    monkeypatch.setattr(store_making, "version", lambda name: "0.0.1")
    build.build_store(path, samples, archive, GRID, flag=None)
    monkeypatch.undo()
    report = build.build_store(path, samples, archive, GRID, flag=None)
    assert report.n_kept == len(samples)
    [remark] = report.remarks.to_dict("records")
    assert remark["sample_id"] == ""
    assert remark["reason"].startswith("s.h5 was begun by seismomag 0.0.1 and is continued by 0.1")


def test_a_grid_that_is_none_is_refused(tmp_path, samples):
    with pytest.raises(
        ConfigError, match=r"grid=None is of type NoneType, expected .*ScalogramGrid"
    ):
        build.build_store(tmp_path / "s.h5", samples, Archive(), None)
    assert not (tmp_path / "s.h5").exists()
