"""Models in service, what was decided on them, and how they were trained."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from seismomag.core.bands import Band
from seismomag.operate.api.context import Operation
from seismomag.operate.api.facts import phrases
from seismomag.operate.api.facts.audit_folders import number
from seismomag.operate.api.facts.model_folders import ModelFolder
from seismomag.operate.api.facts.times import read_utc, utc
from seismomag.operate.api.facts.troubles import read_drift
from seismomag.operate.api.shapes.audit import (
    Curve,
    Decision,
    ModelRow,
    ModelsAnswer,
    Quantity,
    RunRow,
)
from seismomag.operate.api.shapes.parts import Words
from seismomag.operate.daily.stages import CHAMPION
from seismomag.operate.database import rows_of
from seismomag.operate.database_tables import forecasts, promotions, runs
from seismomag.operate.models_registry import CHALLENGER, RETIRED

METRICS = "metrics.jsonl"
MOST_RUNS = 60
_MOST_EPOCHS = 2_000
_UNITS: Mapping[str, str] = {"score": "average precision - base rate"}


def query_models(operation: Operation) -> ModelsAnswer:
    """Answer for the model view."""
    with operation.engine.connect() as connection:
        decisions = rows_of(connection, sa.select(promotions).order_by(promotions.c.number))
        issued = {row["model_sha256"]: row for row in rows_of(connection, _issued_query())}
        recent = rows_of(
            connection, sa.select(runs).order_by(runs.c.started_at.desc()).limit(MOST_RUNS)
        )
    now = utc(operation.clock())
    newest = [read_utc(row["newest"]) for row in issued.values()]
    return ModelsAnswer(
        as_of=now,
        newest_datum_at=max((at for at in newest if at), default=None),
        source="models: model folders, promotions, forecasts, drift, runs",
        models=tuple(_rows(operation, decisions, issued)),
        decisions=tuple(_decision(row) for row in reversed(decisions)),
        runs=tuple(_run(row) for row in recent),
    )


def _issued_query() -> "sa.Select[Any]":
    return (
        sa.select(
            forecasts.c.model_sha256,
            sa.func.count().label("n"),
            sa.func.avg(forecasts.c.probability).label("mean"),
            sa.func.max(forecasts.c.issued_at).label("newest"),
        )
        .where(forecasts.c.role.in_((CHAMPION, CHALLENGER)))
        .group_by(forecasts.c.model_sha256)
    )


def _rows(
    operation: Operation, decisions: Sequence[Mapping[str, Any]], issued: Mapping[str, Any]
) -> list[ModelRow]:
    """Every model that is or was in service, the champion first."""
    newest = {row["model_sha256"]: row for row in decisions}
    champions = [row["model_sha256"] for row in decisions if row["role"] == CHAMPION]
    champion = champions[-1] if champions else operation.models.champion_sha256()
    folders = {folder.sha256: folder for folder in operation.models.all()}
    known = dict.fromkeys([*([champion] if champion else []), *newest, *issued])
    rows = [
        _row(operation, sha256, champion, newest.get(sha256), folders.get(sha256), issued)
        for sha256 in known
    ]
    order = (CHAMPION, CHALLENGER, RETIRED)
    return sorted(rows, key=lambda row: order.index(row.role))


def _row(
    operation: Operation,
    sha256: str,
    champion: str | None,
    decided: Mapping[str, Any] | None,
    folder: ModelFolder | None,
    issued: Mapping[str, Any],
) -> ModelRow:
    said = folder.description if folder else {}
    plan = said.get("model")
    model: Mapping[str, Any] = plan if isinstance(plan, dict) else {}
    role = _role(sha256, champion, decided)
    counts = issued.get(sha256) or {}
    return ModelRow(
        model_sha256=sha256,
        name=_name(folder, decided),
        role=role,
        since=read_utc(decided["at"]) if decided else None,
        trunk=str(model.get("trunk", "")),
        planes=", ".join(str(name) for name in _planes(said)),
        n_parameters=_whole(said.get("n_parameters")),
        trained_heads=tuple(
            str(name) for name, how in dict(said.get("heads") or {}).items() if how == "trained"
        ),
        threshold=operation.settings.alarm.threshold if role == CHAMPION else None,
        verdict=str(decided["verdict"]) if decided else "",
        description=phrases.told(_description(said, folder)),
        drift=_drift(operation) if role == CHAMPION else (),
        curves=_curves(folder.path) if folder else (),
        n_forecasts=int(counts.get("n") or 0),
        mean_probability=number(counts.get("mean")),
    )


def _role(sha256: str, champion: str | None, decided: Mapping[str, Any] | None) -> str:
    if sha256 == champion:
        return CHAMPION
    return CHALLENGER if decided and decided["role"] == CHALLENGER else RETIRED


def _name(folder: ModelFolder | None, decided: Mapping[str, Any] | None) -> str:
    """Name of the folder that holds it, else of the one that was decided on."""
    if folder is not None:
        return folder.path.name
    return Path(decided["path"]).name if decided else ""


def _planes(said: Mapping[str, Any]) -> Sequence[Any]:
    grid = said.get("grid")
    name = grid.get("representation") if isinstance(grid, dict) else None
    return (name,) if name else ()


def _description(said: Mapping[str, Any], folder: ModelFolder | None) -> str:
    if folder is None:
        return "the folder of this model is not here"
    selection = said.get("selection")
    told = dict(selection) if isinstance(selection, dict) else {}
    cutoff = str(said.get("data_cutoff", ""))[:10]
    parts = [
        f"trained on data until {cutoff}" if cutoff else "",
        f"epoch {told['epoch']} ({told['rule']})" if {"epoch", "rule"} <= set(told) else "",
    ]
    return "; ".join(part for part in parts if part)


def _drift(operation: Operation) -> tuple[Quantity, ...]:
    told = read_drift(operation.settings)
    found = []
    for band in told.get("bands", ()):
        edges = number(band.get("low_hz")), number(band.get("high_hz"))
        if edges[0] is None or edges[1] is None:
            continue
        span = Band(low_hz=edges[0], high_hz=edges[1])
        text = f"{1000 * span.low_hz:.0f}-{1000 * span.high_hz:.0f} mHz"
        found.append(
            Quantity(
                name=f"drift {text}",
                label=Words(en=text, id=text),
                value=number(band.get("index")),
                reference=0.25,
                unit="PSI",
            )
        )
    return tuple(found)


def _curves(folder: Path) -> tuple[Curve, ...]:
    """Metrics by epoch, as the training left them; none if it left none."""
    path = folder / METRICS
    if path.is_symlink() or not path.is_file():
        return ()
    series: dict[str, dict[int, float | None]] = {}
    epochs: list[int] = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines()[:_MOST_EPOCHS]:
        try:
            entry = json.loads(line)
            epoch = int(entry["epoch"])
        except (ValueError, KeyError, TypeError, RecursionError):
            # The last line of a training that was cut off.
            continue
        epochs.append(epoch)
        for name, value in _values(entry):
            series.setdefault(name, {})[epoch] = value
    return tuple(
        Curve(
            name=name,
            unit=_UNITS.get(name, ""),
            epochs=tuple(epochs),
            values=tuple(values.get(epoch) for epoch in epochs),
        )
        for name, values in series.items()
    )


def _values(entry: Mapping[str, Any]) -> list[tuple[str, float | None]]:
    found = []
    for split in ("train", "validation"):
        part = entry.get(split)
        if isinstance(part, dict):
            found += [(f"{split}/{name}", number(value)) for name, value in part.items()]
    found += [(n, number(entry[n])) for n in ("score", "learning_rate") if n in entry]
    return found


def _whole(value: Any) -> int | None:
    found = number(value)
    return None if found is None else int(found)


def _decision(row: Mapping[str, Any]) -> Decision:
    return Decision(
        number=row["number"],
        at=_at(row["at"]),
        by=row["by"],
        role=row["role"],
        model_sha256=row["model_sha256"],
        reason=row["reason"],
        verdict=row["verdict"],
    )


def _run(row: Mapping[str, Any]) -> RunRow:
    return RunRow(
        run_id=row["run_id"],
        started_at=read_utc(row["started_at"]),
        outcome=row["outcome"],
        seed=None,
        sentence=phrases.told(row["sentence"]),
    )


def _at(text: str) -> datetime:
    found = read_utc(text)
    assert found is not None
    return found
