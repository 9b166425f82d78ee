"""A rehearsal: the whole machine on an invented network, under faults, with an invented clock."""

import secrets
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from seismomag.core.atomic import write_bytes
from seismomag.core.errors import ConfigError
from seismomag.core.progress import Progress, silent
from seismomag.operate.canonical import canonical, parse
from seismomag.operate.clock import stamp
from seismomag.operate.database import migrate, open_database
from seismomag.operate.ledger.preregister import make, preregister
from seismomag.operate.models_registry import challenge, current_roles, retire, served_models
from seismomag.operate.rehearsal.cycle import CycleReport, Machine
from seismomag.operate.rehearsal.ending import finish
from seismomag.operate.rehearsal.figures import figures_of
from seismomag.operate.rehearsal.models import make_models
from seismomag.operate.rehearsal.plan import Figure, RehearsalPlan
from seismomag.operate.rehearsal.receiver import EVENTS_PATH, HOST, KEY_FILE, Outside, write_secret
from seismomag.operate.rehearsal.stations import first_stations
from seismomag.operate.rehearsal.trouble import (
    KILL,
    NO_DATA_HOURS,
    TWO,
    cycle_moments,
    draw_troubles,
)
from seismomag.operate.rehearsal.watch import Watch
from seismomag.operate.rehearsal.world import FIRST_DAY, InventedNetwork, write_configuration
from seismomag.operate.settings import FILE_NAME, AlarmPlan, Settings, read_settings
from seismomag.signal.grid import ScalogramGrid

CLOCK_FILE = "clock.json"
"""Beside the configuration: the invented time at which the rehearsal stands."""

ALARM_FILE = "rehearsal/alarm.json"
MODELS = ("champion", "challenger")
NEXT_MODEL = "models/challenger"
BY = "rehearsal"
_SHADOW_DAYS = ((0.06, 0.2), (0.5, 1.1))
"""Parts of the time in which the challenger runs."""


CONFIGURATION = """\
# Made by: seismomag rehearse. An invented network; nothing here says anything about the earth.

[operation]
mode = "test"
start_day = {start}
no_data_after_hours = {hours}.0
keep_tensor_days = 12
least_free_gb = 0.0

[source]
settle_s = 0.0

[space_weather]
files = ["weather.csv"]

[alarm]
threshold = {alarm.threshold}
window_days = {alarm.window_days}
warning_probability = {alarm.warning_probability}
critical_probability = {alarm.critical_probability}
"""

OUTSIDE = """
[webhook]
url = "http://{host}:{port}/"
secret_source = "file:{secret}"
allowed_hosts = ["{host}"]

[events]
services = ["fdsn"]
urls = {{fdsn = "http://{host}:{port}{events}"}}
"""


@dataclass(frozen=True)
class Rehearsal:
    """Where a rehearsal ended.

    Attributes
    ----------
    folder
        A working directory like any other, in mode ``test``.
    figures
        What was demanded and reached.
    """

    folder: Path
    figures: tuple[Figure, ...]

    @property
    def is_within_bounds(self) -> bool:
        """Whether no figure is out of bounds."""
        return all(figure.is_within is not False for figure in self.figures)


def rehearse(folder: Path, plan: RehearsalPlan, *, progress: Progress = silent) -> Rehearsal:
    """Run an operation through simulated days, with everything that goes wrong.

    Parameters
    ----------
    folder
        Becomes a working directory; must not be one yet.
    plan
        Extent and pace.
    progress
        Told after each run of the daily job.

    Raises
    ------
    ConfigError
        The folder is an operation already.
    ModelError
        No model could be trained.
    """
    if (folder / FILE_NAME).exists():
        msg = f"{folder / FILE_NAME}: exists already; choose another folder for a rehearsal"
        raise ConfigError(msg)
    stations = first_stations(plan.n_stations)
    network = InventedNetwork.invent(folder, stations, plan.n_days, plan.seed)
    settings, text = prepare(network, plan)
    secret = secrets.token_hex(16)
    write_secret(folder / KEY_FILE, secret)
    outside = Outside(folder / "rehearsal" / "received.jsonl", folder / "catalogue.csv", secret)
    try:
        hook = OUTSIDE.format(host=HOST, port=outside.port, secret=KEY_FILE, events=EVENTS_PATH)
        write_configuration(folder, text + hook, stations)
        watch = Watch(settings)
        run = _Run(network, plan, watch, outside, pd.Timestamp(FIRST_DAY))
        run.through_all(progress)
    finally:
        outside.close()
    # Nobody listens any more.
    write_configuration(folder, text, stations)
    (folder / KEY_FILE).unlink()
    ending = finish(settings, network, run.now)
    found = figures_of(watch, network, plan, ending, outside.messages())
    report = [vars(figure) for figure in found]
    write_bytes(folder / "rehearsal" / "figures.json", canonical({"figures": report}) + b"\n")
    return Rehearsal(folder, found)


