"""The label of a schedule: what the caps depend on in its past.

A label is four counters: intervals served in the present service (up to the minimum dwell),
hand-overs so far, hand-overs within the present pass, intervals served in the present pass.
A counter is only there when a rule needs it, so without such rules there is one label.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from qkdopt.arrays import Bools, Integers
from qkdopt.optimize.limits import SatelliteLimits

FORBIDDEN = -1
"""Stands in the tables where the rules allow no continuation."""


@dataclass(frozen=True, eq=False)
class Labels:
    """Tables over ``L`` labels; each entry is the next label or :data:`FORBIDDEN`.

    Attributes
    ----------
    first
        Label after the first service of a schedule.
    stay
        After one more interval of the same service, shape ``(L,)``.
    turn
        After the first interval of the next service, of another link, shape ``(L,)``.
    rest
        When a new pass begins, shape ``(L,)``; never forbidden.
    final
        Whether a schedule may end here, shape ``(L,)``.
    """

    first: int
    stay: Integers
    turn: Integers
    rest: Integers
    final: Bools

    @property
    def size(self) -> int:
        """Number of labels, ``L``."""
        return int(self.stay.size)


def labels_of(limits: SatelliteLimits, passes: Integers) -> Labels:
    """Return the labels of a satellite's path; caps that cannot bind get no counter.

    ``passes`` are those of its active intervals.
    """
    active = passes.size
    longest = int(np.unique(passes, return_counts=True)[1].max(initial=0))
    handovers = _binding(limits.handovers, active - 1)
    inside = _binding(limits.pass_handovers, longest - 1)
    service = _binding(limits.pass_service, longest)
    dwell = min(limits.dwell, active + 1)
    # Within-pass hand-overs need to know whether the pass has been served at all.
    most_served = service if service is not None else 0 if inside is None else 1
    counters = list(
        product(
            range(1, dwell + 1),
            range((handovers or 0) + 1),
            range((inside or 0) + 1),
            range(most_served + 1),
        )
    )
    number = {counter: label for label, counter in enumerate(counters)}

    def serve(h: int, p: int, s: int, dwelt: int) -> int:
        served = s + 1 if service is not None else min(s + 1, most_served)
        return number.get((min(dwelt, dwell), h, p, served), FORBIDDEN)

    def turn(d: int, h: int, p: int, s: int) -> int:
        if d < dwell:
            return FORBIDDEN
        after_h = h if handovers is None else h + 1
        after_p = p if inside is None or s == 0 else p + 1
        return serve(after_h, after_p, s, 1)

    return _reachable(
        Labels(
            first=serve(0, 0, 0, 1),
            stay=np.array([serve(h, p, s, d + 1) for d, h, p, s in counters], np.int64),
            turn=np.array([turn(*counter) for counter in counters], np.int64),
            rest=np.array([number[d, h, 0, 0] for d, h, p, s in counters], np.int64),
            final=np.array([d == dwell for d, _, _, _ in counters], np.bool_),
        )
    )


def _reachable(labels: Labels) -> Labels:
    """Return the labels that schedules can have, at least one."""
    found, new = set[int](), {max(labels.first, 0)}
    while new:
        found |= new
        tables = (labels.stay, labels.turn, labels.rest)
        new = {int(after) for table in tables for after in table[[*new]]} - found - {FORBIDDEN}
    kept = np.array(sorted(found))
    number = np.full(labels.size + 1, FORBIDDEN)  # the last for those that are forbidden
    number[kept] = np.arange(kept.size)
    stay, turn, rest = (number[table[kept]] for table in (labels.stay, labels.turn, labels.rest))
    return Labels(int(number[labels.first]), stay, turn, rest, labels.final[kept])


def _binding(limit: int | None, most: int) -> int | None:
    return None if limit is None or limit >= most else limit
