"""Reasons in both languages: each sentence that the work composes, and what is nobody's."""

import ast
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import seismomag
from seismomag.operate import facts
from seismomag.operate.alerts.rules import AlarmPlan, anomaly_level
from seismomag.operate.reasons import STAGES, sentences, tell

SOURCE = Path(seismomag.__file__).parent
SLOT = re.compile(r"\{(\w+)\}")

COMPOSERS = (
    *sorted((SOURCE / "operate/sources").glob("*.py")),
    SOURCE / "operate/alerts/delivery.py",
    SOURCE / "operate/archive.py",
    SOURCE / "operate/daily/collecting.py",
    SOURCE / "operate/ledger/verification.py",
    SOURCE / "operate/network_sources.py",
    SOURCE / "operate/daily/stages.py",
    SOURCE / "operate/api/facts/day_reading.py",
    SOURCE / "operate/api/facts/scalograms.py",
    SOURCE / "core/recording.py",
    SOURCE / "dataset/context.py",
    SOURCE / "network/folder.py",
    SOURCE / "readers/placement.py",
    SOURCE / "readers/iaga2002.py",
    SOURCE / "readers/pcdcp.py",
)
"""Modules whose errors the daily job writes down as reasons."""

NAMES = {"msg", "sentence", "why", "absent", "fault"}
NO_REASONS = {"ConfigError"}
"""What is refused before a run begins, and told to who wrote it."""

WRITERS = {"write", "_rows", "_check_writable"}


def composed():
    """Every sentence of the composers, with a number in each of its places."""
    found = {}
    for path in COMPOSERS:
        tree = ast.parse(path.read_text())
        for function in (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)):
            if function.name in WRITERS:
                continue
            for block in blocks(function):
                for sentence in of_block(block):
                    found[f"{path.stem}: {sentence}"[:90]] = sentence
    return found


def blocks(function):
    for node in ast.walk(function):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                yield block


def of_block(block):
    """Sentences that a list of statements composes and then raises, keeps or gives back."""
    for at, statement in enumerate(block):
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            after = block[at + 1] if at + 1 < len(block) else None
            kind = getattr(getattr(getattr(after, "exc", None), "func", None), "id", "")
            if statement.targets[0].id in NAMES and kind not in NO_REASONS:
                yield from written(statement.value)
        if isinstance(statement, ast.Return) and isinstance(statement.value, ast.Call):
            for argument in statement.value.args:
                yield from written(argument)


def written(node):
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        text = "".join(p.value if isinstance(p, ast.Constant) else placed(p) for p in node.values)
        if re.search("[a-z]{3}", text):
            yield text


INSIDE = {
    "reason": "no file",
    "fault": "a record of 7 fields, expected 7: 7",
    "told": "the head file names record 7",
}
"""Sentences of ours that stand inside others."""


def placed(part):
    return INSIDE.get(ast.unparse(part.value), "7")


@pytest.mark.parametrize("sentence", composed().values(), ids=composed())
def test_each_sentence_that_the_work_composes_has_both_languages(sentence):
    told = tell(sentence)
    assert told.is_known
    # Only what stands in a place for somebody else's words may stay as it is.
    assert all(set(part) <= set("7/ .") for part in told.foreign)


def test_the_composers_compose_something():
    assert len(composed()) > 80


@pytest.mark.parametrize(("english", "indonesian"), sentences())
def test_a_sentence_has_the_same_places_in_both_languages(english, indonesian):
    assert sorted(SLOT.findall(english)) == sorted(SLOT.findall(indonesian))
    assert english
    assert indonesian


def test_no_sentence_stands_twice():
    english = [SLOT.sub("{}", en) for en, _ in sentences()]
    assert len(set(english)) == len(english)


@pytest.mark.parametrize(("english", "indonesian"), sentences())
def test_a_sentence_is_found_again_whoever_says_it(english, indonesian):
    values = {name: f"{at}7" for at, name in enumerate(SLOT.findall(english))}
    values |= {"inner": "no file"} if "inner" in values else {}
    inside = values | {"inner": "tidak ada berkas"}
    told = tell(f"collect: S250331.TRD: {english.format(**values)}")
    assert told.id.startswith("kumpul: S250331.TRD: ")
    assert told.id.endswith(indonesian.format(**inside))


def test_every_stage_has_a_word():
    assert set(facts.STAGES) <= set(STAGES)


def test_every_reason_to_keep_an_alarm_back_has_both_languages():
    row = {"probability": 0.95, "coverage": 1.0, "kp_at_issue": 2.0, "dst_at_issue": -5.0}
    changes = (
        {"probability": 0.0},
        {"kp_at_issue": None},
        {"coverage": 0.0},
        {"kp_at_issue": 8.0},
    )
    for change in changes:
        _, why = anomaly_level(row | change, AlarmPlan(), 3)
        assert tell(why).foreign == ()
        assert tell(why).id != why


def test_several_reasons_are_told_each_in_its_turn():
    told = tell("collect: incoming: no file of station ALR for 2026-04-07; the source: status 503")
    assert told.id == (
        "kumpul: incoming: tidak ada berkas stasiun ALR untuk 2026-04-07; sumber: status 503"
    )
    assert told.foreign == ()


def test_attempts_belong_to_what_was_attempted():
    told = tell("HAPI a.example, ALR: status 503 (busy); gave up after 3 attempts; b: no file")
    assert told.id == (
        "HAPI a.example, ALR: status 503 (busy); berhenti setelah 3 percobaan; b: tidak ada berkas"
    )
    assert told.foreign == ("busy",)


def test_numbers_take_the_comma_of_the_language():
    assert tell(
        "the clock jumps by +0.05 s at 2025-03-16 01:00:00.05, 1.05 s after the stamp before"
    ).id.startswith("jam melompat +0,05 s pada 2025-03-16 01:00:00.05, 1,05 s")


@pytest.mark.parametrize("said", ["Segmentation fault", "KeyError: 'x'", "a; b", ": ", "x: "])
def test_what_somebody_else_said_stays_and_is_named(said):
    assert (tell(said).en, tell(said).id, tell(said).foreign) == (said, said, (said,))


def test_somebody_elses_words_behind_a_stage_are_named_without_the_stage():
    told = tell("quality: Segmentation fault")
    assert (told.id, told.foreign) == ("mutu: Segmentation fault", ("Segmentation fault",))


@given(st.text(max_size=200))
def test_whatever_was_recorded_is_told(text):
    told = tell(text)
    assert told.en == text
    assert all(part in told.en and part in told.id for part in told.foreign)


def test_a_long_hostile_reason_is_told_at_once():
    import time

    began = time.perf_counter()
    tell("a: " * 190)
    tell("; ".join(["status 5 ("] * 60))
    tell("x; " * 200)
    assert time.perf_counter() - began < 5
