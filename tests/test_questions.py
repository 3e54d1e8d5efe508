"""Questions over ranges of intervals, and schedules filled up: by enumeration and by the rules."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qkdopt as qo
from drawing import (
    every_schedule,
    obeys_switching,
    operated_problems,
    problem_of,
    tiny_problems,
)
from qkdopt.errors import InputError
from qkdopt.library import problem_folder
from qkdopt.optimize.decomposition import branch_and_bound
from qkdopt.optimize.decomposition.branch_and_bound import BranchAndBound
from qkdopt.optimize.decomposition.branch_and_price import BranchAndPrice
from qkdopt.optimize.decomposition.branching_candidates import branching_candidates
from qkdopt.optimize.decomposition.column_generation import lagrangian_bound
from qkdopt.optimize.decomposition.completion import choose_near, complete_schedule
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.branching import BranchingDecision, verifiable
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.domain.pricing import PricingProblem
from qkdopt.optimize.objectives.targeted import TargetedObjective
from qkdopt.optimize.problem_file import read_problem
from qkdopt.optimize.schedule import Schedule
from qkdopt.verifier.blocks import BranchingConstraint, Gains
from qkdopt.verifier.claim import Settings
from qkdopt.verifier.longest_path import LongestPath
from qkdopt.verifier.problem import read_problem as read_in_the_verifier
from qkdopt.verifier.proof import ProofReader


@pytest.fixture(scope="module")
def week():
    return read_problem(problem_folder("micius-china-2016") / "problem.json.gz")


DECISIONS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(0, 2), st.booleans()), max_size=5
)


def decided(problem, drawn, blocks):
    """Keep of what is drawn the decisions that the problem has, each within a block."""
    active, links = problem.interval.size, len(problem.links)
    return tuple(
        BranchingDecision(a, b, n, served)
        for a, length, n, served in drawn
        for b in [a + length]
        if b < active and n < links and blocks.of(a) == blocks.of(b)
    )


def obeys(service, decisions):
    return all((d.link in service[d.first : d.last + 1]) == d.served for d in decisions)


@given(tiny_problems(), DECISIONS, st.lists(st.integers(-2, 3), min_size=3, max_size=3))
@settings(max_examples=150, deadline=None)
def test_the_longest_path_under_decisions_is_enumerated(problem, drawn, worth):
    objective = TargetedObjective.create(problem, qo.TargetedDelivery("0.1"))
    blocks = Blocks.create(objective.delivery)
    decisions = decided(problem, drawn, blocks)
    pricing = PricingProblem(blocks)
    prices = np.array(worth[: objective.delivery.targets], float)
    per_link = objective.delivery.link_prices(prices)
    counted = [n for n in range(len(problem.links)) if objective.delivery.position[n] >= 0]
    values = [
        sum(per_link[n] * problem.bits[n, a] for a, n in enumerate(schedule) if n >= 0)
        for schedule in every_schedule(problem)
        if obeys(schedule, decisions) and all(n in (-1, *counted) for n in schedule)
    ]
    path = pricing(prices, decisions)
    found, service, delivered = path.value, path.service, path.delivered
    if not values:
        assert found == -np.inf
        return
    assert found == pytest.approx(max(values), abs=1e-6)
    service = service.tolist()
    assert obeys(service, decisions)
    assert obeys_switching(problem, service)
    assert found == pytest.approx(float((delivered @ prices).sum()), abs=1e-6)


@given(tiny_problems() | operated_problems(most_intervals=7), DECISIONS, st.data())
@settings(max_examples=200, deadline=None)
def test_the_longest_path_at_gains_of_cells_is_enumerated(problem, drawn, data):
    delivery = Delivery.to_all(problem)
    blocks = Blocks.create(delivery)
    decisions = decided(problem, drawn, blocks)
    active, links = problem.interval.size, len(problem.links)
    quarters = st.lists(st.integers(-8, 12), min_size=active * links, max_size=active * links)
    gains = np.array(data.draw(quarters), float).reshape(active, links) / 4
    values = [
        float(sum(gains[a, n] for a, n in enumerate(schedule) if n >= 0))
        for schedule in every_schedule(problem)
        if obeys(schedule, decisions)
    ]
    path = PricingProblem(blocks).at_gains(gains, decisions)
    if not values:
        assert path.value == -np.inf
        assert (path.service == -1).all() or not problem.operations
        return
    assert max(values) <= path.value <= max(values) + 1e-9
    assert path.service.tolist() in [list(schedule) for schedule in every_schedule(problem)]
    assert obeys(path.service.tolist(), decisions)
    assert delivery.totals(path.service).tolist() == path.delivered.sum(axis=0).tolist()


def test_many_demands_of_a_block_are_forgotten_not_denied(week):
    objective = TargetedObjective.create(week, qo.TargetedDelivery("0.1"))
    blocks = Blocks.create(objective.delivery)
    pricing = PricingProblem(blocks)
    prices = np.ones(objective.delivery.targets)
    links = np.flatnonzero(week.bits[:, : blocks.begin[1]].sum(axis=1) > 0)
    assert links.size >= 6
    last = int(blocks.begin[1]) - 1
    paths = LongestPath(read_in_the_verifier(week.document(), "problem"))
    worth = Gains((1,) * len(week.links))
    for count in range(links.size + 1):
        asked = [(0, last, int(n), True) for n in links[:count]]
        exact = paths.most(worth, [BranchingConstraint(*question) for question in asked])
        path = pricing(prices, tuple(BranchingDecision(*x) for x in asked))
        bound = path.value
        assert bound >= exact
        if count <= 5:
            assert bound == pytest.approx(exact, rel=1e-12)


RANGES = st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 13)).map(
    lambda drawn: BranchingDecision(min(drawn[:2]), max(drawn[:2]), drawn[2], served=True)
)


@given(st.lists(RANGES, min_size=8, max_size=40))
@settings(max_examples=60, deadline=None)
def test_leaves_can_be_judged_where_the_judge_reads_them(decisions):
    document = problem_of([[1] * 4] * 14, range(4), tau=1, weights=[1] * 14).document()
    questions = [*(d.to_json() for d in decisions), *[0] * (len(decisions) + 1)]
    proof = {"kind": "tree", "prices": [{"lambda": ["0/1"] * 14}], "tree": questions}
    problem = read_in_the_verifier(document, "problem")
    try:
        ProofReader(1, Settings("capped")).read(proof, "proof", problem)
    except InputError:
        read = False
    else:
        read = True
    assert read == all(verifiable(decisions[:k]) for k in range(len(decisions) + 1))


def test_candidates_part_the_mixture_and_columns_obey_one_answer(week):
    objective = TargetedObjective.create(week, qo.TargetedDelivery("0.01"))
    master = lagrangian_bound(objective).master
    blocks, point = master.blocks, master.solve()
    promise = np.full(blocks.count, np.inf)
    questions = branching_candidates(master, point, 40, promise, 6)
    kinds = {question.first == question.last for question in questions}
    assert kinds == {True, False}
    used = np.flatnonzero(point.weight > 1e-6)
    for question in questions:
        inside = np.isin(used, master.columns[blocks.of(question.first)])
        no = master.disobeying((question,))[used]
        refused = BranchingDecision(question.first, question.last, question.link, served=False)
        yes = master.disobeying((refused,))[used]
        assert no[inside].any()
        assert yes[inside].any()
        assert (no[inside] ^ yes[inside]).all()
        assert not (no | yes)[~inside].any()


def test_blocks_whose_decisions_lowered_no_bound_get_one_candidate_after_the_others(week):
    objective = TargetedObjective.create(week, qo.TargetedDelivery("0.01"))
    master = lagrangian_bound(objective).master
    blocks, point = master.blocks, master.solve()
    promise = np.full(blocks.count, np.inf)
    first = blocks.of(branching_candidates(master, point, 40, promise, 6)[0].first)
    promise[first] = 0.0
    of_block = [blocks.of(d.first) for d in branching_candidates(master, point, 40, promise, 6)]
    assert of_block.count(first) == 1
    assert of_block[-1] == first
    assert max(of_block.count(block) for block in of_block) <= 6 < len(of_block)


@given(
    st.lists(st.integers(1, 60), max_size=9),
    st.integers(-20, 300),
    st.integers(0, 2**9),
    st.integers(0, 9),
)
def test_small_subset_sums_are_the_best(values, wish, chosen, seed):
    values = np.array(values, np.int64)
    before = (chosen >> np.arange(values.size) & 1).astype(bool)
    taken = choose_near(values, wish, before, np.random.default_rng(seed))
    sums = [int(np.dot(picked, values)) for picked in product((0, 1), repeat=values.size)]
    reachable = [total for total in sums if total <= wish]
    assert int(values[taken].sum()) == max(reachable, default=0)


@pytest.mark.parametrize("seed", range(3))
def test_large_subset_sums_come_to_the_bit(seed):
    random = np.random.default_rng(seed)
    values = random.integers(1_000, 40_000, 120)
    for part in (0.1, 0.5, 0.9):
        wish = int(part * values.sum())
        taken = choose_near(values, wish, random.random(120) < 0.5, random)
        assert values[taken].sum() == wish


@pytest.mark.parametrize("kl_max", ["0.1", "0.003"])
def test_filling_keeps_the_rules_and_ends_within_a_bit_of_the_limit(week, kl_max):
    objective = TargetedObjective.create(week, qo.TargetedDelivery(kl_max))
    root = lagrangian_bound(objective)
    start = root.pricing.best_service(root.multipliers.per_bit)
    random = np.random.default_rng(0)
    service = complete_schedule(objective, start, random)
    schedule = Schedule(service)
    assert schedule.is_legal(week)
    before, after = objective.delivered(Schedule(start)), objective.delivered(schedule)
    if objective.allows(before):  # then there is room for more bits
        assert after.sum() > before.sum()
    else:
        assert objective.shares.divergence(after) < objective.shares.divergence(before)
    if objective.allows(after):
        assert objective.shares.divergence(after * 1.0) == pytest.approx(float(kl_max), rel=1e-4)


def test_filling_leaves_alone_what_nobody_can_fill():
    problem = problem_of([[], []], [], tau=1, weights=[1, 2])
    objective = TargetedObjective.create(problem, qo.TargetedDelivery("0.1"))
    assert complete_schedule(objective, np.zeros(0, np.int64), np.random.default_rng(0)).size == 0


def test_a_mixture_of_one_schedule_is_found_where_filling_up_would_lose_it():
    bits = np.array([[2, 1, 7, 2], [0, 5, 7, 2], [2, 5, 2, 0]]) * 10**6
    problem = problem_of(bits.tolist(), [4, 7, 10, 14], tau=4, weights=[0, 1, 1])
    outcome = qo.solve(problem, qo.TargetedDelivery("0.001"), solver="decomposition")
    assert (outcome.value, outcome.bound) == (4_000_000, 4_000_000)
    assert qo.verify(outcome.certificate, problem).optimal


@pytest.mark.parametrize(("kl_max", "optimum"), [("0.1", 40_476_605), ("0.01", 35_093_325)])
def test_the_week_is_solved_and_proved(week, kl_max, optimum):
    outcome = qo.solve(week, qo.TargetedDelivery(kl_max), time_limit=120)
    assert (outcome.value, outcome.bound) == (optimum, optimum)
    verdict = qo.verify(outcome.certificate, week)
    assert verdict.optimal, verdict.statement


def test_schedules_are_searched_for_where_the_tree_ends_at_once(week, monkeypatch):
    monkeypatch.setattr(branch_and_bound, "branching_candidates", lambda *_: [])
    monkeypatch.setattr(BranchAndBound, "_undecided", lambda *_: [])
    monkeypatch.setattr(BranchAndPrice, "_branch", lambda self, grown, _: grown.expand(0.0))
    outcome = qo.solve(week, qo.TargetedDelivery("0.1"), solver="decomposition", time_limit=5)
    assert outcome.value > 30_000_000
