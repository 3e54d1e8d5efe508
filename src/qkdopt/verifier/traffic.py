"""The traffic of a problem and the pairwise keys of a certificate, checked member by member."""

from __future__ import annotations

from typing import Any

from qkdopt.errors import InputError
from qkdopt.verifier.fields import (
    LARGEST_INPUT,
    WHOLE,
    Described,
    describe,
    list_of,
    whole,
    whole_numbers,
)

__all__ = ["read_pairs", "read_traffic"]

_PARTS = 3  # of pairwise keys: two targets and the bits that they share


def read_traffic(
    found: dict[str, Any], where: str, n_targets: int
) -> tuple[tuple[int, ...], ...] | None:
    """Return the bits that each pair of targets wants to share, ``None`` where not stated.

    Raises
    ------
    InputError
        For anything but a symmetric matrix of whole numbers >= 0 with zeros on its diagonal.
    """
    if "traffic" not in found:
        return None
    rows = list_of(found["traffic"], where, n_targets, " rows, one per target")
    matrix = tuple(
        whole_numbers(row, f"{where}[{i}]", n_targets, 0, LARGEST_INPUT, WHOLE)
        for i, row in enumerate(rows)
    )
    for i, row in enumerate(matrix):
        if row[i]:
            raise InputError(f"{where}[{i}][{i}]", describe(row[i]), "0 on the diagonal")
        for j in range(i):
            if row[j] != matrix[j][i]:
                expected = f"{matrix[j][i]}, as in [{j}][{i}]"
                raise InputError(f"{where}[{i}][{j}]", describe(row[j]), expected)
    return matrix


def read_pairs(value: object, where: str, n_targets: int) -> tuple[tuple[int, int, int], ...]:
    """Return the shared bits of pairs of targets ``i < j``, each pair at most once.

    Raises
    ------
    InputError
        For anything but a list of ``[i, j, bits]``.
    """
    pairs: dict[tuple[int, int], int] = {}
    for k, item in enumerate(list_of(value, where, what=" of [target, target, bits]")):
        i, j, bits = whole_numbers(item, f"{where}[{k}]", _PARTS, 0, LARGEST_INPUT, WHOLE)
        whole(j, f"{where}[{k}][1]", i + 1, n_targets, "a target's index above the first")
        if (i, j) in pairs:
            raise InputError(f"{where}[{k}]", Described(f"[{i}, {j}] again"), "each pair once")
        pairs[i, j] = bits
    return tuple((i, j, bits) for (i, j), bits in pairs.items())
