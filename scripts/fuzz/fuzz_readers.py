"""Fuzz one reader with atheris: ``python scripts/fuzz/fuzz_readers.py TARGET [CORPUS] [-runs=N]``.

Without a target the names are listed. Where atheris is absent, this says so and does nothing.
"""

import sys
import tempfile
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Fuzz until something escapes, or as long as the arguments of libFuzzer say."""
    try:
        import atheris
    except ImportError:
        print("skipped: atheris is not installed (it has wheels for Linux; pip install atheris)")
        return 0
    with atheris.instrument_imports(include=["seismomag", "cdflib"]):
        import targets
    if not arguments or arguments[0] not in targets.TARGETS:
        print("targets:", ", ".join(targets.TARGETS))
        return 0 if not arguments else 2
    name, rest = arguments[0], arguments[1:]
    with tempfile.TemporaryDirectory() as folder:
        seed = _seed(name)
        if seed:
            (Path(folder) / "seed").write_bytes(seed)
        # libFuzzer writes what it finds into the last folder named first: the caller's, if any.
        atheris.Setup([sys.argv[0], *rest, folder], lambda data: targets.run(name, data))
        atheris.Fuzz()
    return 0


def _seed(name: str) -> bytes:
    from seeds import SEEDS, TEXTS

    return SEEDS[name]()[:20_000] if name in SEEDS else TEXTS.get(name, b"")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
