"""Contacts: enumeration = decomposition = both formulations, and the verifier on all of it."""

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qkdopt as qo
from contact_drawing import (
    RING,
    best_by_enumeration,
    contact_problem,
    every_schedule,
    fits,
    tiny_contacts,
)
from qkdopt.contact.bound import ROOT, Branch, LagrangianRelaxation, Multipliers
from qkdopt.contact.candidates import candidates_of
from qkdopt.contact.decompose import decompose_contacts
from qkdopt.contact.intervals import best_compatible, cliques, conflicts
from qkdopt.contact.milp import relaxed_value
from qkdopt.contact.schedule import best_assignment
from qkdopt.contact.subgradient import subgradient_multipliers


def units(problem, value):
    """Return a decimal value in whole units."""
    whole = Fraction(value) * 10**problem.decimals
    assert whole.denominator == 1
    return int(whole)


@given(tiny_contacts())
@settings(max_examples=60)
def test_decomposition_finds_and_proves_what_enumeration_finds(problem):
    best = units(problem, best_by_enumeration(problem))
    outcome = qo.solve(problem)
    assert (outcome.value, outcome.bound, outcome.ended) == (best, best, "finished")
    verdict = qo.verify(outcome.certificate, problem)
    assert verdict, verdict.findings
    assert verdict.optimal
    assert verdict.recomputed_bound == best


@given(tiny_contacts())
@settings(max_examples=5)
def test_formulations_agree(problem):
    best = units(problem, best_by_enumeration(problem))
    for formulation in ("cliques", "big_m"):
        outcome = qo.solve(problem, solver="milp", formulation=formulation)
        assert outcome.value == best
        assert qo.verify(outcome.certificate, problem)


@given(tiny_contacts())
@settings(max_examples=40)
def test_the_best_assignment_for_given_passes_is_best(problem):
    by_passes = {}
    for schedule in every_schedule(problem):
        value = sum(problem.value(p, t) for p, t in schedule)
        passes = frozenset(p for p, _ in schedule)
        by_passes[passes] = max(by_passes.get(passes, 0), value)
    for passes, value in by_passes.items():
        found = best_assignment(problem, passes)
        assert found.broken_rule(problem) is None
        assert found.value(problem) >= value


@given(tiny_contacts(), st.data())
@settings(max_examples=60)
def test_any_prices_bound_every_schedule_and_the_judge_agrees(problem, data):
    indices = st.integers(0, max(0, len(problem.targets.id) - 1))
    rho = data.draw(st.dictionaries(indices, st.integers(1, 400))) if problem.targets.id else {}
    multipliers = Multipliers(data.draw(st.integers(1, 7)), rho)
    members = st.frozensets(st.integers(0, max(0, len(problem.passes.id) - 1)), max_size=2)
    used = data.draw(members) if problem.passes.id else frozenset()
    unused = data.draw(members) if problem.passes.id else frozenset()
    priced = LagrangianRelaxation(problem).bound(multipliers, Branch(used, unused))
    values = [
        sum(problem.value(p, t) for p, t in schedule)
        for schedule in every_schedule(problem)
        if used <= {p for p, _ in schedule} and not unused & {p for p, _ in schedule}
    ]
    if priced is None:
        assert not values
    else:
        assert all(value <= priced.bound for value in values)
    assert judged_bound(problem, multipliers, used, unused) == (
        None if priced is None else priced.bound
    )


def judged_bound(problem, multipliers, used, unused):
    from qkdopt.verifier.contact.problem import read_contact_problem
    from qkdopt.verifier.contact.verification import Targets, priced_bound
    from qkdopt.verifier.trees import Leaf

    read = read_contact_problem(problem.document(), "problem")
    rho = {t: Fraction(number, multipliers.denominator) for t, number in multipliers.rho.items()}
    way = ()
    for p, is_used in [*((p, True) for p in used), *((p, False) for p in unused)]:
        way = (p, is_used), way
    return priced_bound(read, Targets(read), Leaf(way, rho))


@given(tiny_contacts())
def test_cliques_are_the_exclusions(problem):
    found = cliques(problem)
    pairs = {frozenset(pair) for pair in conflicts(problem)}
    count = range(len(problem.passes.id))
    assert pairs == {
        frozenset((p, q)) for p in count for q in count if p < q and not fits(problem, p, q)
    }
    within = {frozenset((p, q)) for c in found for p in c for q in c if p != q}
    assert within == pairs
    assert all(any(p in c for c in found) for p in count)
    assert not any(set(c) < set(d) for c in found for d in found)
    assert len(found) <= len(problem.passes.id)


@given(tiny_contacts(), st.data())
def test_best_together_is_the_best_set(problem, data):
    count = len(problem.passes.id)
    worth = data.draw(st.lists(st.integers(-3, 9), min_size=count, max_size=count))
    most, used = best_compatible(problem, worth, range(count))
    assert most == sum(worth[p] for p in used)
    sets = [[p for p in range(count) if mask >> p & 1] for mask in range(2**count)]
    fitting = [s for s in sets if all(fits(problem, p, q) for p in s for q in s if p < q)]
    assert used in map(sorted, fitting) or sorted(used) in fitting
    assert most == max(sum(worth[p] for p in s) for s in fitting)


@given(tiny_contacts())
@settings(max_examples=5)
def test_relaxations_are_ordered(problem):
    if not problem.pairs:
        return
    best = float(best_by_enumeration(problem))
    tight = relaxed_value(problem, "cliques") if candidates_of(problem).pairs else best
    loose = relaxed_value(problem, "big_m")
    assert best - 1e-7 <= tight <= loose + 1e-7


