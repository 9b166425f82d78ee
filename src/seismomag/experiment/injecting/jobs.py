"""Every injection of a run, drawn up before the first is made: the seed alone decides."""

from collections.abc import Iterator
from dataclasses import dataclass

from seismomag.audit.dipole import DipolePlan
from seismomag.audit.injection.signals import SignalPlan
from seismomag.experiment.injecting.plan import InjectionPlan, SourcePlan

AZIMUTHS_DEG = tuple(range(0, 360, 30))
N_TURNED = 8
"""Pairs of signals that differ by 180 degrees."""
STRIDE = 7
"""Step between the backgrounds of one group and the next, so that each begins elsewhere."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """One injection.

    Attributes
    ----------
    number
        Among all; its waveform is drawn from the seed of the run and this number.
    background
        Number of the background, to be read modulo how many there are.
    role, name
        See :data:`seismomag.audit.injection.report.ROLES`.
    signal
        Waveform, band, direction.
    strength
        Amplitude [nT], for a source its moment [A m].
    source
        The dipole and the earth around it, or None.
    is_everywhere
        Whether every station gets the same signal.
    pair
        Number of the pair of a turned signal, whose waveform is that of its partner; or -1.
    """

    number: int
    background: int
    role: str
    name: str
    signal: SignalPlan
    strength: float
    source: DipolePlan | None = None
    is_everywhere: bool = False
    pair: int = -1


@dataclass(frozen=True, kw_only=True)
class _Group:
    role: str
    name: str
    signal: SignalPlan
    strength: float
    n: int
    source: DipolePlan | None = None
    is_everywhere: bool = False


def draw_up(plan: InjectionPlan, *, n_stations: int, n_days: int) -> list[Job]:
    """List every injection.

    Parameters
    ----------
    plan
        What to inject.
    n_stations
        Stations of the network; with one, no signal can be at all of them.
    n_days
        Backgrounds. Without a signal the same day says the same again: each is asked once.
    """
    jobs: list[Job] = []
    for place, group in enumerate(_groups(plan, n_stations, n_days)):
        for i in range(group.n):
            signal = _directed(group.signal, plan, i)
            jobs.append(
                Job(
                    number=len(jobs),
                    background=i + STRIDE * place,
                    role=group.role,
                    name=group.name,
                    signal=signal,
                    strength=group.strength,
                    source=group.source,
                    is_everywhere=group.is_everywhere,
                )
            )
    return jobs + _pairs(plan, len(jobs))


def name_of(kind: str, band_hz: tuple[float, float]) -> str:
    """Name a signal for people."""
    return f"{kind} {1000 * band_hz[0]:g}-{1000 * band_hz[1]:g} mHz"


def _groups(plan: InjectionPlan, n_stations: int, n_days: int) -> Iterator[_Group]:
    first = SignalPlan(kind=plan.signals[0], band_hz=plan.bands_hz[0])
    n_zero = min(plan.n_each, n_days)
    yield _Group(role="none", name="", signal=first, strength=0.0, n=n_zero)
    for kind in plan.signals:
        for band in plan.bands_hz:
            signal = SignalPlan(kind=kind, band_hz=band)
            for amplitude in plan.amplitudes_nt:
                yield _Group(
                    role="signal",
                    name=name_of(kind, band),
                    signal=signal,
                    strength=amplitude,
                    n=plan.n_each,
                )
    yield from _controls(plan, first, n_stations)
    if plan.source is not None:
        yield from _sources(plan.source, first)


def _controls(plan: InjectionPlan, first: SignalPlan, n_stations: int) -> Iterator[_Group]:
    n = plan.n_controls or plan.n_each
    off, step = SignalPlan(kind="off_band"), SignalPlan(kind="step")
    yield _Group(role="control", name="off_band", signal=off, strength=plan.strongest_nt, n=n)
    yield _Group(role="control", name="step", signal=step, strength=plan.step_nt, n=n)
    if n_stations > 1:
        yield _Group(
            role="control",
            name="all_station",
            signal=first,
            strength=plan.strongest_nt,
            n=-(-n // n_stations),
            is_everywhere=True,
        )


def _sources(plan: SourcePlan, first: SignalPlan) -> Iterator[_Group]:
    for distance in plan.distances_km:
        dipole = DipolePlan(
            depth_km=plan.depth_km,
            distance_km=distance,
            thickness_km=plan.thickness_km,
            resistivity_ohm_m=plan.resistivity_ohm_m,
        )
        for moment in plan.moments_am:
            yield _Group(
                role="dipole",
                name=f"dipole {name_of(first.kind, first.band_hz)}",
                signal=first,
                strength=moment,
                n=plan.n_each,
                source=dipole,
            )


def _directed(signal: SignalPlan, plan: InjectionPlan, i: int) -> SignalPlan:
    """Give a signal the direction and the ratio whose turn it is."""
    return SignalPlan(
        kind=signal.kind,
        band_hz=signal.band_hz,
        azimuth_deg=float(AZIMUTHS_DEG[i % len(AZIMUTHS_DEG)]),
        z_to_h=plan.z_to_h[(i // len(AZIMUTHS_DEG)) % len(plan.z_to_h)],
    )


def _pairs(plan: InjectionPlan, first_number: int) -> list[Job]:
    """Signals beside themselves turned by 180 degrees: one waveform, two opposite vectors."""
    jobs = []
    for pair in range(N_TURNED):
        for turn in (0.0, 180.0):
            signal = SignalPlan(
                kind=plan.signals[0],
                band_hz=plan.bands_hz[0],
                azimuth_deg=AZIMUTHS_DEG[pair % len(AZIMUTHS_DEG)] + turn,
            )
            jobs.append(
                Job(
                    number=first_number + pair,
                    background=pair,
                    role="turned",
                    name=name_of(signal.kind, signal.band_hz),
                    signal=signal,
                    strength=plan.strongest_nt,
                    pair=pair,
                )
            )
    return jobs
