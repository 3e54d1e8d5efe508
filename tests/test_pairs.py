"""Pairwise keys: the pairing itself, paired delivery, and its certificates, against enumeration."""

import json
from fractions import Fraction
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qkdopt as qo
from drawing import every_schedule, operated_problems, problem_of, tiny_problems
from qkdopt import verifier
from qkdopt.optimize.formulations import FORMULATIONS, formulation_named
from qkdopt.optimize.pairing import largest_pairing, proportional_level
from qkdopt.optimize.strategies import with_floors
from qkdopt.tensor import gravity_traffic

WANTED = st.lists(st.sampled_from([0, 1, 2, 3, 9]), min_size=3, max_size=3)


def matrix_of(n, upper):
    """Return the symmetric matrix with these numbers above the diagonal."""
    rows = [[0] * n for _ in range(n)]
    for (i, j), bits in zip(combinations(range(n), 2), upper, strict=False):
        rows[i][j] = rows[j][i] = bits
    return rows


def traffic_of(problem, upper):
    rows = matrix_of(len(problem.targets), upper)
    return {
        name: dict(zip(problem.targets, row, strict=True))
        for name, row in zip(problem.targets, rows, strict=True)
    }


def most_by_enumeration(available, traffic):
    """Try every set of pairwise keys."""
    pairs = list(combinations(range(len(available)), 2))
    best = 0
    for bits in product(*(range(traffic[i][j] + 1) for i, j in pairs)):
        used = [0] * len(available)
        for (i, j), number in zip(pairs, bits, strict=True):
            used[i] += number
            used[j] += number
        if all(u <= b for u, b in zip(used, available, strict=True)):
            best = max(best, sum(bits))
    return best


def assert_possible(bits, available, traffic):
    used = [0] * len(available)
    for (i, j), number in bits.items():
        assert 0 < number <= traffic[i][j]
        used[i] += number
        used[j] += number
    assert all(u <= b for u, b in zip(used, available, strict=True))


@given(
    st.integers(2, 4).flatmap(
        lambda n: st.tuples(
            st.lists(st.integers(0, 6), min_size=n, max_size=n),
            st.lists(st.integers(0, 2), min_size=6, max_size=6),
        )
    )
)
def test_the_pairing_is_a_largest_one(drawn):
    available, upper = drawn
    traffic = matrix_of(len(available), upper)
    found = largest_pairing(available, traffic)
    assert_possible(found.bits, available, traffic)
    assert found.total == most_by_enumeration(available, traffic)
    shown = sum(p * b for p, b in zip(found.prices, available, strict=True))
    for i, j in combinations(range(len(available)), 2):
        shown += max(0, 1 - found.prices[i] - found.prices[j]) * traffic[i][j]
    assert shown == found.relaxed >= found.total


def test_two_triangles_lose_no_bit_that_a_bridge_can_win_back():
    # Each triangle of ones pairs up 3/2 when halves count. Apart, 1 + 1 = 2 is all there is;
    # with a bridge from 2 to 3 it is 0-1, 2-3, 4-5: 3 bits, all six consumed.
    apart = matrix_of(6, [])
    for i, j in [(0, 1), (0, 2), (1, 2), (3, 4), (3, 5), (4, 5)]:
        apart[i][j] = apart[j][i] = 1
    bridged = [row[:] for row in apart]
    bridged[2][3] = bridged[3][2] = 1
    assert largest_pairing([1] * 6, apart).total == 2
    assert largest_pairing([1] * 6, apart).relaxed == 3
    assert largest_pairing([1] * 6, bridged).total == 3


def test_numbers_beyond_floating_point_are_exact():
    huge = 10**40
    found = largest_pairing([huge + 1, huge, 3], matrix_of(3, [huge, 5, 5]))
    # 0-2 and 1-2 take 3 bits of city 2 at most; 0-1 then huge - 2 or so: by counting,
    # (2 huge + 4) bits pair up into huge + 2 at most, and 1 + 2 of city 2 reach that.
    assert found.total == huge + 2


def test_the_proportional_definition_by_hand():
    # Row sums 3, 4, 5: theta = min(6/3, 4/4, 10/5) = 1: six shared bits, twelve consumed.
    traffic = matrix_of(3, [1, 2, 3])
    assert proportional_level([6, 4, 10], traffic) == 1
    assert proportional_level([6, 3, 10], traffic) == Fraction(3, 4)
    assert largest_pairing([6, 3, 10], traffic).total == 5


