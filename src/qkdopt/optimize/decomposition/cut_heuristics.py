"""Primal heuristics for any concave objective: columns annealed towards its supergradients.

For pairwise keys columns are also listed at the prices of serving every city in proportion to
its traffic, and a walk towards the bits that the best mixture pairs up gives a first schedule.
"""

import math

import numpy as np

from qkdopt.arrays import Floats
from qkdopt.optimize.decomposition.annealing import effort_among
from qkdopt.optimize.decomposition.column_generation import lagrangian_bound
from qkdopt.optimize.decomposition.column_pool import ColumnPool, enumerate_columns
from qkdopt.optimize.decomposition.cut_search import CutSearch
from qkdopt.optimize.decomposition.primal_heuristics import (
    HeuristicContext,
    PrimalHeuristics,
    WorkShares,
    heuristics_for,
)
from qkdopt.optimize.decomposition.reward_lns import RewardLNS
from qkdopt.optimize.decomposition.sampled_columns import sample_columns, scattered_prices
from qkdopt.optimize.objectives.base import ConcaveObjective, Multipliers
from qkdopt.optimize.objectives.max_min import MaxMinObjective
from qkdopt.optimize.objectives.paired import BMatchingObjective


def listed_columns(
    context: HeuristicContext, prices: Floats, delivered: Floats, bits: float, turn: int
) -> ColumnPool | None:
    """Return columns of small loss at prices, or samples about them in every third turn.

    Parameters
    ----------
    prices
        Per bit, at most about one.
    delivered
        What a good mixture of columns delivers, shape ``(T,)``.
    bits
        Its value at such prices, at least one.
    """
    root, parameters = context.root, context.parameters.column_list
    operations = root.master.objective.problem.more_than_switching  # which lists ignore
    if turn % 3 == 0 or operations or not root.master.objective.delivery.by_link:
        samples = 20 if context.brief else parameters.samples
        if operations:
            samples = min(samples, parameters.labelled_samples)
        best = context.incumbent.schedule
        known = () if best is None else (best.service,)
        known = (*known, *root.master.schedules()) if operations else ()
        return sample_columns(
            root.pricing, prices, scattered_prices(prices, samples, context.random), known,
            stop=context.stop, most=2 * parameters.columns, most_loss=parameters.far * bits,
        )  # fmt: skip
    return enumerate_columns(
        root.master.blocks,
        prices,
        most=parameters.columns,
        most_loss=max(parameters.loss * bits, parameters.least_loss),
        min_bits_apart=math.ceil(parameters.apart * bits),
        cell=np.maximum(parameters.cells[turn % 3 - 1] * np.abs(delivered), 1.0),
        random=context.random,
        stop=context.stop,
    )


class CutHeuristics(PrimalHeuristics):
    """Columns of small loss alternating with samples, annealed over a growing set of cuts."""

    work = WorkShares(first_runs=2)

    def __init__(self, objective: ConcaveObjective, context: HeuristicContext) -> None:
        self._objective, self._context = objective, context
        self._searches = 0

    def run(self, multipliers: Multipliers, delivered: Floats) -> float:
        """Search the next kind of list."""
        if self._context.brief:
            return sum(self._search(multipliers, delivered) for _ in range(3))
        return self._search(multipliers, delivered)

    def _search(self, multipliers: Multipliers, delivered: Floats) -> float:
        context = self._context
        self._searches += 1
        prices = self._listing_prices(multipliers, self._searches)
        bits, scale = self._sizes(prices, delivered)
        pool = listed_columns(context, prices, delivered, max(bits, 1.0), self._searches)
        if pool is None or context.stop():
            return 0.0
        search = CutSearch(
            self._objective, pool, self._first_cuts(multipliers), scale or 1.0, context.random,
            context.incumbent.value, context.parameters.cut_search,
        )  # fmt: skip
        rounds = 1 if context.brief else context.parameters.column_list.rounds
        search.run(context.stop, lambda: context.try_incumbent(pool.service(search.choice)), rounds)
        return pool.effort_s + effort_among(pool.loss.size, rounds)

    def _sizes(self, prices: Floats, delivered: Floats) -> tuple[float, float]:
        """Return the value of a mixture in bits, and in units of the objective."""
        bits, root = np.maximum(delivered, 0.0), self._context.root.multipliers.per_bit
        return float(bits @ np.maximum(prices, 0.0)), float(bits @ np.maximum(root, 0.0))

    def _listing_prices(self, multipliers: Multipliers, turn: int) -> Floats:
        """Return prices at which to list columns, the largest near one."""
        prices = multipliers.per_bit
        return np.asarray(prices / (float(np.abs(prices).max(initial=0.0)) or 1.0))

    def _first_cuts(self, multipliers: Multipliers) -> list[Multipliers]:
        """Return multipliers whose cuts annealing begins with."""
        found, known = [multipliers, self._context.root.multipliers], self._context.incumbent
        if known.schedule is not None:
            bits = self._objective.delivered(known.schedule).tolist()
            found.append(Multipliers.near(self._objective, self._objective.supergradient(bits)))
        return found


