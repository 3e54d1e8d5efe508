"""Small problems are proved by listing what can be delivered, as enumeration says it is."""

from __future__ import annotations

import json
import math
import random
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import qkdopt as qo
from drawing import every_schedule, examples, operated_problems, problem_of
from enumeration import Enumerated, divergence
from qkdopt.errors import InputError, LimitError
from qkdopt.optimize.closures import without_closures
from qkdopt.optimize.decomposition.deliveries import Deliveries, excesses
from qkdopt.optimize.decomposition.join import Join
from qkdopt.optimize.domain.state_space import StateSpace
from qkdopt.optimize.limits import contradiction
from qkdopt.optimize.objectives import objective_of
from qkdopt.optimize.objectives.base import Multipliers
from qkdopt.optimize.strategies import with_floors
from qkdopt.optimize.strategy_names import certifiable, strategy_named
from qkdopt.verifier import budget
from qkdopt.verifier.budget import Budget
from qkdopt.verifier.deliveries import Pairs
from qkdopt.verifier.divergences import GibbsCuts
from qkdopt.verifier.moves import every_move
from qkdopt.verifier.problem import read_problem
from verifier_version_2 import claim_2

STRATEGIES = st.sampled_from(
    [
        ("gd", {}),
        ("pd", {}),
        ("fair", {}),
        ("balanced", {}),
        *(("td", {"kl_max": kl}) for kl in ("0", "0.001", "0.05", "0.3")),
        *(("least", {"fraction": f}) for f in ("0", "0.5", "0.9", "1")),
    ]
)
SMALL = {"most_links": 4, "most_intervals": 7}


@st.composite
def cases(draw):
    """Draw a problem with some operations, a strategy, and lower bounds or none."""
    problem = draw(operated_problems(**SMALL))
    name, setting = draw(STRATEGIES)
    some = st.dictionaries(st.sampled_from(problem.targets), st.integers(1, 6), max_size=2)
    return problem, name, setting, draw(st.just({}) | some)


def by_enumeration(problem, name, setting, floors):
    """Return the optimum, ``None`` where no schedule is allowed."""
    every = Enumerated(problem)
    if not every.delivered:
        return None
    if name == "fair":
        least = [
            floors.get(t, 0) or int(w > 0)
            for t, w in zip(problem.targets, problem.weights, strict=True)
        ]
        rows = [row for row in every.delivered if all(map(int.__ge__, row, least))]
        return max(
            (
                sum(w * math.log(e) for w, e in zip(problem.weights, row, strict=True) if w)
                for row in rows
            ),
            default=None,
        )
    return every.best(name, floors, **{k: v for k, v in setting.items()})


def agrees(value, name, optimum):
    """Say whether a certificate's value is the optimum."""
    if name == "balanced":
        return (Fraction(value["t"]), value["total"]) == optimum
    if name in ("fair", "least"):
        return float(value) == pytest.approx(float(optimum), abs=1e-11)
    return value == optimum


@given(cases())
@settings(max_examples=examples(60), deadline=None)
def test_every_small_problem_is_proved(case):
    problem, name, setting, floors = case
    strategy = strategy_named(name, **setting)
    if floors:
        strategy = with_floors(strategy, floors)
    optimum = by_enumeration(*case)
    outcome = qo.solve(problem, strategy, time_limit=20)
    if optimum is None or (name == "td" and outcome.reason.startswith("infeasible")):
        assert outcome.certificate is None
        assert outcome.reason.startswith("infeasible")
        assert optimum is None or all(  # bits for a target of weight 0
            problem.weights[problem.targets.index(t)] == 0 for t in floors
        )
        return
    assert agrees(outcome.value, name, optimum), (outcome.value, optimum)
    verdict = verifier_verdict(outcome)
    assert verdict.holds, verdict.findings
    assert verdict.optimal, verdict.statement