def prepare(
    network: InventedNetwork, plan: RehearsalPlan, models: Path | None = None
) -> tuple[Settings, str]:
    """Make the working directory: models, configuration, database, preregistration.

    Parameters
    ----------
    network
        Whose stations are configured.
    plan
        Days and seed.
    models
        Folder with the ``models`` and ``rehearsal/alarm.json`` of an earlier rehearsal, instead
        of a training.

    Returns
    -------
    settings, configuration
        The operation, and the text of its configuration.
    """
    folder, stations = network.folder, network.simulation.stations
    network.incoming.mkdir(parents=True, exist_ok=True)
    alarm = _train(network, plan) if models is None else _taken(models, folder)
    write_bytes(folder / ALARM_FILE, canonical(asdict(alarm)) + b"\n")
    text = CONFIGURATION.format(start=network.simulation.start, hours=NO_DATA_HOURS, alarm=alarm)
    write_configuration(folder, text, stations)
    settings = read_settings(folder)
    _begin(settings, network, alarm, plan)
    return settings, text


def _train(network: InventedNetwork, plan: RehearsalPlan) -> AlarmPlan:
    folder, simulation = network.folder, network.simulation
    place = folder / "rehearsal"
    alarm = make_models(
        place, MODELS, simulation.stations, simulation.start, ScalogramGrid(), plan.seed
    )
    (folder / "models").mkdir(exist_ok=True)
    for name in MODELS:
        shutil.move(place / name, folder / "models" / name)
    return alarm


def _taken(models: Path, folder: Path) -> AlarmPlan:
    shutil.copytree(models / "models", folder / "models")
    return AlarmPlan(**parse((models / ALARM_FILE).read_bytes()))


def _begin(
    settings: Settings, network: InventedNetwork, alarm: AlarmPlan, plan: RehearsalPlan
) -> None:
    """Make the database and preregister, an invented hour before the first day."""
    engine = open_database(settings.database_url)
    migrate(engine)
    champion = served_models(settings, engine)[0]
    engine.dispose()
    start = network.simulation.start
    stop = start + np.timedelta64(plan.n_days, "D")
    frozen = make(
        stations=settings.stations,
        rule=champion.rule,
        model_id=champion.model.model_id,
        model_sha256=champion.sha256,
        threshold=alarm.threshold,
        window_days=alarm.window_days,
        first_day=str(start),
        stop_day=str(stop),
        catalogue_source="simulated",
        primary_test="none: a rehearsal tests the machine, not the forecast",
        # The list of invented earthquakes is never revised.
        settling_days=0,
    )
    before = pd.Timestamp(start) - pd.Timedelta(hours=1)
    preregister(frozen, settings.ledger.parent, settings.ledger, before)


