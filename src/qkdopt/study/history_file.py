"""How a search by generations went, as a file: what reports and figures are drawn from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING

from qkdopt.certificates import Generation, Outcome
from qkdopt.errors import InputError
from qkdopt.files import write_text
from qkdopt.optimize.solvers.registry import names_of, with_populations
from qkdopt.study.history_document import FORMAT, VERSION, HistoryDocument

if TYPE_CHECKING:
    from qkdopt.optimize.problem import SchedulingProblem
    from qkdopt.optimize.strategies import Strategy

HISTORY_ENDING = ".history.json"
_DIGITS = {
    "evaluations": 0, "seconds": 4, "best": 0, "divergence": 9, "mean": 1, "least_divergence": 9,
}  # fmt: skip


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
    strategy: dict[str, object]
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
    """Write the history of an outcome as JSON, atomically.

    Raises
    ------
    InputError
        When the solver kept none.
    """
    if not outcome.history:
        able = names_of(with_populations())
        raise InputError(str(path), f"solver {solver}, no history", f"one of {able}")
    lines = outcome.history
    document = {
        "format": FORMAT,
        "version": VERSION,
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
        Naming the file and the key that is not as :func:`write_history` writes it.
    """
    found = HistoryDocument.read(path)
    columns = found.generations
    lines = zip(*(getattr(columns, name) for name in _DIGITS), strict=True)
    return SearchHistory(
        problem_sha256=found.problem_sha256,
        strategy=found.strategy.model_dump(exclude_unset=True),
        solver=found.solver,
        seed=found.seed,
        bound=found.bound or None,
        history=tuple(Generation(*line) for line in lines),
    )


def _rounded(number: float | None, digits: int) -> float | None:
    return number if number is None or isinstance(number, int) else round(float(number), digits)
