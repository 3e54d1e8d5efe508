"""What was met while schedules are listed, and values of a rank; compiled."""

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.compiled import kernel, kernel_part

LINKS = 1_000_003
"""More than any problem has: interval and link are told apart by ``LINKS a + n``."""


@kernel_part
def met(
    place: int, total: Integers, cell: Floats, loss: float, seen_hash: Integers,
    seen_loss: Floats,
) -> bool:  # fmt: skip
    """Say if one of the same end and delivery was met with no more loss; remember it."""
    mixed = np.int64(place + 1)
    for t in range(total.size):
        mixed = (mixed ^ np.int64(total[t] / cell[t])) * np.int64(6364136223846793005)
        mixed ^= mixed >> 29
    mixed += mixed == 0  # 0 marks places where nothing was met
    row = mixed & (seen_hash.size - 1)
    if seen_hash[row] == mixed and seen_loss[row] <= loss:
        return True
    seen_hash[row], seen_loss[row] = mixed, loss
    return False


@kernel
def of_rank(values: Floats, rank: int) -> float:
    """Return the value at ``rank`` of the sorted values, which change their order.

    By quickselect: a sort takes long to compile.
    """
    low, high = 0, values.size - 1
    while low < high:
        pivot, i, j = values[(low + high) // 2], low, high
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if rank <= j:
            high = j
        elif rank >= i:
            low = i
        else:
            break
    return float(values[rank])
