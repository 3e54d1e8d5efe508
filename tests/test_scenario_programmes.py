"""Cloud scenarios: enumeration = programmes of every formulation, and what is refused."""

from fractions import Fraction

import numpy as np
import pytest

import qkdopt as qo
from drawing import problem_of
from qkdopt.errors import InputError, SolverError
from qkdopt.optimize.exchange.options import SolverOptions
from qkdopt.optimize.export import write_model
from qkdopt.optimize.formulations import FORMULATIONS, formulation_named
from qkdopt.optimize.layout import laid_out
from qkdopt.optimize.limits import contradiction
from qkdopt.optimize.objectives.scenario_value import scenario_rewards, scenario_value
from qkdopt.optimize.operations import Operations
from qkdopt.optimize.problem import Link, SchedulingProblem
from qkdopt.optimize.problem_file import write_problem
from qkdopt.optimize.risk import Risk
from qkdopt.optimize.schedule import Schedule
from qkdopt.optimize.solvers.formulation_run import solve_formulation
from qkdopt.optimize.strategies import with_floors
from qkdopt.optimize.strategy_names import strategy_named, with_risk
from scenario_drawing import (
    best_in_scenarios,
    drawn_floors,
    drawn_risk,
    satellites_problem,
    scenario_problem,
)

STRATEGIES = ("gd", "pd", "balanced", "capped")
WORST = Risk("0.01", 1)


def two_skies(**more):
    """Return two links, of which the second is better on average, and the first surer."""
    plain = problem_of([[4, 4], [9, 9]], [0, 1], 1, weights=[1, 2], **more)
    keys = qo.KeyTensor.create([[4, 4], [9, 9]], [0, 1], ["A", "B"], interval_s=10)
    skies = keys.in_scenarios([[[4, 4], [9, 9]], [[4, 4], [1, 1]]]).scenarios
    return plain.as_version(2).with_satellite(bits=skies.most, scenarios=skies)


def assert_programmes_find(problem, strategy, optimum, formulations=FORMULATIONS):
    if contradiction(problem):
        assert optimum is None
        return
    for name in formulations:
        if formulation_named(name).refusal(problem) is not None:
            continue
        found = solve_formulation(problem, strategy, SolverOptions(formulation=name))
        if optimum is None:
            assert found.reason == "Infeasible"
            continue
        assert found.schedule.is_legal(problem)
        assert scenario_value(problem, strategy, found.schedule) == optimum, (name, strategy)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("name", STRATEGIES)
def test_programmes_agree_with_enumeration(name, seed):
    rng = np.random.default_rng([seed, STRATEGIES.index(name)])
    problem = scenario_problem(seed)
    strategy = with_risk(strategy_named(name), drawn_risk(rng))
    floors = drawn_floors(problem, rng) if rng.random() < 1 / 3 else None
    optimum = best_in_scenarios(problem, name, strategy.risk, floors)
    assert_programmes_find(problem, with_floors(strategy, floors or {}), optimum)


@pytest.mark.parametrize("name", STRATEGIES)
@pytest.mark.parametrize(
    "rules",
    [
        {"locked": [(0, 1)], "max_service_s_per_pass": 20},
        {"minimum_dwell_s": 20, "max_handovers_per_pass": 1},
        {"forbidden": [(-1, 2)], "max_handovers": 1},
    ],
    ids=["paper", "dwell", "forbidden"],
)
def test_programmes_agree_under_operations(name, rules):
    seed, agreed = 0, 0
    while agreed < 3:
        problem, seed = scenario_problem(100 + seed, most_intervals=5), seed + 1
        if problem.bits.shape[0] < 2:
            continue
        problem = problem.with_satellite(operations=Operations.create(**rules))
        risk = drawn_risk(np.random.default_rng(seed))
        optimum = best_in_scenarios(problem, name, risk)
        if optimum is None:
            continue
        agreed += 1
        assert_programmes_find(problem, with_risk(strategy_named(name), risk), optimum)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("name", ["gd", "pd"])
def test_the_mean_is_a_longest_path(name, seed):
    problem = scenario_problem(200 + seed)
    strategy = strategy_named(name)
    optimum = best_in_scenarios(problem, name, strategy.risk)
    for solver in (None, "milp"):
        outcome = qo.solve(problem, strategy, solver=solver)
        assert Fraction(outcome.value) == Fraction(outcome.bound) == optimum
        assert outcome.optimal
        stated = outcome.certificate.document["strategy"]
        assert stated == {"name": name, "alpha": "1", "risk_share": "0"}
    baseline = qo.solve(problem, strategy, solver="greedy")
    assert Fraction(baseline.value) <= optimum <= Fraction(baseline.bound)


def test_values_by_hand():
    problem = two_skies()
    surer, better = Schedule.create([0, 0]), Schedule.create([1, 1])
    mean, worst = qo.GeneralDelivery(), qo.GeneralDelivery(risk=WORST)
    assert scenario_rewards(problem, mean, better) == (18, 2)
    assert [scenario_value(problem, mean, x) for x in (surer, better)] == [8, 10]
    assert [scenario_value(problem, worst, x) for x in (surer, better)] == [8, 2]
    half = qo.GeneralDelivery(risk=Risk(1 / 2, "0.25"))  # 3/4 of 10 and 1/4 of 2
    assert scenario_value(problem, half, better) == 8
    bounded = with_floors(worst, {"B": 3})  # 18 bits in one sky, 2 in the other
    assert scenario_value(problem, bounded, better) is None


def test_who_is_served_depends_on_the_risk():
    problem = two_skies()
    for risk, links in ((Risk(), [1, 1]), (WORST, [0, 0])):
        found = solve_formulation(problem, qo.GeneralDelivery(risk=risk), SolverOptions())
        assert found.schedule.to_list() == links


