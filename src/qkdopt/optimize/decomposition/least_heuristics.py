"""Primal heuristics for least divergence: targeted delivery a little nearer than the incumbent.

Every schedule with enough bits that targeted delivery finds at a divergence below the incumbent's
is better. A search that proves that there is none narrows the range of the next.
"""

import math
from decimal import ROUND_CEILING, Decimal

from qkdopt.arrays import Floats
from qkdopt.optimize.decomposition.primal_heuristics import (
    HeuristicContext,
    PrimalHeuristics,
    WorkShares,
    heuristics_for,
)
from qkdopt.optimize.decomposition.share_lns import ShareLNS
from qkdopt.optimize.objectives.base import Multipliers
from qkdopt.optimize.objectives.least_divergence import LeastDivergenceObjective

_LEAST_PART = 0.02  # of the first work that a search may do
_DECIMALS = Decimal("1e-12")


class LeastHeuristics(PrimalHeuristics):
    """Searches of targeted delivery, and walks about what they find."""

    work = WorkShares(first_runs=4, share=0.7, least_share=0.2)

    def __init__(self, objective: LeastDivergenceObjective, context: HeuristicContext) -> None:
        self._objective, self._context = objective, context
        self._parameters = parameters = context.parameters.least_search
        self._low = max(0.0, -float(context.root.value))
        kappa = float(context.root.multipliers.vector[0])
        self._per_total = max(kappa - self._low, parameters.near)
        self._step = parameters.first_step * self._per_total
        if self._per_total == parameters.near:  # the required total costs nothing
            self._step = parameters.first_part * (self._high() - self._low)
        self._effort_s = parameters.first_effort_s
        if objective.problem.receivers is not None:  # small ones are closed by branching soon
            part = objective.problem.bits.size / parameters.usual_cells
            self._effort_s *= min(1.0, max(part, _LEAST_PART))
        self._seed = 0

    def run(self, multipliers: Multipliers, delivered: Floats) -> float:
        """Search once, nearer than the incumbent, and walk about it where that helped."""
        from qkdopt.optimize.decomposition.branch_and_price import BranchAndPrice

        context, settings = self._context, self._parameters
        high = self._high()
        if high - self._low <= settings.near:
            return 1e-3
        middle = self._low + min(self._step, (high - self._low) / 2)
        if math.isinf(self._step):
            middle = high - settings.near / 2
        nearer = self._objective.targeted(Decimal(middle).quantize(_DECIMALS, ROUND_CEILING))
        search = BranchAndPrice(
            nearer, seed=self._seed, deadline=context.deadline,
            feasibility_only=True, parameters=context.parameters,
        )  # fmt: skip
        self._seed += 1
        search.solve(self._effort_s)
        effort_s = max(search.effort_s, 1e-2)
        found = search.incumbent.schedule
        if found is not None:
            context.try_incumbent(found.service)
            effort_s += self._walk()
            self._step = min(self._step, high - self._low) / 2
            return effort_s
        self._step *= 4
        self._effort_s = min(2 * self._effort_s, settings.most_effort_s)
        if search.done and search.closed():
            self._low, self._step = middle, math.inf
        return effort_s + self._walk()

    def _high(self) -> float:
        return -float(self._context.incumbent.value or 0)

    def _walk(self) -> float:
        """Walk about the incumbent, at divergences between the bound and its own."""
        settings, context, effort_s = self._parameters, self._context, 0.0
        failed, part, wanted = 0, settings.part, self._objective.enough
        for _ in range(settings.walks):
            known, high = context.incumbent.schedule, self._high()
            near = high - self._low <= settings.near
            if (
                known is None
                or near
                or context.stop()
                or self._objective.problem.more_than_switching
            ):
                break
            walk = ShareLNS(
                self._objective.shares,
                kl_max=high - part * (high - self._low),
                mu=1.0 / self._per_total,
                scale=float(wanted),
                start=known.service,
            )
            effort_s += walk.intensify_effort_s
            if walk.intensify(known.service, wanted - 1.0, context.random, context.stop):
                context.try_incumbent(walk.best)
                failed = 0
            else:
                failed, part = failed + 1, part / 2
            if failed == settings.in_vain:
                break
        return effort_s


@heuristics_for.register
def _(objective: LeastDivergenceObjective, context: HeuristicContext) -> PrimalHeuristics:
    return LeastHeuristics(objective, context)
