"""Forbidden cells under every strategy and solver: enumeration, laws, verification."""

import json
import math
from dataclasses import replace
from fractions import Fraction
from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qkdopt as qo
from drawing import (
    every_schedule,
    examples,
    obeys_operations,
    operations_for,
    problem_of,
    tiny_problems,
)
from qkdopt import verifier
from qkdopt.optimize.closures import without_closures
from qkdopt.optimize.exchange.genetic_settings import GeneticSettings
from qkdopt.optimize.formulations import FORMULATIONS, formulation_named
from qkdopt.optimize.limits import contradiction, limits_of
from qkdopt.optimize.operations import Operations
from qkdopt.optimize.pairing import largest_pairing
from qkdopt.optimize.solvers import SOLVERS
from qkdopt.optimize.strategies import is_linear, with_floors
from test_targeted_delivery import divergence

BRIEF = GeneticSettings(population=8, evaluations=60, polish=1)
ROUNDING = 1e-11
EXACT = ("dynamic", "decomposition", "milp")
NEEDED_EXTRAS = {"nsga2": "pymoo", "genetic": "deap", "hybrid": "deap"}
STRATEGIES = {
    "gd": qo.GeneralDelivery(),
    "pd": qo.PrioritisedDelivery(),
    "td-exact": qo.TargetedDelivery("0"),
    "td": qo.TargetedDelivery("0.05"),
    "least": qo.LeastDivergence("0.75"),
    "balanced": qo.BalancedDelivery(),
    "capped": qo.CappedDelivery(),
    "paired": qo.PairedDelivery(),
}


@st.composite
def closed_problems(draw, **sizes):
    """Draw a problem of which some cells are forbidden or locked to idling."""
    problem = draw(tiny_problems(**sizes))
    links = len(problem.links)
    if not problem.interval.size:
        return problem
    cells = st.tuples(st.integers(-1, links - 1), st.sampled_from(problem.interval.tolist()))
    forbidden = draw(st.lists(cells, max_size=5))
    idle = draw(st.lists(st.sampled_from(problem.interval.tolist()), max_size=1))
    rules = Operations.create(forbidden=forbidden, locked=[(-1, t) for t in idle])
    return problem.with_satellite(operations=rules)


def furnished(problem, numbers):
    """Return the problem with stock, demand and traffic, so that every strategy can be asked."""
    names = problem.targets
    traffic = {a: {b: 3 if a != b else 0 for b in names} for a in names}
    by_name = dict(zip(names, numbers, strict=False))
    changes = {"stock": by_name, "demand": by_name}
    if len(names) > 1:
        changes["traffic"] = traffic
    return problem.having(**changes)


def kept_deliveries(problem, floors):
    found = {qo.Schedule.create(s).delivered(problem) for s in every_schedule(problem)}
    return [e for e in found if all(a >= b for a, b in zip(e, floors, strict=False))]


def enumerated(problem, name, floors):
    """Return the worth that no schedule exceeds, by definition; ``None`` where there is none."""
    weights, stock = problem.weights, problem.stock
    kept = kept_deliveries(problem, floors)

    def t(e):
        return min(
            Fraction((b + x) * sum(weights), w)
            for b, x, w in zip(stock, e, weights, strict=True)
            if w
        )

    worth = {
        "gd": sum,
        "pd": lambda e: sum(w * x for w, x in zip(weights, e, strict=True)),
        "capped": lambda e: sum(map(min, e, problem.demand)),
        "balanced": lambda e: (t(e), sum(e)),
        "paired": lambda e: (
            largest_pairing([b + x for b, x in zip(stock, e, strict=True)], problem.traffic).total
        ),
    }
    if name == "least":
        most = max(map(sum, kept_deliveries(problem, (0,) * len(weights))))
        wanted = max(1, math.ceil(Fraction("0.75") * most))
        far = [divergence(e, weights) for e in kept if sum(e) >= wanted]
        return min(filter(math.isfinite, far), default=None)
    if name in ("td", "td-exact"):
        far = float(STRATEGIES[name].kl_max)
        near = [
            sum(e)
            for e in kept
            if (far and sum(e) and divergence(e, weights) < far) or divergence_is_zero(e, weights)
        ]
        return max(near, default=None)
    return max(map(worth[name], kept), default=None)


