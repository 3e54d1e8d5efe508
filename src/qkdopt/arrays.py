"""Names for the array types that functions take and return, and views that cannot be written."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Indices: TypeAlias = NDArray[np.int32]
Integers: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]
Words: TypeAlias = NDArray[np.uint64]


def read_only(array: Integers) -> Integers:
    """Return a view that cannot be written: kernels are compiled once for such, not twice."""
    view = array.view()
    view.flags.writeable = False
    return view
