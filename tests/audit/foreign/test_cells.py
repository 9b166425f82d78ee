"""Cells of strangers: numbers, yes and no, and times, each fault with its row."""

from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seismomag.audit.foreign.times import read_times
from seismomag.audit.foreign.values import read_numbers, read_yes_no
from seismomag.core.errors import SchemaError


def cells(*values):
    return pd.Series(list(values), dtype=object)


@pytest.mark.parametrize(
    ("text", "values", "note"),
    [
        (("0.25", " 1 ", "", "NA"), (0.25, 1.0, np.nan, np.nan), ""),
        (("28.4%", "5 %", ""), (0.284, 0.05, np.nan), "per cent"),
        (("28,4%", "5%"), (0.284, 0.05), "decimal points"),
        (("0,271", "0,5"), (0.271, 0.5), "decimal points"),
        (("0.1", "abc", "0.3"), (0.1, np.nan, 0.3), "1 of 3 cells are no numbers"),
        (("0.1", "inf"), (0.1, np.nan), "such as 'inf' in row 2"),
        (("0.1", "1e400"), (0.1, np.nan), "such as '1e400' in row 2"),
    ],
)
def test_shares_by_hand(text, values, note):
    found = read_numbers(cells(*text), "column p", is_share=True)
    np.testing.assert_allclose(found.values, values)
    assert any(note in said for said in found.notes) if note else not found.notes


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (("28.4", "0.5"), r"1 of 2 cells lie outside \[0, 1\], such as '28.4' in row 1.*divide"),
        (("0.5", "-0.1"), "such as '-0.1' in row 2; expected probabilities$"),
        (("abc", "def"), "2 of 2 cells are no numbers, such as 'abc' in row 1"),
    ],
)
def test_what_is_no_share_is_refused(text, said):
    with pytest.raises(SchemaError, match=said):
        read_numbers(cells(*text), "column p", is_share=True)


def test_one_sign_among_numbers_is_told_and_never_divided():
    found = read_numbers(cells("0.5", "80%"), "column p", is_share=True)
    assert found.values.isna().tolist() == [False, True]
    assert "'80%' in row 2" in found.notes[0]


@given(st.lists(st.floats(0, 1, allow_nan=False).map(lambda x: round(x, 4)), min_size=1))
def test_a_comma_for_a_point_gives_the_same_numbers(numbers):
    points = [f"{x:.4f}" for x in numbers]
    commas = [text.replace(".", ",") for text in points]
    found = [read_numbers(cells(*text), "p", is_share=True).values for text in (points, commas)]
    np.testing.assert_array_equal(found[0], found[1])


def test_thousands_are_never_taken_for_decimals():
    found = read_numbers(cells("1,234", "5"), "column n")
    assert found.values.isna().tolist() == [True, False]
    assert "'1,234' in row 1" in found.notes[0]


def test_yes_and_no_in_both_languages():
    text = cells("yes", "No", " YA ", "tidak", "TRUE", "false", "1.0", "0", "", "n/a", "event")
    found = read_yes_no(text, "column y").values
    np.testing.assert_array_equal(found, [1, 0, 1, 0, 1, 0, 1, 0, np.nan, np.nan, 1])


@pytest.mark.parametrize("word", ["maybe", "2", "-1", "0.3", "none"])
def test_what_is_neither_yes_nor_no_is_refused(word):
    with pytest.raises(SchemaError, match=f"column y: .*'{word}' in row 2"):
        read_yes_no(cells("yes", word), "column y")


def test_times_by_hand():
    found = read_times(cells("2020-01-05", "20200106", "20200107.0", "2020-01-08T12:30", ""), "c")
    assert found.values.dt.strftime("%m%d %H%M").tolist()[:4] == [
        "0105 0000", "0106 0000", "0107 0000", "0108 1230",
    ]  # fmt: skip
    assert pd.isna(found.values[4])
    assert not found.notes


@pytest.mark.parametrize("date", ["05/01/2020", "43835", "2020-01-05 07:00 WIB", "2020", "soon"])
def test_dates_that_need_a_guess_are_refused(date):
    with pytest.raises(SchemaError, match=r"holds no time that can be read.*in row 1.*date_format"):
        read_times(cells(date, date), "column date")


def test_unreadable_dates_are_counted():
    found = read_times(cells("2020-01-05", "05/01/2020", "", "x"), "column date")
    assert found.values.isna().tolist() == [False, True, True, True]
    (note,) = found.notes
    assert note.startswith("column date: 2 of 3 dates unreadable, such as '05/01/2020' in row 2;")


@pytest.mark.parametrize("far", ["9999-12-31", "0001-01-01", "2262-05-01", "99991231"])
def test_times_that_no_catalogue_reaches_are_unreadable(far):
    found = read_times(cells("2020-01-05", far), "column date")
    assert found.values.isna().tolist() == [False, True]
    assert f"1 of 2 dates unreadable, such as '{far}'" in found.notes[0]
    stamps = pd.Series(np.array(["2020-01-05", "9999-12-31"], dtype="datetime64[s]"))
    assert read_times(stamps, "column date").values.isna().tolist() == [False, True]


def test_a_stated_form_is_the_only_one():
    found = read_times(cells("05/01/2020", "31/01/2020"), "column date", "%d/%m/%Y")
    assert found.values.dt.strftime("%Y-%m-%d").tolist() == ["2020-01-05", "2020-01-31"]
    with pytest.raises(SchemaError, match=r"expected %d/%m/%Y"):
        read_times(cells("2020-01-05"), "column date", "%d/%m/%Y")


def test_offsets_are_turned_into_utc_and_told():
    text = cells("2020-01-05T00:00:00+08:00", "2020-01-06T00:00:00+07:00", "2020-01-07T00:00:00Z")
    found = read_times(text, "column date", names_days=True)
    assert found.values.dt.strftime("%d %H").tolist() == ["04 16", "05 17", "07 00"]
    (note,) = found.notes
    assert note.startswith("column date: 2 of 3 dates lie on another day in UTC than written")
    assert note.endswith("'2020-01-05T00:00:00+08:00' is 2020-01-04 in UTC")
    assert not read_times(text, "column issued").notes


def test_times_with_and_without_an_offset_are_not_mixed():
    text = cells("2020-01-05", "2020-01-06T00:00:00Z")
    with pytest.raises(
        SchemaError, match=r"'2020-01-06T00:00:00Z' in row 2.*'2020-01-05' in row 1"
    ):
        read_times(text, "column date")


@given(st.lists(st.text(max_size=12), min_size=1, max_size=5))
def test_no_cell_breaks_the_readers(texts):
    for read in (read_numbers, read_yes_no, read_times):
        with suppress(SchemaError):
            assert len(read(cells(*texts), "column x").values) == len(texts)
