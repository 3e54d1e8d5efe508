"""Forward and backward potentials of a graph: the best before, and the best to come."""

from dataclasses import dataclass

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.optimize.domain.trellis import _kernels as kernels
from qkdopt.optimize.domain.trellis import _trace
from qkdopt.optimize.domain.trellis.graph import Graph, check_size


@dataclass(frozen=True, eq=False)
class Potentials:
    """What the kernels ``forward`` and ``backward`` fill.

    Attributes
    ----------
    ahead
        The best to come: what :func:`~qkdopt.optimize.domain.trellis._kernels.backward` fills.
    optimum
        Value of the best schedule, or ``DEAD`` when none obeys the rules.
    """

    served: Integers
    last: Integers
    ahead: kernels.Potentials
    optimum: int


def potentials_of(graph: Graph) -> Potentials:
    """Return both potentials; ``16 M L + 24 C L`` bytes.

    Raises
    ------
    SolverError
        When they would not fit the memory.
    """
    check_size(graph.states, tables=5)
    served, after = graph.table(graph.gain.size), graph.table(graph.gain.size)
    last, held, turned = (graph.table(graph.cells) for _ in range(3))
    ahead = kernels.Potentials(after, held, turned, np.empty(graph.cells, np.int64))
    sweep = graph.sweep(both_ways=True)
    kernels.forward(sweep, served, last)
    kernels.backward(sweep, ahead)
    end = int(graph.barrier[-1])
    best = _trace.best_end(sweep, graph.latest[-1], last)[0]
    optimum = int(best) if end >= 0 else max(0, int(best))  # DEAD is below every value
    return Potentials(served, last, ahead, optimum)
