"""A primal heuristic for short passes: plans that lose little, one of each block, by annealing.

Columns of the restricted master are few, and walks change little at a time. Lists of plans for a
goal near the bound hold all that schedules which reach the goal are made of, and most of what
makes nearly as good ones.
"""

from contextlib import suppress
from dataclasses import replace
from fractions import Fraction

import numpy as np

from qkdopt.optimize.decomposition.column_pool import ColumnPool
from qkdopt.optimize.decomposition.plans import (
    STEP_S,
    Effort,
    PlanLister,
    Plans,
    SeveralMultipliers,
    TooManyError,
)
from qkdopt.optimize.decomposition.primal_heuristics import HeuristicContext
from qkdopt.optimize.decomposition.reward_search import anneal
from qkdopt.optimize.objectives.base import Multipliers
from qkdopt.optimize.objectives.max_min import MaxMinObjective

_MOST, _TRIALS = 3e7, 8  # steps of one list; lists of one block, until one is short enough
_PARTS = Fraction(1), Fraction(1, 2)  # of the gap: how far goals lie above the incumbent's value
_IN_VAIN = 0.2  # of other work: no more is spent on what finds nothing
_LISTING_S, _LISTING = 2.5, 0.5  # of a list; so much and a part of other work
_MOST_OF_BLOCK = 5_000  # plans
_STEPS, _ROUNDS, _RUNS = 500_000, 16, 3  # of annealing in one run; runs with the same lists
_LEVELS = (0.05, 0.1, 0.2)  # of the way to the bound


class PlanHeuristic:
    """Lists of plans, and annealing among them.

    Attributes
    ----------
    in_vain_s
        About how much work found nothing [s].
    """

    def __init__(self, objective: MaxMinObjective, context: HeuristicContext) -> None:
        self._objective, self._context = objective, context
        self._lister = PlanLister(context.root.master.blocks)
        self._lists, self._listing_s = 0, _LISTING_S
        self._loss = np.full(self._lister.blocks.count, np.inf)  # of plans, that could be listed
        self._pool: ColumnPool | None = None
        self._runs = 0
        self.in_vain_s = 0.0

    def due(self, others_s: float) -> bool:
        """Say whether to search once more, after so much other work [s]."""
        self._listing_s = _LISTING_S + _LISTING * others_s
        return self.in_vain_s <= _IN_VAIN * others_s

    def run(self, multipliers: Multipliers) -> float:
        """Search once more, at some multipliers; return about how long that takes [s]."""
        before = self._context.incumbent.value
        spent_s = self._list(multipliers) if self._runs % _RUNS == 0 else 0.0
        if self._pool is not None:
            self._runs += 1
            usual, prices = self._context.parameters.annealing, multipliers.per_bit
            steps = replace(usual, first_steps=_STEPS, most_steps=_STEPS)
            spent_s += anneal(
                self._objective, self._context, self._pool, prices, _ROUNDS, steps, _LEVELS
            )
        if self._context.incumbent.value == before:
            self.in_vain_s += spent_s
        return spent_s

    def _list(self, multipliers: Multipliers) -> float:
        """List plans for a goal, none where a block has none; return about how long it takes [s].

        Where a block has too many, they may lose less.
        """
        value, bound = self._context.incumbent.value or Fraction(0), self._context.root.value
        part = _PARTS[self._lists % len(_PARTS)]
        self._lists, self._pool = self._lists + 1, None
        needed = self._objective.needed(value + part * (bound - value))
        bounds = SeveralMultipliers(self._objective, needed[0], float(needed[1]))
        bounds.add(multipliers.vector)
        price, blocks = bounds.price, range(self._lister.blocks.count)
        most = [self._lister.to_go(b, price)[0][0, 0] for b in blocks]
        loss = sum(most) - float(bounds.short[0])
        parts, spent_s = [], 0.0
        for b, length in enumerate(np.diff(self._lister.blocks.begin).tolist()):
            plans, effort_s = self._listed(b, bounds, most[b], loss)
            spent_s += effort_s
            if plans is None or spent_s > self._listing_s:
                return spent_s
            gain = plans.bits @ price[0]
            order = np.argsort(-gain, kind="stable")[:_MOST_OF_BLOCK]
            best = plans.kept(order)
            parts.append((gain.max() - gain[order], best.bits, best.services(length)))
        self._pool = ColumnPool.joined(self._lister.blocks, parts)
        return spent_s

    def _listed(
        self, block: int, bounds: SeveralMultipliers, most: float, loss: float
    ) -> tuple[Plans | None, float]:
        """Return plans of a block that lose no more than can be listed, and the time [s].

        ``None`` where none lose so little.
        """
        spent, least, tried = 0.0, 0.0, min(loss, float(self._loss[block]))
        for _ in range(_TRIALS):
            effort, plans = Effort(_MOST, self._context.stop), None
            with suppress(TooManyError):
                plans = self._lister.listed(block, bounds, bounds.short - most + tried, effort)
            spent += _MOST - effort.left
            if plans is not None and plans.number.size:
                self._loss[block] = tried
                return plans, STEP_S * spent
            if self._context.stop() or (plans is not None and tried == loss):
                break
            if plans is None:
                loss = tried
            else:
                least = tried
            tried = (least + loss) / 2.0
        return None, STEP_S * spent
