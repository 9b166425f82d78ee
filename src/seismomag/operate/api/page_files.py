"""The files of the page, as they were built; every other path is a view of the page."""

import gzip
import mimetypes
from dataclasses import dataclass
from importlib.resources import files as package_files
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response

from seismomag.operate.api.answers.conditional import etag_of, is_known, takes_gzip
from seismomag.operate.api.guard.problems import TITLES, ProblemError

HASHED = "assets"
"""Folder of files whose names change with their content."""

FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"

_PACKABLE = (".js", ".css", ".html", ".json", ".svg", ".txt", ".bin", ".map", ".webmanifest")
_KINDS = {".js": "text/javascript", ".webmanifest": "application/manifest+json"}
_LARGEST_KEPT_BYTES = 4_000_000


def page_folder() -> Path:
    """Folder of the built page."""
    return Path(str(package_files("seismomag.operate"))) / "web"


@dataclass(frozen=True)
class _Held:
    changed_ns: int
    plain: bytes
    packed: bytes | None
    etag: str


class PageFiles:
    """Files of a folder, held in memory, packed once.

    Parameters
    ----------
    folder
        Of :func:`page_folder`.
    """

    def __init__(self, folder: Path) -> None:
        self._root = folder.resolve()
        self._held: dict[Path, _Held] = {}

    def serve(self, path: str, asked: Headers) -> Response:
        """Answer with a file, or with the page itself for one of its views.

        Parameters
        ----------
        path
            As asked for, without the leading slash; it never leaves the folder.
        asked
            Headers of the request.

        Raises
        ------
        ProblemError
            404: no such file. A path whose last part has a dot names a file, else it is a view.
        """
        wanted = self._root / "index.html" if "\x00" in path else (self._root / path).resolve()
        if wanted.is_relative_to(self._root) and wanted.is_file():
            return self._answer(wanted, asked)
        if "." in path.rsplit("/", 1)[-1]:
            raise ProblemError(404, TITLES[404], "there is no such file")
        index = self._root / "index.html"
        if not index.is_file():
            return PlainTextResponse("The page is not built; the API answers under /api/v1.\n")
        return self._answer(index, asked)

    def _answer(self, path: Path, asked: Headers) -> Response:
        held = self._read(path)
        is_hashed = path.relative_to(self._root).parts[0] == HASHED
        headers = {
            "Cache-Control": FOR_EVER if is_hashed else ASK_AGAIN,
            "ETag": held.etag,
            "Vary": "Accept-Encoding",
        }
        if is_known(held.etag, asked.get("if-none-match", "")):
            return Response(status_code=304, headers=headers)
        body = held.plain
        if held.packed is not None and takes_gzip(asked.get("accept-encoding", "")):
            body, headers["Content-Encoding"] = held.packed, "gzip"
        kind = _KINDS.get(path.suffix) or mimetypes.guess_type(path.name)[0]
        return Response(body, headers=headers, media_type=kind or "application/octet-stream")

    def _read(self, path: Path) -> _Held:
        changed_ns = path.stat().st_mtime_ns
        held = self._held.get(path)
        if held is not None and held.changed_ns == changed_ns:
            return held
        plain = path.read_bytes()
        packed = gzip.compress(plain, 9, mtime=0) if path.suffix in _PACKABLE else None
        held = _Held(changed_ns, plain, packed, etag_of(plain))
        if len(plain) <= _LARGEST_KEPT_BYTES:
            self._held[path] = held
        return held
