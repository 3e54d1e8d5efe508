"""Bounds at prices of receivers in exact numbers, and how certificates state them."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import gcd, lcm

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.domain.component import Component, Decisions
from qkdopt.optimize.domain.component_tree import ComponentTree
from qkdopt.optimize.domain.multipliers import ComponentProof, RationalMultipliers
from qkdopt.optimize.domain.sparse_cells import SparseCells

_MANTISSA = 51  # bits that sums of whole multiples of the grid may take
_FINEST = -30
_UP = 2.0**-50


class CertifiedPrices:
    """What prices of receivers prove, at multipliers in exact numbers.

    Prices and gains are whole multiples of a power of two, so that sums have no rounding.

    Parameters
    ----------
    component
        Returns a component by its number.
    """

    def __init__(self, sparse: SparseCells, component: Callable[[int], Component]) -> None:
        self._sparse, self._component = sparse, component

    def rational(self, multipliers: RationalMultipliers, price: Floats) -> RationalMultipliers:
        """Return multipliers with prices of receivers."""
        grid = self._grid(multipliers)
        return replace(multipliers, receiver_price=np.round(price / grid) * grid)

    def completed(
        self, exact: RationalMultipliers, trees: Mapping[int, ComponentTree]
    ) -> RationalMultipliers:
        """Return multipliers with the trees of components that were grown at their prices."""
        gain, grid = self._gain(exact), self._grid(exact)
        found = (tree.proof(k, gain[self._component(k).nodes], grid) for k, tree in trees.items())
        return replace(exact, components=tuple(found))

    def bound(
        self, exact: RationalMultipliers, decided: Mapping[int, Decisions]
    ) -> Fraction | None:
        """Return what no schedule gains more than; ``None`` if none obeys the decisions.

        ``decided`` are the decisions about cells of components without trees.
        """
        sparse, price = self._sparse, exact.receiver_price
        if price is None:
            price = np.zeros(sparse.shared.station.size)
        gain, paid = self._gain(exact), sparse.paid(price)[0]
        worth = sparse.paths.best(sparse.price(gain, price))[0]
        leaves: dict[int, list[tuple[Decisions, Floats]]] = {
            k: [(decisions, price[self._component(k).slots])] for k, decisions in decided.items()
        }
        for tree in exact.components:
            leaves[tree.number] = [(own, tree.prices[k]) for own, k in tree.leaves]
        total, step = Fraction(0), _step(exact)
        for k, every in leaves.items():
            part = self._component(k)
            bounds = [part.certified(gain[part.nodes], *leaf) for leaf in every]
            if not (some := [x for x in bounds if x is not None]):
                return None
            total += max(some) // step * step
            worth[k] = paid[k] = 0.0
        if np.isneginf(worth).any():
            return None
        rest = Fraction(float(worth.sum())) + Fraction(float(paid.sum()))
        return total + rest // step * step

    def written(self, exact: RationalMultipliers) -> dict[str, object]:
        """Return the prices of receivers as certificates write them: those that are not 0."""
        price, begin = exact.receiver_price, self._sparse.shared.begin
        if price is None:
            return {}
        price, parts = price.copy(), list[dict[str, object]]()
        for tree in exact.components:
            slots = self._component(tree.number).slots
            price[slots] = 0.0
            leaf = iter(k for _, k in tree.leaves)
            branches = [
                next(leaf) if cell is None else self._asked(tree.number, cell)
                for cell in tree.branches
            ]
            prices = [self._capacity(own, slots, exact.scale) for own in tree.prices]
            rows = begin[tree.number : tree.number + 2].tolist()
            stated: dict[str, object] = {"rows": rows, "tree": branches, "prices": prices}
            if cuts := self._priced_cuts(tree, prices, exact.scale):
                stated["cuts"] = cuts
            parts.append(stated)
        every = np.arange(price.size)
        return self._capacity(price, every, exact.scale) | ({"components": parts} if parts else {})

    def _priced_cuts(
        self, tree: ComponentProof, prices: Sequence[dict[str, object]], scale: int
    ) -> list[dict[str, object]]:
        """Return the cuts that prices of a tree need, and put their prices beside the others."""
        part, slots = self._component(tree.number), self._component(tree.number).slots.size
        paid = [own[slots:] for own in tree.prices]
        needed = {k for own in paid for k in np.flatnonzero(own > 0.0).tolist()}
        for k in range(len(part.cuts) - 1, -1, -1):
            needed |= {*part.cuts[k].cuts} if k in needed else set()
        number = {k: i for i, k in enumerate(sorted(needed))}
        for stated, own in zip(prices, paid, strict=True):
            some = np.flatnonzero(own > 0.0).tolist()
            if some:
                stated["cuts"] = [[number[k], _times(float(own[k]), scale)] for k in some]
        found = list[dict[str, object]]()
        for cut in (part.cuts[k] for k in number):
            rows = [[self._asked(tree.number, cell) for cell in row] for row in cut.rows]
            earlier = [number[k] for k in cut.cuts]
            found.append({"rows": rows} | ({"cuts": earlier} if earlier else {}))
        return found

    def _asked(self, component: int, cell: int) -> list[int]:
        """Return ``[interval, link]`` of a component's cell."""
        at = cell + self._component(component).inside.start
        return [int(self._sparse.cells.row[at]), int(self._sparse.cells.column[at])]

    def _capacity(self, price: Floats, slots: Integers, scale: int) -> dict[str, object]:
        """Return the prices of some slots, ``scale`` times larger."""
        shared = self._sparse.shared
        order = np.lexsort((shared.interval[slots], shared.satellite[slots], shared.station[slots]))
        order = order[price[order] > 0.0]
        if not order.size:
            return {}
        own, cost = slots[order], price[order]
        station, satellite, interval = (
            x[own] for x in (shared.station, shared.satellite, shared.interval)
        )
        alike = (np.diff(interval) == 1) & (np.diff(cost) == 0.0)
        alike &= (np.diff(station) == 0) & (np.diff(satellite) == 0)
        first = np.flatnonzero(np.append(True, ~alike))
        last = np.append(first[1:], own.size) - 1
        columns = station[first], satellite[first], interval[first], interval[last], cost[first]
        ranges = [
            [n, *([s] if s >= 0 else []), a, b, _times(paid, scale)]
            for n, s, a, b, paid in zip(*(x.tolist() for x in columns), strict=True)
        ]
        return {"capacity": ranges}

    def _gain(self, exact: RationalMultipliers) -> Floats:
        """Return the gain of each node, rounded up, shape ``(M,)``."""
        gain = self._sparse.gain(np.array([float(x) for x in exact.per_bit]))
        grid = self._grid(exact)
        return np.asarray(np.ceil((gain + np.abs(gain) * _UP) / grid) * grid, float)

    def _grid(self, multipliers: RationalMultipliers) -> float:
        """Return the distance of prices whose sums have no rounding in floating point."""
        delivery = self._sparse.delivery
        dearest = delivery.dearest(np.array([abs(float(x)) for x in multipliers.per_bit]))
        largest = max(dearest * delivery.problem.sum_of_best, 1.0)
        return 2.0 ** min(_FINEST, math.ceil(math.log2(largest)) - _MANTISSA)


def _times(number: float, scale: int) -> str:
    """Return a multiple of a number as certificates write it."""
    above, below = number.as_integer_ratio()
    common = gcd(scale, below)
    return f"{above * (scale // common)}/{below // common}"


def _step(exact: RationalMultipliers) -> Fraction:
    """Return what sums of gains are whole multiples of."""
    common = lcm(*(x.denominator for x in exact.per_bit))
    return Fraction(gcd(*(int(x * common) for x in exact.per_bit)) or 1, common)