@given(tiny_contacts())
@settings(max_examples=40)
def test_first_prices_bound_every_schedule(problem):
    best = units(problem, best_by_enumeration(problem))
    offered = [0]

    def try_incumbent(passes):
        offered.append(best_assignment(problem, passes).value(problem))
        return max(offered)

    multipliers, bound = subgradient_multipliers(LagrangianRelaxation(problem), try_incumbent)
    assert max(offered) <= best <= bound
    assert bound == LagrangianRelaxation(problem).bound(multipliers).bound


def test_an_odd_ring_has_a_half_integral_relaxation_and_is_closed_by_branching():
    # By hand: one half of each of five passes is allowed by every clique and every target and is
    # worth 5/2; of a ring of five at most two passes are no neighbours.
    ring = five_ring()
    root = decompose_contacts(ring, most_nodes=1)
    assert (root.value, root.bound, root.ended) == (2, 2, "finished")  # floor(5/2) is 2
    assert relaxed_value(ring, "cliques") == pytest.approx(2.5)
    scaled = five_ring(priority="1.0000001")
    open_gap = decompose_contacts(scaled, most_nodes=1)
    assert open_gap.ended == "iteration_limit"
    assert (open_gap.value, open_gap.bound) == (20_000_002, 25_000_002)
    found = decompose_contacts(scaled)
    assert (found.value, found.bound) == (20_000_002, 20_000_002)
    outcome = qo.solve(scaled)
    assert outcome.certificate.document["proof"]["kind"] == "tree"
    assert qo.verify(outcome.certificate, scaled).optimal


def five_ring(priority="1"):
    """Passes 0..4, each excluding the next, cyclically: 0-1, 2-3, 3-4 in time, 1-2, 4-0 by target.

    A target that only two passes can serve excludes them as much as a clash in time does.
    """
    return contact_problem(
        [
            (0, 0, 100, "0"),
            (1, 50, 150, "0"),
            (1, 300, 400, "0"),
            (2, 350, 520, "0"),
            (0, 460, 600, "0"),
        ],
        [(n, priority, "OPTICAL_ONLY") for n in range(3)],
    )


def test_an_even_ring_has_no_gap():
    assert relaxed_value(RING, "cliques") == pytest.approx(3)
    assert qo.solve(RING).value == 3


def test_twenty_digits_are_proved():
    # Volumes as published instances have them: sixteen digits, times a priority of two.
    problem = contact_problem(
        [
            (0, 0, 100, "482829.986463937"),
            (0, 130, 200, "321464.6900838832"),
            (1, 90, 150, "444678.71082000434"),
            (1, 260, 300, "412424.28610905004"),
        ],
        [(0, "0.78", "QKD"), (0, "0.77", "QKD"), (1, "0.93", "QKD"), (1, "0.2", "OTHER")],
    )
    assert problem.decimals == 13
    best = units(problem, best_by_enumeration(problem))
    assert best > 2**60
    outcome = qo.solve(problem)
    assert (outcome.value, outcome.bound) == (best, best)
    assert "proved optimal" in qo.verify(outcome.certificate).statement


@pytest.mark.parametrize("seed", range(4))
def test_many_digits_and_many_prices(seed):
    # Doubles cannot tell these values from their bounds; refined multipliers can, to the last unit.
    rng = random.Random(seed)
    passes = []
    for _ in range(60):
        start = rng.randrange(4000)
        volume = rng.choice(["0", repr(rng.uniform(0.5, 3))])
        passes.append((rng.randrange(12), start, start + rng.randrange(60, 400), volume))
    targets = [
        (n, f"0.{rng.randrange(1, 100):02}", rng.choice(["QKD", "OTHER"])) for n in range(12)
    ]
    problem = contact_problem(passes, targets)
    outcome = qo.solve(problem)
    assert outcome.value == outcome.bound > 2**53
    assert qo.verify(outcome.certificate, problem).optimal


def test_passes_that_only_fit_exactly():
    pair = [(0, 0, 100, "1"), (1, 160, 200, "1")]
    targets = [(0, "1", "QKD"), (1, "1", "QKD")]
    assert qo.solve(contact_problem(pair, targets)).value == 4
    late = [(0, 0, "100.5", "1"), (1, 160, 200, "1")]
    assert qo.solve(contact_problem(late, targets)).value == 2


def test_key_needs_volume_and_light_does_not():
    problem = contact_problem([(0, 0, 10, "0")], [(0, "0.9", "QKD"), (0, "0.1", "OTHER")])
    outcome = qo.solve(problem)
    assert outcome.certificate.schedule == ([0, 1],)
    assert outcome.value == 1  # tenths
    assert qo.verify(outcome.certificate).statement == "holds: value 0.1, proved optimal"


def test_crowded_nodes_are_excluded_by_prices():
    problem = contact_problem(
        [(0, 0, 10, "0"), (0, 100, 110, "0"), (0, 200, 210, "1")], [(0, "1", "OTHER")]
    )
    from qkdopt.contact.decompose import _Search

    search = _Search(problem, None, None, None)
    multipliers = search._hall_violation(Branch(frozenset({0, 1})))
    assert search._bound(multipliers, Branch(frozenset({0, 1}))) < 0
    multipliers = search._hall_violation(Branch(frozenset({0, 2})))
    assert search._bound(multipliers, Branch(frozenset({0, 2}))) < 0
    assert search._hall_violation(ROOT) is None
