import pytest

from seismomag.core.errors import ConfigError
from seismomag.network import TRUNKS, LossPlan, ModelPlan, TrainingPlan
from seismomag.network.plans import TRUNK_NAMES
from seismomag.signal.grid import CROSS_PLANES, PLANES


def test_every_trunk_has_a_name_and_every_name_a_trunk():
    assert tuple(TRUNKS) == TRUNK_NAMES


@pytest.mark.parametrize(
    ("plan", "values", "said"),
    [
        (ModelPlan, {"trunk": "resnet"}, "efficientnet_b1, small"),
        (ModelPlan, {"representation": "phase"}, "amplitude, polarimetric"),
        (ModelPlan, {"components": ()}, "different numbers in increasing order"),
        (ModelPlan, {"components": (1, 0)}, "increasing order"),
        (ModelPlan, {"components": (0, 3)}, "some of 0, 1, 2"),
        (ModelPlan, {"gru_width": 0}, "at least 1"),
        (ModelPlan, {"dropout": 1.0}, r"\[0, 1\)"),
        (ModelPlan, {"heads": ("azimuth",)}, "must hold detection"),
        (LossPlan, {"gamma": -1}, "gamma -1"),
        (LossPlan, {"gpl_lambda": 0.5}, "reward false alarms"),
        (LossPlan, {"azimuth_weight": -1}, "azimuth_weight"),
        (LossPlan, {"detection_weight": 0}, "must be positive"),
        (LossPlan, {"magnitude": "regression"}, "classes or ordinal"),
        (TrainingPlan, {"epochs": 0}, "epochs 0"),
        (TrainingPlan, {"learning_rate": 0}, "learning_rate 0"),
        (TrainingPlan, {"seed": -1}, "seed -1"),
        (TrainingPlan, {"epochs": 3, "first_selectable_epoch": 4}, "comes after the last"),
        (TrainingPlan, {"balance": "both"}, "sampler, weights or none"),
        (TrainingPlan, {"mask_share": 2}, r"\[0, 1\]"),
        (TrainingPlan, {"patience": 0}, "None for no early stop"),
    ],
)
def test_nonsense_is_refused_with_what_to_change(plan, values, said):
    with pytest.raises(ConfigError, match=said):
        plan(**values)


def test_lists_from_a_config_file_become_tuples():
    assert ModelPlan(components=[0, 1], heads=["detection"]) == ModelPlan(
        components=(0, 1), heads=("detection",)
    )


@pytest.mark.parametrize("components", [(0,), (0, 1), (0, 2), (1, 2), (0, 1, 2)])
def test_planes_hold_no_trace_of_a_component_left_out(components):
    planes = ModelPlan(representation="polarimetric", components=components).planes
    names = [PLANES["polarimetric"][p] for p in planes]
    left_out = {f"c{k}" for k in range(3)} - {f"c{k}" for k in components}
    assert not [name for name in names if any(code in name for code in left_out)]
    n_pairs = len(components) * (len(components) - 1) // 2
    assert len([name for name in names if name in CROSS_PLANES]) == 2 * n_pairs
