"""What is injected into a run, and how often: the section ``[injection]`` of a configuration."""

from dataclasses import dataclass

from seismomag.audit.injection.recovery import AMPLITUDES_NT
from seismomag.audit.injection.signals import BAND_HZ, KINDS, PAPER_BAND_HZ
from seismomag.core.errors import ConfigError

SIGNALS = ("noise", "pulses", "tone")
DETECTORS = ("night_ratio", "band_power_logistic", "band_power_boosting")
LEAST_EACH = 10


@dataclass(frozen=True, kw_only=True)
class SourcePlan:
    """A physical source: an electric dipole at the hypocentre in a layered earth.

    Attributes
    ----------
    n_each
        Injections of each moment at each distance.
    distances_km
        From the epicentre to the station [km].
    moments_am
        rms of the moment during the on-time [A m].
    depth_km
        Of the hypocentre [km].
    thickness_km, resistivity_ohm_m
        Layers from the surface down; the last is a half-space and has no thickness.
    """

    n_each: int = 50
    distances_km: tuple[float, ...] = (25.0, 50.0, 100.0)
    moments_am: tuple[float, ...] = (1e5, 1e6, 3e6, 1e7, 3e7, 1e8, 1e9)
    depth_km: float = 15.0
    thickness_km: tuple[float, ...] = ()
    resistivity_ohm_m: tuple[float, ...] = (100.0,)

    def __post_init__(self) -> None:
        wants = (
            (self.n_each >= LEAST_EACH, f"n_each={self.n_each}: give {LEAST_EACH} or more"),
            (bool(self.distances_km), "distances_km is empty; name at least one"),
            (bool(self.moments_am), "moments_am is empty; name at least one"),
            (all(m > 0 for m in self.moments_am), "moments_am must be above 0"),
        )
        _require(wants)


@dataclass(frozen=True, kw_only=True)
class InjectionPlan:
    """Signals that are added to the raw samples of test days without a target.

    Attributes
    ----------
    n_each
        Injections of each amplitude of each signal, and of amplitude 0; 0 leaves that rung of
        the ladder "not run". 200 give a standard error of 0.035 at most.
    amplitudes_nt
        rms in band during the on-time [nT], above 0.
    signals
        Of ``noise``, ``pulses``, ``tone``.
    bands_hz
        Bands of the signals [Hz]; every signal is injected in every band.
    nights
        Consecutive local nights that a signal lasts; recovered when any of their days is.
    z_to_h
        Vertical over horizontal amplitude; taken in turn.
    n_controls
        Injections of each control; 0 means ``n_each``.
    control_nt
        Amplitude of the off-band and all-station controls [nT]; 0 means the largest amplitude.
    step_nt
        Step of the base line [nT], which must be rejected as an artefact.
    n_days
        Most test days without a target that are used as background; taken in turn.
    detectors
        Baselines that are shown the same injections beside the network, of ``night_ratio``,
        ``band_power_logistic``, ``band_power_boosting``; the ladder does not read them.
    source
        Physical source; ``source = false`` leaves it out. Needs the extra ``injection``.
    """

    n_each: int = 0
    amplitudes_nt: tuple[float, ...] = AMPLITUDES_NT[1:]
    signals: tuple[str, ...] = ("noise",)
    bands_hz: tuple[tuple[float, float], ...] = (BAND_HZ, PAPER_BAND_HZ)
    nights: int = 1
    z_to_h: tuple[float, ...] = (0.25, 0.5, 1.0, 2.0)
    n_controls: int = 0
    control_nt: float = 0.0
    step_nt: float = 50.0
    n_days: int = 200
    detectors: tuple[str, ...] = ("night_ratio", "band_power_boosting")
    source: SourcePlan | None = None

    def __post_init__(self) -> None:
        strange = [kind for kind in self.signals if kind not in SIGNALS]
        known = ", ".join(kind for kind in KINDS if kind in SIGNALS)
        wants = (
            (
                self.n_each == 0 or self.n_each >= LEAST_EACH,
                f"n_each={self.n_each}: give {LEAST_EACH} or more, or 0 to leave it out",
            ),
            (bool(self.amplitudes_nt), "amplitudes_nt is empty; name at least one"),
            (all(a > 0 for a in self.amplitudes_nt), "amplitudes_nt must be above 0; 0 is added"),
            (bool(self.signals) and not strange, f"signals {strange}: known are {known}"),
            (
                set(self.detectors) <= set(DETECTORS),
                f"detectors {self.detectors}: known are {', '.join(DETECTORS)}",
            ),
            (bool(self.bands_hz), "bands_hz is empty; name at least one"),
            (all(0 < a < b for a, b in self.bands_hz), "each band rises, from above 0 Hz"),
            (self.nights >= 1, f"nights={self.nights} must be 1 or more"),
            (bool(self.z_to_h), "z_to_h is empty; name at least one"),
            (self.n_controls >= 0, f"n_controls={self.n_controls} must be 0 or more"),
            (self.control_nt >= 0, f"control_nt={self.control_nt} must be 0 or more"),
            (self.step_nt > 0, f"step_nt={self.step_nt} must be above 0"),
            (self.n_days >= 1, f"n_days={self.n_days} must be 1 or more"),
        )
        _require(wants)

    @property
    def strongest_nt(self) -> float:
        """Amplitude of the controls [nT]."""
        return self.control_nt or max(self.amplitudes_nt)


def _require(wants: tuple[tuple[bool, str], ...]) -> None:
    for holds, message in wants:
        if not holds:
            raise ConfigError(message)
