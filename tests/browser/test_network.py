"""The network view: one day for rail, map and strips; every station a link."""


def day_with_events(server):
    events = server.ask("/network?days=30")["events"]
    return max(event["origin_time"][:10] for event in events) if events else None


def test_a_day_of_the_address_is_marked_in_rail_strips_and_words(open_page, server):
    network = server.ask("/network?days=30")
    day = network["stations"][0]["coverage"][-2]["day"]
    page = open_page(f"/network?d={day}")
    assert page.locator(".day-cursor").count() == 1
    assert page.locator(".day-here").count() == 1
    assert day in page.locator(".rail .cap .r").inner_text()
    rail = page.locator(".day-cursor").bounding_box()
    strip = page.locator(".day-here").bounding_box()
    n = len(network["stations"][0]["coverage"])
    assert strip["width"] * (n - 1) < page.locator(".over").bounding_box()["width"]
    assert rail["width"] > strip["width"]


def test_arrows_move_the_day_and_escape_clears_it(open_page, server):
    cells = server.ask("/network?days=30")["stations"][0]["coverage"]
    page = open_page("/network")
    page.keyboard.press("ArrowLeft")
    here = "() => new URLSearchParams(location.search).get('d')"
    assert page.evaluate(here) == cells[-1]["day"]
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(here) == cells[-2]["day"]
    page.keyboard.press("Shift+ArrowLeft")
    assert page.evaluate(here) == cells[max(0, len(cells) - 9)]["day"]
    page.keyboard.press("Escape")
    page.until("!new URLSearchParams(location.search).has('d')")
    assert page.locator(".day-cursor").count() == 0


def test_a_tap_sets_the_day_and_a_second_clears_it(open_page):
    page = open_page("/network", width=390, has_touch=True)
    page.wait_for_selector(".map path.land", state="attached")
    page.locator(".rail svg").scroll_into_view_if_needed()
    box = page.locator(".rail svg").bounding_box()
    at = (box["x"] + 0.7 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.click(*at)
    page.until("/[?&]d=\\d{4}-\\d\\d-\\d\\d/.test(location.search)")
    page.mouse.click(*at)
    page.until("!location.search.includes('d=2')")


def test_rings_of_the_day_are_loud(open_page, server):
    day = day_with_events(server)
    if day is None:
        return
    page = open_page(f"/network?d={day}")
    events = [
        one for one in server.ask("/network?days=30")["events"] if one["origin_time"][:10] == day
    ]
    assert page.locator(".map svg.m > circle.ev.hot").count() == len(events)


def test_the_order_turns_by_key_and_by_button(open_page, server):
    page = open_page("/network")
    page.keyboard.press("o")
    codes = page.locator(".roll .row b").all_inner_texts()
    assert codes == sorted(codes)
    assert "order=code" in page.url
    page.get_by_role("button", name="by code").click()
    assert "order=code" not in page.url


def test_every_station_is_a_link_in_the_roll_call_and_on_the_map(open_page, server):
    stations = server.ask("/network?days=30")["stations"]
    page = open_page("/network")
    for station in stations:
        code = station["station_code"]
        assert page.locator(f".roll a.row[href^='/station/{code}']").count() == 1
        pin = page.locator(f".map a.pin[href^='/station/{code}']")
        assert pin.count() == 1
        assert station["name"] in pin.get_attribute("aria-label")


def test_pins_stand_where_the_stations_are(open_page, server):
    network = server.ask("/network?days=30")
    west, south, east, north = network["region_deg"]
    # A region that is taller than the map's place is widened to both sides.
    missing = max(0, (north - south) / 0.425 - (east - west))
    west, east = west - missing / 2, east + missing / 2
    page = open_page("/network")
    map_box = page.locator(".map .inner").bounding_box()
    for station in network["stations"]:
        pin = page.locator(f".map a.pin[href^='/station/{station['station_code']}']").bounding_box()
        x = (station["longitude_deg"] - west) / (east - west) * map_box["width"] + map_box["x"]
        y = (north - station["latitude_deg"]) / (north - south) * map_box["height"] + map_box["y"]
        assert abs(pin["x"] + pin["width"] / 2 - x) < 1.5
        assert abs(pin["y"] + pin["height"] / 2 - y) < 1.5


def test_the_wall_has_no_tools(open_page, screenshots):
    page = open_page("/network?wall=1", width=2560)
    page.screenshot(path=screenshots / "network-wall.png")
    assert not page.locator(".tools .seg").first.is_visible()
    assert page.locator(".clocks").is_visible()
    assert page.locator(".ribbon").is_visible()


def test_a_target_is_large_enough_for_a_finger(open_page):
    page = open_page("/network", width=390)
    rows = page.locator(".roll a.row").all()
    assert all(row.bounding_box()["height"] >= 44 for row in rows)
    buttons = page.locator("header button").all()
    assert all(button.bounding_box()["height"] >= 44 for button in buttons if button.is_visible())
