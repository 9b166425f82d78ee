"""The health view and the ledger view say what the API says, and page through all of it."""

import re


def digits(text):
    return int(re.sub(r"\D", "", text))


def test_the_matrix_has_a_cell_for_every_stage_and_station(open_page, server):
    operation = server.ask("/operation")
    page = open_page("/health")
    rows = page.locator(".mx tbody tr")
    assert rows.count() == len(operation["stages"])
    for at, stage in enumerate(operation["stages"]):
        cells = rows.nth(at).locator("td")
        shown = [cells.nth(i).get_attribute("class") for i in range(cells.count())]
        assert shown == [cell["state"] for cell in stage["cells"]]


def test_stations_become_rows_on_a_telephone(open_page, server):
    operation = server.ask("/operation")
    page = open_page("/health", width=390)
    assert page.locator(".mx tbody tr").count() == operation["stages"][0]["n_stations"]


def test_the_band_says_what_is_broken_and_the_ribbon_is_silent(open_page, server):
    operation = server.ask("/operation")
    page = open_page("/health", language="id")
    assert operation["headline"]["id"] in page.locator(".band h1").inner_text()
    assert page.locator(".ribbon").count() == 0
    listed = page.locator(".br").first.locator("li") if operation["troubles"] else None
    assert listed is None or listed.count() == len(operation["troubles"])


def test_the_ribbon_says_the_worst_everywhere_else(open_page, server):
    status = server.ask("/status")
    page = open_page("/ledger")
    said = page.locator(".ribbon").inner_text()
    expected = (
        status["troubles"][0]["title"]["en"] if status["troubles"] else status["all_well"]["en"]
    )
    assert expected in said


def test_all_records_can_be_reached_page_by_page(open_page, server):
    page = open_page("/ledger")
    n_records = server.ask("/ledger?limit=1")["chain"]["n_records"]
    seen = []
    while True:
        seen += [digits(text) for text in page.locator(".records tbody th").all_inner_texts()]
        older = page.locator(".pager a", has_text="Older")
        if older.count() == 0:
            break
        first = page.locator(".records tbody th").first.inner_text().strip()
        page.keyboard.press("[")
        page.until(
            "(document.querySelector('.records tbody th a')?.innerText ?? "
            f"'{first}').trim() !== '{first}'"
        )
        page.wait_for_load_state("networkidle")
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == len(set(seen)) == n_records


def test_a_record_opens_to_its_whole_hash(open_page, server):
    record = server.ask("/ledger?limit=1")["records"][0]
    page = open_page(f"/ledger?r={record['seq']}")
    assert record["hash"] in page.locator(".opened").inner_text()
    page.locator(".records tbody th a").first.press("Enter")
    page.until("document.querySelector('.opened') === null")


def test_a_broken_chain_is_drawn_as_a_gap(open_page, serve, operation, tmp_path):
    import shutil

    copied = shutil.copytree(operation, tmp_path / "op")
    path = copied / "ledger" / "ledger.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    at = len(lines) - 3
    lines[at] = re.sub(
        rb'"coverage":(\d)',
        lambda found: b'"coverage":' + (b"1" if found[1] == b"0" else b"0"),
        lines[at],
        count=1,
    )
    path.chmod(0o644)
    path.write_bytes(b"".join(lines))
    page = open_page("/ledger", at=serve(copied), may_complain=True)
    assert "broken" in page.locator("h1").inner_text()
    assert page.locator(".ledger-line.broken").count() == 1
    assert page.locator(".blk.gap, .records tr.bad").count() >= 1
