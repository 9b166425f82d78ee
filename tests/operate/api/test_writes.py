"""Acknowledging, deciding, and the trail that both leave."""

import hashlib
import json
import shutil

import pandas as pd
import pytest

from seismomag.operate import models_registry, trail
from seismomag.operate.alerts.rules import Alert, raise_new
from seismomag.operate.api.facts import audited_models
from seismomag.operate.clock import now
from seismomag.operate.settings import read_settings

WHY = "better on the audit of May"


@pytest.fixture
def alert_ids(engine_of):
    """Three alerts, the last two of the same second."""
    at = pd.Timestamp("2026-04-08 02:14:00")
    made = [
        Alert(rule="silent", station_code=code, day="2026-04-07", level="warning", detail="none")
        for code in ("ALR", "KPY", "TRT")
    ]
    raise_new(engine_of, made[:1], [], at - pd.Timedelta(hours=1))
    raise_new(engine_of, made[1:], [], at)
    return [alert.alert_id for alert in made]


def address(alert_id):
    return f"/api/v1/alerts/{alert_id}/acknowledgement"


def trail_of(client, tokens):
    return client.get("/api/v1/writes", headers=tokens.bearer("admin")).json()["writes"]


def test_an_alert_is_acknowledged_once_by_whoever_was_first(serve, tokens, alert_ids):
    client = serve()
    words = {"note": "called the station; the fuse was gone"}
    first = client.post(address(alert_ids[0]), json=words, headers=tokens.bearer("operator"))
    assert first.status_code == 200
    assert first.json()["acknowledged_by"] == "operator"
    assert first.json()["acknowledged_at"].endswith("Z")
    second = client.post(address(alert_ids[0]), json={}, headers=tokens.bearer("admin"))
    assert second.status_code == 409
    assert "operator has read it" in second.json()["detail"]
    shown = client.get("/api/v1/alerts", headers=tokens.bearer("viewer")).json()["alerts"]
    assert {a["alert_id"]: a["acknowledged_by"] for a in shown}[alert_ids[0]] == "operator"
    newest, before = trail_of(client, tokens)[:2]
    assert (newest["by"], newest["action"], newest["subject"]) == (
        "admin",
        "acknowledge",
        alert_ids[0],
    )
    assert newest["outcome"].startswith("refused: not possible now: operator has read it")
    assert (before["by"], before["outcome"]) == ("operator", "done")
    assert before["reason"] == words["note"]


def test_pages_of_alerts_miss_none_and_repeat_none(serve, tokens, alert_ids):
    client, seen, before = serve(), [], None
    for _ in range(3):
        asked = {"limit": 1} | ({"before": before} if before else {})
        page = client.get("/api/v1/alerts", params=asked, headers=tokens.bearer("viewer")).json()
        seen += [alert["alert_id"] for alert in page["alerts"]]
        before = page["next_before"]
    assert before is None
    assert sorted(seen) == sorted(alert_ids)
    assert seen[-1] == alert_ids[0]


def test_an_alert_names_no_place_of_the_machine(serve, tokens, engine_of):
    alert = Alert(
        rule="silent",
        station_code="ALR",
        day="2026-04-07",
        level="warning",
        detail="/srv/op/incoming: no file of station ALR for 2026-04-07",
    )
    raise_new(engine_of, [alert], [], pd.Timestamp("2026-04-08 02:14:00"))
    told = serve().get("/api/v1/alerts", headers=tokens.bearer("viewer")).text
    assert "incoming: no file of station ALR" in told
    assert "/srv" not in told


def test_alerts_and_the_trail_come_as_tables_too(serve, tokens, alert_ids):
    client = serve()
    table = client.get("/api/v1/alerts?format=csv", headers=tokens.bearer("viewer"))
    assert table.headers["content-type"].startswith("text/csv")
    assert table.text.splitlines()[0].startswith("alert_id,rule,station_code")
    assert len(table.text.splitlines()) == 4
    client.post(address(alert_ids[0]), json={}, headers=tokens.bearer("operator"))
    lines = client.get("/api/v1/writes?format=csv", headers=tokens.bearer("admin")).text
    assert ",operator,operator,acknowledge," in lines


@pytest.mark.parametrize("words", ["a\x00b", "a\x1b[31m", "x" * 501, "\ud800"])
def test_words_that_are_none_are_refused(serve, tokens, alert_ids, words):
    body = json.dumps({"note": words})
    headers = tokens.bearer("operator") | {"Content-Type": "application/json"}
    assert serve().post(address(alert_ids[0]), content=body, headers=headers).status_code == 422


def test_a_refused_role_leaves_the_models_alone(serve, tokens):
    client = serve()
    body = {"model_sha256": "0" * 64, "reason": WHY}
    answer = client.post("/api/v1/models/challenge", json=body, headers=tokens.bearer("operator"))
    assert answer.status_code == 403


# --- models -------------------------------------------------------------------------------


@pytest.fixture
def models(folder, small_models):
    """Two model folders in service; their keys by name."""
    keys = {}
    for name, number in (("champion", "1"), ("second", "2")):
        shutil.copytree(small_models / number, folder / "models" / name, dirs_exist_ok=True)
        manifest = (folder / "models" / name / "manifest.json").read_bytes()
        keys[name] = hashlib.sha256(manifest).hexdigest()
    return keys


