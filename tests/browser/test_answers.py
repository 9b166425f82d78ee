"""What the page does between answers: ages grow, nothing is asked twice, silence is said."""

import shutil
import sqlite3
import time

from seismomag.operate.settings import read_settings

MINUTE_MS = 60_000

_LATE_EFFECTS = """
const [frame, timer] = [requestAnimationFrame, setTimeout];
window.requestAnimationFrame = (run) => timer(() => frame(run), 600);
window.setTimeout = (run, ms, ...more) => timer(run, (ms ?? 0) + 600, ...more);
"""
"""What runs after a painting runs so late that answers come before it."""


def test_a_minute_later_everything_is_asked_again_by_its_mark(open_page):
    page = open_page("/network", wait=False)
    page.wait_for_selector("footer .fixed")
    page.wait_for_load_state("networkidle")
    before = page.heard.asked_api("/network")
    page.evaluate("window.kept = document.querySelector('.roll .row')")
    with page.expect_response(
        lambda answer: "/api/v1/network" in answer.url, timeout=90_000
    ) as again:
        pass
    assert before == {200: 1}
    assert again.value.status in {200, 304}
    assert page.evaluate("window.kept.isConnected"), "rows stay where nothing changed"


def test_an_answer_between_drawing_and_following_is_drawn(open_page):
    page = open_page("/network", wait=False)
    page.add_init_script(_LATE_EFFECTS)

    def later(route):
        time.sleep(0.3)
        route.continue_()

    page.route("**/api/v1/network*", later)
    page.reload()
    page.wait_for_selector(".roll .row b")


def test_hours_count_up_without_an_answer(open_page, server):
    page = open_page("/network", may_complain=True, wait=False)
    page.clock.install()
    page.reload()
    page.wait_for_selector("footer .fixed")
    page.wait_for_load_state("networkidle")
    newest = page.locator(".newest time").inner_text()
    page.route("**/api/v1/**", lambda route: route.abort())
    page.clock.run_for(3 * MINUTE_MS)
    page.wait_for_selector("footer .r.late")
    page.clock.run_for(4 * MINUTE_MS)
    page.wait_for_selector(".ribbon.alarm")
    said = page.locator(".ribbon").inner_text()
    assert said.startswith("No answer from the server for")
    assert "Everything below is from" in said
    assert page.locator("html[data-stale]").count() == 1
    assert page.locator(".newest time").inner_text() != newest, "ages grow when nobody answers"
    assert page.locator(".roll .row b").count() >= 1, "the last numbers stay readable"
    page.unroute("**/api/v1/**")
    page.clock.run_for(MINUTE_MS)
    page.wait_for_selector("html:not([data-stale])")


def test_a_dead_server_is_told_at_once_where_nothing_was_read(open_page):
    page = open_page("/network", may_complain=True, wait=False)
    page.route("**/api/v1/**", lambda route: route.abort())
    page.reload()
    page.wait_for_selector(".ribbon.alarm")
    assert "No answer from the server" in page.locator(".ribbon").inner_text()
    assert "No answer from the server" in page.locator("main .problem").inner_text()
    page.unroute("**/api/v1/**")
    page.get_by_role("button", name="Try again").click()
    page.wait_for_selector(".roll .row b")


def test_a_locked_database_is_told_and_forgotten_when_it_opens(
    open_page, serve, operation, tmp_path
):
    copied = shutil.copytree(operation, tmp_path / "op")
    mine = serve(copied)
    path = read_settings(copied).database_url.removeprefix("sqlite:///")
    holder = sqlite3.connect(path, isolation_level=None)
    try:
        holder.execute("PRAGMA locking_mode=EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
        page = open_page("/health", at=mine, may_complain=True, wait=False)
        page.wait_for_selector(".ribbon.alarm")
        assert "database has been locked for" in page.locator(".ribbon").inner_text()
        assert str(copied) not in page.content()
        page.wait_for_selector("main .problem")
    finally:
        holder.close()
    page.get_by_role("button", name="Try again").click()
    page.wait_for_selector(".band h1")
    assert page.locator(".ribbon").count() == 0


def test_an_unknown_station_names_the_nearest(open_page, server):
    code = server.ask("/network?days=30")["stations"][0]["station_code"]
    page = open_page(f"/station/{code}X/2025-01-01", may_complain=True, wait=False)
    page.wait_for_selector(f"main :text('{code}')")
    assert "Traceback" not in page.content()
