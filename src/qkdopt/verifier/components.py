"""Components: a problem cut into parts, so that trees about one part leave the others alone.

A component is some blocks of the satellites, a problem by itself.  What a schedule serves there
is a schedule of that problem: a rule that spans blocks makes them one, and the receivers of a
station are no fewer.  So at given prices of bits no schedule gains more than the components'
most, each at prices of receivers and in a tree of its own.  Nothing is lost where no station sees
satellites of two components within its set-up time; elsewhere the bound is only weaker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from typing import NamedTuple

from qkdopt.verifier.longest_path import LongestPath
from qkdopt.verifier.model import Problem
from qkdopt.verifier.trees import Leaf

Ranges = Sequence[tuple[int, int]]
"""Numbers of active intervals, each range from its first to before its end."""

_STEPS = 300  # that each satellite of each component takes, whatever is in it


class Component(NamedTuple):
    """The longest paths of a problem, and the leaves that bound what its schedules gain."""

    longest_path: LongestPath
    leaves: Sequence[Leaf]


def part(problem: Problem, kept: Sequence[Ranges]) -> Problem:
    """Return a problem of some active intervals of each satellite, whole blocks."""
    satellites = []
    problem.budget.spend(5 * _STEPS)
    for x, unsorted in zip(problem.satellites, kept, strict=True):
        ranges, starts, options = sorted(unsorted), x.starts, x.options
        n_turns = len(x.links) ** (2 if options.tau or options.slew else 1)
        problem.budget.spend(_STEPS + n_turns + len(ranges) + len(options.locked))
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
