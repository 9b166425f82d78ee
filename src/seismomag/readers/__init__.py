"""Files to recordings and lists: what stands in a file decides, not its name.

Recordings: :func:`read`, ``READERS``, and the modules ``frg604rc``, ``iaga2002``, ``cdf``,
``pcdcp``, ``miniseed``, ``columns``, ``netcdf``, ``stream``, ``archive``, ``resample``,
``guard``. Lists: ``catalogues``, ``space_weather``. Nothing here opens a socket.
"""

from seismomag.readers.reader import Reader
from seismomag.readers.recognition import READERS, read, read_bytes

__all__ = ["READERS", "Reader", "read", "read_bytes"]
