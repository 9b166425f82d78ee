"""The page of a run: self-contained, escaped, the same bytes each time, nothing invented."""

import base64
import dataclasses
import re
import runpy
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from seismomag.core.errors import ConfigError
from seismomag.core.stations import Station
from seismomag.experiment import report_numbers as numbers
from seismomag.experiment.inline_svg import inline_svg
from seismomag.experiment.pages import Section
from seismomag.experiment.report import (
    REFERENCE_COLUMNS,
    VERDICT_WORDS,
    Arm,
    ReportInput,
    render,
    verdict_word,
    write_report,
)
from seismomag.figures.day import day_figure
from seismomag.figures.map import station_map
from seismomag.figures.molchan import molchan_diagram
from seismomag.figures.training import training_curves

FACTORY = Path(__file__).parents[1] / "figures" / "factory.py"
HOSTILE = "</title><script>alert('x')</script><img src=x onerror=alert(1)>\"'&"
VOID = {"meta", "br", "img", "link", "hr", "input"}


class Page(HTMLParser):
    """Collects tags and attributes; refuses tags that do not close in order."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.open, self.texts = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


@pytest.fixture(scope="module")
def invented():
    return SimpleNamespace(**runpy.run_path(str(FACTORY)))


@pytest.fixture(scope="module")
def content(invented):
    return make_content(invented)


def make_content(invented):
    """A new input each time: figures are drawn again."""
    report = invented.make_report()
    figures = {
        "map": station_map(invented.make_stations(), invented.make_events()),
        "day": day_figure(invented.make_day(hours=6), invented.make_scalogram(n_columns=360)),
        "training": training_curves(invented.make_metrics()),
    }
    reference = pd.DataFrame(
        [("recall", 0.62, 24, 0.41, 0.81, 0.2, "100 %"), ("precision", np.nan, 0, *[np.nan] * 4)],
        columns=list(REFERENCE_COLUMNS),
    )
    return ReportInput(
        title="Planted arm",
        report=report,
        sections=tuple(Section(key=k, title=k.title(), figure=f) for k, f in figures.items()),
        provenance={"seed": 11, "command": "seismomag run demo.toml"},
        reference=reference,
        reasons=("Magnitude head not trained: no positives.",),
        arms=(
            Arm(name="planted", report=report),
            Arm(name="unplanted", report=invented.make_report(seed=2, level="V1")),
        ),
    )


@pytest.fixture(scope="module")
def page(content):
    return render(content)


def test_the_page_parses_and_asks_nothing_of_the_outside(page):
    parsed = Page(page)
    assert "http://" not in page
    assert "https://" not in page
    assert not {"script", "link", "iframe", "object", "embed", "img"} & set(parsed.tags)
    for tag, name, value in parsed.attributes:
        if name in ("src", "href", "xlink:href"):
            assert value.startswith(("#", "data:image/png;base64,")), (tag, name, value[:60])
        assert not name.startswith("on")
    assert "@import" not in page
    assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)\)", page))


def test_the_verdict_and_its_sentence_come_first(page, content):
    body = page[page.index("<main>") :]
    headline = body.index("<h1>Association, not skill</h1>")
    assert headline < body.index(content.report.verdict.sentence) < body.index("<svg")
    assert body.index('id="molchan"') < body.index('id="map"') < body.index('id="calendar"')
    assert body.index('id="tables"') < body.index('id="provenance"')


def test_no_id_stands_twice(page):
    ids = [value for _, name, value in Page(page).attributes if name == "id"]
    assert len(ids) == len(set(ids))


def test_every_reference_inside_a_picture_has_its_target(page):
    parsed = Page(page)
    ids = {value for _, name, value in parsed.attributes if name == "id"}
    used = {v[1:] for _, n, v in parsed.attributes if n == "href" and v.startswith("#")}
    used |= set(re.findall(r"url\(#([^)]*)\)", page))
    assert used
    assert used <= ids


def test_the_same_input_gives_the_same_bytes(invented, page):
    assert render(make_content(invented)) == page


def test_the_file_is_written_whole_and_not_too_large(content, tmp_path):
    path = write_report(content, tmp_path / "deep" / "report.html")
    assert [p.name for p in path.parent.iterdir()] == ["report.html"]
    assert path.stat().st_size < 6e6
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_the_largest_calendar_still_fits(invented):
    report = invented.make_report(n_days=1700, codes=invented.CODES[:19])
    assert len(render(ReportInput(title="large", report=report)).encode()) < 6e6


def test_a_hostile_name_stays_text_everywhere(invented):
    report = invented.make_report(codes=(HOSTILE, "ALR"))
    verdict = dataclasses.replace(report.verdict, reasons=(HOSTILE,), not_run=(HOSTILE,))
    report = dataclasses.replace(
        report,
        verdict=verdict,
        provenance={HOSTILE: HOSTILE},
        table=report.table.assign(note=HOSTILE),
        curves={
            **report.curves,
            "storms": report.curves["storms"].assign(stratum=HOSTILE),
            "molchan": report.curves["molchan"].assign(kind=HOSTILE),
        },
    )
    station = Station(station_code="ALR", latitude_deg=-8, longitude_deg=124, name=HOSTILE)
    content = ReportInput(
        title=HOSTILE,
        report=report,
        sections=(
            Section(
                key="day",
                title=HOSTILE,
                figure=day_figure(invented.make_day(hours=1), station=station),
                caption=HOSTILE,
            ),
            Section(key="training", title="Training", reason=HOSTILE),
        ),
        reasons=(HOSTILE,),
        arms=(Arm(name=HOSTILE, report=report),),
    )
    parsed = Page(render(content))
    assert "script" not in parsed.tags
    assert "img" not in parsed.tags
    assert not [a for a in parsed.attributes if a[1].startswith("on")]
    assert any("<script>alert" in text for text in parsed.texts)


def test_an_audit_without_events_shows_dashes_with_reasons_and_no_zero(invented):
    content = ReportInput(
        title="Conrad",
        report=invented.empty_report(),
        sections=(Section(key="training", title="Training", reason="no positive"),),
    )
    page = render(content)
    Page(page)
    cells = numbers.key_cells(content.report)
    assert [cell.value for cell in cells] == ["—"] * 6
    assert all(cell.reason for cell in cells)
    assert "Cannot be judged" in page
    assert "<svg" not in page
    assert page.count("Not drawn: ") == 9
    assert "Not drawn: no positive." in page


def test_the_six_numbers_carry_interval_count_and_reference(content):
    hit, tau, gain, p, angle, information = numbers.key_cells(content.report)
    assert (hit.value, hit.interval) == ("0.62", "95 %: 0.41 to 0.81")
    assert (hit.reference, hit.count) == ("mean of shifts 0.2", "n = 24 events")
    assert (tau.value, tau.interval) == ("0.204", "no interval")
    assert gain.value == "3.04 ×"
    assert (p.value, p.interval) == ("0.0025", "floor: 1/D 0.0025, ties 0.018")
    assert p.reference == "p < 0.01 needs 1\u202f060 days"
    assert (angle.value, angle.reference) == ("31°", "station constant 57.3°, chance 90°")
    assert (information.value, information.reference) == ("0.42 nat", "best baseline: B3")


def test_the_station_constant_is_named_even_where_it_is_unknown(content):
    table = content.report.table
    table = table[table["quantity"] != "maae_station_constant_deg"]
    cell = numbers.key_cells(dataclasses.replace(content.report, table=table))[4]
    assert cell.reference == "station constant —, chance 90°"


def test_a_foreign_table_is_compared_with_the_best_constant(content):
    table = content.report.table
    known = table["quantity"] == "maae_station_constant_deg"
    table = table.assign(quantity=table["quantity"].mask(known, "maae_best_constant_deg"))
    cell = numbers.key_cells(dataclasses.replace(content.report, table=table))[4]
    assert cell.reference == "best constant, in hindsight 57.3°, chance 90°"


def test_a_table_with_its_own_labels_counts_days_and_says_so(content):
    own = dataclasses.replace(
        content.report,
        nulls=content.report.nulls.assign(statistic="auc"),
        curves={},
        provenance={"column_map": {}, "label_rule": None, "n_event_runs": 24},
    )
    hit, _, _, p, _, information = numbers.key_cells(own)
    assert hit.count == "n = 24 runs of event days"
    assert information.count == "n = 600 station-days, 24 runs of event days"
    assert p.label == "p, common shift of the AUC"
    page = render(dataclasses.replace(content, report=own))
    assert "the verdict counts runs of consecutive event days (24)." in page
    for untrue in ("no station-day was scored", "no station has an event", "no azimuth was"):
        assert untrue not in page
    assert page.count("not computed for a foreign table: ") >= 5


def test_a_number_of_rows_stands_beside_its_events(content):
    assert numbers.key_cells(content.report)[5].count == "n = 600 station-days, 24 events"
    assert numbers.counted(1, "events") == "1 event"


def test_a_number_that_is_missing_gives_the_note_of_the_audit_as_reason(content):
    table = content.report.table.copy()
    table.loc[table["quantity"] == "maae_deg", ["value", "note"]] = [np.nan, "axis only"]
    cells = numbers.key_cells(dataclasses.replace(content.report, table=table))
    assert (cells[4].value, cells[4].reason) == ("—", "axis only")


@pytest.mark.parametrize("gain", [np.nan, np.inf])
def test_a_test_that_could_detect_nothing_says_so(content, gain):
    table = content.report.table.copy()
    table.loc[table["quantity"] == "smallest_detectable_gain", "value"] = gain
    sentence = numbers.smallest_gain(dataclasses.replace(content.report, table=table))
    assert sentence.startswith("With 24 events no gain, however large, could have been detected")


def test_the_smallest_gain_stands_on_the_first_page(page):
    assert "With 24 events a gain below 2.4 × could not be detected" in page


@pytest.mark.parametrize(
    ("observed", "reason"), [(0.4, "too few shifts"), (np.nan, "no scored event")]
)
def test_a_shift_without_p_says_why_and_not_what_it_is(content, observed, reason):
    nulls = content.report.nulls.assign(
        p=np.nan, observed=observed, note="primary: all common shifts"
    )
    cell = numbers.shift_cell(dataclasses.replace(content.report, nulls=nulls))
    assert (cell.value, cell.reason) == ("—", reason)


def test_every_rung_of_the_ladder_has_words(invented):
    for level in ("V0", "V1", "V2", "V3", "V4", "V5"):
        assert verdict_word(invented.make_report(level=level)) == VERDICT_WORDS[level]
    red = invented.make_report(level="V0")
    verdict = dataclasses.replace(red.verdict, reason_code="RED")
    assert verdict_word(dataclasses.replace(red, verdict=verdict)) == "Leak found"


def test_tables_write_truths_times_and_missing_values_for_people():
    frame = pd.DataFrame(
        {
            "a_deg": [1.5, np.nan],
            "is_hit": [True, False],
            "time": pd.to_datetime(["2025-01-01", None]),
            "name": ["x", None],
            "count": [1623, -2],
        }
    )
    table = numbers.page_table("t", frame, "")
    assert [head for head, _ in table.heads] == ["a deg", "is hit", "time", "name", "count"]
    texts = [[text for text, _ in row] for row in table.rows]
    assert texts == [
        ["1.5", "yes", "2025-01-01 00:00", "x", "1\u202f623"],
        ["—", "no", "—", "—", "−2"],
    ]


def test_provenance_is_listed_with_dotted_names():
    nested = {"seeds": {"audit": 7, "train": [1, 2]}, "commit": "", "x": None}
    assert numbers.flat(nested) == [
        ("seeds.audit", "7"),
        ("seeds.train", "1, 2"),
        ("commit", "—"),
        ("x", "—"),
    ]


def test_colours_of_a_picture_follow_the_theme(invented, page):
    svg = inline_svg(molchan_diagram(invented.make_report()), "m", 'a "label"')
    assert "var(--data)" in svg
    assert "#1f4e79" not in svg
    assert 'aria-label="a &quot;label&quot;"' in svg
    used = set(re.findall(r"var\((--[a-z0-9-]+)\)", page))
    style = page[page.index("<style>") : page.index("</style>")]
    assert all(f"{name}:" in style for name in used)


def test_images_in_the_page_are_png(page):
    images = re.findall(r"data:image/png;base64,([A-Za-z0-9+/=\s]+)", page)
    assert len(images) >= 3
    assert all(base64.b64decode(image).startswith(b"\x89PNG") for image in images)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"key": "a b", "title": "x", "reason": "y"}, "letters, digits and dashes"),
        ({"key": "a", "title": "x"}, "give a figure, or the reason"),
    ],
)
def test_a_section_refuses_nonsense(arguments, message):
    with pytest.raises(ConfigError, match=message):
        Section(**arguments)


def test_a_reference_table_with_other_columns_is_refused(invented):
    with pytest.raises(ConfigError, match="no column base_rate"):
        ReportInput(
            title="x",
            report=invented.empty_report(),
            reference=pd.DataFrame(columns=[c for c in REFERENCE_COLUMNS if c != "base_rate"]),
        )
