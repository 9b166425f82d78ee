"""What was fetched, on disk: bodies by their hash, and for each address what is known of it.

``answers/<sha256 of the address>.json`` names ``bodies/<first two>/<sha256 of the body>``. Files
appear whole or not at all; a body that no longer has its hash counts as absent.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from seismomag.core.atomic import write_bytes, write_text
from seismomag.core.recording import sha256_of

_LIMIT_NOTE_BYTES = 100_000


@dataclass(frozen=True, kw_only=True)
class Kept:
    """An answer as the cache knows it.

    Attributes
    ----------
    url, final_url
        What was asked, and what answered after redirects.
    fetched_at_s
        Seconds since 1970 at which the body came.
    checked_at_s
        ... and at which the server last said that it is unchanged.
    sha256, n_bytes
        Of the body.
    status, content_type, etag, last_modified
        From the server.
    """

    url: str
    final_url: str
    fetched_at_s: float
    checked_at_s: float
    sha256: str
    n_bytes: int
    status: int
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True)
class Cache:
    """A folder of answers.

    Attributes
    ----------
    root
        Made when needed; may be deleted at any time.
    """

    root: Path

    def find(self, url: str) -> tuple[Kept, bytes] | None:
        """Kept answer and its body; None where there is none that can be trusted."""
        kept = _read(self._note(url))
        if kept is None:
            return None
        body = self._body(kept.sha256)
        if kept.url != url or not body.is_file() or body.stat().st_size != kept.n_bytes:
            return None
        data = body.read_bytes()
        return (kept, data) if sha256_of(data) == kept.sha256 else None

    def keep(self, kept: Kept, body: bytes) -> None:
        """Write an answer: the body first, then the note that names it."""
        place = self._body(kept.sha256)
        if not place.is_file() or sha256_of(place.read_bytes()) != kept.sha256:
            write_bytes(place, body, durable=False)
        text = json.dumps(asdict(kept), sort_keys=True, indent=1) + "\n"
        write_text(self._note(kept.url), text, durable=False)

    def forget(self, url: str) -> None:
        """Drop what is known of an address; its body stays until :meth:`prune`."""
        self._note(url).unlink(missing_ok=True)

    def prune(self, *, older_than_s: float) -> int:
        """Drop answers last checked before a moment, and bodies that nothing names any more.

        Parameters
        ----------
        older_than_s
            Seconds since 1970.

        Returns
        -------
        n_bytes
            Freed.
        """
        named = set()
        for note in sorted((self.root / "answers").glob("*.json")):
            kept = _read(note)
            # A note that a power cut has emptied names nothing.
            if kept is None or kept.checked_at_s < older_than_s:
                note.unlink()
            else:
                named.add(kept.sha256)
        freed = 0
        for body in sorted((self.root / "bodies").glob("??/*")):
            if body.name not in named:
                freed += body.stat().st_size
                body.unlink()
        return freed

    def _note(self, url: str) -> Path:
        return self.root / "answers" / (hashlib.sha256(url.encode()).hexdigest() + ".json")

    def _body(self, sha256: str) -> Path:
        name = sha256 if len(sha256) == 64 and sha256.isalnum() else "none"
        return self.root / "bodies" / name[:2] / name


def _read(note: Path) -> Kept | None:
    if not note.is_file() or note.stat().st_size > _LIMIT_NOTE_BYTES:
        return None
    try:
        return Kept(**json.loads(note.read_text(encoding="utf-8")))
    except (ValueError, TypeError):
        return None
