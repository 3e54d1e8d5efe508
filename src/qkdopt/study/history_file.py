"""How a search by generations went, as a file: what reports and figures are drawn from."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any

from qkdopt.claims import Generation, Outcome
from qkdopt.errors import InputError
from qkdopt.files import read_json, write_text

if TYPE_CHECKING:
    from qkdopt.optimize.problem import SchedulingProblem
    from qkdopt.optimize.strategies import Strategy

__all__ = ["HISTORY_ENDING", "SearchHistory", "read_history", "write_history"]

HISTORY_ENDING = ".history.json"
_FORMAT, _VERSION = "qkdopt-history", 1
_EXPECTED = "a history written by qkdopt solve --history"
_DIGITS = {
    "evaluations": 0, "seconds": 4, "best": 0, "divergence": 9, "mean": 1, "least_divergence": 9,
}  # fmt: skip
_MAY_BE_MISSING = ("divergence", "least_divergence")


@dataclass(frozen=True)
class SearchHistory:
    """The history of one search, and what it was about.

    Attributes
    ----------
    problem_sha256
        Digest of the problem.
    strategy
        As certificates write it.
    solver, seed
        Who searched.
    bound
        Proved bound on the value, > 0, or ``None`` when there was none.
    history
        One line for each generation.
    """

    problem_sha256: str
    strategy: dict[str, Any]
    solver: str
    seed: int
    bound: int | None
    history: tuple[Generation, ...]


def write_history(
    path: str | PathLike[str],
    problem: SchedulingProblem,
    strategy: Strategy,
    outcome: Outcome,
    *,
    solver: str,
    seed: int,
) -> None:
    """Write the history of an outcome as JSON, whole or not at all.

    Raises
    ------
    InputError
        When the solver kept none.
    """
    if not outcome.history:
        raise InputError(str(path), f"solver {solver}, no history", "genetic, hybrid or nsga2")
    lines = outcome.history
    document = {
        "format": _FORMAT,
        "version": _VERSION,
        "problem_sha256": problem.sha256,
        "strategy": strategy.document(),
        "solver": solver,
        "seed": seed,
        "bound": outcome.bound,
        "generations": {
            name: [_rounded(getattr(line, name), digits) for line in lines]
            for name, digits in _DIGITS.items()
        },
    }
    write_text(path, json.dumps(document, separators=(",", ":")) + "\n")


def read_history(path: str | PathLike[str]) -> SearchHistory:
    """Read what :func:`write_history` wrote.

    Raises
    ------
    InputError
        When the file is something else, or its columns are not numbers of one length.
    """
    document = read_json(path, _EXPECTED)
    if not isinstance(document, dict) or document.get("format") != _FORMAT:
        raise InputError(str(path), "another document", _EXPECTED)
    if document.get("version") != _VERSION:
        raise InputError(f"{path}: version", document.get("version"), str(_VERSION))
    try:
        columns = document["generations"]
        lines = zip(*(_numbers(columns[name], name) for name in _DIGITS), strict=True)
        bound = document["bound"]
        return SearchHistory(
            problem_sha256=str(document["problem_sha256"]),
            strategy={str(key): value for key, value in document["strategy"].items()},
            solver=str(document["solver"]),
            seed=int(document["seed"]),
            bound=bound if isinstance(bound, int) and bound > 0 else None,
            history=tuple(Generation(*line) for line in lines),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{path}: generations", f"{error}", _EXPECTED) from error


def _rounded(number: float | None, digits: int) -> float | None:
    return number if number is None or isinstance(number, int) else round(float(number), digits)


def _numbers(column: Any, name: str) -> list[Any]:
    """Return a column when it holds numbers, and nothing only where that may be."""
    for item in column:
        if item is None and name in _MAY_BE_MISSING:
            continue
        number = isinstance(item, int | float) and not isinstance(item, bool)
        if not (number and math.isfinite(item) and item >= 0):
            raise ValueError(f"{item!r} in {name}")
    return list(column)
