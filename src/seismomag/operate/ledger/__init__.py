"""The forecast ledger: sealed before the horizon opens, anchored, scored once."""

from seismomag.operate.ledger.chain import FIELDS, Memory, append, held, is_late, read, recover
from seismomag.operate.ledger.verification import (
    GENESIS,
    BrokenChainError,
    Check,
    head_path,
    verify,
)

__all__ = [
    "FIELDS",
    "GENESIS",
    "BrokenChainError",
    "Check",
    "Memory",
    "append",
    "head_path",
    "held",
    "is_late",
    "read",
    "recover",
    "verify",
]
