import configparser
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted([*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")])


def parsed(path):
    config = configparser.ConfigParser(strict=False, interpolation=None)
    config.optionxform = str
    config.read_string(path.read_text())
    return config


@pytest.mark.parametrize("path", UNITS, ids=lambda p: p.name)
def test_systemd_accepts_every_unit(path, tmp_path):
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("NOT LINTED: systemd-analyze is not installed")
    # The linter wants the program and the user of the unit to exist here.
    text = path.read_text().replace("/opt/seismomag/bin/seismomag", "/bin/true")
    for unit in UNITS:
        other = unit.read_text().replace("/opt/seismomag/bin/seismomag", "/bin/true")
        (tmp_path / unit.name).write_text(other)
    (tmp_path / path.name).write_text(text)
    done = subprocess.run(
        [program, "verify", "--man=no", "--recursive-errors=no", str(tmp_path / path.name)],
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line for line in done.stderr.splitlines() if path.name in line]
    assert not said
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", sorted(DEPLOY.glob("*.service")), ids=lambda p: p.name)
def test_services_are_confined(path):
    service = parsed(path)["Service"]
    assert service["User"] not in ("", "root")
    for key in ("NoNewPrivileges", "ProtectHome", "PrivateTmp"):
        assert service[key] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["StandardOutput"] == "journal"


@pytest.mark.parametrize("path", sorted(DEPLOY.glob("*.service")), ids=lambda p: p.name)
def test_a_service_names_a_document_and_files_that_the_recipe_puts_there(path):
    recipe = (DEPLOY.parent / "docs/operations/running.md").read_text()
    unit = parsed(path)
    document = unit["Unit"]["Documentation"].removeprefix("file:")
    for needed in (
        f"docs/operations/running.md {document}",
        "python3 -m venv /opt/seismomag",
        "/opt/seismomag/bin/pip install -c constraints.txt",
        f"--home-dir {unit['Service']['WorkingDirectory']}",
        f"chown -R seismomag:seismomag {unit['Service']['WorkingDirectory']}",
        unit["Service"]["EnvironmentFile"].removeprefix("-"),
    ):
        assert needed in recipe
    assert recipe.index("seismomag init /var/lib") < recipe.index("chown -R")


@pytest.mark.parametrize("path", sorted(DEPLOY.glob("*.timer")), ids=lambda p: p.name)
def test_timers_make_good_what_was_slept_through_and_have_a_service(path):
    timer = parsed(path)
    assert timer["Timer"]["Persistent"] == "true"
    assert timer["Timer"]["OnCalendar"].endswith("UTC")
    assert path.with_suffix(".service").is_file()


def test_the_cron_lines_have_a_user_and_five_fields():
    lines = [
        line
        for line in (DEPLOY / "seismomag.cron").read_text().splitlines()
        if line and not line.startswith("#") and not re.match(r"\w+=", line)
    ]
    assert len(lines) == 2
    for line in lines:
        fields = line.split(maxsplit=6)
        assert all(re.fullmatch(r"[\d*/,-]+", field) for field in fields[:5])
        assert fields[5] == "seismomag"
        assert fields[6].startswith("/opt/seismomag/bin/seismomag")


def test_the_containerfile_keeps_the_rules():
    text = (DEPLOY / "Containerfile").read_text().replace("\\\n", " ")
    steps = [line.split(maxsplit=1) for line in text.splitlines() if line and line[0] != "#"]
    # No HEALTHCHECK: the image also runs the daily job, which ends before anybody asks.
    known = {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "ENTRYPOINT", "CMD"}
    assert {word for word, _ in steps} <= known
    images = [rest.split()[0] for word, rest in steps if word == "FROM"]
    assert all(":" in image and not image.endswith(":latest") for image in images)
    last = [word for word, _ in steps]
    final = steps[len(last) - last[::-1].index("FROM") :]
    users = [rest for word, rest in final if word == "USER"]
    assert users
    assert users[-1] not in ("root", "0")
    assert "torch" not in text.replace("no torch", "")
    assert not any("http" in rest for _, rest in steps)
    (install,) = [rest for word, rest in steps if word == "RUN" and "pip install" in rest]
    assert "-c constraints.txt" in install
    assert not re.search(r"(?i)password|secret|token", text)
    for word, rest in final:
        if word in ("CMD", "ENTRYPOINT"):
            assert rest.startswith("[")


def test_the_containerfile_copies_what_is_there_and_no_more():
    root = DEPLOY.parent
    copied = [
        word
        for line in (DEPLOY / "Containerfile").read_text().splitlines()
        if line.startswith("COPY") and "--from" not in line
        for word in line.split()[1:-1]
    ]
    assert copied
    assert "." not in copied
    assert all((root / word).exists() for word in copied)


def calls():
    """Every call of seismomag in the folder, as words."""
    found = []
    for path in (*DEPLOY.glob("*.service"), DEPLOY / "seismomag.cron"):
        for match in re.findall(r"bin/seismomag ([^\n|>]+)", path.read_text()):
            found.append(match.split("2>")[0].split())
    for match in re.findall(r"(?m)^CMD (\[.*\])", (DEPLOY / "Containerfile").read_text()):
        found.append(json.loads(match))
    return found


def test_every_call_is_one_that_the_program_knows():
    from typer.main import get_command

    from seismomag.cli.commands import app

    known = get_command(app).commands
    assert {words[0] for words in calls()} == {"daily", "backup", "serve"}
    for name, *rest in calls():
        options = {option for one in known[name].params for option in one.opts}
        assert {word for word in rest if word.startswith("--")} <= options
        assert rest[0] == "/var/lib/seismomag"


def test_no_unit_passes_a_secret_as_an_argument():
    for path in DEPLOY.iterdir():
        assert not re.search(r"(?i)--?(password|secret|token)", path.read_text())
