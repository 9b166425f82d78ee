"""The alarm of a record, from the records before it alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seismomag.operate.ledger.alarms import AlarmRule, Said

RULE = AlarmRule(threshold=0.5, window_days=3)


def record(day, probability, station="ALR", model="a" * 64):
    return {
        "day": f"2024-05-{day:02d}",
        "probability": probability,
        "station": station,
        "model_sha256": model,
    }


def said(*records):
    found = Said()
    for one in records:
        found.note(one)
    return found


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ([], record(10, 0.5), True),
        ([], record(10, 0.499999), False),
        ([], record(10, 0.4999999), True),  # a record keeps six digits
        ([record(8, 0.5)], record(10, 0.1), True),
        ([record(7, 0.9)], record(10, 0.1), False),
        ([record(9, 0.9), record(9, 0.1)], record(10, 0.1), True),
        ([record(10, 0.9)], record(10, 0.1), False),
        ([record(11, 0.9)], record(10, 0.1), False),
        ([record(9, 0.9, station="KPY")], record(10, 0.1), False),
        ([record(9, 0.9, model="b" * 64)], record(10, 0.1), False),
        ([record(9, None)], record(10, 0.1), False),
        ([record(9, 0.9)], record(10, None), False),
    ],
)
def test_the_largest_of_the_last_days_decides(before, now, expected):
    assert said(*before).is_alarm(now, RULE) is expected


@given(st.lists(st.floats(0, 1), min_size=1, max_size=28), st.integers(1, 20), st.floats(0.01, 1))
def test_it_is_the_running_maximum(probabilities, window_days, threshold):
    found, states = Said(), []
    for day, probability in enumerate(probabilities, 1):
        now = record(day, probability)
        states.append(found.is_alarm(now, AlarmRule(threshold, window_days)))
        found.note(now)
    rounded = [round(p, 6) for p in probabilities]
    expected = [
        max(rounded[max(0, i + 1 - window_days) : i + 1]) >= threshold for i in range(len(rounded))
    ]
    assert states == expected
