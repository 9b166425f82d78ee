import pickle
from dataclasses import replace

import numpy as np
import numpy.testing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seismomag.core.errors import ConfigError, CoverageError
from seismomag.core.recording import cut
from seismomag.core.schema import check_catalogue, check_recording, check_space_weather
from seismomag.core.stations import Station
from seismomag.simulate import (
    NO_FAULTS,
    BackgroundPlan,
    FaultPlan,
    PulsationPlan,
    Simulation,
    StormPlan,
    WeatherPlan,
    simulate_like,
)

# The background of the prototype, of which the figures of the demo are known: no latitude has
# less of it, Z takes little from H, and days differ more.
PROTOTYPE = {
    "background": BackgroundPlan(latitude_gain=[1.3, 1.0], z_to_h=[0.22, 0.22], z_to_d=[0.1, 0.1]),
    "pulsations": PulsationPlan(
        amplitude_nt=[0.16, 0.25, 0.4], night_share=0.5, day_scatter_dex=0.25, d_to_h=[0.5, 0.6]
    ),
}
PROTOTYPE_NIGHT_NT = [[0.066, 0.096, 0.139], [0.047, 0.060, 0.082], [0.031, 0.034, 0.040]]


def _days(simulation, code, first, count):
    days = simulation.start + np.arange(first, first + count)
    return np.concatenate([simulation.load_day(code, d)["field"].values for d in days], axis=1)


def _night_rms_nt(simulation, days):
    found = []
    for day in days:
        for station in simulation.stations:
            field = simulation.load_day(station.station_code, day)["field"].values
            spectrum = np.fft.rfft(field - field.mean(axis=1, keepdims=True))
            frequency = np.fft.rfftfreq(86_400)
            spectrum[:, (frequency < 0.015) | (frequency > 0.040)] = 0
            solar = (np.arange(86_400) / 3600 + station.solar_offset_hours) % 24
            band = np.fft.irfft(spectrum)[:, (solar >= 20) | (solar < 4)]
            found.append(np.sqrt((band**2).mean(axis=1)))
    return np.array(found)


def test_everything_keeps_its_contract(planted_world):
    recording = check_recording(planted_world.load_day("TIM", planted_world.start))
    assert recording.attrs["frame"] == "HDZ"
    assert recording.attrs["source_format"] == "simulated"
    assert recording["time"].values[0] == planted_world.start
    npt.assert_allclose(recording["field"].mean("time"), [38_000, 0, -20_000], atol=1_500)
    check_catalogue(planted_world.catalogue)
    check_space_weather(planted_world.space_weather)
    assert set(planted_world.mainshocks["event_id"]) <= set(
        planted_world.catalogue.events["event_id"]
    )


@given(order=st.permutations([("BAR", 3), ("BAR", 4), ("HAL", 3), ("HAL", 40), ("TIM", 4)]))
@settings(max_examples=4, deadline=None)
def test_days_come_out_the_same_in_any_order(planted_world, order):
    fresh = replace(planted_world, faults=FaultPlan())
    known = {}
    for code, day in [*order, *reversed(order)]:
        recording = fresh.load_day(code, fresh.start + day)
        if (code, day) in known:
            assert recording.identical(known[code, day])
        known[code, day] = recording


def test_a_copy_from_another_process_gives_the_same_days(planted_world):
    planted_world.load_day("BAR", planted_world.start)
    twin = pickle.loads(pickle.dumps(planted_world))
    assert twin == planted_world
    day = planted_world.start + 7
    assert twin.load_day("BAR", day).identical(planted_world.load_day("BAR", day))
    assert twin.planted.equals(planted_world.planted)


def test_seeds_and_stations_differ(planted_world):
    day = planted_world.start
    other = replace(planted_world, seed=6)
    first = planted_world.load_day("BAR", day)["field"].values
    assert not np.allclose(first, other.load_day("BAR", day)["field"].values, atol=1)
    near = planted_world.load_day("TIM", day)["field"].values
    fast = [np.diff(x, axis=1) for x in (first, near)]
    local = np.corrcoef(fast[0][2], fast[1][2])[0, 1]
    assert abs(local) < 0.5


def test_stations_share_the_common_field():
    quiet = BackgroundPlan(sensor_noise_nt=[0, 0, 0], local_rms_nt=0)
    stations = tuple(
        Station(station_code=code, latitude_deg=0.0, longitude_deg=lon)
        for code, lon in (("AAA", 110.0), ("BBB", 118.0))
    )
    world = Simulation(
        stations=stations, start=np.datetime64("2030-01-01"), n_days=1, seed=1,
        background=quiet, faults=NO_FAULTS,
    )  # fmt: skip
    h = [np.diff(world.load_day(c, world.start)["field"].values[0]) for c in ("AAA", "BBB")]
    assert np.corrcoef(h)[0, 1] > 0.95


@pytest.mark.parametrize("code", ["BAR", "HAL"])
def test_midnight_cannot_be_found_in_a_recording(planted_world, code):
    field = _days(replace(planted_world, background=BackgroundPlan(burst_share=0)), code, 4, 6)
    for order in (1, 2):
        change = np.abs(np.diff(field, order, axis=1))
        midnights = 86_400 * np.arange(1, 6)
        at_midnight = np.concatenate([change[:, midnights - k] for k in range(1, order + 1)], 1)
        # The field is Gaussian, and its strength changes with local time: six local sigmas.
        near = np.concatenate([change[:, m - 900 : m + 900] for m in midnights], axis=1)
        assert (at_midnight.max(axis=1) < 6 * near.std(axis=1) + near.mean(axis=1)).all()


