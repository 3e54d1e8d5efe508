"""Proofs by plans of blocks: what they show is what enumeration shows, no more and no less."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import pairwise, product
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from drawing import examples, operated_problems
from enumeration import Enumerated
from qkdopt import verifier
from qkdopt.certificates.proof_names import proof_in_version
from qkdopt.errors import InputError, LimitError
from qkdopt.verifier import budget, evaluation, plans
from qkdopt.verifier.blocks import Block
from qkdopt.verifier.budget import Budget
from qkdopt.verifier.certificate import read_claim
from qkdopt.verifier.claim import Claim, Settings
from qkdopt.verifier.evaluation import evaluate
from qkdopt.verifier.longest_path import LongestPath
from qkdopt.verifier.model import Link, Options, Problem, Satellite
from qkdopt.verifier.plans import Fields, PlanLists
from qkdopt.verifier.problem import read_problem
from test_schemas import CERTIFICATE, CERTIFICATE_2
from verifier_by_hand import DELIVERIES, PAIRED, balanced, certificate, spelt
from verifier_sessions import session_problem
from verifier_version_2 import certificate_2, claim_2, sha256

NAMES = "ABC"
TARGETS = (0, 1, 2, 0)  # of a satellite's links
BOUND = 40  # that is claimed


@st.composite
def satellites(draw: st.DrawFn, most: int) -> Satellite:
    """Draw passes of a satellite, some of them apart and some joined by the switching time."""
    links = st.integers(0, len(TARGETS) - 1)
    cells = draw(st.lists(st.dictionaries(links, st.integers(1, 9)), min_size=1, max_size=most))
    gaps = draw(st.lists(st.integers(1, 4), min_size=len(cells), max_size=len(cells)))
    served = [tuple(sorted(here)) for here in cells]
    bits = [here[n] for here, own in zip(cells, served, strict=True) for n in own]
    times, tau = [sum(gaps[:a]) for a in range(len(cells))], draw(st.integers(0, 3))
    return Satellite("s", (0, 1, 2, 3), tau, times, served, bits, Options())


def deliveries(satellite: Satellite) -> set[tuple[int, ...]]:
    """Return what every schedule delivers."""
    found, times = set(), satellite.times
    for schedule in product(*[(-1, *here) for here in satellite.served]):
        cells = [(a, n) for a, n in enumerate(schedule) if n >= 0]
        turns = (times[b] - times[a] for (a, n), (b, m) in pairwise(cells) if n != m)
        if all(turn > satellite.tau for turn in turns):
            bits = [0] * len(NAMES)
            for a, n in cells:
                place = satellite.starts[a] + satellite.served[a].index(n)
                bits[TARGETS[n]] += satellite.bits[place]
            found.add(tuple(bits))
    return found


def lists(own: Sequence[Satellite], priced: Any, found: Any = None) -> PlanLists:
    """Return the verifier's lists for a claim of ``gd``."""
    links = tuple(Link(NAMES[t], t, 0, i) for i, t in enumerate(TARGETS))
    none = None, None, None, None, "", Budget()
    problem = Problem(tuple(NAMES), links, tuple(own), (), *none)
    claim = Claim(problem, "", Settings("gd"), {}, [], [], 0, BOUND, ())
    return PlanLists(claim, "all", priced, found)


fractions = st.builds(Fraction, st.integers(-1, 6), st.integers(1, 4))
each = {"min_size": len(NAMES), "max_size": len(NAMES)}
multipliers = st.tuples(st.lists(fractions, **each), fractions)


