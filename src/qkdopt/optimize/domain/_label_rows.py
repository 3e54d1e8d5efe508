"""Rows of the most that paths gain by label, and of their last states; compiled.

Arrays and their shapes are those of :mod:`._rule_kernels`.
"""

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.compiled import kernel


@kernel
def clear_rows(value: Floats, first: int, end: int) -> None:
    """Let rows have no paths."""
    for row in range(first, end):
        for label in range(value.shape[1]):
            value[row, label] = -np.inf


@kernel
def copy_row(value: Floats, at: Integers, row: int, other: int) -> None:
    """Let another row have the same paths."""
    for label in range(value.shape[1]):
        value[other, label], at[other, label] = value[row, label], at[row, label]


@kernel
def rest_rows(value: Floats, at: Integers, first: int, end: int, rest: Integers) -> None:
    """Give paths the labels of a new pass."""
    for row in range(first, end):
        for label in range(rest.size):
            then = rest[label]
            if then != label:
                if value[row, label] > value[row, then]:
                    value[row, then], at[row, then] = value[row, label], at[row, label]
                value[row, label] = -np.inf


@kernel
def follow(value: Floats, at: Integers, row: int, then: Integers, after: int) -> None:
    """Let paths go on, with labels that follow theirs."""
    for label in range(then.size):
        new, most = then[label], value[row, label]
        if new >= 0 and most > value[after, new]:
            value[after, new], at[after, new] = most, at[row, label]


@kernel
def keep_best(
    value: Floats, at: Integers, n: int, best: int, label: int, gained: float, state: int
) -> None:  # fmt: skip
    """Keep a path that serves a link if it is the best so far, of the link's and of all."""
    for row in (n, best):
        if gained > value[row, label]:
            value[row, label], at[row, label] = gained, state
