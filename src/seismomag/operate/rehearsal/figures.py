"""The figures of a rehearsal, computed from what was seen and from the facts that it left."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from seismomag.operate import ledger
from seismomag.operate.clock import unstamp
from seismomag.operate.daily.stages import CHAMPION
from seismomag.operate.database_tables import alerts, files, forecasts, quality
from seismomag.operate.rehearsal.ending import Ending
from seismomag.operate.rehearsal.plan import Figure, RehearsalPlan
from seismomag.operate.rehearsal.trouble import NO_DATA_HOURS
from seismomag.operate.rehearsal.watch import Watch
from seismomag.operate.rehearsal.world import Delivery, InventedNetwork
from seismomag.operate.status import GRACE_MINUTES

LONGEST_DAY_S = 300.0
MOST_BYTES = 2_000_000_000
LARGEST_GROWTH = 0.05
STATIONS_OF_A_DAY = 24
LEAST_CYCLES = 12
"""Fewer runs than this do not tell whether memory grows."""

_DAY = pd.Timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All that the figures are made of."""

    watch: Watch
    network: InventedNetwork
    plan: RehearsalPlan
    ending: Ending
    messages: Sequence[Mapping[str, Any]]
    alerts: Sequence[Mapping[str, Any]]
    files: Mapping[tuple[str, str], int]
    inputs: Mapping[tuple[str, str], set[str]]

    def arrivals(self, kind: str) -> list[Delivery]:
        """Deliveries of a kind that the machine was there to see, and that were made at all."""
        return [
            d
            for d in self.network.deliveries
            if d.kind.startswith(kind) and (d.station_code, str(d.day)) in self.files
        ]


def figures_of(
    watch: Watch,
    network: InventedNetwork,
    plan: RehearsalPlan,
    ending: Ending,
    messages: Sequence[Mapping[str, Any]],
) -> tuple[Figure, ...]:
    """Compute every figure that belongs to an operation."""
    inputs = defaultdict(set)
    for row in watch.rows(forecasts):
        if row["role"] == CHAMPION:
            inputs[row["station_code"], row["day"]].add(row["input_sha256"])
    facts = Facts(
        watch=watch,
        network=network,
        plan=plan,
        ending=ending,
        messages=messages,
        alerts=watch.rows(alerts),
        files=Counter((row["station_code"], row["day"]) for row in watch.rows(files)),
        inputs=inputs,
    )
    return tuple(figure for make in _MAKERS for figure in make(facts))


def _killed(facts: Facts) -> list[Figure]:
    watch, ending = facts.watch, facts.ending
    twice = len(facts.alerts) - len(
        {(a["rule"], a["station_code"], a["day"]) for a in facts.alerts}
    )
    unsound = len(ending.wrong_files) + len(ending.wrong_tables) + watch.n_broken_ledgers
    damage = watch.n_unreadable + watch.n_lost_rows + twice + unsound
    reached = (
        f"{watch.n_kills} kills ({watch.n_cut_off} at work), {watch.n_unreadable} unreadable "
        f"tensors, {unsound} unsound files or tables, {watch.n_lost_rows} lost rows, {twice} "
        "duplicate alerts"
    )
    failed = [cycle.error for cycle in watch.cycles if cycle.error]
    runs = f"{len(watch.cycles)} runs by themselves, {len(failed)} failed" + _first(failed)
    return [
        Figure(
            name="R1",
            what="kill -9 at random moments",
            reached=reached,
            bound="0 damage",
            is_within=damage == 0 and watch.n_cut_off > 0,
        ),
        Figure(
            name="R1",
            what="the next run completes unaided",
            reached=runs,
            bound="0 failed",
            is_within=not failed,
        ),
    ]


def _first(sentences: Sequence[str]) -> str:
    return f", the first: {sentences[0]}" if sentences else ""


def _hindered(facts: Facts) -> list[Figure]:
    seen = facts.watch.hindered
    good = [name for name, error, stood in seen if error.startswith("StoreError") and stood]
    said = "; ".join(f"{name}: {error[:120] or 'no error'}" for name, error, _ in seen)
    return [
        Figure(
            name="R2",
            what="a run without room or rights says so, ends, and publishes nothing",
            reached=f"{len(good)} of {len(seen)} ({said})",
            bound="all",
            is_within=len(good) == len(seen) if seen else None,
        )
    ]