@given(
    st.lists(satellites(most=4), min_size=1, max_size=2) | satellites(most=7).map(lambda x: [x]),
    st.lists(multipliers, min_size=1, max_size=4),
    st.none() | st.lists(st.integers(0, 12), **each),
    st.randoms(use_true_random=False),
)
@settings(max_examples=examples(250), deadline=None)
def test_plans_leave_open_exactly_what_enumeration_does(own, priced, enough, random):
    every = {(0,) * len(NAMES)}
    for x in own:
        every = {tuple(map(int.__add__, y, z)) for y in every for z in deliveries(x)}
    gained = [[max(x, Fraction(0)) for x in prices] for prices, _ in priced]
    most = max(
        min(
            sum((c * min(e, d) for c, e, d in zip(row, bits, enough or bits, strict=True)), k)
            for row, (_, k) in zip(gained, priced, strict=True)
        )
        for bits in every
    )
    for beyond in (-(10**6), 0, Fraction(1, 997), 10**6):
        least, possible = most + beyond, beyond <= 0
        shifted = [(prices, k - least + BOUND + 1) for prices, k in priced]
        found = None if enough is None else (enough, Fraction(BOUND + 1))
        tried = lists(own, shifted, found)
        order = list(range(len(tried.blocks)))
        random.shuffle(order)
        assert tried.left(order) == possible


def most_by_services(block: Block, price: Sequence[int], enough: Sequence[int]) -> Any:
    """Return functions of what services gain from an interval on, and after serving a link there.

    A service has all cells of its link from its first interval to its last.
    """
    times, tau, cells = block.times, block.satellite.tau, iter(block.bits)
    bits = [{n: next(cells) for n in here} for here in block.served]

    def turned(a: int) -> int:
        return next((b for b in range(a, len(times)) if times[b] - times[a] > tau), len(times))

    @cache
    def beginning(a: int, n: int) -> int:
        brought, most, target = 0, 0, TARGETS[n]
        for end in range(a, len(times)):
            brought += bits[end].get(n, 0)
            gained = price[target] * min(brought, enough[target])
            most = max(most, gained + from_interval(turned(end)) if n in bits[end] else 0)
        return most

    @cache
    def from_interval(a: int) -> int:
        later = [from_interval(a + 1)] if a < len(times) else [0]
        return max(later + [beginning(a, n) for n in (bits[a] if a < len(times) else ())])

    def after(a: int, n: int) -> int:
        again = [beginning(b, n) for b in range(a + 1, len(times)) if n in bits[b]]
        return max([from_interval(turned(a)), *again])

    return from_interval, after


@given(
    satellites(most=10),
    st.lists(st.integers(0, 4), **each),
    st.lists(st.integers(1, 30), **each),
)
@settings(max_examples=examples(150))
def test_what_can_follow_is_the_most_that_services_gain(drawn, price, enough):
    times = list(range(len(drawn.times)))  # one block, where hand-overs take time
    own = replace(drawn, times=times) if drawn.tau else drawn
    tried = lists([own], [(price, BOUND + 1)], (enough, Fraction(0)))
    for k, block in enumerate(tried.blocks):
        from_interval, after = most_by_services(block, price, enough)
        free, following = tried.rests(k)
        assert free == [from_interval(a) for a in range(len(block.times) + 1)]
        for a, here in enumerate(following):
            assert here == {n: after(a, n) for n in here}


@given(st.data(), st.integers(1, 5), st.sampled_from([0, 1, 5, 2**31 - 1, 2**70]))
@settings(max_examples=examples(150))
def test_fields_are_computed_with_like_lists(data, length, most):
    own = st.lists(st.integers(0, most), min_size=length, max_size=length)
    x, y, fields = data.draw(own), data.draw(own), Fields(length, most)
    whole, other = fields.of(x), fields.of(y)
    assert [whole >> place & fields.mask for place in fields.places] == x
    assert fields.larger(whole, other) == fields.of(map(max, x, y))
    assert fields.smaller(whole, other) == fields.of(map(min, x, y))
    at_least = (whole | fields.top) - other & fields.top == fields.top
    assert at_least == all(map(int.__ge__, x, y))


rows = st.lists(st.tuples(*[st.integers(0, 4)] * len(NAMES)), max_size=25)


