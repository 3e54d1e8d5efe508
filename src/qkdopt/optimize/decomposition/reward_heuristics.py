"""Primal heuristics for rewards of targets and for common levels.

The restricted master's own columns, walks, lists and samples of columns take turns, for levels with
lists of plans.
"""

from collections.abc import Callable

from qkdopt.arrays import Floats
from qkdopt.optimize.decomposition.annealing import effort_among
from qkdopt.optimize.decomposition.column_pool import ColumnPool
from qkdopt.optimize.decomposition.cut_heuristics import listed_columns
from qkdopt.optimize.decomposition.plan_heuristic import PlanHeuristic
from qkdopt.optimize.decomposition.plans import has_plans
from qkdopt.optimize.decomposition.price_heuristic import multiplicative_price_heuristic
from qkdopt.optimize.decomposition.primal_heuristics import (
    HeuristicContext,
    PrimalHeuristics,
    WorkShares,
    heuristics_for,
)
from qkdopt.optimize.decomposition.reward_lns import RewardLNS
from qkdopt.optimize.decomposition.reward_search import anneal
from qkdopt.optimize.objectives.base import Multipliers
from qkdopt.optimize.objectives.max_min import MaxMinObjective
from qkdopt.optimize.objectives.separable import SeparableObjective

_LISTS_EVERY = 12  # runs for separate rewards; the others are walks
_MASTER_ROUNDS = 3  # of annealing among the master's columns


class RewardHeuristics(PrimalHeuristics):
    """The master's columns and walks, now and then lists or samples of columns.

    The master's columns cost nothing to find, and mixed they attain the bound: a walk that
    begins at the best choice among them gets farther than one that begins at a single path.
    """

    def __init__(
        self, objective: SeparableObjective | MaxMinObjective, context: HeuristicContext
    ) -> None:
        self._objective, self._context = objective, context
        self._walk: RewardLNS | None = None
        self._runs = self._searches = 0

    def begin(self, closed: Callable[[], bool]) -> float:
        """Let prices rise for bits that are missing; where they are 0, search lists at those."""
        objective, context = self._objective, self._context
        if not isinstance(objective, SeparableObjective):
            return 0.0
        root = context.root
        mean = multiplicative_price_heuristic(
            objective, root.pricing, context.try_incumbent, closed
        )
        if closed() or root.multipliers.per_bit.any():
            return 0.0
        return self._search(mean, root.delivered)

    def run(self, multipliers: Multipliers, delivered: Floats) -> float:
        """Walk from the best schedule or anew, or search lists."""
        self._runs += 1
        if self._context.brief:
            for _ in range(3):
                self._search(multipliers.per_bit, delivered)
            return self._walk_on()
        if self._objective.problem.rules:  # which walks ignore
            return self._search(multipliers.per_bit, delivered)
        effort_s = self._anneal(
            self._context.root.master.pool(multipliers.per_bit), multipliers.per_bit, _MASTER_ROUNDS
        )
        last = self._runs % _LISTS_EVERY == 0
        if last and isinstance(self._objective, SeparableObjective):
            return effort_s + self._search(multipliers.per_bit, delivered)
        return effort_s + self._walk_on()

    def _walk_on(self) -> float:
        context, root = self._context, self._context.root
        if self._walk is None:
            prices = root.multipliers.per_bit
            start = root.pricing.best_service(prices)
            self._walk = RewardLNS(
                self._objective, prices, float(root.value), start, lumpy=context.lumpy
            )
        known = context.incumbent
        if known.schedule is not None and known.value is not None:
            self._walk.adopt(known.schedule.service, float(known.value))
        effort_s = self._walk.effort_s
        if self._walk.run(context.random, context.stop):
            context.try_incumbent(self._walk.best)
        return effort_s

    def _search(self, prices: Floats, delivered: Floats) -> float:
        """Search schedules of small loss and samples in turns."""
        context, objective = self._context, self._objective
        self._searches += 1
        dearest = float(max(objective.reward))
        bits = max(max(float(context.root.value), 1.0) / dearest, 1.0)
        pool = listed_columns(context, prices / dearest, delivered, bits, self._searches)
        if pool is None or context.stop():
            return 0.0
        rounds = 1 if context.brief else context.parameters.column_list.rounds
        self._anneal(pool, prices, rounds)
        return pool.effort_s + effort_among(pool.loss.size, rounds)

    def _anneal(self, pool: ColumnPool, prices: Floats, rounds: int) -> float:
        context = self._context
        usual = context.parameters.annealing
        return anneal(self._objective, context, pool, prices, rounds, usual)


class LevelHeuristics(RewardHeuristics):
    """The same for a common level: walks and plans, more of them, and before branching."""

    work = WorkShares(first_runs=4, share=0.5)

    def __init__(self, objective: MaxMinObjective, context: HeuristicContext) -> None:
        super().__init__(objective, context)
        listable = has_plans(objective, context.root.master.blocks)
        self._plans = PlanHeuristic(objective, context) if listable else None
        self._others_s = 0.0

    def run(self, multipliers: Multipliers, delivered: Floats) -> float:
        """Walk, then search plans where lists of them are short enough."""
        effort_s = super().run(multipliers, delivered)
        self._others_s += effort_s
        if self._plans is None or self._context.brief or not self._plans.due(self._others_s):
            return effort_s
        return effort_s + self._plans.run(multipliers)


@heuristics_for.register
def _(objective: SeparableObjective, context: HeuristicContext) -> PrimalHeuristics:
    return RewardHeuristics(objective, context)


@heuristics_for.register
def _(objective: MaxMinObjective, context: HeuristicContext) -> PrimalHeuristics:
    return LevelHeuristics(objective, context)
