"""The walk with required services, by hand and against every schedule of one block."""

from __future__ import annotations

from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawing import examples
from qkdopt.verifier.blocks import BranchingConstraint, cut, restricted
from qkdopt.verifier.budget import Budget
from qkdopt.verifier.model import Options, Satellite
from qkdopt.verifier.operations import Operations
from qkdopt.verifier.walk import longest_walk

Cells = list[dict[int, int]]  # by interval: gain by link


def longest(
    cells: Cells, times: list[int], tau: int, required: list[BranchingConstraint]
) -> object:
    """Return the longest path of one block, and the steps that it took."""
    own = [tuple(sorted(here)) for here in cells]
    links = 1 + max((n for here in own for n in here), default=0)
    bits = [1] * sum(map(len, own))
    satellite = Satellite("s", tuple(range(links)), tau, times, own, bits, Options())
    (block,) = cut(satellite, [0] * len(times))
    here = restricted(block, [x for x in required if x.link < links])
    gains = [cells[a][n] for a, served in enumerate(here.served) for n in served]
    return longest_walk(Operations(satellite, Budget()), here, gains, 1)


def by_enumeration(
    cells: Cells, times: list[int], tau: int, required: list[BranchingConstraint]
) -> int | None:
    """Return the same by trying every schedule."""
    links = 1 + max((n for here in cells for n in here), default=0)
    values = []
    for schedule in product(*[(-1, *here) for here in cells]):
        served = [(times[a], n) for a, n in enumerate(schedule) if n >= 0]
        if any(n != m and b - a <= tau for (a, n), (b, m) in pairwise(served)):
            continue
        if all(
            (x.link in schedule[x.first : x.last + 1]) == x.served
            for x in required
            if x.link < links
        ):
            values.append(sum(cells[a][n] for a, n in enumerate(schedule) if n >= 0))
    return max(values, default=None)


@st.composite
def blocks(draw: st.DrawFn) -> tuple[Cells, list[int], int, list[BranchingConstraint]]:
    cells = draw(
        st.lists(st.dictionaries(st.integers(0, 2), st.integers(-2, 9)), min_size=1, max_size=6)
    )
    gaps = draw(st.lists(st.integers(1, 2), min_size=len(cells), max_size=len(cells)))
    times = [sum(gaps[: a + 1]) for a in range(len(cells))]
    last = st.integers(0, len(cells) - 1)
    ends = draw(st.lists(st.tuples(last, last, st.integers(0, 2), st.booleans()), max_size=3))
    required = [BranchingConstraint(min(a, b), max(a, b), n, yes) for a, b, n, yes in ends]
    return cells, times, draw(st.integers(0, 2)), required


@given(blocks())
@settings(max_examples=examples(600), deadline=None)
def test_every_schedule_of_a_block(
    drawn: tuple[Cells, list[int], int, list[BranchingConstraint]],
) -> None:
    assert longest(*drawn) == by_enumeration(*drawn)


@pytest.mark.parametrize(
    ("cells", "required", "most"),
    [
        # A link is served once in an interval: 1 + 5, not 1 + 5 + 5.
        ([{0: 1}, {0: 5}], [(0, 1, 0)], 6),
        # Of two services either may come first; with tau = 1 one interval between stays idle.
        ([{0: 3, 1: 2}, {0: 9}, {0: 1, 1: 4}], [(0, 2, 0), (0, 2, 1)], 7),
        # Serving it loses: -4 is required, and 6 excludes it.
        ([{0: -4, 1: 6}], [(0, 0, 0)], -4),
        # Nothing is left where both are required in one interval.
        ([{0: 1, 1: 1}], [(0, 0, 0), (0, 0, 1)], None),
        # After the last required service the walk goes on: 2 + 7, with the hand-over between.
        ([{0: 2}, {0: 1, 1: 8}, {1: 7}], [(0, 0, 0)], 9),
    ],
)
def test_by_hand(cells: Cells, required: list[tuple[int, int, int]], most: int | None) -> None:
    constraints = [BranchingConstraint(*x, served=True) for x in required]
    times = list(range(len(cells)))
    assert longest(cells, times, 1, constraints) == most
    assert by_enumeration(cells, times, 1, constraints) == most
