from dataclasses import dataclass

import numpy as np
import numpy.testing as npt

from seismomag.network.source import read_rows


@dataclass(frozen=True)
class Strict:
    """A store that, like an HDF5 file, reads only increasing single rows."""

    tensors: np.ndarray

    def read(self, rows):
        assert (np.diff(rows) > 0).all()
        return self.tensors[rows]


def test_rows_come_in_the_order_asked_for_even_twice():
    tensors = np.arange(10, dtype=np.float16)[:, None, None, None]
    rows = np.array([7, 2, 7, 0, 9])
    npt.assert_array_equal(read_rows(Strict(tensors), rows).ravel(), rows)
