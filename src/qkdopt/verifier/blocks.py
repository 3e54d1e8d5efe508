"""A satellite's schedules cut into blocks that do not depend on one another.

A component is some blocks of the satellites, a problem by itself, so that trees about one leave the
others alone.  What a schedule serves there is a schedule of that problem: a rule that spans blocks
makes them one, and the receivers of a station are no fewer.  So at given prices of bits no schedule
gains more than the components' most, each at prices of receivers and in a tree of its own.  Nothing
is lost where no station sees satellites of two components within its set-up time; elsewhere the
bound is only weaker.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate, chain, compress, pairwise
from operator import mul, sub
from typing import NamedTuple

from qkdopt.verifier.budget import size_factor
from qkdopt.verifier.model import Problem, Satellite

_STEPS_PER_SATELLITE = 300  # of each component, whatever is in it

Ranges = Sequence[tuple[int, int]]
"""Numbers of active intervals, each range from its first to before its end."""


class BranchingConstraint(NamedTuple):
    """Some active interval from ``first`` to ``last`` serves ``link``, or none of them does."""

    first: int
    last: int
    link: int
    served: bool


@dataclass(frozen=True, eq=False)
class Block:
    """Consecutive active intervals, the cells that may be served there, and required services."""

    satellite: Satellite
    first: int  # number of the first interval
    times: Sequence[int]  # global indices
    served: Sequence[Sequence[int]]  # positions of the links of each interval, rising
    positions: Sequence[int]  # of the links of the cells, in the same order
    bits: Sequence[int]
    meets: Sequence[int] = ()  # which required services each cell is, a bit for each
    passed: Mapping[int, int] = field(default_factory=dict)  # those impossible after an interval
    window: tuple[int, int] = (0, 0)  # first interval where one is possible, one after the last


@dataclass(frozen=True, eq=False)
class Gains:
    """The gains of serving a link in an interval: of a bit ``per_bit``, for each link.

    ``charged`` is what services pay, by interval, for each link or for none: it is subtracted.
    ``enough``, if any: a service counts for no more bits, for each link; nothing is charged then.
    """

    per_bit: tuple[int, ...]
    charged: Sequence[dict[int, int]] = ()
    enough: tuple[int, ...] = ()

    @cached_property
    def factor(self) -> int:
        """How much longer arithmetic takes with numbers of this size."""
        charged = chain(*map(dict.values, self.charged))
        return size_factor([*self.per_bit, *charged, *self.enough])

    def inside(self, block: Block) -> list[int]:
        """Return the gain of every cell of a block, of any sign."""
        own = block.satellite.links
        per_bit = [self.per_bit[n] for n in own]
        gains = map(mul, map(per_bit.__getitem__, block.positions), block.bits)
        if any(self.charged):
            paid, rows = [self.charged[n] for n in own], zip(block.times, block.served, strict=True)
            gains = map(sub, gains, [paid[i].get(time, 0) for time, here in rows for i in here])
        return list(gains)

    def of_sessions(self, link: int, time: int, more: Sequence[int]) -> list[int]:
        """Return what an interval adds to sessions that have so many bits more by it."""
        price, paid = self.per_bit[link], 0
        if self.charged:
            paid = self.charged[link].get(time, 0)
        return [price * x - paid for x in more]


def block_numbers(satellite: Satellite) -> list[int]:
    """Return the number of each active interval's block.

    Two neighbours are in two blocks when any hand-over fits between them and no rule
    spans both: a minimum dwell and a limit to all hand-overs do, those per pass within passes,
    sessions within consecutive intervals.
    """
    gap, options, numbers = satellite.tau, satellite.options, [0] * len(satellite.times)
    if options.tau is not None:
        gap = max((tau for row in options.tau for tau in row), default=0)
    per_pass = (options.handovers_per_pass, options.service_per_pass)
    if per_pass != (None, None) or satellite.sessions:
        gap = max(gap, 1)
    if options.dwell > 1 or options.handovers is not None:
        return numbers
    for a, (earlier, later) in enumerate(pairwise(satellite.times), start=1):
        numbers[a] = numbers[a - 1] + (later - earlier > gap)
    return numbers


def cut(satellite: Satellite, numbers: Sequence[int]) -> list[Block]:
    """Return the blocks of a satellite, given the number of each interval's, in order of time."""
    times, served, bits = satellite.times, satellite.served, satellite.bits
    options, own, at = satellite.options, satellite.links, satellite.starts
    if options.forbidden or options.locked:
        pairs = zip(times, served, strict=True)
        kept = [[options.may_serve(own[i], t) for i in here] for t, here in pairs]
        bits = list(compress(bits, chain.from_iterable(kept)))
        served = [tuple(compress(here, open_)) for here, open_ in zip(served, kept, strict=True)]
        at = list(accumulate(map(len, served), initial=0))
    starts = [a for a in range(len(times)) if not a or numbers[a] != numbers[a - 1]] or [0]
    return [
        Block(
            satellite,
            first,
            times[first:end],
            served[first:end],
            list(chain.from_iterable(served[first:end])),
            bits[at[first] : at[end]],
        )
        for first, end in pairwise([*starts, len(times)])
    ]


