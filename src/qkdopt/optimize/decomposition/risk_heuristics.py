"""Primal heuristics for uncertain cloud scenarios: walks that value every window in all of them.

A window is replaced by the longest path at gains that multipliers give its cells, which scatter by
target; what the schedule delivers is known in each scenario, and changes with the window.
"""

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.decomposition.cut_heuristics import CutHeuristics
from qkdopt.optimize.decomposition.primal_heuristics import (
    HeuristicContext,
    PrimalHeuristics,
    WorkShares,
    heuristics_for,
)
from qkdopt.optimize.decomposition.reward_lns import RewardLNS
from qkdopt.optimize.decomposition.sharing import sharing_of
from qkdopt.optimize.decomposition.window_path import ByScenario, Cells
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.objectives._energy_kernels import Data
from qkdopt.optimize.objectives.base import Multipliers
from qkdopt.optimize.objectives.risk import RiskObjective

_FREE = 1e-3  # of the largest price: the price of a target for which multipliers have none


class RiskLNS(RewardLNS):
    """Walks whose windows take the gains of multipliers."""

    def __init__(
        self, objective: RiskObjective, multipliers: Floats, mixed: Floats, bound: float,
        start: Integers,
    ) -> None:  # fmt: skip
        """Begin at a schedule, shape ``(A,)``.

        Parameters
        ----------
        multipliers
            Prices of what is delivered, shape ``(M G,)``.
        mixed
            What the best mixture delivers, shape ``(M G,)``.
        bound
            Its value, or little more.
        """
        self._risk = objective
        self._levels, self._gains = self._aims(multipliers, mixed)
        super().__init__(objective, np.ones(len(objective.problem.targets)), bound, start)

    def _aims(self, multipliers: Floats, mixed: Floats) -> tuple[Floats, Floats]:
        """Return the part of the value that each scenario has, ``(M,)``, and gains ``(A, N)``."""
        objective, delivery = self._risk, self._risk.delivery
        rewards = objective.rewards(mixed.reshape(objective.shape))
        levels = rewards / (float(objective.weights.worst(rewards) @ rewards) or 1.0)
        even = delivery.at_targets(np.ones(len(objective.problem.targets)))
        free = _FREE * delivery.dearest(multipliers) / (delivery.dearest(even) or 1.0)
        return levels, delivery.gains(multipliers + free * even)

    def aim(self, multipliers: Floats, mixed: Floats) -> None:
        """Take other multipliers, and the mixture that belongs to them."""
        self._levels, self._gains = self._aims(multipliers, mixed)
        self._cells = self._cells._replace(bits=self._gains)

    def _energy(self, prices: Floats, level: float) -> Data:
        """Seek in each scenario its part of the level that the mixture has."""
        return self._risk.kernel_data(self._levels * level)

    def _cells_of(self, delivery: Delivery) -> Cells:
        """Return gains as the bits of cells, and what they deliver in each scenario."""
        problem, delivery = self._risk.problem, self._risk.delivery
        counted = ByScenario(delivery.cell, delivery.amounts, delivery.position)
        target = np.array(problem.link_target, np.int64)
        return Cells(
            self._gains, problem.interval, problem.tau, target,
            len(problem.targets), sharing_of(delivery), counted, delivery.targets,
        )  # fmt: skip


class RiskHeuristics(CutHeuristics):
    """Walks; under rules, which these ignore, columns of samples."""

    work = WorkShares(first_runs=4, share=0.5)

    def __init__(self, objective: RiskObjective, context: HeuristicContext) -> None:
        super().__init__(objective, context)
        self._risk = objective
        self._walk: RiskLNS | None = None

    def run(self, multipliers: Multipliers, delivered: Floats) -> float:
        """Walk, or search among columns."""
        if self._risk.problem.rules:  # which walks ignore
            return super().run(multipliers, delivered)
        searched_s = super().run(multipliers, delivered) if self._context.brief else 0.0
        return searched_s + self._walk_on(multipliers.per_bit, delivered)

    def _walk_on(self, prices: Floats, delivered: Floats) -> float:
        context, root = self._context, self._context.root
        if self._walk is None:
            start = root.pricing.best_service(prices)
            self._walk = RiskLNS(self._risk, prices, delivered, float(root.value), start)
        self._walk.aim(prices, delivered)
        known = context.incumbent
        if known.schedule is not None and known.value is not None:
            self._walk.adopt(known.schedule.service, float(known.value))
        effort_s = self._walk.effort_s
        if self._walk.run(context.random, context.stop):
            context.try_incumbent(self._walk.best)
        return effort_s


@heuristics_for.register
def _(objective: RiskObjective, context: HeuristicContext) -> PrimalHeuristics:
    return RiskHeuristics(objective, context)
