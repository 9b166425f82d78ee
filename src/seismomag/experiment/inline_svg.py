"""A figure as SVG inside a page: no request, no clash of names, colours that follow the theme."""

import io
import re
from typing import TYPE_CHECKING

from seismomag.figures import look

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOTS_PER_INCH = 110
"""Resolution of images inside a figure (scalograms)."""

_COLOURS = {colour.lower(): f"var(--{token})" for token, colour in look.TOKENS.items()} | {
    # What Matplotlib draws without being told a colour is ink.
    "#000000": "var(--ink)",
}
_DROPPED = (
    re.compile(r"<metadata>.*?</metadata>", re.DOTALL),
    re.compile(r"<style type=\"text/css\">.*?</style>", re.DOTALL),
    re.compile(r"<!--.*?-->", re.DOTALL),
    re.compile(r"\s(?:xmlns(?::xlink)?|version|width|height)=\"[^\"]*\"(?=[^<>]*viewBox)"),
    re.compile(r"\s(?:xmlns(?::xlink)?|version)=\"[^\"]*\""),
)


def inline_svg(figure: "Figure", prefix: str, label: str) -> str:
    """Turn a figure into an ``svg`` element for the inside of an HTML page.

    Parameters
    ----------
    figure
        Drawn by one of the functions of ``figures``.
    prefix
        Letters that begin every id of the element; unique in the page.
    label
        What the picture shows, for those who do not see it.

    Returns
    -------
    svg
        The same bytes for the same figure; text stays text, escaped; colours are the variables
        of the page.
    """
    import html

    import matplotlib

    buffer = io.StringIO()
    settings = {"svg.fonttype": "none", "svg.hashsalt": prefix, "svg.image_inline": True}
    with matplotlib.rc_context(settings):  # type: ignore[arg-type]
        figure.savefig(buffer, format="svg", dpi=DOTS_PER_INCH, metadata={"Date": None})
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    for pattern in _DROPPED:
        text = pattern.sub("", text)
    text = text.replace("xlink:href=", "href=")
    text = re.sub(r'(\sid="|url\(#|href="#)', rf"\g<1>{prefix}-", text)
    text = re.sub(r"#[0-9a-f]{6}\b", lambda m: _COLOURS.get(m[0], m[0]), text)
    text = re.sub(r"'DejaVu Sans'[^;\"]*", "var(--sans)", text)
    text = re.sub(r'\sd="[^"]*"', lambda m: re.sub(r"\d+\.\d{3,}", _shorter, m[0]), text)
    text = re.sub(r"\n\s*", "\n", text)
    return text.replace("<svg", f'<svg role="img" aria-label="{html.escape(label)}"', 1).strip()


def _shorter(match: re.Match[str]) -> str:
    return f"{float(match[0]):.2f}"
