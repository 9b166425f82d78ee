"""SFTP through asyncssh: keys and agent only, known hosts only, never a question to a person."""

import asyncio
import stat
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TypeVar

import pandas as pd

from seismomag.core.errors import ConfigError
from seismomag.core.recording import sha256_of
from seismomag.operate.sources.answer import (
    GROWING,
    NO_DATA,
    REFUSED,
    TOO_LARGE,
    UNREACHABLE,
    UNSAFE,
    Answer,
    Journal,
    Provenance,
    SourceError,
    answer,
)

if TYPE_CHECKING:
    import asyncssh

T = TypeVar("T")
_CHUNK_BYTES = 65_536
_MOST_NAMES = 100_000


@dataclass(frozen=True, kw_only=True)
class SftpPlan:
    """How to reach a server.

    Attributes
    ----------
    host, port, user
        Where, as whom.
    known_hosts
        File with the key of the server, in the form of OpenSSH. A server that is not in it is
        refused; nobody is asked.
    client_keys
        Private key files without a passphrase; empty leaves it to the agent and the usual files.
    agent_path
        Socket of the agent; None takes the environment's.
    root
        Folder on the server below which everything lies.
    connect_s
        Longest time until one is logged in.
    total_s
        Longest time for everything.
    settle_s
        A file whose size or time changes within this time is still growing.
    limit_bytes
        Largest file.
    """

    host: str
    user: str
    known_hosts: Path
    port: int = 22
    client_keys: tuple[Path, ...] = ()
    agent_path: str | None = None
    root: str = "."
    connect_s: float = 8.0
    total_s: float = 300.0
    settle_s: float = 2.0
    limit_bytes: int = 200_000_000

    def __post_init__(self) -> None:
        if not self.known_hosts.is_file():
            msg = (
                f"{self.known_hosts}: no such file of known hosts; write the key of {self.host} "
                "into one, as its administrator tells it to you"
            )
            raise ConfigError(msg)
        absent = [str(key) for key in self.client_keys if not key.is_file()]
        if absent:
            msg = f"{absent[0]}: no such key file"
            raise ConfigError(msg)
        if not (self.connect_s > 0 and self.total_s > 0 and self.settle_s >= 0):
            msg = "sftp plan: connect_s and total_s must be positive, settle_s not negative"
            raise ConfigError(msg)


def get_sftp_file(plan: SftpPlan, path: str) -> Answer[bytes]:
    """Get one file.

    Must not be called from within a running event loop.

    Parameters
    ----------
    plan
        The server.
    path
        Below ``plan.root``, with ``/``; absolute paths and ``..`` are refused before connecting.

    Returns
    -------
    answer
        The bytes; or a reason: unknown or changed host key, a login that needs a person, a link
        in the path, a file that grows, is too large or is not there.
    """
    _refuse_escape(path)

    async def work(client: "asyncssh.SFTPClient", journal: Journal) -> bytes:
        whole = await _checked(client, plan.root, path)
        before = await _facts(client, whole)
        if before[0] > plan.limit_bytes:
            msg = f"{path}: {before[0]:,} bytes, more than the limit of {plan.limit_bytes:,}"
            raise SourceError(TOO_LARGE, msg)
        await asyncio.sleep(plan.settle_s)
        if await _facts(client, whole) != before:
            msg = f"{path}: changed within {plan.settle_s:g} s, is still being written"
            raise SourceError(GROWING, msg)
        data = await _read(client, whole, plan.limit_bytes)
        if await _facts(client, whole) != before or len(data) != before[0]:
            msg = f"{path}: changed while it was read"
            raise SourceError(GROWING, msg)
        journal.provenance.append(
            Provenance(
                url=f"sftp://{plan.host}:{plan.port}/{whole}",
                fetched_at=pd.Timestamp(round(time.time() * 1000), unit="ms"),
                sha256=sha256_of(data),
                status=0,
                n_bytes=len(data),
            )
        )
        return data

    return answer(lambda journal: _run(plan, lambda client: work(client, journal)))


def get_sftp_names(plan: SftpPlan, folder: str = "") -> Answer[tuple[str, ...]]:
    """List the plain files of a folder, sorted; links, folders and strange names are left out.

    Returns
    -------
    answer
        Names without folder; how many were left out stands in the notes.
    """
    if folder:
        _refuse_escape(folder)

    async def work(client: "asyncssh.SFTPClient", journal: Journal) -> tuple[str, ...]:
        whole = await _checked(client, plan.root, folder) if folder else plan.root
        names: list[str] = []
        n_other = 0
        async for entry in client.scandir(whole):
            name = str(entry.filename)
            mode = entry.attrs.permissions
            is_plain = mode is not None and stat.S_ISREG(mode) and is_plain_name(name)
            names += [name] if is_plain else []
            n_other += not is_plain and name not in {".", ".."}
            if len(names) + n_other > _MOST_NAMES:
                msg = f"{folder or plan.root}: more than {_MOST_NAMES:,} names"
                raise SourceError(TOO_LARGE, msg)
        if n_other:
            journal.notes.append(f"{n_other} entries are no plain files with plain names")
        return tuple(sorted(names))

    return answer(lambda journal: _run(plan, lambda client: work(client, journal)))