def verifier_verdict(outcome):
    return qo.verifier.verify(json.loads(outcome.certificate.to_json()))


def deliveries_by_moves(moves):
    """Return what all walks through moves deliver, as (target, bits) sums."""
    reached = {0: {()}}
    for here in moves:
        after: dict[int, set[Any]] = {}
        for x in here:
            for delivered in reached.get(x.before, ()):
                added = dict(delivered)
                if x.bits:
                    added[x.target] = added.get(x.target, 0) + x.bits
                after.setdefault(x.after, set()).add(tuple(sorted(added.items())))
        reached = after
    return set().union(*reached.values())


@given(operated_problems(**SMALL))
@settings(max_examples=examples(60), deadline=None)
def test_moves_are_the_schedules(problem):
    expected = set()
    for schedule in every_schedule(problem):
        served: dict[int, int] = {}
        for a, n in enumerate(schedule):
            if n >= 0:
                t = problem.link_target[n]
                served[t] = served.get(t, 0) + int(problem.bits[n, a])
        expected.add(tuple(sorted(served.items())))
    read = read_problem(problem.document(), "problem", Budget())
    assert deliveries_by_moves(every_move(read, range(len(problem.targets)))) == expected


@given(operated_problems(**SMALL))
@settings(max_examples=examples(60), deadline=None)
def test_lists_of_the_engine_hold_the_best(problem):
    # Under multipliers of no use at all, nothing is dropped: the list alone finds the optimum.
    assume(not contradiction(problem))
    problem = without_closures(problem)
    for name, setting in (("td", {"kl_max": "0.05"}), ("td", {"kl_max": "0"}), ("balanced", {})):
        objective = objective_of(problem, certifiable(problem, strategy_named(name, **setting)))
        listed = Deliveries.of(objective)
        assert listed is not None
        plain = Multipliers.near(objective, objective.first_multipliers())
        found = listed.best(plain, -math.inf, 10**7, lambda: False)
        assert found is not None
        optimum = Enumerated(problem).best(name, **setting)
        if found[0] is None:
            assert optimum is None
            continue
        schedule = qo.Schedule.create(found[0].tolist())
        assert schedule.is_legal(problem)
        value = objective.value(objective.delivered(schedule).tolist())
        assert value == (optimum[0] if name == "balanced" else optimum)


WEIGHTS = st.lists(st.integers(1, 9), min_size=2, max_size=4)


@given(WEIGHTS, st.sampled_from(["0.001", "0.05", "0.3"]), st.data())
@settings(max_examples=examples(60), deadline=None)
def test_cuts_exclude_nothing_that_is_near_enough(weights, limit, data):
    cuts = GibbsCuts(weights, Fraction(limit), Budget())
    size = len(weights)
    bits = st.lists(st.integers(0, 50), min_size=size, max_size=size).filter(any)
    for row in data.draw(st.lists(bits, min_size=1, max_size=30)):
        assert cuts.exceeded(row) == (divergence(row, weights) > Decimal(limit))


LISTS = st.lists(st.tuples(*[st.integers(0, 40)] * 3, st.integers(0, 60)), min_size=1, max_size=40)
WITHIN = st.sampled_from([None, "1/100000", "1/500", "1/10", "2"])