@given(rows, st.sampled_from([2, 7, 300]))
@settings(max_examples=examples(150))
def test_plans_below_others_of_the_same_part_are_dropped(drawn, at_once):
    tried = lists([], [([1] * len(NAMES), 0)], ([9] * len(NAMES), Fraction(0)))
    falling = sorted(set(drawn), key=tried.bits.of, reverse=True)
    parts = [falling[i : i + at_once] for i in range(0, len(falling), at_once)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plans, "_AT_ONCE", at_once)
        kept = tried.best({tried.bits.of(row): sum(row) for row in drawn})
    assert kept == {
        tried.bits.of(row): sum(row)
        for part in parts
        for row in part
        if not any(row != x and all(map(int.__ge__, x, row)) for x in part)
    }


DEMAND = 4  # of every target
SETTINGS = {"capped": {}, "balanced": {}, "td": {"kl_max": "0.05"}}


@st.composite
def claims(draw: st.DrawFn) -> tuple[dict[str, Any], Any]:
    """Draw a proof by plans at any multipliers, and the optimum that it must not deny."""
    problem = draw(operated_problems(most_intervals=5))
    name, weights = draw(st.sampled_from([*SETTINGS])), problem.weights
    rows = draw(
        st.lists(
            st.lists(st.integers(0, 5), min_size=len(weights), max_size=len(weights)).filter(any),
            min_size=1,
            max_size=3,
        )
    )
    document = {**problem.document(), "demand": [DEMAND] * len(weights)}
    prices = []
    for row in rows:
        if name == "td":
            prices.append({"a": spelt(*(Fraction(-1, 19) - x for x in row)), "mu": "1/7"})
            continue
        own = [Fraction(x, 5) for x in row]
        if name == "balanced":
            own = [Fraction(x) if w else Fraction(0) for x, w in zip(row, weights, strict=True)]
            most = sum(map(Fraction.__mul__, own, map(Fraction, weights)))
            own = [x * sum(weights) / most for x in own] if most else []
        prices += [{"lambda": spelt(*own)}] if own else []
    assume(prices)
    by_plans = {"prices": prices, "plans": shuffled(document, draw)}
    bound: Any = draw(st.integers(0, 25))
    proof = {"kind": "tree", **by_plans}
    if name == "balanced":
        total = {"prices": [{"nu": ["1/1"] * len(weights)}], "plans": by_plans["plans"]}
        proof, bound = (
            {"kind": "tree", "t": by_plans, "total": total},
            {"t": f"{bound}/1", "total": bound},
        )
    claim = {
        **certificate({"name": name, **SETTINGS[name]}, {}),
        "problem": document, "problem_sha256": sha256(document), "bound": bound, "value": bound,
        "schedule": [-1] * len(document["interval"]), "proof": proof,
    }  # fmt: skip
    every = Enumerated(problem)
    if name == "capped":
        return claim, max(
            (sum(min(e, DEMAND) for e in row) for row in every.delivered), default=None
        )
    return claim, every.best(name, **SETTINGS[name])


def shuffled(document: dict[str, Any], draw: st.DrawFn) -> list[int]:
    """Return the numbers of a problem's blocks in any order."""
    blocks = LongestPath(read_problem(document, "problem")).blocks
    return draw(st.permutations(range(len(blocks))))


@given(claims())
@settings(max_examples=examples(300), deadline=None)
def test_no_claim_below_the_optimum_is_shown(drawn):
    claim, optimum = drawn
    bound = evaluate(read_claim(claim, "certificate", Budget()))[1]
    if type(optimum) is tuple:  # t, and the total that is most without it
        bound, optimum = bound.t, optimum[0]
    assert optimum is None or bound >= optimum


T = max(min(Fraction(4 * int(a), 3), Fraction(4 * (int(b) + 2))) for a, b in DELIVERIES)
NOTHING = {"prices": [{"nu": spelt(0, 0)}], "tree": [0]}


def of_t(*rows: Any, bound: Fraction = T, **more: Any) -> dict[str, Any]:
    """Return the claim about t with these prices of bits."""
    prices = [{"lambda": spelt(*row)} for row in rows]
    proof = {"kind": "tree", "t": {"prices": prices, "plans": [1, 0], **more}, "total": NOTHING}
    return balanced(proof, bound, 22)


