"""Proofs by component: never more than is true, by hand and against enumeration."""

from __future__ import annotations

import copy
from bisect import bisect_right
from itertools import pairwise
from math import ceil
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from drawing import operated_problems
from qkdopt import verifier
from qkdopt.errors import InputError, LimitError
from qkdopt.verifier import budget
from qkdopt.verifier.blocks import block_numbers
from qkdopt.verifier.budget import Budget
from qkdopt.verifier.problem import read_problem
from verifier_version_2 import (
    bits_of,
    claim_2,
    constellations,
    every_constellation,
    sha256,
    stations_can,
)

BITS = [[[20, 40], [20, 70]], [[30, 50], [50, 30]], [[40, 20], [30, 80]]]
PRICES = (
    [[0, 0, 0, "10/1"], [0, 1, 1, "50/1"], [1, 0, 1, "30/1"]],
    [[0, 0, 1, "20/1"], [1, 0, 0, "20/1"], [1, 1, 1, "70/1"]],
)
GAP = 90  # from one component to the next


def fractional(times: int = 2) -> dict[str, Any]:
    """Return three satellites at two stations, ``times`` times: prices show 195 each, not 190."""
    problem: dict[str, Any] = {
        "format": "qkdopt-problem",
        "version": 2,
        "interval_s": "10",
        "satellites": [{"name": name, "switch_s": "10"} for name in "ABC"],
        "stations": [{"name": name, "receivers": 1, "switch_s": "0"} for name in "XY"],
        "targets": [{"name": name} for name in "XY"],
        "links": [
            {"name": f"{s}{n}", "satellite": s, "stations": [n], "target": n}
            for s in range(3)
            for n in range(2)
        ],
    }
    problem["contacts"] = [
        {"link": 2 * s + n, "first": GAP * i, "bits": BITS[s][n]}
        for s in range(3)
        for n in range(2)
        for i in range(times)
    ]
    return problem


def component(i: int, **more: Any) -> dict[str, Any]:
    """Return the proof of 190 of the i-th time."""
    at = GAP * i
    return {
        "blocks": [[s, at, at + 1] for s in range(3)],
        "branches": [[0, at + 1, at + 1], 0, 1],
        "leaves": [
            {"capacity": [[n, a + at, b + at, price] for n, a, b, price in prices]}
            for prices in PRICES
        ],
        **more,
    }


def claimed(components: list[Any], bound: int = 380, **more: Any) -> dict[str, Any]:
    paths = [[], [[2, 0, 1], [2, GAP, GAP + 1]], [[5, 0, 1], [5, GAP, GAP + 1]]]
    proof = {"kind": "multipliers", "components": components, **more}
    return claim_2(fractional(), "gd", paths, value=380, bound=bound, proof=proof)


def rest(i: int) -> list[list[Any]]:
    """Return prices that show 195 of the i-th time."""
    at = GAP * i
    half = [(0, 0, "25/1"), (0, 1, "35/1"), (1, 0, "30/1"), (1, 1, "65/1")]
    return [[n, t + at, t + at, price] for n, t, price in half]


def test_trees_of_two_components_by_hand() -> None:
    verdict = verifier.verify(claimed([component(0), component(1)]))
    assert verdict.optimal, verdict.findings
    assert verdict.recomputed_bound == 380


def test_what_is_in_no_component_has_the_prices_beside_them() -> None:
    # Of a tree: 190. Of prices alone: 195.
    some = claimed([component(0)], 385, capacity=rest(1))
    verdict = verifier.verify(some)
    assert (verdict.holds, verdict.recomputed_bound) == (True, 385), verdict.findings
    low = verifier.verify(some | {"bound": 384})
    assert low.findings == ("the claimed bound is 384, the proof shows only 385",)


def test_a_missing_component_shows_less() -> None:
    # Without prices the satellites of the second time reach 90 + 80 + 110 = 280 apart.
    verdict = verifier.verify(claimed([component(0)]))
    assert verdict.findings == ("the claimed bound is 380, the proof shows only 470",)


def test_prices_beside_components_are_not_paid_within() -> None:
    everywhere = [[n, 0, 1000, "1000/1"] for n in range(2)]
    whole = claimed([component(0), component(1)], capacity=everywhere)
    assert verifier.verify(whole).recomputed_bound == 380
    # ... nor those of one component in another.
    low = component(0)
    low["leaves"] = [{"capacity": leaf["capacity"] + rest(1)} for leaf in low["leaves"]]
    verdict = verifier.verify(claimed([low]))
    assert verdict.recomputed_bound == 470


