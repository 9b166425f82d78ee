"""An operation that is served in this process, with users of every role."""

import shutil
import warnings
from contextlib import ExitStack
from dataclasses import dataclass

import pandas as pd
import pytest

from seismomag.operate import users
from seismomag.operate.api.application import create_application
from seismomag.operate.api.context import open_operation
from seismomag.operate.clock import now
from seismomag.operate.database import migrate, open_database
from seismomag.operate.settings import read_settings
from seismomag.operate.working_directory import STATIONS, init

with warnings.catch_warnings():
    # It asks for the successor of httpx.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

HOME = "http://localhost"
NAMES = ("viewer", "operator", "admin")


@pytest.fixture(scope="session")
def empty_operation(tmp_path_factory):
    """A working directory with two stations and an empty database."""
    folder = tmp_path_factory.mktemp("operation") / "op"
    init(folder)
    rows = "ALR,-8.14,124.59,Alor,Asia/Makassar\nKPY,-5.1,102.58,Kepahiang,Asia/Jakarta\n"
    (folder / "stations.csv").write_text(STATIONS + rows)
    engine = open_database(read_settings(folder).database_url)
    migrate(engine)
    engine.dispose()
    return folder


@pytest.fixture
def folder(empty_operation, tmp_path):
    """A working directory of the test's own."""
    return shutil.copytree(empty_operation, tmp_path / "op")


@pytest.fixture
def engine_of(folder):
    """Its database."""
    opened = open_database(read_settings(folder).database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def serve(folder):
    """Serve the working directory: ``serve(access=..., peer=..., ...)`` gives a client."""
    with ExitStack() as stack:

        def start(*, access="", peer="127.0.0.1", base_url=HOME, **options):
            if access:
                text = (folder / "operate.toml").read_text() + f"\n[access]\n{access}\n"
                (folder / "operate.toml").write_text(text)
            application = create_application(open_operation(read_settings(folder)), **options)
            client = TestClient(
                application,
                base_url=base_url,
                client=(peer, 50000),
                raise_server_exceptions=False,
                follow_redirects=False,
            )
            return stack.enter_context(client)

        yield start


@dataclass(frozen=True)
class Tokens:
    """A token of each role, and two that open nothing."""

    viewer: str
    operator: str
    admin: str
    expired: str
    wrong: str

    def bearer(self, name):
        """Headers of somebody; none for nobody."""
        if name == "none":
            return {}
        return {"Authorization": f"Bearer {getattr(self, name)}"}


@pytest.fixture
def tokens(engine_of):
    """Users of every role, one whose token has ended, and a token that is nobody's."""
    return make_tokens(engine_of)


def make_tokens(engine):
    made = {name: users.add_user(engine, name, name, now=now()) for name in NAMES}
    past = now() - pd.Timedelta(days=3)
    expired = users.add_user(engine, "expired", "admin", now=past, days=1)
    return Tokens(**made, expired=expired, wrong=users.new_token())


@pytest.fixture
def signed_in(serve, tokens):
    """A browser that is signed in: ``signed_in("operator")`` gives client and CSRF header."""

    def enter(name, **options):
        client = serve(**options)
        answer = client.post("/api/v1/session", json={"token": getattr(tokens, name)})
        assert answer.status_code == 200, answer.text
        return client, {"X-CSRF-Token": answer.json()["csrf"]}

    return enter