BOTH = (Fraction(4, 3), 0), (0, 4)  # 10 bits of A, and 2 of B, are enough for more than T


def test_two_multipliers_show_more_than_each():
    assert T == 12
    assert verifier.verify(of_t(*BOTH)).holds
    for rows in ([BOTH[0]], [BOTH[1]], [BOTH[0]] * 2):
        assert not verifier.verify(of_t(*rows)).holds
    below = verifier.verify(of_t(*BOTH, bound=T - Fraction(1, 3)))
    assert "the claimed bound of t is 35/3, the proof shows only 44/3" in below.findings


def test_both_parts_may_be_shown_by_plans():
    claim = of_t(*BOTH)
    claim["proof"]["total"] = {
        "prices": [{"nu": spelt(1, 0)}, {"nu": spelt(2, 1)}],
        "plans": [0, 1],
    }
    claim["bound"]["total"] = 18
    verdict = verifier.verify(claim)
    assert verdict.optimal, verdict.statement
    claim["bound"]["total"] = 17
    assert not verifier.verify(claim).holds


def test_multipliers_that_are_not_allowed_show_nothing():
    claim = of_t(*BOTH, (2, 2))
    assert evaluation.INVALID_MULTIPLIERS in verifier.verify(claim).findings


def test_versions_say_the_same():
    claim = of_t(*BOTH)
    CERTIFICATE.validate(claim)
    second = certificate_2(claim)
    second["proof"] = proof_in_version(claim["proof"], 2, "balanced")
    assert second["proof"]["t"]["plans"] == [1, 0]
    CERTIFICATE_2.validate(second)
    assert proof_in_version(second["proof"], 1, "balanced") == claim["proof"]
    assert verifier.verify(second).holds
    second["proof"]["t"]["leaves"][0]["deliveries"] = "enough"
    assert not CERTIFICATE_2.is_valid(second)
    with pytest.raises(InputError, match=r"leaves\[0\]"):
        verifier.verify(second)


@pytest.mark.parametrize(
    ("member", "value", "message"),
    [
        ("plans", [0], r"t\.plans: .*a list of 2"),
        ("plans", [0, 0], r"t\.plans: .*each block once, without sessions"),
        ("plans", [0, 2], r"t\.plans\[1\]: .*the number of a block"),
        ("plans", [0, True], r"t\.plans\[1\]: .*the number of a block"),
        ("plans", {"order": [0, 1]}, r"t\.plans: .*a list of 2"),
        ("prices", [], r"t\.prices: .*not empty"),
        ("tree", [0], r"t: .*no members but prices, plans"),
    ],
)  # fmt: skip
def test_what_is_no_proof_by_plans_is_refused(member, value, message):
    with pytest.raises(InputError, match=message):
        verifier.verify(of_t(*BOTH, **{member: value}))


def test_strategies_whose_deliveries_say_too_little_have_no_plans():
    proof = {"kind": "tree", "prices": [{"lambda": spelt(1, 1)}], "plans": [0, 1]}
    with pytest.raises(InputError, match="no members but kind, prices, tree"):
        verifier.verify(certificate(PAIRED, proof, pairs=[[0, 1, 9]]))


def test_sessions_have_no_plans():
    problem = session_problem(1)
    proof = {"kind": "tree", "leaves": [{}], "plans": []}
    blocks = LongestPath(read_problem(problem, "problem")).blocks
    proof["plans"] = list(range(len(blocks)))
    with pytest.raises(InputError, match="without sessions"):
        verifier.verify(claim_2(problem, "gd", [[]], proof=proof))


@pytest.mark.parametrize(("limit", "most"), [("MOST_STEPS", 900), ("MOST_KEPT", 3)])
def test_what_takes_too_long_is_not_judged(monkeypatch, limit, most):
    assert verifier.verify(of_t(*BOTH)).holds
    monkeypatch.setattr(budget, limit, most)
    with pytest.raises(LimitError):
        verifier.verify(of_t(*BOTH))


MANY = 300  # plans, none of which brings as much as another


