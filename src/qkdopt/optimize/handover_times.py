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

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from qkdopt.arrays import Integers
from qkdopt.tensor.slew_table import NO_SLEW, SlewTable


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
    slew: SlewTable = NO_SLEW

    @cached_property
    def pairs(self) -> Mapping[tuple[int, int], tuple[Integers, Integers]]:
        """Columns first, last, idle of the runs of each pair, and when a later one is over.

        The runs have shape ``(R, 3)``; element ``i`` of the other, shape ``(R + 1,)``, is the
        soonest interval to be reached by a turn in run ``i`` or later.
        """
        found, table = {}, self.slew.runs
        cuts = np.flatnonzero((np.diff(table[:, :2], axis=0) != 0).any(axis=1)) + 1
        for part in np.split(table, cuts) if len(table) else ():
            runs = part[:, 2:]
            over = np.append(runs[:, 0] + 1 + runs[:, 2], np.iinfo(np.int64).max)
            found[int(part[0, 0]), int(part[0, 1])] = (
                runs,
                np.minimum.accumulate(over[::-1])[::-1],
            )
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
        away = times[1:] - times[:-1]
        needed = self.tau[links[:-1], links[1:]].copy()
        for i, pair in enumerate(pairwise(links.tolist())) if self.slew else ():
            if pair in self.pairs and away[i] <= needed[i]:
                needed[i] = self.soonest(*pair, times[i : i + 1])[0] - times[i] - 1
        return bool((away > needed).all())
