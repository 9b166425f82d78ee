"""Elements are known by their letter."""

import numpy as np
import pytest

from seismomag.core.errors import FormatError
from seismomag.readers.elements import compose, is_main_field


def elements(**values: float) -> dict[str, np.ndarray]:
    return {letter: np.array([value, value]) for letter, value in values.items()}


def test_the_order_of_the_columns_does_not_matter() -> None:
    composed = compose(elements(E=5, H=21_000, Z=44_000, F=48_000), name="day")
    assert composed.frame == "HEZ"
    np.testing.assert_array_equal(composed.field_nt[:, 0], [21_000, 5, 44_000])
    assert "element F" in composed.notes[0]


def test_h_and_the_angle_d_become_x_and_y() -> None:
    composed = compose(elements(D=30 * 60, H=20_000, Z=-5_000), name="day")
    assert composed.frame == "XYZ"
    np.testing.assert_allclose(
        composed.field_nt[:, 0], [20_000 * np.sqrt(3) / 2, 10_000, -5_000], rtol=1e-12
    )


def test_without_z_the_inclination_gives_it() -> None:
    composed = compose(elements(D=0, H=20_000, I=45 * 60, F=28_284), name="day")
    np.testing.assert_allclose(composed.field_nt[:, 0], [20_000, 0, 20_000], rtol=1e-9)


def test_an_angle_with_a_variation_of_h_is_refused() -> None:
    with pytest.raises(FormatError, match="variation without its base"):
        compose(elements(D=10, H=50, Z=20), name="day")


@pytest.mark.parametrize("found", [{"T": 1.0}, {"H": 1.0, "Z": 2.0}, {}])
def test_too_few_elements_are_named(found) -> None:
    with pytest.raises(FormatError, match="do not give three components"):
        compose(elements(**found), name="day")


def test_the_main_field_is_told_from_variations() -> None:
    assert is_main_field(np.full((3, 10), 20_000.0))
    assert not is_main_field(np.full((3, 10), 50.0))
    assert not is_main_field(np.full((3, 10), np.nan))
