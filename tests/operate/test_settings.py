"""What operate.toml and the list of stations may not say."""

import pytest

from seismomag.core.errors import ConfigError, FormatError
from seismomag.operate.settings import read_settings


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("least_free_gb = 0.0", "least_free_gb = nan", r"operate.toml:\d+: operation.least_free"),
        ("least_free_gb = 0.0", "least_free_gb = -5", "least_free_gb must be 0 or more"),
        ("least_free_gb = 0.0", "least_free_gb = inf", "least_free_gb must be 0 or more"),
        ("settle_s = 0.0", "settle_s = nan", "settle_s: expected a number, found nan"),
        ("within_km = 500.0", "within_km = nan", "within_km: expected a number, found nan"),
    ],
)
def test_a_number_that_bounds_nothing_is_refused(small_world, old, new, told):
    path = small_world / "operate.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(ConfigError, match=told):
        read_settings(small_world)


@pytest.mark.parametrize("data", [b"\x00\xff\xfe\x80binary" * 50, b"", b'a,b\n"1,2\n3,4,5\n'])
def test_a_list_of_stations_that_is_no_csv_is_refused(small_world, data):
    (small_world / "stations.csv").write_bytes(data)
    with pytest.raises(FormatError, match=r"stations\.csv: no C|stations\.csv: no column"):
        read_settings(small_world)
