"""What can be wrong with a sample of a recording, one bit each.

A flag never changes a value; masking and bridging are separate acts with their own record.
"""

from enum import IntFlag


class Flag(IntFlag):
    """Bits of the ``flags`` variable of a recording (uint16)."""

    MISSING = 1
    """No value was recorded."""
    OUT_OF_RANGE = 2
    """Not a possible value of the Earth's field."""
    FLAT = 4
    """The sensor repeats one value for longer than noise allows."""
    SPIKE = 8
    """A single sample far from its neighbours."""
    STEP = 16
    """The level jumps and stays."""
    CLOCK = 32
    """The time stamp is off the grid, or the clock jumped here."""
    QUANTISED = 64
    """The resolution is coarser than the signal in the band."""
    MISDECODE = 128
    """The bytes were read with the wrong layout."""
    DISAGREE = 256
    """Two sensors on one pier do not agree."""


UNUSABLE = Flag.MISSING | Flag.OUT_OF_RANGE | Flag.FLAT | Flag.MISDECODE
"""Samples that say nothing about the field."""

NOT_TRANSFORMED = UNUSABLE | Flag.SPIKE | Flag.STEP
"""Samples that no transform may use; of a step, see :func:`seismomag.signal.gaps.mask`."""
