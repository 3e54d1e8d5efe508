"""A primal heuristic for short passes: plans that lose little, one of each block, by annealing.

Columns of the restricted master are few, and walks change little at a time. Lists of plans for a
goal near the bound hold all that schedules which reach the goal are made of, and most of what
makes nearly as good ones.
"""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from qkdopt.arrays import Floats
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

_MOST = 3e7  # steps of a list of one block
_PARTS = (9, 6, 8, 3)  # tenths of the gap: how far goals lie above the incumbent's value
_IN_VAIN = 0.3  # of other work: no more is spent on what finds nothing
_LISTING_S, _LISTING = 2.0, 0.3  # of a list; so much and a part of other work
_MOST_OF_BLOCK = 5_000  # plans
_STEPS, _ROUNDS = 500_000, 16  # of annealing in one run
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
        self._loss = np.inf  # of plans of all blocks, that could be listed
        self.in_vain_s = 0.0

    def due(self, others_s: float) -> bool:
        """Say whether to search once more, after so much other work [s]."""
        self._listing_s = _LISTING_S + _LISTING * others_s
        return self.in_vain_s <= _IN_VAIN * others_s

    def run(self, multipliers: Multipliers) -> float:
        """Search once more, at some multipliers; return about how long that takes [s]."""
        before = self._context.incumbent.value
        pool, spent_s = self._list()
        if pool is not None:
            usual, prices = self._context.parameters.annealing, multipliers.per_bit
            steps = replace(usual, first_steps=_STEPS, most_steps=_STEPS)
            spent_s += anneal(self._objective, self._context, pool, prices, _ROUNDS, steps, _LEVELS)
        if self._context.incumbent.value == before:
            self.in_vain_s += spent_s
        return spent_s

    def _list(self) -> tuple[ColumnPool | None, float]:
        """List plans of each block, none where that takes long; return about how long [s], too.

        All blocks' plans lose as much: what a goal allows, or less where a block has too many.
        """
        value, root = self._context.incumbent.value or Fraction(0), self._context.root
        part = Fraction(_PARTS[self._lists % len(_PARTS)], 10)
        self._lists += 1
        needed = self._objective.needed(value + part * (root.value - value))
        bounds = SeveralMultipliers(self._objective, needed[0], float(needed[1]))
        bounds.add(root.multipliers.vector)
        blocks, spent_s, listed = range(self._lister.blocks.count), 0.0, list[Plans]()
        most = [self._lister.to_go(b, bounds.price, bounds.enough)[0][0, 0] for b in blocks]
        loss = min(sum(most) - float(bounds.short[0]), self._loss)
        while len(listed) < len(blocks) and spent_s <= self._listing_s:
            effort, b = Effort(_MOST, self._context.stop), len(listed)
            try:
                short = bounds.short - most[b] + loss
                listed.append(self._lister.listed(b, bounds, short, effort).maximal(effort))
            except TooManyError:
                self._loss = loss = loss / 2.0
            spent_s += STEP_S * (_MOST - effort.left)
            if self._context.stop() or (listed and not listed[-1].number.size):
                return None, spent_s
        if len(listed) < len(blocks):
            return None, spent_s
        return self._joined(listed, bounds.price[0], loss), spent_s

    def _joined(self, listed: Sequence[Plans], price: Floats, loss: float) -> ColumnPool:
        """Return the plans that lose no more than so much, those of each block side by side."""
        parts, lengths = [], np.diff(self._lister.blocks.begin).tolist()
        for plans, length in zip(listed, lengths, strict=True):
            gain = plans.bits @ price
            order = np.argsort(-gain, kind="stable")
            lost = gain.max() - gain[order]
            few = order[lost <= loss][:_MOST_OF_BLOCK]
            kept = plans.kept(few)
            parts.append((lost[: few.size], kept.bits, kept.services(length)))
        return ColumnPool.joined(self._lister.blocks, parts)
