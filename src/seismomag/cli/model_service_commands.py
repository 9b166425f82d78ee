"""What the commands on champion and challengers do; each gives an exit code."""

import hashlib
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from seismomag.cli import EXIT_DONE
from seismomag.cli.operate_session import at_console, opened, say
from seismomag.core.errors import ConfigError
from seismomag.operate.clock import now

if TYPE_CHECKING:
    import sqlalchemy as sa


def show(folder: Path) -> int:
    """Say which models serve, and every decision about them."""
    from seismomag.operate.models_registry import history, history_lines, served_models

    with opened(folder) as (settings, engine):
        say(*(f"{s.role}: {s.model.model_id} {s.path}" for s in served_models(settings, engine)))
        say(*history_lines(history(engine)))
    return EXIT_DONE


def challenge(folder: Path, path: str, *, by: str, reason: str) -> int:
    """Let a model forecast in shadow."""
    from seismomag.operate.models_registry import challenge as put

    with (
        opened(folder) as (settings, engine),
        _decision(engine, "challenge", _named(folder, path), by, reason),
    ):
        put(settings, engine, path, by=by, reason=reason, now=now())
    say(f"{path} forecasts in shadow")
    return EXIT_DONE


def promote(folder: Path, path: str, run: Path, *, by: str, reason: str) -> int:
    """Make a model the champion, on the audit of the run that made it.

    Raises
    ------
    ConfigError
        The run's model is another one, its audit was not passed, or there is no reason.
    """
    from seismomag.operate import audits
    from seismomag.operate.daily.stages import serve
    from seismomag.operate.models_registry import promote as put

    with (
        opened(folder) as (settings, engine),
        _decision(engine, "promote", _named(folder, path), by, reason),
    ):
        sha256 = serve(folder / path).sha256
        _require_model_of(run, sha256, path)
        verdict = audits.read_verdict(run / "audit").verdict
        put(settings, engine, path, verdict, by=by, reason=reason, now=now())
        name = audits.take_audit(folder, run)
    say(f"{path} is the champion: {verdict.level} (audits/{name})")
    return EXIT_DONE


def audited(folder: Path, run: Path) -> int:
    """Take over the newest audit of the champion: its line goes with every message.

    Raises
    ------
    ConfigError
        The run's model is not the champion.
    """
    from seismomag.operate import audits
    from seismomag.operate.models_registry import served_models

    with opened(folder) as (settings, engine), at_console(engine, "take audit", str(run)):
        champion = served_models(settings, engine)[0]
        _require_model_of(run, champion.sha256, "the champion")
        name = audits.take_audit(folder, run)
        say(f"audits/{name}", audits.verdict_line(folder, settings.operation.language))
    return EXIT_DONE


def _require_model_of(run: Path, sha256: str, path: str) -> None:
    from seismomag.operate.audits import require_same_model
    from seismomag.operate.daily.stages import serve

    if serve(run / "model").sha256 != sha256:
        msg = f"{run}: its model is not {path}; name the run that made this model"
        raise ConfigError(msg)
    require_same_model(run, sha256, path)


def _named(folder: Path, path: str) -> str:
    """Key of a model, as the API names it in the trail; the path where there is no model."""
    from seismomag.network.folder import MANIFEST

    manifest = folder / path / MANIFEST
    return hashlib.sha256(manifest.read_bytes()).hexdigest() if manifest.is_file() else path


def _decision(
    engine: "sa.Engine", action: str, subject: str, by: str, reason: str
) -> AbstractContextManager[None]:
    """A decision on a model: whom it was made for stands before the reason."""
    return at_console(engine, action, subject, f"{by}: {reason}")


def roll_back(folder: Path, *, by: str, reason: str) -> int:
    """Return to the champion before the present one."""
    from seismomag.operate.models_registry import champion_before
    from seismomag.operate.models_registry import roll_back as put

    with opened(folder) as (settings, engine):
        before = champion_before(engine)
        subject = before["model_sha256"] if before else "no champion before"
        with _decision(engine, "roll back", subject, by, reason):
            served = put(settings, engine, by=by, reason=reason, now=now())
    say(f"{served.path} is the champion again")
    return EXIT_DONE


def drift(folder: Path, reference: Path | None = None) -> int:
    """Compare recent input and forecasts with those of the training.

    Parameters
    ----------
    folder
        The working directory.
    reference
        Store of the training: becomes what the daily job compares with from now on. None shows
        the newest measurement.
    """
    from seismomag.operate import drift_watch
    from seismomag.operate.models_registry import served_models

    with opened(folder) as (settings, engine):
        if reference is not None:
            champion = served_models(settings, engine)[0]
            moment = now()
            with at_console(engine, "drift reference", str(reference)):
                say(str(drift_watch.make_reference(settings, champion, reference, moment)))
                drift_watch.measure(settings, engine, champion, moment)
        say(*drift_watch.sentences(settings, *drift_watch.newest(engine)))
    return EXIT_DONE
