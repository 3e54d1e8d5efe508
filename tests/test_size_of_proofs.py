"""Trees of branch and bound stay so small that a verifier has time for their proofs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import qkdopt as qo
from qkdopt.deadline import Deadline
from qkdopt.library import problem_folder
from qkdopt.optimize.certified import certificate_of
from qkdopt.optimize.decomposition import branch_and_price
from qkdopt.optimize.decomposition.branch_and_bound import BranchAndBound
from qkdopt.optimize.decomposition.branch_and_price import BranchAndPrice
from qkdopt.optimize.decomposition.column_generation import lagrangian_bound
from qkdopt.optimize.decomposition.growing import GrowingTree
from qkdopt.optimize.decomposition.proof import better_by_tree, steps_of_tree
from qkdopt.optimize.decomposition.service_bound import ServicePaths, service_bound
from qkdopt.optimize.decomposition.verification_steps import VerificationSteps
from qkdopt.optimize.domain.branching import BranchingDecision
from qkdopt.optimize.exchange.parameters import USUAL
from qkdopt.optimize.objectives import objective_of

PLAIN = ("drawn-passes-x1", qo.CappedDelivery())
SERVICES = ("drawn-few-passes", qo.TargetedDelivery("0.01"))
SPLIT = 6


def parameters(proof_steps):
    tree = replace(USUAL.branch_and_bound, proof_steps=proof_steps)
    return replace(USUAL, branch_and_bound=tree)


def grown(objective, proof_steps=USUAL.branch_and_bound.proof_steps):
    root = lagrangian_bound(objective)
    planted = service_bound(root, lambda service: None, lambda: False).tree
    growing = GrowingTree(planted, root, lambda: False, parameters(proof_steps))
    for _ in range(SPLIT):
        growing.tree.expand(-1.0)
    return growing


def certificate(problem, strategy, objective, bound, proof):
    """Return the certificate of a schedule that idles, with the bound of a tree."""
    idle = qo.Schedule.create([-1] * problem.interval.size)
    return certificate_of(
        problem, strategy.document(problem), idle, value=0, bound=objective.written_bound(bound),
        proof=proof, made_by={"solver": "test"},
    )  # fmt: skip


@pytest.fixture(scope="module", params=[PLAIN, SERVICES], ids=["plain", "services"])
def tree(request):
    name, strategy = request.param
    problem = qo.load_problem(problem_folder(name) / "problem.json.gz")
    objective = objective_of(problem, strategy)
    growing = grown(objective)
    assert isinstance(growing.tree.pricing, ServicePaths) == (request.param is SERVICES)
    assert not growing.full(-1.0)
    return problem, strategy, objective, growing.tree


def with_room(tree: BranchAndBound, proof_steps: float) -> BranchAndBound:
    tree.parameters = replace(tree.parameters, proof_steps=proof_steps)
    return tree


def test_an_estimate_is_near_what_the_verifier_counts(tree, verifier_steps):
    problem, strategy, objective, found = tree
    expected = steps_of_tree(found, objective, found.bound)
    bound, proof = better_by_tree(with_room(found, 1e12), objective, found.bound, None)
    whole = certificate(problem, strategy, objective, bound, proof)
    assert qo.verify(whole)
    several = verifier_steps[0]
    verifier_steps[0] = 0
    bound, proof = better_by_tree(with_room(found, 1.0), objective, found.bound, None)
    assert "tree" not in proof
    assert qo.verify(certificate(problem, strategy, objective, bound, proof))
    one = verifier_steps[0]  # reading, and the longest path at the root
    assert 0.5 * (several - one) < expected < 3.0 * (several - one)


def test_less_room_gives_smaller_proofs_and_larger_bounds(tree):
    problem, strategy, objective, found = tree
    whole = steps_of_tree(found, objective, found.bound)
    least, fewest = None, None
    for part in (2.0, 0.7, 0.1):
        room = part * whole
        bound, proof = better_by_tree(with_room(found, room), objective, found.bound, None)
        leaves = sum(isinstance(item, int) for item in proof.get("tree", [0]))
        assert qo.verify(certificate(problem, strategy, objective, bound, proof))
        assert least is None or (bound >= least and leaves < fewest)
        least, fewest = bound, leaves
    assert least > objective.round_down(
        better_by_tree(with_room(found, 1e12), objective, found.bound, None)[0]
    )


def test_a_tree_is_full_once_its_proof_takes_all_the_room(tree):
    _, _, objective, found = tree
    growing = grown(objective, 0.5 * steps_of_tree(found, objective, found.bound))
    assert growing.full(-1.0)
    assert growing.full(-1.0)  # nothing has changed since


def test_a_solve_ends_with_a_proof_that_has_room(verifier_steps):
    name, strategy = PLAIN
    problem = qo.load_problem(problem_folder(name) / "problem.json.gz")
    room = 1e5
    outcome = qo.solve(problem, strategy, parameters={"branch_and_bound": {"proof_steps": room}})
    made_by = outcome.certificate.document["made_by"]
    assert made_by["ended"] == "iteration_limit"
    assert qo.verify(outcome.certificate)
    assert verifier_steps[0] < 2 * room


def test_two_trees_of_one_certificate_share_its_room(monkeypatch):
    problem = qo.load_problem(problem_folder("iberia-mixed-2025") / "problem.json.gz")
    given = []

    class Noted(GrowingTree):
        def __init__(self, root, plain, stop, parameters):
            if root.multipliers.objective.problem == problem:  # others are for compiling
                given.append(parameters.branch_and_bound.proof_steps)
            super().__init__(root, plain, stop, parameters)

    monkeypatch.setattr(branch_and_price, "GrowingTree", Noted)
    for strategy, trees in ((qo.BalancedDelivery(), 2), (qo.TargetedDelivery("0.01"), 1)):
        given.clear()
        qo.solve(problem, strategy, parameters={"branch_and_bound": {"proof_steps": 2e4}})
        assert given
        assert len(set(given)) == trees
        assert sum(set(given)) == pytest.approx(2e4)


def test_nothing_is_split_once_the_tree_is_full():
    name, strategy = PLAIN
    problem = qo.load_problem(problem_folder(name) / "problem.json.gz")
    objective = objective_of(problem, strategy)
    aim = BranchAndPrice(objective, deadline=Deadline(600.0), parameters=parameters(2e4))
    aim.lists = False
    aim.solve(effort_s=0.5)
    nodes = aim.nodes
    aim.solve(effort_s=1.0)
    assert 0 < nodes == aim.nodes
    assert not aim.done


def test_steps_are_those_of_blocks_and_grow_with_required_services(tree):
    problem, _, _, found = tree
    count = VerificationSteps(found.pricing).of
    priced = np.ones(found.pricing.blocks.delivery.targets, bool)
    one = count([(0, priced, ())])
    assert one > 4.0 * (problem.bits > 0).sum()
    assert count([(0, priced, ()), (1, priced, ())]) == 2.0 * one
    assert count([(0, priced, ()), (0, priced, ())]) < 1.1 * one
    end = int(found.pricing.blocks.begin[1]) - 1
    decisions = [BranchingDecision(0, end, n, served=True) for n in range(3)]
    more = [count([(0, priced, tuple(decisions[:k]))]) - one for k in range(1, 4)]
    assert more[2] - more[1] > 1.5 * (more[1] - more[0]) > 0.0
