"""The forecast view: no score stands alone, nothing late or missing looks like a score."""

import pytest


@pytest.fixture(scope="module")
def month(server):
    return server.ask("/forecasts")


def shown_scores(month):
    """One score of each station-day: the champion's, where there are two."""
    chosen = {}
    for score in month["scores"]:
        key = score["station_code"], score["day"]
        if key not in chosen or score["role"] == "champion":
            chosen[key] = score
    return chosen


def at(score):
    return f"/forecasts/{score['day'][:7]}?s={score['station_code']}&d={score['day']}"


@pytest.fixture
def first(month, lacks):
    """The first score that is wanted: ``first(lambda score: ...)``."""

    def find(wanted):
        found = [score for score in shown_scores(month).values() if wanted(score)]
        if not found:
            lacks("the operation has no such score")
        return found[0]

    return find


def test_a_score_never_stands_without_what_it_is_worth(open_page, month, first):
    score = first(lambda s: s["probability"] is not None)
    page = open_page(at(score))
    facts = page.locator(".worth-numbers .fact").all_inner_texts()
    assert facts[0].startswith(f"{score['probability']:.2f}")
    assert "base rate" in facts[1]
    if month["base_rate"] is None:
        assert month["base_rate_reason"] in facts[1]
    assert "observed frequency" in facts[2]
    sentence = month["verdict"]["sentence"]["en"]
    assert sentence in page.locator("aside .fixed-sentence").inner_text()


def test_every_station_day_has_a_cell_of_its_kind(open_page, month):
    page = open_page("/forecasts")
    scores = shown_scores(month).values()
    expected = {
        "late": sum(s["is_late"] for s in scores),
        "none": sum(s["probability"] is None and not s["is_late"] for s in scores),
        "alarm": sum(
            bool(s["is_alarm"]) and not s["is_late"] and s["probability"] is not None
            for s in scores
        ),
    }
    for kind, n in expected.items():
        assert page.locator(f".score-cell.{kind}").count() == n, kind
    rings = page.locator(".quake.target").count()
    assert rings == len(month["target_event_ids"])


def test_a_late_record_is_said_to_be_never_scored(open_page, month, first):
    page = open_page(at(first(lambda s: s["is_late"])))
    assert "Issued after the window opened: kept, never scored." in (
        page.locator(".score-detail").inner_text()
    )


def test_a_day_without_a_score_gives_its_reason(open_page, month, first):
    score = first(lambda s: s["probability"] is None)
    page = open_page(at(score))
    said = page.locator(".score-why").first.inner_text()
    assert said.startswith(f"No score was issued for {score['day']}: ")
    assert score["reason"]["en"] in said
    assert page.locator(".worth").count() == 0


def test_keys_move_the_choice_and_the_address_follows(open_page, month, lacks):
    days = sorted({score["day"] for score in month["scores"]})
    if len(days) < 2:
        lacks("one day only")
    code = month["scores"][0]["station_code"]
    page = open_page(f"/forecasts/{days[0][:7]}?s={code}&d={days[0]}")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(f"**d={days[1]}**")
    assert days[1] in page.locator(".score-of").inner_text()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    assert code in page.locator(".score-of").inner_text()


def test_the_needle_shows_where_and_how_surely(open_page, month, first):
    score = first(lambda s: s["probability"] is not None)
    page = open_page(at(score), wait=False)
    for one in month["scores"]:
        one.update(azimuth_deg=90.0, azimuth_kappa=8.0)
    page.route("**/api/v1/forecasts*", lambda route: route.fulfill(json=month))
    page.reload()
    page.wait_for_selector(".rose .needle", state="attached")
    assert page.locator(".rose .needle").get_attribute("d") == "M100,100L178.0,100.0"
    assert "90° E ± 21°" in page.locator(".score-direction").inner_text()
    for one in month["scores"]:
        one.update(azimuth_kappa=0.1)
    page.reload()
    page.wait_for_selector(".score-direction:has-text('No direction')")


def test_a_month_without_scores_says_so(open_page, month):
    page = open_page("/forecasts/1999-01")
    assert "No score was issued in this month." in page.locator("h1").inner_text()
    assert page.locator(".score-cell.score, .score-cell.alarm").count() == 0


def test_what_is_no_month_leads_back(open_page):
    page = open_page("/forecasts/nonsense", wait=False)
    page.wait_for_selector("h1:has-text('nonsense is no month')")
    page.locator("main a").click()
    page.wait_for_selector(".score-matrix svg")
