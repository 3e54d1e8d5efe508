"""Parts of problem documents that both versions have: information, weights and traffic."""

from __future__ import annotations

from typing import Any

from qkdopt.errors import InputError
from qkdopt.verifier.fields import Described, counts, describe, list_of, text

__all__ = ["check_information", "read_traffic", "read_weights"]


def check_information(found: dict[str, Any], where: str) -> None:
    """Refuse information that is no object of texts; its content is not checked."""
    if "information" in found:
        stated = found["information"]
        if type(stated) is not dict or not stated:
            raise InputError(where, describe(stated), "an object of texts")
        for name, words in stated.items():
            text(name, where)
            text(words, f"{where}.{name}")


def read_weights(of_targets: dict[str, tuple[int, ...]], where: str) -> tuple[int, ...] | None:
    """Return the weights of the targets, not all 0; ``None`` where there are none."""
    weights = of_targets.get("weights")
    if weights is not None and not any(weights):
        raise InputError(where, Described("nothing but zeros"), "at least one positive weight")
    return weights


def read_traffic(
    found: dict[str, Any], where: str, n_targets: int
) -> tuple[tuple[int, ...], ...] | None:
    """Return the traffic of each pair of targets in shared bits: symmetric, 0 on the diagonal."""
    if "traffic" not in found:
        return None
    rows = list_of(found["traffic"], where, n_targets, " rows, one per target")
    matrix = tuple(counts(row, f"{where}[{i}]", n_targets) for i, row in enumerate(rows))
    for i, row in enumerate(matrix):
        if row[i]:
            raise InputError(f"{where}[{i}][{i}]", describe(row[i]), "0 on the diagonal")
        for j in range(i):
            if row[j] != matrix[j][i]:
                expected = f"{matrix[j][i]}, as in [{j}][{i}]"
                raise InputError(f"{where}[{i}][{j}]", describe(row[j]), expected)
    return matrix