def write_audit(folder, name, level, model_sha256):
    place = folder / "audits" / name
    place.mkdir(parents=True)
    audit = {"provenance": {"model_sha256": model_sha256} if model_sha256 else {}}
    (place / "audit.json").write_text(json.dumps(audit))
    verdict = {
        "level": level,
        "reason_code": "",
        "p_value": 0.001,
        "n_events": 60,
        "audited_at": "2026-05-01T00:00:00Z",
        "report_sha256": hashlib.sha256((place / "audit.json").read_bytes()).hexdigest(),
    }
    (place / "verdict.json").write_text(json.dumps(verdict))


def roles(engine):
    return {row["path"]: row["role"] for row in models_registry.current_roles(engine)}


def test_a_model_runs_in_shadow_then_serves_then_makes_room(
    serve, tokens, models, folder, engine_of
):
    client = serve()
    write_audit(folder, "may", "V3", models["second"])

    def decide(action, name, **more):
        body = {"model_sha256": models[name], "reason": WHY} | more
        return client.post(f"/api/v1/models/{action}", json=body, headers=tokens.bearer("admin"))

    answer = decide("challenge", "second")
    assert answer.json() == {
        "model_sha256": models["second"],
        "role": "challenger",
        "verdict": "",
    }
    assert roles(engine_of)["models/second"] == "challenger"
    assert decide("promotion", "second", audit_id="may").json()["verdict"] == "V3"
    assert roles(engine_of) == {"models/second": "champion"}
    assert decide("roll-back", "second").status_code == 409
    assert decide("roll-back", "champion").json()["role"] == "champion"
    assert roles(engine_of)["models/champion"] == "champion"
    said = [(line["action"], line["outcome"][:7]) for line in reversed(trail_of(client, tokens))]
    assert said == [
        ("challenge", "done"),
        ("promote", "done"),
        ("roll back", "refused"),
        ("roll back", "done"),
    ]


@pytest.mark.parametrize(
    ("level", "audited", "asked", "words"),
    [
        ("V2", "second", "may", "the audit says V2"),
        ("V1", "second", "may", "the audit says V1"),
        ("V3", "champion", "may", "judged"),
        ("V3", None, "may", "no model that it names"),
        ("V3", "second", "june", "name an audit"),
        ("V3", "second", None, "name an audit"),
    ],
)
def test_no_promotion_without_a_passed_audit_of_this_model(
    serve, tokens, models, folder, engine_of, level, audited, asked, words
):
    write_audit(folder, "may", level, models.get(audited))
    body = {"model_sha256": models["second"], "reason": WHY, "audit_id": asked}
    client = serve()
    answer = client.post("/api/v1/models/promotion", json=body, headers=tokens.bearer("admin"))
    assert answer.status_code == 409
    assert words in answer.json()["detail"]
    assert str(folder) not in answer.text + str(trail_of(client, tokens))
    assert models_registry.history(engine_of) == []
    assert trail_of(client, tokens)[0]["outcome"].startswith("refused")


def test_an_audit_that_was_edited_afterwards_promotes_nobody(folder, models):
    write_audit(folder, "may", "V3", models["champion"])
    text = (folder / "audits/may/audit.json").read_text()
    edited = text.replace(models["champion"], models["second"])
    (folder / "audits/may/audit.json").write_text(edited)
    with pytest.raises(Exception, match="damaged"):
        audited_models.verdict_on(folder, "may", models["second"])


def test_an_unknown_model_is_not_there(serve, tokens, models):
    body = {"model_sha256": "0" * 64, "reason": WHY}
    for action in ("challenge", "promotion"):
        answer = serve().post(f"/api/v1/models/{action}", json=body, headers=tokens.bearer("admin"))
        assert answer.status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"model_sha256": "0" * 64, "reason": "because"},
        {"model_sha256": "../../etc", "reason": WHY},
        {"model_sha256": "A" * 64, "reason": WHY},
        {"model_sha256": "0" * 64, "reason": WHY, "path": "/etc"},
    ],
)
def test_a_decision_has_a_key_and_a_reason(serve, tokens, body):
    answer = serve().post("/api/v1/models/challenge", json=body, headers=tokens.bearer("admin"))
    assert answer.status_code == 422


def test_a_damaged_model_folder_is_refused_without_its_path(serve, tokens, models, folder):
    (folder / "models/second/model.onnx").write_bytes(b"no graph")
    body = {"model_sha256": models["second"], "reason": WHY}
    answer = serve().post("/api/v1/models/challenge", json=body, headers=tokens.bearer("admin"))
    assert answer.status_code == 409
    assert str(folder) not in answer.text


def test_links_are_no_model_folders(folder, models):
    shutil.move(folder / "models" / "second", folder.parent / "elsewhere")
    (folder / "models" / "second").symlink_to(folder.parent / "elsewhere")
    assert models_registry.path_of(read_settings(folder), models["second"]) is None


# --- the trail ----------------------------------------------------------------------------


def test_a_write_that_was_cut_off_stays_begun(engine_of):
    write = trail.Write(by="Dewi", role="admin", action="promote", subject="x", reason=WHY)
    with pytest.raises(KeyboardInterrupt), trail.traced(engine_of, write, now()):
        raise KeyboardInterrupt
    assert trail.lines(engine_of, before=None, limit=9)[0]["outcome"] == trail.BEGUN


def test_the_trail_is_paged_by_number(engine_of):
    write = trail.Write(by="Dewi", role="admin", action="promote", subject="x")
    numbers = [trail.note(engine_of, write, trail.DONE, now()) for _ in range(5)]
    first = trail.lines(engine_of, before=None, limit=2)
    assert [row["number"] for row in first] == numbers[:2:-1]
    rest = trail.lines(engine_of, before=first[-1]["number"], limit=9)
    assert [row["number"] for row in rest] == numbers[2::-1]
