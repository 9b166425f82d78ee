"""The errors of seismomag, and what each one means.

::

    SeismomagError
     +-- FormatError       a foreign file is not what it claims to be
     +-- SchemaError       a table or array breaks the contract of its type
     +-- ConfigError       a configuration has an unknown key or an impossible value
     +-- CoverageError     nothing is known where something was asked for
     +-- StoreError        a tensor store is damaged, foreign, or of another grid
     +-- ModelError        a model folder is damaged, foreign, or of another version
     +-- LeakError         the future reached the past: a split, a label, a row

Every message names the file or table, what was found, what was expected and what to do.
The command line turns each of them into exit code 2, and :class:`LeakError` into 3.
"""


class SeismomagError(Exception):
    """Parent of every error that seismomag raises on purpose."""


class FormatError(SeismomagError):
    """A foreign file is not what it claims to be, or not readable as any known format."""


class SchemaError(SeismomagError, ValueError):
    """A table or array breaks the contract of its type."""


class ConfigError(SeismomagError, ValueError):
    """A configuration has an unknown key or an impossible value."""


class CoverageError(SeismomagError):
    """Nothing is known where something was asked for."""


class StoreError(SeismomagError):
    """A tensor store is damaged, foreign, or of another grid."""


class ModelError(SeismomagError):
    """A model folder is damaged, foreign, or of another version."""


class LeakError(SeismomagError):
    """The future reached the past: a split, a label or a row breaks the separation."""
