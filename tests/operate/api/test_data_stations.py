"""The station view: what the archive holds, what it does not, and scalograms as bytes."""

import numpy as np
import pytest

from seismomag.core.recording import make_recording
from seismomag.operate.api.facts import scalograms
from seismomag.operate.api.facts.day_reading import curves, flag_spans
from seismomag.operate.api.queries.stations import zh_ratio
from seismomag.signal import quality
from seismomag.signal.grid import ScalogramGrid

DAY = "stations/ALR/days/2024-05-10"


def test_a_day_is_shown_with_what_it_rests_on(seen):
    told = seen.get(DAY).json()
    assert (told["has_data"], told["has_scalogram"]) == (True, True)
    assert (told["first_day"], told["last_day"]) == ("2024-05-08", "2024-05-11")
    assert (told["previous_day"], told["next_day"]) == ("2024-05-09", "2024-05-11")
    assert told["utc_offset_h"] == 8.0
    assert told["provenance"]["edges"]["en"] == "both neighbouring days are there"
    assert (told["kp_max"], told["is_storm"], len(told["kp"])) == (2.0, False, 8)
    assert [round(c["mean_nt"], -1) for c in told["field"]] == [38_000.0, 500.0, -9_000.0]
    assert all(abs(np.mean(c["deviation_nt"])) < 1e-3 for c in told["field"])
    assert len(told["zh_ratio"]["values"]) == 144
    # White noise of equal strength in three components: one of two.
    assert np.mean(told["zh_ratio"]["values"]) == pytest.approx(0.5, abs=0.05)


def test_minute_means_and_gaps_by_hand():
    field = np.full((3, 86_400), 10.0)
    field[:, :60] = 16.0
    field[1, 120:200] = np.nan
    curve = curves(field, ("H", "D", "Z"))[1]
    assert curve.mean_nt == pytest.approx(10.004, abs=1e-3)
    assert curve.deviation_nt[0] == pytest.approx(5.996, abs=1e-3)
    assert curve.deviation_nt[2] is None, "a minute without a sample is absent, not zero"
    assert curve.deviation_nt[3] is not None, "a minute in part is a mean of what there is"


def test_flags_are_spans_with_words():
    vary = np.random.default_rng(3)
    field = np.array([[38_000.0], [500.0], [-9_000.0]]) + vary.normal(0, 1, (3, 86_400))
    field[:, 3_600:7_200] = np.nan
    field[0, 40_000] += 500
    start = np.datetime64("2024-05-10")
    recording = make_recording(
        field,
        start,
        sampling_hz=1.0,
        frame="HDZ",
        station_code="ALR",
        source_format="x",
        source_sha256="",
    )
    spans = flag_spans(quality.flag(recording), start.item())
    gap = next(span for span in spans if span.kind == "missing")
    assert (f"{gap.start:%H:%M}", f"{gap.end:%H:%M}") == ("01:00", "02:00")
    assert (gap.components, gap.is_missing) == (("H", "D", "Z"), True)
    assert any(span.kind == "spike" and span.components == ("H",) for span in spans)


def test_a_scalogram_is_the_transform_on_the_fixed_scale(seen, past_operation):
    answer = seen.get(f"{DAY}/scalogram")
    shape = tuple(int(n) for n in answer.headers["x-scalogram-shape"].split(","))
    assert shape == (3, 128, 1440)
    assert answer.headers["x-scalogram-components"] == "H,D,Z"
    values = np.frombuffer(answer.content, np.uint8).reshape(shape)
    assert not (values == scalograms.MISSING).any(), "both neighbours are there"
    low, high = (float(answer.headers[f"x-scalogram-{end}"]) for end in ("low", "high"))
    assert (low, high) == (0.004, 2.0)
    shown = low * (high / low) ** (values.astype(float) / 254)
    # White noise of 1 nT: the amplitude grows with the root of the frequency.
    growth = np.median(shown[:, -1]) / np.median(shown[:, 0])
    assert growth == pytest.approx(np.sqrt(10), rel=0.1)


def test_the_edge_without_a_neighbour_is_masked_not_padded(seen):
    content = seen.get("stations/ALR/days/2024-05-08/scalogram").content
    values = np.frombuffer(content, np.uint8).reshape(3, 128, 1440)
    assert (values[:, 0, 0] == scalograms.MISSING).all()
    assert (values[:, :, 100:] != scalograms.MISSING).all()


def test_bytes_by_hand():
    planes = np.array([[[0.004, 2.0, 1e-9, 50.0, np.nan, np.sqrt(0.008)]]])
    values = scalograms.amplitude_picture(planes, "H").values[0, 0]
    assert values.tolist() == [0, 254, 0, 254, 255, 127]
    shares = np.array([[[-1.0, 1.0, 0.0, np.nan]]])
    assert scalograms.in_phase_picture(shares, "H,D,Z").values[0, 0].tolist() == [0, 254, 127, 255]


def test_in_phase_of_components_that_move_together(seen):
    answer = seen.get(f"{DAY}/scalogram", params={"kind": "in_phase"})
    assert answer.headers["x-scalogram-shape"] == "1,32,180"
    assert answer.headers["x-scalogram-scale"] == "linear"
    values = np.frombuffer(answer.content, np.uint8).astype(float) / 127 - 1
    assert abs(np.median(values)) < 0.1, "independent noise has no phase"


def test_the_ratio_by_hand():
    grid = ScalogramGrid()
    planes = np.ones((3, 128, 1440))
    planes[2] = 2.0
    planes[0, :, :10] = np.nan
    curve = zh_ratio(planes, grid)
    assert curve.values[0] is None
    assert curve.values[1] == pytest.approx(2.0)


def test_unknown_names_and_days_say_the_nearest(seen):
    unknown = seen.get("stations/ALRR/days/2024-05-10")
    assert (unknown.status_code, unknown.json()["nearest"]) == (404, "ALR")
    early = seen.get("stations/ALR/days/2023-01-01")
    assert early.json()["detail"] == "the archive of ALR begins 2024-05-08"
    late = seen.get("stations/ALR/days/2024-06-01")
    assert late.json()["detail"] == "the archive of ALR ends 2024-05-11"
    assert seen.get("stations/ALR/days/2024-02-30").status_code == 422


def test_a_day_without_data_says_why_and_since_when(seen):
    told = seen.get("stations/ALR/days/2024-05-12").json()
    assert (told["has_data"], told["reason"]["en"]) == (False, "the day is still open")
    assert told["field"] == []
    refused = seen.get("stations/ALR/days/2024-05-12/scalogram")
    assert refused.status_code == 404
    assert refused.headers["content-type"] == "application/problem+json"


def test_a_year_of_coverage(seen):
    told = seen.get("stations/KPY/coverage", params={"year": 2024}).json()
    assert len(told["cells"]) == 366
    assert sum(cell["kind"] == "measured" for cell in told["cells"]) == 4


def test_minutes_as_a_table(seen):
    lines = seen.get(DAY, params={"format": "csv"}).text.splitlines()
    assert len(lines) == 1441
    assert lines[1].startswith("2024-05-10T00:00:00Z,")
