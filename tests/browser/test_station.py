"""The station view: what is drawn and read out is what the API says, and nothing more."""

import json
import re
from datetime import date, timedelta

import httpx
import pytest

MASKED = 255
MINUTE = 924  # 15:24

# Some colours of the sequential map, by byte, from the design: low end, high end.
ENDS = {0: (0x0A, 0x0C, 0x27, 255), 254: (0xFD, 0xF5, 0xB2, 255), MASKED: (0, 0, 0, 0)}


@pytest.fixture(scope="module")
def measured(server, lacks):
    """A station-day with a field and a scalogram: its answer."""
    for station in server.ask("/network?days=30")["stations"]:
        for cell in reversed(station["coverage"]):
            if cell["kind"] not in {"measured", "part"}:
                continue
            day = server.ask(f"/stations/{station['station_code']}/days/{cell['day']}")
            if day["has_data"] and day["has_scalogram"]:
                return day
    return lacks("the operation has no station-day with a scalogram")


@pytest.fixture(scope="module")
def address(measured):
    return f"/station/{measured['station_code']}/{measured['day']}"


@pytest.fixture(scope="module")
def amplitude(server, measured):
    """Bytes and headers of the scalogram."""
    path = f"/stations/{measured['station_code']}/days/{measured['day']}/scalogram"
    answer = httpx.get(f"{server.url}/api/v1{path}?kind=amplitude", timeout=60)
    answer.raise_for_status()
    return answer


def drawn(page):
    page.wait_for_selector(".scalogram .heatmap")
    return page


def read_out(page):
    """Rows of the read-out by name."""
    rows = page.locator(".readout tr").all()
    return {
        row.locator("th").inner_text(): row.locator("td").inner_text()
        for row in rows
        if row.is_visible()
    }


def written(value, decimals):
    """A number as the page writes it in English."""
    text = f"{abs(value):,.{decimals}f}"
    whole = text.split(".", maxsplit=1)[0].replace(",", "")
    text = text.replace(",", "\u202f") if len(whole) > 4 else text.replace(",", "")
    return ("\u2212" if value < 0 else "") + text


def test_the_read_out_says_what_the_api_says(open_page, address, measured):
    page = drawn(open_page(f"{address}?t=15:24&f=22"))
    assert page.locator(".readout-time").inner_text() == "15:24 UTC"
    rows = read_out(page)
    for curve in measured["field"]:
        deviation = curve["deviation_nt"][MINUTE]
        expected = (
            "missing or masked"
            if deviation is None
            else f"{written(curve['mean_nt'] + deviation, 2)}\u202fnT"
        )
        assert rows[curve["component"]] == expected
    kp = [k for k in measured["kp"] if k["start"][11:13] == "15"]
    assert rows["Kp"] == (written(kp[0]["kp"], 1) if kp else "no value")


def test_the_amplitude_is_decoded_as_the_headers_say(open_page, address, amplitude):
    page = drawn(open_page(f"{address}?t=15:24&f=22"))
    n_components, n_rows, n_columns = map(int, amplitude.headers["X-Scalogram-Shape"].split(","))
    low_hz = float(amplitude.headers["X-Scalogram-Frequency-Low-Hz"])
    high_hz = float(amplitude.headers["X-Scalogram-Frequency-High-Hz"])
    low, high = (float(amplitude.headers[f"X-Scalogram-{end}"]) for end in ("Low", "High"))
    import math

    row = round(math.log(0.022 / low_hz) / math.log(high_hz / low_hz) * (n_rows - 1))
    column = int(MINUTE * 60 / float(amplitude.headers["X-Scalogram-Seconds-Per-Column"]))
    rows = read_out(page)
    for index in range(n_components):
        component = amplitude.headers["X-Scalogram-Components"].split(",")[index].strip()
        byte = amplitude.content[(index * n_rows + row) * n_columns + column]
        shown = rows[f"amplitude {component}, 22\u202fmHz"]
        if byte == MASKED:
            assert shown == "missing or masked"
            continue
        value = low * (high / low) ** (byte / 254)
        figure = float(re.search(r"[\d.]+", shown).group())
        assert figure == pytest.approx(value, rel=0.06)


