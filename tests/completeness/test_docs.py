"""What is public has a place in the documents."""

from pathlib import Path

import pytest

import seismomag
from seismomag.core import schema

DOCS = Path(__file__).parents[2] / "docs"

TABLES = {
    "Catalogue": schema.CATALOGUE_COLUMNS,
    "SpaceWeather": schema.SPACE_WEATHER_COLUMNS,
    "SampleTable": schema.SAMPLE_COLUMNS,
    "Forecast": schema.FORECAST_COLUMNS,
}


@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_column_of_a_contract_has_a_row_in_its_section(name: str) -> None:
    text = (DOCS / "data_types.md").read_text(encoding="utf-8")
    section = next(part for part in text.split("\n## ") if part.startswith(name))
    for column, kind in TABLES[name].items():
        assert f"| `{column}` | {kind} |" in section


def test_every_public_name_loads_and_stands_in_the_reference() -> None:
    text = (DOCS / "api.md").read_text(encoding="utf-8")
    for name in seismomag.__all__:
        assert getattr(seismomag, name) is not None
        assert name == "__version__" or f"   {name}\n" in text


def test_an_unknown_public_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'streem'"):
        seismomag.streem  # noqa: B018 - the access is the claim


def test_every_page_of_the_documents_is_reached() -> None:
    text = (DOCS / "index.md").read_text(encoding="utf-8")
    for page in DOCS.glob("*.md"):
        assert page.stem == "index" or page.stem in text
