"""Simple rules beside the network: they see the day with the signal, and their own true past."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from seismomag.audit.injection.report import ROW_COLUMNS, summarise
from seismomag.baselines import BASELINES, Context
from seismomag.baselines.day_features import FEATURES
from seismomag.core.schema import CATALOGUE_COLUMNS, SPACE_WEATHER_COLUMNS, Catalogue, empty_table
from seismomag.core.stations import Station
from seismomag.dataset.labels import LabelRule
from seismomag.experiment.injecting.detectors import Simple, _beside_their_past, with_detectors

STATIONS = tuple(
    Station(station_code=code, latitude_deg=0.0, longitude_deg=100.0) for code in ("AAA", "BBB")
)
N_DAYS = 400
DAY = pd.Timestamp("2024-01-01")
NAMES = ("night_ratio", "band_power_boosting")


def samples() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    day = np.tile(pd.date_range(DAY, periods=N_DAYS), 2)
    number = np.tile(np.arange(N_DAYS), 2)
    return pd.DataFrame(
        {
            "sample_id": [f"{c}_{i}" for c in ("AAA", "BBB") for i in range(N_DAYS)],
            "station_code": np.repeat(["AAA", "BBB"], N_DAYS),
            "window_start": day,
            "issue_time": day + pd.Timedelta(days=1),
            "horizon_start": day + pd.Timedelta(days=2),
            "horizon_end": day + pd.Timedelta(days=9),
            "is_target": pd.array(rng.random(2 * N_DAYS) < 0.2, dtype="boolean"),
            "kp_max": 2.0,
            "split": np.where(number < 200, "train", np.where(number < 300, "validation", "test")),
        }
    )


def features(table: pd.DataFrame) -> pd.DataFrame:
    """Quiet numbers, and loud ones on the event days of the training."""
    rng = np.random.default_rng(1)
    values = rng.normal(0, 0.1, (len(table), len(FEATURES)))
    loud = table["is_target"].to_numpy(bool) & (table["split"] == "train").to_numpy()
    values[loud] += 2.0
    out = pd.DataFrame(values, columns=list(FEATURES))
    out.insert(0, "day", table["window_start"].to_numpy())
    out.insert(0, "station_code", table["station_code"].to_numpy())
    out.insert(0, "sample_id", table["sample_id"].to_numpy())
    return out


@pytest.fixture(scope="module")
def run() -> Simple:
    table = samples()
    context = Context(
        catalogue=Catalogue(empty_table(CATALOGUE_COLUMNS), ()),
        stations=STATIONS,
        rule=LabelRule(),
        space_weather=empty_table(SPACE_WEATHER_COLUMNS),
        day_features=features(table),
    )
    return Simple(samples=table, context=context, state_days=1, target_tau=0.1, nights=1)


def injections(run: Simple, shift: float, strength: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every test day without a target once, its numbers moved by what a signal would do."""
    quiet = run.samples[(run.samples["split"] == "test") & ~run.samples["is_target"]]
    seen = run.context.day_features.set_index("sample_id").loc[quiet["sample_id"]].reset_index()
    moved = seen.drop(columns="sample_id").assign(key=np.arange(len(seen)))
    moved[list(FEATURES)] += shift
    rows = pd.DataFrame(index=range(len(seen)), columns=list(ROW_COLUMNS))
    rows = rows.assign(
        role="signal" if strength else "none",
        signal="noise" if strength else "",
        station_code=seen["station_code"],
        day=seen["day"],
        kp_max=2.0,
        strength=strength,
        background_nt=0.1,
        pair=-1,
        probability=0.0,
        said_azimuth_deg=np.nan,
        is_recovered=False,
    )
    return rows, moved


def test_rules_see_the_signal_and_keep_their_false_alarms(run: Simple) -> None:
    parts = [injections(run, shift, a) for shift, a in ((0.0, 0.0), (0.1, 0.1), (2.0, 1.0))]
    offsets = np.cumsum([0, *(len(rows) for rows, _ in parts)])
    rows = pd.concat([rows for rows, _ in parts], ignore_index=True)
    moved = pd.concat(
        [m.assign(key=m["key"] + o) for (_, m), o in zip(parts, offsets, strict=False)]
    )
    report = with_detectors(summarise(rows, 0.1), rows, moved.reset_index(drop=True), NAMES, run)
    found = report.efficiency[report.efficiency["by"] == "detector"]
    for name in NAMES:
        rate = found[found["stratum"] == name].set_index("strength")["rate"]
        assert rate[1.0] == 1.0
        assert rate[0.0] < 0.6
    whole = report.efficiency[report.efficiency["by"] == "all"]
    assert (whole["n_recovered"] == 0).all()
    assert {"night_ratio", "band_power_boosting"} <= set(report.fits["stratum"])


@pytest.mark.parametrize("name", NAMES)
def test_without_a_signal_a_rule_says_what_it_said(run: Simple, name: str) -> None:
    rows, moved = injections(run, 0.0, 0.0)
    quiet = run.samples.set_index(["station_code", "window_start"])["sample_id"]
    ids = quiet.loc[list(zip(rows["station_code"], rows["day"], strict=True))].to_numpy()
    training = run.samples[run.samples["split"] == "train"]
    own = BASELINES[name](training, run.context)(run.samples).set_index("sample_id")["probability"]
    known = pd.concat(
        [run.context.day_features, _beside_their_past(
            moved.assign(sample_id=[f"i{k}" for k in moved["key"]]), run.context.day_features)],
        ignore_index=True,
    )  # fmt: skip
    predict = BASELINES[name](training, replace(run.context, day_features=known))
    asked = run.samples.iloc[: len(moved)].assign(sample_id=[f"i{k}" for k in moved["key"]])
    said = predict(asked)["probability"].to_numpy()
    np.testing.assert_allclose(said, own.loc[ids].to_numpy(), rtol=1e-9)
