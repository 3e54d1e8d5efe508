"""Lists of plans: what enumeration finds, no bound below it, and proofs that verify."""

import math
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import qkdopt as qo
from drawing import every_path, examples, problem_of
from enumeration import Enumerated
from qkdopt.deadline import Deadline
from qkdopt.library import problem_folder
from qkdopt.optimize.certified import certificate_of
from qkdopt.optimize.decomposition import plan_heuristic, plan_search, plans
from qkdopt.optimize.decomposition._plan_kernels import AT_ONCE, IN_GROUP, joined, most_to_go
from qkdopt.optimize.decomposition.branch_and_price import BranchAndPrice
from qkdopt.optimize.decomposition.column_generation import lagrangian_bound
from qkdopt.optimize.decomposition.plan_bisection import PlanBisection
from qkdopt.optimize.decomposition.plan_heuristic import PlanHeuristic
from qkdopt.optimize.decomposition.plan_joins import shortened
from qkdopt.optimize.decomposition.plan_lists import PlanLists
from qkdopt.optimize.decomposition.plans import (
    Effort,
    PlanLister,
    Plans,
    SeveralMultipliers,
    TooManyError,
    distinct,
    has_plans,
    maximal,
)
from qkdopt.optimize.decomposition.primal_heuristics import (
    HeuristicContext,
    Incumbent,
    heuristics_for,
)
from qkdopt.optimize.decomposition.service_bound import service_bound
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.exchange.parameters import USUAL
from qkdopt.optimize.objectives import objective_of
from qkdopt.optimize.objectives.max_min import balanced_total

LINKS, PASSES, LENGTH = 3, 3, 3
SLOW = "uk-nine-2025-60s-slow"
SLOW_T = Fraction(769_623_580, 63)


@st.composite
def passes(draw):
    """Draw three passes that three cities share, keys in stock and weights."""
    tau = draw(st.integers(0, 2))
    gap = draw(st.integers(tau + 1, 6))
    interval = [a + p * (LENGTH + gap) for p in range(PASSES) for a in range(LENGTH)]
    row = st.lists(st.integers(0, 9), min_size=len(interval), max_size=len(interval))
    bits = draw(st.lists(row, min_size=LINKS, max_size=LINKS))
    weights = draw(st.lists(st.integers(1, 4), min_size=LINKS, max_size=LINKS))
    stock = draw(st.lists(st.integers(0, 12), min_size=LINKS, max_size=LINKS))
    assume(np.any(bits, axis=0).all())
    problem = problem_of(np.array(bits), np.array(interval), tau, weights)
    return problem.having(stock=dict(zip("ABC", stock, strict=True)))


def everything():
    return Effort(math.inf, lambda: False)


def lists_of(problem):
    objective = objective_of(problem, qo.BalancedDelivery())
    root = lagrangian_bound(objective)
    return objective, root, PlanLists(objective, root.pricing, root.master.unit)


