"""The one HDF5 file that holds the tensors and their table.

::

    /amplitude       (N, planes, F, T)  float16   the tensors, in the order of grid.planes
    /valid_s         (N, 3, T)          uint8/16  valid seconds of each column
    /coverage        (N,)               float64   share of the day that is valid
    /inputs          (N, 32)            uint8     SHA-256 of the three days behind a row
    /done            (N,)               uint8     1: the row is complete; 2: complete, but a
                                                  neighbouring day was added since; 0: invisible
    /row_crc32       (N,)               uint32    CRC-32 of the four above, for store.check
    /samples/...     (N,)                         the sample table, one array a column
    /provenance      (bytes,)           uint8     JSON: what the caller wants to keep
    /samples_sha256  (32,)              uint8     of that table and the provenance
    attributes: layout, grid (JSON), code_version; frequency_hz, wavelet, padding_s, column_s,
                planes, plane_units; long_name and units of /amplitude
    behind the HDF5 file: a seal over its structure

All arrays are contiguous and allocated when the file is made, so HDF5 never has to be opened for
writing again: rows are written at their place in the file, by as many processes as wanted, and
a process that dies leaves a file whose structure nobody had touched. ``done`` follows the
data to the disk.

This module is what others use. What it offers is made in its neighbours: ``store_making``
(create, append), ``store_reading``, ``store_table`` (labels), ``store_pack``, ``store_join``,
``store_check``, ``store_export``; rows are written by ``store_rows``. No module whose name does
not begin with ``store`` imports h5py.
"""

from seismomag.dataset.store.checking import CheckReport, check
from seismomag.dataset.store.export import export_netcdf, export_seisbench, scalogram_of
from seismomag.dataset.store.info import describe
from seismomag.dataset.store.joining import join
from seismomag.dataset.store.making import append, create, lay_anew
from seismomag.dataset.store.packing import pack, unpack
from seismomag.dataset.store.reading import Store, open_store, read_provenance
from seismomag.dataset.store.structure import read_layout
from seismomag.dataset.store.table import write_samples

__all__ = [
    "CheckReport",
    "Store",
    "append",
    "check",
    "create",
    "describe",
    "export_netcdf",
    "export_seisbench",
    "join",
    "lay_anew",
    "open_store",
    "pack",
    "read_layout",
    "read_provenance",
    "scalogram_of",
    "unpack",
    "write_samples",
]
