"""A primal heuristic for short passes: plans that lose little, one of each block, by annealing.

Columns of the restricted master are few, and walks change little at a time. Lists of plans for a
goal near the bound hold all that schedules which reach the goal are made of, and most of what
makes nearly as good ones.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction

import numpy as np

from qkdopt.optimize.decomposition.column_pool import ColumnPool
from qkdopt.optimize.decomposition.column_search import ColumnSearch
from qkdopt.optimize.decomposition.plans import (
    STEP_S,
    Effort,
    PlanLister,
    Plans,
    SeveralMultipliers,
    TooManyError,
    service_of,
)
from qkdopt.optimize.decomposition.primal_heuristics import HeuristicContext
from qkdopt.optimize.decomposition.reward_levels import RewardLevels
from qkdopt.optimize.objectives.base import Multipliers
from qkdopt.optimize.objectives.max_min import MaxMinObjective

_MOST, _HALVINGS = 3e7, 8  # steps of one list; of the loss that plans may have, until it is listed
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
        self._plans: Sequence[Plans] = ()
        self._lists, self._listing_s = 0, _LISTING_S
        self._halvings = [0] * self._lister.blocks.count
        self._runs, self._pool = 0, ColumnPool.joined(self._lister.blocks, [])
        self.in_vain_s = 0.0

    def due(self, others_s: float) -> bool:
        """Say whether to search once more, after so much other work [s]."""
        self._listing_s = _LISTING_S + _LISTING * others_s
        return self.in_vain_s <= _IN_VAIN * others_s

    def run(self, multipliers: Multipliers) -> float:
        """Search once more, at some multipliers; return about how long that takes [s]."""
        before = self._context.incumbent.value
        spent_s = self._list(multipliers) if self._runs % _RUNS == 0 else 0.0
        if self._plans:
            spent_s += self._anneal(multipliers)
        if self._context.incumbent.value == before:
            self.in_vain_s += spent_s
        return spent_s

    def _anneal(self, multipliers: Multipliers) -> float:
        context = self._context
        self._runs += 1
        value, bound = context.incumbent.value, float(context.root.value)
        levels = RewardLevels(self._objective, multipliers.per_bit, bound, _LEVELS)
        annealing = replace(context.parameters.annealing, first_steps=_STEPS, most_steps=_STEPS)
        known = -1.0 if value is None else float(value)
        search = ColumnSearch(self._pool, levels, bound, context.random, known, annealing)
        search.run(context.stop, lambda: self._offer(search), _ROUNDS)
        return search.effort_s(_ROUNDS)

    def _offer(self, search: ColumnSearch) -> None:
        choice = (search.choice - self._pool.first[:-1]).tolist()
        chosen = list(zip(self._plans, choice, strict=True))
        self._context.try_incumbent(service_of(self._lister.blocks, chosen))

    def _list(self, multipliers: Multipliers) -> float:
        """List plans for a goal, none where a block has none; return about how long it takes [s].

        Where a block has too many, they may lose less.
        """
        value, bound = self._context.incumbent.value or Fraction(0), self._context.root.value
        part = _PARTS[self._lists % len(_PARTS)]
        self._lists, self._plans = self._lists + 1, ()
        needed = self._objective.needed(value + part * (bound - value))
        bounds = SeveralMultipliers(self._objective, needed[0], float(needed[1]))
        bounds.add(multipliers.vector)
        price, blocks = bounds.price, range(self._lister.blocks.count)
        most = [self._lister.to_go(b, price)[0][0, 0] for b in blocks]
        loss = sum(most) - float(bounds.short[0])
        found, parts, spent_s = list[Plans](), [], 0.0
        for b in blocks:
            plans, effort_s = self._listed(b, bounds, most[b], loss)
            spent_s += effort_s
            if plans is None or not plans.number.size or spent_s > self._listing_s:
                return spent_s
            gain = plans.bits @ price[0]
            order = np.argsort(-gain, kind="stable")[:_MOST_OF_BLOCK]
            found.append(plans.kept(order))
            parts.append((gain.max() - gain[order], found[b].bits, found[b].number[:, np.newaxis]))
        self._plans, self._pool = found, ColumnPool.joined(self._lister.blocks, parts)
        return spent_s

    def _listed(
        self, block: int, bounds: SeveralMultipliers, most: float, loss: float
    ) -> tuple[Plans | None, float]:
        """Return plans of a block that lose no more than can be listed, and the time [s]."""
        spent = 0.0
        for halvings in range(max(0, self._halvings[block] - 1), _HALVINGS):
            self._halvings[block] = halvings
            effort = Effort(_MOST, self._context.stop)
            others = bounds.short - most + loss / 2**halvings
            plans = None
            with suppress(TooManyError):
                plans = self._lister.listed(block, bounds, others, effort)
            spent += _MOST - effort.left
            if plans is not None or self._context.stop():
                break
        return plans, STEP_S * spent