def _resent(facts: Facts) -> list[Figure]:
    same = [d for d in facts.arrivals("twin") if facts.files[_key(d)] > 1]
    alike = sum(len(facts.inputs[_key(d)]) == 1 for d in same)
    torn = [d for d in facts.arrivals("half") if facts.files[_key(d)] > 1]
    revised = sum(len(facts.inputs[_key(d)]) == 2 for d in torn)
    return [
        Figure(
            name="R3",
            what="days that came twice have one input; days that came in part have a revision",
            reached=f"{alike} of {len(same)}; {revised} of {len(torn)}",
            bound="all",
            is_within=alike == len(same) and revised == len(torn) if same or torn else None,
        )
    ]


def _key(delivery: Delivery) -> tuple[str, str]:
    return delivery.station_code, str(delivery.day)


def _clocks(facts: Facts) -> list[Figure]:
    rows = facts.watch.rows(quality)
    flagged = {(r["station_code"], r["day"]) for r in rows if r["n_clock_faults"]}
    accepted = {(r["station_code"], r["day"]) for r in rows} - flagged
    planted = {_key(d) for d in facts.arrivals("clock ")}
    n_refused = len(planted - flagged - accepted)
    return [
        Figure(
            name="R4",
            what="days of a clock at fault are flagged or refused",
            reached=f"{len(planted)} days: {len(planted & flagged)} flagged, {n_refused} refused; "
            f"{len(flagged - planted)} others flagged",
            bound="all, 0 others",
            is_within=not planted & accepted and flagged <= planted if planted else None,
        )
    ]


def _days_off(facts: Facts) -> list[Figure]:
    n_off = facts.plan.days_off[1] - facts.plan.days_off[0]
    caught_up = _caught_up(facts)
    messages, told = facts.watch.messages_after_days_off, facts.watch.fresh_alerts_after_days_off
    is_digest = (messages or 0) <= 1 or (told or 0) <= 3
    one = facts.watch.n_apart_done == 1 and facts.watch.n_apart_refused == 1
    return [
        Figure(
            name="R7",
            what=f"{n_off} days off: catch-up in order, one digest",
            reached=f"{len(set(caught_up))} days, {messages} messages of {told} alerts",
            bound=f"{n_off} days in order, 1 digest",
            is_within=is_digest and caught_up == sorted(caught_up) and len(set(caught_up)) >= n_off
            if n_off
            else None,
        ),
        Figure(
            name="R7",
            what="two schedulers at once",
            reached=f"{facts.watch.n_apart_done} run, {facts.watch.n_apart_refused} refused",
            bound="1 run",
            is_within=one,
        ),
    ]


def _caught_up(facts: Facts) -> list[str]:
    """Days of the records of the first run after the days off, in the order of the ledger."""
    back = pd.Timestamp(facts.network.simulation.start) + facts.plan.days_off[1] * _DAY
    run = next((cycle for cycle in facts.watch.cycles if cycle.moment >= back), None)
    if run is None:
        return []
    end = run.moment + pd.Timedelta(seconds=run.seconds + 1)
    return [
        record["day"]
        for record in ledger.read(facts.watch.settings.ledger)
        if record["kind"] != "preregistration"
        and run.moment.floor("s") <= unstamp(record["issued_at"]) <= end
    ]


def _silence(facts: Facts) -> list[Figure]:
    code, start = facts.network.roles["silent"], facts.network.simulation.start
    sent = [d.day for d in facts.network.deliveries if d.station_code == code]
    missing = pd.Timestamp(max(sent, default=start)) + _DAY
    due = missing + _DAY + pd.Timedelta(hours=NO_DATA_HOURS)
    said = [a for a in facts.alerts if a["rule"] == "silent" and a["station_code"] == code]
    after = [unstamp(a["raised_at"]) for a in said if unstamp(a["raised_at"]) >= due]
    late_h = (min(after) - due) / pd.Timedelta(hours=1) if after else np.inf
    bound_h = facts.plan.cycle_hours + GRACE_MINUTES / 60
    garbled = facts.arrivals("garbage") + facts.arrivals("other day")
    n_seen, n_told = _broken_stages(facts, garbled)
    return [
        Figure(
            name="R8",
            what=f"{code} falls silent: alarm after it is due",
            reached=f"{late_h:.2f} h",
            bound=f"{bound_h:.2f} h",
            is_within=bool(late_h <= bound_h),
        ),
        Figure(
            name="R8",
            what="a file that breaks a stage is told within one run",
            reached=f"{n_told} of {n_seen}",
            bound="all",
            is_within=n_told == n_seen if n_seen else None,
        ),
    ]


