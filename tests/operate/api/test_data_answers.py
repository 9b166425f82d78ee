"""Kept answers: made once for all who ask, again when a fact changes, and with time."""

import asyncio

import pytest

from seismomag.operate.api.answers import kept as answers
from seismomag.operate.api.answers.encoding import encode
from seismomag.operate.api.answers.kept import Answers


class Facts:
    """Marks that a test changes."""

    version = 0

    def now(self):
        return self.version

    def close(self):
        pass


class Clock:
    """Seconds that a test lets pass."""

    seconds = 100.0

    def monotonic(self):
        return self.seconds


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(answers, "time", made)
    return made


def run(work):
    """Run a coroutine function with answers, the facts, and a maker that counts."""
    facts = Facts()
    made = []

    def make():
        made.append(len(made))
        return encode(f"answer {len(made)}".encode(), "text/plain")

    async def inside():
        kept = Answers(facts)
        try:
            await work(kept, facts, make)
        finally:
            kept.close()

    asyncio.run(inside())
    return made


def test_many_who_ask_at_once_get_one_answer(clock):
    async def work(kept, _, make):
        got = await asyncio.gather(*(kept.get("status", make) for _ in range(50)))
        assert {one.body for one in got} == {b"answer 1"}

    assert run(work) == [0]


def test_a_new_fact_is_waited_for(clock):
    async def work(kept, facts, make):
        await kept.get("status", make)
        facts.version = 1
        clock.seconds += answers.LOOK_EVERY_S
        assert (await kept.get("status", make)).body == b"answer 2"

    assert len(run(work)) == 2


def test_a_new_fact_is_seen_by_all_who_ask_at_once(clock):
    """A page asks for several answers together, after a minute of rest."""

    async def work(kept, facts, make):
        names = ("status", "operation", "ledger")
        for name in names:
            await kept.get(name, make)
        facts.version = 1
        clock.seconds += answers.LOOK_EVERY_S
        got = await asyncio.gather(*(kept.get(name, make) for name in names))
        assert {one.body for one in got} == {b"answer 4", b"answer 5", b"answer 6"}

    assert len(run(work)) == 6


def test_time_alone_makes_it_again_without_a_wait(clock):
    async def work(kept, _, make):
        await kept.get("status", make)
        clock.seconds += answers.FRESH_S
        assert (await kept.get("status", make)).body == b"answer 1", "nobody waits"
        await asyncio.sleep(0.2)
        assert (await kept.get("status", make)).body == b"answer 2"

    assert len(run(work)) == 2


def test_what_is_too_old_is_not_given(clock):
    async def work(kept, _, make):
        await kept.get("status", make)
        clock.seconds += answers.OLDEST_S
        assert (await kept.get("status", make)).body == b"answer 2"

    assert len(run(work)) == 2


def test_a_failure_is_told_to_all_and_not_kept(clock):
    async def work(kept, _, make):
        def fail():
            msg = "no"
            raise OSError(msg)

        got = await asyncio.gather(
            *(kept.get("status", fail) for _ in range(3)), return_exceptions=True
        )
        assert [type(one) for one in got] == [OSError] * 3
        assert (await kept.get("status", make)).body == b"answer 1"

    run(work)
