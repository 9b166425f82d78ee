"""The audit view: the verdict is the API's, and what was not run says so."""

import json
import shutil

import pytest


@pytest.fixture(scope="module")
def audit(server):
    newest = server.ask("/audits")["audits"][0]["audit_id"]
    return server.ask(f"/audits/{newest}")


def test_the_verdict_and_its_sentence_are_the_audits(open_page, audit):
    for language in ("en", "id"):
        page = open_page("/audit", language=language)
        assert page.locator("h1").inner_text().startswith(audit["verdict"]["headline"][language])
        assert audit["verdict"]["sentence"][language] in (
            page.locator(".fixed-sentence").inner_text()
        )
        assert audit["explanation"][language] in page.locator(".why").inner_text()


def test_every_quantity_has_its_row(open_page, audit):
    page = open_page("/audit")
    rows = page.locator(".facts tbody th").all_inner_texts()
    assert rows == [quantity["label"]["en"] for quantity in audit["quantities"]]


def test_panels_that_were_not_made_say_so(open_page, audit):
    page = open_page("/audit")
    for part, anchor in (
        ("molchan", "molchan"),
        ("nulls", "nulls"),
        ("reliability", "reliability"),
    ):
        panel = page.locator(f"#{anchor}")
        assert panel.locator(".diagram svg").count() == (1 if audit[part] else 0)
        assert panel.locator(".not-computed").count() == (0 if audit[part] else 1)
    leaks = [text for text in audit["leaks"] if " NOT RUN: " not in text]
    assert page.locator("#leaks li").all_inner_texts() == leaks
    not_run = page.locator("#not-run li").all_inner_texts()
    assert not_run[: len(audit["not_run"])] == list(audit["not_run"])
    assert len(not_run) == len(audit["not_run"]) + len(audit["leaks"]) - len(leaks)


def test_the_calendar_counts_every_day_once(open_page, audit, lacks):
    if not audit["calendar"]:
        lacks("an audit without a calendar")
    page = open_page("/audit")
    counts = [int(text.split()[-1]) for text in page.locator(".alarm-key").all_inner_texts()]
    known = [day for day in audit["calendar"] if day["is_alarm"] is not None or day["n_events"]]
    assert sum(counts) == len(known)
    hits = sum(day["n_events"] > 0 and day["n_hits"] > 0 for day in audit["calendar"])
    assert counts[0] == hits


def test_bins_from_the_observed_value_on_are_solid(open_page, audit, lacks):
    if not audit["nulls"]:
        lacks("an audit without shifts")
    page = open_page("/audit")
    solid = page.locator("#nulls .bin.as-good").count()
    nulls = audit["nulls"]
    middle = [(a + b) / 2 for a, b in zip(nulls["bin_start"], nulls["bin_end"], strict=True)]
    expected = sum(
        n > 0 and at >= nulls["observed"] for n, at in zip(nulls["counts"], middle, strict=True)
    )
    assert solid == expected


def test_an_anchor_of_the_address_is_scrolled_to(open_page):
    page = open_page("/audit#not-run", width=390)
    page.until("window.scrollY > 200")


def test_another_audit_can_be_chosen(open_page, server, audit):
    page = open_page("/audit", wait=False)
    listed = server.ask("/audits")
    other = {**listed["audits"][0], "audit_id": "another", "audited_at": "2020-01-01T00:00:00Z"}
    listed["audits"].append(other)
    page.route("**/api/v1/audits", lambda route: route.fulfill(json=listed))
    page.route(
        "**/api/v1/audits/another",
        lambda route: route.fulfill(body=json.dumps({**audit, "audit_id": "another"})),
    )
    page.reload()
    page.wait_for_selector(".audit-of select")
    page.locator(".audit-of select").select_option("another")
    page.wait_for_url("**/audit/another?**")
    assert page.locator(".audit-of select").input_value() == "another"


def test_an_unknown_audit_is_named(open_page):
    page = open_page("/audit/nothing", may_complain=True, wait=False)
    page.wait_for_selector("h1:has-text('There is no audit nothing')")
    page.get_by_role("link", name="The newest audit").click()
    page.wait_for_selector(".verdict h1")


def test_without_an_audit_the_page_says_never(open_page, serve, operation, tmp_path):
    copied = shutil.copytree(operation, tmp_path / "op")
    shutil.rmtree(copied / "audits")
    page = open_page("/audit", at=serve(copied))
    assert page.locator("h1").inner_text().startswith("Never audited")
    assert "never audited" in page.locator(".fixed-sentence").inner_text()
    assert page.locator(".diagram").count() == 0


def test_a_diagram_is_read_by_pointing_and_by_arrow_keys(open_page, server):
    page = open_page("/audit/latest")
    molchan = server.ask("/audits/latest")["molchan"]
    diagram = page.locator("#molchan .diagram")
    box = diagram.bounding_box()
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.5 * box["height"])
    assert "τ 0." in diagram.locator(".reading-words").inner_text()
    page.mouse.move(0, 0)
    assert diagram.locator(".reading-words").count() == 0
    diagram.focus()
    page.keyboard.press("Home")
    tau, nu = molchan["tau"], molchan["nu"]
    said = f"τ {tau[0]:.2f}, ν {nu[0]:.2f}"
    assert diagram.get_attribute("aria-valuetext") == said
    page.keyboard.press("End")
    assert diagram.locator(".reading-words").inner_text() == f"τ {tau[-1]:.2f}, ν {nu[-1]:.2f}"
    page.keyboard.press("ArrowLeft")
    assert int(diagram.get_attribute("aria-valuenow")) == len(tau) - 2
    page.keyboard.press("Escape")
    assert diagram.locator(".reading-words").count() == 0