def _broken_stages(facts: Facts, garbled: Sequence[Delivery]) -> tuple[int, int]:
    """How many damaged files a run met, and how many of these were told of on that day."""
    moments = [cycle.moment for cycle in facts.watch.cycles]
    # One alert tells all days of a station that failed in a run.
    told = {
        (a["station_code"], a["raised_at"][:10])
        for a in facts.alerts
        if a["rule"] == "stage_failed"
    }
    n_seen = n_told = 0
    for delivery in garbled:
        met = next((m for m in moments if m >= delivery.moment), None)
        whole = [
            d.moment
            for d in facts.network.deliveries
            if d.kind == "whole" and _key(d) == _key(delivery)
        ]
        if met is None or any(moment <= met for moment in whole):
            continue
        n_seen += 1
        n_told += (delivery.station_code, f"{met:%Y-%m-%d}") in told
    return n_seen, n_told


def _speed(facts: Facts) -> list[Figure]:
    busy = [c for c in facts.watch.cycles if c.n_forecasts >= facts.plan.n_stations // 2]
    each = max((c.seconds / c.n_forecasts for c in busy), default=np.nan)
    # A forecast each of two models: the cost of a station-day is overstated, not understated.
    day_s = each * STATIONS_OF_A_DAY * 2
    peak = max((c.peak_bytes for c in facts.watch.cycles), default=0)
    known = np.isfinite(day_s) and peak > 0
    return [
        Figure(
            name="R9",
            what=f"{STATIONS_OF_A_DAY} stations x 1 day, raw to forecast, two models",
            reached=f"{day_s:.1f} s at the slowest, {peak / 1e6:.0f} MB",
            bound=f"{LONGEST_DAY_S:.0f} s, {MOST_BYTES / 1e6:.0f} MB",
            is_within=bool(day_s <= LONGEST_DAY_S and peak <= MOST_BYTES) if known else None,
        )
    ]


def _steadiness(facts: Facts) -> list[Figure]:
    cycles = facts.watch.cycles
    resident = np.array([c.resident_bytes for c in cycles], float)
    descriptors = np.array([c.n_descriptors for c in cycles])
    is_enough = len(cycles) >= LEAST_CYCLES and resident.min() > 0
    quarter = max(1, len(cycles) // 4)
    early = float(np.median(resident[quarter : 2 * quarter])) if is_enough else np.nan
    late = float(np.median(resident[-quarter:])) if is_enough else np.nan
    growth = late / early - 1
    spread = int(np.ptp(descriptors[1:])) if is_enough else 0
    return [
        Figure(
            name="R10",
            what=f"{facts.plan.n_days} days: growth of memory, spread of open files",
            reached=f"{growth:+.1%} of {early / 1e6:.0f} MB, {spread} of {descriptors[-1]}",
            bound=f"{LARGEST_GROWTH:.0%}, 0",
            is_within=bool(growth <= LARGEST_GROWTH and spread == 0) if is_enough else None,
        )
    ]


def _kept(facts: Facts) -> list[Figure]:
    ending = facts.ending
    n_unsigned = sum(not message["is_signed"] for message in facts.messages)
    return [
        Figure(
            name="R10",
            what="backup and restore",
            reached=f"{ending.n_rows_restored} rows, "
            + ("equal" if ending.is_restored_equal else "UNEQUAL"),
            bound="equal",
            is_within=ending.is_restored_equal,
        ),
        Figure(
            name="ledger",
            what="a forged record in a copy is named, and the job stops",
            reached=f"{'named' if ending.is_forgery_named else 'not named'}; "
            f"{ending.forged_error.partition(':')[0] or 'no error'}; "
            f"{ending.n_scored} records of the true one scored",
            bound="named, stopped",
            is_within=ending.is_forgery_named and bool(ending.forged_error),
        ),
        Figure(
            name="alerts",
            what="messages to operators",
            reached=f"{len(facts.alerts)} alerts, {len(facts.messages)} messages received, "
            f"{n_unsigned} without a signature",
            bound="all signed",
            is_within=n_unsigned == 0,
        ),
    ]


_MAKERS: tuple[Callable[[Facts], list[Figure]], ...] = (
    _killed,
    _hindered,
    _resent,
    _clocks,
    _days_off,
    _silence,
    _speed,
    _steadiness,
    _kept,
)
