"""A defect for every check: planted into a faultless table, it must make the check fire.

A silent audit is worth something only if its checks can speak; so each run tries them.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seismomag.audit.leaks.canary_world import TRAIN_DAYS, HeldTensors, clean_case
from seismomag.audit.leaks.case import Claim, LeakCase
from seismomag.audit.leaks.material import Scaling
from seismomag.audit.proxies import neighbour_fit

if TYPE_CHECKING:
    from seismomag.audit.leaks.finding import Check

Plant = Callable[[LeakCase, np.random.Generator], LeakCase]


def sung(checks: Mapping[str, "Check"], seed: int) -> pd.DataFrame:
    """Run every check on its planted defect.

    Returns
    -------
    told
        ``check_id, severity, sentence, fires``, one row for each of :data:`PLANTS`.
    """
    clean = clean_case(seed)
    lines = []
    for check_id, plant in PLANTS.items():
        found = checks[check_id](plant(clean, np.random.default_rng(seed)))
        fires = found.severity in ("RED", "AMBER")
        lines.append((check_id, found.severity, found.sentence, fires))
    return pd.DataFrame(lines, columns=["check_id", "severity", "sentence", "fires"])


def _event(case: LeakCase) -> NDArray[np.bool_]:
    return case.rows["is_target"].fillna(False).to_numpy(dtype=bool)


def _with(case: LeakCase, **columns: Any) -> LeakCase:
    return replace(case, rows=case.rows.assign(**columns))


def _foreign(case: LeakCase) -> LeakCase:
    """Forget the catalogue: the table of a stranger."""
    return replace(case, catalogue=None, rule=None, stations=())


def _copied(case: LeakCase, n: int = 20) -> LeakCase:
    """Put copies of test rows into training."""
    test = case.part("test").head(n)
    copies = test.assign(split="train", row_id="copy_" + test["row_id"])
    return replace(case, rows=pd.concat([case.rows, copies], ignore_index=True))


def one_cluster(case: LeakCase, _: np.random.Generator) -> LeakCase:
    """One earthquake cluster names rows of all splits."""
    return _with(case, cluster_id=case.rows["cluster_id"].where(~_event(case), "one"))


def longer_horizons(case: LeakCase, _: np.random.Generator) -> LeakCase:
    """Horizons reach over the border."""
    return _with(case, horizon_end=case.rows["horizon_end"] + pd.Timedelta(days=200))


def no_embargo(case: LeakCase, _: np.random.Generator) -> LeakCase:
    """The test follows training after two days."""
    early, late = case.part("train")["issue_time"].max(), case.part("test")["issue_time"].min()
    shift = late - early - pd.Timedelta(days=2)
    is_test = case.rows["split"] == "test"
    return _with(case, issue_time=case.rows["issue_time"] - shift * is_test.astype(int))


def copied_rows(case: LeakCase, _: np.random.Generator) -> LeakCase:
    """Test rows stand in training as well."""
    return _copied(case)


def noisy_copies(case: LeakCase, generator: np.random.Generator) -> LeakCase:
    """Test tensors stand in training with a little noise."""
    tensors = case.tensors
    if tensors is None:
        return case
    held = tensors.read(np.arange(tensors.n_rows))
    test, train = (case.part(name)["store_row"].to_numpy()[:10] for name in ("test", "train"))
    changed = held.copy()
    noise = 1 + 0.002 * generator.standard_normal(held[test].shape)
    changed[train] = (held[test] * noise).astype(np.float16)
    return replace(case, tensors=HeldTensors(changed))


def silent_augmentation(case: LeakCase, _: np.random.Generator) -> LeakCase:
    """Training rows are rotated copies, and no column says so."""
    train = case.part("train").index[:50]
    return _with(case, is_augmented=case.rows.index.isin(train))


def scaled_on_everything(case: LeakCase, _: np.random.Generator) -> LeakCase:
    """The normalisation was fitted on training and test."""
    if case.scaling is None:
        return case
    everything = case.rows[case.rows["split"].isin(("train", "test"))]
    refit = case.scaling.refit
    return replace(case, scaling=Scaling(stored=refit(everything), refit=refit))


def threshold_of_the_test(case: LeakCase, _: np.random.Generator) -> LeakCase:
    """The threshold was chosen on the test."""
    return replace(case, decisions={**case.decisions, "threshold": "test"})


def opened_often(case: LeakCase, _: np.random.Generator) -> LeakCase:
    """Seven models were tried on the test."""
    return replace(case, n_test_openings=7)


def labels_by_kp(case: LeakCase, generator: np.random.Generator) -> LeakCase:
    """A stranger's events are the days of large Kp."""
    kp = case.rows["kp_max"].to_numpy(dtype=np.float64)
    label = kp + generator.normal(0, 0.7, kp.size) > np.nanmedian(kp)
    return _foreign(_with(case, is_target=pd.array(label, dtype="boolean")))


