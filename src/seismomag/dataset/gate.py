"""The gate between training and test: two types of rows, and a ledger of every opening.

Training takes :class:`TrainingRows`, which nobody can make with a test row inside. Test rows come
out of :func:`open_test` only, which writes down when, for what and by whom, before it gives
them away.
"""

import json
import os
from dataclasses import InitVar, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from seismomag.core.errors import LeakError, SchemaError
from seismomag.dataset.splits import digest

LEDGER_NAME = "test_access.jsonl"
"""Name of the ledger in a run folder."""

EVALUATION = "audit"
"""Purpose of an opening that judges forecasts; the others only make or draw them."""

LEDGER_COLUMNS = ("time", "purpose", "split_digest", "run_id", "n_rows")

_KEY = object()


@dataclass(frozen=True)
class TrainingRows:
    """Rows of the splits ``train`` and ``validation``; made by :func:`open_training` only.

    Attributes
    ----------
    split_digest
        :func:`~seismomag.dataset.splits.digest` of the whole table that they come from.
    """

    _table: pd.DataFrame = field(repr=False)
    split_digest: str
    _key: InitVar[object] = None

    def __post_init__(self, _key: object) -> None:
        _require_key(_key, "TrainingRows", "open_training")

    @property
    def samples(self) -> pd.DataFrame:
        """A copy of the rows: what is changed in it does not come back here."""
        return self._table.copy()


@dataclass(frozen=True)
class TestRows:
    """Rows of the split ``test``; made by :func:`open_test` only.

    Attributes
    ----------
    split_digest
        :func:`~seismomag.dataset.splits.digest` of the whole table that they come from.
    """

    # Not a class of tests, whatever its name makes pytest think.
    __test__ = False

    _table: pd.DataFrame = field(repr=False)
    split_digest: str
    _key: InitVar[object] = None

    def __post_init__(self, _key: object) -> None:
        _require_key(_key, "TestRows", "open_test")

    @property
    def samples(self) -> pd.DataFrame:
        """A copy of the rows."""
        return self._table.copy()


def _require_key(key: object, what: str, door: str) -> None:
    if key is not _KEY:
        msg = f"{what} cannot be made by hand; open a sample table with gate.{door}"
        raise LeakError(msg)


def open_training(samples: pd.DataFrame) -> TrainingRows:
    """Take the training and validation rows out of a table whose splits are assigned.

    Parameters
    ----------
    samples
        A sample table; rows of other splits, and of none, stay behind.
    """
    kept = samples[samples["split"].isin(["train", "validation"])]
    return TrainingRows(kept.copy(), digest(samples), _KEY)


def open_test(
    samples: pd.DataFrame, ledger: str | Path, *, purpose: str, run_id: str = ""
) -> TestRows:
    """Take the test rows out of a table, after writing the opening into the ledger.

    Parameters
    ----------
    samples
        A sample table whose splits are assigned.
    ledger
        A file of JSON lines; made when absent, only ever appended to.
    purpose
        What for; :data:`EVALUATION` when forecasts are judged.
    run_id
        Who asks, for instance the digest of a configuration.

    Raises
    ------
    LeakError
        No purpose is given.
    """
    if not purpose.strip():
        msg = f"{ledger}: the test rows open only for a stated purpose"
        raise LeakError(msg)
    kept = samples[samples["split"] == "test"]
    found = digest(samples)
    entry = {
        "time": datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="seconds"),
        "purpose": purpose,
        "split_digest": found,
        "run_id": run_id,
        "n_rows": len(kept),
    }
    _append(Path(ledger), json.dumps(entry, sort_keys=True) + "\n")
    return TestRows(kept.copy(), found, _KEY)


def require_split(samples: pd.DataFrame, split_digest: str, where: str) -> str:
    """Return the digest of a table if it is the one that an earlier step worked with.

    Parameters
    ----------
    samples
        A sample table whose splits are assigned.
    split_digest
        What the earlier step recorded; ``""`` where it recorded none, which passes.
    where
        The table, for the message.

    Raises
    ------
    LeakError
        A sample came, went or changed its split since.
    """
    found = digest(samples)
    if split_digest and found != split_digest:
        msg = (
            f"{where}: the split is {found[:12]}, the step before worked with "
            f"{split_digest[:12]}: rows came, went or changed sides; build anew and train again"
        )
        raise LeakError(msg)
    return found


def _append(path: Path, line: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as handle:
        # One write: two processes that append at once do not mix their lines.
        handle.write(line.encode("utf-8"))
        handle.flush()
        os.fsync(handle.fileno())


def read_ledger(path: str | Path) -> pd.DataFrame:
    """Read the ledger of test openings.

    Returns
    -------
    openings
        Columns :data:`LEDGER_COLUMNS`, in the order of the file; empty without a file.

    Raises
    ------
    SchemaError
        A line is not an entry: somebody else wrote into the file, or cut it.
    """
    path = Path(path)
    if not path.is_file():
        return _table([])
    entries = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            entry = json.loads(line)
            entries.append([entry[column] for column in LEDGER_COLUMNS])
        except (ValueError, KeyError, TypeError) as error:
            msg = (
                f"{path}, line {number}: not an entry of the test-access ledger ({error}); "
                "it is only ever appended to by the gate"
            )
            raise SchemaError(msg) from error
    return _table(entries)


def _table(entries: list[list[object]]) -> pd.DataFrame:
    table = pd.DataFrame(entries, columns=list(LEDGER_COLUMNS)).astype(
        {"purpose": "str", "split_digest": "str", "run_id": "str", "n_rows": "int64"}
    )
    table["time"] = pd.to_datetime(table["time"])
    return table


def n_evaluations(openings: pd.DataFrame, split_digest: str) -> int:
    """Count how often forecasts were judged on the test rows of one split."""
    same = openings["split_digest"] == split_digest
    return int((same & (openings["purpose"] == EVALUATION)).sum())