def part(problem: Problem, kept: Sequence[Ranges]) -> Problem:
    """Return a problem of some active intervals of each satellite, whole blocks."""
    satellites = []
    problem.budget.spend(5 * _STEPS_PER_SATELLITE)
    for x, unsorted in zip(problem.satellites, kept, strict=True):
        ranges, starts, options = sorted(unsorted), x.starts, x.options
        n_turns = len(x.links) ** (2 if options.tau or options.slew else 1)
        problem.budget.spend(_STEPS_PER_SATELLITE + n_turns + len(ranges) + len(options.locked))
        times = list(chain.from_iterable(x.times[a:b] for a, b in ranges))
        problem.budget.spend(4 * len(times))
        if options.locked:
            inside = {*times}
            locked = frozenset(pair for pair in options.locked if pair[1] in inside)
            options = replace(options, locked=locked)
        served = list(chain.from_iterable(x.served[a:b] for a, b in ranges))
        bits = list(chain.from_iterable(x.bits[starts[a] : starts[b]] for a, b in ranges))
        satellites.append(replace(x, times=times, served=served, bits=bits, options=options))
    return replace(problem, satellites=tuple(satellites))


def required_services(constraints: Iterable[BranchingConstraint]) -> list[BranchingConstraint]:
    """Return the constraints that require a service, without those that others of them imply."""
    required = sorted({x for x in constraints if x.served}, key=lambda x: (-x.first, x.last))
    soonest: dict[int, int] = {}  # the last interval of those that begin no earlier, by link
    kept: list[BranchingConstraint] = []
    for x in required:
        if x.link not in soonest or x.last < soonest[x.link]:
            soonest[x.link] = x.last
            kept.append(x)
    return kept


def restricted(block: Block, constraints: Iterable[BranchingConstraint]) -> Block:
    """Return the schedules of a block that obey constraints about it."""
    position = {n: i for i, n in enumerate(block.satellite.links)}
    starts = list(accumulate(map(len, block.served), initial=0))
    kept, meets = bytearray(b"\1") * len(block.bits), [0] * len(block.bits)
    served = list(block.served)
    for x in constraints:
        i = position[x.link]
        for a in range(x.first - block.first, x.last + 1 - block.first):
            if not x.served and i in served[a]:
                kept[starts[a] + block.served[a].index(i)] = 0
                served[a] = [m for m in served[a] if m != i]
    passed, begin = dict[int, int](), len(served)
    for k, x in enumerate(required_services(constraints)):
        i, last = position[x.link], x.last - block.first
        possible = [a for a in range(x.first - block.first, last + 1) if i in served[a]]
        for a in possible:
            meets[starts[a] + block.served[a].index(i)] |= 1 << k
        begin, last = min(begin, *possible[:1], last), [last, *possible][-1]
        passed[last] = passed.get(last, 0) | 1 << k
    return replace(
        block,
        served=served,
        positions=list(compress(block.positions, kept)),
        bits=list(compress(block.bits, kept)),
        meets=list(compress(meets, kept)),
        passed=passed,
        window=(begin, max(passed, default=begin - 1) + 1),
    )