def test_every_pixel_is_its_byte_in_the_map_of_the_design(open_page, address, amplitude):
    page = drawn(open_page(address))
    _, n_rows, n_columns = map(int, amplitude.headers["X-Scalogram-Shape"].split(","))
    size = page.evaluate(
        "(() => { const c = document.querySelector('.heatmap'); return [c.height, c.width] })()"
    )
    assert size == [n_rows, n_columns]
    pixels = page.evaluate(
        """() => { const c = document.querySelector('.heatmap');
            return [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data] }"""
    )
    found = {}
    for at, byte in enumerate(amplitude.content[: n_rows * n_columns]):
        row, column = divmod(at, n_columns)
        pixel = ((n_rows - 1 - row) * n_columns + column) * 4
        colour = tuple(pixels[pixel : pixel + 4])
        assert found.setdefault(byte, colour) == colour
    for byte, colour in ENDS.items():
        if byte in found:
            assert found[byte] == colour
    assert all(colour[3] == 255 for byte, colour in found.items() if byte != MASKED)


def test_three_scalograms_are_drawn_in_150_ms(open_page, address):
    page = drawn(open_page(address))
    page.until("document.querySelectorAll('.heatmap').length >= 3")
    took = page.evaluate("performance.getEntriesByName('heatmap').map((m) => m.duration)")
    assert len(took) >= 3
    assert sum(took) < 150


def test_keys_move_the_cursor_and_the_address_follows(open_page, address):
    page = drawn(open_page(f"{address}?t=15:24&f=22"))
    for key, expected in (
        ("ArrowRight", "15:25"),
        ("Shift+ArrowRight", "16:25"),
        ("ArrowLeft", "16:24"),
        ("Shift+ArrowLeft", "15:24"),
    ):
        page.keyboard.press(key)
        assert page.locator(".readout-time").inner_text() == f"{expected} UTC"
    before = page.locator(".readout th", has_text="amplitude").first.inner_text()
    for _ in range(6):
        page.keyboard.press("ArrowUp")
    assert page.locator(".readout th", has_text="amplitude").first.inner_text() != before
    page.wait_for_url(re.compile(r"t=15:24&f=24\.5"))
    page.keyboard.press("Escape")
    assert "No cursor" in page.locator(".readout").inner_text()
    assert page.locator(".cur").count() == 0


def test_the_pointer_moves_the_same_cursor(open_page, address):
    page = drawn(open_page(f"{address}?t=03:00"))
    box = page.locator(".scalogram .lane-drawing").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.75 + 0.5, box["y"] + box["height"] * 0.5)
    shown = page.locator(".readout-time").inner_text()
    assert re.match(r"1[78]:\d\d UTC", shown)
    line = page.locator(".cur").bounding_box()
    assert abs(line["x"] - (box["x"] + box["width"] * 0.75)) < 3
    assert "32\u202fmHz" in page.locator(".readout").inner_text()
    fall = page.locator(".frequency-line").first.bounding_box()
    assert abs(fall["y"] - (box["y"] + box["height"] * 0.5)) < 3


def test_a_tap_sets_the_cursor_and_a_second_clears_it(open_page, address):
    page = drawn(open_page(f"{address}?t=03:00", width=390, has_touch=True))
    box = page.locator(".kp .lane-drawing, .absent .lane-drawing").first.bounding_box()
    at = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.touchscreen.tap(*at)
    assert re.match(r"1[12]:\d\d UTC", page.locator(".readout-time").inner_text())
    page.touchscreen.tap(*at)
    assert "No cursor" in page.locator(".readout").inner_text()


def test_the_cursor_is_kept_when_the_day_changes(open_page, address, measured, lacks):
    if measured["first_day"] == measured["day"]:
        lacks("no day before")
    page = drawn(open_page(f"{address}?t=15:24&f=22"))
    page.keyboard.press("[")
    before = date.fromisoformat(measured["day"]) - timedelta(days=1)
    page.wait_for_url(re.compile(rf"/{before}\?.*t=15:24"))
    assert page.locator(".day-button b").inner_text() == str(before)
    page.go_back()
    page.wait_for_selector(f".day-button b:text('{measured['day']}')")