@given(LISTS, LISTS, WITHIN, st.integers(0, 80), st.tuples(*[st.integers(0, 60)] * 3))
@settings(max_examples=examples(60), deadline=None)
def test_joins_miss_no_pair_that_counts(early, late, within, least, least_bits):
    weights, width = (3, 2, 1), 8
    sides = [
        {sum(e << width * n for n, e in enumerate(bits)): gained for *bits, gained in side}
        for side in (early, late)
    ]
    limit = None if within is None else Fraction(within)
    pairs = Pairs(least, least_bits, limit, weights, width, Budget())
    found = list(pairs.of(*sides))
    assert len(found) <= len(sides[0]) * len(sides[1])

    def bits_of(number):
        return [number >> width * n & 255 for n in range(3)]

    def counts(number, gained):
        bits = bits_of(number)
        if gained < least or any(map(int.__lt__, bits, least_bits)):
            return False
        if limit is None or not any(bits):
            return True
        return divergence(bits, weights) <= Decimal(limit.numerator) / limit.denominator

    every = {(x + y, a + b) for x, a in sides[0].items() for y, b in sides[1].items()}
    assert {pair for pair in every if counts(*pair)} <= set(found) <= every
    if limit is None:  # then nothing else is found
        assert all(counts(*pair) for pair in found)
    assert not list(pairs.of({}, sides[1]))
    # The engine's own, in floating point.
    shares = np.array(weights) / sum(weights)
    more = np.zeros((3, 0)) if limit is None else excesses(shares, float(limit))
    numbers = [
        np.array([[*bits_of(x), gained, *(bits_of(x) @ more)] for x, gained in side.items()])
        for side in sides
    ]
    states = [np.zeros(len(x), np.int64) for x in numbers]
    floor = np.array([*least_bits, least, *[-1e-6] * more.shape[1]])
    got = Join(*states).above(*numbers, floor, 3, 10**6)
    wholes = {tuple(row) for row in (numbers[0][got[0]] + numbers[1][got[1]])[:, :4].tolist()}
    assert {(*bits_of(x), gained) for x, gained in every if counts(x, gained)} <= wholes


@given(st.integers(0, 10**6), st.integers(2, 4))
@settings(max_examples=examples(30), deadline=None)
def test_joins_keep_to_states_and_give_up_in_time(seed, n_states):
    rng = np.random.default_rng(seed)
    sides = [rng.integers(0, 50, (30, 2)).astype(float) for _ in range(2)]
    states = [rng.integers(0, n_states, 30) for _ in range(2)]
    join, least = Join(*states), np.array([40.0, 50.0])
    found = join.above(*sides, least, 2, 10**6)
    expected = {
        (i, j)
        for i in range(30)
        for j in range(30)
        if states[0][i] == states[1][j] and (sides[0][i] + sides[1][j] >= least).all()
    }
    assert set(zip(*(x.tolist() for x in found), strict=True)) == expected
    if join.looked_up > n_states:
        assert join.above(*sides, least, 2, n_states) is None


def nights():
    """Return a problem whose multipliers leave a gap: two cities, an interval each at a time."""
    return problem_of([[7, 4, 0, 6], [8, 10, 1, 2]], [1, 2, 3, 5], 1, [3, 2])


def listed(strategy, problem=None):
    """Return a certificate that lists, as a document."""
    document = qo.solve(problem or nights(), strategy).certificate.to_dict()
    assert document["proof"]["deliveries"] is True
    return document


LISTED = [qo.TargetedDelivery("0.05"), qo.LeastDivergence("0.9"), qo.BalancedDelivery()]


@pytest.mark.parametrize("strategy", LISTED, ids=lambda x: x.name)
def test_claims_that_are_too_good_are_refused(strategy):
    document = listed(strategy)
    assert qo.verifier.verify(document).optimal
    if strategy.name == "least":
        document["bound"] = str(Decimal(document["bound"]) + Decimal("0.001"))
        document["value"] = document["bound"]
    elif strategy.name == "balanced":
        document["bound"] = document["value"] = {"t": "0/1", "total": 0}
        document["schedule"] = [-1] * 4
    else:
        document["bound"] = document["value"] = 0
        document["schedule"] = [-1] * 4
    findings = qo.verifier.verify(document).findings
    assert any("the proof" in text for text in findings), findings


