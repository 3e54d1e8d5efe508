"""A problem as a graph of services: the arrays that every sweep works on."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np

from qkdopt.arrays import Indices, Integers
from qkdopt.errors import SolverError
from qkdopt.optimize.domain.longest_path import check_one_sky, check_sums
from qkdopt.optimize.domain.trellis import _kernels as kernels
from qkdopt.optimize.domain.trellis.labels import Labels, labels_of
from qkdopt.optimize.handover_times import HandoverTimes
from qkdopt.optimize.limits import FREE, IDLES, SatelliteLimits, contradiction, limits_of
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.strategy import Strategy, is_linear

DEAD = kernels.DEAD
LARGEST_BYTES = 4 * 2**30


@dataclass(frozen=True, eq=False)
class Graph:
    """Cells are the services that exist, ``C`` of them, in order of interval, then link.

    A schedule is a sequence of cells. From one cell to the next it *stays* (same link, any
    distance) or *turns* (another link, once there was time to); the label says whether it may.
    Where sessions count, a cell has a *node* for each interval in which its session may have
    begun; elsewhere one. ``M`` nodes, cell after cell, those that begin a session first.

    Attributes
    ----------
    gain, bits
        Value of each node, and what it adds to the bits of its link; shape ``(M,)``.
    node, continues
        First node of each cell, then ``M``, and the node of the cell before that each node
        continues, or -1; shapes ``(C + 1,)`` and ``(M,)``.
    cell
        Link, interval, pass, whether the interval is locked to the link, the bits of the
        required services that serving it is, and the link's cell before or -1; ``(6, C)``.
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
    bits: Integers
    node: Integers
    continues: Integers
    cell: Integers
    index: Integers
    barrier: Integers
    turns: HandoverTimes
    labels: Labels
    closes: Integers

    @cached_property
    def source(self) -> Indices:
        """Last cell of each link from which a session can begin in a cell, or -1; ``(C, N)``."""
        source = np.empty((self.cells, self.links), np.int32)
        lags, lag = np.unique(np.maximum(self.turns.tau, 0), return_inverse=True)
        lag = lag.reshape(self.turns.tau.shape)
        link, interval, before = self.cell[0], self.cell[1], self.cell[5]
        departure = np.searchsorted(self.index, self.index[:, np.newaxis] - lags)
        for n in range(self.links):
            source[:, n] = self.latest[departure[interval, lag[n, link]], n]
        for n, other in self.turns.pairs:
            own, after = np.flatnonzero(link == n), np.flatnonzero(link == other)
            soonest = self.turns.soonest(n, other, self.index[interval[own]])
            ready = np.searchsorted(soonest, self.index[interval[after]], side="right")
            source[after, n] = np.append(own, -1)[ready - 1]
        goes_on = np.flatnonzero(np.diff(self.node) > 1)  # sessions of the interval before
        source[goes_on, link[goes_on]] = before[before[goes_on]]
        return source

    @cached_property
    def target(self) -> Indices:
        """First cell of each link in which a session can follow a cell, or -1; ``(C, N)``."""
        target = np.empty_like(self.source)
        kernels.followers(self.cell, self.source, target)
        return target

    @cached_property
    def cell_of(self) -> Integers:
        """Cell of each node, shape ``(M,)``."""
        return np.repeat(np.arange(self.cells), np.diff(self.node))

    @property
    def cells(self) -> int:
        """Number of cells, ``C``."""
        return int(self.cell.shape[1])

    @property
    def links(self) -> int:
        """Number of links, ``N``."""
        return int(self.turns.tau.shape[0])

    @cached_property
    def latest(self) -> Indices:
        """Last cell of each link before interval ``a``, or -1; int32 ``(A + 1, N)``."""
        latest = np.full((self.barrier.size, self.links), -1, np.int32)
        latest[self.cell[1] + 1, self.cell[0]] = np.arange(self.cells)
        return np.maximum.accumulate(latest, axis=0)

    @cached_property
    def earliest(self) -> Indices:
        """First cell of each link in interval ``a`` or later, or -1; int32 ``(A + 1, N)``."""
        cells = self.cells
        earliest = np.full((self.barrier.size, self.links), cells, np.int32)
        earliest[self.cell[1], self.cell[0]] = np.arange(cells)
        earliest = np.minimum.accumulate(earliest[::-1], axis=0)[::-1]
        return np.where(earliest < cells, earliest, np.int32(-1))

    @cached_property
    def tables(self) -> Integers:
        """Rows stay, turn, rest of the labels, shape ``(3, L)``."""
        return np.stack([self.labels.stay, self.labels.turn, self.labels.rest])

    def sweep(self, *, both_ways: bool = False) -> kernels.Sweep:
        """Return the arrays for the kernels; :attr:`target` only for ``both_ways``."""
        target = self.target if both_ways else np.empty((0, 0), np.int32)
        return kernels.Sweep(
            self.gain, self.node, self.continues, self.cell, self.source, target, self.barrier,
            self.tables, self.labels.first, self.labels.final, self.closes,
        )  # fmt: skip

    @property
    def states(self) -> int:
        """How many nodes there are with how many labels, ``M L 2^R``."""
        return int(self.gain.size * self.labels.size) << int(self.closes.shape[1])

    def table(self, rows: int) -> Integers:
        """Return an uninitialised table of potentials, int64 ``(rows, L 2^R)``."""
        return np.empty((rows, self.labels.size << self.closes.shape[1]), np.int64)

    def changed(self, **fields: Any) -> Self:
        """Return the graph with other fields; cells, and where they lead, stay as they are."""
        other = replace(self, **fields)
        for known in ("source", "latest", "tables"):
            other.__dict__[known] = getattr(self, known)
        return other


