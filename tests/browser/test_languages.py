"""The Indonesian page speaks Indonesian: what we composed is told, what others said is marked."""

import re

import pytest

from seismomag.operate.api.facts import phrases
from seismomag.operate.reasons import sentences

SLOT = re.compile(r"\{\w+\}")
SHORTEST = 12
"""Characters: shorter pieces stand by chance in other words."""

UNMARKED = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    if (node.textContent.trim() && !node.parentElement.closest("[lang=en], script"))
      found.push(node.textContent);
  const titled = document.querySelectorAll("[title], [aria-label]");
  for (const one of titled) found.push(one.title ?? "", one.getAttribute("aria-label") ?? "");
  return found.join("\\n");
}"""


def pieces():
    """What stands between the places of a fixed English sentence, and not in its Indonesian."""
    told = [*sentences(), *phrases.PHRASES.values()]
    for english, indonesian in told:
        for piece in SLOT.split(english):
            if len(piece.strip(" :;,.()")) >= SHORTEST and piece not in indonesian:
                yield piece


def test_there_is_something_to_look_for():
    assert len(set(pieces())) > 150


def test_no_fixed_sentence_is_english_on_the_indonesian_page(open_page, path_of, view):
    page = open_page(path_of(view), language="id")
    shown = page.evaluate(UNMARKED)
    assert len(shown) > 500
    assert [piece for piece in pieces() if piece in shown] == []


@pytest.mark.parametrize(("language", "marks"), [("id", 1), ("en", 0)])
def test_what_a_library_said_is_marked_as_english(open_page, server, language, marks):
    def foreign(route):
        answer = server.ask("/operation")
        said = "libfoo: bad magic"
        words = {"en": f"It says: {said}", "id": f"Keterangan: {said}", "foreign": [said]}
        route.fulfill(json=answer | {"detail": words})

    page = open_page("/health", language=language, wait=False)
    page.route("**/api/v1/operation", foreign)
    page.reload()
    page.wait_for_selector(".band p")
    page.until("document.querySelector('.band p').textContent.endsWith('bad magic')")
    marked = page.locator(".band p [lang=en]")
    assert marked.all_inner_texts() == ["libfoo: bad magic"] * marks
