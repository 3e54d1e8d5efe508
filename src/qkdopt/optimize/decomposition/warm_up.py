"""Kernels are compiled before any clock starts, those that a strategy needs."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import numpy as np

from qkdopt.deadline import Deadline
from qkdopt.optimize.decomposition.branch_and_price import BranchAndPrice
from qkdopt.optimize.layout import laid_out
from qkdopt.optimize.objectives import objective_of
from qkdopt.optimize.objectives.least_divergence import LeastDivergenceObjective
from qkdopt.optimize.objectives.max_min import MaxMinObjective, balanced_total
from qkdopt.optimize.operations import NO_OPERATIONS, Operations
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.strategy_names import strategy_named
from qkdopt.tensor import KeyTensor

__all__ = ["warm_up"]


@cache
def warm_up(
    strategy: str, *, exact: bool = False, shared: bool = False, rules: bool = False
) -> None:
    """Run a small problem through all that a strategy needs, once, before any clock starts.

    Compiling takes tens of seconds the first time on a machine: a time limit is for searching.
    ``exact`` is for targeted delivery whose shares have to match exactly, ``shared`` for
    satellites that share receivers, ``rules`` for those that have operations as well.
    """
    if shared:  # first a problem whose gap does not close without any search
        warm_up(strategy, exact=exact, shared=rules)
    problem = _small_problem(shared=shared, rules=rules)
    chosen = strategy_named(strategy, kl_max=0) if exact else strategy_named(strategy)
    objective = objective_of(problem, chosen)
    whole = exact or isinstance(objective, LeastDivergenceObjective)
    BranchAndPrice(objective, brief=not whole).solve()
    if isinstance(objective, MaxMinObjective):
        BranchAndPrice(balanced_total(objective, Fraction(1)), brief=True).solve()
    if Deadline().stop_requested:  # then not everything was tried
        raise KeyboardInterrupt


def _small_problem(*, shared: bool, rules: bool) -> SchedulingProblem:
    """Return a problem of four passes with all that a strategy may need.

    Where receivers are shared a second satellite has the same passes, and the same rules.
    """
    random = np.random.default_rng(0)
    passes, length, links = 4, 3, 3
    bits = random.integers(1, 1000, (links, passes * length))
    interval = np.add.outer(100 * np.arange(passes), np.arange(length)).ravel()
    names = [f"link {n}" for n in range(links)]
    weights = {name: n + 1 for n, name in enumerate(names)}
    keys = KeyTensor.create(bits, interval, names, weights=weights)
    demand = dict.fromkeys(names, 1500)
    traffic = {n: {m: 700 * (n != m) for m in names} for n in names}
    if not shared:
        return SchedulingProblem.from_keys(keys).having(demand=demand, traffic=traffic)
    own = dict.fromkeys("AB", Operations(max_handovers_per_pass=1) if rules else NO_OPERATIONS)
    both = SchedulingProblem.from_satellites({"A": keys, "B": keys}, operations=own)
    return laid_out(both.having(demand=demand, traffic=traffic)).problem
