"""Model folders in service: one champion, challengers in shadow, and how that changes."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import pandas as pd
import sqlalchemy as sa

from seismomag.core.errors import ConfigError
from seismomag.core.schema import Verdict
from seismomag.dataset.rule import LabelRule
from seismomag.network.folder import MANIFEST
from seismomag.operate.clock import stamp
from seismomag.operate.daily.stages import CHAMPION, Served, serve
from seismomag.operate.database import rows_of
from seismomag.operate.database_tables import promotions
from seismomag.operate.label_rules import differences, read_rule
from seismomag.operate.settings import FILE_NAME, Settings
from seismomag.operate.trail import in_one_line

DESCRIPTION = "model.json"
CHALLENGER = "challenger"
RETIRED = "retired"
PASSED = ("V3", "V4", "V5")
"""Verdicts of an audit with which a model may replace another one."""


def served_models(settings: Settings, engine: sa.Engine) -> tuple[Served, ...]:
    """Open the models that forecast now, the champion first.

    Without any decision in the database, ``models/champion`` is the champion.

    Raises
    ------
    ModelError
        A folder is absent, damaged, or not the one that was decided on.
    ConfigError
        A folder was replaced after the decision, or a model was trained on other targets than
        the operation speaks about.
    """
    roles = current_roles(engine)
    if not roles:
        only = serve(settings.models / CHAMPION)
        _require_rule(settings, only, None)
        return (only,)
    ordered = sorted(roles, key=lambda row: (row["role"] != CHAMPION, row["number"]))
    served = []
    for row in ordered:
        opened = serve(settings.folder / row["path"], row["role"])
        if opened.sha256 != row["model_sha256"]:
            msg = (
                f"{opened.path}: manifest {opened.sha256[:12]}..., decided on was "
                f"{row['model_sha256'][:12]}...; restore the folder, or decide anew"
            )
            raise ConfigError(msg)
        served.append(opened)
        _require_rule(settings, opened, served[0].rule)
    return tuple(served)


def label_rule(settings: Settings, engine: sa.Engine) -> LabelRule:
    """Which earthquakes the operation speaks about: ``[labels]``, else the champion's rule.

    Without any model nothing is spoken about yet, and the default rule is given.

    Raises
    ------
    ConfigError
        The champion's description cannot be read.
    """
    return settings.labels or _champion_rule(settings, engine) or LabelRule()


def _champion_rule(settings: Settings, engine: sa.Engine) -> LabelRule | None:
    """Rule of the champion as its folder now says, without opening the rest; None without one."""
    champion = next((r for r in current_roles(engine) if r["role"] == CHAMPION), None)
    folder = settings.folder / champion["path"] if champion else settings.models / CHAMPION
    path = folder / DESCRIPTION
    if not path.is_file():
        return None
    try:
        told = json.loads(path.read_bytes()).get("label_rule", {})
    except (ValueError, AttributeError) as error:
        msg = f"{path}: not the description of a model ({error}); restore the folder"
        raise ConfigError(msg) from error
    return read_rule(told, path)


def _require_rule(settings: Settings, opened: Served, of_champion: LabelRule | None) -> None:
    """Refuse a model that was trained on other targets than the operation speaks about."""
    wanted = settings.labels or of_champion
    if wanted is None:
        return
    found = differences(opened.rule, wanted)
    if found:
        whose = f"[labels] of {settings.folder / FILE_NAME}" if settings.labels else "the champion"
        msg = (
            f"{opened.path}: was trained on other targets than those of {whose}: {found}; write "
            "the rule of the model that shall be champion as [labels], or serve another model"
        )
        raise ConfigError(msg)


def history(engine: sa.Engine) -> list[dict[str, Any]]:
    """Every decision, oldest first."""
    with engine.connect() as connection:
        return rows_of(connection, sa.select(promotions).order_by(promotions.c.number))


def current_roles(engine: sa.Engine) -> list[dict[str, Any]]:
    """The newest decision on each model that still has a role."""
    newest: dict[str, dict[str, Any]] = {}
    champion = None
    for row in history(engine):
        newest[row["model_sha256"]] = row
        if row["role"] == CHAMPION:
            champion = row["model_sha256"]
    return [
        row
        for digest, row in newest.items()
        if row["role"] == CHALLENGER or (row["role"] == CHAMPION and digest == champion)
    ]


def challenge(
    settings: Settings, engine: sa.Engine, path: str, *, by: str, reason: str, now: pd.Timestamp
) -> Served:
    """Let a model forecast in shadow: into the database, never into the ledger.

    Raises
    ------
    ConfigError
        No reason, a folder outside ``models``, or it is the champion already.
    """
    path = _within_models(settings, path)
    opened = serve(settings.folder / path, CHALLENGER)
    roles = {row["model_sha256"]: row["role"] for row in current_roles(engine)}
    if roles.get(opened.sha256) == CHAMPION:
        msg = f"{path}: is the champion; it needs no shadow"
        raise ConfigError(msg)
    _require_rule(settings, opened, _champion_rule(settings, engine))
    _ensure_first(settings, engine, now)
    _decide(engine, opened, path, CHALLENGER, by=by, reason=reason, verdict="", now=now)
    return opened


def promote(
    settings: Settings,
    engine: sa.Engine,
    path: str,
    verdict: Verdict,
    *,
    by: str,
    reason: str,
    now: pd.Timestamp,
) -> Served:
    """Make a model the champion.

    Parameters
    ----------
    settings, engine
        The operation.
    path
        Model folder, relative to the working directory.
    verdict
        Of the audit of this model.
    by, reason
        Who decides and why; both are kept for ever.
    now
        UTC.

    Raises
    ------
    ConfigError
        The audit was not passed, the folder lies outside ``models``, or there is no reason.
    """
    path = _within_models(settings, path)
    opened = serve(settings.folder / path)
    if verdict.level not in PASSED or verdict.reason_code:
        msg = (
            f"{path}: the audit says {verdict.level} {verdict.reason_code}; a champion needs one "
            f"of {', '.join(PASSED)}"
        )
        raise ConfigError(msg)
    _require_rule(settings, opened, _champion_rule(settings, engine))
    _ensure_first(settings, engine, now)
    _decide(engine, opened, path, CHAMPION, by=by, reason=reason, verdict=verdict.level, now=now)
    return opened


def roll_back(
    settings: Settings, engine: sa.Engine, *, by: str, reason: str, now: pd.Timestamp
) -> Served:
    """Return to the champion before the present one; its audit was passed then.

    Raises
    ------
    ConfigError
        There was none before, or it was trained on other targets.
    """
    row = champion_before(engine)
    if row is None:
        msg = "there was no other champion before; nothing to return to"
        raise ConfigError(msg)
    opened = serve(settings.folder / row["path"])
    _require_rule(settings, opened, _champion_rule(settings, engine))
    _decide(
        engine, opened, row["path"], CHAMPION, by=by, reason=reason, verdict=row["verdict"], now=now
    )
    return opened


def champion_before(engine: sa.Engine) -> dict[str, Any] | None:
    """Decision on the champion before the present one; None if there was no other."""
    champions = [row for row in history(engine) if row["role"] == CHAMPION]
    before = [r for r in champions if r["model_sha256"] != champions[-1]["model_sha256"]]
    return before[-1] if before else None


def path_of(settings: Settings, model_sha256: str) -> str | None:
    """Model folder with a manifest of this SHA-256, relative to the working directory.

    Only folders within ``models`` are looked at, and no link.
    """
    manifests = settings.models.glob(f"*/{MANIFEST}") if settings.models.is_dir() else ()
    for manifest in sorted(manifests):
        folder = manifest.parent
        if folder.is_symlink() or manifest.is_symlink():
            continue
        if hashlib.sha256(manifest.read_bytes()).hexdigest() == model_sha256:
            return folder.relative_to(settings.folder).as_posix()
    return None


def _within_models(settings: Settings, path: str) -> str:
    """Path of a model folder within ``models``, relative to the working directory; no link.

    What lies elsewhere would be replaced or lost without a trace, and no backup of ``models``
    would bring it back.
    """
    home = settings.models.resolve()
    place = settings.folder / path
    if place.is_symlink() or home not in place.resolve().parents:
        msg = f"{path}: copy the model folder into {settings.models} and name it models/NAME"
        raise ConfigError(msg)
    return f"{settings.models.name}/{place.resolve().relative_to(home).as_posix()}"


def retire(engine: sa.Engine, served: Served, *, by: str, reason: str, now: pd.Timestamp) -> None:
    """End the shadow of a challenger.

    Raises
    ------
    ConfigError
        It is the champion: promote another one instead.
    """
    row = next((r for r in current_roles(engine) if r["model_sha256"] == served.sha256), None)
    if row is None or row["role"] == CHAMPION:
        msg = f"{served.path}: is no challenger"
        raise ConfigError(msg)
    _decide(engine, served, row["path"], RETIRED, by=by, reason=reason, verdict="", now=now)


def _ensure_first(settings: Settings, engine: sa.Engine, now: pd.Timestamp) -> None:
    """Write the model that served without a decision into the history, to return to."""
    first = settings.models / CHAMPION
    if not history(engine) and first.is_dir():
        path = first.relative_to(settings.folder).as_posix()
        _decide(
            engine,
            serve(first),
            path,
            CHAMPION,
            by="seismomag",
            reason="served when the first decision was made",
            verdict="",
            now=now,
        )


def _decide(
    engine: sa.Engine,
    served: Served,
    path: str,
    role: str,
    *,
    by: str,
    reason: str,
    verdict: str,
    now: pd.Timestamp,
) -> None:
    if len(reason.strip()) < 10 or not by.strip():
        msg = "say who decides, and why in at least ten letters: it is kept for ever"
        raise ConfigError(msg)
    with engine.begin() as connection:
        last = connection.execute(sa.select(sa.func.max(promotions.c.number))).scalar() or 0
        row = {
            "number": last + 1,
            "model_sha256": served.sha256,
            "path": path,
            "role": role,
            "at": stamp(now),
            "by": in_one_line(by),
            "reason": in_one_line(reason),
            "verdict": verdict,
        }
        connection.execute(promotions.insert(), [row])


def history_lines(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Lines of a history for a person."""
    return [
        f"{row['at']} {row['role']:10} {row['model_sha256'][:12]} {row['path']} by {row['by']}: "
        f"{row['reason']}" + (f" ({row['verdict']})" if row["verdict"] else "")
        for row in rows
    ]
