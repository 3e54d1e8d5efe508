"""The pricing problem of satellites that share receivers: a bound by prices, and a schedule."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from math import gcd

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.deadline import Deadline
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.branching import BranchingDecision
from qkdopt.optimize.domain.certified_prices import CertifiedPrices
from qkdopt.optimize.domain.component import Component, ComponentBound
from qkdopt.optimize.domain.component_tree import ComponentTree
from qkdopt.optimize.domain.multipliers import RationalMultipliers
from qkdopt.optimize.domain.pricing import LongestPath, PricingProblem
from qkdopt.optimize.domain.receiver_prices import ReceiverPrices
from qkdopt.optimize.domain.sparse_cells import SparseCells
from qkdopt.optimize.exchange.parameters import USUAL
from qkdopt.optimize.exchange.search_parameters import ReceiverPriceParameters

_TINY = 1e-12
_MOST_CANDIDATES = 4
_MOST_TREES = 100  # a verifier takes so many
_MANY_CELLS, _ROUGH = 2000, 1e-5
_MUCH, _PATIENCE = 0.98, 4  # of a gap that is left; so often
_WIDE, _WALKS = 2500, 2  # useful cells; walks, each twice as long as the one before

_Decisions = Sequence[BranchingDecision]


def pricing_problem(
    blocks: Blocks,
    deadline: Deadline | None = None,
    parameters: ReceiverPriceParameters = USUAL.receiver_prices,
) -> PricingProblem:
    """Return the pricing problem: longest paths, or a bound on joint ones of several satellites."""
    if blocks.delivery.problem.receivers is None:
        return PricingProblem(blocks)
    return JointPricing(blocks, deadline or Deadline(), parameters)


class JointPricing(PricingProblem):
    """No schedule gains more than ``L(gain - p)`` plus what stations are paid for receivers.

    Prices ``p`` are improved at every call, from where they were. The schedule that comes with the
    bound obeys all receivers; it need not have the greatest gain. Under decisions parts of it may
    idle where a decision requires a service.
    """

    def __init__(
        self, blocks: Blocks, deadline: Deadline, parameters: ReceiverPriceParameters
    ) -> None:
        super().__init__(blocks)
        self._stop, self._remaining = deadline.expired, deadline.remaining
        self._sparse = SparseCells.create(blocks.delivery)
        self._prices = ReceiverPrices(self._sparse, np.random.default_rng(0), parameters)
        self._components: dict[int, Component] = {}
        self._trees: dict[int, ComponentTree] = {}  # at the gains of the prices
        self._exact = CertifiedPrices(self._sparse, self._component)
        self._mixed: list[BranchingDecision] = []
        self._cell = self._sparse.cells.row, self._sparse.cells.column

    def __call__(
        self, prices: Floats, decisions: _Decisions = (), receiver_price: Floats | None = None
    ) -> LongestPath:
        """Return a bound on joint gains when a bit for target ``n`` earns ``c_n``, and a schedule.

        ``receiver_price`` is what slots cost at first, shape ``(S,)``.
        """
        gain, found = self._sparse.gain(prices), self._prices
        if not np.array_equal(gain, found.gain):
            self._trees = {}
        found.at(gain)
        if receiver_price is not None:
            found.take_prices(receiver_price)
        if receiver_price is None or not decisions:
            found.improve(self._stop, self._unit(prices), rough=not _step(prices))
        if decisions:
            return self._decided(gain, decisions, self._unit(prices))
        return self._known(gain)

    def _known(self, gain: Floats) -> LongestPath:
        """Return the best bound and schedule known."""
        found, bound = self._prices, self._prices.bound.copy()
        for k, tree in self._trees.items():
            bound[k] = min(bound[k], tree.bound)
        return self._found(float(bound.sum()), found.served, found.price, gain)

    def _decided(self, gain: Floats, decisions: _Decisions, unit: float) -> LongestPath:
        """Return a bound under decisions about single cells: only their components change."""
        found = self._prices
        bound, served, price = found.bound.copy(), found.served.copy(), found.price.copy()
        self._mixed, widest = [], unit
        for k, own in self._by_component(decisions).items():
            part = self._component(k)
            result = part.bound(gain[part.nodes], own, price[part.slots], unit)
            bound[k], price[part.slots] = result.bound, result.price[: part.slots.size]
            if result.bound == -math.inf:
                break
            part.place(result.served, served)
            if result.bound - result.value > widest:
                widest, self._mixed = result.bound - result.value, self._branchings(part, result)
        return self._found(float(bound.sum()), served, price, gain)

    def _by_component(self, decisions: _Decisions) -> dict[int, list[tuple[int, bool]]]:
        """Return cells, as numbered in their component, and whether they must be served."""
        sparse, found = self._sparse, dict[int, list[tuple[int, bool]]]()
        for d in decisions:
            cell = int(sparse.cells_at(np.array([d.first]), np.array([d.link]))[0])
            k = int(sparse.component_of_row[d.first])
            own = cell - self._component(k).inside.start
            found.setdefault(k, []).append((own, d.served))
        return found

    def _branchings(self, part: Component, found: ComponentBound) -> list[BranchingDecision]:
        cells = found.mixed[:_MOST_CANDIDATES] + part.inside.start
        rows, columns = self._cell
        return [
            BranchingDecision(int(rows[c]), int(rows[c]), int(columns[c]), served=True)
            for c in cells.tolist()
        ]

    def settled(self, prices: Floats, receiver_price: Floats | None, least: float) -> LongestPath:
        """Return bound and schedule as near as linear programmes of components bring them.

        Not nearer than ``least``, unless gains are whole: then value and bound may meet.
        """
        self(prices, (), receiver_price)
        found, unit = self._prices, self._unit(prices)
        if not (step := _step(prices)):
            unit = max(unit, least / self._sparse.components)
            if self._sparse.bits.size > _MANY_CELLS:  # multipliers matter more
                unit = max(unit, _ROUGH * float(found.bound.max()))
        if step:
            self._walk_wide(unit)
        for k in found.open_components(unit).tolist():
            if self._stop():
                break
            part, result = self._component(k), self._settled(k, unit, whole=bool(step))
            price = found.price.copy()
            price[part.slots] = result.price[: part.slots.size]
            found.take_prices(price)
            self._take(k, result.served)
            left = result.bound - result.value > unit or part.cuts
            if step and left and len(self._trees) < _MOST_TREES:
                self._trees[k] = ComponentTree(part, found.gain[part.nodes], result, step)
        self._cut_again(unit, step)
        self._branch()
        return self._known(found.gain)

    def _settled(self, k: int, unit: float, *, whole: bool) -> ComponentBound:
        """Return what linear programmes of a component find, with cuts where gains are whole."""
        found, part = self._prices, self._component(k)
        plain = whole and not self._sparse.problem.rules
        if plain and self._is_wide(k):
            known, price = part.taken_from(found.served), found.price[part.slots]
            return part.cut(found.gain[part.nodes], price, unit, known)
        result = self._tried(k, unit)
        if plain and result.bound - result.value > unit:
            cut = part.cut(found.gain[part.nodes], result.price, unit, result.served)
            return cut if cut.mixed.size else replace(cut, mixed=result.mixed)
        return result

    def _cut_again(self, unit: float, step: float) -> None:
        """Look for more cuts and schedules where gaps are large, and that was seldom in vain."""
        trees, vain = self._trees.items(), defaultdict[int, int](int)
        waiting = {k for k, tree in trees if self._component(k).cuts and not tree.done}

        def promise(k: int) -> float:
            return (self._trees[k].bound - self._trees[k].value) / 2.0 ** vain[k]

        while waiting and not self._stop():
            k = max(waiting, key=promise)
            tree, part = self._trees[k], self._component(k)
            gain = self._prices.gain[part.nodes]
            result = part.cut(gain, tree.root.found.price, unit, tree.served)
            self._take(k, result.served)
            self._trees[k] = ComponentTree(part, gain, result, step)
            vain[k] += result.bound - result.value > _MUCH * (tree.bound - tree.value)
            if self._trees[k].done or vain[k] == _PATIENCE:
                waiting.remove(k)

    def _walk_wide(self, unit: float) -> None:
        """Improve schedules where too many cells may be useful for linear programmes."""
        found = self._prices
        for _ in range(0 if self._sparse.problem.rules else _WALKS):
            for k in found.open_components(unit).tolist():
                if self._stop():
                    return
                if self._is_wide(k):
                    self.walk(k)

    def _is_wide(self, k: int) -> bool:
        """Say whether many cells may be useful in a component of satellites without rules."""
        return self._prices.useful_cells(k, float(self._prices.gap[k])).size > _WIDE

    def walk(self, k: int) -> bool:
        """Walk over schedules of a component; say whether that found a better one."""
        found, part = self._prices, self._component(k)
        if self._sparse.problem.rules:
            return False
        before, own, gain = found.value[k], part.taken_from(found.served), found.gain[part.nodes]
        self._take(k, part.walk.improved(gain, found.price[part.slots], own, self._stop))
        return bool(found.value[k] > before)

    def _tried(self, k: int, unit: float) -> ComponentBound:
        """Return what linear programmes of a component find at the gains."""
        found, part = self._prices, self._component(k)
        known = part.taken_from(found.served)
        return part.bound(found.gain[part.nodes], (), found.price[part.slots], unit, known)

    def _take(self, k: int, own: Integers) -> None:
        """Keep a schedule of a component if it is better."""
        served = self._prices.served.copy()
        self._component(k).place(own, served)
        self._prices.take(served)

    def _branch(self) -> None:
        """Let trees of components grow, always the one whose bound and value differ most."""
        while not self._stop():
            waiting = {k: tree for k, tree in self._trees.items() if not tree.done}
            if not waiting:
                break
            k = max(waiting, key=lambda k: waiting[k].bound - waiting[k].value)
            waiting[k].expand(self._stop)
            self._take(k, waiting[k].served)

    def candidates(self, prices: Floats, decisions: _Decisions) -> list[BranchingDecision]:
        """Return cells that are served in part, of the component with the largest gap."""
        if decisions:
            self(prices, decisions)
            if self._mixed:
                return self._mixed
        for k in self._prices.open_components(0.0).tolist():
            if self._stop():
                break
            result = self._tried(k, 0.0)
            if result.mixed.size:
                return self._branchings(self._component(k), result)
        return []

    def _component(self, component: int) -> Component:
        if component not in self._components:
            self._components[component] = Component(
                self._sparse, component, self._stop, self._remaining, self._prices.parameters
            )
        return self._components[component]

    def _unit(self, prices: Floats) -> float:
        """Return how near bound and schedule of a component have to be."""
        if step := _step(prices):
            return 0.5 * step / self._sparse.components
        least = float(np.abs(prices[prices != 0.0]).min(initial=1.0))
        return _TINY * max(float(self._prices.bound.max(initial=0.0)), least)

    def _found(self, bound: float, served: Integers, price: Floats, gain: Floats) -> LongestPath:
        service = self._sparse.service(served)
        largest = float(np.abs(gain).sum()) + 1.0
        slack = largest * self._additions * 2.0**-52
        delivered = self.blocks.delivered(service)
        return LongestPath(bound + slack, service, delivered, price)

    def best_service(self, prices: Floats, decisions: _Decisions = ()) -> Integers:
        """Return a joint schedule of great gain at ``prices``, shape ``(A,)``."""
        if decisions:
            return self(prices, decisions).service
        return self._sparse.service(self._prices.schedule_at(self._sparse.gain(prices)))

    def rational(
        self, multipliers: RationalMultipliers, price: Floats | None
    ) -> RationalMultipliers:
        """Return multipliers with prices of receivers in exact numbers."""
        return multipliers if price is None else self._exact.rational(multipliers, price)

    def completed(self, exact: RationalMultipliers) -> RationalMultipliers:
        """Return multipliers with the trees of components that were grown at their prices."""
        return self._exact.completed(exact, self._trees) if self._trees else exact

    def certified(self, exact: RationalMultipliers, decisions: _Decisions = ()) -> Fraction | None:
        """Return what no schedule gains more than at rational multipliers and their prices."""
        return self._exact.bound(exact, self._by_component(decisions))

    def written(self, exact: RationalMultipliers) -> dict[str, object]:
        """Return the prices of receivers as certificates write them: those that are not 0."""
        return self._exact.written(exact)


def _step(prices: Floats) -> float:
    """Return what gains are whole multiples of, 0 where prices are no whole numbers."""
    if (prices != np.round(prices)).any():
        return 0.0
    return float(gcd(*np.abs(prices).astype(np.int64).tolist()) or 1)