@pytest.mark.parametrize("browser_zone", ["America/New_York", "Asia/Tokyo"])
def test_local_time_is_the_stations_whatever_the_browsers_is(
    open_page, address, measured, browser_zone
):
    page = drawn(open_page(f"{address}?t=15:24", timezone_id=browser_zone))
    hours = int(15 + measured["utc_offset_h"]) % 24
    name = {"Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}
    zone = name[measured["time_zone"]]
    assert f"{hours:02d}:24 {zone}" in page.locator(".readout").inner_text()
    assert zone in page.locator(".axis .lane-gutter").inner_text()


def test_what_is_missing_says_so(open_page, address, measured):
    gaps = [flag for flag in measured["flags"] if flag["is_missing"]]
    for curve in measured["field"]:
        for minute, value in enumerate(curve["deviation_nt"]):
            if value is None:
                clock = f"{minute // 60:02d}:{minute % 60:02d}"
                page = drawn(open_page(f"{address}?t={clock}"))
                assert read_out(page)[curve["component"]] == "missing or masked"
                assert gaps, "a missing minute has its span in the flag strip"
                assert page.locator(".flag.gone").count() == len(gaps)
                return
    page = drawn(open_page(address))
    assert page.locator(".flag.gone").count() == len(gaps)


def test_a_day_without_data_says_why(open_page, server, lacks):
    """The demo's day of today is still open: no file, and the page says so."""
    network = server.ask("/network?days=30")
    for station in network["stations"]:
        code = station["station_code"]
        empty = [c["day"] for c in station["coverage"] if c["kind"] in {"none", "open"}]
        for day in reversed(empty):
            answer = httpx.get(f"{server.url}/api/v1/stations/{code}/days/{day}", timeout=60)
            if answer.status_code == 200 and not answer.json()["has_data"]:
                break
        else:
            continue
        break
    else:
        lacks("every day of the operation has data")
    told = answer.json()
    page = open_page(f"/station/{code}/{day}")
    said = page.locator(".no-data").inner_text()
    assert f"No data from {code} on {day}" in said
    assert f"no value: {told['reason']['en']}" in said
    assert page.locator(".heatmap").count() == 0
    assert told["last_day"] in page.locator(".no-data-ways a").last.inner_text()
    assert page.locator(".month-day").count() >= 28


@pytest.mark.parametrize(
    ("days", "end", "said"),
    [(-30, "first_day", "Arsip {} dimulai {}."), (400, "last_day", "Arsip {} berakhir {}.")],
)
def test_a_day_outside_the_archive_names_its_end(open_page, measured, days, end, said):
    code, known = measured["station_code"], measured[end]
    outside = date.fromisoformat(known) + timedelta(days=days)
    page = open_page(f"/station/{code}/{outside}", language="id", may_complain=True, wait=False)
    page.wait_for_selector(".no-data-line")
    assert page.locator(".no-data-line").inner_text() == said.format(code, known)
    page.locator(".no-data-ways a").first.click()
    page.wait_for_url(f"**/station/{code}/{known}?**")


def test_the_first_day_says_why_there_is_none_before(open_page, measured):
    page = open_page(f"/station/{measured['station_code']}/{measured['first_day']}")
    assert page.locator(".step.off").first.get_attribute("title") == "first day in the archive"


def test_a_damaged_store_leaves_the_fields(open_page, address):
    page = open_page(address, may_complain=True, wait=False)
    problem = {
        "type": "about:blank",
        "title": "scalogram unreadable",
        "status": 503,
        "detail": "the store failed its checksum",
        "since": "2025-03-05T01:00:00Z",
        "nearest": None,
    }
    page.route(
        "**/scalogram?*",
        lambda route: route.fulfill(
            status=503, body=json.dumps(problem), content_type="application/problem+json"
        ),
    )
    page.reload()
    page.wait_for_selector(".scalogram.absent .absent-reason")
    said = page.locator(".scalogram.absent .absent-reason").first.inner_text()
    assert "failed its checksum" in said
    assert "5\u202fMar 01:00 UTC" in said
    assert page.locator(".field canvas").count() == 3
    assert page.locator(".heatmap").count() == 0


def test_a_short_body_is_refused_and_not_drawn_askew(open_page, address, amplitude):
    page = open_page(address, may_complain=True, wait=False)
    headers = {k: v for k, v in amplitude.headers.items() if k.lower().startswith("x-scalogram")}
    page.route(
        "**/scalogram?kind=amplitude",
        lambda route: route.fulfill(status=200, body=b"\x01\x02\x03", headers=headers),
    )
    page.reload()
    page.wait_for_selector(".scalogram.absent .absent-reason")
    assert "3 bytes announced as" in page.locator(".absent-reason").last.inner_text() or any(
        "3 bytes announced as" in text for text in page.locator(".absent-reason").all_inner_texts()
    )


def test_nothing_is_hatched_while_it_is_on_its_way(open_page, address):
    page = open_page(address, wait=False)
    held = []
    page.route("**/scalogram?kind=amplitude", lambda route: held.append(route))
    page.reload()
    page.wait_for_selector(".lane.reading .wait:has-text('Reading')")
    assert page.locator(".lane.absent.scalogram").count() == 0
    assert held
    held[0].continue_()
    page.wait_for_selector(".scalogram .heatmap")


def test_the_calendar_opens_with_the_coverage_and_closes(open_page, server, address, measured):
    page = drawn(open_page(address))
    page.locator(".day-button").click()
    page.wait_for_selector(".month-day")
    year, month = map(int, measured["day"].split("-")[:2])
    n_days = (date(year + month // 12, month % 12 + 1, 1) - date(year, month, 1)).days
    assert page.locator(".month-day").count() == n_days
    cells = server.ask(f"/stations/{measured['station_code']}/coverage?year={year}")["cells"]
    assert page.locator(".year-day").count() == len(cells)
    assert page.locator(".month-day[aria-current=date] span").inner_text() == str(
        int(measured["day"][-2:])
    )
    page.keyboard.press("Escape")
    assert page.locator(".day-calendar").count() == 0
    assert page.evaluate("document.activeElement.className") == "day-button"


def test_a_key_reads_the_cursor_aloud(open_page, address):
    page = drawn(open_page(f"{address}?t=15:24"))
    assert page.locator(".readout [role=status]").inner_text() == ""
    page.keyboard.press("r")
    assert page.locator(".readout [role=status]").inner_text().startswith("15:24 UTC. ")


def test_canvases_say_what_is_to_be_seen(open_page, address):
    page = drawn(open_page(address))
    label = page.locator(".heatmap").first.get_attribute("aria-label")
    assert re.search(
        r"amplitude, .+ 20\d\d, (strongest \d\d:\d\d UTC near \d+ mHz|all of it)", label
    )
    for curve in page.locator(".curve").all():
        assert re.search(r"\d", curve.get_attribute("aria-label"))


def test_n_and_p_go_through_the_stations(open_page, server, address, measured, lacks):
    codes = [s["station_code"] for s in server.ask("/network?days=30")["stations"]]
    if len(codes) < 2:
        lacks("one station only")
    page = drawn(open_page(address))
    page.keyboard.press("n")
    after = codes[(codes.index(measured["station_code"]) + 1) % len(codes)]
    page.wait_for_selector(f".station-head h1:has-text('{after}')")
    page.keyboard.press("p")
    page.wait_for_selector(f".station-head h1:has-text('{measured['station_code']}')")


def test_curves_are_drawn_for_white_paper_whatever_the_theme(open_page, address):
    # Reading a canvas again and again is warned of by the browser.
    page = drawn(open_page(address, theme="dark", may_complain=True))
    on_paper = """() => {
        const c = document.querySelector('.field canvas');
        const data = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
        for (let at = 0; at < data.length; at += 4)
            if (data[at] === 0x1f && data[at + 1] === 0x4e && data[at + 2] === 0x79) return true;
        return false }"""
    assert not page.evaluate(on_paper)
    page.emulate_media(media="print")
    page.until(on_paper)
    page.emulate_media(media="screen")
    page.until(f"() => !({on_paper})()")


def test_a_day_of_no_calendar_is_said_to_be_none(open_page, measured):
    code = measured["station_code"]
    page = open_page(f"/station/{code}/2025-13-45", language="id", may_complain=True)
    assert page.locator("h1").inner_text().startswith("Tidak ada hari 2025-13-45.")
    assert page.locator(".unknown-station a").get_attribute("href").startswith(f"/station/{code}?")


def test_every_lane_with_an_axis_has_its_numbers(open_page, address):
    page = open_page(address)
    assert page.locator(".lane.dst .lane-tick").all_inner_texts() == ["0", "\u221250"]
    for lane in page.locator(".lane.field, .lane.scalogram").all():
        assert lane.locator(".lane-tick").count() >= 2
