"""Longest paths under operations and branching decisions: labels hold the counters of the rules."""

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.optimize.domain.branching import BranchingConstraints
from qkdopt.optimize.domain.trellis.best import best_of_graph
from qkdopt.optimize.domain.trellis.graph import DEAD, Graph, graph_of_rows
from qkdopt.optimize.limits import limits_of
from qkdopt.optimize.problem import SchedulingProblem

_MOST_STATES = 2**22  # nodes times labels times what required services double
_MOST_BITS = 5  # of required services that a label keeps apart; more are left out


class LabelledPaths:
    """The graph of each satellite's paths, searched at many gains and under many decisions.

    Attributes
    ----------
    interval, link
        Active interval and link of each of the ``M`` nodes of all satellites, shape ``(M,)``.
    bits
        What each node adds to the bits of its link, shape ``(M,)``.
    """

    def __init__(self, problem: SchedulingProblem) -> None:
        self._active = problem.interval.size
        self._plain = [
            (own.rows, graph_of_rows(problem, own, own.rows))
            for own in limits_of(problem).satellites
        ]
        self._read: tuple[BranchingConstraints, list[Graph]] | None = None
        cells = [(rows, graph.cell[:, graph.cell_of]) for rows, graph in self._plain]
        self.interval = np.concatenate([rows[cell[1]] for rows, cell in cells])
        self.link = np.concatenate([cell[0] for _, cell in cells])
        self.bits = np.concatenate([graph.bits for _, graph in self._plain]).astype(float)

    @property
    def steps(self) -> int:
        """How many steps one search takes: services, links before each, labels."""
        return sum(
            (graph.cells * graph.links + int(graph.gain.size)) * graph.labels.size
            for _, graph in self._plain
        )

    def longest(
        self, gain: Integers, constraints: BranchingConstraints
    ) -> tuple[Integers, int] | None:
        """Return a best schedule ``(A,)`` and its gain, ``None`` when none obeys.

        Exact, but where labels would have to remember too many required services at a time: some
        are left out then, and the gain can only be larger.

        Parameters
        ----------
        gain
            Of each node, of any sign, whole, shape ``(M,)``; sums must stay below 2^62.
        """
        if self._read is None or self._read[0] is not constraints:
            graphs = [_constrained(graph, constraints.of_rows(rows)) for rows, graph in self._plain]
            self._read = constraints, graphs
        service, total, end = np.full(self._active, -1, np.int64), 0, 0
        closed = np.where(constraints.forbidden[self.interval, self.link], DEAD, gain)
        for (rows, _), graph in zip(self._plain, self._read[1], strict=True):
            begin, end = end, end + graph.gain.size
            best = best_of_graph(graph.changed(gain=closed[begin:end]))
            if best is None:
                return None
            service[rows] = best[0].service
            total += best[1]
        return service, total


def _constrained(graph: Graph, constraints: BranchingConstraints) -> Graph:
    """Return the graph with the barriers and required services of branching decisions."""
    link, interval, passes, _, _, before = graph.cell
    required_from = np.where(constraints.occupied, np.arange(graph.index.size), -1)
    for d in constraints.required:
        required_from[d.last] = max(required_from[d.last], d.first)
    barrier = graph.barrier.copy()
    np.maximum(barrier[1:], np.maximum.accumulate(required_from), out=barrier[1:])
    states = max(1, graph.gain.size * graph.labels.size)
    most = min(_MOST_BITS, max(0, (_MOST_STATES // states).bit_length() - 1))
    satisfies, closes = constraints.by_time(most)
    return graph.changed(
        cell=np.stack(
            [
                link,
                interval,
                passes,
                constraints.occupied[interval],
                satisfies[interval, link],
                before,
            ]
        ),
        barrier=barrier,
        closes=closes,
    )
