"""Proofs and claims where cells are closed, and who carries the rules that close them."""

import json

import numpy as np
import pytest

import qkdopt as qo
from drawing import (
    problem_of,
)
from qkdopt import verifier
from qkdopt.errors import SolverError
from qkdopt.optimize.closures import closed_cells
from qkdopt.optimize.decomposition.listing import Listing
from qkdopt.optimize.decomposition.plan_bisection import PlanBisection
from qkdopt.optimize.operations import Operations
from qkdopt.optimize.strategies import with_floors
from test_closures import STRATEGIES, furnished


def closed_week(seed):
    rng = np.random.default_rng(seed)
    bits = rng.choice([0, 3, 5, 7, 8, 11], (3, 12))
    interval = np.cumsum(rng.choice([1, 1, 1, 3], 12)).tolist()
    cells = [(int(rng.integers(-1, 3)), int(rng.choice(interval))) for _ in range(4)]
    problem = problem_of(bits.tolist(), interval, 1, [3, 2, 2], forbidden=cells)
    return furnished(problem, rng.integers(10, 35, 3).tolist())


@pytest.fixture
def unlisted(monkeypatch):
    """Let trees prove what lists of deliveries or plans would."""
    monkeypatch.setattr(Listing, "exhausts", lambda self, *more: False)
    monkeypatch.setattr(PlanBisection, "lower", lambda self, *more: None)


@pytest.mark.parametrize("name", ["td", "capped"])
def test_trees_are_walked_over_the_cells_that_may_be_served(name, unlisted):
    for seed in range(40):
        problem = closed_week(seed)
        outcome = qo.solve(problem, STRATEGIES[name], time_limit=10)
        document = json.loads(outcome.certificate.to_json())
        if "tree" in document["proof"]:
            break
    assert "tree" in document["proof"]
    verdict = verifier.verify(document, problem.document())
    assert verdict.optimal, verdict.findings
    # Without the rule the same tree is about more schedules, and shows less.
    opened = problem.with_satellite(operations=Operations())
    moved = {**document, "problem": opened.document(), "problem_sha256": opened.sha256}
    assert verifier.verify(moved).recomputed_bound > verdict.recomputed_bound


def closed_claim(strategy):
    """Return a certificate about a problem whose best cell, B in 4, is forbidden."""
    problem = problem_of([[5, 4, 0, 2], [0, 6, 7, 9]], [1, 2, 3, 4], 1, [3, 1])
    problem = furnished(problem, [4, 9])
    problem = problem.with_satellite(operations=Operations.create(forbidden=[(1, 4)]))
    return problem, qo.solve(problem, strategy).certificate.to_dict()


@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES)
def test_serving_a_forbidden_cell_is_refused(strategy):
    problem, document = closed_claim(strategy)
    forged = {**document, "schedule": [-1, 1, 1, 1]}
    verdict = verifier.verify(forged, problem.document())
    assert not verdict.holds
    assert "link 1 is served in interval 4, where it is forbidden" in verdict.findings


@pytest.mark.parametrize("name", ["gd", "pd", "td", "capped"])
def test_bounds_below_what_may_be_served_are_refused(name, unlisted):
    problem, document = closed_claim(STRATEGIES[name])
    honest = verifier.verify(document, problem.document())
    assert honest.holds
    low = {**document, "bound": honest.recomputed_bound - 1}
    verdict = verifier.verify({**low, "value": low["bound"]}, problem.document())
    assert not verdict.holds
    # The bound of the open problem is true of the closed one, too, but no proof of optimality.
    opened = problem.with_satellite(operations=Operations())
    high = qo.solve(opened, STRATEGIES[name]).bound
    verdict = verifier.verify({**document, "bound": high}, problem.document())
    assert verdict.holds
    assert verdict.optimal == (high == document["value"])
    # The same numbers without the rule: the problem is another one, and the bound too low.
    assert not verifier.verify(document, opened.document()).holds
    moved = {**document, "problem": opened.document(), "problem_sha256": opened.sha256}
    if document["bound"] < verifier.verify({**moved, "bound": 99}).recomputed_bound:
        assert not verifier.verify(moved, opened.document()).holds