def slightly_too_good(document, name):
    """Yield documents of a list whose bounds are a little better than the optimum."""
    document["proof"]["deliveries"] = True
    best, idle = document["value"], [-1] * len(document["schedule"])
    if name == "balanced":
        t, total = Fraction(best["t"]), best["total"]
        yield {**document, "bound": {"t": best["t"], "total": max(0, total - 1)}}
        for less in (t * 99 / 100, t / 2):
            bound = {"t": f"{less.numerator}/{less.denominator}", "total": total}
            yield {**document, "schedule": idle, "bound": bound}
    elif name in ("fair", "least"):
        beyond = Decimal(best) + Decimal("1e-9") * (1 if name == "least" else -1)
        yield {**document, "schedule": idle, "bound": f"{max(Decimal(0), beyond):f}"}
    elif best:
        yield {**document, "schedule": idle, "bound": best - 1}


@given(cases())
@settings(max_examples=examples(40), deadline=None)
def test_a_list_holds_what_is_just_above_a_claimed_bound(case):
    problem, name, setting, floors = case
    strategy = strategy_named(name, **setting)
    outcome = qo.solve(problem, with_floors(strategy, floors) if floors else strategy)
    assume(outcome.certificate is not None and outcome.optimal)
    document = json.loads(outcome.certificate.to_json())
    assume(document["proof"]["kind"] == "prices" and set(document["proof"]) != {"kind"})
    for claimed in slightly_too_good(document, name):
        shown = qo.verifier.verify(claimed).recomputed_bound
        if name == "least":
            assert Decimal(shown) == 0  # something is nearer, so nothing is shown
        elif name == "balanced":
            asked = "total" if claimed["schedule"] == document["schedule"] else "t"
            assert Fraction(shown[asked]) >= Fraction(document["value"][asked])
        else:
            assert Decimal(shown) >= Decimal(document["value"])


@pytest.mark.parametrize(("name", "floors"), [("fair", {}), ("gd", {"A": 1})])
def test_targets_that_get_the_least_that_counts_are_listed(name, floors):
    problem = problem_of([[1, 0], [0, 5]], [1, 2], 0, [1, 1])
    strategy = strategy_named(name)
    outcome = qo.solve(problem, with_floors(strategy, floors) if floors else strategy)
    document = outcome.certificate.to_dict()
    assert document["proof"]["kind"] == "prices"
    (claimed,) = slightly_too_good(document, name)
    assert Decimal(qo.verifier.verify(claimed).recomputed_bound) >= Decimal(document["value"])


def test_a_list_is_asked_for_with_true_and_nothing_else():
    for stated in (False, 1, "true", [], None):
        document = listed(LISTED[0])
        document["proof"]["deliveries"] = stated
        with pytest.raises(InputError, match="deliveries"):
            qo.verifier.verify(document)


def test_a_list_cannot_be_asked_for_in_leaves_or_with_prices_of_receivers():
    document = listed(LISTED[0])
    leaf = {key: x for key, x in document["proof"].items() if key != "kind"}
    with pytest.raises(InputError, match="deliveries"):
        qo.verifier.verify({**document, "proof": {"kind": "tree", "prices": [leaf], "tree": [0]}})
    new = qo.solve(nights().as_version(2), LISTED[0]).certificate.to_dict()
    new["proof"]["capacity"] = [[0, 1, 1, "1/1"]]
    with pytest.raises(InputError, match="without prices of receivers"):
        qo.verifier.verify(new)


@pytest.mark.parametrize("name", ["paired", "linear"])
def test_other_strategies_have_no_lists(name):
    problem = nights().having(traffic={"A": {"A": 0, "B": 9}, "B": {"A": 9, "B": 0}})
    problem = problem.as_version(2)  # version 1 has no multipliers for linear strategies
    strategy = qo.PairedDelivery() if name == "paired" else qo.GeneralDelivery()
    document = qo.solve(problem, strategy).certificate.to_dict()
    if name == "linear":
        document["strategy"] = {"name": "linear", "coefficients": [1, 1]}
        document["proof"] = {"kind": "multipliers"}
    document["proof"]["deliveries"] = True
    with pytest.raises(InputError, match="deliveries"):
        qo.verifier.verify(document)


