"""What the name of a file says: station, day, template, augmentation."""

import re

import pandas as pd

_DATE = re.compile(
    r"(?<!\d)(?P<y>(?:19|20)\d\d)(?P<s>[-_.]?)(?P<m>0[1-9]|1[0-2])(?P=s)(?P<d>0[1-9]|[12]\d|3[01])(?!\d)"
)
_DAY_FILE = re.compile(r"(?:^|[/\\])S(?P<date>\d{6})\.(?P<station>[A-Z]{3})(?:\.|$)")
_STATION = re.compile(r"(?:^|[^A-Za-z])(?P<station>[A-Z]{3})[-_.]?$")
_AFTER = re.compile(r"^[-_.](?P<station>[A-Z]{3})(?![A-Za-z])")
_MADE = re.compile(
    r"(?:^|[-_./\\])(?:aug(?:mented)?|smote|synth(?:etic)?|rot(?:ated)?|flip(?:ped)?|noisy?|jitter"
    r"|mixup|gan|shifted)(?:[-_./\\\d]|$)",
    re.IGNORECASE,
)
MOST_LETTERS = 300


def from_file_names(names: pd.Series) -> dict[str, pd.Series]:
    """Read the names of files.

    Returns
    -------
    told
        ``file_station`` (three letters beside the date), ``file_day``, ``template`` (station and
        date taken out, digits as ``#``) and ``is_augmented`` (by words such as AUG, ROT, SMOTE).

    Examples
    --------
    >>> told = from_file_names(pd.Series(["AUG_ROT_E_LUT_20241026_H13_M4.6.npy"]))
    >>> [str(told[c][0]) for c in ("file_station", "template", "is_augmented")]
    ['LUT', 'AUG_ROT_E_STN_DATE_H#_M#.#.npy', 'True']
    """
    parts = [_read(str(name)[:MOST_LETTERS]) for name in names]
    columns = list(zip(*parts, strict=True)) or [(), (), (), ()]
    day = pd.to_datetime(pd.Series(columns[1], names.index, dtype="str"), errors="coerce")
    return {
        "file_station": pd.Series(columns[0], names.index, dtype="str"),
        "file_day": day.astype("datetime64[ns]"),
        "template": pd.Series(columns[2], names.index, dtype="str"),
        "is_augmented": pd.Series(columns[3], names.index, dtype=bool),
    }


def _read(name: str) -> tuple[str | None, str | None, str, bool]:
    made = bool(_MADE.search(name))
    day_file = _DAY_FILE.search(name)
    if day_file:
        date = day_file["date"]
        day = f"20{date[:2]}-{date[2:4]}-{date[4:]}"
        return day_file["station"], day, "SDATE.STN", made
    found = _DATE.search(name)
    if not found:
        return None, None, re.sub(r"\d+", "#", name), made
    before, after = name[: found.start()], name[found.end() :]
    near = _STATION.search(before)
    station = near["station"] if near else None
    if near:
        before = before[: near.start("station")] + "STN" + before[near.end("station") :]
    elif behind := _AFTER.match(after):
        station = behind["station"]
        after = after[0] + "STN" + after[behind.end("station") :]
    template = re.sub(r"\d+", "#", before) + "DATE" + re.sub(r"\d+", "#", after)
    return station, f"{found['y']}-{found['m']}-{found['d']}", template, made