def divergence_is_zero(e, weights):
    return all(x * sum(weights) == w * sum(e) for x, w in zip(e, weights, strict=True))


def ways(problem, strategy):
    """Yield every installed solver that carries the strategy, with each of its formulations."""
    yield {}
    for solver, method in SOLVERS.items():
        if not method.carries(strategy):
            continue
        chosen = {"solver": solver}
        if method.population:
            if find_spec(NEEDED_EXTRAS[solver]) is None:
                continue
            chosen["genetic"] = BRIEF
        names = FORMULATIONS if method.formulations else (None,)
        for formulation in names:
            if formulation is None:
                yield chosen
            elif formulation_named(formulation).refusal(problem) is None:
                yield {**chosen, "formulation": formulation}
    if is_linear(strategy) and find_spec("ortools"):
        yield {"solver": "milp", "mip_solver": "cp_sat"}


def assert_right(problem, name, strategy, best, chosen):
    exact = chosen.get("solver", EXACT[0]) in EXACT
    outcome = qo.solve(problem, strategy, time_limit=8 if exact else 0.5, **chosen)
    if outcome.certificate is None:
        assert outcome.reason
        assert best is None or not exact, (chosen, outcome.reason)
        return
    document = json.loads(outcome.certificate.to_json())
    verdict = verifier.verify(document, problem.document())
    assert verdict.holds, (chosen, verdict.findings)
    assert obeys_operations(problem, document["schedule"]), chosen
    value, bound = outcome.value, verdict.recomputed_bound
    if name == "least":
        assert float(bound) - ROUNDING <= best <= float(value) + ROUNDING, chosen
        return
    if name == "balanced":
        value = (Fraction(value["t"]), value["total"])
        assert best[0] <= Fraction(bound["t"]), chosen
    else:
        assert bound >= best, chosen
    assert value == best if exact else value <= best, (chosen, value, best)