def test_components_may_share_receivers_and_then_show_less() -> None:
    # Each satellite by itself: what they reach apart.
    each = [
        {"blocks": [[s, 0, 1], [s, GAP, GAP + 1]], "branches": [0], "leaves": [{}]}
        for s in range(3)
    ]
    assert verifier.verify(claimed(each, 560)).recomputed_bound == 560


def test_bounds_are_rounded_down_by_component() -> None:
    # All bits gain 20: at 111.5 the component shows 28.5 + 8.5 + 111.5 = 148.5, which is 7 bits; at
    # 99.5 it shows 160.5, which is 8. The rest is at 130: 10 + 0 + 130.
    problem = {
        "format": "qkdopt-problem",
        "version": 2,
        "interval_s": "10",
        "satellites": [{"name": "A", "switch_s": "0"}, {"name": "B", "switch_s": "0"}],
        "stations": [{"name": "X", "receivers": 1, "switch_s": "0"}],
        "targets": [{"name": "X", "weight": 20}],
        "links": [{"name": f"{s}", "satellite": s, "stations": [0], "target": 0} for s in range(2)],
        "contacts": [{"link": s, "first": t, "bits": [7 - s]} for s in range(2) for t in (0, GAP)],
    }
    proof = {
        "kind": "multipliers",
        "capacity": [[0, 0, 0, "130/1"]],
        "components": [
            {
                "blocks": [[s, GAP, GAP] for s in range(2)],
                "branches": [0],
                "leaves": [{"capacity": [[0, GAP, GAP, "259/2"]]}],
            }
        ],
    }
    paths = [[[0, 0, 0], [0, GAP, GAP]], []]
    claim = claim_2(problem, "pd", paths, value=280, bound=280, proof=proof)
    assert verifier.verify(claim).optimal
    proof["components"][0]["leaves"] = [{"capacity": [[0, GAP, GAP, "223/2"]]}]  # type: ignore[index]
    assert verifier.verify(claim).recomputed_bound == 280
    proof["components"][0]["leaves"] = [{"capacity": [[0, GAP, GAP, "199/2"]]}]  # type: ignore[index]
    assert verifier.verify(claim).recomputed_bound == 300


UNREADABLE = {
    "overlap": (lambda x: [x[0], x[0]], r"components\[1\].blocks\[0\]: .*in no component yet"),
    "itself": (
        lambda x: [{**x[0], "blocks": [*x[0]["blocks"], [0, 0, 1]]}],
        r"blocks\[3\]: .*in no component yet",
    ),
    "half a block": (lambda x: [{**x[0], "blocks": [[0, 0, 0]]}], r"blocks\[0\]: .*whole blocks"),
    "reversed": (lambda x: [{**x[0], "blocks": [[0, GAP, 1]]}], r"blocks\[0\]: .*whole blocks"),
    "not active": (lambda x: [{**x[0], "blocks": [[0, 0, 2]]}], r"blocks\[0\]: .*active intervals"),
    "no satellite": (lambda x: [{**x[0], "blocks": [[3, 0, 1]]}], r"blocks\[0\]\[0\]"),
    "no blocks": (lambda x: [{**x[0], "blocks": []}], r"blocks: .*not empty"),
    "no component": (lambda x: [], r"components: .*not empty"),
    "no object": (lambda x: [7], r"components\[0\]: .*an object|components\[0\]: .*JSON object"),
    "no leaves": (lambda x: [{**x[0], "leaves": []}], r"leaves: .*not empty"),
    "negative": (
        lambda x: [{**x[0], "leaves": [{"capacity": [[0, 0, 0, "-1/1"]]}] * 2}],
        r"leaves\[0\].capacity\[0\]\[3\]: .*not negative",
    ),
    "other multipliers": (
        lambda x: [{**x[0], "leaves": [{"target": ["1/1", "1/1"]}] * 2}],
        r"leaves\[0\]: .*no members but capacity",
    ),
    "nested": (
        lambda x: [{**x[0], "leaves": [{"components": [x[1]]}] * 2}],
        r"leaves\[0\]: .*no members but capacity",
    ),
    "branching elsewhere": (
        lambda x: [{**x[0], "branches": [[0, GAP, GAP], 0, 1]}],
        r"branches\[0\].*: .*active interval",
    ),
    "open side": (lambda x: [{**x[0], "branches": [[0, 0, 0], 0]}], r"branches: .*without a leaf"),
}


@pytest.mark.parametrize("spoiled", UNREADABLE)
def test_spoiled_components_cannot_be_read(spoiled: str) -> None:
    change, message = UNREADABLE[spoiled]
    claim = claimed(change([component(0), component(1)]))
    with pytest.raises(InputError, match=message):
        verifier.verify(claim)


