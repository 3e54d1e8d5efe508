"""What a caller may ask of any solver."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

from qkdopt.deadline import Deadline
from qkdopt.effort import check_effort
from qkdopt.optimize.exchange.genetic_settings import GeneticSettings
from qkdopt.optimize.exchange.parameters import USUAL, SolverParameters
from qkdopt.optimize.prices_file import StartingPrices
from qkdopt.optimize.schedule import Schedule

# Called now and then with (seconds, incumbent or None, bound or None).
Progress = Callable[[float, float | None, float | None], None]


@dataclass(frozen=True)
class SolverOptions:
    """Settings that every solver understands; those it cannot use change nothing.

    Attributes
    ----------
    time_limit
        Wall time [s], or ``None`` for none: building and searching together.
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
    prices
        Where the bound of solvers that price targets and receivers begins, or ``None``.
    progress
        Told the incumbent and the bound while the solver runs.
    genetic
        Sizes, rates and limits of solvers that keep a population, or ``None`` for the usual ones.
    deadline
        Of a larger piece of work that the solver is a part of; ``None`` where its own time limit
        is to begin when it does, which is once its kernels are compiled.
    parameters
        Tuning constants.

    Raises
    ------
    InputError
        For threads and seeds beyond `qkdopt.effort`.
    """

    time_limit: float | None = None
    seed: int = 0
    threads: int = 1
    formulation: str | None = None
    progress: Progress | None = None
    start: Schedule | None = None
    genetic: GeneticSettings | None = None
    mip_solver: str = "highs"
    deadline: Deadline | None = None
    parameters: SolverParameters = USUAL
    prices: StartingPrices | None = None

    def __post_init__(self) -> None:
        """Refuse threads and seeds that nobody can mean."""
        check_effort(threads=self.threads, seed=self.seed)

    def running(self) -> Deadline:
        """Return the deadline that holds; without one, one that begins now."""
        return self.deadline or Deadline(self.time_limit)

    def within(self, deadline: Deadline) -> Self:
        """Return the same options with the deadline of a larger piece of work."""
        return replace(self, deadline=deadline)
