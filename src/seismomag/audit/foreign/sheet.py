"""Files of tables, whatever wrote them: packed or not, comma, semicolon, tab or bar between."""

import csv
import io
import itertools
import warnings
import zipfile
from pathlib import Path

import pandas as pd

from seismomag.core.errors import FormatError
from seismomag.readers.unwrap import unwrap

LIMIT_BYTES = 200_000_000
SEPARATORS = (",", ";", "\t", "|")
FIRST_LINES = 20
"""Lines that tell the separator."""
_WORKBOOKS = ("xl/workbook.xml", "content.xml")
_WORKBOOK_NAMES = (".xlsx", ".xlsm", ".xls", ".ods", ".numbers")
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
_WIDE = (b"\xff\xfe", b"\xfe\xff")
EXPECTED = "expected CSV in UTF-8 with a line of column names"


def read_sheet(
    path: str | Path, *, limit_bytes: int = LIMIT_BYTES, blanks_missing: bool = False
) -> pd.DataFrame:
    """Read a table with every value as text.

    Parameters
    ----------
    path
        CSV, also packed (gz, xz, zip); separated by one of :data:`SEPARATORS`.
    limit_bytes
        Largest file, packed and unpacked.
    blanks_missing
        Whether empty cells and words such as NA are missing, or text as they stand.

    Returns
    -------
    sheet
        Names of columns without spaces around them.

    Raises
    ------
    FormatError
        No file, empty, too large, damaged, a workbook, not UTF-8, or no table.
    """
    path = Path(path)
    text = _text(_content(path, limit_bytes), path)
    try:
        with warnings.catch_warnings():
            # More fields than names would be cut off, or shift the names by one.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            sheet = pd.read_csv(
                io.StringIO(text),
                sep=_separator(text),
                dtype="str",
                index_col=False,
                keep_default_na=blanks_missing,
            )
    except (pd.errors.ParserError, pd.errors.ParserWarning, pd.errors.EmptyDataError) as error:
        msg = f"{path}: not a CSV table ({error}); {EXPECTED} and as many fields in every row"
        raise FormatError(msg) from error
    if sheet.empty:
        msg = f"{path}: a table without rows; expected a line of column names and rows below"
        raise FormatError(msg)
    return sheet.rename(columns=lambda name: str(name).strip())


def _content(path: Path, limit_bytes: int) -> bytes:
    if not path.is_file():
        found = "a folder" if path.is_dir() else "nothing"
        msg = f"{path}: found {found}, expected a file; check the path"
        raise FormatError(msg)
    size = path.stat().st_size
    if size > limit_bytes:
        msg = f"{path}: {size:,} bytes; expected a table of {limit_bytes:,} at most; split it"
        raise FormatError(msg)
    data = path.read_bytes()
    if data and (path.suffix.lower() in _WORKBOOK_NAMES or _is_workbook(data)):
        msg = f"{path}: a workbook of a spreadsheet; save its sheet as CSV in UTF-8 and give that"
        raise FormatError(msg)
    return unwrap(data, str(path))


def _is_workbook(data: bytes) -> bool:
    if data.startswith(_OLD_WORKBOOK):
        return True
    if not data.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return any(name in archive.namelist() for name in _WORKBOOKS)
    except (zipfile.BadZipFile, ValueError, OSError):
        return False


def _text(data: bytes, path: Path) -> str:
    if not data.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        msg = f"{path}: the file is empty, not a CSV; {EXPECTED}; fetch or export it again"
        raise FormatError(msg)
    if data.startswith(_WIDE) or b"\x00" in data[:4096]:
        msg = f"{path}: UTF-16 or binary content; {EXPECTED}; save it as CSV in UTF-8"
        raise FormatError(msg)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        msg = (
            f"{path}: not a table (byte {error.start + 1} is {data[error.start]:#04x}, which is "
            f"no UTF-8); {EXPECTED}; save it as CSV in UTF-8"
        )
        raise FormatError(msg) from error


def _separator(text: str) -> str:
    """Find the mark that gives every one of the first lines the same number of fields, and most."""
    lines = [line for line in itertools.islice(io.StringIO(text), FIRST_LINES) if line.strip()]

    def worth(mark: str) -> tuple[bool, int]:
        try:
            counts = [len(row) for row in csv.reader(lines, delimiter=mark)]
        except csv.Error:
            return False, 0
        return len(set(counts)) == 1 and counts[0] > 1, counts[0] if counts else 0

    return max(SEPARATORS, key=worth)
