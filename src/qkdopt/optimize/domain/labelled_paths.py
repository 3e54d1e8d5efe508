"""Longest paths under operations and branching decisions: labels hold the counters of the rules."""

from __future__ import annotations

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.optimize.domain.branching import BranchingConstraints
from qkdopt.optimize.domain.trellis.best import best_of_graph
from qkdopt.optimize.domain.trellis.graph import DEAD, Graph, graph_of_rows
from qkdopt.optimize.limits import limits_of
from qkdopt.optimize.problem import SchedulingProblem

__all__ = ["LabelledPaths"]

_MOST_STATES = 2**22  # nodes times labels times what required services double
_MOST_BITS = 5  # of required services that a label keeps apart; more are left out


class LabelledPaths:
    """The graph of each satellite's paths, searched at many gains and under many decisions."""

    def __init__(self, problem: SchedulingProblem) -> None:
        self._active = problem.interval.size
        self._plain = [
            (own.rows, graph_of_rows(problem, own, own.rows))
            for own in limits_of(problem).satellites
        ]
        self._read: tuple[BranchingConstraints, list[Graph]] | None = None

    @property
    def steps(self) -> int:
        """How many steps one search takes: services, links before each, labels."""
        return sum(
            int(graph.gain.size) * graph.links * graph.labels.size for _, graph in self._plain
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
            Of any sign, whole, shape ``(A, N)``; sums must stay below 2^62.
        """
        if self._read is None or self._read[0] is not constraints:
            graphs = [_constrained(graph, constraints.of_rows(rows)) for rows, graph in self._plain]
            self._read = constraints, graphs
        service, total = np.full(self._active, -1, np.int64), 0
        for (rows, _), graph in zip(self._plain, self._read[1], strict=True):
            link, at = graph.node[0], rows[graph.node[1]]
            allowed = ~constraints.forbidden[at, link]
            best = best_of_graph(graph.changed(gain=np.where(allowed, gain[at, link], DEAD)))
            if best is None:
                return None
            service[rows] = best[0].service
            total += best[1]
        return service, total


def _constrained(graph: Graph, constraints: BranchingConstraints) -> Graph:
    """Return the graph with the barriers and required services of branching decisions."""
    link, interval, passes = graph.node[:3]
    required_from = np.where(constraints.occupied, np.arange(graph.index.size), -1)
    for d in constraints.required:
        required_from[d.last] = max(required_from[d.last], d.first)
    barrier = graph.barrier.copy()
    np.maximum(barrier[1:], np.maximum.accumulate(required_from), out=barrier[1:])
    states = max(1, graph.gain.size * graph.labels.size)
    most = min(_MOST_BITS, max(0, (_MOST_STATES // states).bit_length() - 1))
    satisfies, closes = constraints.by_time(most)
    return graph.changed(
        node=np.stack(
            [
                link,
                interval,
                passes,
                constraints.occupied[interval],
                satisfies[interval, link],
            ]
        ),
        barrier=barrier,
        closes=closes,
    )