def test_lost_days_and_days_outside_are_none(planted_world):
    world = replace(planted_world, faults=FaultPlan(lost_day_share=0.3))
    loaded = [world.load_day("BAR", day) for day in world.days[:30]]
    assert 3 <= sum(x is None for x in loaded) <= 16
    assert planted_world.load_day("BAR", planted_world.start - 1) is not None
    assert planted_world.load_day("BAR", planted_world.end) is not None
    assert planted_world.load_day("BAR", planted_world.start - 2) is None
    assert planted_world.load_day("BAR", planted_world.end + 1) is None


def test_steps_carry_on_into_the_next_day(planted_world):
    world = replace(planted_world, faults=FaultPlan(
        lost_day_share=0, gaps_per_day=0, spikes_per_day=0, steps_per_day=0.5, step_nt=20.0,
    ))  # fmt: skip
    jumps = _days(world, "HAL", 0, 8) - _days(planted_world, "HAL", 0, 8)
    midnights = 86_400 * np.arange(1, 8)
    npt.assert_allclose(jumps[:, midnights], jumps[:, midnights - 1], atol=1e-9)
    assert np.abs(np.diff(jumps, axis=1)).max() > 5


def test_an_unknown_station_is_named(planted_world):
    with pytest.raises(CoverageError, match="no station 'XXX'; it has BAR, TIM, HAL"):
        planted_world.load_day("XXX", planted_world.start)


def test_storms_push_h_down_and_shake_it():
    station = Station(station_code="ALR", latitude_deg=-8.14, longitude_deg=124.59)
    day = np.datetime64("2030-01-01")
    calm, storm = (
        simulate_like(station=station, day=day, kp=np.full(8, kp), dst_nt=np.full(24, dst),
                      sensor_noise_nt=0.01, seed=3)["field"].values
        for kp, dst in ((1.0, 0.0), (7.0, -150.0))
    )  # fmt: skip
    npt.assert_allclose((storm - calm).mean(axis=1)[0], -150 * np.cos(np.deg2rad(17)), atol=15)
    shaking = [np.diff(x[0, ::20]).std() for x in (calm, storm)]
    assert shaking[1] > 4 * shaking[0]


def test_a_storm_of_the_table_is_a_storm_of_the_field(planted_world):
    world = replace(planted_world, weather=WeatherPlan(storms_per_day=0.2))
    table = world.space_weather.set_index("time")
    days = world.days[:25]
    dst = [table["dst_nt"].loc[str(day)].mean() for day in days]
    kp = [table["kp"].loc[str(day)].mean() for day in days]
    h = np.array([world.load_day("TIM", day)["field"].values[0] for day in days])
    assert np.corrcoef(dst, h.mean(axis=1))[0, 1] > 0.95
    assert np.corrcoef(kp, np.log(np.diff(h[:, ::20], axis=1).std(axis=1)))[0, 1] > 0.8


def test_simulate_like_refuses_half_a_day(stations):
    with pytest.raises(ConfigError, match="8 values of Kp"):
        simulate_like(station=stations[0], day=np.datetime64("2030-01-01"), kp=[1, 2],
                      dst_nt=np.zeros(24), sensor_noise_nt=0.1, seed=1)  # fmt: skip
    with pytest.raises(ConfigError, match="24 values of Dst"):
        simulate_like(station=stations[0], day=np.datetime64("2030-01-01"), kp=np.ones(8),
                      dst_nt=np.zeros(8), sensor_noise_nt=0.1, seed=1)  # fmt: skip


def test_nights_are_as_loud_as_those_of_the_prototype(stations):
    world = Simulation(
        stations=stations, start=np.datetime64("2014-01-01"), n_days=3_060, seed=10,
        faults=NO_FAULTS, **PROTOTYPE,
    )  # fmt: skip
    rms = _night_rms_nt(world, world.days[30::60])
    npt.assert_allclose(np.percentile(rms, [25, 50, 75], axis=0).T, PROTOTYPE_NIGHT_NT, rtol=0.25)


def test_local_noon_is_louder_than_night(stations):
    world = Simulation(
        stations=stations[:1], start=np.datetime64("2030-01-01"), n_days=20, seed=2,
        faults=NO_FAULTS, background=BackgroundPlan(burst_share=0),
    )  # fmt: skip
    changes = [
        np.diff(cut(world.load_day("BAR", d), d + np.timedelta64(h, "h"),
                    d + np.timedelta64(h + 2, "h"))["field"].values[0, ::15]).std()
        for d in world.days for h in (5, 17)
    ]  # fmt: skip
    noon, midnight = np.median(np.reshape(changes, (-1, 2)), axis=0)
    assert noon > 1.5 * midnight


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"stations": ()}, "stations is empty"),
        ({"n_days": 0}, "n_days=0 must be 1 day or more"),
        ({"seed": -1}, "seed=-1 must be 0 or more"),
    ],
)
def test_nonsense_is_refused(planted_world, change, message):
    with pytest.raises(ConfigError, match=message):
        replace(planted_world, **change)


def test_two_stations_of_one_name_are_refused(planted_world):
    twice = (planted_world.stations[0],) * 2
    with pytest.raises(ConfigError, match="names BAR twice"):
        replace(planted_world, stations=twice)


def test_lists_of_a_configuration_file_become_plans():
    plans = (
        WeatherPlan(storm_kp=[5, 8]), StormPlan(d_to_h=[1, 1]),
        PulsationPlan(kp_slope=[0.1, 0.1, 0.1]), BackgroundPlan(level_nt=[1, 2, 3]),
    )  # fmt: skip
    assert all(isinstance(hash(plan), int) for plan in plans)
