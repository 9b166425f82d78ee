"""The public names carry a person from a file to an answer, as the first page shows it."""

import ast
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import seismomag as sm

ROOT = Path(__file__).parents[2]
PLACEHOLDER = "(...)"


def blocks(text: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What the first page names: a day file, an archive, lists, and a stranger's forecasts."""
    station = sm.Station(station_code="ALR", latitude_deg=-8.14, longitude_deg=124.59)
    start = np.datetime64("2025-01-01")
    invented = sm.Simulation(stations=(station,), start=start, n_days=40, seed=3)
    day = invented.load_day("ALR", start)
    (tmp_path / "archive" / "ALR").mkdir(parents=True)
    for path in ("S250101.ALR.gz", "archive/ALR/S250101.ALR.gz"):
        sm.write_frg604rc(day, tmp_path / path)
    sm.write_catalogue(invented.catalogue, tmp_path / "catalogue.csv")
    sm.write_space_weather(invented.space_weather, tmp_path / "indices.csv")
    (tmp_path / "stations.csv").write_text(
        "station_code,latitude_deg,longitude_deg\nALR,-8.14,124.59\n"
    )
    rng = np.random.default_rng(1)
    dates = pd.date_range("2030-01-01", periods=100).strftime("%Y-%m-%d")
    forecasts = {"date": dates, "probability": rng.uniform(size=100).round(3)}
    table = pd.DataFrame(forecasts | {"event": (rng.uniform(size=100) < 0.2).astype(int)})
    table.to_csv(tmp_path / "forecasts.csv", index=False)
    return tmp_path


def test_the_lines_of_the_first_page_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    found = blocks((ROOT / "README.md").read_text(encoding="utf-8"))
    assert found
    known = {
        "stations": sm.read_stations("stations.csv"),
        "days": sm.find_days("archive"),
        "catalogue": sm.read_catalogue("catalogue.csv"),
        "space_weather": sm.read_space_weather("indices.csv"),
    }
    for block in found:
        lines = [line for line in block.splitlines() if PLACEHOLDER not in line]
        exec("\n".join(lines), known)
    assert known["picture"].sizes["frequency"] == 128
    assert len(known["samples"]) == 1


def test_a_strangers_table_is_judged_by_public_names(folder: Path) -> None:
    report = sm.judge_foreign(sm.read_foreign(folder / "forecasts.csv"), n_bootstrap=100)
    assert report.verdict.level.startswith("V")


def test_the_way_from_file_to_forecast_needs_no_other_names() -> None:
    tree = ast.parse((ROOT / "examples" / "plot_7_file_to_forecast.py").read_text())
    imported = {
        name
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [str(node.module)]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert {name for name in imported if name.startswith("seismomag")} == {"seismomag"}
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "sm"
    }
    assert {"read", "flag", "find_days", "fit", "predict", "audit_forecast"} <= used
    assert used <= set(sm.__all__)
