"""What the server must not load: each of these costs tens of megabytes."""

import subprocess
import sys

HEAVY = ("scipy.stats", "scipy.optimize", "onnxruntime", "torch", "matplotlib", "sklearn", "numba")


def test_the_server_stays_small():
    code = (
        "import sys, seismomag.operate.api.application, seismomag.operate.api.server; "
        f"print(*[name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=120
    )
    assert done.stdout.split() == []
