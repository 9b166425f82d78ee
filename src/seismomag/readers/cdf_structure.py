"""The chains of records inside a CDF, walked with bounds before cdflib follows them.

A damaged offset or count can send a reader round in a circle or through 4,000 million entries.
Here every chain (variables, attributes and their entries, index records) must stay inside the
file, hold the right type of record, and end. Record layouts: CDF Internal Format Description,
NASA Space Physics Data Facility; offsets have 8 bytes in CDF 3 and 4 in CDF 2.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from seismomag.core.errors import FormatError

MAX_VARIABLES = 200
MAX_RECORDS = 20_000_000
MAX_ATTRIBUTES = 2_000
MAX_ENTRIES = 20_000

_CDR, _GDR, _R_VDR, _ADR, _VXR, _Z_VDR = 1, 2, 3, 4, 6, 8
_ENTRIES = (5, 9)
_VALUES = (7, 13)
_MAX_DEPTH = 10


@dataclass
class _Walk:
    """A file and what is left of the patience with it."""

    data: bytes
    name: str
    word: str
    left: int = MAX_ENTRIES

    @property
    def width(self) -> int:
        return struct.calcsize(">" + self.word)

    def fields(self, offset: int, kinds: tuple[int, ...], layout: str) -> tuple[int, ...]:
        """Unpack a record after its size and type; ``o`` in the layout is an offset."""
        layout = ">" + self.word + "i" + layout.replace("o", self.word)
        self.left -= 1
        inside = 8 <= offset <= len(self.data) - struct.calcsize(layout)
        if not inside or self.left < 0:
            self.refuse(f"a record at byte {offset} of {len(self.data)}, or a chain without end")
        size, kind, *rest = struct.unpack_from(layout, self.data, offset)
        if kind not in kinds or not 0 < size <= len(self.data) - offset:
            self.refuse(f"a record of type {kind} and size {size} at byte {offset}")
        return tuple(rest)

    def refuse(self, found: str) -> None:
        msg = f"{self.name}: the CDF is cut off or damaged: {found}; fetch the file again"
        raise FormatError(msg)


def check(data: bytes, name: str) -> None:
    """Walk every chain of an uncompressed CDF.

    Raises
    ------
    FormatError
        A chain leaves the file, goes in a circle, or is longer than a recording needs.
    """
    walk = _Walk(data, name, "q" if data[:2] == b"\xcd\xf3" else "i")
    (global_record,) = walk.fields(8, (_CDR,), "o")
    heads = walk.fields(global_record, (_GDR,), "oooo" + "iiiii")
    r_head, z_head, attribute_head, _, n_r, n_attributes, _, n_dimensions, n_z = heads
    counts = (n_r, n_z, n_attributes, n_dimensions)
    limits = (MAX_VARIABLES, MAX_VARIABLES, MAX_ATTRIBUTES, _MAX_DEPTH)
    if any(not 0 <= n <= limit for n, limit in zip(counts, limits, strict=True)):
        walk.refuse(f"counts of variables, attributes, dimensions {counts}, at most {limits}")
    for head, count, kind in ((r_head, n_r, _R_VDR), (z_head, n_z, _Z_VDR)):
        for offset in _chain(walk, head, count, (kind,)):
            _check_variable(walk, offset, kind)
    for offset in _chain(walk, attribute_head, n_attributes, (_ADR,)):
        _check_attribute(walk, offset)


def _chain(walk: _Walk, offset: int, count: int, kinds: tuple[int, ...]) -> Iterator[int]:
    """Offsets of a linked list of exactly this many records."""
    for _ in range(count):
        (following,) = walk.fields(offset, kinds, "o")
        yield offset
        offset = following


def _check_variable(walk: _Walk, offset: int, kind: int) -> None:
    fields = walk.fields(offset, (kind,), "oiioo" + "iiiiiii")
    _, _, last_record, index_head, _, *_, n_elements, _ = fields
    if not -1 <= last_record < MAX_RECORDS or not 0 <= n_elements <= 100_000:
        walk.refuse(f"a variable of {last_record + 1} records of {n_elements} elements")
    if kind == _Z_VDR:
        name_bytes = 256 if walk.word == "q" else 64
        (n_dimensions,) = walk.fields(
            offset, (kind,), "oiioo" + "iiiiiii" + "oi" + f"{name_bytes}x" + "i"
        )[-1:]
        if not 0 <= n_dimensions <= _MAX_DEPTH:
            walk.refuse(f"a variable of {n_dimensions} dimensions")
    if last_record >= 0:
        _check_index(walk, index_head, last_record, 0)


def _check_index(walk: _Walk, offset: int, last_record: int, depth: int) -> None:
    """Follow the index records of a variable to its blocks of values."""
    while offset > 0:
        following, n_entries, n_used = walk.fields(offset, (_VXR,), "oii")
        if not 0 <= n_used <= n_entries <= MAX_ENTRIES or depth > _MAX_DEPTH:
            walk.refuse(f"an index of {n_used} of {n_entries} entries at depth {depth}")
        first = offset + walk.width + 4 + walk.width + 8
        size = n_entries * (8 + walk.width)
        if first + size > len(walk.data):
            walk.refuse(f"an index of {n_entries} entries at byte {offset}")
        table = struct.unpack_from(f">{2 * n_entries}i{n_entries}{walk.word}", walk.data, first)
        for k in range(n_used):
            low, high = table[k], table[n_entries + k]
            if not 0 <= low <= high <= last_record + MAX_ENTRIES:
                walk.refuse(f"an index entry of the records {low} to {high}")
            _check_block(walk, table[2 * n_entries + k], last_record, depth)
        offset = following


def _check_block(walk: _Walk, offset: int, last_record: int, depth: int) -> None:
    if not 8 <= offset <= len(walk.data) - walk.width - 4:
        walk.refuse(f"values at byte {offset} of {len(walk.data)}")
    _, kind = struct.unpack_from(">" + walk.word + "i", walk.data, offset)
    if kind == _VXR:
        _check_index(walk, offset, last_record, depth + 1)
    else:
        walk.fields(offset, _VALUES, "")


def _check_attribute(walk: _Walk, offset: int) -> None:
    fields = walk.fields(offset, (_ADR,), "oo" + "iiiii" + "o" + "iii")
    _, g_head, _, _, n_g, _, _, z_head, n_z, _, _ = fields
    for head, count in ((g_head, n_g), (z_head, n_z)):
        if not 0 <= count <= MAX_ENTRIES:
            walk.refuse(f"an attribute of {count} entries")
        for _ in _chain(walk, head, count, _ENTRIES):
            pass