class PairHeuristics(CutHeuristics):
    """The same for pairwise keys, with a guide's prices and a walk now and then."""

    _WALKS_EVERY = 6  # runs, the first among them
    _GUIDED = (0.2, 0.05, 0.5)  # how much of the prices that columns are listed at is the guide's

    def __init__(self, objective: BMatchingObjective, context: HeuristicContext) -> None:
        super().__init__(objective, context)
        self._pairs = objective
        self._runs = 0
        self._walk: RewardLNS | None = None
        self._guide: Floats | None = None

    def run(self, multipliers: Multipliers, delivered: Floats) -> float:
        """Walk, or search the next kind of list."""
        self._runs += 1
        if self._runs % self._WALKS_EVERY == 1 and not self._pairs.problem.rules:
            effort_s = self._walk_on()
            return effort_s + super().run(multipliers, delivered) * self._context.brief
        return super().run(multipliers, delivered)

    def _sizes(self, prices: Floats, delivered: Floats) -> tuple[float, float]:
        """Return the bound in shared bits."""
        value = max(float(self._context.root.value), 1.0)
        return value, value

    def _walk_on(self) -> float:
        """Walk towards the bits that the best mixture pairs up.

        Where every city gets a part ``t`` of what the mixture uses there, at least that part of
        the mixture's pairs can share (the number of shared bits is concave, and 0 at 0).
        """
        context = self._context
        if self._walk is None:
            goals = self._goals()
            if not any(goals):
                return 0.0
            objective = MaxMinObjective.towards(self._pairs.problem, goals)
            root = lagrangian_bound(
                objective, deadline=context.deadline, parameters=context.parameters
            )
            start = root.pricing.best_service(root.multipliers.per_bit)
            prices = root.multipliers.per_bit
            self._walk = RewardLNS(objective, prices, float(root.value), start)
        effort_s = self._walk.effort_s
        if self._walk.run(context.random, context.stop):
            context.try_incumbent(self._walk.best)
        return effort_s

    def _goals(self) -> list[int]:
        """Return the bits that the best mixture uses at each target, beyond the stock."""
        pairs = self._pairs
        used = np.zeros(len(pairs.stock))
        mixture = [int(bits) for bits in self._context.root.delivered.tolist()]
        for pair, bits in pairs.pairing(mixture).bits.items():
            used[list(pair)] += bits
        least = np.array(pairs.bounds or np.zeros(used.size), float)
        goals = np.maximum(used - np.array(pairs.stock, float), least)
        return [int(bits) for bits in goals.tolist()]

    def _listing_prices(self, multipliers: Multipliers, turn: int) -> Floats:
        """Return a mixture of the bound's prices with those of serving all traffic alike.

        The price of a city whose demand is met is 0, and at such prices schedules that serve it
        and schedules that do not are equally good.
        """
        if self._guide is None:
            self._guide = self._guide_prices()
        prices = multipliers.per_bit
        part = self._GUIDED[turn % len(self._GUIDED)] if prices.any() else 1.0
        return np.asarray((1 - part) * prices + part * self._guide)

    def _guide_prices(self) -> Floats:
        pairs = self._pairs
        goals = [0] * len(pairs.stock)
        for consumed, most in zip(pairs.consumption, pairs.upper, strict=True):
            limit = min(map(pairs.reach.__getitem__, consumed)) if most is None else most
            for n in consumed:
                goals[n] += limit
        if not any(goals):
            return np.zeros(len(goals))
        found = lagrangian_bound(MaxMinObjective.towards(pairs.problem, goals)).multipliers
        return np.asarray(found.per_bit / (2.0 * float(found.per_bit.max(initial=0.0)) or 1.0))

    def _first_cuts(self, multipliers: Multipliers) -> list[Multipliers]:
        """Add the cuts of all bits, and of all traffic."""
        pairs, extra = self._pairs, [0.0] * len(self._pairs.bounds)
        ends = [np.array([x] * len(pairs.stock) + extra) for x in (0.5, 1.0)]
        return [multipliers, *(Multipliers.near(pairs, end) for end in ends)]


@heuristics_for.register
def _(objective: BMatchingObjective, context: HeuristicContext) -> PrimalHeuristics:
    return PairHeuristics(objective, context)
