"""Files to recordings and lists: what stands in a file decides, not its name.

Recordings: :func:`read`, :data:`READERS`, and the modules ``frg604rc``, ``iaga2002``, ``cdf``,
``pcdcp``, ``miniseed``, ``columns``, ``netcdf``, ``stream``, ``archive``, ``resample``,
``guard``. Lists: :func:`read_catalogue`, :func:`read_space_weather`. Nothing here opens a socket.
"""

from seismomag.readers.catalogues import read_catalogue
from seismomag.readers.reader import Reader
from seismomag.readers.recognition import READERS, read, read_bytes
from seismomag.readers.space_weather import read_space_weather

__all__ = [
    "READERS",
    "Reader",
    "read",
    "read_bytes",
    "read_catalogue",
    "read_space_weather",
]
