"""The frame that every page of a run shares: templates, pictures, escaping."""

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from seismomag.core.errors import ConfigError
from seismomag.experiment.inline_svg import inline_svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of the page with one picture, or with the reason why there is none.

    Attributes
    ----------
    key
        Letters and dashes; the anchor in the page.
    title, caption
        For people.
    figure
        The picture; None if it could not be drawn.
    reason
        Why there is no picture.
    """

    key: str
    title: str
    figure: "Figure | None" = None
    caption: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        if not self.key.replace("-", "").isalnum():
            msg = f"section key {self.key!r} must be letters, digits and dashes"
            raise ConfigError(msg)
        if self.figure is None and not self.reason:
            msg = f"section {self.key}: give a figure, or the reason why there is none"
            raise ConfigError(msg)


def render_page(template: str, **given: Any) -> str:
    """Fill a template of this package; everything that is put into it is escaped.

    Parameters
    ----------
    template
        Name of the file; it extends ``page_frame.html``.
    given
        What the template names.
    """
    from jinja2 import Environment, FunctionLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FunctionLoader(_own_file),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # The style sheet is a file of this package, not input.
    css = Markup(_own_file("report.css"))  # noqa: S704
    return environment.get_template(template).render(css=css, **given)


def panel(section: Section) -> dict[str, Any]:
    """Turn a section into what the templates draw."""
    from markupsafe import Markup

    svg, wide = "", False
    if section.figure is not None:
        svg = inline_svg(section.figure, section.key, section.title)
        wide = bool(section.figure.get_figwidth() > 7)
    return {
        "key": section.key,
        "title": section.title,
        "caption": section.caption,
        "reason": section.reason,
        # Made by inline_svg, which keeps Matplotlib's escaping of every text.
        "svg": Markup(svg),  # noqa: S704
        "wide": wide,
    }


def _own_file(name: str) -> str:
    """Read a template or style sheet of this package."""
    return files("seismomag.experiment").joinpath(name).read_text(encoding="utf-8")
