"""Wrappers come off by content, within bounds."""

import gzip
import io
import lzma
import zipfile
import zlib

import pytest

from seismomag.core.errors import FormatError
from seismomag.readers import unwrap as module
from seismomag.readers.unwrap import unwrap

CONTENT = b"H D Z " * 500


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "wrapped",
    [
        CONTENT,
        gzip.compress(CONTENT, mtime=0),
        gzip.compress(CONTENT[:100], mtime=0) + gzip.compress(CONTENT[100:], mtime=0),
        lzma.compress(CONTENT),
        zipped(any_name=CONTENT),
        gzip.compress(lzma.compress(CONTENT), mtime=0),
    ],
    ids=["bare", "gzip", "two members", "xz", "zip", "xz in gzip"],
)
def test_content_decides_how_it_is_unwrapped(wrapped: bytes) -> None:
    assert unwrap(wrapped, "day.txt") == CONTENT


@pytest.mark.parametrize(
    "wrapped", [gzip.compress(CONTENT, mtime=0), lzma.compress(CONTENT)], ids=["gzip", "xz"]
)
def test_a_truncated_stream_is_refused(wrapped: bytes) -> None:
    for cut in (20, len(wrapped) // 2, len(wrapped) - 1):
        with pytest.raises(FormatError, match=r"day\.gz"):
            unwrap(wrapped[:cut], "day.gz")


def test_a_truncated_zip_is_refused() -> None:
    with pytest.raises(FormatError, match="zip archive is damaged"):
        unwrap(zipped(a=CONTENT)[:-30], "day.zip")


@pytest.mark.parametrize("wrap", [gzip.compress, lzma.compress])
def test_a_damaged_stream_is_refused(wrap) -> None:
    for position in (-6, 15):
        wrapped = bytearray(wrap(CONTENT))
        wrapped[position] ^= 0xFF
        with pytest.raises(FormatError, match="damaged"):
            unwrap(bytes(wrapped), "day.gz")


@pytest.mark.parametrize("engine", ["isal", "zlib"])
def test_every_flipped_bit_of_a_stream_is_refused_or_harmless(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine == "zlib":
        monkeypatch.setattr(module, "deflate", zlib)
        monkeypatch.setattr(module, "_DEFLATE_ERROR", zlib.error)
    else:
        assert module.deflate.__name__.startswith("isal"), "the extra `fast` is not installed"
    wrapped = gzip.compress(CONTENT[:600] + bytes(range(256)), mtime=0)
    refused = 0
    for position in range(8 * len(wrapped)):
        damaged = bytearray(wrapped)
        damaged[position // 8] ^= 1 << position % 8
        try:
            content = unwrap(bytes(damaged), "day.gz")
        except FormatError:
            refused += 1
        else:
            # Time, compression hint and system of the header say nothing of the content; a
            # stream without its magic number is not taken for a stream.
            assert content in (CONTENT[:600] + bytes(range(256)), bytes(damaged))
    assert refused > 8 * (len(wrapped) - 12)


def test_several_members_are_named() -> None:
    with pytest.raises(FormatError, match=r"2 files \(first\.sec, second\.sec\)"):
        unwrap(zipped(**{"first.sec": CONTENT, "second.sec": CONTENT}), "days.zip")


def test_an_empty_archive_is_refused() -> None:
    with pytest.raises(FormatError):
        unwrap(zipped(empty=b""), "none.zip")


@pytest.mark.parametrize("wrap", [gzip.compress, lzma.compress, lambda data: zipped(a=data)])
def test_a_bomb_is_refused(wrap, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RATIO_FLOOR_BYTES", 50_000)
    bomb = wrap(bytes(1_000_000))
    with pytest.raises(FormatError, match="more than 100 times"):
        unwrap(bomb, "bomb")
    monkeypatch.setattr(module, "LIMIT_BYTES", 100_000)
    with pytest.raises(FormatError, match="more than 100,000 bytes"):
        unwrap(bomb, "bomb")


def test_too_many_layers_are_refused() -> None:
    wrapped = CONTENT
    for _ in range(4):
        wrapped = gzip.compress(wrapped)
    with pytest.raises(FormatError, match="layers"):
        unwrap(wrapped, "onion")


def test_a_day_without_a_value_may_shrink_a_lot() -> None:
    silent = bytes(1_473_123)
    assert unwrap(gzip.compress(silent), "S250101.ALR.gz") == silent