def test_a_tree_cannot_serve_a_forbidden_cell():
    # The question whether B is served in 4 has one answer: no schedule does, so nothing is to
    # be proved on that side, and the other side is the whole problem.
    problem, document = closed_claim(qo.CappedDelivery())
    tree = {"kind": "tree", "prices": [{"lambda": ["1/2", "1/1"]}], "tree": [[3, 1], 0, 0]}
    single = {"kind": "prices", "lambda": ["1/2", "1/1"]}
    document["bound"] = verifier.verify({**document, "bound": 99, "proof": single}).recomputed_bound
    verdict = verifier.verify({**document, "proof": tree}, problem.document())
    assert verdict.holds, verdict.findings
    assert verdict.recomputed_bound == document["bound"]


def test_all_cells_closed():
    problem = problem_of([[5, 4], [0, 6]], [1, 2], 1, [3, 1], forbidden=[(-1, 1), (-1, 2)])
    problem = furnished(problem, [0, 0])
    assert closed_cells(problem).all()
    for name, strategy in STRATEGIES.items():
        outcome = qo.solve(problem, strategy)
        if name == "least":
            assert outcome.reason.startswith("infeasible: ")
            continue
        assert outcome.certificate.schedule == (-1, -1), name
        assert qo.verify(outcome.certificate, problem).optimal, name


def test_a_closed_target_is_not_said_to_be_out_of_view():
    problem = problem_of([[5, 4], [0, 6]], [1, 2], 1, [1, 1], forbidden=[(1, 1), (1, 2)])
    outcome = qo.solve(problem, qo.TargetedDelivery("0.1"))
    assert outcome.reason == "no schedule comes nearer than KL = 0.6931: B can never be served"


def test_a_solver_that_carries_the_rules_is_chosen():
    problem = furnished(problem_of([[5, 4], [0, 6]], [1, 2], 1, [3, 1]), [2, 4])
    capped = problem.with_satellite(operations=Operations.create(max_handovers=1))
    for strategy in (
        qo.BalancedDelivery(),
        qo.CappedDelivery(),
        qo.PairedDelivery(),
        with_floors(qo.GeneralDelivery(), {"A": 1}),
        with_floors(qo.PrioritisedDelivery(), {"A": 1}),
    ):
        assert qo.solve(problem, strategy).certificate.document["made_by"]["solver"] != "milp"
        outcome = qo.solve(capped, strategy)
        assert outcome.certificate.document["made_by"]["solver"] == "decomposition"
        assert qo.verify(outcome.certificate, capped)
    refused = r"nsga2 cannot carry operations: max_handovers \(decomposition, outer_approximation"
    with pytest.raises(SolverError, match=refused):
        qo.solve(capped, qo.TargetedDelivery("0.1"), solver="nsga2")
    refused = r"solver greedy cannot carry operations: max_handovers \(dynamic, milp can\)"
    with pytest.raises(SolverError, match=refused):
        qo.solve(capped, qo.GeneralDelivery(), solver="greedy")


def test_a_solver_from_outside_is_shown_the_rules():
    def mine(problem, strategy, options):
        assert problem.operations.forbidden == ((0, 2),)
        assert problem.bits[0, 1] == 4
        return [0, -1]

    problem = problem_of([[5, 4]], [1, 2], 1, [1], forbidden=[(0, 2)])
    problem = furnished(problem, [9])
    for strategy in (qo.GeneralDelivery(), qo.TargetedDelivery("0.1"), qo.CappedDelivery()):
        outcome = qo.solve(problem, strategy, solver=mine)
        assert (outcome.value, outcome.bound) == (5, 5)
        assert qo.verify(outcome.certificate, problem).optimal
