"""One component of satellites that share receivers: its best bound and schedule at some gains."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.domain.component_cuts import ComponentCuts
from qkdopt.optimize.domain.component_program import ComponentProgram
from qkdopt.optimize.domain.odd_cuts import OddCut
from qkdopt.optimize.domain.path_program import PathProgram
from qkdopt.optimize.domain.receiver_prices import ReceiverPrices
from qkdopt.optimize.domain.receiver_program import ProgramSolution
from qkdopt.optimize.domain.ruin_and_recreate import RuinAndRecreate, common_times
from qkdopt.optimize.domain.sparse_cells import SparseCells
from qkdopt.optimize.exchange.search_parameters import ReceiverPriceParameters

_MOST_CELLS = 60_000  # for a linear programme
_MOST_PROGRAMS = 60
_MOST_COLUMNS = 1000  # programmes over paths, each with a few more
_LONGEST_MIP_S = 20.0
_ROUNDING = 2.0**-51

Decisions = Sequence[tuple[int, bool]]
"""Cells, and whether each has to be served or must not be."""


@dataclass(frozen=True, eq=False)
class ComponentBound:
    """What no schedule of a component gains more than, with what proves it, and a schedule.

    Attributes
    ----------
    bound
        ``-inf`` when no schedule obeys the decisions.
    value, served
        Of the schedule, which may miss decisions: then its value is ``-inf``.
    price
        Of the component's slots.
    mixed
        Cells that the last linear programme served in part, those nearest a half first.
    """

    bound: float
    value: float
    served: Integers
    price: Floats
    mixed: Integers


def _raised(gain: Floats, node: Integers, decisions: Decisions) -> tuple[Floats, float]:
    """Return gains at which best paths obey decisions about cells, and what that adds to them.

    A cell that must be served gains more than all others together, one that must not loses.
    """
    bonus = 2.0 ** math.ceil(math.log2(2.0 * float(np.abs(gain).sum()) + 1.0))
    changed = gain.copy()
    for cell, served in decisions:
        own = slice(node[cell], node[cell + 1])
        changed[own] = gain[own] + bonus if served else -bonus
    return changed, bonus * sum(served for _, served in decisions)


class Component:
    """A component of all cells, priced by itself.

    Attributes
    ----------
    inside, nodes, slots
        Numbers of its cells, their nodes and its slots among all.
    """

    def __init__(
        self,
        whole: SparseCells,
        number: int,
        stop: Callable[[], bool],
        remaining: Callable[[], float],
        parameters: ReceiverPriceParameters,
    ) -> None:
        self._plain, self.inside, self.slots = whole.part(number)
        self.nodes = slice(*whole.node[[self.inside.start, self.inside.stop]].tolist())
        self._stop, self._remaining = stop, remaining
        self._parameters = replace(parameters, sweeps=parameters.component_sweeps)
        self._rows = slice(*whole.shared.begin[number : number + 2].tolist())

    @cached_property
    def walk(self) -> RuinAndRecreate:
        """A walk over its schedules, where satellites have no rules."""
        return RuinAndRecreate(self._plain)

    @cached_property
    def _cutting(self) -> ComponentCuts:
        return ComponentCuts(self._plain, common_times(self._plain))

    @property
    def cuts(self) -> Sequence[OddCut]:
        """Cuts that were found, each priced like a slot more."""
        return self._cutting.cuts

    @property
    def sparse(self) -> SparseCells:
        """Its cells; what they use are the slots, then the cuts."""
        return self._cutting.sparse

    def place(self, own: Integers, served: Integers) -> None:
        """Put the component's schedule into that of all, which is changed."""
        served[self._rows] = np.where(own >= 0, own + self.inside.start, -1)

    def taken_from(self, served: Integers) -> Integers:
        """Return the component's part of a schedule."""
        own = served[self._rows]
        return np.where(own >= 0, own - self.inside.start, -1)

    def bound(
        self,
        gain: Floats,
        decisions: Decisions,
        price: Floats,
        unit: float,
        known: Integers | None = None,
        enough: float = -math.inf,
    ) -> ComponentBound:
        """Return the best bound under decisions that subgradients and linear programmes find.

        Parameters
        ----------
        gain, price
            Of the component's nodes, and of its slots at first.
        unit, enough
            How near the bound has to come to a value; and one that need not be improved.
        known
            A schedule.
        """
        changed, bonus = _raised(gain, self._plain.node, decisions)
        fixed = np.array([cell for cell, served in decisions if served], np.int64)
        prices = ReceiverPrices(
            self.sparse, np.random.default_rng(0), self._parameters,
            price=self._without_conflict(self._cutting.padded(price), fixed, bonus),
        )  # fmt: skip
        prices.at(changed)
        if known is not None:
            prices.take(known)
        enough = max(enough, -float(np.abs(gain).sum())) + bonus

        def done() -> bool:
            return bool(prices.bound[0] <= enough) or self._stop()

        prices.improve(done, unit)
        mixed = np.zeros(0, np.int64)
        if not done() and self.sparse.problem.rules:
            mixed = self._settle_paths(prices, gain, decisions, unit, done)
        elif not done():
            mixed = self._settle(prices, fixed, unit, done, search=not decisions)
        bound, value = float(prices.bound[0] - bonus), float(prices.value[0] - bonus)
        least = -float(np.abs(gain).sum()) - unit
        return ComponentBound(
            bound if bound >= least else -math.inf,
            value if value >= least else -math.inf,
            prices.served, prices.price, mixed,
        )  # fmt: skip

    def cut(self, gain: Floats, price: Floats, unit: float, known: Integers) -> ComponentBound:
        """Return the best bound and schedule that new cuts find, of satellites without rules."""
        prices = ReceiverPrices(
            self.sparse, np.random.default_rng(0), self._parameters,
            price=self._cutting.padded(price),
        )  # fmt: skip
        prices.at(gain)
        prices.take(known)
        prices, mixed = self._cutting.improve(prices, unit, self._stop, self._remaining)
        bound, value = float(prices.bound[0]), float(prices.value[0])
        return ComponentBound(bound, value, prices.served, prices.price, mixed)

    def certified(self, gain: Floats, decisions: Decisions, price: Floats) -> Fraction | None:
        """Return what no schedule gains more than under decisions; ``None`` if none obeys.

        Gains and prices are whole multiples of a power of two, so that sums have no rounding.
        """
        changed, bonus = _raised(gain, self._plain.node, decisions)
        price, intervals = self._cutting.padded(price), self.sparse.cells.interval.size
        worth = self.sparse.paths.best(self.sparse.price(changed, price))[0]
        if np.isneginf(worth).any():
            return None
        paid = float(self.sparse.paid(price)[0].sum())
        slack = bonus * (intervals + 2) * _ROUNDING
        gained = Fraction(float(worth.sum())) - Fraction(bonus) + Fraction(slack)
        impossible = -float(np.abs(gain).sum() + (price * self.sparse.shared.receivers).sum())
        return None if gained < impossible else gained + Fraction(paid)

    def _without_conflict(self, price: Floats, fixed: Integers, bonus: float) -> Floats:
        """Return prices at which services that exclude each other are too dear."""
        served = self._served(fixed)
        kept = self.sparse.without_conflicts(served, np.zeros(served.size, bool))
        if np.array_equal(kept, served):
            return price.copy()
        return price + bonus * (self.sparse.use(served) > 0)

    def _settle(
        self,
        prices: ReceiverPrices,
        fixed: Integers,
        unit: float,
        done: Callable[[], bool],
        *,
        search: bool,
    ) -> Integers:
        """Improve prices by linear programmes over the cells that matter; return mixed cells.

        Cells that the duals make useful join the programme, until its value is the bound.
        """
        mixed = np.zeros(0, np.int64)
        cells = prices.useful_cells(0, float(prices.gap[0]))
        cells = np.union1d(cells, fixed)
        searched = not search
        for _ in range(_MOST_PROGRAMS):
            cells = cells[prices.gain[cells] > 0.0]
            if prices.gap[0] <= unit or done() or cells.size > _MOST_CELLS:
                break
            program = ComponentProgram(self.sparse, cells, prices.gain, fixed)
            relaxed = program.relaxed(self._remaining())
            if relaxed is None:
                break
            mixed = relaxed.mixed
            self._take(prices, relaxed)
            if relaxed.chosen is None and not searched and not done():
                searched = True
                self._take(prices, program.schedule(min(self._remaining(), _LONGEST_MIP_S)))
            prices.take_prices(relaxed.prices(prices.price.size))
            grown = np.union1d(cells, prices.path[prices.path >= 0])
            if grown.size == cells.size:
                break
            cells = grown
        return mixed

    def _settle_paths(
        self,
        prices: ReceiverPrices,
        gain: Floats,
        decisions: Decisions,
        unit: float,
        done: Callable[[], bool],
    ) -> Integers:
        """Do the same by linear programmes over paths, which know all rules of satellites."""
        paths: dict[tuple[int, tuple[int, ...]], None] = {}
        mixed, searched = np.zeros(0, np.int64), 0
        required = self._by_path([cell for cell, yes in decisions if yes])
        barred = self._by_path([cell for cell, yes in decisions if not yes])
        for _ in range(_MOST_COLUMNS):
            known = len(paths)
            for served in (prices.path, *([prices.served] if prices.known else [])):
                for s, path in enumerate(self.sparse.paths.split(served)):
                    cells = {*path.tolist()}
                    if required[s] <= cells and not barred[s] & cells:
                        paths[s, tuple(path.tolist())] = None
            if prices.gap[0] <= unit or done() or len(paths) == known:
                break
            program = PathProgram(self.sparse, list(paths), gain)
            relaxed = program.relaxed(self._remaining())
            if relaxed is None:
                break
            mixed = relaxed.mixed
            self._take(prices, relaxed)
            prices.take_prices(relaxed.prices(prices.price.size))
            if relaxed.chosen is None and len(paths) > 2 * searched and not done():
                searched = len(paths)
                self._take(prices, program.schedule(min(self._remaining(), _LONGEST_MIP_S)))
        return mixed

    def _by_path(self, cells: Sequence[int]) -> list[set[int]]:
        """Return which of some cells each path may serve."""
        served = self._served(np.array(cells, np.int64))
        return [{*part.tolist()} for part in self.sparse.paths.split(served)]

    def _served(self, cells: Integers) -> Integers:
        """Return the cell that each interval serves, -1 for none, from those that are served."""
        served = np.full(self.sparse.cells.interval.size, -1, np.int64)
        served[self.sparse.cells.row[cells]] = cells
        return served

    def _take(self, prices: ReceiverPrices, found: ProgramSolution | None) -> None:
        if found is None or found.chosen is None:
            return
        served = self._served(found.chosen)
        if self.sparse.obeyed(served):
            prices.take(served)
