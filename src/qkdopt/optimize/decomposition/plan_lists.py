"""Bounds by lists of plans: choices of one plan for each block, dropped under many multipliers.

Where passes are short, few plans of each can be part of a better schedule, although mixtures of
them promise far more. Choices are made block by block, and dropped where some multipliers show that
nothing better can follow, or where another choice brings as much to every target. None is left: no
schedule is better.

The verifier makes the lists again, so a certificate states multipliers and an order of blocks.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.decomposition.plan_joins import joined_with, shortened
from qkdopt.optimize.decomposition.plan_search import PlanSearch
from qkdopt.optimize.decomposition.plans import (
    Effort,
    PlanLister,
    Plans,
    SeveralMultipliers,
    maximal,
)
from qkdopt.optimize.decomposition.service_bound import ServicePaths
from qkdopt.optimize.decomposition.verification_steps import VerifierSteps
from qkdopt.optimize.domain.pricing import PricingProblem
from qkdopt.optimize.objectives.base import ConcaveObjective

_KEPT = 60  # multipliers, for the next goal


class PlanLists:
    """Lists for one objective; what multipliers were found serves the next goal as well.

    Attributes
    ----------
    steps, kept
        About how many steps a verifier takes with the last proof, and how much it keeps.
    """

    def __init__(
        self, objective: ConcaveObjective, pricing: PricingProblem, unit: float, seed: int = 0
    ) -> None:
        self._objective, self._pricing, self._unit = objective, pricing, unit
        self._lister = PlanLister(pricing.blocks)
        self._random = np.random.default_rng(seed)
        self._found: list[Floats] = []
        self.steps = self.kept = 0.0

    def proof(
        self,
        bound: Fraction,
        vectors: Sequence[Floats],
        effort: Effort,
        offer: Callable[[Integers], object],
    ) -> dict[str, object] | None:
        """Return what shows that no schedule is worth more than a bound, ``None`` if not found.

        ``vectors`` are multipliers to begin with. A schedule that is worth more is offered.

        Raises
        ------
        TooManyError
            When the effort does not suffice.
        """
        needed = self._objective.needed(bound)
        if needed is None:
            return None
        bounds = SeveralMultipliers(self._objective, needed[0], float(needed[1]))
        for vector in (*vectors, *self._found):
            bounds.add(vector)
        paths = ServicePaths.counting(self._lister.blocks, bounds.enough) or self._pricing
        search = PlanSearch(self._lister, paths, self._unit, bounds, effort, self._random)
        try:
            left = search.run()
        finally:
            self._found = [*self._found, *search.found][-_KEPT:]
        if left is not None:
            offer(left)
            return None
        steps = VerifierSteps(bounds.enough.size, bounds.size)
        ends = self._end(bounds, search.order, effort, steps)
        self.steps, self.kept = steps.total, steps.kept
        if not ends:
            return None
        written = [self._objective.written(x.numbers, bound) for x in bounds.exact]
        return {"kind": "tree", "prices": written, "plans": search.order}

    def _end(
        self,
        bounds: SeveralMultipliers,
        order: Sequence[int],
        effort: Effort,
        steps: VerifierSteps,
    ) -> bool:
        """Make the lists as a verifier does; say whether they end without any choice."""
        bounds.count_priced()
        lister, count = self._lister, self._lister.blocks.count
        rests = [lister.to_go(b, bounds.price, bounds.enough) for b in range(count)]
        steps.cells(lister.cells, sum(services for _, _, services in rests))
        best = np.array([anew[0] for anew, _, _ in rests])
        plans, lister.steps = dict[int, Plans](), steps
        for b in reversed(order):
            plans[b] = lister.listed(b, bounds, best.sum(axis=0) - best[b], effort)
            if not len(plans[b].bits):
                return True
            best[b] = (plans[b].bits @ bounds.price.T).max(axis=0)
        if not shortened(plans, best, bounds, order, effort, steps):
            return True
        front = np.zeros((1, bounds.enough.size))
        for i, b in enumerate(order):
            rest = best[list(order[i + 1 :])].sum(axis=0)
            front, _, looked = joined_with(front, plans[b], bounds, bounds.short - rest, effort)
            steps.grown(looked, len(front))
            front = front[maximal(front, effort, steps)]
        steps.rows += sum(len(x.bits) for x in plans.values())
        return not len(front)
