"""Messages to operators, in both languages."""

import json

from tests.operate.alert_row import ROW

from seismomag.operate import words
from seismomag.operate.alerts.message import compose


def test_both_languages_have_every_word():
    for table in (words.RULES, words.LEVELS):
        assert set(table) == set(words.LANGUAGES)
        assert len({frozenset(part) for part in table.values()}) == 1
    made = [compose([ROW], mode="test", language=code, verdict="") for code in words.LANGUAGES]
    assert made[0].message_id == made[1].message_id
    assert "[seismomag test] peringatan: stasiun ALR" in made[1].subject


def test_a_message_tells_its_detail_in_its_own_language():
    row = ROW | {"detail": "newest day 2024-05-01, due is 2024-05-08"}
    made = {
        code: compose([row], mode="test", language=code, verdict="") for code in words.LANGUAGES
    }
    assert "hari terbaru 2024-05-01" in made["id"].body
    assert "newest day" not in made["id"].body
    assert json.loads(made["en"].data)["items"][0]["detail"] == row["detail"]
