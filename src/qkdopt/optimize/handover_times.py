"""When a satellite that leaves one link may serve another: constant, by pair, or by geometry.

A hand-over keeps ``tau`` intervals free, ``switch_s`` rounded up or that of the switch matrix. A
satellite that slews needs less where the two lines of sight are close, and how close depends on
when: a *run* (from, to, first, last, idle) says that a turn which begins right after one of the
intervals ``first`` to ``last`` is over once ``idle`` intervals have passed. The satellite may keep
pointing at the link that it leaves before it turns. So after serving ``l`` last in interval ``a``
it may serve ``n`` from the interval

    soonest(l, n, a) = min over c >= a of (c + 1 + min(tau[l, n], idle[l, n, c]))

on. It never decreases with ``a``: whoever leaves later does not arrive sooner.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, pairwise
from typing import TypeAlias

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.errors import InputError

__all__ = ["HandoverTimes", "SlewRun", "slew_runs"]

SlewRun: TypeAlias = tuple[int, int, int, int, int]
"""From link, to link, first and last interval after which the turn begins, idle intervals."""

_MEMBERS = 5
_BEYOND = 2**62


def slew_runs(runs: Iterable[Sequence[int]], where: str) -> tuple[SlewRun, ...]:
    """Return checked runs, sorted, neighbours of one number of idle intervals joined.

    Raises
    ------
    InputError
        For runs of another form, from a link to itself, and two of one pair that overlap.
    """
    if not isinstance(runs, (list, tuple)):
        raise InputError(where, runs, "a list of [from, to, first, last, idle]")
    for run in runs:
        whole = isinstance(run, (list, tuple)) and [type(x) for x in run] == [int] * _MEMBERS
        if not (
            whole and all(0 <= x < _BEYOND for x in run) and run[0] != run[1] and run[2] <= run[3]
        ):
            expected = "[from, to, first, last, idle]: two links, whole numbers >= 0, first <= last"
            raise InputError(where, run, expected)
    joined: list[SlewRun] = []
    for n, m, first, last, idle in sorted(map(tuple, runs)):
        if joined and joined[-1][:2] == (n, m) and first <= joined[-1][3]:
            raise InputError(
                where, [n, m, first, last, idle], f"no overlap with {list(joined[-1])}"
            )
        if joined and (*joined[-1][:2], joined[-1][3] + 1, joined[-1][4]) == (n, m, first, idle):
            joined[-1] = (n, m, joined[-1][2], last, idle)
        else:
            joined.append((n, m, first, last, idle))
    return tuple(joined)


@dataclass(frozen=True, eq=False)
class HandoverTimes:
    """How long hand-overs take; ``N`` links.

    Attributes
    ----------
    tau
        Whole intervals that a hand-over from the row's link to the column's keeps free at most,
        shape ``(N, N)``; the diagonal is -1 (no turn).
    slew
        Runs of fewer intervals.
    """

    tau: Integers
    slew: tuple[SlewRun, ...] = ()

    @cached_property
    def pairs(self) -> Mapping[tuple[int, int], tuple[Integers, Integers]]:
        """Columns first, last, idle of the runs of each pair, and when a later one is over.

        The runs have shape ``(R, 3)``; element ``i`` of the other, shape ``(R + 1,)``, is the
        soonest interval to be reached by a turn in run ``i`` or later.
        """
        found = {}
        for pair, group in groupby(self.slew, lambda run: run[:2]):
            runs = np.array([run[2:] for run in group], np.int64)
            over = np.append(runs[:, 0] + 1 + runs[:, 2], np.iinfo(np.int64).max)
            found[pair] = runs, np.minimum.accumulate(over[::-1])[::-1]
        return found

    def soonest(self, link: int, other: int, times: Integers) -> Integers:
        """Return from which interval on ``other`` may be served, by that of the last service."""
        found: Integers = times + 1 + self.tau[link, other]
        if (link, other) not in self.pairs:
            return found
        runs, over = self.pairs[link, other]
        run = np.searchsorted(runs[:, 1], times)  # that of the interval, or the next
        within = np.append(runs[:, 0], np.iinfo(np.int64).max)[run] <= times
        idle = np.append(runs[:, 2], 0)[run]
        found = np.where(within, np.minimum(found, times + 1 + idle), found)
        found = np.minimum(found, over[run + within])
        return found

    def obeyed(self, links: Integers, times: Integers) -> bool:
        """Say whether services in order of time, ``(S,)`` both, leave time for all hand-overs."""
        away = np.diff(times)
        needed = self.tau[links[:-1], links[1:]].copy()
        for i, pair in enumerate(pairwise(links.tolist())) if self.slew else ():
            if pair in self.pairs and away[i] <= needed[i]:
                needed[i] = self.soonest(*pair, times[i : i + 1])[0] - times[i] - 1
        return bool((away > needed).all())
