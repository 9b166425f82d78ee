"""The model view: who is in service, on what verdict, and who may decide."""

import shutil
import subprocess
import sys

import pytest


@pytest.fixture(scope="module")
def models(server):
    return server.ask("/models")


def test_every_model_stands_with_its_verdict(open_page, models):
    page = open_page("/models")
    assert page.locator(".model").count() == len(models["models"])
    champion = next((m for m in models["models"] if m["role"] == "champion"), None)
    if champion is None:
        assert page.locator("h1").inner_text().startswith("No model in service")
        return
    card = page.locator(".model.champion").first.inner_text()
    assert champion["name"] in card
    assert (champion["verdict"] or "Never audited") in card
    assert champion["model_sha256"][:8] in card


def test_curves_are_drawn_for_models_that_were_trained_here(open_page, models):
    page = open_page("/models")
    groups = 0
    for model in models["models"]:
        if model["role"] != "retired":
            curves = [c for c in model["curves"] if any(v is not None for v in c["values"])]
            groups += len({c["name"].split("/")[-1] for c in curves})
    assert page.locator("#curves .curves svg[role=img]").count() == groups


def test_decisions_are_listed_with_their_reasons(open_page, models):
    page = open_page("/models")
    if not models["decisions"]:
        assert "No decision has been written." in page.locator("#decisions").inner_text()
        return
    text = page.locator("#decisions table").inner_text()
    for decision in models["decisions"]:
        assert decision["reason"] in text


def test_nobody_is_offered_a_form_without_signing_in(open_page):
    page = open_page("/models")
    assert page.locator("form.decision").count() == 0
    page.locator(".decision-gate summary").click()
    assert page.locator(".decision-gate input[type=password]").is_visible()


@pytest.fixture(scope="module")
def guarded(serve, operation, tmp_path_factory):
    """A copy with users: its server, and their tokens."""
    copied = shutil.copytree(operation, tmp_path_factory.mktemp("guarded") / "op")
    tokens = {}
    for role in ("viewer", "admin"):
        command = [sys.executable, "-m", "seismomag.cli", "users", "add", str(copied), role]
        told = subprocess.run(
            [*command, "--role", role], check=True, capture_output=True, text=True
        )
        tokens[role] = told.stdout.strip()
    return serve(copied), tokens


def sign_in(page, token):
    page.locator("main input[type=password]").fill(token)
    page.locator("main form.sign-in button[type=submit]").click()
    page.wait_for_selector("#decisions")


def test_a_viewer_is_told_that_only_an_administrator_decides(open_page, guarded):
    server, tokens = guarded
    page = open_page("/models", at=server, may_complain=True, wait=False)
    sign_in(page, tokens["viewer"])
    page.wait_for_selector("#decisions :text('Only an administrator decides')")
    assert page.locator("form.decision").count() == 0


def test_a_promotion_without_a_passed_audit_is_refused_in_words(open_page, guarded):
    server, tokens = guarded
    page = open_page("/models", at=server, may_complain=True, wait=False)
    sign_in(page, tokens["admin"])
    form = page.locator("form.decision")
    form.locator("select[name=action]").select_option("promotion")
    form.locator("textarea").fill("It would look well on the wall.")
    form.locator("button[type=submit]").click()
    refusal = form.locator("[role=alert]")
    refusal.wait_for()
    assert len(refusal.inner_text()) > 10
    assert str(server.folder) not in page.content()
    assert "Traceback" not in page.content()


def test_a_training_is_read_epoch_by_epoch(open_page, server):
    page = open_page("/models")
    model = next(m for m in server.ask("/models")["models"] if m["role"] == "champion")
    curve = next(c for c in model["curves"] if c["name"] == "train/total")
    figure = page.locator(".model-curves").first.locator("figure", has_text="total loss")
    figure.locator(".diagram").focus()
    page.keyboard.press("Home")
    said = figure.locator(".reading-words").inner_text()
    assert said.startswith(f"epoch {curve['epochs'][0]}: training 0.")
    assert page.locator("#runs tbody td").nth(1).inner_text() in {"done", "failed", "cut off"}
