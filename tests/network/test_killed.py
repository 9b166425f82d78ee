import json
import os
import signal
import subprocess
import sys
from pathlib import Path

WORK = Path(__file__).with_name("process_work.py")
EPOCHS = "6"


def start(folder: Path, resume: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(WORK), "train", str(folder), resume, EPOCHS],
        stdout=subprocess.PIPE,
        text=True,
        cwd=WORK.parent,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )


def kill_at(folder: Path, resume: str, share: float) -> None:
    """Send SIGKILL to a training that has done this share of its steps."""
    with start(folder, resume) as process:
        for line in process.stdout:
            stage, done, total = json.loads(line)
            if stage == "train" and done >= share * total:
                os.kill(process.pid, signal.SIGKILL)
                break
        process.stdout.read()
        assert process.wait() == -signal.SIGKILL


def test_training_killed_twice_goes_on_to_the_same_bytes(tmp_path):
    with start(tmp_path / "whole", "anew") as process:
        process.stdout.read()
    assert process.returncode == 0
    kill_at(tmp_path / "killed", "anew", 0.3)
    assert not (tmp_path / "killed" / "manifest.json").exists()
    kill_at(tmp_path / "killed", "resume", 0.7)
    epochs = (tmp_path / "killed" / "metrics.jsonl").read_text().count("\n")
    assert 1 <= epochs < int(EPOCHS)
    with start(tmp_path / "killed", "resume") as process:
        process.stdout.read()
    assert process.returncode == 0
    for path in (tmp_path / "whole").iterdir():
        assert (tmp_path / "killed" / path.name).read_bytes() == path.read_bytes(), path.name