def test_progress_and_bounds_count_bits():
    told = []
    qo.solve(
        two_skies(), qo.GeneralDelivery(), solver="milp", progress=lambda *now: told.append(now)
    )
    numbers = [number for _, *both in told for number in both if number is not None]
    assert not numbers or max(numbers) == 10  # on the way HiGHS may find less, by its version


def test_probabilities_of_large_denominators_are_refused_by_name():
    keys = qo.KeyTensor.create([[2**40]], [0], ["A"])
    share = Fraction(1, 3**20)
    keys = keys.in_scenarios([[[2**40]], [[1]]], [share, 1 - share])
    problem = qo.SchedulingProblem.from_keys(keys)
    with pytest.raises(SolverError, match="do not fit 64-bit integers: use probabilities"):
        qo.solve(problem, qo.GeneralDelivery())


@pytest.mark.parametrize("name", ["td", "least", "paired", "fair"])
def test_other_strategies_are_refused_by_name(name):
    with pytest.raises(InputError, match=f"{name} in cloud scenarios, expected one of gd, pd, bal"):
        qo.solve(two_skies(), strategy_named(name))
    with pytest.raises(InputError, match=f"risk: got alpha 0.01, risk_share 1 for strategy {name}"):
        with_risk(strategy_named(name), WORST)


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_risk_is_refused_without_scenarios(name):
    problem = problem_of([[1, 2]], [0, 1], 0, weights=[1]).having(demand={"A": 2})
    with pytest.raises(
        InputError, match=r"risk: got alpha .*, expected none where the problem has"
    ):
        qo.solve(problem, strategy_named(name, risk=WORST))
    assert qo.solve(problem, strategy_named(name)).certificate is not None


@pytest.mark.parametrize("solver", ["genetic", "hybrid"])
def test_solvers_that_know_one_sky_are_refused_by_name(solver):
    with pytest.raises(SolverError, match=f"solver {solver} cannot carry operations: scenarios"):
        qo.solve(two_skies(), qo.GeneralDelivery(), solver=solver)


@pytest.mark.parametrize("solver", ["dynamic", "greedy"])
def test_linear_solvers_refuse_a_risk_by_name(solver):
    strategy = qo.GeneralDelivery(risk=WORST)
    with pytest.raises(SolverError, match=f"{solver} cannot carry strategy gd with alpha 0.01, ri"):
        qo.solve(two_skies(), strategy, solver=solver)


@pytest.mark.parametrize("ending", ["lp", "mps"])
def test_programmes_are_written(tmp_path, ending):
    path = tmp_path / f"model.{ending}"
    write_model(two_skies(), qo.BalancedDelivery(risk=Risk("0.5", "0.5")), path)
    text = path.read_text()
    assert "eta" in text
    assert "short(1)" in text
    assert "tail" in text


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("name", STRATEGIES)
def test_programmes_agree_where_satellites_share_receivers(name, seed):
    rng = np.random.default_rng([seed, STRATEGIES.index(name), 1])
    problem = satellites_problem(seed)
    strategy = with_risk(strategy_named(name), drawn_risk(rng))
    floors = drawn_floors(problem, rng) if rng.random() < 1 / 3 else None
    optimum = best_in_scenarios(problem, name, strategy.risk, floors)
    assert_programmes_find(laid_out(problem).problem, with_floors(strategy, floors or {}), optimum)


def test_a_feasible_programme_that_presolve_takes_for_infeasible_is_solved():
    # HiGHS 1.16 says "Infeasible" with presolve, 7 without it; 3 bits in every sky need both.
    skies = [
        [[5, 0], [4, 8], [0, 7]],
        [[0, 2], [1, 2], [0, 1]],
        [[7, 3], [1, 7], [0, 0]],
        [[5, 4], [4, 7], [0, 5]],
    ]
    keys = qo.KeyTensor.create(np.zeros((3, 2), int), [1, 3], list("abc"), switch_s=0)
    links = [Link(name, 0) for name in "abc"]
    problem = SchedulingProblem.create(keys.in_scenarios(skies), links, ["A"], [1])
    strategy = qo.BalancedDelivery(lower_bounds={"A": 3}, risk=Risk("0.5", "0.5"))
    assert_programmes_find(problem, strategy, 7, ["path_flow"])


def test_programmes_are_exported(qkdopt, tmp_path):
    write_problem(two_skies(), tmp_path / "skies.json")
    risk = ("--alpha", "0.2", "--risk-share", "0.5")
    qkdopt("export", "skies.json", "--lp", "-o", "model.lp", "--strategy", "balanced", *risk)
    assert "short(1)" in (tmp_path / "model.lp").read_text()
    answer = qkdopt("export", "skies.json", "--lp", "-o", "td.lp", "--strategy", "td")
    assert "td in cloud scenarios, expected one of gd, pd, balanced, capped" in answer.complaint
    answer = qkdopt("export", "skies.json", "--json", "-o", "copy.json", *risk)
    assert "--alpha" in answer.complaint


@pytest.mark.parametrize("share", ["0.3333", "0.999999999999"])
def test_a_tail_of_next_to_nothing_keeps_coefficients_small(share):
    problem, risk = two_skies(), Risk("0." + "0" * 29 + "1", share)
    for strategy in (qo.GeneralDelivery(risk=risk), qo.PrioritisedDelivery(risk=risk)):
        optimum = best_in_scenarios(problem, strategy.name, risk)
        assert_programmes_find(problem, strategy, optimum)
        assert Fraction(qo.solve(problem, strategy, solver="milp").value) == optimum
