"""Reasons in both languages: what the work writes down in English, told to either reader.

The daily job keeps a reason as one English sentence, because a log and a ledger have one language.
The sentences of ours are fixed but for their numbers and names, so that a reader's language is a
matter of the answer and not of the record. What a library or a foreign service said is nobody's
to translate: it stays as it is, and is named, so that a page can mark its language.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files

STAGES: Mapping[str, str] = {
    "collect": "kumpul",
    "quality": "mutu",
    "scalogram": "skalogram",
    "forecast": "prakiraan",
    "ledger": "catatan",
    "alerts": "peringatan",
    "status": "status",
    "consensus": "konsensus",
    "drift": "pergeseran",
    "events": "gempa",
    "files": "berkas",
    "kp": "Kp",
    "dst": "Dst",
}
"""Stages of a station and of the network, with their Indonesian words."""

_TABLE = "reasons.json"
_INNER, _FOREIGN = "inner", "error"
_NUMBERS = ("n", "k", "score", "kp", "dst", "coverage", "step", "most", "off")
_NUMBER, _NAME, _ANYTHING = r"[-+\d.,e]+", "[^;]+?", ".+?"
_COMMAS = str.maketrans(",.", ".,")
_SLOT = re.compile(r"\{(\w+)\}")
_PREFIX = re.compile(r"(?P<who>[^;]{1,100}?): (?P<inner>.+)", re.DOTALL)
_SOURCE = ("the source", "sumber")
_MOST_CUTS = 8


@dataclass(frozen=True)
class Told:
    """A reason in both languages.

    Attributes
    ----------
    en, id
        The sentences.
    foreign
        Parts of both that are nobody's to translate: of a library, of a service, of a file.
    """

    en: str
    id: str
    foreign: tuple[str, ...] = field(default=())

    @property
    def is_known(self) -> bool:
        """Whether something of it was translated."""
        return (self.en,) != self.foreign


@dataclass(frozen=True)
class _Sentence:
    pattern: re.Pattern[str]
    en: str
    id: str


@lru_cache(maxsize=1024)
def tell(text: str) -> Told:
    """Tell a recorded reason in both languages.

    Parameters
    ----------
    text
        As it was recorded: a sentence of the table, several of them behind semicolons, each with
        who says so before a colon (a stage, a file, a source).

    Examples
    --------
    >>> tell("collect: S250331.TRD: no file of station TRD for 2025-03-31").id
    'kumpul: S250331.TRD: tidak ada berkas stasiun TRD untuk 2025-03-31'
    >>> tell("quality: segmentation fault").foreign
    ('segmentation fault',)
    """
    if not text:
        return Told("", "")
    # A sentence that begins with a place for a name would swallow who says it.
    wholes = _whole(text, begins_with_place=False), _whole(text, begins_with_place=True)
    readings = [
        one for one in (wholes[0], _said_by(text), wholes[1], *_several(text)) if one is not None
    ]
    # What leaves the least to somebody else.
    return min(readings, key=_foreign_length, default=Told(text, text, (text,)))


@cache
def sentences() -> tuple[tuple[str, str], ...]:
    """Every fixed sentence: English, Indonesian, with ``{places}`` for what varies."""
    table = json.loads(files("seismomag.operate").joinpath(_TABLE).read_bytes())
    return tuple((en, indonesian) for part in table.values() for en, indonesian in part)


@cache
def _patterns() -> tuple[_Sentence, ...]:
    """Compile the table, what says most first."""
    ordered = sorted(sentences(), key=lambda pair: -len(_SLOT.sub("", pair[0])))
    return tuple(_Sentence(_pattern(en), en, indonesian) for en, indonesian in ordered)


def _pattern(english: str) -> re.Pattern[str]:
    parts = _SLOT.split(english)
    written = [
        f"(?P<{part}>{_slot(part)})" if i % 2 else re.escape(part) for i, part in enumerate(parts)
    ]
    return re.compile("".join(written), re.DOTALL)


def _slot(name: str) -> str:
    if name in _NUMBERS:
        return _NUMBER
    return _ANYTHING if name in (_INNER, _FOREIGN) else _NAME


def _whole(text: str, *, begins_with_place: bool) -> Told | None:
    """Tell a text that is one sentence of the table."""
    for sentence in _patterns():
        is_asked = sentence.en.startswith("{") is begins_with_place
        found = sentence.pattern.fullmatch(text) if is_asked else None
        if found is None:
            continue
        filled = {name: _value(name, value) for name, value in found.groupdict().items()}
        if _INNER in filled and not filled[_INNER].is_known:
            continue
        return Told(
            text,
            sentence.id.format(**{name: one.id for name, one in filled.items()}),
            tuple(part for one in filled.values() for part in one.foreign),
        )
    return None


def _value(name: str, value: str) -> Told:
    if name == _INNER:
        return tell(value)
    if name in _NUMBERS:
        return Told(value, value.translate(_COMMAS))
    return Told(value, value, (value,) if name == _FOREIGN else ())


def _several(text: str) -> Iterator[Told]:
    """Tell two or more reasons that stand behind semicolons, for every place to cut them."""
    cuts = [found.span() for found in re.finditer("; ", text)][:_MOST_CUTS]
    for start, end in reversed(cuts):
        first, second = tell(text[:start]), tell(text[end:])
        if first.is_known or second.is_known:
            yield _joined(first, second)


def _foreign_length(told: Told) -> int:
    return sum(map(len, told.foreign))


def _joined(first: Told, second: Told) -> Told:
    return Told(
        f"{first.en}; {second.en}",
        f"{first.id}; {second.id}",
        first.foreign + second.foreign,
    )


def _said_by(text: str) -> Told | None:
    """Tell what stands behind the name of who says so; unknown words of nobody stay whole."""
    found = _PREFIX.fullmatch(text)
    if found is None:
        return None
    who, inner = found["who"], tell(found["inner"])
    if not inner.is_known and who not in STAGES:
        return None
    named = STAGES.get(who) or who.replace(*_SOURCE)
    return Told(text, f"{named}: {inner.id}", inner.foreign)
