"""Every view, at every width, in both languages: drawn, quiet, and within the page."""

import json
import re

import pytest

_KEY = re.compile(r"^[a-z]+(_[a-z0-9]+)+$")


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize("width", [390, 1440])
def test_a_view_is_drawn_within_the_page(open_page, path_of, screenshots, view, width, language):
    page = open_page(path_of(view), width=width, language=language)
    page.screenshot(path=screenshots / f"{view}-{width}-{language}-light.png", full_page=True)
    assert page.locator("html").get_attribute("lang") == language
    assert page.locator("h1").count() == 1
    assert page.locator("nav a[aria-current=page]").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.title().endswith("— seismomag")


def test_a_view_on_the_wall(open_page, path_of, screenshots, view):
    page = open_page(path_of(view), width=2560, theme="dark")
    page.screenshot(path=screenshots / f"{view}-2560-en-dark.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= 2560
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "24.5px"


@pytest.mark.parametrize("language", ["en", "id"])
def test_no_label_shows_its_own_name(open_page, path_of, server, view, language):
    page = open_page(path_of(view), language=language)
    names = {"no_data", server.ask("/operation")["versions"]["database_revision"]}
    texts = page.evaluate(
        """() => [...document.querySelectorAll("body *")]
            .flatMap((one) => [one.getAttribute("aria-label"), one.getAttribute("title"),
                ...[...one.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data)])
            .filter(Boolean).map((text) => text.trim())"""
    )
    assert [text for text in texts if _KEY.match(text) and text not in names] == []
    assert [text for text in texts if re.search(r"\{\w+\}", text)] == []
    assert [text for text in texts if "undefined" in text or "NaN" in text] == []


def test_the_fixed_sentence_stands_under_every_view(open_page, path_of, server, view):
    page = open_page(path_of(view), language="id")
    sentence = server.ask("/status")["verdict"]["sentence"]["id"]
    assert page.locator("footer .fixed").inner_text() == sentence


def test_paper_is_white_and_without_tools(open_page, path_of, screenshots, view):
    page = open_page(path_of(view), theme="dark")
    page.emulate_media(media="print")
    page.screenshot(path=screenshots / f"{view}-print.png")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == (
        "rgb(255, 255, 255)"
    )
    ink = "getComputedStyle(document.documentElement).getPropertyValue('--ink')"
    assert page.evaluate(ink).lower() == "#10171c"
    assert not page.locator("header nav").is_visible()
    assert page.locator("footer .printed").inner_text() == page.url


@pytest.mark.parametrize("name", ["network", "health"])
def test_forced_colours_leave_the_states_readable(open_page, screenshots, name):
    page = open_page(f"/{name}", forced_colors="active")
    page.screenshot(path=screenshots / f"{name}-forced-colours.png")
    for glyph in page.locator("main .g").all()[:5]:
        assert glyph.is_visible()


def test_an_address_without_a_view_names_the_views(open_page):
    page = open_page("/nowhere", wait=False)
    page.wait_for_selector("main .problem")
    assert page.locator("main .problem a").count() == 7


def test_numbers_of_the_page_are_those_of_the_api(open_page, server):
    page = open_page("/network")
    network = server.ask("/network?days=30")
    shown = page.locator(".count .big").all_inner_texts()
    order = ["silent", "faulty", "late", "unknown", "ok"]
    counts = {count["state"]: count["n"] for count in network["counts"]}
    assert [int(text) for text in shown] == [counts.get(state, 0) for state in order]
    codes = page.locator(".roll .row b").all_inner_texts()
    assert sorted(codes) == sorted(row["station_code"] for row in network["stations"])
    rings = page.locator(".map svg.m > circle.ev").count()
    assert rings == len(network["events"]), json.dumps(network["events"])[:500]
