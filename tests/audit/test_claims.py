import pytest

from seismomag.audit import claims
from seismomag.core.errors import ConfigError


def test_the_published_claim_has_two_tables():
    first, second = claims.solve(28, 1.0, 0.615)
    assert (first.table.tp, first.table.fp, first.table.fn, first.table.tn) == (8, 5, 0, 15)
    assert (second.table.tp, second.table.fp, second.table.fn, second.table.tn) == (16, 10, 0, 2)
    assert first.p == pytest.approx(4.14e-4, abs=5e-7)
    assert second.p == pytest.approx(0.1746, abs=5e-5)


def test_the_readme_accuracy_first_fits_36_cases():
    fitting = [n for n in range(1, 37) if claims.solve(n, 1.0, 0.615, 0.861)]
    assert fitting == [36]
    (only,) = claims.solve(36, 1.0, 0.615, 0.861)
    assert (only.table.tp, only.table.tn) == (8, 23)


def test_an_impossible_claim_has_no_table():
    assert claims.solve(28, 1.0, 0.62) == ()


def test_every_table_gives_its_own_rates_back():
    from itertools import product

    for tp, fp, fn in product(range(1, 4), range(4), range(3)):
        table = (tp, fp, fn, 12 - tp - fp - fn)
        rates = round(tp / (tp + fn), 3), round(tp / (tp + fp), 3)
        found = [(s.table.tp, s.table.fp, s.table.fn, s.table.tn) for s in claims.solve(12, *rates)]
        assert table in found


@pytest.mark.parametrize(("n", "recall"), [(0, 1.0), (28, 61.5)])
def test_per_cent_and_nothing_are_refused(n, recall):
    with pytest.raises(ConfigError, match="give at least one case and rates in"):
        claims.solve(n, recall, 0.5)
