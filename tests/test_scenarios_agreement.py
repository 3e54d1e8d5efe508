"""Cloud scenarios: enumeration = solvers, and the verifier confirms what they prove."""

from fractions import Fraction

import numpy as np
import pytest

import qkdopt as qo
from qkdopt.optimize.risk import Risk
from qkdopt.optimize.strategies import with_floors
from qkdopt.optimize.strategy_names import strategy_named, with_risk
from scenario_drawing import (
    best_in_scenarios,
    drawn_floors,
    drawn_operations,
    drawn_risk,
    satellites_problem,
    scenario_problem,
)

STRATEGIES = ("gd", "pd", "balanced", "capped")


def assert_as_enumerated(problem, name, risk, floors, solver, proved=True):
    optimum = best_in_scenarios(problem, name, risk, floors)
    strategy = with_floors(with_risk(strategy_named(name), risk), floors)
    outcome = qo.solve(problem, strategy, solver=solver)
    if optimum is None:
        assert outcome.reason.startswith("infeasible")
        return
    verdict = qo.verify(outcome.certificate, problem)
    assert verdict.holds, verdict.findings
    assert Fraction(outcome.value) == optimum <= Fraction(outcome.bound)
    assert verdict.optimal or not proved


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("name", STRATEGIES)
def test_solvers_agree_with_enumeration(name, seed):
    rng = np.random.default_rng([seed, STRATEGIES.index(name), 5])
    problem, risk = scenario_problem(300 + seed), drawn_risk(rng)
    floors = drawn_floors(problem, rng) if rng.random() < 1 / 3 else {}
    assert_as_enumerated(problem, name, risk, floors, None)
    assert_as_enumerated(problem, name, risk, floors, "milp", proved=False)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("name", STRATEGIES)
def test_operations_agree_with_enumeration(name, seed):
    rng = np.random.default_rng([seed, STRATEGIES.index(name), 6])
    problem = scenario_problem(400 + seed)
    problem = problem.with_satellite(operations=drawn_operations(rng, problem))
    assert_as_enumerated(problem, name, drawn_risk(rng), {}, None)


@pytest.mark.parametrize("solver", [None, "milp"])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", STRATEGIES)
def test_satellites_agree_with_enumeration(name, seed, solver):
    rng = np.random.default_rng([seed, STRATEGIES.index(name), 7])
    problem, risk = satellites_problem(500 + seed), drawn_risk(rng)
    floors = drawn_floors(problem, rng) if rng.random() < 1 / 3 else {}
    assert_as_enumerated(problem, name, risk, floors, solver, proved=solver is None)


@pytest.mark.parametrize("seed", range(10))
def test_one_scenario_is_the_problem_without_any(seed):
    rng = np.random.default_rng(seed)
    problem = scenario_problem(600 + seed).scenario(0)
    alone = problem.bits[np.newaxis]
    keys = qo.KeyTensor.create(
        problem.bits, problem.interval, [link.name for link in problem.links], interval_s=10
    ).in_scenarios(alone)
    sky = problem.with_satellite(bits=keys.scenarios.most, scenarios=keys.scenarios)
    for name in ("gd", "pd", "capped"):
        strategy = with_risk(strategy_named(name), drawn_risk(rng))
        value = qo.solve(problem, strategy_named(name)).value
        assert Fraction(qo.solve(sky, strategy).value) == value
    balanced = qo.solve(sky, qo.BalancedDelivery(risk=Risk("0.5", 1))).value
    assert balanced == qo.solve(problem, qo.BalancedDelivery()).value["t"]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("name", STRATEGIES)
def test_more_care_for_the_worst_never_raises_the_value(name, seed):
    problem = scenario_problem(700 + seed)
    values = [
        Fraction(qo.solve(problem, with_risk(strategy_named(name), Risk(alpha, share))).value)
        for alpha, share in ((1, 0), ("0.5", "0.5"), ("0.5", 1), ("0.01", 1))
    ]
    assert values == sorted(values, reverse=True)


def test_schedules_from_outside_are_valued_and_bounded():
    problem = scenario_problem(801)
    strategy = qo.GeneralDelivery(risk=Risk("0.5", 1))

    def nothing(stated, asked, options):
        assert stated.in_scenarios
        assert asked in (strategy, qo.GeneralDelivery())
        return [-1] * stated.interval.size

    outcome = qo.solve(problem, strategy, solver=nothing)
    assert outcome.value == "0/1"
    assert qo.verify(outcome.certificate, problem).holds
    mean = qo.solve(problem, qo.GeneralDelivery(), solver=nothing)
    assert qo.verify(mean.certificate, problem).holds
    assert Fraction(mean.bound) == best_in_scenarios(problem, "gd", Risk(), {})


@pytest.mark.parametrize("mip_solver", ["highs_plain"])
def test_other_mip_solvers_carry_a_risk(mip_solver):
    problem, risk = scenario_problem(802), Risk("0.5", "0.5")
    strategy = qo.CappedDelivery(risk=risk)
    outcome = qo.solve(problem, strategy, solver="milp", mip_solver=mip_solver)
    assert Fraction(outcome.value) == best_in_scenarios(problem, "capped", risk, {})
