"""Injection into raw days: the way of a day is that of the build, and what is added is known."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seismomag.core.errors import ConfigError, CoverageError
from seismomag.core.flags import Flag
from seismomag.core.stations import Station
from seismomag.dataset.build import build_store
from seismomag.dataset.labels import LabelRule, make_samples
from seismomag.dataset.store import open_store
from seismomag.experiment.demo import demo_config
from seismomag.experiment.injecting import step as injecting
from seismomag.experiment.injecting.days import choose, load_background, runs_without_target
from seismomag.experiment.injecting.files import read_injection
from seismomag.experiment.injecting.jobs import Job, draw_up
from seismomag.experiment.injecting.plan import InjectionPlan, SourcePlan
from seismomag.experiment.injecting.step import inject_alone, require_injections
from seismomag.experiment.runs import RunFolder
from seismomag.signal import quality
from seismomag.signal.grid import ScalogramGrid
from seismomag.simulate import Simulation

DAY = np.datetime64("2024-03-05")
EAST = Station(station_code="EST", latitude_deg=-3.0, longitude_deg=120.0)
WEST = Station(station_code="WST", latitude_deg=48.0, longitude_deg=15.9)
GRID = ScalogramGrid(n_frequencies=16, column_s=1200)


@pytest.fixture(scope="module")
def world() -> Simulation:
    return Simulation(stations=(EAST, WEST), start=DAY - 3, n_days=8, seed=2)


def job(plan: InjectionPlan, role: str, **fields: object) -> Job:
    found = next(j for j in draw_up(plan, n_stations=2, n_days=50) if j.role == role)
    return replace(found, **fields)  # type: ignore[arg-type]


def background(world: Simulation, station: Station, nights: int = 1):
    return load_background(world.load_day, station, DAY, nights, "magnetic")


@pytest.mark.parametrize("station", [EAST, WEST])
def test_without_a_signal_the_tensor_is_that_of_the_store(
    world: Simulation, station: Station, tmp_path: Path
) -> None:
    days = pd.DataFrame({"station_code": station.station_code, "day": [DAY]})
    days["day"] = days["day"].astype("datetime64[ns]")
    samples = make_samples(
        (station,), days, LabelRule(), world.catalogue, world.space_weather, reach_s=GRID.reach_s
    )
    build_store(tmp_path / "store.h5", samples, world.load_day, GRID)
    here = background(world, station)
    (found,) = here.tensors(here.days, GRID)
    with open_store(tmp_path / "store.h5") as store:
        np.testing.assert_array_equal(found.planes, store.read([0])[0])


@pytest.mark.parametrize(("station", "days"), [(EAST, {DAY}), (WEST, {DAY - 1, DAY, DAY + 1})])
def test_a_signal_lies_in_the_nights_of_its_day(
    world: Simulation, station: Station, days: set[np.datetime64]
) -> None:
    # In Europe the local night crosses the UTC midnight: both nights that touch the day are whole.
    here = background(world, station)
    one = job(InjectionPlan(n_each=10), "signal", strength=1.0)
    changed = here.with_job(one, seed=1)
    assert {day for day in changed if changed[day] is not here.days[day]} == days
    for day in days:
        apart = (changed[day]["field"] - here.days[day]["field"]).values
        hour = np.flatnonzero(np.abs(apart[0]) > 1e-9) / 3600
        local = (hour + station.longitude_deg / 15) % 24
        assert ((local > 21.9) | (local < 2.1)).all()


def test_amplitude_and_direction_are_as_told(world: Simulation) -> None:
    here = background(world, EAST)
    one = job(InjectionPlan(n_each=10), "signal", strength=0.5)
    signal = replace(one.signal, azimuth_deg=30.0, z_to_h=2.0)
    changed = here.with_job(replace(one, signal=signal), seed=1)
    h, d, z = (changed[DAY]["field"] - here.days[DAY]["field"]).values
    on = np.hypot(h, d) > 1e-6
    core = np.flatnonzero(on)[1800:-1800]
    assert np.sqrt((h[core] ** 2 + d[core] ** 2).mean()) == pytest.approx(0.5, rel=0.15)
    np.testing.assert_allclose(d[core], h[core] * np.tan(np.deg2rad(30.0)), atol=1e-6)
    np.testing.assert_allclose(z[core], 2 * h[core] / np.cos(np.deg2rad(30.0)), atol=1e-6)


def test_a_step_is_one_jump_within_the_day_that_stays(world: Simulation) -> None:
    here = background(world, EAST)
    plan = InjectionPlan(n_each=10)
    steps = [j for j in draw_up(plan, n_stations=2, n_days=9) if j.name == "step"]
    assert {j.strength for j in steps} == {50.0}
    changed = here.with_job(steps[0], seed=4)
    assert changed[DAY - 1] is here.days[DAY - 1]
    apart = (changed[DAY]["field"] - here.days[DAY]["field"]).values
    horizontal = np.hypot(apart[0], apart[1])
    assert horizontal[0] == 0
    assert horizontal[-1] == pytest.approx(50.0)
    assert (np.diff(horizontal) > 1).sum() == 1
    after = (changed[DAY + 1]["field"] - here.days[DAY + 1]["field"]).values
    np.testing.assert_allclose(np.hypot(after[0], after[1]), 50.0)
    assert (quality.flag(changed[DAY])["flags"].values & int(Flag.STEP)).any()


def test_the_noise_of_the_night_is_measured(world: Simulation) -> None:
    one = job(InjectionPlan(n_each=10), "signal")
    assert 0.01 < background(world, EAST).noise_nt(one) < 1.0


def test_the_same_job_adds_the_same_field(world: Simulation) -> None:
    here, one = background(world, EAST), job(InjectionPlan(n_each=10), "signal", strength=1.0)
    a, b = (here.with_job(one, seed=3)[DAY]["field"] for _ in range(2))
    assert a.equals(b)
    assert not a.equals(here.with_job(replace(one, number=99), seed=3)[DAY]["field"])


def test_pairs_share_a_waveform_and_differ_in_sign(world: Simulation) -> None:
    here = background(world, EAST)
    pair = [j for j in draw_up(InjectionPlan(n_each=10), n_stations=2, n_days=9) if j.pair == 0]
    a, b = ((here.with_job(j, 1)[DAY]["field"] - here.days[DAY]["field"]).values[:2] for j in pair)
    np.testing.assert_allclose(a, -b, atol=1e-6)
    assert np.abs(a).max() > 0.1


def samples_of(world: Simulation) -> pd.DataFrame:
    pairs = [(s.station_code, day) for s in (EAST, WEST) for day in world.days]
    days = pd.DataFrame(pairs, columns=["station_code", "day"])
    days["day"] = days["day"].astype("datetime64[ns]")
    table = make_samples(
        (EAST, WEST), days, LabelRule(), world.catalogue, world.space_weather, reach_s=540
    )
    return table.assign(split="test", is_target=pd.array([False] * len(table), dtype="boolean"))


def test_only_test_days_without_a_target_that_were_forecast_are_backgrounds(
    world: Simulation,
) -> None:
    samples = samples_of(world)
    samples.loc[0, "is_target"] = True
    samples.loc[1, "split"] = "validation"
    samples.loc[2, "is_target"] = pd.NA
    forecast = samples[["sample_id"]].assign(probability=0.1)[:-1]
    forecast.loc[5, "probability"] = 0.9
    runs = runs_without_target(samples, forecast, 0.5, 1)
    assert len(runs) == len(samples) - 3
    assert runs["is_alarm"].sum() == 1
    double = runs_without_target(samples, forecast, 0.5, 2)
    assert double["is_alarm"].sum() == 2
    assert len(double) < len(runs)
    chosen = choose(runs, 4)
    assert chosen["station_code"].tolist() == ["EST", "WST", "EST", "WST"]
    assert choose(runs[:0], 4).empty


def test_jobs_are_counted_and_controls_are_among_them() -> None:
    plan = InjectionPlan(n_each=12, amplitudes_nt=(0.1, 1.0), source=SourcePlan(n_each=10))
    drawn = draw_up(plan, n_stations=3, n_days=5)
    jobs = pd.DataFrame({"role": [j.role for j in drawn], "name": [j.name for j in drawn]})
    counts = jobs["role"].value_counts()
    # Each background once without a signal; two bands of two amplitudes of twelve.
    assert counts["none"] == 5
    assert counts["signal"] == 48
    assert counts["dipole"] == 3 * 7 * 10
    assert set(jobs.loc[jobs["role"] == "control", "name"]) == {"off_band", "step", "all_station"}
    alone = draw_up(plan, n_stations=1, n_days=5)
    assert "all_station" not in {j.name for j in alone}
    assert [j.number for j in alone if j.pair < 0] == list(range(len(alone) - 16))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"n_each": 3}, "n_each=3"),
        ({"amplitudes_nt": (0.0, 1.0)}, "above 0"),
        ({"amplitudes_nt": ()}, "empty"),
        ({"signals": ("song",)}, "song"),
        ({"bands_hz": ((0.1, 0.01),)}, "rises"),
        ({"nights": 0}, "nights=0"),
        ({"step_nt": 0.0}, "step_nt"),
    ],
)
def test_nonsense_is_refused(fields: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        InjectionPlan(**fields)  # type: ignore[arg-type]


def test_a_configuration_that_asks_for_nothing_is_refused(tmp_path: Path) -> None:
    config = replace(demo_config(is_small=True), injection=InjectionPlan())
    with pytest.raises(ConfigError, match="n_each = 0 asks for nothing"):
        require_injections(config)
    with pytest.raises(CoverageError, match="no network"):
        inject_alone(demo_config(is_small=True), RunFolder(tmp_path), lambda *_: None)
    assert read_injection(tmp_path / "injection") is None


@pytest.mark.parametrize("is_installed", [True, False])
def test_without_the_package_the_source_is_left_out_and_said(
    is_installed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = InjectionPlan(n_each=10, source=SourcePlan())
    config = replace(demo_config(is_small=True), injection=plan)
    monkeypatch.setattr(injecting, "find_spec", lambda _: object() if is_installed else None)
    found, said = injecting._possible(config)
    assert (found.injection.source is not None) == is_installed
    assert bool(said) != is_installed
