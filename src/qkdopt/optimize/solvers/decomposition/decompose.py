"""``decomposition``: the bound first, then schedules, until time is up or both meet."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from qkdopt.claims import Ended
from qkdopt.errors import SolverError
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.schedule import IDLE, Schedule
from qkdopt.optimize.solvers.decomposition.blocks import Blocks
from qkdopt.optimize.solvers.decomposition.bound import Bound, best_bound
from qkdopt.optimize.solvers.decomposition.columns import list_columns
from qkdopt.optimize.solvers.decomposition.pricing import Oracle
from qkdopt.optimize.solvers.decomposition.search import Search
from qkdopt.optimize.solvers.decomposition.shares import Shares
from qkdopt.optimize.solvers.options import SolverOptions
from qkdopt.optimize.strategies import TargetedDelivery

__all__ = ["Decomposition", "decompose"]

_ROUNDS = 12
_COLUMNS = 1000
_CELL = 5e-3  # of what a target gets: columns nearer than that count as the same
_LOSS = 2e-3  # of the bound: columns that lose more are not listed
_GRAIN = 1e-5  # of the bound


@dataclass(eq=False)
class Decomposition:
    """What there is so far; complete at every moment, so that it can be stopped at any.

    Attributes
    ----------
    schedule, value
        The incumbent: at first the schedule that serves nobody, which is always allowed.
    bound
        The proved bound, or ``None`` before there is one.
    ended
        How it ended.
    reason
        Why nothing can be delivered that close, if so.
    """

    schedule: Schedule
    value: int = 0
    bound: Bound | None = None
    ended: Ended = Ended.FINISHED
    reason: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    made_by: dict[str, Any] = field(default_factory=dict)


def decompose(
    problem: SchedulingProblem, strategy: TargetedDelivery, options: SolverOptions
) -> Decomposition:
    """Return a schedule for targeted delivery, a bound, and what proves the bound.

    Raises
    ------
    InputError
        When the problem has no weights.
    """
    shares = Shares.create(problem, strategy)
    idle = Schedule(np.full(problem.interval.size, IDLE, np.int64))
    found = Decomposition(schedule=idle, reason=shares.nothing_allowed())
    run = _Run(shares, options, found)
    try:
        run.go()
    except KeyboardInterrupt:
        found.ended = Ended.INTERRUPTED
    return found


class _Run:
    def __init__(self, shares: Shares, options: SolverOptions, found: Decomposition) -> None:
        self.shares, self.options, self.found = shares, options, found
        self.began = time.perf_counter()
        self.random = np.random.default_rng(options.seed)

    def go(self) -> None:
        blocks = Blocks.create(self.shares)
        oracle = Oracle(blocks)
        bound = best_bound(blocks, oracle, stop=self.out_of_time, told=self.tell_bound)
        self.found.bound = bound
        self.found.seconds["bound"] = bound.seconds
        self.offer(oracle.best_service(bound.prices.per_bit))
        if bound.value > self.found.value and not self.found.reason:
            self.search(blocks, bound)
        if self.found.value < bound.value and self.out_of_time():
            self.found.ended = Ended.TIME_LIMIT
        self.found.seconds["search"] = time.perf_counter() - self.began - bound.seconds

    def search(self, blocks: Blocks, bound: Bound) -> None:
        scale = float(bound.value)
        cell = np.maximum(_CELL * np.abs(bound.delivered), 1.0)
        pool = list_columns(
            blocks, bound.prices, _COLUMNS, _LOSS * scale, math.ceil(_GRAIN * scale), cell, self.random
        )
        self.found.made_by["columns"] = int(pool.loss.size)
        search = Search(pool, bound.prices, scale, self.random)
        search.run(
            self.out_of_time, lambda _: self.offer(pool.service(search.choice)), rounds=_ROUNDS
        )

    def offer(self, service: Any) -> None:
        """Take a schedule as the incumbent if it is allowed and better."""
        schedule = Schedule(np.array(service, np.int64))
        delivered = self.shares.delivered(schedule)
        value = int(delivered.sum())
        if value > self.found.value and self.shares.allows(delivered):
            if not schedule.is_legal(self.shares.problem):
                raise SolverError("the blocks' schedules do not fit together")
            self.found.schedule, self.found.value = schedule, value
            self.tell()

    def tell_bound(self, value: float) -> None:
        self.tell(value)

    def tell(self, bound: float | None = None) -> None:
        if self.options.progress is None:
            return
        if bound is None and self.found.bound is not None:
            bound = float(self.found.bound.value)
        self.options.progress(
            time.perf_counter() - self.began, float(self.found.value) or None, bound
        )

    def out_of_time(self) -> bool:
        limit = self.options.time_limit
        return limit is not None and time.perf_counter() - self.began >= limit
