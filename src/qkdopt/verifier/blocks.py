"""A problem cut into blocks whose schedules do not depend on one another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, compress, cycle, pairwise
from operator import mul

from qkdopt.verifier.branching import BranchingConstraint, required_services
from qkdopt.verifier.options import Options
from qkdopt.verifier.problem import Problem

__all__ = ["Block", "ConstrainedBlock", "Gains", "block_numbers", "constrained", "cut", "stream"]


@dataclass(frozen=True)
class Gains:
    """What it is worth to serve a link in an interval: the bits there, times a price per link."""

    per_bit: tuple[int, ...]

    def inside(self, block: Block) -> list[int]:
        """Return the gain of every cell of a block, of any sign."""
        return list(map(mul, map(self.per_bit.__getitem__, block.links), block.bits))


@dataclass(frozen=True)
class Block:
    """Consecutive active intervals and their cells: the links that may be served, by interval.

    Attributes
    ----------
    first, times
        The first interval's number, and the global index of each.
    served
        The links of each interval, in rising order.
    links, bits
        Link and bits of each cell, in the same order.
    """

    first: int
    times: tuple[int, ...]
    served: Sequence[tuple[int, ...]]
    links: tuple[int, ...]
    bits: tuple[int, ...]


@dataclass(frozen=True)
class ConstrainedBlock:
    """The schedules of a block that obey some branching constraints.

    Attributes
    ----------
    times, served
        As in `Block`.
    kept
        For each cell of the block whether it may be served still; ``None`` where all may.
    meets
        For each of those which required services it is, a bit for each.
    passed
        By the interval after which they cannot take place any more: bits of required services.
    n_required
        Number of required services.
    window
        The first interval that they are about, and that after the last one.
    """

    times: tuple[int, ...]
    served: Sequence[tuple[int, ...]]
    kept: bytearray | None
    meets: Sequence[int]
    passed: dict[int, int]
    n_required: int
    window: tuple[int, int]

    def gains(self, gains: list[int]) -> list[int]:
        """Return the gains of the cells that may be served, from those of all in the block."""
        return gains if self.kept is None else list(compress(gains, self.kept))


def block_numbers(problem: Problem) -> list[int]:
    """Return the number of each active interval's block.

    Two neighbours are in two blocks when any hand-over fits between them and no rule looks
    across: a minimum dwell and a limit to all hand-overs do, those per pass do within passes.
    """
    gap = problem.tau
    options = problem.options or Options()
    if options.tau is not None:
        gap = max((tau for row in options.tau for tau in row), default=0)
    if options.handovers_per_pass is not None or options.service_per_pass is not None:
        gap = max(gap, 1)
    if options.dwell > 1 or options.handovers is not None:
        return [0] * len(problem.interval)
    numbers = [0] * len(problem.interval)
    for a, (earlier, later) in enumerate(pairwise(problem.interval), start=1):
        numbers[a] = numbers[a - 1] + (later - earlier > gap)
    return numbers


def cut(problem: Problem) -> list[Block]:
    """Return the blocks of a problem, in order of time; at least one."""
    times, numbers, n_links = problem.interval, block_numbers(problem), len(problem.K)
    problem.budget.spend(len(times) * (1 + n_links // 4))
    table = list(chain.from_iterable(zip(*problem.servable, strict=True)))
    links, bits = tuple(compress(cycle(range(n_links)), table)), tuple(filter(None, table))
    counts = [n_links - column.count(0) for column in zip(*problem.servable, strict=True)]
    ends = list(accumulate(counts or [0] * len(times), initial=0))
    served = [links[i:j] for i, j in pairwise(ends)]
    starts = [a for a in range(len(times)) if not a or numbers[a] != numbers[a - 1]]
    return [
        Block(
            first,
            times[first:end],
            served[first:end],
            links[ends[first] : ends[end]],
            bits[ends[first] : ends[end]],
        )
        for first, end in pairwise([*starts, len(times)] if starts else [0, 0])
    ]


def stream(problem: Problem, gains: Gains) -> tuple[Iterator[Iterable[int]], list[int]]:
    """Return the links that may be served, by interval, and the gain of each such cell."""
    rows, links = problem.servable, range(len(problem.K))
    first, again = (chain.from_iterable(zip(*rows, strict=True)) for _ in range(2))
    served = (compress(links, column) for column in zip(*rows, strict=True))
    return served, list(map(mul, compress(cycle(gains.per_bit), first), filter(None, again)))


def constrained(block: Block, constraints: Iterable[BranchingConstraint]) -> ConstrainedBlock:
    """Return the schedules of a block that obey constraints about it."""
    starts = list(accumulate(map(len, block.served), initial=0))
    kept = bytearray(b"\1") * len(block.bits)
    meets = [0] * len(block.bits)
    served = list(block.served)
    for x in constraints:
        for a in range(x.first - block.first, x.last + 1 - block.first):
            if not x.served and x.link in served[a]:
                kept[starts[a] + block.served[a].index(x.link)] = 0
                served[a] = tuple(n for n in served[a] if n != x.link)
    required, passed = required_services(constraints), dict[int, int]()
    for i, x in enumerate(required):
        last = x.last - block.first
        passed[last] = passed.get(last, 0) | 1 << i
        for a in range(x.first - block.first, last + 1):
            if x.link in block.served[a]:
                meets[starts[a] + block.served[a].index(x.link)] |= 1 << i
    first = min((x.first - block.first for x in required), default=0)
    return ConstrainedBlock(
        times=block.times,
        served=served,
        kept=None if all(kept) else kept,
        meets=list(compress(meets, kept)),
        passed=passed,
        n_required=len(required),
        window=(first, max(passed, default=-1) + 1),
    )