def one_class_year(case: LeakCase, _: np.random.Generator) -> LeakCase:
    """A stranger's quiet rows come from one year, as when the catalogue covers only another."""
    early = (case.rows["day"].dt.year <= 2011).to_numpy()
    return _foreign(_with(case, is_target=pd.array(~early, dtype="boolean")))


def calm_controls(case: LeakCase, _: np.random.Generator) -> LeakCase:
    """Quiet rows are taken from calm days."""
    return _with(case, kp_max=case.rows["kp_max"].where(_event(case), 0.3))


def gaps_of_one_class(case: LeakCase, generator: np.random.Generator) -> LeakCase:
    """Quiet rows come from days with more gaps."""
    lost = generator.uniform(0.1, 0.5, len(case.rows))
    return _with(case, coverage=case.rows["coverage"].where(_event(case), 1 - lost))


def filled_indices(case: LeakCase, generator: np.random.Generator) -> LeakCase:
    """Most quiet rows carry Kp 9.0."""
    filled = ~_event(case) & (generator.random(len(case.rows)) < 0.7)
    return _with(case, kp_max=case.rows["kp_max"].where(~filled, 9.0))


def named_normal(case: LeakCase, _: np.random.Generator) -> LeakCase:
    """The name of the file says which class it is."""
    return _with(case, template=np.where(_event(case), "event_STN_DATE", "STN_DATE_Normal"))


def forecast_of_kp(case: LeakCase, _: np.random.Generator) -> LeakCase:
    """The forecast repeats Kp."""
    return _with(case, probability=case.rows["kp_max"].fillna(0) / 9)


def network_index(case: LeakCase, generator: np.random.Generator) -> LeakCase:
    """All stations forecast the same number on a day."""
    days = case.rows["day"].drop_duplicates()
    index = pd.Series(generator.random(len(days)), days.to_numpy())
    return _with(case, probability=case.rows["day"].map(index).to_numpy())


def aftershock_forecast(case: LeakCase, generator: np.random.Generator) -> LeakCase:
    """Events are those that follow another within days, and the forecast knows only that."""
    pairs, rows = case.shocks(5.0), case.rows
    recent = np.zeros(len(rows), bool)
    for code, at in rows.groupby("station_code").indices.items():
        origin = np.sort(pairs.loc[pairs["station_code"] == code, "origin_time"].to_numpy())
        issue = rows["issue_time"].to_numpy()[at]
        begin = issue - np.timedelta64(30, "D")
        recent[at] = np.searchsorted(origin, issue) > np.searchsorted(origin, begin)
    follows = generator.random(len(rows)) < np.where(recent, 0.8, 0.2)
    noise = generator.random(len(rows))
    return _with(
        case, is_target=pd.array(follows, dtype="boolean"), probability=0.5 * recent + 0.5 * noise
    )


def shaken_windows(case: LeakCase, _: np.random.Generator) -> LeakCase:
    """Windows begin on the day of a shock, and nobody says so."""
    named = case.pairs.drop_duplicates("event_id").set_index("event_id")["origin_time"]
    origin = case.rows["event_id"].map(named).dt.floor("D")
    return _with(case, window_start=origin.fillna(case.rows["window_start"]))


