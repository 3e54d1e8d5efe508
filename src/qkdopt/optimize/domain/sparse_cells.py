"""The cells of a problem whose satellites share receivers: those with bits, and what they use.

A cell has a *node* for each interval in which its session may have begun, from the cell itself
backwards; where no sessions count it has one. Gains are of nodes, prices of cells.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from qkdopt.arrays import Bools, Floats, Integers
from qkdopt.optimize.domain import _joint_kernels as kernels
from qkdopt.optimize.domain import _receiver_kernels as receiver_kernels
from qkdopt.optimize.domain._descent_kernels import Market, pay_stations
from qkdopt.optimize.domain.cell_paths import CellPaths, cell_paths
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.domain.station_plans import market_of
from qkdopt.optimize.domain.trellis.graph import before_on_link, nodes_of
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.problem.receivers import SharedReceivers


@dataclass(frozen=True, eq=False)
class SparseCells:
    """The cells of a problem with bits that count, and the receivers they use; made once.

    Attributes
    ----------
    cells, slots
        As compiled code takes them.
    bits, target
        Of each node, shape ``(M,)``.
    node
        First node of each cell, then ``M``; shape ``(C + 1,)``.
    begin
        First active interval of each block of one satellite, then ``A``.
    delivery, offset
        What counts of the problem, and the number there of the first interval.
    """

    shared: SharedReceivers
    cells: kernels.Cells
    slots: kernels.Slots
    bits: Floats
    target: Integers
    node: Integers
    begin: Integers
    delivery: Delivery
    offset: int = 0

    @classmethod
    def create(cls, delivery: Delivery) -> SparseCells:
        """Return the cells of a problem whose satellites share receivers."""
        problem, shared = delivery.problem, delivery.problem.receivers
        assert shared is not None
        assert problem.joined is not None
        row, column = map(np.ascontiguousarray, np.nonzero(~delivery.never))  # one type for kernels
        active, links = delivery.never.shape
        key = row * links + column
        used = shared.row * links + shared.column
        at = np.searchsorted(key, used)
        kept = np.append(key, -1)[at] == used
        at = at[kept]
        interval = np.array(problem.interval)
        cells = kernels.Cells(
            first=np.searchsorted(row, np.arange(active + 1)),
            row=row,
            column=column,
            before=before_on_link(column),
            use_first=np.searchsorted(at, np.arange(row.size + 1)),
            use_slot=np.ascontiguousarray(shared.slot[kept]),
            interval=interval,
            ready=np.searchsorted(interval, interval - problem.tau),
            links=links,
        )
        node, _, bits = nodes_of(problem, column, row, cells.before)
        return cls(
            shared=shared,
            cells=cells,
            slots=_slots(shared),
            bits=bits.astype(float),
            target=np.repeat(delivery.position[column], np.diff(node)),
            node=node,
            begin=np.array(problem.joined.begin),
            delivery=delivery,
        )

    @property
    def problem(self) -> SchedulingProblem:
        """What there is to schedule."""
        return self.delivery.problem

    def part(self, component: int) -> tuple[SparseCells, slice, Integers]:
        """Return one component alone, the numbers of its cells, and those of its slots."""
        whole, shared = self.cells, self.shared
        a, b = shared.begin[component : component + 2].tolist()
        inside = slice(int(whole.first[a]), int(whole.first[b]))
        node = self.node[inside.start : inside.stop + 1]
        nodes = slice(int(node[0]), int(node[-1]))
        uses = slice(int(whole.use_first[inside.start]), int(whole.use_first[inside.stop]))
        slots = np.flatnonzero(self.component_of_slot == component)
        number = np.full(shared.station.size, -1, np.int64)
        number[slots] = np.arange(slots.size)
        kept = self.begin[(self.begin >= a) & (self.begin <= b)]
        first = np.searchsorted(shared.row, [a, b])
        cells = whole._replace(
            first=whole.first[a : b + 1] - inside.start,
            row=whole.row[inside] - a,
            column=whole.column[inside],
            before=np.maximum(whole.before[inside] - inside.start, -1),
            use_first=whole.use_first[inside.start : inside.stop + 1] - uses.start,
            use_slot=number[whole.use_slot[uses]],
            interval=whole.interval[a:b],
            ready=whole.ready[a:b] - a,
        )
        own = SharedReceivers(
            row=shared.row[slice(*first)] - a, column=shared.column[slice(*first)],
            slot=number[shared.slot[slice(*first)]], station=shared.station[slots],
            interval=shared.interval[slots], satellite=shared.satellite[slots],
            receivers=shared.receivers[slots], tau=shared.tau[slots],
            begin=np.array([0, b - a], np.int64),
        )  # fmt: skip
        sparse = SparseCells(
            own, cells, _slots(own), self.bits[nodes], self.target[nodes], node - nodes.start,
            kept - a, self.delivery, self.offset + a,
        )  # fmt: skip
        return sparse, inside, slots

    def with_receivers(self, shared: SharedReceivers, cells: kernels.Cells) -> SparseCells:
        """Return the same cells where they use other receivers."""
        return replace(self, shared=shared, cells=cells, slots=_slots(shared))

    @cached_property
    def component_of_row(self) -> Integers:
        """Component of each active interval, shape ``(A,)``."""
        begin = self.shared.begin
        return np.repeat(np.arange(begin.size - 1), np.diff(begin))

    @cached_property
    def component_of_slot(self) -> Integers:
        """Component of each slot, shape ``(S,)``."""
        component = np.zeros(self.shared.station.size, np.int64)
        component[self.shared.slot] = self.component_of_row[self.shared.row]
        return component

    @cached_property
    def component_of_block(self) -> Integers:
        """Component of each block of one satellite, shape ``(B,)``."""
        return np.searchsorted(self.shared.begin, self.begin[:-1], side="right") - 1

    @cached_property
    def block_of_cell(self) -> Integers:
        """Block of one satellite that each cell is in, shape ``(C,)``."""
        return np.searchsorted(self.begin, self.cells.row, side="right") - 1

    @cached_property
    def paths(self) -> CellPaths:
        """The satellites' paths."""
        return cell_paths(self)

    @cached_property
    def market(self) -> Market:
        """Who uses which receivers."""
        return market_of(self.cells, self.shared, self.component_of_slot)

    def paid(self, price: Floats) -> tuple[Floats, Floats]:
        """Return what stations are paid at most at prices of slots, shape ``(S,)``.

        By component ``(K,)``; and for how many uses of each slot, shape ``(S,)``.
        """
        paid, spare = np.empty(self.components), np.empty(price.size)
        pay_stations(self.market, price, spare, paid)
        return paid, spare

    @cached_property
    def cell_of(self) -> Integers:
        """Cell of each node, shape ``(M,)``."""
        return np.repeat(np.arange(self.cells.row.size), np.diff(self.node))

    @cached_property
    def _priced(self) -> kernels.Cells:
        """Nodes as if they were cells, with the slots that each uses."""
        if self.problem.sessions is None:
            return self.cells
        count = np.diff(self.cells.use_first)[self.cell_of]
        first = np.append(0, np.cumsum(count))
        each = np.arange(first[-1]) - np.repeat(first[:-1], count)
        slot = self.cells.use_slot[np.repeat(self.cells.use_first[self.cell_of], count) + each]
        return self.cells._replace(use_first=first, use_slot=slot)

    def gain(self, prices: Floats) -> Floats:
        """Return the gains of all nodes at prices of what is delivered, ``(T,)`` to ``(M,)``."""
        if self.delivery.by_link:
            return np.asarray(self.bits * np.append(prices, 0.0)[self.target], float)
        return np.asarray(self.delivery.gains(prices)[self.cells.row, self.cells.column], float)

    def price(self, gain: Floats, price: Floats) -> Floats:
        """Return the gains of nodes less the prices of the slots that their cells use."""
        priced = np.empty(gain.size)
        kernels.price_uses(self._priced, gain, price, priced)
        return priced

    def by_slot(self, gain: Floats) -> Floats:
        """Return what the nodes that use each slot gain together, losses left out; ``(S,)``."""
        each = np.repeat(np.maximum(gain, 0.0), np.diff(self._priced.use_first))
        slots = self.shared.station.size
        return np.asarray(np.bincount(self._priced.use_slot, each, minlength=slots), float)

    def nodes(self, cells: Integers) -> Integers:
        """Return the node of each cell of a schedule, by its session; cells in order of time."""
        goes_on = np.diff(self.node)[cells] > 1
        goes_on &= self.cells.before[cells] == np.append(-1, cells[:-1])[: cells.size]
        place = np.arange(cells.size)
        begins = np.maximum.accumulate(np.where(goes_on, 0, place))
        return np.asarray(self.node[cells] + place - begins, np.int64)

    @property
    def components(self) -> int:
        """How many components there are."""
        return self.shared.begin.size - 1

    def service(self, served: Integers) -> Integers:
        """Return the link of each active interval from the cell that it serves, -1 for none."""
        return np.append(self.cells.column, -1)[served]

    def served(self, service: Integers) -> Integers:
        """Return the cell that each interval serves, the inverse of :meth:`service`."""
        return self.cells_at(np.arange(service.size), service)

    def cells_at(self, row: Integers, column: Integers) -> Integers:
        """Return the numbers of cells, -1 where one has no bits that count or no link is given."""
        links = self.cells.links
        key = np.append(self.cells.row * links + self.cells.column, -1)
        wanted = row * links + column
        at = np.searchsorted(key[:-1], wanted)
        return np.where((column >= 0) & (key[at] == wanted), at, -1)

    def use(self, served: Integers) -> Integers:
        """Return how many services use each slot, shape ``(S,)``."""
        uses = np.zeros(self.shared.station.size, np.int64)
        receiver_kernels.change_uses(self.cells, served, 1, uses)
        return uses

    def obeyed(self, served: Integers) -> bool:
        """Say whether a schedule uses no receiver too often."""
        return self.shared.obeyed(self.service(served))

    def without_conflicts(self, served: Integers, kept: Bools) -> Integers:
        """Return services without those for which no receiver is left; ``kept`` come first.

        ``kept`` has shape ``(A,)``; with set-up times fewer than possible may stay.
        """
        left = np.full(served.size, -1, np.int64)
        taken = np.zeros(self.shared.station.size, np.int64)
        rows = np.flatnonzero(served >= 0)
        rows = rows[np.argsort(~kept[rows], kind="stable")]
        receiver_kernels.keep_possible(self.cells, self.slots, served, rows, taken, left)
        return left

    def by_component(self, of_nodes: Floats, served: Integers) -> Floats:
        """Return sums over what is served in each component."""
        rows = np.flatnonzero(served >= 0)
        each = of_nodes[self.nodes(served[rows])]
        sums = np.bincount(self.component_of_row[rows], each, minlength=self.components)
        return np.asarray(sums, float)


def _slots(shared: SharedReceivers) -> kernels.Slots:
    wide = int(shared.interval.max(initial=0)) + int(shared.tau.max(initial=0)) + 2
    time = shared.station * (2 * wide) + shared.interval
    return kernels.Slots(
        receivers=np.array(shared.receivers),
        tau=np.array(shared.tau),
        satellite=np.array(shared.satellite),
        near_first=np.searchsorted(time, time - shared.tau),
        near_end=np.searchsorted(time, time + shared.tau, side="right"),
    )
