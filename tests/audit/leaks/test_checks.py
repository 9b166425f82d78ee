"""The checks on an audit's own samples, and on a faultless and a faulty invented table."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from seismomag.audit import CHECKS
from seismomag.audit.case import OF_SAMPLE
from seismomag.audit.leaks import canaries
from seismomag.audit.leaks import checks as leaks
from seismomag.audit.leaks.canary_world import clean_case
from seismomag.audit.leaks.case import LeakCase, from_audit

EVERY = (*(f"C{k:02d}" for k in range(1, 29)), "N4")


@pytest.fixture(scope="module")
def clean(make_case):
    return make_case(2, strength=0.5)


def finding(case, check_id):
    return CHECKS[check_id](from_audit(case))


def changed(case, **columns):
    samples = case.samples.assign(**columns)
    # A forecast says of its rows what the samples say.
    times = samples.set_index("sample_id")[list(OF_SAMPLE)]
    named = {name: case.forecast["sample_id"].map(times[name]) for name in OF_SAMPLE}
    return replace(case, samples=samples, forecast=case.forecast.assign(**named))


def known_target(case):
    return case.samples["is_target"].fillna(False).to_numpy(dtype=bool)


def test_the_list_of_checks_is_complete():
    assert tuple(CHECKS) == EVERY
    assert set(canaries.PLANTS) == set(EVERY) - {"C28"}


@pytest.mark.parametrize("seed", range(10))
def test_a_faultless_table_has_no_red_and_at_most_one_amber(seed):
    found = leaks.inspect(clean_case(seed))
    assert list(found.loc[found["severity"] == "RED", "check_id"]) == []
    assert (found["severity"] == "AMBER").sum() <= 1
    assert list(found.loc[found["severity"] == "NOT RUN", "check_id"]) == []
    assert (found["n_inspected"] > 0).all()


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_every_check_fires_on_its_planted_defect(seed):
    told = canaries.sung(CHECKS, seed)
    assert list(told.loc[~told["fires"], "check_id"]) == []
    assert len(told) == 28


def test_a_mute_check_is_found_by_its_canary():
    mute = dict(CHECKS)
    mute["C05"] = replace(CHECKS["C05"], look=lambda _: leaks.Finding("GREEN", 1, 0, "nothing"))
    told = canaries.sung(mute, 0).set_index("check_id")
    assert not told.loc["C05", "fires"]


@pytest.mark.parametrize("check_id", [i for i in EVERY if i not in ("C22", "C24", "C28")])
def test_a_check_without_material_says_what_it_lacks(check_id):
    bare = LeakCase(rows=pd.DataFrame({"row_id": ["a"], "split": ["train"]}))
    found = CHECKS[check_id](bare)
    assert found.severity == "NOT RUN"
    assert found.sentence.startswith("not run: ")
    assert len(found.sentence) > 12


def test_an_audit_case_without_fault_has_no_red(make_case):
    found = leaks.inspect(make_case(1))
    assert list(found["check_id"]) == list(EVERY)
    assert not (found["severity"] == "RED").any()
    assert tuple(found.columns) == leaks.COLUMNS
    assert (found.loc[found["severity"] != "NOT RUN", "n_inspected"] > 0).all()
    not_run = set(found.loc[found["severity"] == "NOT RUN", "check_id"])
    assert {"C05", "C06", "C08", "C26", "N4"} <= not_run
    assert not {"C01", "C02", "C03", "C04", "C11", "C12", "C19", "C21", "C22"} & not_run


def test_c01_finds_a_cluster_in_two_splits(clean):
    cluster = clean.samples["cluster_id"].where(~known_target(clean), "one")
    found = finding(changed(clean, cluster_id=cluster), "C01")
    assert (found.severity, found.n_found) == ("RED", 1)
    assert set(found.rows["cluster_id"]) == {"one"}


def test_c02_finds_a_horizon_that_reaches_into_the_test(clean):
    longer = clean.samples["horizon_end"] + pd.Timedelta(days=26)
    found = finding(changed(clean, horizon_end=longer), "C02")
    assert found.severity == "RED"
    assert found.n_found == len(found.rows) > 0


def test_c03_finds_a_one_day_embargo_from_the_times_themselves(clean):
    split = clean.samples["split"].ffill()
    found = finding(changed(clean, split=split), "C03")
    assert found.severity == "RED"
    assert "1.0 days apart" in found.sentence


def test_c03_is_amber_where_the_shorter_embargo_was_declared(make_case):
    near = make_case(2, gap=20)
    assert finding(near, "C03").severity == "RED"
    assert finding(replace(near, provenance={"embargo_days": 20}), "C03").severity == "AMBER"
    assert finding(replace(near, provenance={"embargo_days": 30}), "C03").severity == "RED"


def test_c04_finds_a_station_day_in_two_splits(clean):
    test = clean.samples[clean.samples["split"] == "test"].head(5)
    copied = test.assign(split="train", sample_id=[f"copy{i}" for i in range(5)])
    both = replace(clean, samples=pd.concat([clean.samples, copied], ignore_index=True))
    assert (finding(both, "C04").severity, finding(both, "C04").n_found) == ("RED", 5)
    twice = test.assign(sample_id=[f"copy{i}" for i in range(5)])
    within = replace(clean, samples=pd.concat([clean.samples, twice], ignore_index=True))
    assert finding(within, "C04").severity == "AMBER"


def test_c09_and_c10_read_what_the_run_recorded(clean):
    given = {"decisions": {"threshold": "validation"}, "test_evaluations": 3}
    recorded = replace(clean, provenance=given)
    assert finding(recorded, "C09").severity == "GREEN"
    assert finding(recorded, "C10").severity == "AMBER"
    assert "0.03" in finding(recorded, "C10").sentence


def test_c13_is_red_only_where_the_catalogue_does_not_explain_one_class(clean):
    in_2011 = clean.samples["window_start"].dt.year.to_numpy() == 2011
    split = np.where(in_2011, "train", clean.samples["split"])
    one_class = pd.array(known_target(clean) | in_2011, dtype="boolean")
    assert finding(changed(clean, is_target=one_class, split=split), "C13").severity == "RED"
    quiet = replace(clean.catalogue, events=clean.catalogue.events[:0])
    nothing = pd.array(np.zeros(len(clean.samples), bool), dtype="boolean")
    natural = replace(changed(clean, is_target=nothing), catalogue=quiet)
    assert finding(natural, "C13").severity == "AMBER"


def test_c14_names_what_differs(clean):
    kp = clean.samples["kp_max"].where(~known_target(clean), 0.1)
    found = finding(changed(clean, kp_max=kp), "C14")
    assert found.severity == "AMBER"
    assert "Kp -" in found.sentence


@pytest.mark.parametrize(
    ("column", "constant"), [("kp_max", 9.0), ("dst_min_nt", -300.0), ("dst_min_nt", -15.0)]
)
def test_c16_finds_fill_values_of_one_class(clean, column, constant):
    quiet = ~known_target(clean)
    rng = np.random.default_rng(0)
    filled = clean.samples[column].where(~quiet | (rng.random(quiet.size) < 0.7), constant)
    found = finding(changed(clean, **{column: filled}), "C16")
    assert found.severity == "RED"
    assert f"{column} = {constant:g}" in found.sentence


def test_c16_finds_azimuth_zero(clean):
    found = finding(changed(clean, azimuth_deg=0.0), "C16")
    assert found.severity == "RED"
    assert "azimuth_deg = 0" in found.sentence


def test_c18_finds_a_probability_that_follows_kp(clean):
    kp = clean.forecast["sample_id"].map(clean.samples.set_index("sample_id")["kp_max"])
    storm = clean.forecast.assign(probability=(kp.fillna(0) / 9).to_numpy())
    assert finding(replace(clean, forecast=storm), "C18").severity == "AMBER"
    assert finding(clean, "C18").severity == "GREEN"
    assert "tercile" in finding(clean, "C18").sentence


def test_c22_finds_two_stations_in_one_place_and_unknown_codes(clean):
    twin = replace(clean.stations[0], station_code="TWI")
    found = finding(replace(clean, stations=(*clean.stations, twin)), "C22")
    assert found.severity == "RED"
    assert "AAA and TWI stand in one place" in found.sentence


def test_c22_finds_distances_of_another_event(clean):
    far = clean.samples["distance_km"] + 2
    assert finding(changed(clean, distance_km=far), "C22").severity == "RED"
    assert finding(clean, "C22").severity == "GREEN"


def test_c23_finds_every_turned_label(clean):
    known = clean.samples["is_target"].notna() & clean.samples["split"].notna()
    turned = clean.samples["is_target"].copy()
    some = clean.samples.index[known][:17]
    turned[some] = ~turned[some]
    found = finding(changed(clean, is_target=turned), "C23")
    assert (found.severity, found.n_found) == ("RED", 17)


def test_c24_finds_collapse(clean):
    rng = np.random.default_rng(0)
    same = clean.forecast.assign(
        azimuth_deg=np.mod(100 + rng.normal(0, 3, len(clean.forecast)), 360),
        probability=0.5,
        magnitude_class_0=1.0,
        magnitude_class_1=0.0,
    )
    found = finding(replace(clean, forecast=same), "C24")
    assert (found.severity, found.n_found) == ("AMBER", 3)
    assert "COLLAPSED" in found.sentence


def test_a_finding_carries_a_bounded_number_of_rows():
    found = leaks.Finding("RED", 1000, 1000, "many", pd.DataFrame({"row": range(1000)}))
    assert len(found.rows) == 200
