"""What the commands on champion and challengers do; each gives an exit code."""

from pathlib import Path

from seismomag.cli import EXIT_DONE
from seismomag.cli.operate_session import opened, say
from seismomag.core.errors import ConfigError
from seismomag.operate.clock import now


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

    with opened(folder) as (settings, engine):
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
    from seismomag.operate.models_registry import promote as put
    from seismomag.operate.stages import serve

    with opened(folder) as (settings, engine):
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

    with opened(folder) as (settings, engine):
        champion = served_models(settings, engine)[0]
        _require_model_of(run, champion.sha256, "the champion")
        name = audits.take_audit(folder, run)
        say(f"audits/{name}", audits.verdict_line(folder, settings.operation.language))
    return EXIT_DONE


def _require_model_of(run: Path, sha256: str, path: str) -> None:
    from seismomag.operate.audits import require_same_model
    from seismomag.operate.stages import serve

    if serve(run / "model").sha256 != sha256:
        msg = f"{run}: its model is not {path}; name the run that made this model"
        raise ConfigError(msg)
    require_same_model(run, sha256, path)


def roll_back(folder: Path, *, by: str, reason: str) -> int:
    """Return to the champion before the present one."""
    from seismomag.operate.models_registry import roll_back as put

    with opened(folder) as (settings, engine):
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
            say(str(drift_watch.make_reference(settings, champion, reference, moment)))
            drift_watch.measure(settings, engine, champion, moment)
        say(*drift_watch.sentences(*drift_watch.newest(engine)))
    return EXIT_DONE
