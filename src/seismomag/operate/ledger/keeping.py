"""Whether an operation keeps to what it preregistered."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from seismomag.core.errors import ConfigError
from seismomag.dataset.rule import LabelRule
from seismomag.operate import ledger
from seismomag.operate.audits import frozen_alarm
from seismomag.operate.daily.stages import Served
from seismomag.operate.label_rules import differences
from seismomag.operate.ledger.preregister import Preregistration, sealed_plan
from seismomag.operate.settings import FILE_NAME, AlarmPlan, Settings

_SAME = 1e-6
NOT_REGISTERED = "not preregistered: nothing will be scored"
OTHER_MODEL = (
    "preregistered is the model {id}, the champion is another: nothing that it says will be scored"
)


def require_kept(
    plan: Preregistration, settings: Settings, champion: Served, now: pd.Timestamp
) -> tuple[str, ...]:
    """Refuse settings that are not the preregistered ones, while the test runs.

    Parameters
    ----------
    plan
        What was frozen.
    settings, champion
        What the operation works with now.
    now
        UTC. After the horizon of the last registered day has begun, settings are free again.

    Returns
    -------
    notes
        What is allowed and yet ends the test: another champion.

    Raises
    ------
    ConfigError
        A record made with these settings would contradict the preregistration.
    """
    if champion.sha256 != plan.model_sha256:
        return (OTHER_MODEL.format(id=plan.model_id),)
    end = plan.label_rule().horizon(np.datetime64(plan.stop_day), 0).start
    if now >= pd.Timestamp(str(end)):
        return ()
    found = "; ".join(_differences(plan, settings.alarm, champion.rule))
    if found:
        msg = (
            f"{settings.folder / FILE_NAME}: not what was preregistered: {found}; set it back, or "
            f"give up the test of {plan.first_day} to {plan.stop_day}: move "
            f"{settings.ledger.parent} away and preregister anew"
        )
        raise ConfigError(msg)
    return ()


def alarm_line(settings: Settings, champion: Served) -> str:
    """Say whether the alarms of the operation are those that the champion's audit judged."""
    alarm = settings.alarm
    said = f"alarm at {alarm.threshold} over {alarm.window_days} days"
    frozen = frozen_alarm(settings.folder, champion.sha256)
    if frozen is None:
        return (
            f"{said}: no audit of the champion is here to compare it with; bring it with: "
            f"seismomag models audited {settings.folder} RUN"
        )
    threshold, window_days = frozen
    if abs(threshold - alarm.threshold) < _SAME and window_days == alarm.window_days:
        return f"{said}, as the champion's audit judged it"
    return (
        f"{said}, but the champion's audit judged {threshold:.6g} over {window_days} days: write "
        "that as threshold and window_days of [alarm], or its verdict is about other alarms"
    )


def registration_lines(settings: Settings, champion: Served, now: pd.Timestamp) -> tuple[str, ...]:
    """Say what was preregistered, or that nothing was.

    Raises
    ------
    ConfigError
        The settings are not what was preregistered, or the file of it is gone.
    BrokenChainError
        The ledger is broken.
    """
    records = ledger.read(settings.ledger)
    if not records or records[0]["kind"] != "preregistration":
        begun = "" if not records else f"; the ledger has {len(records)} records already"
        return (f"{NOT_REGISTERED}{begun}",)
    plan = sealed_plan(settings.ledger.parent, records[0])
    notes = require_kept(plan, settings, champion, now)
    rule = plan.alarm_rule
    told = (
        f"preregistered: {plan.first_day} to {plan.stop_day}, alarm at {rule.threshold} over "
        f"{rule.window_days} days"
    )
    return (told, *notes)


def _differences(plan: Preregistration, alarm: AlarmPlan, rule: LabelRule) -> Iterator[str]:
    if alarm.threshold != plan.threshold:
        yield f"alarm.threshold = {alarm.threshold}, frozen {plan.threshold}"
    if plan.window_days is not None and alarm.window_days != plan.window_days:
        yield f"alarm.window_days = {alarm.window_days}, frozen {plan.window_days}"
    told = differences(rule, plan.label_rule())
    if told:
        yield f"labels: {told.replace('wanted', 'frozen')}"
