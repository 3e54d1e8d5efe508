"""The interface of primal heuristics to branch and price, and which ones suit an objective."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import singledispatch
from typing import Any

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.deadline import Deadline
from qkdopt.optimize.decomposition.column_generation import LagrangianBound
from qkdopt.optimize.exchange.parameters import SolverParameters
from qkdopt.optimize.objectives.base import Multipliers
from qkdopt.optimize.schedule import Schedule

_MUCH = 0.01  # of the gap


@dataclass(frozen=True)
class WorkShares:
    """How work is divided between primal heuristics and branching.

    Attributes
    ----------
    branching
        Whether there is any; otherwise heuristics have all the time.
    first_runs
        How often heuristics run before branching begins.
    head_start_s, head_start_without_s, head_start_nodes, near
        Where they do not: work [s] that branching and lists have before they run, with and
        without an incumbent whose relative gap is at most ``near``, or so many nodes. Where
        branching leads to a proof, it leads to the schedule as well.
    share, least_share, fading
        Of the work that heuristics have; it fades, down to the least, while they gain little.
    far_share
        The least where the gap is larger than ``near``; it fades more slowly.
    """

    branching: bool = True
    first_runs: int = 1
    head_start_s: float = 0.0
    head_start_without_s: float = 0.0
    head_start_nodes: int = 0
    near: float = 0.05
    share: float = 0.2
    least_share: float = 0.1
    fading: float = 0.8
    far_share: float = 0.0

    def is_near(self, value: Fraction | None, bound: Fraction | None, least: Fraction) -> bool:
        """Say whether an incumbent is so near the bound that branching may soon settle it.

        One of no more than the ``least`` value is not.
        """
        if value is None or bound is None or value <= least:
            return False
        return float(bound - value) <= self.near * abs(float(bound))

    @staticmethod
    def is_much(before: Fraction | None, value: Fraction | None, bound: float) -> bool:
        """Say whether an incumbent closes so much of the gap that its search goes well."""
        if before is None or value is None:
            return value is not None
        return float(value - before) > _MUCH * (bound - float(before))


@dataclass(eq=False)
class Incumbent:
    """The best schedule so far and its value, ``None`` while there is none."""

    schedule: Schedule | None = None
    value: Fraction | None = None


@dataclass(frozen=True, eq=False)
class HeuristicContext:
    """What heuristics work with.

    Attributes
    ----------
    root
        The bound, whose multipliers and columns are the beginning.
    incumbent
        The best schedule, at every moment.
    random
        The run's own stream.
    try_incumbent
        Takes services, shape ``(A,)``; need not keep them.
    stop
        Called now and then.
    deadline
        Of the whole run; where it has a limit, heuristics without branching work up to it.
    parameters
        Of the whole run.
    brief
        Whether to do everything once, as little as can be: for compiling.
    lumpy
        Whether the bound is so much smaller where services count for no more than is enough.
    """

    root: LagrangianBound
    incumbent: Incumbent
    random: np.random.Generator
    try_incumbent: Callable[[Integers], None]
    stop: Callable[[], bool]
    deadline: Deadline
    parameters: SolverParameters
    brief: bool = False
    lumpy: bool = False

    @property
    def endless(self) -> bool:
        """Whether there is a time limit to work up to."""
        return self.deadline.limit_s is not None


class PrimalHeuristics(ABC):
    """Ways of searching for schedules; whatever is found is offered at once.

    Attributes
    ----------
    exhausted
        Whether running again is of no use.
    """

    work: WorkShares = WorkShares()
    exhausted: bool = False

    @abstractmethod
    def run(self, multipliers: Multipliers, delivered: Floats) -> float:
        """Search once more; return about how long that takes [s].

        The time is counted from what there is to do, not measured: whatever follows from it is
        the same on every machine and at every time limit.

        Parameters
        ----------
        multipliers, delivered
            What columns are priced at, and what a good mixture of them delivers.
        """

    def begin(self, closed: Callable[[], bool]) -> float:
        """Do what is done once, before the first run, until ``closed``; return its time [s]."""
        return 0.0

    def complete(self, service: Integers) -> Integers | None:
        """Return a schedule improved without a change of other links' bits, if there is one."""
        return None

    def close(self) -> None:  # noqa: B027 (most have nothing to end)
        """End what goes on beside the run: there will be no further one."""


@singledispatch
def heuristics_for(objective: Any, context: HeuristicContext) -> PrimalHeuristics:
    """Return the heuristics that suit an objective; by default those that suit every one."""
    from qkdopt.optimize.decomposition.cut_heuristics import CutHeuristics

    return CutHeuristics(objective, context)
