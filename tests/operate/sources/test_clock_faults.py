"""Figure R4: a clock at fault is flagged or refused, never accepted in silence."""

import os

import numpy as np
import pandas as pd
import pytest

from seismomag.core.flags import Flag
from seismomag.operate.sources.folder import FolderPlan, get_folder_day

DAY = np.datetime64("2026-05-10")
LONG_AGO_S = pd.Timestamp("2026-05-12").timestamp()


@pytest.fixture
def read(servers, tmp_path):
    """Write a day with spoilt stamps and read it back: ``read(spoil, **plan) -> answer``."""

    def run(spoil, written_s=LONG_AGO_S, name="tst20260510.min", **options):
        file = tmp_path / name
        whole = servers.iaga2002("TST", "2026-05-10", "HEZF").decode()
        lines = whole.splitlines()
        head, rows = lines[:13], lines[13:]
        stamps = pd.Series(pd.date_range("2026-05-10", periods=len(rows), freq="min"))
        moved = spoil(stamps.copy())
        new = [
            f"{t:%Y-%m-%d %H:%M:%S}.{t.microsecond // 1000:03d} {t.day_of_year:03d}{row[27:]}"
            for t, row in zip(moved, rows, strict=False)
        ]
        file.write_text("\n".join([*head, *new, ""]))
        os.utime(file, (written_s, written_s))
        plan = FolderPlan(root=tmp_path, pattern="{code_lower}{yyyy}{mm}{dd}.min", **options)
        return get_folder_day(plan, "TST", DAY, now_s=lambda: LONG_AGO_S + 3600)

    return run


def is_flagged(answer):
    """Whether a recording says in words and in flags that its clock is at fault."""
    recording = answer.data
    in_flags = bool((recording["flags"].values & Flag.CLOCK).any())
    return bool(recording.attrs["clock_faults"]) and in_flags


def test_a_clock_in_order_has_no_fault(read):
    answer = read(lambda t: t)
    assert answer.data.sizes["time"] == 1440
    assert answer.data.attrs["clock_faults"] == []
    assert answer.notes == ()


def test_a_wrong_cadence_is_refused(read):
    answer = read(lambda t: t[0] + (t - t[0]) / 2, period_s=60.0)
    assert answer.reason_code == "damaged"
    assert "every 30 s, expected every 60 s" in answer.reason


def test_a_drift_is_flagged(read):
    def drift(t):
        late_s = np.arange(len(t)) / 100
        return t + pd.to_timedelta(late_s.round(3), unit="s")

    assert is_flagged(read(drift))


def test_a_constant_offset_is_flagged(read):
    assert is_flagged(read(lambda t: t - pd.Timedelta(seconds=13)))


@pytest.mark.parametrize("seconds", [-600, -60, -1, 1, 7])
def test_a_jump_is_flagged(read, seconds):
    def jump(t):
        t[700:] += pd.Timedelta(seconds=seconds)
        return t

    answer = read(jump)
    assert is_flagged(answer)


def test_a_stamp_that_stands_twice_as_in_a_leap_second_is_flagged(read):
    def twice(t):
        t[700] = t[699]
        return t

    assert is_flagged(read(twice))


def test_a_wrong_day_in_the_name_is_refused(read):
    answer = read(lambda t: t - pd.Timedelta(days=1))
    assert answer.reason_code == "damaged"


def test_a_day_of_the_year_that_contradicts_the_date_is_flagged(servers, tmp_path):
    body = servers.iaga2002("TST", "2026-05-10", "HEZF").replace(b" 130 ", b" 131 ")
    (tmp_path / "TST").write_bytes(body)
    os.utime(tmp_path / "TST", (LONG_AGO_S, LONG_AGO_S))
    assert is_flagged(get_folder_day(FolderPlan(root=tmp_path, pattern="{code}"), "TST", DAY))


@pytest.mark.parametrize("zone_hours", [7, 8, 9])
def test_local_time_labelled_utc_is_seen_where_the_file_is_older_than_its_samples(read, zone_hours):
    end_s = pd.Timestamp("2026-05-11").timestamp()
    answer = read(lambda t: t, written_s=end_s - 3600 * zone_hours)
    assert f"{zone_hours:.1f} h after the file was last written" in answer.notes[0]


def test_stamps_that_are_still_to_come_are_refused(read):
    answer = read(lambda t: t + pd.Timedelta(days=2))
    assert answer.reason_code == "damaged"
    assert "still to come" in answer.reason
