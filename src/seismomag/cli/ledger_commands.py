"""What the commands on the ledger of forecasts do; each gives an exit code."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from seismomag.cli import EXIT_BAD_INPUT, EXIT_DONE, EXIT_LEAK
from seismomag.cli.operate_session import opened, say
from seismomag.core.errors import ConfigError
from seismomag.operate import ledger
from seismomag.operate.clock import now

SCORES = "ledger/scores.jsonl"


def verify(path: Path) -> int:
    """Check a ledger, or that of a working directory; 3 if it is broken."""
    file = path / "ledger" / "ledger.jsonl" if path.is_dir() else path
    if not file.is_file():
        msg = f"{file}: absent; nothing was issued yet"
        raise ConfigError(msg)
    check = ledger.verify(file)
    say(*check.sentences())
    return EXIT_DONE if check.is_intact else EXIT_LEAK


def score(folder: Path, catalogues: list[Path]) -> int:
    """Score the records whose time has come; a broken chain leaves with 3."""
    from seismomag.operate.ledger import scoring
    from seismomag.operate.ledger.preregister import read_preregistration, scoring_code_sha256
    from seismomag.readers.catalogues import read_catalogue

    path = folder / "ledger" / "ledger.jsonl"
    report = scoring.score(
        path,
        read_preregistration(path.parent, path),
        read_catalogue(catalogues),
        now=now(),
        scores_path=folder / SCORES,
        code_sha256=scoring_code_sha256(),
    )
    say(*report.sentences())
    return EXIT_DONE


def anchor(
    path: Path,
    authorities: list[str],
    *,
    roots: list[Path] | None = None,
    calendars: list[str] | None = None,
    is_upgrade: bool = False,
) -> int:
    """Have the newest hash dated by others, or check what they said.

    Parameters
    ----------
    path
        A ledger or a working directory.
    authorities
        Addresses of time-stamping authorities (RFC 3161); with no calendar either, the statement
        for offline use.
    roots
        Root certificates (PEM): checks every anchor of the authorities instead.
    calendars
        Addresses of calendars of OpenTimestamps.
    is_upgrade
        Fetch what the calendars have delivered since, instead of asking anew.

    Returns
    -------
    exit_code
        2 if authorities or calendars were named and none of them answered; 3 if an anchor does
        not hold.
    """
    from seismomag.operate.ledger import anchor as authority

    file = path / "ledger" / "ledger.jsonl" if path.is_dir() else path
    if roots:
        problems = authority.check_anchors(file, [root.read_bytes() for root in roots])
        say(*problems, f"{len(problems)} problems")
        return EXIT_LEAK if problems else EXIT_DONE
    for url in (*authorities, *(calendars or [])):
        _require_address(url)
    codes = []
    if authorities or not calendars:
        asks = {url: authority.over_http(url) for url in authorities}
        report = authority.anchor(file, asks, now())
        say(*report.sentences())
        codes.append(EXIT_BAD_INPUT if authorities and not report.signed else EXIT_DONE)
    if calendars:
        codes.append(_bind(file, calendars, is_upgrade=is_upgrade))
    return max(codes)


def _require_address(url: str) -> None:
    """Refuse what no connection can be made to, before anybody is asked."""
    try:
        port = urlsplit(url).port
    except ValueError:
        port = 0
    if port == 0 or not re.fullmatch(r"[!-~]+", url):
        msg = f"{url!r}: expected an address such as https://example.org/tsr, in ASCII"
        raise ConfigError(msg)


def _bind(file: Path, calendars: list[str], *, is_upgrade: bool) -> int:
    """Ask calendars of OpenTimestamps, then say what every proof proves."""
    from seismomag.operate.ledger import opentimestamps as ledger_ots

    asks = {url.rstrip("/"): ledger_ots.calendar(url) for url in calendars}
    code = EXIT_DONE
    if is_upgrade:
        failures = ledger_ots.upgrade(file, asks)
    else:
        made, failures = ledger_ots.stamp_head(file, asks)
        code = EXIT_DONE if made is not None else EXIT_BAD_INPUT
    proofs = ledger_ots.check_proofs(file)
    say(*failures, *(proof.sentence() for proof in proofs))
    return EXIT_LEAK if any(proof.problem for proof in proofs) else code


def preregister(
    folder: Path, *, first_day: str, stop_day: str, catalogue_source: str, primary_test: str
) -> int:
    """Freeze model, threshold, region, rule, source, scoring code and days before day one."""
    from seismomag.operate.ledger import preregister as freezing
    from seismomag.operate.models_registry import served_models

    with opened(folder) as (settings, engine):
        champion = served_models(settings, engine)[0]
        plan = freezing.make(
            stations=settings.stations,
            rule=champion.rule,
            model_id=champion.model.model_id,
            model_sha256=champion.sha256,
            threshold=settings.alarm.threshold,
            window_days=settings.alarm.window_days,
            first_day=first_day,
            stop_day=stop_day,
            catalogue_source=catalogue_source,
            primary_test=primary_test,
        )
        record = freezing.preregister(plan, settings.ledger.parent, settings.ledger, now())
    say(f"frozen: prereg.json {plan.sha256}", f"first record {record['hash']}")
    return EXIT_DONE
