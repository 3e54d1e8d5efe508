"""Primal heuristics for targeted delivery: window walks, the master's columns, exact matches."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from qkdopt.arrays import Floats, Integers
from qkdopt.optimize.decomposition.annealing import CELL_S, effort_among
from qkdopt.optimize.decomposition.column_pool import ColumnPool
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

_LONG_BLOCK = 200  # intervals: schedules of longer blocks are too many to list
_MANY_BLOCKS = 8
_JOINT_DRAWS = 40  # where satellites share receivers
_FEW_WALKS = 2  # before schedules are listed
_LONGER_WALKS = 5  # where columns do not match
_MOST_WALKS = 40  # when there is no time limit
_MOST_INTENSIFIED = 10  # walks about the incumbent in one go
_IN_VAIN = 2
_ROUNDS, _FEW_ROUNDS = 6, 2  # of annealing among columns, and where they may not match
_SAMPLES_EVERY = 3  # runs, where there is a schedule
_LEAST_EFFORT_S = 1e-3  # of one run
_LEAST_MU = 0.01
_PENALTIES = (1.2, 3.0)  # times mu: what a bit of excess costs at the bound's prices
_MISSING = 2.0  # times its price: the penalty of a bit below a lower bound
_MARGIN = 2e-12  # by which divergences stay below the largest allowed
_WHERE_SHARED = WorkShares(first_runs=0, share=0.8, least_share=0.5)  # nodes take longer still
_COMPLETED = 60  # schedules that obey operations, whose shares are made to match
_COMPLETION_S = 1e-2  # about what that takes for each
_MOST_CELLS = 20_000_000  # intervals of all schedules of a sample: 160 MB
_PATH_S = 1e-4  # about what a longest path takes besides its cells


def share_pool(
    context: HeuristicContext, multipliers: Multipliers, known: Integers | None
) -> tuple[ColumnPool | None, float]:
    """Return sampled schedules of every block besides the master's, and the work for that [s].

    No schedules when out of time. ``known`` is one whose parts belong to the sample, ``(A,)``.
    """
    root, center = context.root, multipliers.per_bit
    problem = root.master.blocks.delivery.problem
    parameters = context.parameters.share_pool
    draws = parameters.labelled_draws if problem.more_than_switching else parameters.draws
    if problem.receivers is not None:
        draws = min(draws, _JOINT_DRAWS)
    draws = 20 if context.brief else min(draws, 1 + _MOST_CELLS // max(1, problem.interval.size))
    given = root.master.schedules(draws)
    if known is not None:
        given = (known, *given)
    drawn = nearby_prices(center, draws, context.random)
    path_s = _PATH_S + 2 * CELL_S * problem.bits.size
    return sample_columns(root.pricing, center, drawn, given, context.stop), path_s * draws


class ShareHeuristics(PrimalHeuristics):
    """Walks and columns in turns; where blocks are few and long, walks alone.

    The restricted master's own columns cost nothing to find, so they are searched most often.
    """

    def __init__(self, objective: TargetedObjective, context: HeuristicContext) -> None:
        self._objective, self._context = objective, context
        root = context.root
        blocks = root.master.blocks
        # One pass of hours leaves nothing to choose between passes: then only walks help.
        self._few = blocks.longest <= _LONG_BLOCK or blocks.count >= _MANY_BLOCKS
        self._windows = not objective.problem.rules  # which walks ignore
        self._shared = objective.problem.receivers is not None
        self._lists = self._few or bool(objective.bounds.any()) or not self._windows
        self.work = WorkShares(
            branching=self._lists, first_runs=0, head_start_s=2.0, head_start_without_s=0.3,
            head_start_nodes=60 if self._windows else 0,  # nodes take longer under operations
            least_share=0.2, far_share=0.5,
        )  # fmt: skip
        if self._shared:
            self.work = _WHERE_SHARED
        self._walk = ShareLNS(
            objective.shares,
            kl_max=float(objective.kl_max),
            mu=objective.mu(root.multipliers.vector),
            scale=float(root.value),
            start=root.pricing.best_service(root.multipliers.per_bit),
        )
        self._runs = 0
        self._matched = False  # whether the columns searched last hold an allowed schedule

    def run(self, multipliers: Multipliers, delivered: Floats) -> float:
        """Walk first, then search columns and walk about the incumbent."""
        self._runs += 1
        walks = 1 if not self._lists else _FEW_WALKS if self._few else _MOST_WALKS
        if not self._lists:
            return self._walk_on(walks)
        effort_s, root = 0.0, self._context.root
        if self._runs == 1:
            effort_s += self._walk_on(walks)
            multipliers = root.multipliers
        effort_s += self._search_master(multipliers, _ROUNDS if self._matched else _FEW_ROUNDS)
        if self._context.brief:
            effort_s += self._search(multipliers)
        elif not self._matched and self._windows:
            effort_s += self._walk_on(_LONGER_WALKS)  # many targets: few columns match together
        elif self._runs % _SAMPLES_EVERY == 0 or not self._matched:
            effort_s += self._search(multipliers)
        return effort_s + self._intensify() + _LEAST_EFFORT_S

    def _walk_on(self, times: int) -> float:
        """Search window by window, each time longer than before."""
        context, effort_s = self._context, 0.0
        for _ in range(times):
            if context.stop() or not self._windows:
                break
            effort_s += self._walk.effort_s
            if self._walk.run(context.random, context.stop):
                context.try_incumbent(self._walk.best)
        self.exhausted = not self._lists and not context.endless and self._runs == _MOST_WALKS
        return effort_s

    def begin(self, closed: Callable[[], bool]) -> float:
        """Search the columns of the bound a little."""
        if not self._lists:
            return 0.0
        root, effort_s = self._context.root, 0.0
        if self._shared:
            effort_s += self._walk_on(1)
        if not self._windows:
            effort_s += self._complete_all(root.master.schedules(_COMPLETED))
        return effort_s + self._search_master(root.multipliers, _FEW_ROUNDS)

    def _complete_all(self, services: Iterable[Integers]) -> float:
        """Leave out services of schedules until their shares match: where blocks are long."""
        effort_s = 0.0
        for service in services:
            if self._context.stop():
                break
            self._context.try_incumbent(self.complete(service))
            effort_s += _COMPLETION_S
        return effort_s

    def _search_master(self, multipliers: Multipliers, rounds: int) -> float:
        """Search the columns that the restricted master has by now."""
        pool = self._context.root.master.pool(multipliers.per_bit)
        return self._anneal(pool, multipliers, rounds)

    def _search(self, multipliers: Multipliers) -> float:
        """Search samples."""
        schedule = self._context.incumbent.schedule
        known = None if schedule is None else schedule.service
        pool, effort_s = share_pool(self._context, multipliers, known)
        if not self._windows:
            pricing = self._context.root.pricing
            drawn = nearby_prices(multipliers.per_bit, _COMPLETED, self._context.random)
            effort_s += self._complete_all(map(pricing.best_service, drawn))
        return 0.0 if pool is None else effort_s + self._anneal(pool, multipliers, _ROUNDS)

    def _anneal(self, pool: ColumnPool, multipliers: Multipliers, rounds: int) -> float:
        """Choose one column from each block, and complete the best choice."""
        context = self._context
        scale = float(context.root.value or 1)
        annealing = context.parameters.annealing
        search = ColumnSearch(
            pool, self._energies(multipliers.vector), scale, context.random, 0.0,
            replace(annealing, most_steps=2 * annealing.most_steps),
        )  # fmt: skip
        search.run(context.stop, lambda: context.try_incumbent(pool.service(search.choice)), rounds)
        self._matched = search.value > 0.0
        if self._matched and not context.stop():
            context.try_incumbent(self.complete(pool.service(search.choice)))
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
        """Try all totals once, each time longer."""
        context, bound = self._context, int(self._context.root.value)
        effort_s = self._search.round(bound, context.stop, context.try_incumbent)
        self.exhausted = self._search.exhausted(bound, endless=context.endless)
        return effort_s


@heuristics_for.register
def _(objective: TargetedObjective, context: HeuristicContext) -> PrimalHeuristics:
    if objective.exact and not objective.problem.rules:
        return ExactShareHeuristics(objective, context)
    return ShareHeuristics(objective, context)