@dataclass
class _Run:
    """A rehearsal under way."""

    network: InventedNetwork
    plan: RehearsalPlan
    watch: Watch
    outside: Outside
    now: pd.Timestamp

    def through_all(self, progress: Progress) -> None:
        """Go from run to run of the daily job."""
        start = self.network.simulation.start
        moments = cycle_moments(start, self.plan)
        troubles = draw_troubles(self.network.deliveries, start, moments, self.plan)
        machine = Machine(self.network.folder)
        began = time.monotonic()
        try:
            for done, moment in enumerate(moments, 1):
                self._wait(began, moments[0], moment)
                self._cycle(machine, moment, troubles.get(moment, ""))
                progress("simulated runs", done, len(moments))
        finally:
            machine.close()

    def _wait(self, began: float, first: pd.Timestamp, moment: pd.Timestamp) -> None:
        due = began + (moment - first).total_seconds() / self.plan.speed
        time.sleep(max(0.0, due - time.monotonic()))

    def _cycle(self, machine: Machine, moment: pd.Timestamp, trouble: str) -> None:
        self.network.deliver(moment)
        self._decide_on_models(moment)
        before = self.watch.committed()
        if trouble:
            self._trouble(machine, moment, trouble)
            self.watch.compare(before)
            before = self.watch.committed()
        n_before = len(self.outside.messages())
        report = machine.run(moment + pd.Timedelta(minutes=5 if trouble else 0))
        self.watch.cycles.append(report)
        self.watch.compare(before)
        self.watch.look_at_ledger()
        self._look_at_digest(moment, n_before)
        self.network.sweep(moment, self.watch.archived())
        self._tell_time(report)

    def _trouble(self, machine: Machine, moment: pd.Timestamp, trouble: str) -> None:
        watch = self.watch
        if trouble == KILL:
            vary = np.random.default_rng([self.plan.seed, moment.value])
            watch.n_cut_off += machine.kill(moment, float(vary.uniform(0.02, watch.usual_s)))
            watch.n_kills += 1
            days = {f"{moment - pd.Timedelta(days=back):%Y-%m-%d}" for back in (1, 2, 3)}
            watch.look_after_kill(days)
        elif trouble == TWO:
            reports = machine.run_apart(moment, n=2)
            watch.n_apart_done += sum(report.is_done for report in reports)
            watch.n_apart_refused += sum("LeaseHeld" in report.error for report in reports)
        else:
            stood = watch.ledger_bytes()
            (report,) = machine.run_apart(moment, hindrance=trouble)
            watch.hindered.append((trouble, report.error, watch.ledger_bytes() == stood))

    def _look_at_digest(self, moment: pd.Timestamp, n_before: int) -> None:
        off, back = (pd.Timestamp(FIRST_DAY) + pd.Timedelta(days=day) for day in self.plan.days_off)
        if off < back <= moment and self.watch.messages_after_days_off is None:
            fresh = self.outside.messages()[n_before:]
            self.watch.messages_after_days_off = len(fresh)
            self.watch.fresh_alerts_after_days_off = sum(len(m["alert_ids"]) for m in fresh)

    def _decide_on_models(self, moment: pd.Timestamp) -> None:
        """Let a challenger run in shadow, rest, and run again."""
        gone = (moment - pd.Timestamp(FIRST_DAY)) / pd.Timedelta(days=self.plan.n_days)
        in_shadow = any(first <= gone < last for first, last in _SHADOW_DAYS)
        settings = self.watch.settings
        engine = open_database(settings.database_url)
        try:
            is_shadow = any(row["role"] == "challenger" for row in current_roles(engine))
            if in_shadow and not is_shadow:
                reason = "trained with another seed; runs beside the champion"
                challenge(settings, engine, NEXT_MODEL, by=BY, reason=reason, now=moment)
            elif is_shadow and not in_shadow:
                served = served_models(settings, engine)[1]
                reason = "rests for a while, so that the record shows an end"
                retire(engine, served, by=BY, reason=reason, now=moment)
        finally:
            engine.dispose()

    def _tell_time(self, report: CycleReport) -> None:
        self.now = report.moment + pd.Timedelta(seconds=report.seconds)
        told = {
            "simulated_now": stamp(self.now),
            "mode": "test",
            "sentence": "a rehearsal on an invented network; nothing here is an observation",
        }
        write_bytes(self.network.folder / CLOCK_FILE, canonical(told) + b"\n")


def sentences(rehearsal: Rehearsal) -> Sequence[str]:
    """Lines for a person, the figures last."""
    return [str(rehearsal.folder), *(figure.sentence() for figure in rehearsal.figures)]
