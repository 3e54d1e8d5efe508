"""Longest paths under operations and branching decisions: labels hold the counters of the rules."""

from __future__ import annotations

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.optimize.domain.branching import BranchingConstraints
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.domain.trellis.best import best_of_graph
from qkdopt.optimize.domain.trellis.graph import DEAD, Graph, graph_of

__all__ = ["LabelledPaths"]

_MOST_STATES = 2**22  # nodes times labels times what required services double
_MOST_BITS = 5  # of required services that a label keeps apart; more are left out


class LabelledPaths:
    """The graph of one problem's schedules, searched at many gains and under many decisions."""

    def __init__(self, delivery: Delivery) -> None:
        shape = delivery.problem.interval.size, len(delivery.problem.links)
        self._plain = graph_of(delivery.problem, np.zeros(shape, np.int64))
        self._read: tuple[BranchingConstraints, Graph] | None = None

    @property
    def steps(self) -> int:
        """How many steps one search takes: services, links before each, labels."""
        return int(self._plain.gain.size) * len(self._plain.tau) * self._plain.labels.size

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
            self._read = constraints, self._constrained(constraints)
        graph = self._read[1]
        link, interval = graph.node[:2]
        allowed = ~constraints.forbidden[interval, link]
        best = best_of_graph(
            graph.changed(gain=np.where(allowed, gain[interval, link], DEAD)),
        )
        return None if best is None else (best[0].service, best[1])

    def _constrained(self, constraints: BranchingConstraints) -> Graph:
        """Return the graph with the barriers and required services of branching decisions."""
        graph = self._plain
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