def graph_of(problem: SchedulingProblem, strategy: Strategy) -> Graph:
    """Return the graph of a linear strategy's values; the problem is of one satellite.

    Raises
    ------
    SolverError
        For other strategies, cloud scenarios and sums beyond 2^62.
    """
    if not is_linear(strategy):
        raise SolverError(f"strategy {strategy.name} has no linear objective")
    check_one_sky(problem)
    coefficients = strategy.coefficients(problem)
    check_sums(problem, coefficients)
    (own,) = limits_of(problem).satellites
    graph = graph_of_rows(problem, own, own.rows)
    return replace(graph, gain=graph.bits * coefficients[graph.cell[0, graph.cell_of]])


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
        barrier[-1] = held.size  # after every cell: no schedule reaches the end
    before = before_on_link(link)
    node, continues, bits = nodes_of(problem, link, rows[interval], before)
    return Graph(
        gain=np.zeros(bits.size, np.int64),
        bits=bits,
        node=node,
        continues=continues,
        cell=np.stack([link, interval, passes[interval], held[interval], 0 * link, before]),
        index=problem.interval[rows],
        barrier=barrier,
        turns=own.turns,
        labels=labels_of(own, passes),
        closes=np.empty((held.size, 0), np.int64),
    )


def before_on_link(link: Integers) -> Integers:
    """Return the cell of the same link before each, or -1, of cells in order of time."""
    order = np.argsort(link.astype(np.int32), kind="stable")
    before = np.full(link.size, -1, np.int64)
    same = np.diff(link[order]) == 0
    before[order[1:][same]] = order[:-1][same]
    return before


def nodes_of(
    problem: SchedulingProblem, link: Integers, row: Integers, before: Integers
) -> tuple[Integers, Integers, Integers]:
    """Return first node of each cell, what each node continues, and the bits that it adds.

    See :class:`Graph`; ``C`` cells have links and active intervals, and cells of the link before.
    """
    sessions = problem.sessions
    if sessions is None:
        cells = np.arange(link.size + 1)
        return cells, np.full(link.size, -1), problem.bits[link, row].astype(np.int64)
    contact = sessions.contact[link, row]
    goes_on = (row[before] == row - 1) & (contact[before] == contact) & (before >= 0)
    order = np.argsort(link, kind="stable")  # of links, then time
    place = np.arange(link.size)
    begins = np.maximum.accumulate(np.where(goes_on[order], 0, place))
    count = np.empty(link.size, np.int64)  # of nodes: one for each interval of a run up to here
    count[order] = place - begins + 1
    node = np.append(0, np.cumsum(count))
    cell = np.repeat(place, count)
    age = np.arange(cell.size) - node[cell]
    continues = np.where(age > 0, node[before[cell]] + age - 1, -1)
    at = sessions.place(contact[cell], row[cell] - age, row[cell])
    return node, continues, sessions.increments[at]


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