def is_plain_name(name: str) -> bool:
    r"""Whether a name of a server may become the name of a file here.

    Examples
    --------
    >>> [is_plain_name(n) for n in ("S250101.ALR.gz", "../x", "/etc/passwd", "..", "a\nb", "")]
    [True, False, False, False, False, False]
    """
    return (
        0 < len(name) <= 200
        and name.isascii()
        and name.isprintable()
        and not name.startswith(".")
        and not set(name) & set("/\\:")
    )


def _refuse_escape(path: str) -> None:
    parts = PurePosixPath(path).parts
    if not parts or not all(is_plain_name(part) for part in parts):
        msg = f"{path!r}: needs a path below the root, of plain names without '..' and '/' first"
        raise ConfigError(msg)


def _run(plan: SftpPlan, work: Callable[["asyncssh.SFTPClient"], Awaitable[T]]) -> T:
    return asyncio.run(_with_client(plan, work))


async def _with_client(plan: SftpPlan, work: Callable[["asyncssh.SFTPClient"], Awaitable[T]]) -> T:
    try:
        import asyncssh
    except ImportError as error:
        msg = "SFTP needs asyncssh: install seismomag[sftp]"
        raise ConfigError(msg) from error
    who = f"sftp://{plan.user}@{plan.host}:{plan.port}"
    try:
        async with (
            asyncio.timeout(plan.total_s),
            await _connect(plan) as connection,
            connection.start_sftp_client() as client,
        ):
            done = await work(client)
    except asyncssh.HostKeyNotVerifiable as error:
        msg = f"{who}: the key of the host is not the known one ({error.reason}); refused"
        raise SourceError(UNSAFE, msg) from error
    except asyncssh.PermissionDenied as error:
        msg = f"{who}: no key of ours opens it ({error.reason}); passwords are never used"
        raise SourceError(REFUSED, msg) from error
    except asyncssh.KeyImportError as error:
        msg = f"{who}: the key cannot be used ({error}); put keys with a passphrase into the agent"
        raise SourceError(REFUSED, msg) from error
    except asyncssh.SFTPNoSuchFile as error:
        msg = f"{who}: no such file ({error.reason})"
        raise SourceError(NO_DATA, msg) from error
    except (asyncssh.Error, OSError, TimeoutError) as error:
        msg = f"{who}: {type(error).__name__}: {error or f'longer than {plan.total_s:g} s'}"
        raise SourceError(UNREACHABLE, msg) from error
    return done


def _connect(plan: SftpPlan) -> Awaitable["asyncssh.SSHClientConnection"]:
    import asyncssh

    agent = {} if plan.agent_path is None else {"agent_path": plan.agent_path}
    # No configuration file of OpenSSH: it could name a command to run, or loosen the checks.
    return asyncio.wait_for(
        asyncssh.connect(
            plan.host,
            plan.port,
            username=plan.user,
            known_hosts=str(plan.known_hosts),
            client_keys=[str(key) for key in plan.client_keys],
            config=None,
            password=None,
            preferred_auth="publickey",
            password_auth=False,
            kbdint_auth=False,
            host_based_auth=False,
            gss_kex=False,
            gss_auth=False,
            agent_forwarding=False,
            connect_timeout=plan.connect_s,
            login_timeout=plan.connect_s,
            **agent,
        ),
        plan.connect_s,
    )


async def _checked(client: "asyncssh.SFTPClient", root: str, path: str) -> str:
    """Whole path, after a look at every step of it for links."""
    whole = root
    for part in PurePosixPath(path).parts:
        whole = f"{whole.rstrip('/')}/{part}"
        mode = (await client.lstat(whole)).permissions or 0
        if stat.S_ISLNK(mode):
            msg = f"{path}: {part} is a link; links are not followed"
            raise SourceError(UNSAFE, msg)
    return whole


async def _facts(client: "asyncssh.SFTPClient", path: str) -> tuple[int, int]:
    attributes = await client.lstat(path)
    if not stat.S_ISREG(attributes.permissions or 0):
        msg = f"{path}: not a plain file"
        raise SourceError(UNSAFE, msg)
    return int(attributes.size or 0), int(attributes.mtime or 0)


async def _read(client: "asyncssh.SFTPClient", path: str, limit_bytes: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    async with client.open(path, "rb") as file:
        while piece := await file.read(_CHUNK_BYTES):
            pieces.append(piece if isinstance(piece, bytes) else piece.encode())
            size += len(piece)
            if size > limit_bytes:
                msg = f"{path}: more than the limit of {limit_bytes:,} bytes"
                raise SourceError(TOO_LARGE, msg)
    return b"".join(pieces)