def test_one_part_of_balanced_may_be_a_tree_and_the_other_have_components() -> None:
    # For t the tree shows what satellites reach apart, 2 (90 + 80 + 110) = 560.
    problem = fractional()
    for target in problem["targets"]:
        target["weight"] = 1
    paths = [[], [[2, 0, 1], [2, GAP, GAP + 1]], [[5, 0, 1], [5, GAP, GAP + 1]]]
    level = {"branches": [[0, 0, 0], 0, 0], "leaves": [{"target": ["1/1", "1/1"]}]}
    total = {"y_min": ["0/1", "0/1"], "components": [component(0), component(1)]}
    proof: dict[str, Any] = {"kind": "tree", "t": level, "total": total}
    value = {"t": "320/1", "total": 380}
    claim = claim_2(problem, "balanced", paths, value=value, bound={"t": "560/1", "total": 380})
    verdict = verifier.verify(claim | {"proof": proof})
    assert verdict.holds, verdict.findings
    assert verdict.recomputed_bound["total"] == 380
    bare = {"kind": "multipliers", "t": level, "total": total}
    with pytest.raises(InputError, match="no members but target"):
        verifier.verify(claim | {"proof": bare})


def test_components_are_in_multipliers_only() -> None:
    parts = [component(0), component(1)]
    tree = {"kind": "tree", "branches": [0], "leaves": [{"components": parts}]}
    with pytest.raises(InputError, match="no members but capacity"):
        verifier.verify(claimed(parts) | {"proof": tree})


@pytest.mark.parametrize("leaf", [0, 1])
def test_a_leaf_left_out_or_too_cheap_is_a_finding(leaf: int) -> None:
    low = component(0)
    low["leaves"][leaf]["capacity"][0][-1] = "0/1"
    verdict = verifier.verify(claimed([low, component(1)]))
    assert not verdict.holds
    only = component(0, branches=[leaf])
    assert not verifier.verify(claimed([only, component(1)])).holds


def test_locks_of_other_components_are_left_to_them() -> None:
    problem = fractional()
    problem["options"] = {"locked": [[0, 0, 0], [0, -1, GAP]]}
    paths = [[[0, 0, 1]], [[3, 0, 0], [2, GAP, GAP + 1]], [[5, 1, 1], [5, GAP, GAP + 1]]]
    proof = {"kind": "multipliers", "components": [component(0), component(1)]}
    value = 20 + 40 + 50 + 80 + 190
    claim = claim_2(problem, "gd", paths, value=value, bound=10**4, proof=proof)
    verdict = verifier.verify(claim)
    assert verdict.holds, verdict.findings
    assert verdict.recomputed_bound >= value


def test_a_minimum_dwell_ties_all_blocks_of_a_satellite_together() -> None:
    problem = fractional()
    problem["options"] = {"minimum_dwell_s": [[0, "20"]]}
    claim = claimed([component(0), component(1)])
    claim |= {"problem": problem, "problem_sha256": sha256(problem)}
    with pytest.raises(InputError, match="whole blocks"):
        verifier.verify(claim)


