"""Files of strangers: whatever a spreadsheet wrote is read, or refused with what to do."""

import gzip
import zipfile

import pytest

from seismomag.audit.foreign.sheet import read_sheet
from seismomag.core.errors import FormatError

LINES = ("date,station,probability", "2020-01-01,ALR,0.25", "2020-01-02,AMB,0.5")


def written(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_marks_and_byte_order_marks_change_nothing(tmp_path, encoding, mark, end):
    text = end.join(line.replace(",", mark) for line in LINES) + end
    sheet = read_sheet(written(tmp_path / "t.csv", text, encoding))
    assert list(sheet) == ["date", "station", "probability"]
    assert sheet.to_numpy().tolist() == [
        ["2020-01-01", "ALR", "0.25"],
        ["2020-01-02", "AMB", "0.5"],
    ]


def test_a_quoted_header_is_read_as_csv_and_packed_files_are_unpacked(tmp_path):
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b'\xef\xbb\xbf"date";"a, b, c, d"; x \n1;2;3\n'))
    assert list(read_sheet(path)) == ["date", "a, b, c, d", "x"]


def test_blanks_stay_text_or_are_missing(tmp_path):
    path = written(tmp_path / "t.csv", "a,b\nNA,\n")
    assert read_sheet(path).to_numpy().tolist() == [["NA", ""]]
    assert read_sheet(path, blanks_missing=True).isna().all(axis=None)


def workbook(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr("xl/workbook.xml", "<x/>")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("t.csv", b"", "the file is empty"),
        ("t.csv", b"\xef\xbb\xbf \r\n", "the file is empty"),
        ("t.csv", b"date,p\n", "a table without rows"),
        ("t.csv", "\n".join(LINES).encode("utf-16"), "UTF-16"),
        ("t.csv", b"date,p\n2020-01-01,\x00\x00\n", "binary"),
        ("t.csv", b"date,p\n2020-01-01,caf\xe9\n", "0xe9, which is no UTF-8"),
        ("t.csv", b"a,b\n1,2\n1,2,3\n", "not a CSV table"),
        ("t.csv", b"a,b\n1,2,\n3,4,\n", "as many fields in every row"),
        ("t.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a workbook of a spreadsheet"),
        ("t.xlsx", b"PK\x03\x04", "a workbook of a spreadsheet"),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_do(tmp_path, name, content, said):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FormatError, match=said) as caught:
        read_sheet(path)
    assert str(caught.value).startswith(str(path))


def test_a_workbook_is_known_by_what_it_holds(tmp_path):
    workbook(tmp_path / "renamed.csv")
    with pytest.raises(FormatError, match="save its sheet as CSV in UTF-8"):
        read_sheet(tmp_path / "renamed.csv")


def test_too_large_or_absent(tmp_path):
    path = written(tmp_path / "t.csv", "\n".join(LINES))
    with pytest.raises(FormatError, match="10 at most"):
        read_sheet(path, limit_bytes=10)
    with pytest.raises(FormatError, match="found nothing"):
        read_sheet(tmp_path / "none.csv")
    with pytest.raises(FormatError, match="found a folder"):
        read_sheet(tmp_path)
