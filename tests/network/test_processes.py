import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from seismomag.network import open_model
from seismomag.network.processes import ALONE, meet

WORK = Path(__file__).with_name("process_work.py")
LONGEST_S = 100
TOGETHER = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]


def run(*arguments: object) -> None:
    """Run a script, and leave nothing running if it does not end."""
    with subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=WORK.parent,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        start_new_session=True,
    ) as process:
        try:
            said, _ = process.communicate(timeout=LONGEST_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGTERM)
            raise
    assert process.returncode == 0, said


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    alone, together = tmp_path_factory.mktemp("alone"), tmp_path_factory.mktemp("together")
    run(WORK, "gradients", alone)
    run(*TOGETHER, WORK, "gradients", together, "fit")
    return alone, together


@pytest.mark.parametrize("loss", ["classes", "ordinal"])
def test_two_processes_have_the_gradients_of_one_with_the_whole_batch(folders, loss):
    alone, together = (np.load(folder / f"{loss}.npz") for folder in folders)
    assert together["n"][0] == alone["n"][0] == alone["n"][1]
    assert together["n"][1] < alone["n"][1]
    names = [name for name in alone.files if name != "n" and not name.startswith("lo")]
    assert len(names) > 20
    for name in names:
        difference = np.abs(together[name] - alone[name]).max()
        assert difference <= 1e-4 * max(1.0, np.abs(alone[name]).max()), name


def test_every_validation_row_is_judged_once(folders):
    alone, together = (np.load(folder / "classes.npz") for folder in folders)
    assert len(together["logit"]) == len(alone["logit"]) == 60
    np.testing.assert_allclose(together["logit"], alone["logit"], atol=1e-5)
    for name in [name for name in alone.files if name.startswith("loss ")]:
        np.testing.assert_allclose(together[name], alone[name], rtol=1e-5)


def test_two_processes_write_one_model(folders):
    about = open_model(folders[1] / "model").description
    assert about["rows"]["validation"]["n"] == 60


def test_without_torchrun_a_process_is_alone():
    assert meet() is ALONE
