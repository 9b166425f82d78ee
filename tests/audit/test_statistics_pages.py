"""Every quantity that an audit prints has its page: definition, formula, source, when it lies."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from seismomag.audit import audit_forecast

DOCS = Path(__file__).parents[2] / "docs" / "statistics"
PAGES = sorted(p for p in DOCS.glob("*.md") if p.stem != "index")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_a_page_says_formula_source_code_and_when_it_lies(page):
    text = page.read_text(encoding="utf-8")
    for part in ("**Formula.**", "**Source.**", "**When it lies.**", "**Code.**"):
        assert part in text, part
    for module in re.findall(r"`((?:audit|experiment)(?:\.\w+)+)`", text.split("**Code.**")[1]):
        assert (DOCS.parents[1] / "src/seismomag" / (module.replace(".", "/") + ".py")).is_file()


def test_every_quantity_of_a_report_is_in_the_table_of_pages(make_case):
    case = make_case(2, days=(200, 120, 300), rate=0.2, n_bootstrap=100)
    case = replace(case, baselines={"flat": case.forecast.assign(probability=0.13)})
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in index.splitlines() if line.startswith("| `")]
    named = [word for row in rows for word in re.findall(r"`(\w+)`", row)]
    printed = set(audit_forecast(case).table["quantity"])
    unknown = {q for q in printed if not any(q.startswith(word) for word in named)}
    assert unknown == set()
    linked = re.findall(r"\((\w+)\.md\)", index)
    assert set(linked) == {page.stem for page in PAGES}