def test_long_lists_are_given_up_in_one_line():
    # Nothing is dropped at multipliers of no use, and 4^40 schedules are too many.
    rng = random.Random(0)
    bits = [[rng.randrange(1, 10**9) for _ in range(40)] for _ in range(4)]
    problem = problem_of(bits, list(range(40)), 0, [1, 2, 3, 4])
    document = qo.solve(problem, qo.TargetedDelivery("0.1"), time_limit=1).certificate.to_dict()
    document["schedule"] = [-1] * 40
    document["proof"] = {
        "kind": "prices", "a": ["-1/10"] * 4, "mu": "0/1", "deliveries": True
    }  # fmt: skip
    document["bound"] = document["value"] = 0
    with pytest.raises(LimitError):
        qo.verifier.verify(document)


@pytest.mark.parametrize("name", ["gd", "balanced"])
def test_many_targets_are_counted(monkeypatch, name):
    # 3^8 schedules are few, but valuing each of them takes a step for each of 1000 targets.
    monkeypatch.setattr(budget, "MOST_STEPS", 3_000_000)
    rng, n_targets = random.Random(0), 1000
    proof = {
        "gd": {"deliveries": True},
        "balanced": {
            "t": {"target": ["1/1"] * n_targets},
            "total": {"y_min": ["0/1"] * n_targets, "deliveries": True},
        },
    }[name]
    document = claim_2(
        {
            "format": "qkdopt-problem",
            "version": 2,
            "interval_s": "10",
            "satellites": [{"name": "A", "switch_s": "0"}],
            "stations": [{"name": n, "receivers": 1, "switch_s": "0"} for n in "XY"],
            "targets": [{"name": f"T{n}", "weight": 1} for n in range(n_targets)],
            "links": [
                {"name": f"L{n}", "satellite": 0, "stations": [n], "target": n} for n in range(2)
            ],
            "contacts": [
                {"link": n, "first": 0, "bits": [rng.randrange(1, 10**6) for _ in range(8)]}
                for n in range(2)
            ],
        },
        name,
        [[]],
        proof={"kind": "multipliers", **proof},
    )
    if name == "balanced":
        document["value"] = document["bound"] = {"t": "0/1", "total": 0}
    with pytest.raises(LimitError, match="more than 3,000,000 steps"):
        qo.verifier.verify(document)


def test_long_horizons_are_not_listed():
    problem = problem_of([[1, 2, 3] * 700] * 4, list(range(2100)), 1, [1, 2, 3, 4])
    objective = objective_of(problem, qo.TargetedDelivery("0.1"))
    assert Deliveries.of(objective) is None


def test_exact_matches_are_proved_by_whole_numbers():
    # 7 and 11, 10 and 14, 13 and 21 are no thirds of anything: nothing matches but idling.
    problem = problem_of([[7, 10, 13, 0], [0, 11, 14, 21]], [1, 2, 3, 4], 0, [2, 1])
    outcome = qo.solve(problem, qo.TargetedDelivery("0"))
    assert outcome.value == Enumerated(problem).best("td", kl_max="0")
    assert verifier_verdict(outcome).optimal


def test_state_spaces_that_are_too_large_are_none():
    problem = nights()
    delivery = objective_of(problem, qo.TargetedDelivery("0.1")).delivery
    assert StateSpace.of(delivery, 10_000) is not None
    assert StateSpace.of(delivery, 20) is None


def test_limits_that_floating_point_cannot_decide_are_left_to_the_tree():
    problem = nights()
    at = next(
        row for row in Enumerated(problem).delivered if all(row) and divergence(row, (3, 2)) > 0.01
    )
    limit = str(divergence(at, (3, 2)).quantize(Decimal("1e-15")))
    outcome = qo.solve(problem, qo.TargetedDelivery(limit), time_limit=5)
    assert verifier_verdict(outcome).holds
