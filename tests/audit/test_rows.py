import numpy as np
import pytest

from seismomag.audit.rows import make_rows, station_climatology, storm_stratum


@pytest.fixture(scope="module")
def case(make_case):
    return make_case(4, days=(300, 100, 400))


def test_quiet_rows_of_a_fortnight_are_one_unit_for_all_stations(case):
    rows = make_rows(case, case.forecast)
    quiet = rows.table[~rows.event].assign(unit=rows.cluster[~rows.event])
    assert quiet["unit"].nunique() in (28, 29, 30)
    assert (quiet.groupby("horizon_start")["unit"].nunique() == 1).all()
    assert not set(rows.cluster[rows.event]) & set(quiet["unit"])


def test_event_rows_of_a_cluster_are_one_unit(case):
    rows = make_rows(case, case.forecast)
    named = rows.table.loc[rows.event, "cluster_id"]
    assert rows.n_events == named.nunique()
    assert (named.groupby(rows.cluster[rows.event]).nunique() == 1).all()


def test_station_climatology_is_the_rate_of_the_training_rows(case):
    rows = make_rows(case, case.forecast)
    train = case.samples[case.samples["split"] == "train"]
    rate = train["is_target"].astype(float).groupby(train["station_code"]).mean()
    said = station_climatology(case, rows)
    np.testing.assert_allclose(said, rows.table["station_code"].map(rate), atol=0.01)


def test_strata_by_kp_or_dst(case):
    table = case.samples.head(5).assign(
        kp_max=[5.0, 2.0, np.nan, np.nan, 2.0], dst_min_nt=[0.0, -50.0, -10.0, np.nan, np.nan]
    )
    assert list(storm_stratum(table)) == ["storm", "storm", "quiet", "unknown", "quiet"]
