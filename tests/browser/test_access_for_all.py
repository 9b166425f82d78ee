"""Keyboard, contrast, names: the page for those who do not point, or do not see."""

import pytest


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_axe_finds_nothing(open_page, path_of, axe, view, width, theme):
    page = open_page(path_of(view), width=width, theme=theme)
    page.evaluate(axe)
    found = page.evaluate("axe.run(document).then((result) => result.violations)")
    told = [(one["id"], [node["html"][:160] for node in one["nodes"][:3]]) for one in found]
    assert told == []


def test_the_tab_key_reaches_everything_and_shows_where_it_is(open_page):
    page = open_page("/network")
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        here = page.evaluate(
            """() => {
              const one = document.activeElement, style = getComputedStyle(one);
              const box = one.getBoundingClientRect();
              return {name: one.className + one.tagName, text: one.innerText ?? "",
                      ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
                      shown: box.right > 0 && box.bottom > 0 && box.width > 0};
            }"""
        )
        if here["name"] == "BODY":
            break
        assert here["ring"], here
        assert here["shown"], here
        seen.append(here["text"].strip())
    assert seen[0] == "Skip to content"
    for needed in ("Network", "Health", "ID", "Dark", "?", "worst first"):
        assert needed in seen, seen


def test_the_skip_link_goes_to_the_content(open_page):
    page = open_page("/network")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_figures_change_the_view(open_page):
    page = open_page("/network")
    order = ["network", "station", "forecasts", "ledger", "audit", "models", "health"]
    for at, view in enumerate(order, start=1):
        page.keyboard.press(str(at))
        page.until(f"location.pathname.startsWith('/{view}')")
        assert page.locator("nav a[aria-current=page]").count() == 1
    page.go_back()
    page.until("location.pathname.startsWith('/models')")


def test_letters_change_language_theme_and_zone(open_page):
    page = open_page("/network")
    page.keyboard.press("l")
    assert page.locator("html").get_attribute("lang") == "id"
    page.keyboard.press("d")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    for zone in ("WITA", "WIT", "WIB"):
        page.keyboard.press("t")
        assert page.locator(".clocks").inner_text().endswith(zone)
        assert f"tz={zone}" in page.url
    page.reload()
    page.wait_for_selector("footer .fixed")
    assert page.locator("html").get_attribute("lang") == "id"


def test_g_and_a_code_go_to_a_station(open_page, server):
    code = server.ask("/network?days=30")["stations"][0]["station_code"]
    page = open_page("/health", may_complain=True)
    page.keyboard.press("g")
    assert page.locator(".typed").is_visible()
    page.keyboard.type(code.lower())
    page.until(f"location.pathname.startsWith('/station/{code}')")
    assert page.locator(".typed").count() == 0


def test_the_list_of_keys_opens_holds_the_keys_and_closes(open_page):
    page = open_page("/network")
    page.keyboard.press("?")
    shown = page.locator("dialog.keys")
    assert shown.is_visible()
    keys = page.locator("dialog.keys kbd").all_inner_texts()
    for key in ("1", "7", "t", "l", "d", "o", "g", "Esc"):
        assert key in keys
    page.keyboard.press("3")
    assert "/network" in page.url, "keys rest while the list is open"
    page.keyboard.press("Escape")
    assert not shown.is_visible()


def test_single_keys_can_be_switched_off(open_page):
    page = open_page("/network")
    page.keyboard.press("?")
    page.locator("dialog.keys input").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("7")
    page.keyboard.press("l")
    assert "/network" in page.url
    assert page.locator("html").get_attribute("lang") == "en"


def test_large_letters_lose_nothing(open_page, screenshots):
    page = open_page("/network", width=720)
    page.evaluate(
        """() => { const sheet = new CSSStyleSheet();
          sheet.replaceSync("* {line-height: 1.5 !important; letter-spacing: .12em !important;"
            + "word-spacing: .16em !important}");
          document.adoptedStyleSheets = [sheet]; }"""
    )
    page.screenshot(path=screenshots / "network-text-spacing.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 720