@pytest.mark.parametrize(
    ("limit", "most", "work"),
    [
        ("MOST_STEPS", MANY**2, lambda x, rows: x.grown(rows.items(), [(1, rows.items())], -1)),
        ("MOST_STEPS", 15 * MANY - 1, lambda x, rows: [*x.maximal([*rows])]),
        ("MOST_STEPS", 2 * MANY, lambda x, rows: x.kept(rows, 0)),
        ("MOST_STEPS", 1, lambda x, rows: x.gain(0)),
        ("MOST_KEPT", MANY, lambda x, rows: x.grown({0: 0}.items(), x.groups(rows), 0)),
        ("MOST_KEPT", MANY, lambda x, rows: x.grown(rows.items(), x.groups({0: 0}), 0)),
        ("MOST_KEPT", MANY, lambda x, rows: x.best(rows)),
    ],
)
def test_steps_and_results_are_counted_beforehand(monkeypatch, limit, most, work):
    tried = lists([], [([1] * len(NAMES), BOUND + 1)], ([MANY] * 3, Fraction(0)))
    rows = {tried.bits.of((i, MANY - i, 0)): 0 for i in range(MANY)}
    work(tried, rows)
    monkeypatch.setattr(budget, limit, most)
    tried.budget = Budget()
    with pytest.raises(LimitError):
        work(tried, rows)


def test_most_pairs_of_plans_that_gain_too_little_are_not_looked_at(monkeypatch):
    tried = lists([], [([1] * len(NAMES), BOUND + 1)], ([MANY] * 3, Fraction(0)))
    rows = {tried.bits.of((i, i, 0)): i for i in range(MANY // 2)}
    tried.gains = Fields(1, 2 * MANY)
    tried.short = tried.gains.top - (MANY - 10)
    monkeypatch.setattr(budget, "MOST_STEPS", len(rows) ** 2 // 4)
    tried.budget = Budget()
    found = tried.grown(rows.items(), tried.groups(rows), 0)
    assert set(found.values()) == {gained for gained in range(MANY - 10, MANY - 1)}


def test_all_plans_that_are_there_count(monkeypatch):
    cells = [tuple(range(len(TARGETS)))] * 6
    bits = [2**a * (n + 1) for a in range(6) for n in range(len(TARGETS))]
    times = [0, 1, 2, 100, 101, 102]
    satellite = Satellite("s", (0, 1, 2, 3), 1, times, cells, bits, Options())
    tried, counted, found = lists([satellite], [([1] * 3, BOUND + 1)]), [], []
    grown, keep = tried.grown, tried.budget.keep
    monkeypatch.setattr(tried.budget, "keep", lambda x: (counted.append(x), keep(x)))
    monkeypatch.setattr(tried, "grown", lambda *x: found.append(grown(*x)) or found[-1])
    assert tried.left([0, 1])
    assert max(counted) >= (tried.held + len(found[-1])) * tried.kept_each
    both, tried.held = tried.held, 0
    counted.clear()
    own = [len(tried.plans(k, *tried.rests(k), 0)) for k in (0, 1)]
    assert both == sum(own)
    # Within a block, what a link was served last in is also there for others to follow.
    assert max(counted) >= 2 * max(own) * tried.kept_each


def test_all_that_may_switch_at_once_is_free():
    served, bits = [(0,), (1,), (1,), (2,)], [30, 1, 1, 30]
    satellite = Satellite("s", (0, 1, 2, 3), 2, [0, 1, 2, 4], served, bits, Options())
    assert lists([satellite], [([1] * 3, 0)]).left([0])  # with both 30, against 40


def test_targets_without_a_price_keep_no_plans_apart():
    tried = lists([], [([1, 0, -1], 0)], ([7, 8, 9], Fraction(0)))
    assert tried.enough == tried.bits.of([7, 0, 0])


def test_long_multipliers_are_counted_before_they_are_packed():
    with pytest.raises(LimitError):
        lists([], [([10**9000] * len(NAMES), 0)] * 2000)
