"""What a caller may ask of any solver."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.solvers.genetic.settings import GeneticSettings

__all__ = ["Progress", "SolverOptions"]

# Called now and then with (seconds, incumbent or None, bound or None).
Progress = Callable[[float, float | None, float | None], None]


@dataclass(frozen=True)
class SolverOptions:
    """Settings that every solver understands; those it cannot use change nothing.

    Attributes
    ----------
    time_limit
        Wall time [s], or ``None`` for none.
    seed, threads
        Where the solver has such settings.
    formulation
        Name of a formulation for solvers that use one; ``None`` takes the tightest that can
        carry the problem.
    mip_solver
        For solvers that go through Pyomo: where to, a name of
        :data:`qkdopt.mip.solvers.MIP_SOLVERS` or ``pyomo:NAME``.
    start
        A schedule that a tree search may begin with, or ``None``.
    progress
        Told the incumbent and the bound while the solver runs.
    genetic
        Sizes, rates and limits of solvers that keep a population, or ``None`` for the usual ones.
    """

    time_limit: float | None = None
    seed: int = 0
    threads: int = 1
    formulation: str | None = None
    progress: Progress | None = None
    start: Schedule | None = None
    genetic: GeneticSettings | None = None
    mip_solver: str = "highs"
