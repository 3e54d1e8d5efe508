"""Kernels are compiled before any clock starts, those that a strategy needs."""

import math
from dataclasses import replace
from fractions import Fraction
from functools import cache

import numpy as np

from qkdopt.deadline import Deadline
from qkdopt.optimize.decomposition.branch_and_price import BranchAndPrice
from qkdopt.optimize.decomposition.plan_lists import PlanLists
from qkdopt.optimize.decomposition.plans import Effort, has_plans
from qkdopt.optimize.decomposition.service_bound import ServicePaths
from qkdopt.optimize.domain.branching import BranchingDecision
from qkdopt.optimize.domain.joint_pricing import JointPricing
from qkdopt.optimize.exchange.parameters import USUAL
from qkdopt.optimize.exchange.search_parameters import LeastSearchParameters
from qkdopt.optimize.layout import laid_out
from qkdopt.optimize.objectives import objective_of
from qkdopt.optimize.objectives.least_divergence import LeastDivergenceObjective
from qkdopt.optimize.objectives.max_min import MaxMinObjective, balanced_total
from qkdopt.optimize.operations import NO_OPERATIONS, Operations
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.risk import Risk
from qkdopt.optimize.strategies import is_linear
from qkdopt.optimize.strategy_names import strategy_named, with_risk
from qkdopt.tensor import KeyTensor

_BRIEF_S = 0.02  # of a search whose kernels are compiled


@cache
def warm_up(
    strategy: str,
    *,
    exact: bool = False,
    shared: bool = False,
    rules: bool = False,
    scenarios: bool = False,
) -> None:
    """Run a small problem through all that a strategy needs, once, before any clock starts.

    Compiling takes tens of seconds the first time on a machine: a time limit is for searching.
    ``exact`` is for targeted delivery whose shares have to match exactly, ``shared`` for
    satellites that share receivers, ``rules`` for those that have operations as well,
    ``scenarios`` where bits are those of several skies.
    """
    if rules:  # whose gap does not close without any search
        warm_up(strategy, exact=exact, shared=True, scenarios=scenarios)
    problem = _small_problem(shared=shared, rules=rules, scenarios=scenarios)
    chosen = strategy_named(strategy, kl_max=0) if exact else strategy_named(strategy)
    if scenarios:
        chosen = with_risk(chosen, Risk("0.5", 1))
    objective = objective_of(problem, chosen)
    parameters, whole = USUAL, exact or isinstance(objective, LeastDivergenceObjective)
    if shared and isinstance(objective, LeastDivergenceObjective):
        for other in chosen.searched_by:
            warm_up(other, shared=True)
        half = int(problem.bits.max(axis=0).sum()) // 2
        objective, whole = LeastDivergenceObjective.create(problem, half), False
        brief = LeastSearchParameters(first_effort_s=_BRIEF_S)
        parameters = replace(USUAL, least_search=brief)
    run = BranchAndPrice(objective, brief=not whole, parameters=parameters)
    run.lists = False  # with a list there would be nothing left to compile
    run.solve(_BRIEF_S if exact else math.inf)  # a search for exact matches goes on for seconds
    pricing = None if run.root is None else run.root.pricing
    if isinstance(pricing, JointPricing) and is_linear(chosen):
        pricing.walk(0)  # its gap is closed without
    elif run.root is not None and objective.delivery.by_link and not shared:
        split, prices = (BranchingDecision(0, 1, 0, served=True),), run.root.multipliers.per_bit
        for paths in (run.root.pricing, ServicePaths(run.root.pricing.blocks)):
            paths(prices, split)  # trees are of one of them
        if has_plans(objective, run.root.master.blocks):
            lists = PlanLists(objective, run.root.pricing, run.root.master.unit)
            everything = Effort(math.inf, lambda: False)
            lists.proof(run.root.value / 2, [run.root.multipliers.vector], everything, np.size)
    if isinstance(objective, MaxMinObjective):
        BranchAndPrice(balanced_total(objective, Fraction(1)), brief=True).solve()
    if Deadline().stop_requested:  # then not everything was tried
        raise KeyboardInterrupt


def _small_problem(*, shared: bool, rules: bool, scenarios: bool) -> SchedulingProblem:
    """Return a problem of four passes with all that a strategy may need.

    Where receivers are shared a second satellite has the same passes, other bits and the same
    rules. Gaps without rules do not close without searches: demand and traffic are about what can
    be delivered.
    """
    passes, length, links = 4, 3, 3
    interval = np.add.outer(100 * np.arange(passes), np.arange(length)).ravel()
    names = [f"link {n}" for n in range(links)]
    weights = {name: n + 1 for n, name in enumerate(names)}
    keys = [
        KeyTensor.create(bits, interval, names, weights=weights)
        for bits in (
            np.random.default_rng(seed).integers(1, 1000, (links, interval.size))
            for seed in range(1 + shared)
        )
    ]
    if scenarios:
        table = np.random.default_rng(23).integers(1, 1000, (len(keys), 3, links, interval.size))
        keys = [one.in_scenarios(bits) for one, bits in zip(keys, table, strict=True)]
    demand = dict.fromkeys(names, 1500 * len(keys))
    traffic = {n: {m: 700 * len(keys) * (n != m) for m in names} for n in names}
    if not shared:
        return SchedulingProblem.from_keys(keys[0]).having(demand=demand, traffic=traffic)
    own = dict.fromkeys("AB", Operations(max_handovers_per_pass=1) if rules else NO_OPERATIONS)
    tensors = dict(zip("AB", keys, strict=True))
    both = SchedulingProblem.from_satellites(tensors, operations=own)
    return laid_out(both.having(demand=demand, traffic=traffic)).problem
