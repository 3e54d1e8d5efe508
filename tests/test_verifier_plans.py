"""Proofs by plans of blocks: what they show is what enumeration shows, no more and no less."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise, product

from hypothesis import given, settings
from hypothesis import strategies as st

from drawing import examples
from qkdopt.verifier.blocks import block_numbers, cut
from qkdopt.verifier.budget import Budget
from qkdopt.verifier.model import Link, Options, Satellite
from qkdopt.verifier.plans import PlanLists

Cells = list[dict[int, int]]  # by interval: bits by link
TARGETS = 3
LINKS = [Link("a", 0, 0, 0), Link("b", 1, 0, 1), Link("c", 2, 0, 2), Link("d", 0, 0, 3)]


@st.composite
def satellites(draw: st.DrawFn) -> Satellite:
    """Draw passes of a satellite, some of them apart and some joined by the switching time."""
    own = st.integers(0, len(LINKS) - 1)
    cells = draw(st.lists(st.dictionaries(own, st.integers(1, 9)), min_size=1, max_size=5))
    gaps = draw(st.lists(st.integers(1, 4), min_size=len(cells), max_size=len(cells)))
    served = [tuple(sorted(here)) for here in cells]
    bits = [here[n] for here, links in zip(cells, served, strict=True) for n in links]
    times, tau = [sum(gaps[:a]) for a in range(len(cells))], draw(st.integers(0, 3))
    return Satellite("s", (0, 1, 2, 3), tau, times, served, bits, Options())


def deliveries(satellite: Satellite) -> set[tuple[int, ...]]:
    """Return what every schedule delivers."""
    found = set()
    for schedule in product(*[(-1, *here) for here in satellite.served]):
        served = [(a, n) for a, n in enumerate(schedule) if n >= 0]
        times = satellite.times
        if any(
            n != m and times[b] - times[a] <= satellite.tau for (a, n), (b, m) in pairwise(served)
        ):
            continue
        got = [0] * TARGETS
        for a, n in served:
            place = satellite.starts[a] + satellite.served[a].index(n)
            got[LINKS[n].target] += satellite.bits[place]
        found.add(tuple(got))
    return found


fractions = st.builds(Fraction, st.integers(-1, 6), st.integers(1, 4))
prices = st.lists(fractions, min_size=TARGETS, max_size=TARGETS)


@given(
    st.lists(satellites(), min_size=1, max_size=2),
    st.lists(st.tuples(prices, fractions), min_size=1, max_size=4),
    st.none() | st.lists(st.integers(0, 30), min_size=TARGETS, max_size=TARGETS),
    st.builds(Fraction, st.integers(-5, 120), st.integers(1, 3)),
    st.randoms(),
)
@settings(max_examples=examples(150), deadline=None)
def test_plans_leave_open_what_enumeration_does(own, priced, enough, least, random):
    blocks = [block for x in own for block in cut(x, block_numbers(x))]
    order = list(range(len(blocks)))
    random.shuffle(order)
    sums = {(0,) * TARGETS}
    for x in own:
        sums = {tuple(map(int.__add__, y, z)) for y in sums for z in deliveries(x)}
    most = enough or [10**6] * TARGETS
    better = [
        all(
            sum(max(c, 0) * min(e, d) for c, e, d in zip(row, bits, most, strict=True)) + constant
            >= least
            for row, constant in priced
        )
        for bits in sums
    ]
    lists = PlanLists(blocks, LINKS, priced, enough, least, Budget())
    assert lists.left(order) == any(better)
