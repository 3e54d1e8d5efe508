"""Services that count for no more bits than are enough: by hand, and as a bound of schedules."""

from __future__ import annotations

from itertools import groupby, pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawing import examples
from qkdopt.verifier.blocks import BranchingConstraint, Gains, cut, restricted
from qkdopt.verifier.budget import Budget
from qkdopt.verifier.enough import Services
from qkdopt.verifier.model import Options, Satellite

Cells = list[dict[int, int]]  # by interval: bits by link
LINKS = 3


def most(
    cells: Cells, tau: int, prices: list[int], enough: list[int], required: list[tuple[int, ...]]
) -> int | None:
    """Return what the services of one block gain at most, by the verifier."""
    served = [tuple(sorted(here)) for here in cells]
    bits = [cells[a][n] for a, here in enumerate(served) for n in here]
    times = list(range(len(cells)))
    satellite = Satellite("s", tuple(range(LINKS)), tau, times, served, bits, Options())
    (block,) = cut(satellite, [0] * len(cells))
    constraints = [BranchingConstraint(a, b, n, served=True) for a, b, n in required]
    gains = Gains(tuple(prices), enough=tuple(enough))
    return Services(restricted(block, constraints), gains, Budget()).most()


def by_enumeration(
    cells: Cells, tau: int, prices: list[int], enough: list[int], required: list[tuple[int, ...]]
) -> int | None:
    """Return the most of every schedule; all that a link brings before another one counts once."""
    values = []
    for schedule in product(*[(-1, *here) for here in cells]):
        served = [(a, n) for a, n in enumerate(schedule) if n >= 0]
        if any(n != m and b - a <= tau for (a, n), (b, m) in pairwise(served)):
            continue
        if any(n not in schedule[a : b + 1] for a, b, n in required):
            continue
        services = [(n, [a for a, _ in own]) for n, own in groupby(served, lambda cell: cell[1])]
        values.append(
            sum(prices[n] * min(sum(cells[a][n] for a in own), enough[n]) for n, own in services)
        )
    return max(values, default=None)


@st.composite
def questions(
    draw: st.DrawFn,
) -> tuple[Cells, int, list[int], list[int], list[tuple[int, int, int]]]:
    links = st.integers(0, LINKS - 1)
    cells = draw(st.lists(st.dictionaries(links, st.integers(1, 9)), min_size=1, max_size=6))
    last = st.integers(0, len(cells) - 1)
    ends = draw(st.lists(st.tuples(last, last, links), max_size=2))
    required = [(min(a, b), max(a, b), n) for a, b, n in ends]
    each = st.lists(st.integers(0, 12), min_size=LINKS, max_size=LINKS)
    return cells, draw(st.integers(0, 2)), draw(each), draw(each), required


@given(questions())
@settings(max_examples=examples(400), deadline=None)
def test_no_schedule_gains_more(
    drawn: tuple[Cells, int, list[int], list[int], list[tuple[int, int, int]]],
) -> None:
    found, reached = most(*drawn), by_enumeration(*drawn)
    assert reached is None or (found is not None and found >= reached)


@pytest.mark.parametrize(
    ("cells", "tau", "enough", "required", "gained"),
    [
        # A's 4 of 4, interval 1 stays idle with tau = 1, and B's 9 + 7.
        ([{0: 4}, {0: 4}, {1: 9}, {1: 7}], 1, [5, 20, 0], [], 20),
        # B's 9 + 7 count for 10: 4 + 10.
        ([{0: 4}, {0: 4}, {1: 9}, {1: 7}], 1, [5, 10, 0], [], 14),
        # With tau = 2 A's 4 and B's 7; A's second cell excludes B, and both of A's count for 5.
        ([{0: 4}, {0: 4}, {1: 9}, {1: 7}], 2, [5, 10, 0], [], 11),
        ([{0: 4}, {0: 4}, {1: 9}, {1: 7}], 2, [5, 10, 0], [(1, 1, 0)], 5),
        # Both links are required in one interval.
        ([{0: 4, 1: 4}], 0, [5, 5, 0], [(0, 0, 0), (0, 0, 1)], None),
    ],
)
def test_by_hand(
    cells: Cells,
    tau: int,
    enough: list[int],
    required: list[tuple[int, int, int]],
    gained: int | None,
) -> None:
    prices = [1, 1, 1]
    assert by_enumeration(cells, tau, prices, enough, required) == gained
    assert most(cells, tau, prices, enough, required) == gained
