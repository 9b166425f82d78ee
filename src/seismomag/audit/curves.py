"""Tables behind the pictures of the report."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.audit import alarms, molchan, power
from seismomag.audit.case import AuditCase
from seismomag.audit.counts import Contingency
from seismomag.audit.intervals import cluster_sums, ratio_interval
from seismomag.audit.nulls import Pairs, near_shifts, signed_shift
from seismomag.audit.ring import Played, Ring, Targets, event_best
from seismomag.audit.rows import Rows

Floats = NDArray[np.float64]
N_BINS = 10
N_TICKS = 400
BAND = (0.025, 0.975)
BAND_POINTS = 101


def molchan_curve(played: Iterable[Played], pairs: Pairs) -> pd.DataFrame:
    """Trajectories of the forecast and the baselines: ``kind, tau, nu, threshold``."""
    parts = []
    for one in played:
        tau, nu, threshold = molchan.trajectory(one.score, event_best(one.score, pairs))
        keep = molchan.thinned(tau, nu)
        columns = {"tau": tau[keep], "nu": nu[keep], "threshold": threshold[keep]}
        parts.append(pd.DataFrame({"kind": one.name, **columns}))
    return pd.concat(parts, ignore_index=True)


def molchan_band(played: Played, pairs: Pairs) -> pd.DataFrame:
    """Where 95 % of the common shifts lie, of the same alarms: kinds ``null_low, null_high``.

    Miss fraction at each alarm fraction of a grid that holds the frozen one. Near shifts are
    among them, as they are in the p of the verdict.
    """
    reach = molchan.alarm_fraction_reaching(played.score)
    needed = [
        np.roll(reach[pairs.stations_of(event)].min(axis=0), -position)[1:]
        for event, position in enumerate(pairs.position)
    ]
    columns = ["kind", "tau", "nu", "threshold"]
    if not needed or not needed[0].size:
        return pd.DataFrame(columns=columns)
    tau = np.union1d(np.linspace(0, 1, BAND_POINTS), [played.tau])
    by_event = np.stack(needed)
    missed = np.stack([(by_event > at + 1e-12).mean(axis=0) for at in tau])
    edges = zip(("null_low", "null_high"), np.quantile(missed, BAND, axis=1), strict=True)
    parts = [pd.DataFrame({"kind": kind, "tau": tau, "nu": nu}) for kind, nu in edges]
    return pd.concat(parts, ignore_index=True).assign(threshold=np.nan)[columns]


def molchan_points(played: Iterable[Played], pairs: Pairs) -> pd.DataFrame:
    """Where each frozen threshold lies on its trajectory: ``kind, tau, nu, n_events``."""
    lines = []
    for one in played:
        hit = event_best(one.in_alarm.astype(np.float64), pairs)
        nu = float(1 - hit.mean()) if hit.size else float("nan")
        lines.append((one.name, one.tau, nu, pairs.n_events))
    return pd.DataFrame(lines, columns=["kind", "tau", "nu", "n_events"])


def reliability(rows: Rows, *, n_draws: int, seed: int) -> pd.DataFrame:
    """Observed frequency in bins of equal number: ``probability, frequency, n, low, high``.

    Rows of equal probability share a bin. The interval is clustered, NaN where too few units.
    """
    columns = ["probability", "frequency", "n", "low", "high"]
    if not rows.event.size:
        return pd.DataFrame(columns=columns, dtype=np.float64)
    edges = np.unique(np.quantile(rows.probability, np.linspace(0, 1, N_BINS + 1)[1:-1]))
    bins = np.searchsorted(edges, rows.probability, side="right")
    lines = []
    for number in np.unique(bins):
        mine = bins == number
        k, m = cluster_sums(rows.cluster, rows.event & mine, mine)
        generator = np.random.default_rng(seed)
        low, high, _ = ratio_interval(k, m, n_draws=n_draws, generator=generator)
        mean = float(rows.probability[mine].mean())
        lines.append((mean, float(rows.event[mine].mean()), int(mine.sum()), low, high))
    return pd.DataFrame(lines, columns=columns)


def issued(probability: Floats) -> pd.DataFrame:
    """Probabilities that were issued, in order; at most 400, evenly chosen: ``probability``."""
    known = np.sort(probability[np.isfinite(probability)])
    chosen = np.unique(np.linspace(0, max(known.size - 1, 0), N_TICKS).astype(np.int64))
    return pd.DataFrame({"probability": known[chosen] if known.size else known})


def shift_null(hits: NDArray[np.int64], n_events: int, tau: float, near_days: int) -> pd.DataFrame:
    """Event hit rate at every common shift: ``shift_days, hit_rate, tau, is_near``."""
    table = pd.DataFrame(
        {
            "shift_days": signed_shift(hits.size),
            "hit_rate": hits / n_events if n_events else np.full(hits.size, np.nan),
            "tau": np.full(hits.size, tau),
            "is_near": near_shifts(hits.size, near_days),
        }
    )
    return table.sort_values("shift_days", ignore_index=True)


def calendar(case: AuditCase, ring: Ring, played: Played) -> pd.DataFrame:
    """Every station-day of the ring, with what was said and what followed.

    Columns ``station_code, day, probability, state_score, in_alarm, is_target, kp_max``;
    ``is_target`` tells whether an event follows in the horizon that begins on the day.
    """
    n_stations, n_days = ring.shape
    table = pd.DataFrame(
        {
            "station_code": np.repeat(ring.station_codes.astype(str), n_days),
            "day": np.tile(ring.days.astype("datetime64[ns]"), n_stations),
            "probability": played.probability.ravel(),
            "state_score": played.score.ravel(),
            "in_alarm": played.in_alarm.ravel(),
        }
    )
    test = case.samples[case.samples["split"] == "test"]
    known = pd.DataFrame(
        {
            "station_code": test["station_code"].astype(str),
            "day": alarms.valid_day(test).astype("datetime64[ns]"),
            "is_target": test["is_target"].astype("boolean"),
            "kp_max": test["kp_max"],
        }
    ).drop_duplicates(["station_code", "day"])
    return table.merge(known, on=["station_code", "day"], how="left", sort=False)


def events(targets: Targets, played: Played, forecast: pd.DataFrame) -> pd.DataFrame:
    """Every target event of the test: scored or not, hit or not, and with what lead.

    The lead time runs from the issue of the earliest alarm row that was still in the memory of
    the state, at a station in range, to the origin time [days].
    """
    hit = event_best(played.in_alarm.astype(np.float64), targets.pairs) > 0
    lead = np.full(hit.size, np.nan)
    alarmed = forecast[forecast["probability"] >= played.rule.threshold]
    scored = targets.scored
    for number in np.flatnonzero(hit):
        codes = targets.table.loc[
            targets.table["event_id"] == scored["event_id"].iloc[number], "station_code"
        ]
        lead[number] = _lead_days(alarmed, codes, scored["origin_time"].iloc[number], played)
    outcome = pd.DataFrame({"event_id": scored["event_id"], "is_hit": hit, "lead_time_days": lead})
    table = targets.events.merge(outcome, on="event_id", how="left", sort=False)
    table["is_hit"] = table["is_hit"].astype("boolean").fillna(False).astype(bool)
    columns = ["event_id", "cluster_id", "origin_time", "magnitude", "latitude_deg"]
    columns += ["longitude_deg", "n_stations", "is_scored", "is_hit", "lead_time_days"]
    return table[columns]


def _lead_days(
    alarmed: pd.DataFrame, codes: pd.Series, origin: pd.Timestamp, played: Played
) -> float:
    mine = alarmed[alarmed["station_code"].isin(codes)]
    age = (np.datetime64(origin, "D") - alarms.valid_day(mine)).astype(np.int64)
    fresh = mine[(age >= 0) & (age < played.rule.state_days)]
    return float((origin - fresh["issue_time"].min()) / pd.Timedelta(days=1))


def contingency_table(levels: Mapping[str, Contingency]) -> pd.DataFrame:
    """Put contingency tables below each other: ``level, tp, fp, fn, tn``."""
    lines = [(level, c.tp, c.fp, c.fn, c.tn) for level, c in levels.items()]
    return pd.DataFrame(lines, columns=["level", "tp", "fp", "fn", "tn"])


def power_table(n_events: int, chance: float, target_tau: float) -> pd.DataFrame:
    """Tabulate the smallest gain that would have been found: ``n_events, chance, alpha, ...``.

    ``chance`` is the rate at which events are hit without skill: the mean of the shifts, and the
    wanted alarm fraction, which it is with one station in range.
    """
    sizes = sorted({n_events, 8, 16, 30, 60, 120, 200})
    lines = [
        (n, t, float(alpha), power.smallest_detectable_gain(n, t, float(alpha)))
        for t in dict.fromkeys((chance, target_tau))
        for alpha in power.ALPHAS
        for n in sizes
    ]
    return pd.DataFrame(lines, columns=["n_events", "chance", "alpha", "smallest_gain"])
