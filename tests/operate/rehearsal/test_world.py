"""The invented network of a rehearsal, its misfortunes, and the world outside of it."""

import csv
import hashlib
import hmac
import json
import urllib.request
from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from seismomag.core.errors import ConfigError
from seismomag.operate.rehearsal import receiver as rehearse_receiver
from seismomag.operate.rehearsal.plan import Figure, RehearsalPlan
from seismomag.operate.rehearsal.stations import NETWORK, first_stations
from seismomag.operate.rehearsal.trouble import KILL, TROUBLES, cycle_moments, draw_troubles
from seismomag.operate.rehearsal.world import CLOCK_FAULTS, FIRST_DAY, Delivery, InventedNetwork
from seismomag.operate.sources.folder import FolderPlan, get_folder_day

DAY = pd.Timedelta(days=1)
END = pd.Timestamp(FIRST_DAY) + DAY


def invented(folder, n_days=8, seed=3):
    return InventedNetwork.invent(folder, first_stations(4), n_days, seed)


def only(network, kind, number=1, hours=1.0):
    """The same network, of which one file comes."""
    day = FIRST_DAY + number
    moment = pd.Timestamp(day) + DAY + pd.Timedelta(hours=hours)
    code = network.simulation.stations[0].station_code
    network.deliveries = [Delivery(moment=moment, station_code=code, day=day, kind=kind)]
    network.deliver(moment)
    return get_folder_day(FolderPlan(root=network.incoming, settle_s=0), code, day)


def test_stations_are_spread_over_the_network():
    assert len(NETWORK) == len({s.station_code for s in NETWORK}) == 24
    four = [s.longitude_deg for s in first_stations(4)]
    assert max(four) - min(four) > 10
    assert first_stations(24) == NETWORK
    for n in (3, 25):
        with pytest.raises(ConfigError, match="4 to 24"):
            first_stations(n)


@pytest.mark.parametrize(
    "wrong", [{"n_days": 1}, {"speed": 0}, {"seed": -1}, {"cycle_hours": 5}, {"cycle_hours": 0}]
)
def test_impossible_plans_are_refused(wrong):
    with pytest.raises(ConfigError):
        RehearsalPlan(**wrong)


def test_the_same_seed_gives_the_same_misfortunes(tmp_path):
    one, same, other = (invented(tmp_path, seed=seed) for seed in (3, 3, 4))
    assert one.deliveries == same.deliveries
    assert one.roles == same.roles
    assert one.deliveries != other.deliveries
    assert len(set(one.roles.values())) == 4


def test_each_role_plays_its_part(tmp_path):
    network = invented(tmp_path, n_days=20)
    of = {
        role: [d for d in network.deliveries if d.station_code == code]
        for role, code in network.roles.items()
    }
    assert max(d.day for d in of["silent"]) < network.simulation.end - 5
    assert {d.kind for d in of["clock"]} == {"whole", *(f"clock {f}" for f in CLOCK_FAULTS)}
    assert {d.kind for d in of["torn"]} == {"whole", "half", "twin", "garbage", "other day"}
    delays = [(d.moment - pd.Timestamp(d.day)) / DAY for d in of["late"]]
    assert sum(delay > 1.8 for delay in delays) >= 5
    ordinary = [d for d in network.deliveries if d.station_code not in network.roles.values()]
    assert {d.kind for d in ordinary} <= {"whole"}


@pytest.mark.parametrize("fault", CLOCK_FAULTS)
def test_every_clock_fault_is_seen_by_the_reader(tmp_path, fault):
    answer = only(invented(tmp_path), f"clock {fault}")
    assert answer.data.attrs["clock_faults"]


def test_sound_files_are_read_and_unsound_ones_are_not(tmp_path):
    whole = only(invented(tmp_path / "a"), "whole")
    half = only(invented(tmp_path / "b"), "half")
    assert whole.data.attrs["clock_faults"] == []
    missing = [np.isnan(a.data["field"].values).mean() for a in (whole, half)]
    assert missing[0] < 0.05 < 0.45 < missing[1]
    for kind in ("garbage", "other day"):
        assert only(invented(tmp_path / kind), kind).data is None


def test_files_carry_the_time_of_their_arrival(tmp_path):
    network = invented(tmp_path)
    arrived = network.deliver(END + pd.Timedelta(hours=12))
    assert [d.moment for d in arrived] == sorted(d.moment for d in arrived)
    for path in network.incoming.glob("*/S*"):
        written = pd.Timestamp(path.stat().st_mtime, unit="s")
        assert END < written < END + pd.Timedelta(hours=12)
    assert network.deliver(END + pd.Timedelta(hours=12)) == []


