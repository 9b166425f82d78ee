"""gzip, xz and zip wrappers, taken off in memory and within bounds."""

import io
import lzma
import struct
import zipfile
import zlib

from seismomag.core.errors import FormatError

try:
    # Twice as fast as zlib on day files, where the extra `fast` is installed.
    from isal import isal_zlib as deflate
except ImportError:
    import zlib as deflate  # type: ignore[no-redef]

_DEFLATE_ERROR: type[Exception] = deflate.error  # type: ignore[assignment]

LIMIT_BYTES = 200_000_000
"""The largest content that is unpacked."""

LIMIT_RATIO = 100
"""The largest growth by unpacking ..."""

RATIO_FLOOR_BYTES = 16_000_000
"""... of a content larger than this: a day without a single value shrinks 500-fold, honestly."""

_RESERVED_FLAGS = 0xE0
"""Of a gzip header (RFC 1952, section 2.3.1); one of them set means a damaged header."""

_XZ_MEMORY_BYTES = 256_000_000
_MAX_LAYERS = 3
_ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
    ValueError,
    OverflowError,
    IndexError,
    struct.error,
)


def unwrap(data: bytes, name: str) -> bytes:
    """Take compression off, whatever the name of the file promises.

    Parameters
    ----------
    data
        The file.
    name
        For messages.

    Returns
    -------
    content
        The bytes inside; ``data`` itself when it is not wrapped.

    Raises
    ------
    FormatError
        Damaged or truncated; larger than :data:`LIMIT_BYTES`; grows more than
        :data:`LIMIT_RATIO` times; a zip archive with no file or with several; too many layers.

    Examples
    --------
    >>> import gzip
    >>> unwrap(gzip.compress(b"field"), "day.gz")
    b'field'
    """
    for _ in range(_MAX_LAYERS):
        if data.startswith(b"\x1f\x8b"):
            inner = _gunzip(data, name)
        elif data.startswith(b"\xfd7zXZ\x00"):
            inner = _unxz(data, name)
        elif data.startswith(b"PK\x03\x04"):
            inner = _unzip(data, name)
        else:
            return data
        _check_growth(len(data), len(inner), name)
        data = inner
    msg = f"{name}: more than {_MAX_LAYERS} layers of compression; unpack it by hand first"
    raise FormatError(msg)


def _check_growth(packed: int, unpacked: int, name: str) -> None:
    if unpacked > LIMIT_BYTES:
        msg = f"{name}: unpacks to more than {LIMIT_BYTES:,} bytes, the limit for one recording"
        raise FormatError(msg)
    if unpacked > RATIO_FLOOR_BYTES and unpacked > LIMIT_RATIO * packed:
        msg = (
            f"{name}: {packed:,} bytes unpack to {unpacked:,}, more than {LIMIT_RATIO} times; "
            "this is not a recording"
        )
        raise FormatError(msg)


def _gunzip(data: bytes, name: str) -> bytes:
    parts: list[bytes] = []
    room = LIMIT_BYTES + 1
    rest = data
    while rest.startswith(b"\x1f\x8b") and room > 0:
        if rest[3:4] and rest[3] & _RESERVED_FLAGS:
            msg = f"{name}: the gzip header is damaged; fetch the file again"
            raise FormatError(msg)
        member = deflate.decompressobj(wbits=31)
        try:
            part = member.decompress(rest, room)
        except _DEFLATE_ERROR as error:
            msg = f"{name}: the gzip stream is damaged ({error}); fetch the file again"
            raise FormatError(msg) from error
        parts.append(part)
        room -= len(part)
        if not member.eof and room > 0:
            msg = (
                f"{name}: the gzip stream ends early, after {sum(map(len, parts)):,} unpacked "
                "bytes; fetch the file again"
            )
            raise FormatError(msg)
        rest = member.unused_data
    return b"".join(parts)


def _unxz(data: bytes, name: str) -> bytes:
    stream = lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=_XZ_MEMORY_BYTES)
    try:
        inner = stream.decompress(data, LIMIT_BYTES + 1)
    except (lzma.LZMAError, MemoryError) as error:
        msg = f"{name}: the xz stream is damaged ({error}); fetch the file again"
        raise FormatError(msg) from error
    if not stream.eof and len(inner) <= LIMIT_BYTES:
        msg = f"{name}: the xz stream ends early; fetch the file again"
        raise FormatError(msg)
    return inner


def _unzip(data: bytes, name: str) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            member = _only_member(archive, name)
            _check_growth(max(len(data), 1), min(member.file_size, LIMIT_BYTES + 1), name)
            with archive.open(member) as file:
                return file.read(LIMIT_BYTES + 1)
    except _ZIP_ERRORS as error:
        msg = f"{name}: the zip archive is damaged or protected ({error}); fetch the file again"
        raise FormatError(msg) from error


def _only_member(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    members = [m for m in archive.infolist() if not m.is_dir() and m.file_size]
    if len(members) == 1:
        return members[0]
    found = ", ".join(m.filename for m in members[:5]) or "nothing"
    msg = (
        f"{name}: the zip archive holds {len(members)} files ({found}), expected exactly one; "
        "unpack it and read them one by one"
    )
    raise FormatError(msg)
