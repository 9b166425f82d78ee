import numpy as np
import numpy.testing as npt
import pytest

from seismomag.core.errors import ConfigError
from seismomag.simulate import NO_FAULTS, FaultPlan
from seismomag.simulate.faults import apply_faults, is_lost, step_levels


def test_days_are_lost_at_their_share():
    plan = FaultPlan(lost_day_share=0.2)
    lost = [is_lost(plan, 1, station, day) for station in range(3) for day in range(400)]
    npt.assert_allclose(np.mean(lost), 0.2, atol=0.04)


def test_gaps_take_all_components_and_have_their_length():
    plan = FaultPlan(gaps_per_day=3, gap_s=200, spikes_per_day=0)
    missing = 0
    for day in range(200):
        field = np.zeros((3, 86_400))
        apply_faults(plan, 2, 0, day, field)
        gone = np.isnan(field)
        assert (gone == gone[0]).all()
        missing += gone[0].sum()
    npt.assert_allclose(missing / 200, 600, rtol=0.15)


def test_spikes_are_single_samples_of_one_component():
    plan = FaultPlan(gaps_per_day=0, spikes_per_day=5, spike_nt=30)
    sizes = []
    for day in range(100):
        field = np.zeros((3, 86_400))
        apply_faults(plan, 3, 0, day, field)
        assert (np.count_nonzero(field, axis=0) <= 1).all()
        sizes += list(field[field != 0])
    npt.assert_allclose(len(sizes) / 100, 5, rtol=0.15)
    npt.assert_allclose(np.std(sizes), 30, rtol=0.15)


def test_steps_stay():
    plan = FaultPlan(steps_per_day=0.5)
    level = np.zeros(3)
    for day in range(60):
        before, second, jump = step_levels(plan, 4, 1, 0, day)
        npt.assert_allclose(before, level, atol=1e-9)
        assert ((second >= 0) & (second < 86_400)).all()
        level = level + jump.sum(axis=0)
    assert np.abs(level).min() > 0


def test_no_faults_means_none():
    field = np.ones((3, 86_400))
    apply_faults(NO_FAULTS, 5, 0, 1, field)
    assert (field == 1).all()
    assert not is_lost(NO_FAULTS, 5, 0, 1)


def test_nonsense_is_refused():
    with pytest.raises(ConfigError, match="lost_day_share=2 must be a share"):
        FaultPlan(lost_day_share=2)
    with pytest.raises(ConfigError, match="gap_s=-1 must be a number of 0 or more"):
        FaultPlan(gap_s=-1)