def paired_optimum(problem, traffic, floors=(0, 0, 0)):
    stock = problem.stock or (0,) * len(problem.targets)
    return max(
        (
            most_by_enumeration([b + e for b, e in zip(stock, delivered, strict=True)], traffic)
            for delivered in deliveries(problem)
            if all(e >= least for e, least in zip(delivered, floors, strict=False))
        ),
        default=None,
    )


def deliveries(problem):
    found = {qo.Schedule.create(s).delivered(problem) for s in every_schedule(problem)}
    return sorted(found)


def judged(outcome):
    verdict = verifier.verify(json.loads(outcome.certificate.to_json()))
    assert verdict.holds, verdict.findings
    return verdict


@given(
    tiny_problems(), WANTED.filter(lambda w: any(w[:1])), st.lists(st.integers(0, 3), min_size=3)
)
@settings(max_examples=40)
def test_paired_delivery(problem, upper, stock):
    if len(problem.targets) < 2:
        return
    problem = problem.having(stock=dict(zip(problem.targets, stock, strict=False)))
    outcome = qo.solve(problem, qo.PairedDelivery(traffic_of(problem, upper)))
    optimum = paired_optimum(problem, matrix_of(len(problem.targets), upper))
    verdict = judged(outcome)
    assert outcome.value == optimum
    assert optimum <= verdict.recomputed_bound <= outcome.bound
    assert verdict.unit == "shared bits"


@given(tiny_problems(), WANTED.filter(lambda w: any(w[:1])), WANTED)
@settings(max_examples=40)
def test_floors_on_paired_delivery(problem, upper, floors):
    if len(problem.targets) < 2:
        return
    asked = dict(zip(problem.targets, floors, strict=False))
    strategy = with_floors(qo.PairedDelivery(traffic_of(problem, upper)), asked)
    optimum = paired_optimum(problem, matrix_of(len(problem.targets), upper), floors)
    outcome = qo.solve(problem, strategy)
    if optimum is None:
        assert outcome.certificate is None
        assert "lower bounds" in outcome.reason
        return
    assert outcome.value == optimum
    assert judged(outcome).recomputed_bound >= optimum


@given(operated_problems(most_intervals=5), WANTED.filter(lambda w: any(w[:1])))
@settings(max_examples=12)
def test_every_formulation_agrees_under_operations(problem, upper):
    if len(problem.targets) < 2:
        return
    strategy = qo.PairedDelivery(traffic_of(problem, upper))
    optimum = paired_optimum(problem, matrix_of(len(problem.targets), upper))
    for name in FORMULATIONS:
        if formulation_named(name).refusal(problem) is not None:
            continue
        outcome = qo.solve(problem, strategy, solver="milp", formulation=name)
        if optimum is None:
            assert outcome.certificate is None
            assert "infeasible" in outcome.reason
            continue
        assert outcome.value == optimum
        assert judged(outcome).recomputed_bound >= optimum


def three_cities():
    return problem_of([[5, 4, 0, 2], [0, 6, 7, 9], [1, 1, 8, 0]], [1, 2, 4, 6], 1, [3, 1, 1])


def test_by_hand():
    # A in 1 and 2, B or C in 4, B in 6: E = (9, 16, 0) or (9, 9, 8). The latter pairs up to 13
    # (5 of A with B, 4 of A with C, 4 of B with C); two bits consumed for each: 26 of 26.
    traffic = traffic_of(three_cities(), [9, 9, 9])
    outcome = qo.solve(three_cities(), qo.PairedDelivery(traffic))
    assert outcome.value == outcome.bound == 13
    assert sum(bits for _, _, bits in outcome.certificate.document["pairs"]) == 13
    assert judged(outcome).statement == "holds: 13 shared bits, proved optimal"


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (lambda d: d.update(value=14), "the claimed value is 14, the schedule reaches 13"),
        (lambda d: d.update(bound=12), "is above the claimed bound 12"),
        (lambda d: d["pairs"][0].__setitem__(2, 10), "A and B share 10 bits, they want 9"),
        (lambda d: d["proof"].update({"lambda": ["-1/2", "1/2", "1/2"]}), "prove too much"),
        (lambda d: d["proof"].update({"lambda": ["0/1", "0/1", "0/1"]}), "the proof shows only 27"),
    ],
)
def test_false_claims_are_refused(change, finding):
    traffic = traffic_of(three_cities(), [9, 9, 9])
    document = qo.solve(three_cities(), qo.PairedDelivery(traffic)).certificate.to_dict()
    change(document)
    verdict = verifier.verify(document)
    assert not verdict.holds
    assert any(finding in text for text in verdict.findings), verdict.findings


