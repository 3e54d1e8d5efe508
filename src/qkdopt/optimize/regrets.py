"""Shadow information: what every alternative to the optimum would cost."""

from dataclasses import dataclass

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.optimize.domain.trellis._alternatives import values_when_idle
from qkdopt.optimize.domain.trellis.graph import DEAD, graph_of
from qkdopt.optimize.domain.trellis.potentials import potentials_of
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.strategies import Strategy

IMPOSSIBLE = -1
"""Stands where no schedule obeys the rules and the demand."""


@dataclass(frozen=True, eq=False)
class Regrets:
    """What the best schedule loses when one decision is forced; ``N`` links, ``A`` intervals.

    Attributes
    ----------
    optimum
        Value without any demand.
    serving
        Loss if link ``n`` must be served in interval ``a``: 0 where some optimal schedule
        does, :data:`IMPOSSIBLE` where none can; int64, shape ``(N, A)``.
    sparing
        Loss if link ``n`` must not be served in ``a``: above 0 only where every optimal
        schedule serves it; shape ``(N, A)``.
    idling
        Loss if nobody may be served in ``a``, shape ``(A,)``.
    """

    optimum: int
    serving: Integers
    sparing: Integers
    idling: Integers


def regrets(problem: SchedulingProblem, strategy: Strategy) -> Regrets | None:
    """Return the regret of every alternative, or ``None`` when no schedule obeys the rules.

    Exact for any operations, from one forward and one backward sweep: time
    ``O(M N (tau + 1) L)`` for ``M`` services with key and ``L`` labels.

    Parameters
    ----------
    problem
        Any problem.
    strategy
        One whose objective is linear in the delivered bits.

    Raises
    ------
    SolverError
        For other strategies, sums beyond 2^62, and too many labels for the memory.
    """
    graph = graph_of(problem, strategy)
    known = potentials_of(graph)
    if known.optimum == DEAD:
        return None
    serving = np.full((graph.index.size, len(problem.links)), DEAD)
    through = _through(known.served, known.ahead.after)
    np.maximum.at(serving, (graph.cell[1, graph.cell_of], graph.cell[0, graph.cell_of]), through)
    idle = np.empty(graph.index.size, np.int64)
    values_when_idle(
        graph.sweep(both_ways=True), graph.latest, graph.earliest, known.last, known.ahead, idle
    )
    sparing = _without(serving, idle)
    most, values = known.optimum, (serving.T, sparing.T, idle)
    return Regrets(most, *(np.where(x == DEAD, IMPOSSIBLE, most - x) for x in values))


def _through(served: Integers, after: Integers) -> Integers:
    """Return the best schedule through each node, of potentials by node and label; ``(M,)``."""
    best = np.full(served.shape[0], DEAD)
    for before, beyond in zip(served.T, after.T, strict=True):
        known = (before != DEAD) & (beyond != DEAD)
        np.maximum(best, before + beyond, out=best, where=known)
    return best


def _without(serving: Integers, idle: Integers) -> Integers:
    """Return the best schedule that does not serve ``n`` in ``a``, shape ``(A, N)``."""
    best = np.maximum(idle, serving.max(axis=1, initial=DEAD))
    sparing = np.repeat(best[:, np.newaxis], serving.shape[1], axis=1)
    if serving.size:
        others, winner = serving.copy(), (np.arange(idle.size), serving.argmax(axis=1))
        others[winner] = DEAD
        sparing[winner] = np.maximum(idle, others.max(axis=1))
    return sparing
