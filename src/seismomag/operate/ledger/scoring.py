"""Scoring: apart from issuing, once per record, on an intact chain only."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from seismomag.core.atomic import write_bytes
from seismomag.core.errors import ConfigError
from seismomag.core.schema import SPACE_WEATHER_COLUMNS, Catalogue, empty_table
from seismomag.dataset.labels import make_samples
from seismomag.operate import ledger
from seismomag.operate.canonical import canonical
from seismomag.operate.clock import stamp, unstamp
from seismomag.operate.ledger.alarms import Said

if TYPE_CHECKING:
    from seismomag.operate.ledger.preregister import Preregistration

SCORES_NAME = "scores.jsonl"


@dataclass(frozen=True, kw_only=True)
class ScoreReport:
    """What a scoring did, and what all scores so far say.

    Attributes
    ----------
    n_now, n_before
        Records scored now and earlier.
    n_late
        Issued after their horizon began: kept, never scored.
    n_repeated
        Further records of a station-day that had one in time: corrections, never scored.
    n_outside
        Of days that were not preregistered.
    n_contradicting
        Their alarm or their horizon is not what the frozen threshold, window and rule make of
        the probabilities in the ledger: kept, never scored.
    n_waiting
        Their horizon has not ended and settled yet.
    n_unknown
        The catalogue does not speak about their whole horizon.
    figures
        Counts and Brier score over all scores; see :func:`figures`.
    """

    n_now: int
    n_before: int
    n_late: int
    n_repeated: int
    n_outside: int
    n_contradicting: int
    n_waiting: int
    n_unknown: int
    figures: Mapping[str, float | int | None]

    def sentences(self) -> tuple[str, ...]:
        """Say it to a person."""
        return (
            f"{self.n_now} records scored now, {self.n_before} before",
            (
                f"not scored: {self.n_late} late, {self.n_repeated} repeated, {self.n_outside} "
                f"outside the registered days, {self.n_waiting} waiting, {self.n_unknown} not "
                "covered by the catalogue"
            ),
            *self._contradictions(),
            *(f"{name}: {value}" for name, value in self.figures.items()),
        )

    def _contradictions(self) -> tuple[str, ...]:
        if not self.n_contradicting:
            return ()
        told = (
            f"not scored: {self.n_contradicting} contradict the preregistration: their alarm or "
            "their horizon is not what the frozen threshold, window and rule make of the ledger"
        )
        return (told,)


def score(
    ledger_path: Path | str,
    preregistration: "Preregistration",
    catalogue: Catalogue,
    *,
    now: pd.Timestamp,
    scores_path: Path | str,
    code_sha256: str,
) -> ScoreReport:
    """Score every record that can be scored and was not yet.

    Parameters
    ----------
    ledger_path
        The ledger.
    preregistration
        What was frozen; its region, rule and days count, nothing else.
    catalogue
        Earthquakes from the preregistered source; its hash goes into every score.
    now
        When this is done: records wait until their horizon has ended and settled.
    scores_path
        JSON lines, one a score; made when absent.
    code_sha256
        Of the scoring code that is installed.

    Raises
    ------
    BrokenChainError
        The ledger is broken; nothing is scored.
    ConfigError
        The installed scoring code is not the preregistered one, or a score belongs to no record.
    """
    records = ledger.read(ledger_path)
    if code_sha256 != preregistration.scoring_code_sha256:
        msg = (
            f"the scoring code is {code_sha256[:12]}..., preregistered was "
            f"{preregistration.scoring_code_sha256[:12]}...; install the version that was frozen"
        )
        raise ConfigError(msg)
    held = read_scores(scores_path, records)
    sorted_out = _sort_out(records, preregistration, now)
    ripe = [record for record in sorted_out["ripe"] if record["seq"] not in held]
    fresh = _score_records(ripe, preregistration, catalogue, now)
    scores = [*held.values(), *fresh]
    if fresh:
        write_bytes(scores_path, b"".join(canonical(item) + b"\n" for item in scores))
    return ScoreReport(
        n_now=len(fresh),
        n_before=len(held),
        n_unknown=len(ripe) - len(fresh),
        **{f"n_{name}": len(found) for name, found in sorted_out.items() if name != "ripe"},
        figures=figures(scores),
    )


def read_scores(
    path: Path | str, records: Sequence[Mapping[str, Any]]
) -> dict[int, dict[str, Any]]:
    """Scores so far, by seq; each must belong to its record.

    Raises
    ------
    ConfigError
        A score names a record that the ledger does not have, or one twice.
    """
    file = Path(path)
    lines = file.read_bytes().splitlines() if file.exists() else []
    held: dict[int, dict[str, Any]] = {}
    for line in lines:
        item = json.loads(line)
        seq = int(item["seq"])
        if seq in held or seq >= len(records) or records[seq]["hash"] != item["record_hash"]:
            msg = f"{path}: the score of seq {seq} stands twice or belongs to another ledger"
            raise ConfigError(msg)
        held[seq] = item
    return held


def figures(scores: Sequence[Mapping[str, Any]]) -> dict[str, float | int | None]:
    """Counts over all scores.

    Station-days without data count as no alarm; ``hits_if_missing_alarmed`` counts them as alarms
    instead. ``brier`` is over records with a probability, ``brier_of_base_rate`` that of always
    saying their share of targets.
    """
    issued = [s for s in scores if s["probability"] is not None]
    target = np.array([s["is_target"] for s in issued], dtype=float)
    said = np.array([s["probability"] for s in issued], dtype=float)
    targets = [s for s in scores if s["is_target"]]
    alarms = sum(bool(s["alarm"]) for s in scores)
    hits = sum(bool(s["alarm"]) for s in targets)
    return {
        "n_scores": len(scores),
        "n_without_data": len(scores) - len(issued),
        "n_targets": len(targets),
        "n_events": len({s["event_id"] for s in targets}),
        "n_alarms": alarms,
        "hits": hits,
        "hits_if_missing_alarmed": hits + sum(s["probability"] is None for s in targets),
        "false_alarms": alarms - hits,
        "brier": round(float(np.mean((said - target) ** 2)), 6) if issued else None,
        "brier_of_base_rate": (
            round(float(target.mean() * (1 - target.mean())), 6) if issued else None
        ),
    }


def _sort_out(
    records: Sequence[Mapping[str, Any]], plan: "Preregistration", now: pd.Timestamp
) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {
        name: [] for name in ("late", "repeated", "outside", "contradicting", "waiting", "ripe")
    }
    seen: set[tuple[str, str]] = set()
    settling = pd.Timedelta(days=plan.settling_days)
    codes = {str(station["station_code"]) for station in plan.stations}
    contradicts = contradictions(records, plan)
    for record in records:
        if record["kind"] == "preregistration":
            continue
        key = (record["station"], record["day"])
        known = key[0] in codes and plan.first_day <= key[1] <= plan.stop_day
        tests = (
            ("outside", not known or record["model_sha256"] not in (None, plan.model_sha256)),
            ("late", ledger.is_late(record)),
            ("repeated", key in seen),
            ("contradicting", record["seq"] in contradicts),
            ("waiting", unstamp(record["valid_to"]) + settling > now),
        )
        where = next((name for name, applies in tests if applies), "ripe")
        found[where].append(record)
        # One that contradicts takes the place of its day: a corrected one would be a choice.
        if where in ("contradicting", "waiting", "ripe"):
            seen.add(key)
    return found


def contradictions(records: Sequence[Mapping[str, Any]], plan: "Preregistration") -> frozenset[int]:
    """Records whose alarm or horizon is not what the frozen rule makes of the ledger, by seq.

    The alarm of each is made again from its probability and those of the records before it.
    """
    said, found, rule = Said(), set(), plan.label_rule()
    for record in records:
        if record["kind"] == "preregistration":
            continue
        horizon = rule.horizon(np.datetime64(record["day"]), 0)
        span = (stamp(str(horizon.start)), stamp(str(horizon.end)))
        is_alarm = said.is_alarm(record, plan.alarm_rule)
        if bool(record["alarm"]) != is_alarm or span != (record["valid_from"], record["valid_to"]):
            found.add(record["seq"])
        said.note(record)
    return frozenset(found)


def _score_records(
    ripe: Sequence[Mapping[str, Any]],
    plan: "Preregistration",
    catalogue: Catalogue,
    now: pd.Timestamp,
) -> list[dict[str, Any]]:
    if not ripe:
        return []
    days = pd.DataFrame(
        {
            "station_code": [r["station"] for r in ripe],
            "day": pd.to_datetime([r["day"] for r in ripe]),
        }
    )
    nothing = empty_table(SPACE_WEATHER_COLUMNS)
    samples = make_samples(
        plan.station_list(), days, plan.label_rule(), catalogue, nothing, reach_s=0
    ).set_index("sample_id")
    digest = hashlib.sha256(catalogue.events.to_csv(index=False).encode()).hexdigest()
    scores: list[dict[str, Any]] = []
    at = stamp(now)
    for record in ripe:
        sample = samples.loc[f"{record['station']}_{record['day'].replace('-', '')}"]
        if pd.isna(sample["is_target"]):
            continue
        scores.append(_score_of(record, sample) | {"catalogue_sha256": digest, "scored_at": at})
    return scores


def _score_of(record: Mapping[str, Any], sample: "pd.Series[Any]") -> dict[str, Any]:
    hit = bool(sample["is_target"])
    return {
        "seq": record["seq"],
        "record_hash": record["hash"],
        "station": record["station"],
        "day": record["day"],
        "probability": record["probability"],
        "alarm": bool(record["alarm"]),
        "is_target": hit,
        "event_id": str(sample["event_id"]) if hit else None,
        "magnitude": float(sample["magnitude"]) if hit else None,
    }