def test_nothing_is_known_before_its_time(tmp_path):
    network = invented(tmp_path)
    moment = END + 3 * DAY
    network.deliver(moment)
    lines = [x for x in (tmp_path / "catalogue.csv").read_text().splitlines() if x[0] != "#"]
    assert all(row["origin_time"] < moment.isoformat() for row in csv.DictReader(lines))
    weather = pd.read_csv(tmp_path / "weather.csv")
    assert pd.to_datetime(weather["available_time"]).max() <= moment.tz_localize("UTC")
    assert len(weather) > 50


def test_only_what_the_archive_has_leaves_the_folder(tmp_path):
    network = invented(tmp_path)
    network.deliver(END + pd.Timedelta(hours=8))
    paths = sorted(network.incoming.glob("*/S*"))
    kept = paths[0].parent.name
    archived = {(p.parent.name, str(FIRST_DAY)) for p in paths} - {(kept, str(FIRST_DAY))}
    network.sweep(END + pd.Timedelta(hours=9), archived)
    assert sorted(network.incoming.glob("*/S*")) == paths
    network.sweep(END + 3 * DAY, archived)
    assert {p.parent.name for p in network.incoming.glob("*/S*")} == {kept}


def test_runs_come_in_their_hours_and_not_on_days_off():
    plan = RehearsalPlan(n_days=30, cycle_hours=12)
    moments = cycle_moments(FIRST_DAY, plan)
    assert {f"{m:%H:%M}" for m in moments} == {"08:20", "20:20"}
    off, back = (pd.Timestamp(FIRST_DAY) + day * DAY for day in plan.days_off)
    assert back - off == 7 * DAY
    assert not [m for m in moments if off <= m < back]
    assert moments[-1] == pd.Timestamp(FIRST_DAY) + 30 * DAY + pd.Timedelta(hours=20, minutes=20)
    hourly = cycle_moments(FIRST_DAY, replace(plan, cycle_hours=1, n_days=2))
    assert len(hourly) == 45


def test_troubles_meet_runs_that_have_work(tmp_path):
    plan = RehearsalPlan(n_days=30, cycle_hours=1)
    network = InventedNetwork.invent(tmp_path, first_stations(6), 30, 1)
    moments = cycle_moments(FIRST_DAY, plan)
    troubles = draw_troubles(network.deliveries, FIRST_DAY, moments, plan)
    assert Counter(troubles.values()) == {KILL: 12, **dict.fromkeys(TROUBLES[1:], 1)}
    for moment in troubles:
        before = moments[moments.index(moment) - 1] if moment != moments[0] else END
        assert any(before < d.moment <= moment for d in network.deliveries)
    back = pd.Timestamp(FIRST_DAY) + plan.days_off[1] * DAY
    assert not [m for m in troubles if back <= m < back + DAY]


def test_a_figure_says_where_it_stands():
    figure = Figure(name="R1", what="kills", reached="3 lost", bound="0", is_within=False)
    assert figure.sentence() == "R1     kills: 3 lost (bound: 0): OUT OF BOUNDS"
    assert replace(figure, is_within=None).sentence().endswith("not measured")


def test_the_list_of_earthquakes_is_served_as_a_service_does(tmp_path):
    network = invented(tmp_path, n_days=60)
    network.deliveries = []
    network.deliver(END + 50 * DAY)
    query = {"starttime": "2025-03-01T00:00:00", "endtime": "2025-05-01", "minmagnitude": "4.8"}
    text = rehearse_receiver._events(tmp_path / "catalogue.csv", query)
    magnitudes = [float(line.split("|")[10]) for line in text.splitlines()[1:]]
    events = network.catalogue(END + 50 * DAY).events
    assert len(magnitudes) == (events["magnitude"] >= 4.8).sum() > 0
    assert rehearse_receiver._events(tmp_path / "none.csv", query) == ""


def test_messages_are_kept_and_a_wrong_signature_is_seen(tmp_path):
    outside = rehearse_receiver.Outside(tmp_path / "got.jsonl", tmp_path / "none.csv", "key")
    body = json.dumps({"items": [{"alert_id": "a"}, {"alert_id": "b"}]}).encode()
    try:
        for secret in ("key", "other"):
            mac = hmac.new(secret.encode(), b"id-1." + body, hashlib.sha256).hexdigest()
            headers = {"X-Seismomag-Id": "id-1", "X-Seismomag-Signature": f"sha256={mac}"}
            url = f"http://127.0.0.1:{outside.port}/"
            with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as answer:
                assert answer.status == 204
        assert [(m["alert_ids"], m["is_signed"]) for m in outside.messages()] == [
            (["a", "b"], True),
            (["a", "b"], False),
        ]
    finally:
        outside.close()


def test_a_key_can_be_read_by_its_owner_only(tmp_path):
    rehearse_receiver.write_secret(tmp_path / "key", "x")
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