@contextmanager
def many(labels):
    """Look for multipliers already for so few labels of a block, and not for long."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plans, "_MANY", labels)
        patch.setattr(plan_search, "_IN_VAIN", 2)
        yield


def targeted(problem, kl_max, **further):
    return objective_of(problem, qo.TargetedDelivery(kl_max, **further))


def levels(problem, objective):
    """Return t of the deliveries of all schedules, each once, in falling order."""
    found = {objective.value(row) for row in Enumerated(problem).delivered}
    return sorted(found, reverse=True)


def proved(problem, objective, bound, proof):
    """Say whether the verifier finds t of a schedule that idles bounded so."""
    strategy = qo.BalancedDelivery()
    idle = qo.Schedule.create([-1] * problem.interval.size)
    total = {"prices": [{"nu": ["0/1"] * len(problem.targets)}], "tree": [0]}
    part = {"prices": proof["prices"], "plans": proof["plans"]}
    t = objective.value([0] * len(problem.targets))
    most = int(problem.bits.max(axis=0).sum())
    document = certificate_of(
        problem, strategy.document(problem), idle,
        value={"t": objective.written_value(t), "total": 0},
        bound={"t": objective.written_bound(bound), "total": most},
        proof={"kind": "tree", "t": part, "total": total}, made_by={"solver": "test"},
    )  # fmt: skip
    return bool(qo.verify(document))


@given(passes(), st.sampled_from([0, 2, 1000]))
@settings(max_examples=examples(40))
def test_a_goal_is_reached_or_proved_a_bound(problem, labels):
    with many(labels):
        check_goals(problem)


def check_goals(problem):
    objective, root, lists = lists_of(problem)
    found = levels(problem, objective)
    best = found[0]
    reached = []
    for below in [x for x in found[1:] if x > 0][:2]:
        offered = []
        assert lists.proof(below, [root.multipliers.vector], everything(), offered.append) is None
        schedule = qo.Schedule.create(offered[0].tolist())
        assert schedule.is_legal(problem)
        reached.append(objective.value(objective.delivered(schedule).tolist()))
        assert reached[-1] > below
    proof = lists.proof(best, [root.multipliers.vector], everything(), reached.append)
    assert proof is not None
    assert max(reached, default=best) <= best
    assert proved(problem, objective, best, proof)
    if found[1:] and found[1] > 0:  # the proof shows no less
        assert not proved(problem, objective, found[1], proof)


def holds(problem, strategy, bound, proof):
    """Say whether the verifier finds the total of a schedule that idles bounded so."""
    idle = qo.Schedule.create([-1] * problem.interval.size)
    document = certificate_of(
        problem, strategy.document(problem), idle, value=0, bound=int(bound), proof=proof,
        made_by={"solver": "test"},
    )  # fmt: skip
    return bool(qo.verify(document))


@given(passes(), st.booleans())
@settings(max_examples=examples(40))
def test_without_enough_all_bits_are_counted(problem, total):
    if total:
        common = objective_of(problem, qo.BalancedDelivery())
        objective = balanced_total(common, levels(problem, common)[0])
    else:
        problem = problem.having(demand={"A": 9, "B": 15, "C": 4})
        objective = objective_of(problem, qo.CappedDelivery())
    root = lagrangian_bound(objective)
    lists = PlanLists(objective, root.pricing, root.master.unit)
    values = {objective.value(row) for row in Enumerated(problem).delivered} - {None}
    best, reached = max(values), []
    for below in (best - 1, best - 2):
        assert lists.proof(below, [root.multipliers.vector], everything(), reached.append) is None
        value = objective.value(objective.delivery.totals(reached[-1]).tolist())
        assert below < value <= best
    proof = lists.proof(best, [root.multipliers.vector], everything(), pytest.fail)
    assert proof is not None
    if not total:
        assert holds(problem, qo.CappedDelivery(), best, proof)
        assert not holds(problem, qo.CappedDelivery(), best - 1, proof)


@given(passes())
@settings(max_examples=examples(40))
def test_plans_are_the_maximal_deliveries_of_a_block(problem):
    objective = objective_of(problem, qo.BalancedDelivery())
    enough = np.array([7.0, 11.0, 100.0])
    bounds = SeveralMultipliers(objective, enough, 0.0)
    bounds.add(objective.first_multipliers())
    blocks = Blocks.create(objective.delivery)
    lister = PlanLister(blocks)
    for b in range(blocks.count):
        begin, end = blocks.begin[b : b + 2].tolist()
        plans = lister.listed(b, bounds, np.zeros(1), everything()).maximal(everything())
        inside = problem.with_satellite(
            bits=problem.bits[:, begin:end], interval=problem.interval[begin:end]
        )
        every = {
            tuple(min(x, int(y)) for x, y in zip(delivered(inside, path), enough, strict=True))
            for path in every_path(inside)
        }
        best = {x for x in every if not any(x != y and at_most(x, y) for y in every)}
        assert set(map(tuple, plans.bits.astype(int).tolist())) == best
        paths = plans.services(end - begin).tolist()
        for path, bits in zip(paths, plans.bits.tolist(), strict=True):
            assert np.minimum(delivered(inside, path), enough).tolist() == bits


def delivered(problem, path):
    bits = np.zeros(LINKS, np.int64)
    for a, n in enumerate(path):
        if n >= 0:
            bits[n] += problem.bits[n, a]
    return bits


def at_most(x, y):
    return all(a <= b for a, b in zip(x, y, strict=True))


def gained_by_services(cells, path, price, enough):
    """Return what services gain that count up to enough, cut where a link is not served for long.

    The path has the last intervals; ``cells`` are the bits of links, intervals and hand-over time.
    """
    bits, interval, tau = cells
    gained, last, brought, first = 0, None, 0, len(interval) - len(path)
    for a, n in enumerate(path, first):
        if n >= 0:
            long = last is None or interval[a] - interval[last] > tau
            brought = 0 if long or path[last - first] != n else brought
            before, brought, last = min(brought, enough[n]), brought + bits[n][a], a
            gained += price[n] * (min(brought, enough[n]) - before)
    return gained


def each_link(least, most):
    return st.lists(st.integers(least, most), min_size=LINKS, max_size=LINKS)


@given(passes(), each_link(0, 5), each_link(0, 30))
@settings(max_examples=examples(30))
def test_what_can_follow_is_the_most_that_services_gain(drawn, price, enough):
    some, length = slice(2 * LENGTH), 2 * LENGTH
    problem = problem_of(drawn.bits[:, some], drawn.interval[some], drawn.tau, [1] * LINKS)
    bits, interval = np.ascontiguousarray(problem.bits.T, float), problem.interval
    anew, after = np.empty((length + 1, 1)), np.empty((length, LINKS, 1))
    numbers = np.array([price], float), np.array(enough, float)
    assert most_to_go(bits, interval, problem.tau, *numbers, anew, after) <= length**2 * LINKS
    cells = problem.bits.tolist(), interval.tolist(), problem.tau
    gained = cache(lambda path: gained_by_services(cells, path, price, enough))
    most_after, best = dict[tuple[int, int], int](), 0
    for path in every_path(problem):
        best = max(best, gained(path))
        for a, n in enumerate(path):
            if n >= 0:
                most_after[a, n] = max(most_after.get((a, n), 0), gained(path[a + 1 :]))
    assert anew[0, 0] == best
    for (a, n), most in most_after.items():
        assert after[a, n, 0] == most


@given(st.lists(st.lists(st.integers(0, 3), min_size=3, max_size=3), min_size=1, max_size=150))
@settings(max_examples=examples(60))
def test_maximal_rows_are_below_no_other(rows):
    bits = np.array(rows, float)
    kept = maximal(bits, everything())
    every = set(map(tuple, bits.tolist()))
    best = {x for x in every if not any(x != y and at_most(x, y) for y in every)}
    assert sorted(map(tuple, bits[kept].tolist())) == sorted(best)


@pytest.mark.parametrize("seed", range(3))
def test_rows_of_long_lists_are_left_out_only_below_others(seed):
    bits = np.random.default_rng(seed).integers(0, 30, (3 * AT_ONCE, 4)).astype(float)
    kept = maximal(bits, everything())
    assert (bits[kept][:, np.newaxis] >= bits).all(axis=2).any(axis=0).all()
    rows = list(map(tuple, bits[kept].tolist()))
    assert len(rows) == len(set(rows)) < len(bits) // 2
    near = bits[distinct(bits)[:AT_ONCE]]  # these are all compared
    exceeded = (near[:, np.newaxis] >= near).all(axis=2).sum(axis=0) > 1
    assert set(map(tuple, near[exceeded].tolist())).isdisjoint(rows)
    assert set(map(tuple, near[~exceeded].tolist())) <= set(rows)


@given(st.lists(st.lists(st.integers(0, 2), min_size=3, max_size=3), max_size=30))
def test_distinct_rows_fall_by_the_last_column_first(rows):
    bits = np.array(rows, float).reshape(-1, 3)
    expected = sorted({tuple(row[::-1]) for row in rows}, reverse=True)
    assert [tuple(row[::-1]) for row in bits[distinct(bits)].astype(int).tolist()] == expected


def plans_of(*rows):
    return Plans(np.array(rows, float), np.arange(len(rows)), np.zeros((0, 3), np.int64))


def test_plans_are_left_out_once_others_are_known_to_gain_less():
    bounds = SimpleNamespace(price=np.array([[1.0, 0.0]]), short=np.array([12.0]))
    plans = {0: plans_of([9, 0], [4, 5]), 1: plans_of([6, 0], [1, 7])}
    best = np.array([[9.0], [9.0]])  # of block 1 it is 6: 4 in block 0 is too little
    assert shortened(plans, best, bounds, [0, 1], everything())
    assert [plans[b].bits.tolist() for b in (0, 1)] == [[[9, 0]], [[6, 0]]]
    assert best.tolist() == [[9], [6]]
    bounds.short[:] = 16
    assert not shortened(plans, best, bounds, [0, 1], everything())


def test_the_last_lists_count_no_bits_of_targets_without_a_price(slow, monkeypatch):
    _, objective = slow
    root, counted = lagrangian_bound(objective), []
    assert root.multipliers.per_bit[-1] == 0.0
    bound = objective.round_down(root.value)
    assert objective.needed(bound)[0][-1] > 0

    def listed(self, block, bounds, others, effort, separated=None):
        counted.append(bounds.enough[-1])
        return plans_of([0.0] * bounds.enough.size).kept(np.zeros(0, np.int64))

    monkeypatch.setattr(PlanLister, "listed", listed)
    lists = PlanLists(objective, root.pricing, root.master.unit)
    assert lists.proof(bound, [root.multipliers.vector], everything(), pytest.fail) is not None
    assert counted[0] > 0.0 == counted[-1]


@pytest.mark.parametrize("seed", range(5))
def test_joined_plans_are_counted_and_gain_enough_at_all_multipliers(seed):
    random = np.random.default_rng(seed)
    front, plans = random.integers(0, 9, (30, 3)), random.integers(0, 9, (20, 3))
    price, enough = random.integers(0, 5, (4, 3)).astype(float), np.array([7.0, 9.0, 20.0])
    short = np.quantile(np.minimum(front + 4, enough) @ price.T, 0.7, axis=0)
    front_side, (bits, gains) = [(x.astype(float), x @ price.T) for x in (front, plans)]
    most = np.array([gains[i : i + IN_GROUP].max(axis=0) for i in range(0, 20, IN_GROUP)])
    sides = front_side, (bits, gains, most)
    rows, pairs = np.empty((600, 3)), np.empty((600, 2), np.int64)
    count, seen = joined(*sides, enough, price, short, rows, pairs)
    assert count < seen <= 30 * (20 + len(most))
    every = {
        (i, j): np.minimum(x + y, enough) for i, x in enumerate(front) for j, y in enumerate(plans)
    }
    wanted = {pair for pair, bits in every.items() if (price @ bits >= short).all()}
    assert 0 < len(wanted) < len(every)
    assert set(map(tuple, pairs[:count].tolist())) == wanted
    for pair, bits in zip(pairs[:count].tolist(), rows[:count], strict=True):
        assert bits.tolist() == every[tuple(pair)].tolist()
    assert joined(*sides, enough, price, short, rows[: count - 1], pairs)[0] == -1


@pytest.fixture(scope="module")
def slow():
    problem = qo.load_problem(problem_folder(SLOW) / "problem.json.gz")
    return problem, objective_of(problem, qo.BalancedDelivery())


def test_the_best_level_of_short_passes_is_proved(slow, verifier_steps, verifier_results):
    problem, objective = slow
    run = BranchAndPrice(objective, seed=1, deadline=Deadline(60))
    run.solve()
    run.finish()
    assert run.incumbent.value == run.bound == SLOW_T
    assert "plans" in run.proof
    assert proved(problem, objective, SLOW_T, run.proof)
    estimate = run.listed.plans.steps
    assert 0.8 * verifier_steps[0] <= estimate <= 1.5 * verifier_steps[0]
    kept = run.listed.plans._lists.kept
    assert 0.8 * verifier_results[0] <= kept <= 1.5 * verifier_results[0]


def test_lists_end_when_there_are_too_many_or_time_is_up(slow):
    _, objective = slow
    root = lagrangian_bound(objective)
    lists = PlanLists(objective, root.pricing, root.master.unit)
    for effort in (Effort(1e5, lambda: False), Effort(math.inf, lambda: True)):
        with pytest.raises(TooManyError):
            lists.proof(SLOW_T, [root.multipliers.vector], effort, pytest.fail)


def test_lists_in_vain_wait_and_then_take_more_steps(slow, monkeypatch):
    _, objective = slow
    root = lagrangian_bound(objective)
    asked = []

    def in_vain(self, goal, vectors, effort, offer):
        asked.append((goal, effort.left))
        effort.spend(effort.left)
        raise TooManyError

    monkeypatch.setattr(PlanLists, "proof", in_vain)
    plans, incumbent = PlanBisection(objective, 1e7), Incumbent()
    value, bound = Fraction(10**7), Fraction(11 * 10**6)
    incumbent.value = value
    worked_s = 0.0
    for _ in range(5):
        before = len(asked)
        assert plans.lower(root, bound, incumbent, pytest.fail, lambda: False, worked_s) is None
        assert len(asked) == before + 1
        assert plans.lower(root, bound, incumbent, pytest.fail, lambda: False, worked_s) is None
        assert len(asked) == before + 1  # not before other work was done
        worked_s += 100 * plans.spent_s + 1e3
    goals, steps = zip(*asked, strict=True)
    assert all(value <= goal < bound for goal in goals)
    assert list(goals[:3]) == sorted(goals[:3])
    assert goals[3] < goals[2]
    assert steps[0] == steps[2] < steps[3]


def test_a_proof_that_takes_a_verifier_too_long_is_not_taken(slow):
    _, objective = slow
    root = lagrangian_bound(objective)
    incumbent = Incumbent()
    incumbent.value = objective.round_down(SLOW_T)
    for most, shown in ((1e3, False), (1e9, True)):
        plans = PlanBisection(objective, most)
        found = plans.lower(root, root.value, incumbent, pytest.fail, lambda: False, 0.0)
        assert (found is not None) == shown


def test_plans_are_of_one_satellite_without_operations():
    interval = np.array([0, 1, 10, 11])
    bits = np.array([[5, 3, 2, 4], [1, 6, 3, 3]])
    plain = problem_of(bits, interval, 1, [1, 1])
    joined = problem_of(bits, interval, 1, [1, 1], max_handovers=1)
    limited = problem_of(bits, interval, 1, [1, 1], max_service_s_per_pass="10")
    for problem, possible in ((plain, True), (joined, False), (limited, False)):
        objective = objective_of(problem, qo.BalancedDelivery())
        assert has_plans(objective, Blocks.create(objective.delivery)) == possible
    for kl_max, least, possible in ("0.1", {}, True), ("0.1", {"A": 1}, False), (0, {}, False):
        objective = targeted(plain, kl_max, lower_bounds=least)
        assert has_plans(objective, Blocks.create(objective.delivery)) == possible


@pytest.mark.slow
def test_balanced_delivery_of_short_passes_is_proved_whole():
    problem = qo.load_problem(problem_folder(SLOW) / "problem.json.gz")
    outcome = qo.solve(problem, qo.BalancedDelivery(), time_limit=120, seed=1)
    assert outcome.optimal
    assert outcome.value == {"t": "769623580/63", "total": 12_472_616}
    assert qo.verify(outcome.certificate)


def test_a_tree_that_closes_the_gap_is_kept_for_the_proof(slow):
    _, objective = slow
    run = BranchAndPrice(objective, seed=1)
    run.root = lagrangian_bound(objective)
    run.bound = run.root.value
    tree = run._tree = SimpleNamespace(bound=float(run.bound), effort_s=0.0)

    def lower(*_):
        tree.bound = -1.0  # as if a schedule were found that is as good

    run.listed = SimpleNamespace(lower=lower, spent_s=0.0)
    assert run._list()
    assert run._tree is tree


@pytest.fixture
def searched(slow):
    """Return what heuristics work with: the bound by services, and no schedule as yet."""
    _, objective = slow
    root = service_bound(lagrangian_bound(objective), lambda service: None, lambda: False).root
    incumbent = Incumbent()

    def offer(service):
        schedule = qo.Schedule(service)
        assert schedule.is_legal(objective.problem)
        value = objective.value(objective.delivered(schedule).tolist())
        if incumbent.value is None or value > incumbent.value:
            incumbent.schedule, incumbent.value = schedule, value

    return HeuristicContext(
        root, incumbent, np.random.default_rng(1), offer, lambda: False, Deadline(), USUAL
    )


def after(search, runs, context):
    """Return the part of the best t that a search has found."""
    for _ in range(runs):
        search.run(context.root.multipliers)
    return (context.incumbent.value or 0) / SLOW_T


def test_one_plan_of_each_pass_makes_a_nearly_optimal_schedule(slow, searched):
    assert 0.995 < after(PlanHeuristic(slow[1], searched), 6, searched) <= 1


def test_passes_with_too_many_plans_keep_those_that_lose_least(slow, searched, monkeypatch):
    monkeypatch.setattr(plan_heuristic, "_MOST", 3e6)  # steps: too few for most passes
    monkeypatch.setattr(plan_heuristic, "_MOST_OF_BLOCK", 100)
    assert 0.95 < after(PlanHeuristic(slow[1], searched), 6, searched) <= 1


def test_searches_for_a_level_go_through_plans(slow, searched):
    search = heuristics_for(slow[1], searched)
    for _ in range(2):
        search.run(searched.root.multipliers, searched.root.delivered)
    assert searched.incumbent.value > Fraction(99, 100) * SLOW_T


def test_plans_know_how_much_other_work_there_was(slow, searched, monkeypatch):
    others_s = list[float]()
    monkeypatch.setattr(PlanHeuristic, "due", lambda self, work_s: others_s.append(work_s))
    for context in (searched, replace(searched, brief=True)):
        search = heuristics_for(slow[1], context)
        took_s = [search.run(context.root.multipliers, context.root.delivered) for _ in range(2)]
        if not context.brief:
            assert others_s == [took_s[0], sum(took_s)]
    assert len(others_s) == 2  # brief runs, for compiling, ask for none


def test_a_search_of_plans_in_vain_waits_for_other_work(slow, searched):
    searched.incumbent.value = searched.root.value
    search = PlanHeuristic(slow[1], searched)
    assert search.due(0.0)
    spent_s = search.run(searched.root.multipliers)
    assert search.in_vain_s == spent_s > 0.0
    assert not search.due(spent_s)
    assert search.due(10.0 * spent_s)


def test_lists_of_plans_take_no_more_than_a_part_of_other_work(slow, searched, monkeypatch):
    monkeypatch.setattr(plan_heuristic, "_LISTING_S", 0.0)
    search = PlanHeuristic(slow[1], searched)
    search.due(0.0)
    assert 0.0 < search.run(searched.root.multipliers) == search.in_vain_s
    assert searched.incumbent.value is None
    search.due(1000.0)
    assert after(search, 1, searched) > 0