def wrong_directions(case: LeakCase, _: np.random.Generator) -> LeakCase:
    """Azimuths point from the epicentre to the station."""
    return _with(case, azimuth_deg=np.mod(case.rows["azimuth_deg"] + 180, 360))


def turned_labels(case: LeakCase, generator: np.random.Generator) -> LeakCase:
    """A few labels are turned."""
    turn = generator.random(len(case.rows)) < 0.02
    return _with(case, is_target=case.rows["is_target"] ^ turn)


def collapsed(case: LeakCase, generator: np.random.Generator) -> LeakCase:
    """The azimuth is nearly the same for every row."""
    azimuth = np.mod(100 + generator.normal(0, 2, len(case.rows)), 360)
    return _with(case, forecast_deg=azimuth)


def other_instrument(case: LeakCase, generator: np.random.Generator) -> LeakCase:
    """The test was recorded with another instrument, larger files and all."""
    late = (case.rows["split"] == "test").to_numpy()
    size = np.where(late, 2_000_000, 1_000_000) + generator.integers(0, 10_000, late.size)
    return _with(case, size_bytes=size)


def remembered_neighbours(case: LeakCase, generator: np.random.Generator) -> LeakCase:
    """Rows of one event look alike, and rows were dealt to the splits at random."""
    share = generator.random(len(case.rows)) < 0.3
    rows = case.rows.assign(split=np.where(share, "test", "train"))
    return _looks_alike(replace(case, rows=rows), generator)


def fading_neighbours(case: LeakCase, generator: np.random.Generator) -> LeakCase:
    """Labels persist for weeks, recordings resemble their neighbours, and no embargo stands."""
    rows = case.rows.copy()
    age = (rows["day"] - rows["day"].min()).dt.days.to_numpy()
    block = age // 10
    is_event = generator.random(block.max() + 1) < 0.5
    rows["is_target"] = pd.array(is_event[block], dtype="boolean")
    late = age >= TRAIN_DAYS
    # Every other row of the test period is free, and would do as training.
    rows["split"] = "train"
    rows.loc[late, "split"] = "test"
    rows.loc[late & (np.arange(len(rows)) % 2 == 0), "split"] = None
    rows["cluster_id"] = None
    drift = generator.normal(0, 1, (block.max() + 1, 6))
    features = drift[block] + 0.1 * generator.normal(0, 1, (len(rows), 6))
    fit = neighbour_fit(features, rows["row_id"])
    return replace(_foreign(case), rows=rows, features=features, fit=fit)


def _looks_alike(case: LeakCase, generator: np.random.Generator) -> LeakCase:
    unit = case.units_of(case.rows)
    features = generator.normal(0, 1, (unit.max() + 1, 6))[unit]
    features = features + 0.05 * generator.normal(0, 1, features.shape)
    return replace(case, features=features, fit=neighbour_fit(features, case.rows["row_id"], 1))


def impossible_claim(case: LeakCase, _: np.random.Generator) -> LeakCase:
    """A published figure that no table of 28 cases gives."""
    return replace(case, claims=(Claim("impossible", 28, 1.0, 0.615, accuracy=0.861),))


PLANTS: Mapping[str, Plant] = {
    "C01": one_cluster,
    "C02": longer_horizons,
    "C03": no_embargo,
    "C04": copied_rows,
    "C05": copied_rows,
    "C06": noisy_copies,
    "C07": silent_augmentation,
    "C08": scaled_on_everything,
    "C09": threshold_of_the_test,
    "C10": opened_often,
    "C11": labels_by_kp,
    "C12": labels_by_kp,
    "C13": one_class_year,
    "C14": calm_controls,
    "C15": gaps_of_one_class,
    "C16": filled_indices,
    "C17": named_normal,
    "C18": forecast_of_kp,
    "C19": network_index,
    "C20": aftershock_forecast,
    "C21": shaken_windows,
    "C22": wrong_directions,
    "C23": turned_labels,
    "C24": collapsed,
    "C25": other_instrument,
    "C26": fading_neighbours,
    "C27": impossible_claim,
    "N4": remembered_neighbours,
}
"""Check -> what makes it fire. C28 is this list itself."""