def test_more_shared_bits_than_were_delivered_are_refused():
    traffic = traffic_of(three_cities(), [9, 9, 9])
    document = qo.solve(three_cities(), qo.PairedDelivery(traffic)).certificate.to_dict()
    document["pairs"], document["value"] = [[0, 1, 9], [1, 2, 5]], 14
    verdict = verifier.verify(document)
    assert any("B shares 14 bits with others and has 9" in text for text in verdict.findings)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.pop("pairs"), r"certificate.pairs: got nothing, expected a list"),
        (lambda d: d.update(pairs=[[0, 0, 1]]), r"pairs\[0\]\[1\]"),
        (lambda d: d.update(pairs=[[0, 1, 1], [0, 1, 1]]), "each pair once"),
        (lambda d: d["problem"].pop("traffic"), "the traffic that strategy paired needs"),
        (lambda d: d["problem"]["traffic"][0].__setitem__(0, 1), "0 on the diagonal"),
        (lambda d: d["problem"]["traffic"][0].__setitem__(1, 8), r"expected 8, as in \[0\]\[1\]"),
        (lambda d: d["problem"]["traffic"].pop(), "a list of 3 rows"),
    ],
)
def test_unreadable_certificates_are_refused(change, message):
    traffic = traffic_of(three_cities(), [9, 9, 9])
    document = qo.solve(three_cities(), qo.PairedDelivery(traffic)).certificate.to_dict()
    change(document)
    with pytest.raises(qo.QkdoptError, match=message):
        verifier.verify(document)


def test_gravity_by_hand():
    # Products 6, 3, 2 of 11 parts: of 110 bits 60, 30 and 20.
    assert gravity_traffic({"A": 3, "B": 2, "C": 1}, 110) == {
        "A": {"A": 0, "B": 60, "C": 30},
        "B": {"A": 60, "B": 0, "C": 20},
        "C": {"A": 30, "B": 20, "C": 0},
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t["A"].pop("B"), "traffic: row A: got 'nothing for B'"),
        (lambda t: t.pop("C"), "traffic: got 'nothing for C'"),
        (lambda t: t.update(D={}), "traffic: got D, expected targets among A, B, C"),
        (lambda t: t["A"].update(D=1), "traffic: row A: got D, expected targets among A, B, C"),
        (lambda t: t["A"].update(A=1), "traffic: A with A: got 1, expected 0 on the diagonal"),
        (lambda t: t["A"].update(B=-1), "traffic: A with B: got -1, expected a whole number"),
        (lambda t: t["A"].update(B=1), "traffic: A with B: got '1 one way and 9 the other'"),
        (lambda t: t.update(A=7), "traffic: row A: got 7, expected bits by the other"),
    ],
)
def test_traffic_that_is_none_is_refused_in_one_line(change, message):
    traffic = traffic_of(three_cities(), [9, 9, 9])
    change(traffic)
    with pytest.raises(qo.QkdoptError, match=message) as caught:
        qo.solve(three_cities(), qo.PairedDelivery(traffic))
    assert "\n" not in str(caught.value)


def test_traffic_of_nobody_is_refused():
    with pytest.raises(qo.QkdoptError, match="traffic: got 'only zeros'"):
        three_cities().having(traffic=traffic_of(three_cities(), [0, 0, 0]))
    with pytest.raises(qo.QkdoptError, match="two targets that have traffic"):
        gravity_traffic({"A": 3, "B": 0}, 10)


def test_a_problem_with_traffic_survives_its_file(tmp_path):
    from qkdopt.optimize.problem_file import read_problem, write_problem

    problem = three_cities().having(traffic=traffic_of(three_cities(), [9, 0, 2]))
    assert three_cities().sha256 != problem.sha256
    write_problem(problem, tmp_path / "problem.json")
    assert read_problem(tmp_path / "problem.json").sha256 == problem.sha256
