"""What a run would have been without a part of its network: arms by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from seismomag.core.errors import ConfigError
from seismomag.network.plans import LossPlan, ModelPlan

FULL = "full"
COMPONENT_NAMES = ("first", "second", "third")


@dataclass(frozen=True)
class TrainingArm:
    """A network and its loss, with a name.

    Attributes
    ----------
    name
        Letters and dashes; also the name of its folder.
    model, loss
        Plans.
    """

    name: str
    model: ModelPlan
    loss: LossPlan


def _without_gpl(model: ModelPlan, loss: LossPlan) -> tuple[TrainingArm, ...]:
    return (TrainingArm("no-gpl", model, replace(loss, gpl=False)),)


def _without_gru(model: ModelPlan, loss: LossPlan) -> tuple[TrainingArm, ...]:
    return (TrainingArm("no-gru", replace(model, gru=False), loss),)


def _single_task(model: ModelPlan, loss: LossPlan) -> tuple[TrainingArm, ...]:
    return (TrainingArm("single-task", replace(model, heads=("detection",)), loss),)


def _single_components(model: ModelPlan, loss: LossPlan) -> tuple[TrainingArm, ...]:
    return tuple(
        TrainingArm(f"only-{COMPONENT_NAMES[c]}", replace(model, components=(c,)), loss)
        for c in model.components
    )


ABLATIONS = {
    "gpl": _without_gpl,
    "gru": _without_gru,
    "multitask": _single_task,
    "components": _single_components,
}
"""What can be taken away, and the arms that come of it."""


def arms_of_training(
    model: ModelPlan, loss: LossPlan, ablations: Sequence[str]
) -> Mapping[str, TrainingArm]:
    """Give the full arm, and those that lack a part.

    Parameters
    ----------
    model, loss
        Of the full arm.
    ablations
        Keys of :data:`ABLATIONS`.

    Raises
    ------
    ConfigError
        A name is unknown, or the part is absent already.
    """
    full = TrainingArm(FULL, model, loss)
    arms = [full]
    for name in ablations:
        if name not in ABLATIONS:
            msg = f"--ablate {name!r} is unknown; choose some of {', '.join(ABLATIONS)}"
            raise ConfigError(msg)
        made = ABLATIONS[name](model, loss)
        if any((arm.model, arm.loss) == (model, loss) for arm in made):
            msg = f"--ablate {name}: this configuration has no {name} that could be left out"
            raise ConfigError(msg)
        arms += made
    return {arm.name: arm for arm in arms}
