"""The clock of the machine: what the kernel says, and what is made of it."""

import ctypes
import platform
import struct
import sys

import pytest

from seismomag.operate.machine_clock import MachineClock, _Timex, clock_of, read_machine_clock

SYNCHRONISED, UNSYNCHRONISED = 0x2001, 0x2041


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((0, SYNCHRONISED, 17_200), MachineClock(is_synchronised=True, largest_error_s=0.02)),
        ((0, SYNCHRONISED, 20_000), MachineClock(is_synchronised=True, largest_error_s=0.02)),
        ((0, SYNCHRONISED, 20_001), MachineClock(is_synchronised=True, largest_error_s=0.03)),
        ((0, SYNCHRONISED, 0), MachineClock(is_synchronised=True, largest_error_s=0.0)),
        ((0, UNSYNCHRONISED, 17_200), MachineClock(is_synchronised=False)),
        ((5, SYNCHRONISED, 17_200), MachineClock(is_synchronised=False)),
        ((-1, 0, 0), MachineClock()),
    ],
)
def test_an_answer_of_the_kernel(answer, expected):
    assert clock_of(*answer) == expected


def test_every_state_has_a_sentence():
    assert clock_of(0, SYNCHRONISED, 17_200).sentence() == (
        "clock: synchronised, off by 0.02 s at most"
    )
    assert clock_of(5, UNSYNCHRONISED, 0).sentence().startswith("warning: no time service")
    assert "not measured" in MachineClock().sentence()


@pytest.mark.skipif(
    not (sys.platform.startswith("linux") and platform.machine() in {"x86_64", "aarch64"}),
    reason="the bytes below are those of Linux on 64 bits",
)
def test_this_machine_is_read_as_its_bytes_say():
    assert (_Timex.maxerror.offset, _Timex.status.offset) == (24, 40)
    block = ctypes.create_string_buffer(1024)
    state = ctypes.CDLL(None).adjtimex(block)
    (largest_error_us,) = struct.unpack_from("q", block, 24)
    (status,) = struct.unpack_from("i", block, 40)
    expected = clock_of(state, status, largest_error_us)
    found = read_machine_clock()
    assert found.is_synchronised == expected.is_synchronised
    if found.largest_error_s is not None:
        assert found.largest_error_s == pytest.approx(expected.largest_error_s, abs=0.02)


def test_a_system_without_the_call_says_nothing(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert read_machine_clock() == MachineClock()
