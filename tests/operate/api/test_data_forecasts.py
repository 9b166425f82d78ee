"""Forecasts, ledger, audits and models as the page shows them."""

import json
import shutil

import pytest

from seismomag.operate import ledger
from seismomag.operate.settings import read_settings


def test_a_month_of_scores_stands_beside_its_earthquakes(seen):
    told = seen.get("forecasts").json()
    assert (told["first_day"], told["end_day"]) == ("2024-05-01", "2024-06-01")
    scores = told["scores"]
    assert [(s["day"][8:], s["station_code"]) for s in scores[:3]] == [
        ("08", "ALR"),
        ("08", "KPY"),
        ("09", "ALR"),
    ]
    assert len(scores) == 8
    assert all(score["azimuth_kappa"] > 0 for score in scores)
    assert {s["day"][8:]: s["is_late"] for s in scores} == {
        "08": True,
        "09": True,
        "10": True,
        "11": False,
    }
    assert [e["event_id"] for e in told["events"]] == ["deep", "far", "near"]
    assert told["target_event_ids"] == ["near"], "one is far away, one is deep"
    assert told["n_hit"] is None, "no horizon is over"
    assert told["verdict"]["audit_id"] == "foreign"


def test_a_score_is_not_shown_without_what_was_observed_at_it(seen, past_operation):
    told = seen.get("forecasts").json()
    path = past_operation / "audits" / "foreign" / "audit.json"
    bins = json.loads(path.read_text())["pictures"]["reliability"]["bins"]
    inside = [s for s in told["scores"] if s["observed_frequency"] is not None]
    assert inside
    for score in inside:
        nearest = min(bins, key=lambda one: abs(one["probability"] - score["probability"]))
        assert score["observed_frequency"] == pytest.approx(nearest["frequency"], abs=1e-6)
        assert score["observed_low"] <= score["observed_frequency"] <= score["observed_high"]


def test_one_station_and_another_month(seen):
    told = seen.get("forecasts", params={"station": "KPY", "month": "2024-05"}).json()
    assert {s["station_code"] for s in told["scores"]} == {"KPY"}
    assert seen.get("forecasts", params={"month": "2024-04"}).json()["scores"] == []
    assert seen.get("forecasts", params={"station": "XXX"}).status_code == 404
    assert seen.get("forecasts", params={"month": "2024-13"}).status_code == 422


def test_a_day_without_a_score_says_why(look, past):
    settings = read_settings(past)
    ledger.append(
        settings.ledger,
        [
            {
                "kind": "no_data",
                "issued_at": "2024-05-12T02:05:00Z",
                "valid_from": "2024-05-09T00:00:00Z",
                "valid_to": "2024-05-23T00:00:00Z",
                "day": "2024-05-07",
                "station": "ALR",
                "model_sha256": "0" * 64,
                "reason": "collect: /srv/op/incoming/ALR: no file",
            }
        ],
    )
    first = look(past).get("forecasts").json()["scores"][0]
    assert (first["day"], first["probability"]) == ("2024-05-07", None)
    assert first["reason"] == {
        "en": "collect: ALR: no file",
        "id": "kumpul: ALR: tidak ada berkas",
        "foreign": [],
    }


def test_the_ledger_is_paged_and_its_chain_is_whole(seen):
    told = seen.get("ledger", params={"limit": 3}).json()
    assert told["chain"]["is_whole"] is True
    assert told["chain"]["n_records"] == 8
    assert [r["seq"] for r in told["records"]] == [7, 6, 5]
    older = seen.get("ledger", params={"limit": 500, "before": told["next_before"]}).json()
    assert [r["seq"] for r in older["records"]] == [4, 3, 2, 1, 0]
    assert older["next_before"] is None
    assert {r["kind"] for r in older["records"]} == {"late"}
    assert told["records"][0]["prev"] == told["records"][1]["hash"]
    assert "registered" in told["registration"]["reason"]["en"]
    assert told["chain"]["due_missing"] == []


def test_a_changed_record_is_named_and_turns_the_page_red(look, past):
    path = read_settings(past).ledger
    lines = path.read_bytes().split(b"\n")
    lines[2] = lines[2].replace(b'"station":"ALR"', b'"station":"KPY"')
    path.write_bytes(b"\n".join(lines))
    client = look(past)
    chain = client.get("ledger").json()["chain"]
    assert (chain["is_whole"], chain["first_bad_seq"]) == (False, 2)
    trouble = client.get("status").json()["troubles"][0]
    assert trouble["title"]["en"] == "The forecast ledger is broken at record 2"


def test_records_that_are_due_are_named(look, past):
    later = look(past, at="2024-05-13T20:20:00").get("ledger").json()
    assert later["chain"]["due_missing"] == ["ALR 2024-05-12", "KPY 2024-05-12"]


def test_a_foreign_audit_is_shown_by_its_rules(seen):
    listed = seen.get("audits").json()["audits"]
    assert [one["audit_id"] for one in listed] == ["foreign"]
    told = seen.get("audits/latest").json()
    assert told["audit_id"] == "foreign"
    assert told["verdict"]["level"] in ("V0", "V1")
    assert told["verdict"]["sentence"]["en"].startswith(
        "Experimental anomaly score; not a forecast"
    )
    assert told["verdict"]["sentence"]["id"].startswith(
        "Skor anomali eksperimental; bukan prakiraan"
    )
    assert told["quantities"]
    assert len(told["not_run"]) >= 4


@pytest.mark.parametrize(
    "part", ["quantities", "molchan", "histogram", "reliability", "calendar", "storms", "nulls"]
)
def test_every_panel_of_an_audit_is_a_table(seen, part):
    answer = seen.get("audits/foreign", params={"format": "csv", "part": part})
    assert answer.status_code == 200
    assert "," in answer.text.splitlines()[0]


def test_the_sentence_of_a_verdict_cannot_be_edited(look, past):
    path = past / "audits" / "foreign" / "verdict.json"
    told = json.loads(path.read_text())
    told["sentence"] = {"en": "It works!", "id": "Berhasil!"}
    path.write_text(json.dumps(told))
    answer = look(past).get("status")
    assert "It works" not in answer.text


def test_an_edited_audit_is_not_shown(look, past):
    path = past / "audits" / "foreign" / "audit.json"
    path.write_text(path.read_text().replace('"p"', '"p" '))
    answer = look(past).get("audits/foreign")
    assert (answer.status_code, answer.json()["title"]) == (503, "audit damaged")


def test_the_newest_audit_counts(look, past):
    shutil.copytree(past / "audits" / "foreign", past / "audits" / "older")
    path = past / "audits" / "older" / "verdict.json"
    told = json.loads(path.read_text()) | {"audited_at": "2020-01-01T00:00:00+00:00"}
    path.write_text(json.dumps(told))
    client = look(past)
    assert [a["audit_id"] for a in client.get("audits").json()["audits"]] == ["foreign", "older"]
    assert client.get("audits/nobody").json()["nearest"] in ("foreign", "older")


def test_a_model_is_described_with_its_training(seen):
    models = seen.get("models").json()["models"]
    assert [(m["role"], m["name"]) for m in models] == [("champion", "champion")]
    assert models[0]["n_forecasts"] == 8
    assert models[0]["trunk"] == "small"
    assert {len(curve["epochs"]) for curve in models[0]["curves"]} == {2}
