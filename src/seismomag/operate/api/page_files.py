"""The files of the page, as they were built; every other path is a view of the page."""

from importlib.resources import files as package_files
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, PlainTextResponse, Response

HASHED = "assets"
"""Folder of files whose names change with their content."""

FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"


def page_folder() -> Path:
    """Folder of the built page."""
    return Path(str(package_files("seismomag.operate"))) / "web"


def serve_file(folder: Path, path: str) -> Response:
    """Answer with a file of the page, or with the page itself for one of its views.

    Parameters
    ----------
    folder
        Of :func:`page_folder`.
    path
        As asked for, without the leading slash; it never leaves the folder.

    Raises
    ------
    HTTPException
        404: no such file. A path whose last part has a dot names a file, else it is a view.
    """
    root = folder.resolve()
    wanted = (root / path).resolve() if "\x00" not in path else root
    if wanted.is_relative_to(root) and wanted.is_file():
        is_hashed = wanted.relative_to(root).parts[0] == HASHED
        return FileResponse(wanted, headers={"Cache-Control": FOR_EVER if is_hashed else ASK_AGAIN})
    if "." in path.rsplit("/", 1)[-1]:
        raise HTTPException(404, "no such file")
    index = root / "index.html"
    if not index.is_file():
        return PlainTextResponse("The page is not built; the API answers under /api/v1.\n")
    return FileResponse(index, headers={"Cache-Control": ASK_AGAIN})
