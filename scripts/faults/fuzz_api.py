"""Ask every address of the API, in every role, what its own document allows, and what it does not.

Each operation is asked by schemathesis in this process, over a copy of a working directory. No
answer may be an error of the server, or be other than the document says. Prints a line for each
operation and role; exit code 1 if anything else was found.

    python scripts/faults/fuzz_api.py FOLDER --examples 100
"""

import argparse
import shutil
import sys
import tempfile
import warnings
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

with warnings.catch_warnings():
    # It imports a test client that asks for the successor of httpx.
    warnings.simplefilter("ignore")
    import schemathesis
    from schemathesis import GenerationMode
    from schemathesis.checks import not_a_server_error
    from schemathesis.core.failures import Failure, FailureGroup
    from schemathesis.specs.openapi import checks

import sqlalchemy as sa

from seismomag.operate import users
from seismomag.operate.api.application import create_application
from seismomag.operate.api.context import open_operation
from seismomag.operate.api.guard.limits import Limits
from seismomag.operate.clock import now
from seismomag.operate.database import open_database
from seismomag.operate.database_tables import alerts, files
from seismomag.operate.rehearsal.clock import clock_of
from seismomag.operate.settings import read_settings

CHECKS = (
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
)
LONGEST_S = 60.0
"""Far above the limit of a request: it must answer by itself."""

NOBODY = "none"
ROLES = (NOBODY, *users.ROLES)
NOISE = st.dictionaries(
    st.sampled_from(
        (
            "Accept",
            "Accept-Encoding",
            "Cookie",
            "If-None-Match",
            "Origin",
            "Range",
            "User-Agent",
            "X-CSRF-Token",
            "X-Forwarded-For",
            "X-Forwarded-Proto",
            "X-Request-Id",
        )
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40).map(str.strip)
    | st.sampled_from(("*", "gzip", "seismomag_session=x", "127.0.0.1", "bytes=0-1")),
    max_size=4,
)
"""Headers that anybody may send."""

NO_LIMITS = Limits(sign_ins_per_minute=10**9, writes_per_minute=10**9)


@dataclass
class Tally:
    """What one operation answered one role."""

    role: str
    operation: str
    statuses: Counter = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def line(self):
        """Return it for a person."""
        counts = ", ".join(f"{n} x {status}" for status, n in sorted(self.statuses.items()))
        return f"{self.role:9} {self.operation:65} {counts}"


def known_names(engine, codes):
    """Return values that exist, so that the questions are not all about nothing."""
    with engine.connect() as connection:
        days = connection.execute(sa.select(files.c.day).distinct().limit(5)).scalars().all()
        keys = connection.execute(sa.select(alerts.c.alert_id).limit(5)).scalars().all()
    names = {
        "station_code": list(codes[:3]),
        "day": list(days),
        "alert_id": list(keys),
        "audit_id": ["latest"],
    }
    return {name: values for name, values in names.items() if values}


def ask(operation, headers, known, n_examples, tally):
    """Ask one operation, with what it allows and with what it does not."""

    @settings(
        max_examples=n_examples,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=cases(operation), data=st.data())
    def once(case, data):
        for name in set(case.path_parameters or ()) & set(known):
            if data.draw(st.integers(0, 3)):
                case.path_parameters[name] = data.draw(st.sampled_from(known[name]))
        noise = data.draw(NOISE)
        answer = case.call(
            base_url="http://localhost", headers={**noise, **headers}, timeout=LONGEST_S
        )
        tally.statuses[answer.status_code] += 1
        try:
            case.validate_response(answer, checks=CHECKS)
        except (Failure, FailureGroup) as failure:
            tally.wrong.append(f"{case.as_curl_command()}\n{failure}")

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        once()


def cases(operation):
    """Return possible and impossible questions; the latter where there are any."""
    allowed = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    refused = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    has_parts = operation.body or operation.query or operation.path_parameters
    return st.one_of(allowed, refused) if has_parts else allowed


def fuzz(folder, n_examples, roles=ROLES):
    """Ask a working directory; users are added to it.

    Yields
    ------
    tally
        Of each operation and role.
    """
    plan = read_settings(folder)
    engine = open_database(plan.database_url)
    tokens = {role: users.add_user(engine, f"fuzz-{role}", role, now=now()) for role in users.ROLES}
    known = known_names(engine, plan.codes)
    engine.dispose()
    clock, is_simulated = clock_of(Path(folder))
    application = create_application(
        open_operation(plan, clock=clock, is_simulated=is_simulated), limits=NO_LIMITS
    )
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", application)
    for role in roles:
        headers = {} if role == NOBODY else {"Authorization": f"Bearer {tokens[role]}"}
        for found in schema.get_all_operations():
            operation = found.ok()
            tally = Tally(role, f"{operation.method.upper()} {operation.path}")
            ask(operation, headers, known, n_examples, tally)
            yield tally


def main(words=None):
    """Ask a copy of a working directory and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="working directory of an operation")
    parser.add_argument("--examples", type=int, default=100, help="questions an operation and role")
    given_words = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as place:
        copy = Path(shutil.copytree(given_words.folder, Path(place) / "op"))
        tallies = []
        for tally in fuzz(copy, given_words.examples):
            tallies.append(tally)
            print(tally.line(), flush=True)
            for wrong in tally.wrong[:3]:
                print(wrong)
    asked = sum(tally.statuses.total() for tally in tallies)
    broken = sum(n for t in tallies for status, n in t.statuses.items() if status >= 500)
    wrong = sum(len(tally.wrong) for tally in tallies)
    print(f"asked: {asked}, answers 5xx: {broken}, answers that break the document: {wrong}")
    return 1 if broken or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
