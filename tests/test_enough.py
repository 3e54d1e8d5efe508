"""Bounds in which services count for no more than is enough, against enumeration and by hand."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import qkdopt as qo
from drawing import examples, operated_problems, problem_of, tiny_problems
from enumeration import Enumerated
from qkdopt.certificates import Ended
from qkdopt.errors import InputError
from qkdopt.optimize.decomposition import branch_and_price
from qkdopt.optimize.decomposition.branch_and_price import BranchAndPrice
from qkdopt.optimize.decomposition.column_generation import lagrangian_bound
from qkdopt.optimize.decomposition.growing import GrowingTree
from qkdopt.optimize.decomposition.service_bound import ServicePaths, service_bound
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.branching import BranchingDecision
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.objectives import objective_of
from qkdopt.optimize.strategies import with_floors
from qkdopt.verifier.blocks import BranchingConstraint, Gains
from qkdopt.verifier.budget import Budget
from qkdopt.verifier.logarithms import divergence_up, largest_share
from qkdopt.verifier.longest_path import LongestPath
from qkdopt.verifier.problem import read_problem

SMALL = {"most_links": 4, "most_intervals": 7}


def lumps():
    """Return two cities that are in view at once: each gets its 10 bits in one interval.

    A mixture of A alone and B alone delivers 20 to each in the four intervals, and any schedule
    loses one to the hand-over.
    """
    return problem_of([[10] * 4, [10] * 4], [0, 1, 2, 3], 1, [1, 1])


def test_worked_by_hand():
    # Multipliers 1/2 each: 4 intervals of 10 bits, t <= 2 (40 / 2) = 40. With t > 20 each city
    # needs 11 bits, so two intervals, and one is lost: 4 < 2 + 2 + 1. So t = 20, once one counts.
    problem = lumps()
    objective = objective_of(problem, qo.BalancedDelivery())
    root = lagrangian_bound(objective)
    assert root.value == 40
    found = service_bound(root, lambda service: None, lambda: False)
    assert 20 <= found.value < 40
    # At a claim of 20: A and B gain min(20, 11) + 10 or less.
    enough, level = objective.needed(Fraction(20))
    assert enough.tolist() == [11.0, 11.0]
    assert level == 22


def unproved(outcome):
    """Return a certificate with ``"enough"`` and a schedule that serves nobody.

    What is shown is never below what the schedule reaches, so a good one would hide a wrong bound.
    """
    document = json.loads(outcome.certificate.to_json())
    document["proof"]["deliveries"] = "enough"
    document["schedule"] = [-1] * len(document["schedule"])
    return document


def test_what_gains_just_enough_is_not_ruled_out():
    # More than t = 9 needs 10 bits, and the service brings 10: no bound below 10 is shown.
    document = unproved(qo.solve(problem_of([[10]], [0], 0, [1]), qo.BalancedDelivery()))
    document["bound"] = {"t": "9/1", "total": 10}
    assert Fraction(qo.verifier.verify(document).recomputed_bound["t"]) == 10


@given(operated_problems(**SMALL), st.sampled_from([1, 2, 7]), st.booleans())
@settings(max_examples=examples(40), deadline=None)
def test_nothing_smaller_than_the_optimum_is_shown(problem, less, bounded):
    strategy = qo.BalancedDelivery()
    if bounded:
        strategy = with_floors(strategy, {problem.targets[0]: 1})
    outcome = qo.solve(problem, strategy, time_limit=20)
    assume(outcome.certificate is not None and outcome.optimal)
    assume(json.loads(outcome.certificate.to_json())["proof"]["kind"] == "prices")
    t, total, document = Fraction(outcome.value["t"]), outcome.value["total"], unproved(outcome)
    assume(t > 0)
    smaller = t - Fraction(less, 8) * t
    document["bound"] = {"t": f"{smaller.numerator}/{smaller.denominator}", "total": total}
    shown = qo.verifier.verify(document).recomputed_bound
    assert Fraction(shown["t"] if isinstance(shown, dict) else shown.t) >= t


@given(tiny_problems(**SMALL))
@settings(max_examples=examples(40), deadline=None)
def test_bounds_hold_and_are_verified(problem):
    strategy = qo.BalancedDelivery()
    objective = objective_of(problem, strategy)
    assume(not objective.infeasible_because())
    root = lagrangian_bound(objective)
    found = service_bound(root, lambda service: None, lambda: False)
    assert Enumerated(problem).best("balanced")[0] <= found.value <= root.value
    if found.value == root.value:
        return
    outcome = qo.solve(problem, strategy, time_limit=20)
    document = json.loads(outcome.certificate.to_json())
    bound = {"t": objective.written_bound(found.value), "total": outcome.bound["total"]}
    total = document["proof"].get("total", document["proof"])
    part = {key: x for key, x in found.proof.items() if key != "kind"}
    document["proof"] = {"kind": "tree", "t": part, "total": total}
    if "nu" in total and "tree" not in total:
        kept = {key: total[key] for key in total.keys() & {"nu", "deliveries"}}
        listed = kept.pop("deliveries", False) is True
        document["proof"]["total"] = (
            {**kept, "deliveries": True} if listed else {"prices": [kept], "tree": [0]}
        )
    document["bound"] = bound
    assert Fraction(qo.verifier.verify(document).recomputed_bound["t"]) <= found.value


@st.composite
def splits(draw, problem, blocks):
    """Draw a few branching decisions, each within a block."""
    decisions = []
    for _ in range(draw(st.integers(0, 3)) if problem.interval.size else 0):
        first = draw(st.integers(0, problem.interval.size - 1))
        end = int(blocks.begin[blocks.of(first) + 1])
        last, link = draw(st.integers(first, end - 1)), draw(st.integers(0, len(problem.links) - 1))
        decisions.append(BranchingDecision(first, last, link, served=draw(st.booleans())))
    return tuple(decisions)


@given(tiny_problems(most_links=4, most_intervals=9), st.data())
@settings(max_examples=examples(60), deadline=None)
def test_engine_and_verifier_find_the_same_services(problem, data):
    delivery = Delivery.to_all(problem)
    blocks, targets = Blocks.create(delivery), len(problem.targets)
    numbers = st.lists(st.integers(0, 6), min_size=targets, max_size=targets)
    prices, enough = data.draw(numbers), data.draw(numbers)
    decisions = data.draw(splits(problem, blocks))
    paths, price = ServicePaths(blocks), np.array(prices, float)
    paths.limit(np.array(enough, float))
    found = paths(price, decisions)
    read = read_problem(problem.document(), "problem", Budget())
    known = LongestPath(read).most(
        Gains(tuple(prices), enough=tuple(enough)),
        [BranchingConstraint(d.first, d.last, d.link, d.served) for d in decisions],
    )
    if known is None:
        assert found.value == -np.inf
        return
    assert found.value == pytest.approx(known, rel=1e-11)
    assert known == found.delivered.sum(axis=0) @ price
    assert qo.Schedule(found.service).is_legal(problem)
    assert (found.delivered.sum(axis=0) <= problem_bits(problem, found.service)).all()


@given(tiny_problems(most_links=3, most_intervals=5), st.data())
@settings(max_examples=examples(40), deadline=None)
def test_services_gain_no_less_than_any_schedule_that_obeys(problem, data):
    delivery = Delivery.to_all(problem)
    blocks, targets = Blocks.create(delivery), len(problem.targets)
    numbers = st.lists(st.integers(0, 6), min_size=targets, max_size=targets)
    price, enough = (np.array(data.draw(numbers), float) for _ in range(2))
    decisions = data.draw(splits(problem, blocks))
    paths = ServicePaths(blocks)
    paths.limit(enough)
    most = paths(price, decisions).value
    for choice in product(range(-1, len(problem.links)), repeat=problem.interval.size):
        service = np.array(choice, np.int64)
        if qo.Schedule(service).is_legal(problem) and all(
            (service[d.first : d.last + 1] == d.link).any() == d.served for d in decisions
        ):
            assert np.minimum(problem_bits(problem, service), enough) @ price <= most


def problem_bits(problem, service):
    """Return what a schedule delivers."""
    return np.array(qo.Schedule(service).delivered(problem))


def test_a_night_of_lumps_is_bounded_more_closely_and_verified():
    rng = np.random.default_rng(3)
    bits = (1000 * np.sin(np.linspace(0.1, 3.0, 24)) ** 2 * rng.uniform(0.5, 1, (6, 24))).astype(
        int
    )
    problem = problem_of(bits.tolist(), list(range(24)), 1, [3, 1, 2, 5, 1, 4])
    root = lagrangian_bound(objective_of(problem, qo.BalancedDelivery()))
    found = service_bound(root, lambda service: None, lambda: False)
    assert found.lumpy
    assert found.value < Fraction(95, 100) * root.value
    outcome = qo.solve(problem, qo.BalancedDelivery(), time_limit=5)
    assert Fraction(outcome.bound["t"]) <= found.value
    assert qo.verify(outcome.certificate)


@given(tiny_problems(**SMALL), st.sampled_from(["0", "0.02", "0.3"]))
@settings(max_examples=examples(60), deadline=None)
def test_totals_near_the_weights_are_bounded(problem, kl_max):
    strategy = qo.TargetedDelivery(kl_max)
    objective = objective_of(problem, strategy)
    assume(not objective.infeasible_because())
    root = lagrangian_bound(objective)
    found = service_bound(root, lambda service: None, lambda: False)
    optimum = Enumerated(problem).best("td", kl_max=kl_max)
    assert (optimum or 0) <= found.value <= root.value


@given(tiny_problems(**SMALL), st.sampled_from(["0", "0.02", "0.3"]), st.integers(1, 6))
@settings(max_examples=examples(60), deadline=None)
def test_no_smaller_total_is_shown(problem, kl_max, less):
    outcome = qo.solve(problem, qo.TargetedDelivery(kl_max), time_limit=20)
    assume(outcome.certificate is not None and outcome.optimal and outcome.value)
    assume(json.loads(outcome.certificate.to_json())["proof"]["kind"] == "prices")
    document = unproved(outcome)
    document["bound"] = max(0, outcome.value - less)
    assert qo.verifier.verify(document).recomputed_bound >= outcome.value


@given(st.lists(st.integers(0, 9), min_size=2, max_size=5), st.data())
def test_no_share_within_a_divergence_is_larger(weights, data):
    assume(sum(map(bool, weights)) > 1)
    numbers = st.lists(st.integers(0, 50), min_size=len(weights), max_size=len(weights))
    bits = [x * bool(w) for x, w in zip(data.draw(numbers), weights, strict=True)]
    assume(any(bits))
    limit = divergence_up(bits, weights)
    most = [largest_share(w, sum(weights), limit) for w in weights]
    assert all(Fraction(x, sum(bits)) <= y for x, y in zip(bits, most, strict=True))


@pytest.fixture
def bounds_of_services(monkeypatch):
    """Collect what trees of services showed when a tree that counts all bits began."""
    found, begin_plain = [], GrowingTree.begin_plain

    def begin(growing):
        found.append(growing.tree.bound)
        begin_plain(growing)

    monkeypatch.setattr(GrowingTree, "begin_plain", begin)
    return found


UNSETTLED = (0, 2, 5)  # of these nights services alone leave a gap


def night(seed):
    """Return three cities over one pass, whose tree is of services."""
    rng = np.random.default_rng(seed)
    shape = np.sin(np.linspace(0.2, 2.9, 9)) ** 2
    bits = (90 * shape * rng.uniform(0.3, 1, (3, 9))).astype(int)
    return problem_of(bits.tolist(), list(range(9)), 1, [3, 1, 2])


@pytest.mark.parametrize(
    ("strategy", "seed"),
    [
        *((qo.TargetedDelivery("0.05"), seed) for seed in (0, 1, 2, 3, 5)),
        *((qo.BalancedDelivery(), seed) for seed in range(4)),
    ],
)
def test_trees_of_services_prove_what_enumeration_finds(seed, strategy, bounds_of_services):
    problem = night(seed)
    run = searched(problem, strategy)
    best = Enumerated(problem).best(strategy.name, kl_max="0.05")
    best = best[0] if strategy.name == "balanced" else best
    assert run.incumbent.value == best == run.bound
    if strategy.name == "td" and seed in UNSETTLED:  # ... until all bits are counted
        (shown,) = bounds_of_services
        assert shown > best
    outcome = qo.solve(problem, strategy)
    document = json.loads(outcome.certificate.to_json())
    if strategy.name == "balanced":  # its tree is of services
        assert "enough" in json.dumps(run.proof)
        return
    document["proof"] = run.proof
    assert qo.verifier.verify(document)
    for leaf in run.proof.get("prices", [run.proof]):
        leaf["deliveries"] = "enough"
    assert qo.verifier.verify(document)
    document["schedule"] = [-1] * 9
    for less in range(1, 6):
        document["bound"] = int(best) - less
        assert qo.verifier.verify(document).recomputed_bound >= best


def searched(problem, strategy):
    """Return a finished run of branch and price without lists."""
    run = BranchAndPrice(objective_of(problem, strategy))
    run.lists = False
    run.solve()
    run.finish()
    return run


def test_what_services_showed_stays_where_all_bits_show_less(bounds_of_services, monkeypatch):
    monkeypatch.setattr(branch_and_price, "_MOST_EXPANDED", 3)
    run = searched(night(5), qo.TargetedDelivery("0.05"))
    (shown,) = bounds_of_services
    assert run.ended is Ended.ITERATION_LIMIT
    assert run.incumbent.value < run.bound <= shown
    assert "enough" in json.dumps(run.proof)


@pytest.mark.parametrize("stated", ["Enough", "", ["enough"], 2])
def test_other_words_are_refused_in_one_line(stated):
    document = json.loads(qo.solve(lumps(), qo.TargetedDelivery("0.3")).certificate.to_json())
    document["proof"]["deliveries"] = stated
    with pytest.raises(InputError, match="enough"):
        qo.verifier.verify(document)
