"""Where there are users, the page asks who one is; operators acknowledge, and it is recorded."""

import shutil
import subprocess
import sys

import httpx
import pytest


@pytest.fixture(scope="module")
def guarded(serve, operation, tmp_path_factory):
    """An operation with users: nothing is read without a token."""
    folder = shutil.copytree(operation, tmp_path_factory.mktemp("guarded") / "op")
    tokens = {name: _add(folder, name) for name in ("viewer", "operator")}
    return serve(folder), tokens


def _add(folder, role):
    command = [sys.executable, "-m", "seismomag.cli", "users", "add", str(folder), role]
    done = subprocess.run([*command, "--role", role], check=True, capture_output=True, text=True)
    return done.stdout.split()[-1]


@pytest.fixture
def sign_in(open_page, guarded):
    server, tokens = guarded

    def enter(role, path="/health"):
        page = open_page(path, at=server, may_complain=True, wait=False)
        page.wait_for_selector(".gate")
        page.locator(".gate input").fill(tokens[role])
        page.get_by_role("main").get_by_role("button", name="Sign in").click()
        page.wait_for_selector("footer .fixed")
        return page

    return enter


def test_a_stranger_sees_a_field_for_a_token_and_no_numbers(open_page, guarded, axe):
    page = open_page("/network", at=guarded[0], may_complain=True, wait=False)
    page.wait_for_selector(".gate")
    assert page.locator(".roll").count() == 0
    assert page.locator("footer .fixed").count() == 0
    page.evaluate(axe)
    assert page.evaluate("axe.run(document).then((result) => result.violations)") == []


def test_a_wrong_token_is_told(open_page, guarded):
    page = open_page("/network", at=guarded[0], may_complain=True, wait=False)
    page.wait_for_selector(".gate")
    page.locator(".gate input").fill("x" * 40)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_selector(".gate [role=alert]")
    assert page.locator(".gate input").input_value() == "x" * 40


def test_a_viewer_reads_and_may_not_acknowledge(sign_in):
    page = sign_in("viewer")
    page.wait_for_selector(".band h1")
    page.wait_for_load_state("networkidle")
    assert "viewer" in page.locator("footer .session").inner_text()
    assert page.get_by_role("button", name="Acknowledge").count() == 0


def test_an_operator_acknowledges_and_it_is_recorded(sign_in, guarded):
    server, tokens = guarded
    page = sign_in("operator")
    waiting = page.get_by_role("button", name="Acknowledge")
    waiting.first.wait_for()
    page.reload()
    waiting.first.wait_for()
    waiting.first.click()
    page.wait_for_selector("text=Acknowledged by operator")
    bearer = {"Authorization": f"Bearer {tokens['operator']}"}
    alerts = httpx.get(f"{server.url}/api/v1/alerts?limit=100", headers=bearer).json()["alerts"]
    assert [one["acknowledged_by"] for one in alerts].count("operator") == 1


def test_signing_out_shows_nothing_any_more(sign_in):
    page = sign_in("viewer", "/network")
    page.wait_for_selector(".roll .row b")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_selector(".gate")
    assert page.locator(".roll").count() == 0