@pytest.mark.parametrize("name", STRATEGIES)
@given(closed_problems(), st.lists(st.integers(0, 9), min_size=3, max_size=3), st.booleans())
@settings(max_examples=examples(12))
def test_every_strategy_agrees_with_enumeration(name, problem, numbers, floored):
    problem = furnished(problem, numbers)
    if name == "paired" and problem.traffic is None:
        return
    floors = (numbers[0] // 3, 0, 0) if floored else (0, 0, 0)
    strategy = with_floors(STRATEGIES[name], dict(zip(problem.targets, floors, strict=False)))
    assert_right(problem, name, strategy, enumerated(problem, name, floors), {})


def drawn(seed):
    """Return a closed problem for every strategy, and floors that are off as often as on."""
    rng = np.random.default_rng(seed)
    links, active = int(rng.integers(2, 4)), int(rng.integers(3, 7))
    interval = np.cumsum(rng.choice([1, 1, 1, 3], active)).tolist()
    bits = rng.choice([0, 1, 2, 3, 5, 7], (links, active)).tolist()
    weights = [int(w) for w in rng.integers(1, 5, links)]
    cells = [(int(rng.integers(-1, links)), int(rng.choice(interval))) for _ in range(3)]
    idle = [(-1, int(rng.choice(interval)))] if rng.random() < 0.3 else []
    problem = problem_of(
        bits, interval, int(rng.integers(0, 3)), weights, forbidden=cells, locked=idle
    )
    floors = (int(rng.integers(1, 4)), 0, 0) if seed % 2 else (0, 0, 0)
    return furnished(problem, rng.integers(3, 12, 3).tolist()), floors


@pytest.mark.parametrize("name", STRATEGIES)
@pytest.mark.parametrize(
    "seeds", [(0, 1), pytest.param(range(2, 40), marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_every_solver_agrees_with_enumeration(name, seeds):
    for seed in seeds:
        problem, floors = drawn(seed)
        strategy = with_floors(STRATEGIES[name], dict(zip(problem.targets, floors, strict=False)))
        best = enumerated(problem, name, floors)
        for chosen in ways(problem, strategy):
            assert_right(problem, name, strategy, best, chosen)


@given(tiny_problems(), st.data())
@settings(max_examples=examples(60))
def test_the_problem_without_closures_has_the_same_schedules(problem, data):
    problem = problem.with_satellite(operations=data.draw(operations_for(problem)))
    if contradiction(problem):
        return
    handed = without_closures(problem)
    assert handed.operations.forbidden == ()
    assert list(every_schedule(handed)) == list(every_schedule(problem))
    before, after = limits_of(problem), limits_of(handed)
    assert (before.servable == after.servable).all()
    assert (before.passes == after.passes).all()


@given(closed_problems(), st.lists(st.integers(0, 9), min_size=3, max_size=3), st.data())
@settings(max_examples=examples(15))
def test_forbidding_what_the_optimum_does_not_use_leaves_the_value(problem, numbers, data):
    problem = furnished(problem, numbers)
    for strategy in (qo.GeneralDelivery(), qo.BalancedDelivery(), qo.CappedDelivery()):
        outcome = qo.solve(problem, strategy)
        served = outcome.certificate.schedule
        unused = [
            (n, t)
            for t, served_link in zip(problem.interval.tolist(), served, strict=True)
            for n in range(len(problem.links))
            if n != served_link
        ]
        if not unused:
            continue
        more = data.draw(st.lists(st.sampled_from(unused), max_size=4))
        rules = problem.operations
        tighter = Operations.create(forbidden=[*rules.forbidden, *more], locked=rules.locked)
        assert qo.solve(problem.with_satellite(operations=tighter), strategy).value == outcome.value


def test_a_forbidden_interval_stays_in_its_pass():
    # One pass of five intervals; in each the link has 1 bit. With interval 2 closed there are
    # still one pass and one contact: at most 20 s served are 2 bits, not 2 in each half.
    problem = problem_of([[1, 1, 1, 1, 1]], [0, 1, 2, 3, 4], 0, max_service_s_per_pass=20)
    closed = problem.with_satellite(operations=replace(problem.operations, forbidden=((0, 2),)))
    assert limits_of(closed).passes.tolist() == [0] * 5
    for chosen in ({}, {"solver": "milp"}):
        outcome = qo.solve(closed, qo.GeneralDelivery(), **chosen)
        assert (outcome.value, outcome.bound) == (2, 2)
        assert qo.verify(outcome.certificate, closed).optimal
    # A, then B after the closed interval: a hand-over within the pass, which the cap forbids.
    problem = problem_of([[3, 3, 9, 0, 0], [0, 0, 9, 2, 2]], [0, 1, 2, 3, 4], 1, [1, 1])
    rules = Operations.create(forbidden=[(-1, 2)], max_handovers_per_pass=0)
    outcome = qo.solve(problem.with_satellite(operations=rules), qo.GeneralDelivery())
    assert (outcome.value, outcome.bound) == (6, 6)
    assert qo.verify(outcome.certificate, problem.with_satellite(operations=rules)).optimal


def test_the_share_of_least_divergence_is_of_what_may_be_served():
    # S-GD is 20 with everything open, 8 with A closed in interval 1: half of that is 4 bits.
    problem = problem_of([[12, 4, 0], [0, 0, 4]], [1, 2, 5], 1, [1, 1])
    problem = problem.with_satellite(operations=Operations.create(forbidden=[(0, 1)]))
    outcome = qo.solve(problem, qo.LeastDivergence("0.5"))
    assert outcome.certificate.document["made_by"]["wanted"] == 4
    assert float(outcome.value) == 0
    assert qo.verify(outcome.certificate, problem)
