"""Primal heuristics for targeted delivery: window walks, columns of small loss, exact matches."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.decomposition.annealing import effort_among
from qkdopt.optimize.decomposition.column_pool import ColumnPool, enumerate_columns
from qkdopt.optimize.decomposition.column_search import ColumnSearch
from qkdopt.optimize.decomposition.completion import complete_schedule
from qkdopt.optimize.decomposition.exact_shares import ExactSharesSearch
from qkdopt.optimize.decomposition.primal_heuristics import (
    HeuristicContext,
    PrimalHeuristics,
    WorkShares,
    heuristics_for,
)
from qkdopt.optimize.decomposition.sampled_columns import nearby_prices, sample_columns
from qkdopt.optimize.decomposition.share_lns import ShareLNS
from qkdopt.optimize.objectives._energy_kernels import Shares
from qkdopt.optimize.objectives.base import Multipliers
from qkdopt.optimize.objectives.targeted import TargetedObjective

__all__ = ["ShareHeuristics", "share_pool"]

_LONG_BLOCK = 200  # intervals: schedules of longer blocks are too many to list
_MANY_BLOCKS = 8
_JOINT_DRAWS = 40  # where satellites share receivers
_FEW_WALKS = 2  # before schedules are listed
_MOST_WALKS = 40  # when there is no time limit
_MOST_INTENSIFIED = 10  # walks about the incumbent in one go
_IN_VAIN = 2
_FIRST_ROUNDS, _ROUNDS = 7, 6  # of annealing among columns
_LEAST_EFFORT_S = 1e-3  # of one run
_LEAST_MU = 0.01
_PENALTIES = (1.2, 3.0)  # times mu: what a bit of excess costs at the bound's prices
_MISSING = 2.0  # times its price: the penalty of a bit below a lower bound
_MARGIN = 2e-12  # by which divergences stay below the largest allowed


def share_pool(
    context: HeuristicContext,
    multipliers: Multipliers,
    delivered: Floats,
    known: Integers | None,
) -> ColumnPool | None:
    """Return schedules of every block of small loss, ``None`` when out of time.

    Parameters
    ----------
    delivered
        Bits of the mixture that attains the bound there, shape ``(T,)``.
    known
        A schedule whose parts belong to a sample, shape ``(A,)``.
    """
    root, center = context.root, multipliers.per_bit
    blocks, scale = root.master.blocks, float(root.value or 1)
    parameters = context.parameters.share_pool
    operations = blocks.delivery.problem.more_than_switching
    if blocks.longest > _LONG_BLOCK or operations:
        given: tuple[Integers, ...] = () if known is None else (known,)
        if operations:
            given += root.master.schedules()
        draws = parameters.labelled_draws if operations else parameters.draws
        if blocks.delivery.problem.receivers is not None:
            draws = min(draws, _JOINT_DRAWS)
        drawn = nearby_prices(center, draws, context.random)
        return sample_columns(root.pricing, center, drawn, given, context.stop)
    part = min(1.0, parameters.week / max(1, blocks.count))
    return enumerate_columns(
        blocks,
        center,
        most=max(parameters.fewest, round(parameters.columns * part)),
        most_loss=max(parameters.loss * part * scale, parameters.least_loss),
        min_bits_apart=math.ceil(parameters.apart * part * scale),
        cell=np.maximum(parameters.cell * part * np.abs(delivered), 1.0),
        random=context.random,
        stop=context.stop,
    )


class ShareHeuristics(PrimalHeuristics):
    """Walks and columns in turns; where blocks are few and long, walks alone."""

    def __init__(self, objective: TargetedObjective, context: HeuristicContext) -> None:
        self._objective, self._context = objective, context
        root = context.root
        blocks = root.master.blocks
        # One pass of hours leaves nothing to choose between passes: then only walks help.
        self._few = blocks.longest <= _LONG_BLOCK or blocks.count >= _MANY_BLOCKS
        self._windows = not objective.problem.more_than_switching  # which walks ignore
        self._lists = self._few or bool(objective.bounds.any()) or not self._windows
        self.work = WorkShares(
            branching=self._lists, first_runs=0, head_start_s=2.0, head_start_without_s=0.3,
            head_start_nodes=60 if self._windows else 0,  # nodes take longer under operations
            least_share=0.2,
        )  # fmt: skip
        self._walk = ShareLNS(
            objective.shares,
            kl_max=float(objective.kl_max),
            mu=objective.mu(root.multipliers.vector),
            scale=float(root.value),
            start=root.pricing.best_service(root.multipliers.per_bit),
        )
        self._runs = 0

    def run(self, multipliers: Multipliers, delivered: Floats) -> float:
        """Walk first, then search columns and walk about the incumbent."""
        self._runs += 1
        if not self._lists:
            return self._walk_on()
        effort_s, root = 0.0, self._context.root
        if self._runs == 1:
            effort_s += self._walk_on()
            effort_s += self._search(root.multipliers, root.delivered, _FIRST_ROUNDS)
        else:
            effort_s += self._search(multipliers, delivered, _ROUNDS)
        return effort_s + self._intensify() + _LEAST_EFFORT_S

    def _walk_on(self) -> float:
        """Search window by window, a few times where columns follow."""
        context, effort_s = self._context, 0.0
        times = 1 if not self._lists else _FEW_WALKS if self._few else _MOST_WALKS
        for _ in range(times):
            if context.stop() or not self._windows:
                break
            effort_s += self._walk.effort_s
            if self._walk.run(context.random, context.stop):
                context.try_incumbent(self._walk.best)
        self.exhausted = not self._lists and not context.endless and self._runs == _MOST_WALKS
        return effort_s

    def _search(self, multipliers: Multipliers, delivered: Floats, rounds: int) -> float:
        """Search the schedules of small loss."""
        context = self._context
        schedule = context.incumbent.schedule
        known = None if schedule is None else schedule.service
        pool = share_pool(context, multipliers, delivered, known)
        if pool is None:
            return 0.0
        scale = float(context.root.value or 1)
        annealing = context.parameters.annealing
        search = ColumnSearch(
            pool, self._energies(multipliers.vector), scale, context.random, 0.0,
            replace(annealing, most_steps=2 * annealing.most_steps),
        )  # fmt: skip
        search.run(context.stop, lambda: context.try_incumbent(pool.service(search.choice)), rounds)
        return effort_among(pool.loss.size, rounds)

    def _energies(self, vector: Floats) -> Callable[[int, float], Shares]:
        """Return the data of the energy by turn: dear and very dear excess take turns."""
        objective = self._objective
        penalty = max(objective.mu(vector), _LEAST_MU)
        data = objective.kernel_data._replace(
            kl_max=float(objective.kl_max) - _MARGIN,
            rate=_MISSING * np.maximum(objective.bound_prices(vector), 1.0),
        )
        return lambda turn, _: data._replace(penalty=penalty * _PENALTIES[turn % 2])

    def _intensify(self) -> float:
        """Walk about the incumbent, again while that helps."""
        failed, effort_s, context = 0, 0.0, self._context
        for _ in range(_MOST_INTENSIFIED):
            known, total = context.incumbent.schedule, float(context.incumbent.value or 0)
            if context.stop() or known is None or not total or not self._windows:
                break
            effort_s += self._walk.intensify_effort_s
            if self._walk.intensify(known.service, total, context.random, context.stop):
                context.try_incumbent(self._walk.best)
                failed = 0
            else:
                failed += 1
            if failed == _IN_VAIN:
                break
        return effort_s

    def complete(self, service: Integers) -> Integers:
        """Return the schedule with the best use of free intervals."""
        return complete_schedule(self._objective, service, self._context.random)


class ExactShareHeuristics(PrimalHeuristics):
    """Exact matches of ever larger totals; there is no branching."""

    work = WorkShares(branching=False, first_runs=0)

    def __init__(self, objective: TargetedObjective, context: HeuristicContext) -> None:
        root, self._context = context.root, context
        prices = root.multipliers.per_bit
        self._search = ExactSharesSearch(objective, root.pricing, prices, context.random)

    def run(self, multipliers: Multipliers, delivered: Floats) -> float:
        """Search until the largest total matches, or time is up, or long enough."""
        context, self.exhausted = self._context, True
        bound = int(context.root.value)
        self._search.run(bound, context.stop, context.try_incumbent, endless=context.endless)
        return 0.0


@heuristics_for.register
def _(objective: TargetedObjective, context: HeuristicContext) -> PrimalHeuristics:
    if objective.exact and not objective.problem.more_than_switching:
        return ExactShareHeuristics(objective, context)
    return ShareHeuristics(objective, context)
