"""Every strategy by sessions: enumeration = what branch and price proves, with operations too."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import qkdopt as qo
from drawing import examples
from enumeration import Enumerated
from qkdopt.errors import SolverError
from qkdopt.optimize.decomposition.moved_handovers import move_handovers
from qkdopt.optimize.domain.blocks import Blocks
from qkdopt.optimize.domain.delivery import Delivery
from qkdopt.optimize.exchange.genetic_settings import GeneticSettings
from qkdopt.optimize.objectives import objective_of
from qkdopt.optimize.operations import Operations
from qkdopt.optimize.problem import SchedulingProblem
from qkdopt.optimize.strategies import with_floors
from qkdopt.optimize.trim import trimmed
from session_drawing import every_schedule, session_problem
from test_fair import utility
from test_operations_everywhere import KINDS, ROUNDING, strategy_of
from test_session_paths import drawn_rules

SEEDS = st.integers(0, 10**9)


class EnumeratedSessions(Enumerated):
    """The same where bits are of whole sessions."""

    def __init__(self, problem):
        self.problem = problem
        self.delivered = sorted({s.delivered(problem) for s in every_schedule(problem)})


def asked(seed, *, rules=False):
    """Return a drawn problem with weights, stock, demand and traffic, often with operations."""
    rng = np.random.default_rng(seed)
    links = int(rng.integers(2, 4))
    problem = session_problem(seed, links=links, intervals=6, weights=rng.integers(0, 4, links))
    stock, demand = (
        dict(zip(problem.targets, rng.integers(0, most, links).tolist(), strict=True))
        for most in (6, 30)
    )
    traffic = {a: {b: 5 if a != b else 0 for b in problem.targets} for a in problem.targets}
    problem = problem.having(stock=stock, demand=demand, traffic=traffic)
    if rules:
        problem = problem.with_satellite(operations=drawn_rules(rng, problem))
        held = [problem.link_target[n] for n, _ in problem.operations.locked if n >= 0]
        assume(all(problem.weights[target] for target in held))  # else it may be refused
    return rng, problem


def assert_solved(problem, kind, floors=None):
    """Hold what branch and price finds, proves and refuses against the enumeration."""
    best = EnumeratedSessions(problem).best(kind.removesuffix("-exact"), floors, **KINDS[kind])
    limit = 1.0 if kind == "td-exact" else None  # it would search for what there may not be
    outcome = qo.solve(problem, strategy_of(kind, floors), solver="decomposition", time_limit=limit)
    if best is None:
        assert outcome.certificate is None
        assert outcome.reason.startswith(("infeasible: ", "no schedule ", "none was found"))
        return
    assert outcome.certificate is not None, outcome.reason
    verdict = qo.verify(outcome.certificate, problem)
    assert verdict.holds, verdict.findings
    if kind == "least":
        assert Decimal(outcome.bound) - ROUNDING <= best <= Decimal(outcome.value)
        assert Decimal(outcome.value) - best <= ROUNDING
    elif kind == "balanced":
        assert (Fraction(outcome.value["t"]), outcome.value["total"]) == best
        assert (Fraction(outcome.bound["t"]), outcome.bound["total"]) >= best
    elif kind == "td-exact":  # lists of deliveries know no sessions: some stay open
        assert outcome.value <= best <= outcome.bound
    else:
        assert outcome.value == best <= outcome.bound


@pytest.mark.parametrize("rules", [False, True])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("gd", "pd")])
@given(seed=SEEDS)
@settings(max_examples=examples(4), deadline=None)
def test_branch_and_price_is_right(kind, rules, seed):
    _, problem = asked(seed, rules=rules)
    assert_solved(problem, kind)


@given(seed=SEEDS, kind=st.sampled_from(list(KINDS)))
@settings(max_examples=examples(15), deadline=None)
def test_with_lower_bounds(seed, kind):
    rng, problem = asked(seed, rules=bool(seed % 2))
    most = problem.demand if kind == "capped" else (9,) * len(problem.targets)
    least = np.minimum(rng.integers(0, 8, len(problem.targets)), most).tolist()
    floors = {name: bits for name, bits in zip(problem.targets, least, strict=True) if bits}
    assume(floors)
    assert_solved(problem, kind, floors)


@given(seed=SEEDS)
@settings(max_examples=examples(10), deadline=None)
def test_proportional_fairness(seed):
    _, problem = asked(seed, rules=bool(seed % 2))
    values = [utility(s.delivered(problem), problem.weights) for s in every_schedule(problem)]
    best = max(values, default=-np.inf)
    outcome = qo.solve(problem, qo.FairDelivery())
    if best == -np.inf:
        assert outcome.certificate is None
        return
    assert float(outcome.value) == pytest.approx(best, rel=1e-11, abs=1e-11)
    assert float(outcome.bound) >= best - 1e-11 * max(1.0, best)
    verdict = qo.verify(outcome.certificate, problem)
    assert verdict.holds, verdict.findings


@pytest.mark.parametrize("solver", ["greedy", "genetic", "nsga2"])
@pytest.mark.parametrize("kind", ["gd", "td"])
def test_heuristics_are_scored_by_sessions(solver, kind):
    if (solver, kind) in {("greedy", "td"), ("nsga2", "gd")}:
        return
    for seed in range(6):
        _, problem = asked(seed)
        strategy = strategy_of(kind)
        known = qo.solve(problem, strategy)
        brief = None if solver == "greedy" else GeneticSettings(population=40, evaluations=2_000)
        found = qo.solve(problem, strategy, solver=solver, genetic=brief)
        if found.certificate is None:
            continue
        objective = objective_of(problem, strategy)
        delivered = objective.delivered(qo.Schedule.create(found.certificate.schedule))
        assert found.value == delivered.sum() <= known.value <= found.bound
        if solver != "greedy":
            assert found.value == known.value  # such small ones are met by chance


def test_a_solver_that_adds_up_intervals_refuses():
    _, problem = asked(1)
    with pytest.raises(qo.QkdoptError, match="hybrid cannot carry operations: sessions"):
        qo.solve(problem, qo.TargetedDelivery("0.1"), solver="hybrid")


@given(seed=SEEDS)
def test_trimming_keeps_what_all_are_balanced_by(seed):
    _, problem = asked(seed)
    assume(any(problem.weights))
    schedule = qo.Schedule.create(qo.solve(problem, qo.GeneralDelivery()).certificate.schedule)
    weights = problem.weights
    before, after = (s.delivered(problem) for s in (schedule, trimmed(problem, schedule)))
    level = min(Fraction(e, w) for e, w in zip(before, weights, strict=True) if w)
    assert min(Fraction(e, w) for e, w in zip(after, weights, strict=True) if w) == level
    assert all(e <= b for e, b in zip(after, before, strict=True))
    assert all(not e for e, w in zip(after, weights, strict=True) if not w)


@given(seed=SEEDS)
@settings(max_examples=examples(20), deadline=None)
def test_no_link_delivers_more_than_its_reach(seed):
    _, problem = asked(seed)
    for schedule in every_schedule(problem):
        by_link = np.zeros(len(problem.links), np.int64)
        served = problem.served(schedule.service)
        np.add.at(by_link, served.link, served.bits)
        assert (by_link <= problem.reach).all()


@given(seed=SEEDS)
def test_moved_handovers_are_legal_and_counted(seed):
    problem = session_problem(seed, links=3, intervals=8)
    delivery = Delivery.to_all(problem)
    blocks = Blocks.create(delivery)
    service = qo.Schedule.create(
        qo.solve(problem, qo.GeneralDelivery()).certificate.schedule
    ).service
    for b in range(blocks.count):
        begin, end = blocks.begin[b : b + 2]
        moved, bits = move_handovers(blocks, b, service[np.newaxis, begin:end])
        for part, counted in zip(moved, bits, strict=True):
            whole = service.copy()
            whole[begin:end] = part
            assert qo.Schedule(whole).is_legal(problem)
            assert (blocks.delivered(whole)[b] == counted).all()


def test_a_handover_is_moved_both_ways():
    """A, A, idle, B, B: one interval sooner or later, or two, as contacts allow."""
    keys = qo.KeyTensor.create(
        [[1, 1, 1, 1, 0], [0, 1, 1, 1, 1]], range(5), ["A", "B"], interval_s=10, switch_s=10
    )
    triangle = [2, 5, 9, 14, 2, 5, 9, 2, 5, 2]
    problem = qo.SchedulingProblem.from_keys(keys.in_sessions([triangle, triangle]))
    blocks = Blocks.create(Delivery.to_all(problem))
    moved, bits = move_handovers(blocks, 0, np.array([[0, 0, -1, 1, 1]]))
    found = {tuple(row): tuple(b) for row, b in zip(moved.tolist(), bits.tolist(), strict=True)}
    assert found[0, -1, 1, 1, 1] == (2, 9)
    assert found[0, 0, 0, -1, 1] == (9, 2)
    assert found[0, 0, 0, 0, -1] == (14, 0)
    assert all(a != 1 or row[0] != 1 for row in found for a in row)  # B is not in view at first


def test_lower_bounds_on_whole_sessions():
    """A session of two intervals has 9 bits, those of one 2 each; a lower bound of 5 needs both."""
    keys = qo.KeyTensor.create([[3, 3, 0], [0, 0, 8]], [0, 1, 3], ["A", "B"], switch_s=10)
    problem = qo.SchedulingProblem.from_keys(keys.in_sessions([[2, 9, 2], [7]]))
    outcome = qo.solve(problem, with_floors(qo.GeneralDelivery(), {"A": 5}))
    assert (outcome.value, outcome.bound) == (16, 16)


def test_a_lock_on_a_target_of_weight_0_is_named():
    """Such links are not served; where a session of theirs would have no bits, that decides."""
    keys = qo.KeyTensor.create([[3, 3], [0, 4]], [0, 3], ["A", "B"], weights={"A": 0, "B": 1})
    locked = Operations.create(locked=[[0, 0]])
    for strategy in (qo.TargetedDelivery("0.1"), qo.LeastDivergence("0.5")):
        problem = SchedulingProblem.from_keys(keys.in_sessions([[2], [0], [4]]), operations=locked)
        with pytest.raises(SolverError, match="targets of weight 0; whether sessions of them"):
            qo.solve(problem, strategy)
        problem = SchedulingProblem.from_keys(keys.in_sessions([[2], [1], [4]]), operations=locked)
        outcome = qo.solve(problem, strategy)
        assert outcome.reason.endswith("with no service of targets of weight 0"), outcome.reason


@pytest.mark.parametrize("solver", ["decomposition", "outer_approximation"])
def test_locked_sessions_without_key_deliver_nothing(solver):
    """Nothing is near the weights then, and that is a schedule."""
    keys = qo.KeyTensor.create([[5, 4, 0], [0, 0, 3]], [1, 2, 4], ["Graz", "Wien"])
    keys = keys.in_sessions([[0, 9, 0], [0]])
    problem = SchedulingProblem.from_keys(
        keys, weights={"Graz": 1, "Wien": 1}, operations=Operations.create(locked=[(0, 1)])
    )
    found = qo.solve(problem, qo.TargetedDelivery("0.01"), solver=solver)
    assert found.value == 0
    assert qo.verify(found.certificate, problem).optimal
