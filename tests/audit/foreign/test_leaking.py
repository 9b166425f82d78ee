"""The leak checks inside the audit of a forecast table: few, and none that calls nature a leak."""

import numpy as np
import pandas as pd
import pytest

from seismomag.audit.foreign.forecast import ForeignMap, clean
from seismomag.audit.foreign.judge import judge_foreign
from seismomag.audit.foreign.leaking import ALONE
from seismomag.audit.leaks.checks import CHECKS
from seismomag.audit.leaks.finding import AMBER, GREEN, NOT_RUN, RED

N_DAYS = 240


def honest(seed: int = 0) -> pd.DataFrame:
    """Three stations, one of them without any event; events in clusters; Kp of nature."""
    chance = np.random.default_rng(seed)
    day = pd.date_range("2020-01-01", periods=N_DAYS).strftime("%Y-%m-%d")
    kp = np.clip(chance.gamma(4, 0.6, N_DAYS), 0, 9).round(3)
    parts = []
    for place, code in enumerate(("AAA", "BBB", "CCC")):
        event = np.zeros(N_DAYS, bool)
        for start in chance.integers(5, N_DAYS - 10, 14 if place < 2 else 0):
            event[start : start + 4] = True
        parts.append(
            pd.DataFrame(
                {
                    "date": day,
                    "station": code,
                    "probability": chance.uniform(size=N_DAYS).round(3),
                    "event": event.astype(int),
                    "kp": kp,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def judged(frame: pd.DataFrame):
    table = clean(frame.astype(str), ForeignMap(columns={name: name for name in frame}))
    return judge_foreign(table, n_bootstrap=50)


def severities(report) -> dict[str, str]:
    return dict(zip(report.leaks["check_id"], report.leaks["severity"], strict=True))


@pytest.mark.parametrize("seed", range(10))
def test_an_honest_table_shows_no_leak(seed: int) -> None:
    report = judged(honest(seed))
    assert RED not in severities(report).values()
    assert report.verdict.reason_code != RED


def test_every_check_is_listed_and_those_that_need_more_say_what() -> None:
    report = judged(honest())
    found = severities(report)
    assert list(found) == list(CHECKS)
    assert all(found[i] != NOT_RUN for i in ALONE)
    others = report.leaks[~report.leaks["check_id"].isin(ALONE)]
    assert set(others["severity"]) == {NOT_RUN}
    assert others["sentence"].str.contains("run seismomag leaks").all()


def test_kp_that_was_filled_in_for_one_class_voids_the_verdict() -> None:
    frame = honest()
    frame["kp"] = frame["kp"].mask(frame["event"] == 0, 9.0)
    report = judged(frame)
    assert severities(report)["C16"] == RED
    assert (report.verdict.level, report.verdict.reason_code) == ("V0", RED)
    assert report.verdict.reasons[0].startswith("C16: fill values that tell the class: kp_max = 9")


def test_an_index_of_the_network_and_one_direction_are_amber() -> None:
    frame = honest()
    by_day = dict(zip(frame["date"].unique(), np.linspace(0, 1, N_DAYS).round(4), strict=True))
    frame = frame.assign(probability=frame["date"].map(by_day), azimuth_deg=97.0)
    found = severities(judged(frame))
    assert (found["C19"], found["C24"]) == (AMBER, AMBER)
    assert severities(judged(honest()))["C19"] == GREEN


def test_shifts_of_the_area_say_which_are_near() -> None:
    shifts = judged(honest()).curves["shift_null_auc"]
    assert shifts["is_near"].tolist() == (shifts["shift_days"].abs() <= 30).tolist()


def test_a_table_without_outcomes_runs_what_it_can() -> None:
    found = severities(judged(honest().drop(columns="event")))
    assert found["C16"] == NOT_RUN
    assert RED not in found.values()
