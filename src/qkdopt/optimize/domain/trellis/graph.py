"""A problem as a graph of services: the arrays that every sweep works on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from qkdopt.arrays import Indices, Integers
from qkdopt.errors import SolverError
from qkdopt.optimize.domain.trellis import _kernels as kernels
from qkdopt.optimize.domain.trellis.labels import Labels, labels_of
from qkdopt.optimize.handover_times import HandoverTimes
from qkdopt.optimize.limits import FREE, IDLES, SatelliteLimits, contradiction, limits_of
from qkdopt.optimize.problem import SchedulingProblem

__all__ = ["DEAD", "Graph", "check_size", "graph_of", "graph_of_rows"]

DEAD = kernels.DEAD
LARGEST_BYTES = 4 * 2**30


@dataclass(frozen=True, eq=False)
class Graph:
    """Nodes are the services that exist, ``M`` of them, in order of interval, then link.

    A schedule is a sequence of nodes. From one node to the next it *stays* (same link, any
    distance) or *turns* (another link, once there was time to); the label says whether it may.

    Attributes
    ----------
    gain
        Value of each node, shape ``(M,)``.
    node
        Link, interval, pass, whether the interval is locked to the link, and the bits of the
        required services that serving it is; ``(5, M)``.
    index
        Global index of each interval, shape ``(A,)``.
    barrier
        Last interval before ``a`` that must serve a link, or -1; ``(A + 1,)``.
    turns
        How long hand-overs take.
    closes
        Required services: see :class:`~qkdopt.optimize.domain.trellis._kernels.Sweep`.
    """

    gain: Integers
    node: Integers
    index: Integers
    barrier: Integers
    turns: HandoverTimes
    labels: Labels
    closes: Integers

    @cached_property
    def source(self) -> Indices:
        """Last node of each link from which a node can be reached, or -1; ``(M, N)``."""
        source = np.empty((self.gain.size, self.links), np.int32)
        lags, lag = np.unique(np.maximum(self.turns.tau, 0), return_inverse=True)
        lag = lag.reshape(self.turns.tau.shape)
        link, interval = self.node[:2]
        departure = np.searchsorted(self.index, self.index[:, np.newaxis] - lags)
        for n in range(self.links):
            source[:, n] = self.latest[departure[interval, lag[n, link]], n]
        for n, other in self.turns.pairs:
            before, after = np.flatnonzero(link == n), np.flatnonzero(link == other)
            soonest = self.turns.soonest(n, other, self.index[interval[before]])
            ready = np.searchsorted(soonest, self.index[interval[after]], side="right")
            source[after, n] = np.append(before, -1)[ready - 1]
        return source

    @cached_property
    def target(self) -> Indices:
        """First node of each link that can follow a node, or -1; ``(M, N)``."""
        target = np.empty_like(self.source)
        kernels.followers(self.node[0], self.source, target)
        return target

    @property
    def links(self) -> int:
        """Number of links, ``N``."""
        return int(self.turns.tau.shape[0])

    @cached_property
    def latest(self) -> Indices:
        """Last node of each link before interval ``a``, or -1; int32 ``(A + 1, N)``."""
        latest = np.full((self.barrier.size, self.links), -1, np.int32)
        latest[self.node[1] + 1, self.node[0]] = np.arange(self.gain.size)
        return np.maximum.accumulate(latest, axis=0)

    @cached_property
    def earliest(self) -> Indices:
        """First node of each link in interval ``a`` or later, or -1; int32 ``(A + 1, N)``."""
        nodes = self.gain.size
        earliest = np.full((self.barrier.size, self.links), nodes, np.int32)
        earliest[self.node[1], self.node[0]] = np.arange(nodes)
        earliest = np.minimum.accumulate(earliest[::-1], axis=0)[::-1]
        return np.where(earliest < nodes, earliest, np.int32(-1))

    @cached_property
    def tables(self) -> Integers:
        """Rows stay, turn, rest of the labels, shape ``(3, L)``."""
        return np.stack([self.labels.stay, self.labels.turn, self.labels.rest])

    def sweep(self, *, both_ways: bool = False) -> kernels.Sweep:
        """Return the arrays for the kernels; :attr:`target` only for ``both_ways``."""
        target = self.target if both_ways else np.empty((0, 0), np.int32)
        return kernels.Sweep(
            self.gain, self.node, self.source, target, self.barrier, self.tables,
            self.labels.first, self.labels.final, self.closes,
        )  # fmt: skip

    @property
    def states(self) -> int:
        """How many nodes there are with how many labels, ``M L 2^R``."""
        return int(self.gain.size * self.labels.size) << int(self.closes.shape[1])

    def table(self) -> Integers:
        """Return an uninitialised table of potentials, int64 ``(M, L 2^R)``."""
        return np.empty((self.gain.size, self.labels.size << self.closes.shape[1]), np.int64)

    def changed(self, **fields: Any) -> Graph:
        """Return the graph with other fields; nodes, and where they lead, stay as they are."""
        other = replace(self, **fields)
        for known in ("source", "latest", "tables"):
            other.__dict__[known] = getattr(self, known)
        return other


def graph_of(problem: SchedulingProblem, gain: Integers) -> Graph:
    """Return the graph in which serving ``n`` in ``a`` has value ``gain[a, n]``, ``(A, N)``.

    The problem is of one satellite.
    """
    (own,) = limits_of(problem).satellites
    graph = graph_of_rows(problem, own, own.rows)
    link, interval = graph.node[:2]
    return replace(graph, gain=gain[interval, link])


def graph_of_rows(problem: SchedulingProblem, own: SatelliteLimits, rows: Integers) -> Graph:
    """Return the graph of some of a satellite's active intervals; serving them has no value.

    ``rows`` are their numbers, rising; those of the graph count from 0.
    """
    limits = limits_of(problem)
    interval, link = np.nonzero(limits.servable.T[rows])
    held = (limits.lock[rows] != FREE) & (limits.lock[rows] != IDLES)
    passes = limits.passes[rows]
    barrier = np.full(held.size + 1, -1, np.int64)
    np.maximum.accumulate(np.where(held, np.arange(held.size), -1), out=barrier[1:])
    if contradiction(problem):
        barrier[-1] = held.size  # after every node: no schedule reaches the end
    return Graph(
        gain=np.zeros(link.size, np.int64),
        node=np.stack([link, interval, passes[interval], held[interval], 0 * link]),
        index=problem.interval[rows],
        barrier=barrier,
        turns=own.turns,
        labels=labels_of(own, passes),
        closes=np.empty((held.size, 0), np.int64),
    )


def check_size(states: int, tables: int) -> None:
    """Refuse potentials of states that would not fit the memory of a usual machine.

    Raises
    ------
    SolverError
        Naming the number of states and the memory.
    """
    if 8 * states * tables > LARGEST_BYTES:
        raise SolverError(
            f"the operations need {states:,} states ({8 * states * tables / 2**30:.1f} GiB): "
            f"use smaller limits or larger ones that do not bind"
        )