def test_a_great_many_components_are_refused_before_they_are_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    n_satellites, n_times = 140, 20
    monkeypatch.setattr(budget, "MOST_KEPT", budget.MOST_KEPT // 25)
    problem = {
        "format": "qkdopt-problem",
        "version": 2,
        "interval_s": "10",
        "satellites": [{"name": f"A{s}", "switch_s": "0"} for s in range(n_satellites)],
        "stations": [{"name": "S", "receivers": 1, "switch_s": "0"}],
        "targets": [{"name": "T"}],
        "links": [
            {"name": f"L{s}", "satellite": s, "stations": [0], "target": 0}
            for s in range(n_satellites)
        ],
        "contacts": [
            {"link": s, "first": 3 * t, "bits": [1]}
            for s in range(n_satellites)
            for t in range(n_times)
        ],
    }
    parts = [
        {"blocks": [[0, 3 * t, 3 * t]], "branches": [0], "leaves": [{}]} for t in range(n_times)
    ]
    idle: list[list[int]] = [[] for _ in range(n_satellites)]
    proof = {"kind": "multipliers", "components": parts}
    with pytest.raises(LimitError, match="results at a time"):
        verifier.verify(claim_2(problem, "gd", idle, proof=proof))


def blocks(problem: dict[str, Any]) -> list[list[int]]:
    """Return ``[satellite, first, last]`` of every block, from the rules."""
    found = []
    for s, satellite in enumerate(problem["satellites"]):
        times = sorted({t for t, n in bits_of(problem) if problem["links"][n]["satellite"] == s})
        tau = ceil(int(satellite["switch_s"]) / int(problem["interval_s"]))
        starts = times[:1] + [b for a, b in pairwise(times) if b - a > tau]
        for a in starts:
            ends = [t for t in times if bisect_right(starts, t) == bisect_right(starts, a)]
            found.append([s, a, ends[-1]])
    return found


def tree_of(data: Any, cells: list[tuple[int, int]], deep: int) -> list[Any]:
    """Draw a tree over cells; its leaves have the numbers 0 to 3."""
    if not cells or not deep or data.draw(st.booleans()):
        return [data.draw(st.integers(0, 3))]
    t, n = data.draw(st.sampled_from(cells))
    return [[n, t, t], *tree_of(data, cells, deep - 1), *tree_of(data, cells, deep - 1)]


def capacity(data: Any, problem: dict[str, Any]) -> dict[str, Any]:
    drawn = data.draw(
        st.lists(st.tuples(*map(st.sampled_from, ([0, 1], range(3), range(13)))), max_size=4)
    )
    some = [[n, t, t, f"{x}/4"] for n, t, x in drawn if n < len(problem["stations"])]
    return {"capacity": some} if some else {}


@given(constellations(), st.sampled_from(["gd", "pd", "capped"]), st.data())
@settings(max_examples=120, deadline=None)
def test_components_never_prove_too_much(problem: Any, strategy: str, data: Any) -> None:
    bits, links, price = bits_of(problem), problem["links"], {"gd": (1, 1), "pd": (2, 1)}
    demand = [3, 4]
    for target, most in zip(problem["targets"], demand, strict=True):
        target["demand"] = most
    best = 0
    for paths in every_constellation(problem):
        e = [0, 0]
        for cell in (cell for path in paths for cell in path):
            e[links[cell[1]]["target"]] += bits[cell]
        value = (
            sum(map(min, demand, e))
            if strategy == "capped"
            else sum(w * x for w, x in zip(price[strategy], e, strict=True))
        )
        if value > best and stations_can(problem, paths):
            best = value
    every = data.draw(st.permutations(blocks(problem)))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(every)), min_size=1, max_size=3)))
    parts = []
    for a, b in pairwise([0, *cuts]):
        if a < b:
            own = every[a:b]
            cells = [
                (t, n)
                for t, n in sorted(bits)
                if any(s == links[n]["satellite"] and x <= t <= y for s, x, y in own)
            ]
            leaves = [capacity(data, problem) for _ in range(4)]
            parts.append({"blocks": own, "branches": tree_of(data, cells, 3), "leaves": leaves})
    proof = {"kind": "multipliers", **capacity(data, problem)}
    if parts:
        proof["components"] = parts
    if strategy == "capped":
        proof["target"] = data.draw(
            st.sampled_from([["1/1", "1/1"], ["1/2", "3/4"], ["0/1", "1/1"]])
        )
    idle: list[list[int]] = [[] for _ in problem["satellites"]]
    claim = claim_2(problem, strategy, idle, bound=10**6, proof=proof)
    verdict = verifier.verify(copy.deepcopy(claim))
    assert verdict.holds
    assert verdict.recomputed_bound >= best
    assert not verifier.verify(claim | {"bound": best - 1}).holds


@given(operated_problems(), st.data())
@settings(max_examples=100, deadline=None)
def test_operations_hold_in_every_component(drawn: Any, data: Any) -> None:
    """Without prices the longest paths of components add up to that of the whole."""
    problem = drawn.as_version(2).document()
    (satellite,) = read_problem(problem, "problem", Budget()).satellites
    # A lock of an interval that is none allows no schedule; a component does not see it.
    assume({t for _, t in satellite.options.locked} <= {*satellite.times})
    numbers = block_numbers(satellite)
    ends = [a for a in range(1, len(numbers)) if numbers[a] != numbers[a - 1]]
    ends = [0, *ends, len(numbers)]
    every = [[0, satellite.times[a], satellite.times[b - 1]] for a, b in pairwise(ends) if a < b]
    owner = [data.draw(st.integers(0, 2)) for _ in every]  # 2: in no component
    parts = [
        {"blocks": own, "branches": [0], "leaves": [{}]}
        for k in range(2)
        if (own := [block for block, i in zip(every, owner, strict=True) if i == k])
    ]
    whole = claim_2(problem, "gd", [[]], bound=10**9)
    proof = {"kind": "multipliers", **({"components": parts} if parts else {})}
    verdicts = [verifier.verify(claim) for claim in (whole, whole | {"proof": proof})]
    assert verdicts[0].recomputed_bound == verdicts[1].recomputed_bound
