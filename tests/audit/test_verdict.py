import itertools

import pytest

from seismomag.audit import verdict
from seismomag.audit.verdict import Evidence, decide, sentence
from seismomag.core.errors import ConfigError

ALL = dict.fromkeys(verdict.RUNGS, True)
V3 = {k: True for k, (rung, _) in verdict.RUNGS.items() if rung == "V3"}


@pytest.mark.parametrize(
    ("evidence", "level"),
    [
        (Evidence(p=0.001, n_events=60, red=("a leak",)), "V0"),
        (Evidence(p=0.001, n_events=3, insufficient=("too few",)), "V0"),
        (Evidence(p=0.01, n_events=60, conditions=ALL), "V1"),
        (Evidence(p=float("nan"), n_events=60, conditions=ALL), "V1"),
        (Evidence(p=0.009, n_events=60), "V2"),
        (Evidence(p=0.009, n_events=60, conditions=V3 | {"injection": False}), "V2"),
        (Evidence(p=0.009, n_events=60, conditions=V3), "V3"),
        (Evidence(p=0.009, n_events=60, conditions=V3 | {"replication": True}), "V3"),
        (Evidence(p=0.009, n_events=60, conditions=V3 | {"prospective": True}), "V4"),
        (Evidence(p=0.009, n_events=60, conditions=ALL), "V5"),
    ],
)
def test_the_ladder(evidence, level):
    assert decide(evidence).level == level


def test_a_leak_weighs_more_than_a_lack():
    found = decide(Evidence(p=0.001, n_events=3, red=("a leak",), insufficient=("too few",)))
    assert (found.reason_code, found.reasons) == ("RED", ("a leak",))


def test_no_rung_is_climbed_without_being_run():
    for missing in V3:
        given = {k: v for k, v in ALL.items() if k != missing}
        found = decide(Evidence(p=0.0005, n_events=60, conditions=given))
        assert found.level == "V2"
        assert len(found.not_run) == 1
        assert any("not run" in reason for reason in found.reasons)


@pytest.mark.parametrize(
    ("key", "language"), list(itertools.product(verdict.SENTENCES, ("en", "id")))
)
def test_every_sentence_says_experimental_and_not_a_forecast(key, language):
    level, _, reason = key.partition(" ")
    said = sentence(level, reason, 0.0123, 17, language)
    words = {"en": ("Experimental", "not a forecast"), "id": ("eksperimental", "bukan prakiraan")}
    assert all(word in said for word in words[language])
    assert "17" in said
    assert level == "V0" or "0.012" in said.replace(",", ".")
    assert not any(word in said.lower() for word in ("prediction", "early warning", "detected"))


def test_an_unknown_verdict_is_refused():
    with pytest.raises(ConfigError, match="no sentence for verdict 'V9'"):
        sentence("V9", "", 0.1, 3)
    with pytest.raises(ConfigError, match="'fr'"):
        sentence("V1", "", 0.1, 3, "fr")


@pytest.mark.parametrize(
    ("floors", "words"),
    [
        ({"floor": 1 / 72, "tie_floor": 0.1}, "too short for any verdict above V1"),
        ({"floor": 1 / 1100, "tie_floor": 15 / 1100}, "shifts of a few days score as well"),
    ],
)
def test_a_test_that_could_not_have_found_anything_says_so(floors, words):
    found = decide(Evidence(p=0.014, n_events=60, **floors))
    assert found.level == "V1"
    assert words in found.reasons[-1]
    assert len(decide(Evidence(p=0.014, n_events=60, floor=1 / 1700)).reasons) == 1


@pytest.mark.parametrize("language", ["en", "id"])
def test_several_evaluations_stand_in_the_sentence(language):
    once = sentence("V2", "", 0.004, 60, language)
    said = sentence("V2", "", 0.004, 60, language, n_tried=3).replace(",", ".")
    assert "0.012" in said
    assert "3 eval" in said
    assert sentence("V2", "", 0.004, 60, language, n_tried=1) == once
    # Where no p was found there is nothing to adjust.
    assert sentence("V0", "RED", float("nan"), 0, language, n_tried=3)


def test_a_verdict_says_what_several_evaluations_leave_of_its_p():
    found = decide(Evidence(p=0.004, n_events=60, n_tried=3))
    assert found.level == "V2"
    assert found.reasons[1].endswith("p = 0.012, no longer below 0.01")
    assert "0.012 adjusted for 3 evaluations" in found.sentence
